//! What a browser posts: the JSON of WebAuthn (5.1.8), as `PublicKeyCredential.toJSON()` makes it.
//!
//! Always holds: at most `limits::PASSKEY_ANSWER_BYTES_MAX` bytes are read. Nothing in an answer is true until it is
//! verified; its passkey's id is there to find the key to verify it with.

use model::limits;
use serde::Deserialize;
use webauthn_rs::prelude::{PublicKeyCredential, RegisterPublicKeyCredential};

/// Offset of the flags in an authenticator's data (WebAuthn, 6.1), and the flag of a key that can be on several devices.
const FLAGS_AT: usize = 32;
const BACKUP_ELIGIBLE: u8 = 0x08;
const KIND: &str = "public-key";

/// An answer to a sign-in or to a statement, not verified.
#[derive(Debug, Clone)]
pub struct Answer {
    credential: PublicKeyCredential,
    embedded: bool,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an answer of a browser with a passkey")]
pub struct AnswerError;

/// The one field of the client's data that the library leaves out when somebody signs in.
#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "crossOrigin", default)]
    cross_origin: Option<bool>,
}

// === impl Answer ===

impl Answer {
    pub fn parse(json: &[u8]) -> Result<Self, AnswerError> {
        if json.len() > limits::PASSKEY_ANSWER_BYTES_MAX {
            return Err(AnswerError);
        }
        let credential: PublicKeyCredential = serde_json::from_slice(json).map_err(|_| AnswerError)?;
        if credential.type_ != KIND || credential.raw_id.is_empty() || credential.raw_id.len() > limits::PASSKEY_ID_BYTES_MAX {
            return Err(AnswerError);
        }
        let client_data: ClientData = serde_json::from_slice(&credential.response.client_data_json).map_err(|_| AnswerError)?;
        Ok(Self { credential, embedded: client_data.cross_origin == Some(true) })
    }

    /// To find the passkey by.
    #[must_use]
    pub fn passkey_id(&self) -> &[u8] {
        self.credential.get_credential_id()
    }

    pub(super) fn owner_handle(&self) -> Option<&[u8]> {
        self.credential.get_user_unique_id()
    }

    pub(super) fn is_embedded(&self) -> bool {
        self.embedded
    }

    pub(super) fn says_backup_eligible(&self) -> bool {
        self.credential.response.authenticator_data.get(FLAGS_AT).is_some_and(|flags| flags & BACKUP_ELIGIBLE != 0)
    }

    pub(super) fn as_library(&self) -> &PublicKeyCredential {
        &self.credential
    }
}

pub(super) fn parse_registration(json: &[u8]) -> Result<RegisterPublicKeyCredential, AnswerError> {
    if json.len() > limits::PASSKEY_ANSWER_BYTES_MAX {
        return Err(AnswerError);
    }
    let credential: RegisterPublicKeyCredential = serde_json::from_slice(json).map_err(|_| AnswerError)?;
    if credential.type_ == KIND { Ok(credential) } else { Err(AnswerError) }
}
