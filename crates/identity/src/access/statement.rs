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
use model::{Timestamp, UserId};
use rusqlite::Connection;

use super::{AccessError, AccessRequest, Signature, named};
use crate::Identity;
use crate::catalog::CatalogError;

const FORMAT: &str = "blockhouse/access/1";
const RIGHTS: &str = "logs:read, source:view";

/// What a signer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Approve,
    Start,
    OpenEmergency,
}

/// Words to be signed. Only this crate makes them, each kind with its own first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement(pub(crate) String);

/// Why an answer makes no signature.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SigningError {
    #[error("signing needs a passkey: add one to your account")]
    NoPasskey,
    #[error("the signature was refused: {0}")]
    Signature(#[from] factor::PasskeyError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

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

// === impl AccessError ===

impl From<SigningError> for AccessError {
    fn from(error: SigningError) -> Self {
        match error {
            SigningError::NoPasskey => Self::NoPasskey,
            SigningError::Signature(error) => Self::Signature(error),
            SigningError::Catalog(error) => Self::Catalog(error),
        }
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
        signer != request.staff && self.is_of(&Statement::of(request, purpose, signer), signer, signature)
    }

    /// Whether this person signed these words.
    pub(crate) fn is_of(&self, statement: &Statement, signer: UserId, signature: &Signature) -> bool {
        if signature.signer != signer.to_string() || signature.key.owner() != signer {
            return false;
        }
        let Ok(answer) = Answer::parse(signature.answer.as_bytes()) else { return false };
        self.passkeys.verify_statement(statement.as_str().as_bytes(), &answer, &signature.key).is_ok()
    }

    /// Verifies a passkey's answer that just came, and makes a signature of it that can be verified for ever.
    pub(crate) fn sign(
        &self,
        db: &Connection,
        (statement, signer): (&Statement, UserId),
        answer: &str,
        now: Timestamp,
    ) -> Result<Signature, SigningError> {
        let parsed = Answer::parse(answer.as_bytes()).map_err(factor::PasskeyError::from)?;
        let found = self.passkey_by_credential(db, parsed.passkey_id())?.filter(|stored| stored.user == signer);
        let stored = found.ok_or(SigningError::NoPasskey)?;
        let assertion = self.passkeys.finish_statement(statement.as_str().as_bytes(), &parsed, &stored.passkey)?;
        let signature = Signature {
            signer: signer.to_string(),
            passkey: named(stored.id),
            at: now.nanos(),
            answer: answer.to_owned(),
            key: stored.passkey.clone(),
        };
        self.note_passkey_use(db, stored, assertion.changed, now)?;
        Ok(signature)
    }
}

/// Characters with which a text could look like other lines of the statement that it is part of.
pub(crate) fn moves_words(c: char) -> bool {
    let hidden = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    c.is_control() || hidden || matches!(c, '\u{2028}'..='\u{202e}')
}
