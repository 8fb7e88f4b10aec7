//! Roles as they are given and what comes of them, for whichever command is about people, programs or roles.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::Output;
use super::table;

/// A role, for the whole tenant or for one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Grant {
    role: String,
    source: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct RoleArgs {
    /// owner, admin, member, read-only, auditor, or the id of a role of your own; followed by @SOURCE for that source alone
    #[arg(required = true, value_name = "ROLE", value_parser = grant)]
    roles: Vec<Grant>,
}

/// What somebody may do, as the server's engine decides it.
#[derive(Deserialize)]
pub(super) struct Abilities {
    abilities: Vec<Ability>,
}

#[derive(Deserialize)]
struct Ability {
    permission: String,
    places: Vec<Place>,
}

#[derive(Deserialize)]
struct Place {
    at: String,
    source: Option<String>,
    by: String,
}

fn grant(text: &str) -> Result<Grant, &'static str> {
    let (role, source) = text.split_once('@').map_or((text, None), |(role, source)| (role, Some(source)));
    if role.is_empty() || source == Some("") {
        return Err("ROLE or ROLE@SOURCE");
    }
    Ok(Grant { role: role.to_owned(), source: source.map(str::to_owned) })
}

/// As they are written in arguments too.
pub(super) fn told(grants: &[Grant]) -> String {
    grants.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

// === impl Grant ===

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.role)?;
        match &self.source {
            Some(source) => write!(f, "@{source}"),
            None => Ok(()),
        }
    }
}

// === impl RoleArgs ===

impl RoleArgs {
    pub(super) fn body(&self) -> Value {
        json!({ "roles": self.roles })
    }

    pub(super) fn told(&self) -> String {
        told(&self.roles)
    }
}

// === impl Abilities ===

impl Abilities {
    pub(super) fn print(&self, output: &mut Output) -> Result<(), Failure> {
        let row = |ability: &Ability, place: &Place| vec![json!(ability.permission), json!(place.told()), json!(place.by)];
        let rows_of = |ability: &Ability| ability.places.iter().map(|place| row(ability, place)).collect::<Vec<_>>();
        let rows: Vec<Vec<Value>> = self.abilities.iter().flat_map(rows_of).collect();
        if rows.is_empty() {
            return output.line("nothing is allowed");
        }
        table::print(&["may", "where", "by"], &rows, output)
    }
}

// === impl Place ===

impl Place {
    fn told(&self) -> String {
        self.source.clone().unwrap_or_else(|| self.at.replace('_', " "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_reaches_the_tenant_or_one_source() {
        for text in ["member", "0123456789abcdef@fedcba9876543210"] {
            assert_eq!(grant(text).unwrap().to_string(), text);
        }
        for text in ["", "@", "member@", "@fedcba9876543210"] {
            assert!(grant(text).is_err(), "{text}");
        }
    }
}
