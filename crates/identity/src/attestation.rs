//! What people say in public and sign with a passkey: the exact words, and whether a signature is of them.
//!
//! | line | what |
//! |---|---|
//! | 1 | `blockhouse/attestation/1`, the format |
//! | 2 … | `name: value`: `attestation`, `page`, `claim`, `sentence-digest`; one `attachment` for each file, the SHA-256 in hex; of a third party's document `document-issuer`, `document-id`, `document-scope`, `document-until`; `from`, `until`; the checkpoint after which it was signed, `log`, `log-size`, `log-root`; `quorum`, `sentence` |
//! | then | of one signer `signer`, `name`, `role` |
//!
//! Always holds: the first line is of no other words that a passkey signs here; no value holds the end of a line; the name
//! of a signer is that of the account. Does not keep statements, and does not count signers: `trust` does.

use audit::{Event, Hash};
use model::limits::{SIGNATORY_ROLE_CHARS_MAX, STATEMENT_BYTES_MAX};
use model::{Timestamp, UserId};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::Identity;
use crate::access::{Signature, SigningError, Statement, ToSign, moves_words};
use crate::catalog::CatalogError;
use crate::permit::{Action, AttestClaims, AttestOverview, Permit};

const FORMAT: &str = "blockhouse/attestation/1";

/// An action whose permit lets somebody sign what is said in public.
pub trait Attests: Action {}

impl Attests for AttestClaims {}
impl Attests for AttestOverview {}

/// What all signers of one statement say alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestationWords {
    /// Makes the words the only ones of their kind.
    pub attestation: String,
    /// The address of the page that they are for.
    pub page: String,
    pub claim: String,
    pub sentence: String,
    /// SHA-256 in hex.
    pub sentence_digest: String,
    /// Of what is attached: SHA-256 in hex.
    pub attachments: Vec<String>,
    pub document: Option<DocumentWords>,
    pub from: Timestamp,
    pub until: Timestamp,
    /// The public log as it was: nobody could have signed this before.
    pub after: LogPosition,
    pub quorum: u32,
}

/// A third party's document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentWords {
    pub issuer: String,
    pub id: String,
    pub scope: String,
    /// Its own last day, `2027-03-31`.
    pub until: String,
}

/// A checkpoint without its signatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogPosition {
    pub origin: String,
    pub size: u64,
    /// Base 64.
    pub root: String,
}

/// One person's signature of such words, with what was said of the signer in them. Take it from
/// [`Identity::finish_attestation`] or from where it was kept, and from nobody's request: the key is part of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttestationSignature {
    pub name: String,
    pub role: String,
    pub signature: Signature,
}

#[derive(Debug, thiserror::Error)]
pub enum AttestError {
    #[error("signing needs a person with a passkey: add one to your account")]
    NoPasskey,
    #[error("what you are has 1 to {SIGNATORY_ROLE_CHARS_MAX} characters of one line")]
    Role,
    #[error("what is to be signed has characters that could look like other lines of it")]
    Words,
    #[error("the signature was refused: {0}")]
    Signature(#[from] factor::PasskeyError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

// === impl AttestationWords ===

impl AttestationWords {
    /// The lines that all signers have in common. Their digest names the statement in the public log.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!(
            "{FORMAT}\nattestation: {}\npage: {}\nclaim: {}\nsentence-digest: {}\n",
            self.attestation, self.page, self.claim, self.sentence_digest
        );
        for digest in &self.attachments {
            text += &format!("attachment: {digest}\n");
        }
        if let Some(DocumentWords { issuer, id, scope, until }) = &self.document {
            text += &format!("document-issuer: {issuer}\ndocument-id: {id}\ndocument-scope: {scope}\ndocument-until: {until}\n");
        }
        let LogPosition { origin, size, root } = &self.after;
        text += &format!(
            "from: {}\nuntil: {}\nlog: {origin}\nlog-size: {size}\nlog-root: {root}\nquorum: {}\nsentence: {}\n",
            self.from, self.until, self.quorum, self.sentence
        );
        text
    }

