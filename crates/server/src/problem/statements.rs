//! Problems about what people sign.

use axum::http::StatusCode;
use identity::AttestError;
use trust::AttestationError;

use super::Problem;

impl From<AttestationError> for Problem {
    fn from(error: AttestationError) -> Self {
        let (conflict, unprocessable) = (StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY);
        let (status, code) = match &error {
            AttestationError::NotAttestable(_) => (unprocessable, "claim_not_attestable"),
            AttestationError::NoValue(_) => (conflict, "value_unknown"),
            AttestationError::Days { .. } => (unprocessable, "days_invalid"),
            AttestationError::DocumentMissing => (unprocessable, "document_missing"),
            AttestationError::DocumentUnasked => (unprocessable, "document_unasked"),
            AttestationError::DocumentField => (unprocessable, "document_invalid"),
            AttestationError::DocumentOver => (unprocessable, "document_over"),
            AttestationError::NotAttached => (conflict, "not_attached"),
            AttestationError::AttachmentSize => (unprocessable, "file_size"),
            AttestationError::TooManyAttachments | AttestationError::TooManyPending | AttestationError::TooManySignatures => {
                (conflict, "too_many")
            }
            AttestationError::NotPending => (StatusCode::NOT_FOUND, "not_found"),
            AttestationError::Signed => (conflict, "statement_signed"),
            AttestationError::SignedAlready => (conflict, "signed_already"),
            AttestationError::Changed => (conflict, "statement_changed"),
            AttestationError::Backdated => (conflict, "log_ahead"),
            AttestationError::Forged => (StatusCode::FORBIDDEN, "signature_refused"),
            AttestationError::NothingSigned(_) => (conflict, "nothing_signed"),
            AttestationError::Reason => (unprocessable, "reason_invalid"),
            AttestationError::Store(_) | AttestationError::Log(_) | AttestationError::Board(_) => {
                return Self::internal(&error);
            }
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<AttestError> for Problem {
    fn from(error: AttestError) -> Self {
        let (status, code) = match error {
            AttestError::NoPasskey => (StatusCode::CONFLICT, "passkey_missing"),
            AttestError::Role => (StatusCode::UNPROCESSABLE_ENTITY, "signer_role_invalid"),
            AttestError::Words => (StatusCode::UNPROCESSABLE_ENTITY, "text_invalid"),
            AttestError::Signature(_) => (StatusCode::FORBIDDEN, "signature_refused"),
            AttestError::Catalog(error) => return error.into(),
        };
        Self::new(status, code, error.to_string())
    }
}
