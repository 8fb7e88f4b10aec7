use std::fmt;

/// Why a body was refused, for the sender: a stable code and the place, never a piece of the content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct DecodeError {
    pub code: &'static str,
    pub detail: String,
    /// The record, counted from 0 in the order of the request.
    pub record: Option<usize>,
    /// The byte, counted from 0 in the decompressed body.
    pub at: Option<usize>,
    pub status: Refusal,
}

/// What kind of refusal it is; the edge maps each to one HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// 400
    BadRequest,
    /// 413
    TooLarge,
    /// 415
    Unsupported,
    /// 503
    Busy,
}

// === impl DecodeError ===

impl DecodeError {
    pub(crate) fn bad(code: &'static str, detail: impl fmt::Display) -> Self {
        Self::new(Refusal::BadRequest, code, detail)
    }

    pub(crate) fn too_large(code: &'static str, detail: impl fmt::Display) -> Self {
        Self::new(Refusal::TooLarge, code, detail)
    }

    pub(crate) fn unsupported(code: &'static str, detail: impl fmt::Display) -> Self {
        Self::new(Refusal::Unsupported, code, detail)
    }

    /// There is no room for what the body becomes.
    pub(crate) fn busy() -> Self {
        Self::new(Refusal::Busy, "busy", "too many bodies are decompressed at once; send this one again in a moment")
    }

    fn new(status: Refusal, code: &'static str, detail: impl fmt::Display) -> Self {
        Self { code, detail: detail.to_string(), record: None, at: None, status }
    }

    pub(crate) fn at(mut self, byte: usize) -> Self {
        self.at = Some(byte);
        self
    }

    pub(crate) fn record(mut self, index: usize) -> Self {
        self.record = Some(index);
        self
    }

    pub(crate) fn body_too_large(bytes_max: usize) -> Self {
        Self::too_large("body_too_large", format_args!("the body is larger than {bytes_max} bytes once decoded"))
    }

    pub(crate) fn body_too_large_treated(bytes_max: usize) -> Self {
        let detail = format_args!("the body is larger than {bytes_max} bytes once read and masked; send fewer records at once");
        Self::too_large("body_too_large", detail)
    }

    pub(crate) fn record_too_large(index: usize) -> Self {
        let most = model::limits::RECORD_BYTES_MAX;
        Self::too_large("record_too_large", format_args!("a record is larger than {most} bytes")).record(index)
    }

    pub(crate) fn too_many_records() -> Self {
        let most = model::limits::RECORDS_PER_BATCH_MAX;
        Self::too_large("too_many_records", format_args!("the body holds more than {most} records"))
    }

    pub(crate) fn too_deep(at: usize) -> Self {
        let most = model::limits::JSON_DEPTH_MAX;
        Self::bad("too_deep", format_args!("a value nests deeper than {most} levels")).at(at)
    }

    pub(crate) fn not_an_object(at: usize) -> Self {
        Self::bad("not_an_object", "a record must be an object").at(at)
    }
}