    fn statement(&self, signer: UserId, (name, role): (&str, &str)) -> Statement {
        Statement(format!("{}signer: {signer}\nname: {name}\nrole: {role}\n", self.text()))
    }

    /// Whether every value stays in its line.
    fn hold(&self) -> Result<(), AttestError> {
        let document = self.document.iter().flat_map(|document| {
            let DocumentWords { issuer, id, scope, until } = document;
            [issuer, id, scope, until]
        });
        let own = [&self.attestation, &self.page, &self.claim, &self.sentence, &self.sentence_digest];
        let log = [&self.after.origin, &self.after.root];
        let mut values = own.into_iter().chain(log).chain(document).chain(&self.attachments);
        let is_plain = values.all(|value| !value.chars().any(moves_words)) && self.text().len() < STATEMENT_BYTES_MAX / 2;
        if is_plain { Ok(()) } else { Err(AttestError::Words) }
    }
}

// === impl AttestError ===

impl From<SigningError> for AttestError {
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
    /// The words as this person would sign them, and the request to their passkey.
    pub fn start_attestation<A: Attests>(
        &self,
        permit: &Permit<A>,
        words: &AttestationWords,
        role: &str,
    ) -> Result<ToSign, AttestError> {
        let signer = permit.user().ok_or(AttestError::NoPasskey)?;
        self.catalog.read(|db| {
            let statement = self.attestation_of(db, words, (signer, role))?.1;
            let keys = self.own_keys(db, signer)?;
            if keys.is_empty() {
                return Err(AttestError::NoPasskey);
            }
            let options = self.passkeys.ask_signature(statement.as_str().as_bytes(), &keys)?;
            Ok(ToSign { statement, options })
        })
    }

    /// The signature that the answer is, of the same words. It is in the trail of whoever it speaks for.
    pub fn finish_attestation<A: Attests>(
        &self,
        permit: &Permit<A>,
        (words, role): (&AttestationWords, &str),
        answer: &str,
    ) -> Result<AttestationSignature, AttestError> {
        let signer = permit.user().ok_or(AttestError::NoPasskey)?;
        self.catalog.write(|tx| {
            let (name, statement) = self.attestation_of(tx, words, (signer, role))?;
            let signature = self.sign(tx, (&statement, signer), answer, permit.deed().at)?;
            let event = Event::AttestationSigned {
                claim: words.claim.clone(),
                passkey: signature.passkey.clone(),
                statement: Hash::of_leaf(statement.as_str().as_bytes()).to_string(),
            };
            self.record(tx, permit.deed(), event)?;
            Ok(AttestationSignature { name, role: role.to_owned(), signature })
        })
    }

    /// Whether this is a signature of these words, by the person whom it names.
    #[must_use]
    pub fn attestation_holds(&self, words: &AttestationWords, signed: &AttestationSignature) -> bool {
        let AttestationSignature { name, role, signature } = signed;
        let Ok(signer) = UserId::parse(&signature.signer) else { return false };
        words.hold().is_ok() && self.is_of(&words.statement(signer, (name, role)), signer, signature)
    }

    fn attestation_of(
        &self,
        db: &Connection,
        words: &AttestationWords,
        (signer, role): (UserId, &str),
    ) -> Result<(String, Statement), AttestError> {
        words.hold()?;
        if role.trim().is_empty() || role.chars().count() > SIGNATORY_ROLE_CHARS_MAX || role.chars().any(moves_words) {
            return Err(AttestError::Role);
        }
        let name = self.account(db, signer)?.user.name.as_str().to_owned();
        // Older names may have been admitted under other rules.
        if name.chars().any(moves_words) {
            return Err(AttestError::Words);
        }
        let statement = words.statement(signer, (&name, role));
        Ok((name, statement))
    }
}
