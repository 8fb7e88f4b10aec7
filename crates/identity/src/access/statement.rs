//! The exact words that are signed about a request of staff.
//!
//! | line | what |
//! |---|---|
//! | 1 | `blockhouse/access/1`, the format |
//! | 2 | what the signer does: `approve`, `start` or `open-emergency` |
//! | 3 … | `name: value` of the request: `request`, `tenant`, `source`, `staff`, `reason`, `ticket`, `from`, `until`, `rights`, `signer`; then, to the end, `explanation` |
//!
//! Always holds: the words are made from what the catalog holds now, so a signature covers nothing that was changed since.

use std::fmt;

use factor::Answer;
use model::UserId;

use super::{AccessRequest, Signature};
use crate::Identity;

const FORMAT: &str = "blockhouse/access/1";
const RIGHTS: &str = "logs:read, source:view";

/// What a signer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Approve,
    Start,
    OpenEmergency,
}

/// Words to be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement(String);

// === impl Purpose ===

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Start => "start",
            Self::OpenEmergency => "open-emergency",
        }
    }
}

// === impl Statement ===

impl Statement {
    pub(crate) fn of(request: &AccessRequest, purpose: Purpose, signer: UserId) -> Self {
        Self(format!(
            "{FORMAT}\n{}\nrequest: {}\ntenant: {}\nsource: {}\nstaff: {}\nreason: {}\nticket: {}\nfrom: {}\nuntil: {}\n\
             rights: {RIGHTS}\nsigner: {signer}\nexplanation: {}\n",
            purpose.as_str(),
            request.id,
            request.scope.tenant,
            request.scope.source,
            request.staff,
            request.reason.as_str(),
            request.ticket,
            request.from,
            request.until,
            request.explanation,
        ))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// === impl Identity ===

impl Identity {
    /// Whether so many different people as are needed signed these words with their passkeys, none of them the one who
    /// asked. In an emergency: one other of staff.
    pub(crate) fn is_signed(&self, request: &AccessRequest) -> bool {
        if let Some(emergency) = &request.emergency {
            let second = emergency.second.as_ref();
            return second.is_some_and(|signature| self.holds(request, Purpose::OpenEmergency, signature));
        }
        let mut signers: Vec<&str> = request
            .approvals
            .iter()
            .filter(|signature| self.holds(request, Purpose::Approve, signature))
            .map(|signature| signature.signer.as_str())
            .collect();
        signers.sort_unstable();
        signers.dedup();
        signers.len() >= request.approvals_needed.max(1)
    }

    fn holds(&self, request: &AccessRequest, purpose: Purpose, signature: &Signature) -> bool {
        let Ok(signer) = UserId::parse(&signature.signer) else { return false };
        if signer == request.staff || signature.key.owner() != signer {
            return false;
        }
        let Ok(answer) = Answer::parse(signature.answer.as_bytes()) else { return false };
        let statement = Statement::of(request, purpose, signer);
        self.passkeys.verify_statement(statement.as_str().as_bytes(), &answer, &signature.key).is_ok()
    }
}
