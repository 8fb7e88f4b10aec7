//! Statements that a passkey signs: an approval, an attestation, in exact words.
//!
//! | what the device signs | authenticator's data, then the SHA-256 of the client's data |
//! | the client's data | type `webauthn.get`, the page's origin, and as challenge the SHA-256 of the statement |
//!
//! Always holds: an answer counts for one statement, byte for byte, and it can be verified again for ever from the
//! statement, the answer and the stored passkey, by any WebAuthn library. Nothing else is kept.
//! The caller puts into the statement what makes it the only one of its kind (an id, a time): an answer to the same words
//! is good for ever. A device shows no words: that the person read these is as true as the page that showed them.

use aws_lc_rs::digest::{SHA256, digest};
use model::limits;
use serde_json::{Value, json};

use super::{Answer, Assertion, Challenge, Passkey, PasskeyError, Passkeys, to_json};

// === impl Passkeys ===

impl Passkeys {
    /// Asks the person whose passkeys these are to sign a statement: the options for `navigator.credentials.get`.
    pub fn ask_signature(&self, statement: &[u8], passkeys: &[Passkey]) -> Result<Value, PasskeyError> {
        self.ask(&challenge(statement)?, passkeys)
    }

    /// Verifies an answer that just came, the counter included. Store the statement and the answer.
    pub fn finish_statement(&self, statement: &[u8], answer: &Answer, passkey: &Passkey) -> Result<Assertion, PasskeyError> {
        self.assert(&challenge(statement)?, answer, passkey)
    }

    /// Verifies a stored answer once more, at any later time: the passkey may have been used since.
    pub fn verify_statement(&self, statement: &[u8], answer: &Answer, passkey: &Passkey) -> Result<(), PasskeyError> {
        self.assert(&challenge(statement)?, answer, &passkey.without_history(answer)?).map(|_| ())
    }
}

fn challenge(statement: &[u8]) -> Result<Challenge, PasskeyError> {
    if statement.len() > limits::STATEMENT_BYTES_MAX {
        return Err(PasskeyError::StatementTooLong);
    }
    let mut challenge = Challenge::default();
    challenge.copy_from_slice(digest(&SHA256, statement).as_ref());
    Ok(challenge)
}

// === impl Passkey ===

impl Passkey {
    /// As it may have been when the answer was given: the counter has gone on since, and a key may have become one that
    /// can be on several devices. Whose key it is does not change.
    fn without_history(&self, answer: &Answer) -> Result<Self, PasskeyError> {
        let mut key = to_json(&self.key)?;
        key["cred"]["counter"] = json!(0);
        key["cred"]["backup_eligible"] = json!(answer.says_backup_eligible());
        let key = serde_json::from_value(key).map_err(|error| PasskeyError::Refused(error.into()))?;
        Ok(Self { owner: self.owner, key })
    }
}
