use std::ops::Range;

/// Why a query was not understood, and where: `at` and `len` are bytes of its text and lie on characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("parse error at line {line}, col {column}: {message}")]
pub struct ParseError {
    pub at: usize,
    pub len: usize,
    /// Counted from 1, the column in characters, as Loki does it.
    pub line: usize,
    pub column: usize,
    /// Stable; for programs.
    pub code: &'static str,
    pub message: String,
}

// === impl ParseError ===

impl ParseError {
    pub(crate) fn new(text: &str, span: Range<usize>, code: &'static str, message: impl Into<String>) -> Self {
        let before = &text[..span.start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            at: span.start,
            len: span.len(),
            line: 1 + before.matches('\n').count(),
            column: 1 + before[line_start..].chars().count(),
            code,
            message: message.into(),
        }
    }
}
