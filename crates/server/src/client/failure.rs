//! Why a client command ended early, what to do about it, and the exit code.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | failed |
//! | 65 | the arguments, the query or lines of the input were refused |
//! | 69 | the server was not there, or busy for too long |
//! | 77 | the key does not permit it, or the server's certificate is not trusted |
//! | 130 | interrupted |

use std::fmt;
use std::io;
use std::path::PathBuf;

use serde::Deserialize;

use super::{caret, units};
use crate::failed_keys::TOO_MANY_FAILED_KEYS;

pub(super) const EXIT_FAILED: u8 = 1;
pub(super) const EXIT_DATA: u8 = 65;
pub(super) const EXIT_UNAVAILABLE: u8 = 69;
pub(super) const EXIT_NOT_PERMITTED: u8 = 77;
pub(super) const EXIT_INTERRUPTED: u8 = 130;

#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("{what}")]
    Usage { what: String, hint: &'static str },
    #[error("{0}")]
    Refused(Box<Problem>),
    /// The server refused a text that the user wrote, and said where.
    #[error("{problem}")]
    Query { problem: Box<Problem>, text: String },
    #[error("{url} cannot be reached: {reason}")]
    Unreachable { url: String, reason: String },
    #[error("the certificate of {url} is not trusted: {reason}")]
    Untrusted { url: String, reason: String },
    #[error("the answer of {url} broke off: {reason}")]
    BrokeOff { url: String, reason: String },
    #[error("the answer is not what a Blockhouse server sends: {0}")]
    Answer(String),
    #[error("could not {doing} {}", path.display())]
    File {
        doing: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("could not start")]
    Runtime(#[source] io::Error),
    #[error("could not print")]
    Output(#[source] io::Error),
    /// Who reads the output has enough, as `head` has: no failure of ours.
    #[error("the output was closed")]
    OutputClosed,
    #[error("{} refused", units::counted(*.0, "line"))]
    LinesRefused(u64),
    /// What was asked for was looked at, and is not so.
    #[error("{0}")]
    NotSo(&'static str),
    #[error("interrupted")]
    Interrupted,
}

/// An answer of kind `application/problem+json`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Problem {
    pub(super) status: u16,
    pub(super) title: Option<String>,
    pub(super) code: Option<String>,
    pub(super) detail: Option<String>,
    pub(super) hint: Option<String>,
    /// The record in the request, counted from 0.
    pub(super) record: Option<usize>,
    /// The byte in the query or body, counted from 0, and how many from there.
    pub(super) at: Option<usize>,
    pub(super) length: Option<usize>,
    /// Bytes of an upload that the server has.
    pub(super) received: Option<u64>,
}

// === impl Failure ===

impl Failure {
    pub(super) fn usage(what: impl Into<String>, hint: &'static str) -> Self {
        Self::Usage { what: what.into(), hint }
    }

    pub(super) fn file(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { doing, path, source }
    }

    /// Points into `text`, which the user wrote, where the server said what is wrong with it.
    pub(super) fn in_text(self, text: &str) -> Self {
        match self {
            Self::Refused(problem) if problem.at.is_some() => Self::Query { problem, text: text.to_owned() },
            other => other,
        }
    }

    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage { .. } | Self::Query { .. } | Self::LinesRefused(_) => EXIT_DATA,
            Self::Refused(problem) => problem.exit_code(),
            Self::Unreachable { .. } | Self::BrokeOff { .. } => EXIT_UNAVAILABLE,
            Self::Untrusted { .. } => EXIT_NOT_PERMITTED,
            Self::Answer(_) | Self::File { .. } | Self::Runtime(_) | Self::Output(_) | Self::NotSo(_) => EXIT_FAILED,
            Self::OutputClosed => 0,
            Self::Interrupted => EXIT_INTERRUPTED,
        }
    }

    /// Lines that point into the text that is wrong.
    pub(super) fn picture(&self) -> Option<String> {
        let Self::Query { problem, text } = self else { return None };
        Some(caret::point(text, problem.at?, problem.length.unwrap_or(1)))
    }

    /// What the user can do.
    pub(super) fn hint(&self) -> Option<&str> {
        match self {
            Self::Usage { hint, .. } => Some(hint),
            Self::Refused(problem) | Self::Query { problem, .. } => problem.hint(),
            Self::Unreachable { .. } => Some("is the server running, and is this its address? --url or BLOCKHOUSE_URL names it"),
            Self::Untrusted { .. } => Some(
                "--ca-file or BLOCKHOUSE_CA names the authority: ca.crt in the server's data folder, or what the server has at \
                 /ca.crt, once its fingerprint is compared",
            ),
            Self::BrokeOff { .. }
            | Self::Answer(_)
            | Self::File { .. }
            | Self::Runtime(_)
            | Self::Output(_)
            | Self::OutputClosed
            | Self::LinesRefused(_)
            | Self::NotSo(_)
            | Self::Interrupted => None,
        }
    }
}

