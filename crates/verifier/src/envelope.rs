//! A signed statement: an envelope under the log's key around an in-toto statement of one kind.

use audit::Verifier;
use claims::statement::{Envelope, PAYLOAD_TYPE, STATEMENT_TYPE, Statement};
use serde::de::DeserializeOwned;

/// What an envelope held, whoever signed it.
#[derive(Debug)]
pub(crate) struct Opened<P> {
    pub(crate) statement: Statement<P>,
    pub(crate) payload: Vec<u8>,
    envelope: Envelope,
}

// === impl Opened ===

impl<P: DeserializeOwned> Opened<P> {
    /// Reads an envelope; `Err` where it holds no statement of this kind.
    pub(crate) fn read(bytes: &[u8], kind: &str) -> Result<Self, String> {
        let envelope: Envelope = serde_json::from_slice(bytes).map_err(|error| format!("not an envelope: {error}"))?;
        let statement: Statement<P> = envelope.open(PAYLOAD_TYPE).map_err(|error| error.to_string())?;
        if statement.kind != STATEMENT_TYPE || statement.predicate_type != kind {
            return Err(format!("a statement of another kind: {}", statement.predicate_type));
        }
        let payload = envelope.payload().map_err(|error| error.to_string())?;
        Ok(Self { statement, payload, envelope })
    }

    pub(crate) fn verify(&self, verifier: &Verifier) -> Result<(), String> {
        let (signed, signatures) = self.envelope.signed().map_err(|error| error.to_string())?;
        let key = verifier.to_string();
        let own = signatures.iter().find(|(keyid, _)| *keyid == key);
        let (_, signature) = own.ok_or_else(|| format!("it is not signed with the key {key}"))?;
        verifier.verify_envelope(&signed, signature).map_err(|_| "its signature is not that of the log's key".to_owned())
    }
}
