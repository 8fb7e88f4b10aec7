//! The public log as this crate needs it: what is signed with its key, added to it, and proved to be in it.

use audit::{Deed, Event, Log, Verifier};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claims::document::LogProof;
use claims::statement::{Envelope, PAYLOAD_TYPE};
use identity::{AttestationSignature, AttestationWords, Identity, ProvedEntry};
use model::Timestamp;
use serde::Serialize;

/// What people sign, and the trails in which it is told to those whom it speaks for.
pub trait Signatures: Send + Sync {
    /// Whether this is a signature of these words, by the person whom it names.
    fn holds(&self, words: &AttestationWords, signed: &AttestationSignature) -> bool;

    /// Adds to the trail of the tenant that the deed names, or of the installation.
    fn tell(&self, deed: &Deed, event: Event) -> Result<(), PublicLogError>;
}

/// A log that everybody may read and that only grows. Whoever keeps it knows whose signature is whose.
pub trait PublicLog: Signatures {
    /// What checks its checkpoints and every statement.
    fn verifier(&self) -> Verifier;

    fn origin(&self) -> String;

    /// Signs what DSSE signs of a payload.
    fn sign(&self, pre_authentication: &[u8]) -> Result<Vec<u8>, PublicLogError>;

    /// Adds these, all or none; gives their places.
    fn publish(&self, events: Vec<Event>, now: Timestamp) -> Result<Vec<u64>, PublicLogError>;

    /// A checkpoint of it as it is now, and of each of these entries what leads to it; `None` where it has none.
    fn prove(&self, entries: &[u64], now: Timestamp) -> Result<(String, Vec<Option<ProvedEntry>>), PublicLogError>;

    /// Whether it begins with what this earlier checkpoint signed.
    fn begins_with(&self, checkpoint: &str) -> Result<bool, PublicLogError>;
}

#[derive(Debug, thiserror::Error)]
#[error("the public log could not be read or written")]
pub struct PublicLogError(#[source] Box<dyn std::error::Error + Send + Sync>);

// === impl PublicLogError ===

impl PublicLogError {
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

impl PublicLog for Identity {
    fn verifier(&self) -> Verifier {
        self.audit_verifier()
    }

    fn origin(&self) -> String {
        self.audit_origin(Log::Public)
    }

    fn sign(&self, pre_authentication: &[u8]) -> Result<Vec<u8>, PublicLogError> {
        self.sign_envelope(pre_authentication).map_err(PublicLogError::new)
    }

    fn publish(&self, events: Vec<Event>, now: Timestamp) -> Result<Vec<u64>, PublicLogError> {
        Self::publish(self, events, now).map_err(PublicLogError::new)
    }

    fn prove(&self, entries: &[u64], now: Timestamp) -> Result<(String, Vec<Option<ProvedEntry>>), PublicLogError> {
        self.prove_public(entries, now).map_err(PublicLogError::new)
    }

    fn begins_with(&self, checkpoint: &str) -> Result<bool, PublicLogError> {
        self.audit_extends(Log::Public, checkpoint).map_err(PublicLogError::new)
    }
}

impl Signatures for Identity {
    fn holds(&self, words: &AttestationWords, signed: &AttestationSignature) -> bool {
        self.attestation_holds(words, signed)
    }

    fn tell(&self, deed: &Deed, event: Event) -> Result<(), PublicLogError> {
        self.note(deed, event).map_err(PublicLogError::new)
    }
}

/// A payload in an envelope that is signed with the log's key.
pub(crate) fn seal(log: &dyn PublicLog, payload: &impl Serialize) -> Result<Envelope, PublicLogError> {
    let mut failed = None;
    let sign = |bytes: &[u8]| {
        log.sign(bytes).unwrap_or_else(|error| {
            failed = Some(error);
            Vec::new()
        })
    };
    let envelope = Envelope::seal(PAYLOAD_TYPE, payload, &log.verifier().to_string(), sign);
    match failed {
        Some(error) => Err(error),
        None => envelope.map_err(PublicLogError::new),
    }
}

/// As the page shows it.
pub(crate) fn shown(proved: &ProvedEntry) -> LogProof {
    LogProof {
        entry: proved.entry,
        leaf: STANDARD.encode(&proved.leaf),
        proof: proved.proof.iter().map(ToString::to_string).collect(),
    }
}
