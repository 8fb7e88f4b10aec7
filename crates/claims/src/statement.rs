//! Signed evidence: an in-toto statement in a DSSE envelope.
//!
//! | layer | shape | source |
//! |---|---|---|
//! | envelope | `{"payloadType", "payload": base 64, "signatures": [{"keyid", "sig": base 64}]}` | DSSE 1.0 |
//! | what is signed | `DSSEv1 SP len(type) SP type SP len(payload) SP payload` | DSSE 1.0, PAE |
//! | payload | `{"_type", "subject": [{"name", "digest": {"sha256"}}], "predicateType", "predicate"}` | in-toto Statement v1 |
//!
//! The subject is the sentence as it is shown, so evidence for other words than these does not exist.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::document::{Look, Vantages};
use crate::state::State;

pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
pub const EVIDENCE_TYPE: &str = "urn:blockhouse:evidence:v1";
pub const OVERVIEW_TYPE: &str = "urn:blockhouse:overview:v1";

/// A signed payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Envelope {
    pub payload_type: String,
    /// Base 64.
    pub payload: String,
    pub signatures: Vec<EnvelopeSignature>,
}

/// The key that it names, and the signature's bytes.
pub type NamedSignature<'a> = (&'a str, Vec<u8>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvelopeSignature {
    /// The verifier key, as in a signed note: `name+hash+key`.
    pub keyid: String,
    /// Base 64.
    pub sig: String,
}

/// An in-toto statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Statement<P> {
    #[serde(rename = "_type")]
    pub kind: String,
    pub subject: Vec<Subject>,
    pub predicate_type: String,
    pub predicate: P,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// `claim:TIM-REST-4`.
    pub name: String,
    pub digest: Sha256,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sha256 {
    /// 64 hex digits.
    pub sha256: String,
}

/// What was found of one claim in one round of its checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct EvidencePredicate {
    pub claim: String,
    /// As shown; its digest is the subject's.
    pub sentence: String,
    pub state: State,
    /// Why: how many checks held, or what outweighs them.
    pub reason: String,
    /// RFC 3339, UTC, to the minute: of the oldest look and of the newest.
    pub started: String,
    pub finished: String,
    pub budget_minutes: u32,
    pub build: Build,
    /// SHA-256 of the effective configuration, without its secrets.
    pub configuration: Sha256,
    pub checks: Vec<CheckResult>,
}

/// The program that looked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    pub version: String,
    /// SHA-256 of the executable.
    pub executable: Sha256,
}

/// One check: of the running system, and of its broken twin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CheckResult {
    pub check: String,
    pub vantage: Vantages,
    pub look: Look,
    /// What the same code said of a system that was broken on purpose: `broken`, or the check is void.
    pub twin: String,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    #[error("the envelope is not one of this format: {0}")]
    Malformed(String),
    #[error("the envelope holds a {0}, which was not asked for")]
    OtherType(String),
}

// === impl Envelope ===

impl Envelope {
    /// The bytes that are signed.
    #[must_use]
    pub fn pre_authentication(payload_type: &str, payload: &[u8]) -> Vec<u8> {
        let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
        [head.as_bytes(), payload].concat()
    }

    /// An envelope around a payload, signed by `sign`, which is given the bytes to sign.
    pub fn seal<T: Serialize>(
        payload_type: &str,
        payload: &T,
        keyid: &str,
        sign: impl FnOnce(&[u8]) -> Vec<u8>,
    ) -> Result<Self, EnvelopeError> {
        let payload = serde_json::to_vec(payload).map_err(|error| EnvelopeError::Malformed(error.to_string()))?;
        let signature = sign(&Self::pre_authentication(payload_type, &payload));
        Ok(Self {
            payload_type: payload_type.to_owned(),
            payload: STANDARD.encode(&payload),
            signatures: vec![EnvelopeSignature { keyid: keyid.to_owned(), sig: STANDARD.encode(signature) }],
        })
    }

    /// The payload's bytes, whoever signed them.
    pub fn payload(&self) -> Result<Vec<u8>, EnvelopeError> {
        STANDARD.decode(&self.payload).map_err(|_| EnvelopeError::Malformed("the payload is not base 64".to_owned()))
    }

    /// The signatures and the bytes that each is over, for whoever verifies them.
    pub fn signed(&self) -> Result<(Vec<u8>, Vec<NamedSignature<'_>>), EnvelopeError> {
        let signed = Self::pre_authentication(&self.payload_type, &self.payload()?);
        let decode = |one: &EnvelopeSignature| STANDARD.decode(&one.sig).unwrap_or_default();
        Ok((signed, self.signatures.iter().map(|one| (one.keyid.as_str(), decode(one))).collect()))
    }

    /// The payload, read as one of this type. Verify the signatures first.
    pub fn open<T: DeserializeOwned>(&self, payload_type: &str) -> Result<T, EnvelopeError> {
        if self.payload_type != payload_type {
            return Err(EnvelopeError::OtherType(self.payload_type.clone()));
        }
        serde_json::from_slice(&self.payload()?).map_err(|error| EnvelopeError::Malformed(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_is_the_type_and_the_payload_with_their_lengths() {
        // The example of the DSSE specification.
        let signed = Envelope::pre_authentication("http://example.com/HelloWorld", b"hello world");
        assert_eq!(signed, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }

    #[test]
    fn an_envelope_gives_back_what_it_was_sealed_around() {
        let envelope = Envelope::seal("t", &["a"], "key", |bytes| bytes.to_vec()).unwrap();
        assert_eq!(envelope.open::<Vec<String>>("t").unwrap(), ["a"]);
        assert_eq!(envelope.open::<Vec<String>>("u"), Err(EnvelopeError::OtherType("t".to_owned())));
        let (signed, signatures) = envelope.signed().unwrap();
        assert_eq!(signatures, [("key", signed.clone())]);
    }
}
