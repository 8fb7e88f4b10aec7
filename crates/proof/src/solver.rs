//! The solver: cvc5 as a child process.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use cedar_policy_symcc::CedarSymCompiler;
use cedar_policy_symcc::solver::LocalSolver;
use tokio::process::Command;

/// Milliseconds for one question. Longer: an error, and no proof.
const QUESTION_MILLISECONDS_MAX: u32 = 60_000;

/// A running solver.
#[derive(Debug)]
pub struct Solver {
    pub(crate) compiler: CedarSymCompiler<LocalSolver>,
    pub(crate) version: String,
}

// === impl Solver ===

impl Solver {
    /// The solver that `$CVC5` names, or the `cvc5` of the path.
    pub async fn from_environment() -> Result<Self> {
        #[expect(clippy::disallowed_methods, reason = "a developer's tool; the product never runs a solver")]
        let named = std::env::var("CVC5").ok();
        Self::start(named.as_deref().unwrap_or("cvc5")).await
    }

    pub async fn start(program: &str) -> Result<Self> {
        let missing = || {
            format!(
                "the solver `{program}` does not run; on Debian: apt-get install cvc5 (`make setup-tests` does it), \
                 elsewhere name the executable of cvc5 with $CVC5"
            )
        };
        let asked = Command::new(program).arg("--version").stdin(Stdio::null()).output().await.with_context(missing)?;
        ensure!(asked.status.success(), missing());
        let version = String::from_utf8_lossy(&asked.stdout).lines().next().unwrap_or_default().trim().to_owned();
        let limit = format!("--tlimit-per={QUESTION_MILLISECONDS_MAX}");
        let mut command = Command::new(program);
        command.args(["--lang", "smt", &limit]).kill_on_drop(true);
        let solver = LocalSolver::from_command(&mut command).with_context(missing)?;
        Ok(Self { compiler: CedarSymCompiler::new(solver)?, version })
    }
}
