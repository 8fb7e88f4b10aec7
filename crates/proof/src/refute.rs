//! Walls with one policy changed, and what is found against each.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use cedar_policy::{Authorizer, Decision, Policy, PolicySet};
use cedar_policy_symcc::{CompiledPolicySet, Env};

use crate::artefact::{Counterexample, Fate, Mutation};
use crate::mutant::weaker;
use crate::prove::Compiled;
use crate::solver::Solver;
use crate::statement::{Property, Statement, label, with_everything};

/// Each policy of the wall left out, and in each of its weaker variants.
pub(crate) async fn refute_mutants(statement: &Statement, compiled: &[Compiled], solver: &mut Solver) -> Result<Vec<Mutation>> {
    let mut mutants = Vec::new();
    for original in &statement.wall {
        for changed in std::iter::once(None).chain(weaker(original)?.into_iter().map(Some)) {
            let rest = statement.wall.iter().filter(|policy| policy.id() != original.id());
            let wall = with_everything(rest.chain(&changed))?;
            let fate = if statement.is_valid(&wall) {
                // The wall changed only where the policy says anything.
                let touched: BTreeSet<String> = original.get_valid_request_envs(&statement.schema).map(|e| label(&e)).collect();
                let compiled = compiled.iter().filter(|one| touched.contains(&label(&one.environment)));
                refute(statement, &wall, compiled, solver).await.with_context(|| format!("a mutant of {}", original.id()))?
            } else {
                Fate::Invalid
            };
            let changed = changed.as_ref().and_then(Policy::to_cedar);
            mutants.push(Mutation { policy: original.id().to_string(), changed, fate });
        }
    }
    Ok(mutants)
}

async fn refute(
    statement: &Statement,
    wall: &PolicySet,
    compiled: impl Iterator<Item = &Compiled>,
    solver: &mut Solver,
) -> Result<Fate> {
    for one in compiled {
        let mutant = CompiledPolicySet::compile(wall, &one.environment, &statement.schema)?;
        for (property, safe) in statement.properties.iter().zip(&one.properties) {
            if let Some(found) = solver.compiler.check_implies_with_counterexample_opt(&mutant, safe).await? {
                replay(&found, wall, property)?;
                return Ok(Fate::Refuted {
                    property: property.id.to_owned(),
                    environment: label(&one.environment),
                    counterexample: Box::new(Counterexample::new(&found)?),
                });
            }
        }
    }
    Ok(Fate::Survived)
}

/// What the solver found is what Cedar does: it allows the request, and the property does not.
fn replay(found: &Env, wall: &PolicySet, property: &Property) -> Result<()> {
    let answer = |policies| Authorizer::new().is_authorized(&found.request, policies, &found.entities).decision();
    let agrees = answer(wall) == Decision::Allow && answer(&property.allowed) == Decision::Deny;
    ensure!(agrees, "Cedar answers otherwise than the solver says, in {}", property.id);
    Ok(())
}
