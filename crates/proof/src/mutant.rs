//! Every way to make a policy of the wall a little weaker: to forbid less by one step.
//!
//! | in | is changed |
//! |---|---|
//! | a list of actions | one action less |
//! | `unless`, or under a `!` in `when` | `a && b` to `a` and to `b`; `<` to `<=`, `>` to `>=` |
//! | `when`, or under a `!` in `unless` | `a \|\| b` to `a` and to `b`; `<=` to `<`, `>=` to `>` |
//!
//! With the policy left out these are all mutants. Makes no stronger wall: there would be nothing to find against it.

use anyhow::{Context, Result};
use cedar_policy::Policy;
use serde_json::{Value, json};

/// Whether the policy forbids more, or less, the more often an expression is true.
#[derive(Clone, Copy)]
enum Truth {
    ForbidsMore,
    ForbidsLess,
}

/// The weaker variants of a forbid, each with the id of the original.
pub(crate) fn weaker(policy: &Policy) -> Result<Vec<Policy>> {
    let original = policy.to_json()?;
    let mut variants = fewer_actions(&original);
    let conditions = original["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (number, condition) in conditions.iter().enumerate() {
        let truth = if condition["kind"] == "unless" { Truth::ForbidsLess } else { Truth::ForbidsMore };
        for body in truth.weaken(&condition["body"]) {
            let mut variant = original.clone();
            variant["conditions"][number]["body"] = body;
            variants.push(variant);
        }
    }
    let parse = |variant| Policy::from_json(Some(policy.id().clone()), variant).context("a mutant does not parse");
    variants.into_iter().map(parse).collect()
}

fn fewer_actions(original: &Value) -> Vec<Value> {
    let actions = original["action"]["entities"].as_array().map(Vec::as_slice).unwrap_or_default();
    let without = |left_out: usize| {
        let mut variant = original.clone();
        let rest = actions.iter().enumerate().filter(|(number, _)| *number != left_out).map(|(_, action)| action.clone());
        variant["action"]["entities"] = rest.collect();
        variant
    };
    (0..actions.len()).map(without).collect()
}

// === impl Truth ===

impl Truth {
    fn opposite(self) -> Self {
        match self {
            Self::ForbidsMore => Self::ForbidsLess,
            Self::ForbidsLess => Self::ForbidsMore,
        }
    }

    /// Every expression that is `expression` with one change that makes the policy forbid less.
    fn weaken(self, expression: &Value) -> Vec<Value> {
        let Some((operator, operands)) = expression.as_object().and_then(|object| object.iter().next()) else {
            return Vec::new();
        };
        let (left, right) = (&operands["left"], &operands["right"]);
        let inside = |side: &str| {
            let changed = self.weaken(&operands[side]).into_iter();
            let put = |value| {
                let mut operands = operands.clone();
                operands[side] = value;
                json!({ operator: operands })
            };
            changed.map(put).collect::<Vec<_>>()
        };
        match (operator.as_str(), self) {
            ("!", _) => self.opposite().weaken(&operands["arg"]).into_iter().map(|arg| json!({ "!": { "arg": arg } })).collect(),
            ("&&", Self::ForbidsLess) | ("||", Self::ForbidsMore) => {
                [vec![left.clone(), right.clone()], inside("left"), inside("right")].concat()
            }
            ("&&" | "||", _) => [inside("left"), inside("right")].concat(),
            ("<", Self::ForbidsLess) => vec![json!({ "<=": operands })],
            (">", Self::ForbidsLess) => vec![json!({ ">=": operands })],
            ("<=", Self::ForbidsMore) => vec![json!({ "<": operands })],
            (">=", Self::ForbidsMore) => vec![json!({ ">": operands })],
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weaker variants of a forbid with this end, as their conditions are written.
    fn check(end: &str, expected: &[&str]) {
        let parse = |end: &str| Policy::parse(None, format!("forbid (principal, action, resource) {end};")).unwrap();
        let found: Vec<_> = weaker(&parse(end)).unwrap().iter().map(|policy| policy.to_json().unwrap()).collect();
        let expected: Vec<_> = expected.iter().map(|end| parse(end).to_json().unwrap()).collect();
        assert_eq!(found, expected, "{end}");
    }

    #[test]
    fn a_condition_loses_one_part_of_what_it_demands() {
        check("unless { context.a && context.b }", &["unless { context.a }", "unless { context.b }"]);
        check("when { context.a || context.b }", &["when { context.a }", "when { context.b }"]);
        check("when { !(context.a && context.b) }", &["when { !(context.a) }", "when { !(context.b) }"]);
        check("unless { context.n < 3 }", &["unless { context.n <= 3 }"]);
        check("when { context.a && context.n >= 3 }", &["when { context.a && context.n > 3 }"]);
    }

    #[test]
    fn what_would_forbid_more_is_no_mutant() {
        check("when { context.a && context.b }", &[]);
        check("unless { context.a || context.b }", &[]);
        check("when { context.n < 3 }", &[]);
    }

    #[test]
    fn a_list_of_actions_loses_each_action() {
        let text = "forbid (principal, action in [Action::\"a\", Action::\"b\"], resource);";
        let variants = weaker(&Policy::parse(None, text).unwrap()).unwrap();
        assert_eq!(variants.len(), 2);
        assert!(!variants[0].to_cedar().unwrap().contains("\"a\"") && !variants[1].to_cedar().unwrap().contains("\"b\""));
    }
}