// === impl Problem ===

impl Problem {
    /// Reads the body of an answer with this status; whatever it holds becomes a problem.
    pub(super) fn read(status: u16, body: &[u8]) -> Self {
        let mut problem: Self = serde_json::from_slice(body).unwrap_or_default();
        problem.status = status;
        problem
    }

    /// Whether a key does not count, be it that its address sent too many of them.
    pub(super) fn is_of_key(&self) -> bool {
        matches!(self.status, 401 | 403) || self.code.as_deref() == Some(TOO_MANY_FAILED_KEYS)
    }

    fn exit_code(&self) -> u8 {
        match self.status {
            _ if self.is_of_key() => EXIT_NOT_PERMITTED,
            429 | 502 | 503 | 504 => EXIT_UNAVAILABLE,
            400..=499 => EXIT_DATA,
            _ => EXIT_FAILED,
        }
    }

    fn hint(&self) -> Option<&str> {
        let known = match self.status {
            403 if self.code.as_deref() == Some("step_up_required") => {
                Some("this needs a proof of the last 10 minutes: sign in anew, or prove a second factor with this session")
            }
            401 | 429 if self.is_of_key() => {
                Some("--key-file or BLOCKHOUSE_KEY gives a key of this source that has neither ended nor been revoked")
            }
            403 => Some("sending needs a write key, everything else a read key, each of this source"),
            404 if self.code.as_deref() != Some("record_not_found") => {
                Some("is --source (BLOCKHOUSE_SOURCE) the source's id, and --url the server that has it?")
            }
            408 => Some("a shorter time (--last 1h) or a narrower query takes less"),
            429 | 503 => Some("the server is busy; the same command may work a moment later"),
            _ => None,
        };
        self.hint.as_deref().or(known)
    }

    /// What was wrong, in the server's words, without its code.
    pub(super) fn reason(&self) -> String {
        match (&self.detail, &self.title) {
            (Some(text), _) | (None, Some(text)) => text.trim_end_matches('.').to_owned(),
            (None, None) => format!("the server answered {}", self.status),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason())?;
        match &self.code {
            Some(code) => write!(f, " ({code})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, body: &str, text: &str, exit_code: u8) {
        let failure = Failure::Refused(Box::new(Problem::read(status, body.as_bytes())));
        assert_eq!((failure.to_string().as_str(), failure.exit_code()), (text, exit_code));
    }

    #[test]
    fn a_problem_says_what_is_wrong_and_its_code() {
        let body =
            r#"{"type":"about:blank","title":"Not permitted","status":403,"code":"wrong_direction","detail":"this key writes."}"#;
        check(403, body, "this key writes (wrong_direction)", 77);
        check(503, r#"{"title":"Busy","code":"busy"}"#, "Busy (busy)", 69);
        check(400, r#"{"detail":"no"}"#, "no", 65);
        check(500, "<html>", "the server answered 500", 1);
        check(401, "", "the server answered 401", 77);
        check(429, r#"{"detail":"no","code":"too_many_failed_keys"}"#, "no (too_many_failed_keys)", 77);
        check(429, "", "the server answered 429", 69);
    }

    #[test]
    fn a_place_in_the_query_is_pointed_at() {
        let problem = Problem::read(400, r#"{"detail":"no value","code":"value","at":6,"length":1}"#.as_bytes());
        let failure = Failure::Refused(Box::new(problem)).in_text("level:");
        assert_eq!(failure.picture().unwrap(), "  level:\n        ^");
        assert_eq!(failure.exit_code(), 65);
    }

    #[test]
    fn a_reader_that_left_is_no_failure() {
        assert_eq!(Failure::OutputClosed.exit_code(), 0);
    }
}
