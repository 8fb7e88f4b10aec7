//! What a process at the shell asks the running server, and how it is answered: through the file of evidence, which both
//! can write.
//!
//! Always holds: an answer is sealed, read once, and forgotten after some minutes in any case.

use std::path::Path;

use claims::State;
use claims::document::{Look, Vantages};
use model::Timestamp;
use seal::{Field, FieldSealer};
use serde::{Deserialize, Serialize};

use crate::board::Progress;
use crate::store::{Stage, Store, StoreError};

/// What the checks showed just now, for the operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// RFC 3339, UTC.
    pub at: String,
    pub claims: Vec<ClaimReport>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimReport {
    pub claim: String,
    /// What was found, also where the public is told of it later.
    pub state: State,
    pub reason: String,
    pub checks: Vec<CheckReport>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckReport {
    pub check: String,
    pub vantage: Vantages,
    pub look: Look,
    pub twin: String,
    /// Never published.
    pub details: Vec<String>,
}

/// A request to the running server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket(i64);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// So many checks of so many; none of none until the server took it up.
    Waiting(Progress),
    Done(Report),
    /// Nothing was checked, for this reason.
    Refused(String),
    /// There is no such request, or its answer was read or forgotten.
    Gone,
}

#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("too many requests wait for the server")]
    Busy,
    #[error("too many claims in one request")]
    TooManyClaims,
}

/// Asks the server that uses this file to check these claims, or all.
pub fn ask(path: &Path, claims: &[String], now: Timestamp) -> Result<Ticket, AskError> {
    Store::open(path)?.ask(claims, now).map(Ticket)
}

/// How far a request is. An answer can be read once.
pub fn answer(path: &Path, ticket: Ticket, sealer: &FieldSealer) -> Result<Answer, StoreError> {
    let sealed = match Store::open(path)?.take_answer(ticket.0)? {
        None => return Ok(Answer::Gone),
        Some(Stage::Waiting { done, whole }) => return Ok(Answer::Waiting(Progress { done, whole })),
        Some(Stage::Answered(sealed)) => sealed,
    };
    let opened = sealer.open(&field(&ticket.0.to_be_bytes()), &sealed)?;
    let answered: Result<Report, String> =
        serde_json::from_slice(&opened).map_err(|_| StoreError::Damaged("an answer that is none"))?;
    Ok(answered.map_or_else(Answer::Refused, Answer::Done))
}

pub(crate) fn seal_answer(sealer: &FieldSealer, ticket: i64, answer: &Result<Report, String>) -> Result<Vec<u8>, StoreError> {
    let answer = serde_json::to_vec(answer).map_err(|_| StoreError::Damaged("an answer that is none"))?;
    Ok(sealer.seal(&field(&ticket.to_be_bytes()), &answer)?)
}

fn field(ticket: &[u8]) -> Field<'_> {
    Field { table: "trust_requests", column: "answer", row: ticket, scope: b"" }
}
