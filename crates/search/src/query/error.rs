use std::ops::Range;

/// Why a query was not understood, and where: `at` and `len` are bytes of its text and lie on characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    pub at: usize,
    pub len: usize,
    /// Stable; for programs.
    pub code: &'static str,
    pub message: String,
    /// What to write instead, where that is known.
    pub hint: Option<String>,
}

/// Something that was understood, perhaps otherwise than meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub at: usize,
    pub len: usize,
    /// Stable; for programs.
    pub code: &'static str,
    pub message: String,
}

// === impl QueryError ===

impl QueryError {
    pub(super) fn new(span: Range<usize>, code: &'static str, message: impl Into<String>) -> Self {
        Self { at: span.start, len: span.len(), code, message: message.into(), hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
