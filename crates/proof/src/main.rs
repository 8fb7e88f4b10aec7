//! `make proof`: proves the wall, shows what was found, and writes it down as JSON.
#![expect(clippy::print_stdout, reason = "a developer's command answers on standard output")]

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use proof::{Fate, Proof, Solver};

const ARTEFACT: &str = "target/proof.json";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    let path = PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| ARTEFACT.into()));
    let proof = proof::prove(&mut Solver::from_environment().await?).await?;
    write(&path, &proof)?;
    tell(&proof);
    println!("written to {}", path.display());
    let complaints = proof.complaints();
    for complaint in &complaints {
        println!("{complaint}");
    }
    Ok(if complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn write(path: &PathBuf, proof: &Proof) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, serde_json::to_vec_pretty(proof)?).with_context(|| path.display().to_string())
}

fn tell(proof: &Proof) {
    println!("{}; wall {}", proof.solver, proof.sha256.wall);
    for property in &proof.properties {
        let holds = property.environments.values().filter(|found| found.is_none()).count();
        println!("{:<13} {holds} of {}  {}", property.id, property.environments.len(), property.claim);
    }
    println!("left to roles, keys and approvals: {} of the questions", proof.left_open.len());
    for mutant in &proof.mutants {
        let change = if mutant.changed.is_some() { "weaker" } else { "left out" };
        let fate = match &mutant.fate {
            Fate::Invalid => "not loaded".to_owned(),
            Fate::Refuted { property, environment, .. } => format!("refuted by {property}: {environment}"),
            Fate::Survived => "SURVIVED".to_owned(),
        };
        println!("{:<30} {change:<9} {fate}", mutant.policy);
    }
}
