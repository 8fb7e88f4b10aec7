//! The proof of the wall as it is.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use cedar_policy::RequestEnv;
use cedar_policy_symcc::{CompiledPolicy, CompiledPolicySet};

use crate::artefact::{Counterexample, Digests, Proof, Proved};
use crate::refute::refute_mutants;
use crate::solver::Solver;
use crate::statement::{Statement, label, with_everything};

/// The version in this crate's manifest; the lock file holds it.
const SYMBOLIC_COMPILER: &str = "cedar-policy-symcc 0.8";

/// An environment with the properties compiled for it, once for the wall and all its mutants.
pub(crate) struct Compiled {
    pub(crate) environment: RequestEnv,
    pub(crate) properties: Vec<CompiledPolicySet>,
}

/// Asks the solver everything. An error means that something could not be asked; see [`Proof::complaints`] for the answers.
pub async fn prove(solver: &mut Solver) -> Result<Proof> {
    let statement = Statement::built_in()?;
    let compiled = compile(&statement)?;
    let mut properties = vec![never_errors(&statement, solver).await?];
    let mut left_open = Vec::new();
    let whole = with_everything(&statement.wall)?;
    let mut found: Vec<BTreeMap<_, _>> = statement.properties.iter().map(|_| BTreeMap::new()).collect();
    for one in &compiled {
        let wall = CompiledPolicySet::compile(&whole, &one.environment, &statement.schema)?;
        for (safe, environments) in one.properties.iter().zip(&mut found) {
            let broken = solver.compiler.check_implies_with_counterexample_opt(&wall, safe).await;
            let broken = broken.with_context(|| label(&one.environment))?;
            environments.insert(label(&one.environment), broken.as_ref().map(Counterexample::new).transpose()?);
        }
        if !solver.compiler.check_always_denies_opt(&wall).await? {
            left_open.push(label(&one.environment));
        }
    }
    left_open.sort();
    properties.extend(statement.properties.iter().zip(found).map(|(property, environments)| Proved {
        id: property.id.to_owned(),
        claim: property.claim.clone(),
        environments,
    }));
    let mutants = refute_mutants(&statement, &compiled, solver).await?;
    let sha256 = Digests::new(&statement.properties);
    let solver = solver.version.clone();
    Ok(Proof { solver, symbolic_compiler: SYMBOLIC_COMPILER, sha256, properties, left_open, mutants })
}

fn compile(statement: &Statement) -> Result<Vec<Compiled>> {
    let compile = |environment: &RequestEnv| {
        let properties = statement.properties.iter();
        let compiled = properties.map(|property| {
            CompiledPolicySet::compile(&property.allowed, environment, &statement.schema)
                .with_context(|| format!("{} for {}", property.id, label(environment)))
        });
        Ok(Compiled { environment: environment.clone(), properties: compiled.collect::<Result<_>>()? })
    };
    statement.environments.iter().map(compile).collect()
}

/// No policy of the wall can fail, so none is ever skipped.
async fn never_errors(statement: &Statement, solver: &mut Solver) -> Result<Proved> {
    let mut environments = BTreeMap::new();
    for environment in &statement.environments {
        let mut found = None;
        for policy in &statement.wall {
            let compiled = CompiledPolicy::compile(policy, environment, &statement.schema)?;
            if let Some(failing) = solver.compiler.check_never_errors_with_counterexample_opt(&compiled).await? {
                found = Some(Counterexample::new(&failing)?);
            }
        }
        environments.insert(label(environment), found);
    }
    let claim = "No policy of the wall can fail when it is evaluated, so none is ever skipped.".to_owned();
    Ok(Proved { id: "never-errors".to_owned(), claim, environments })
}
