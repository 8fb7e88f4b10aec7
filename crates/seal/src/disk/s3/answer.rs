//! What an object store's refusal means for a disk.
//!
//! Always holds: an object is missing only if the store says so of the object; a refusal that no further try can change is
//! a `Refusal`; an error repeats nothing of the store's document but its code, because S3 puts a request's headers into
//! it, a session's token among them.

use std::error::Error;

use super::remote;
use crate::disk::DiskError;

pub(super) const STORE: &str = "store an object";
pub(super) const READ: &str = "read an object";
pub(super) const FIND: &str = "find an object";
pub(super) const LIST: &str = "list objects";
pub(super) const DELETE: &str = "delete an object";

const TEXT_CHARS_MAX: usize = 600;

/// A refusal that stays until somebody changes the settings or the bucket.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the bucket does not exist: {0}")]
    NoBucket(String),
    #[error("the bucket refuses these credentials: {0}")]
    Credentials(String),
}

/// The client keeps status and document in its errors' texts only, and not in the same error for every request.
pub(super) fn meaning(operation: &'static str, error: &object_store::Error) -> DiskError {
    let said = error.to_string();
    let (status, code) = (status_in(&said), code_in(&said).unwrap_or_default());
    match (status, code) {
        (_, "NoSuchBucket") => remote(operation, Refusal::NoBucket(text_of(error))),
        (Some(401 | 403), _) | (_, "ExpiredToken" | "InvalidToken") => remote(operation, Refusal::Credentials(text_of(error))),
        // A misled request is answered with 404 too, and would make every object look lost.
        (Some(404), "NoSuchKey") => DiskError::NotFound,
        // The answer to HEAD has no document.
        (Some(404), "") if operation == FIND => DiskError::NotFound,
        (Some(304 | 409 | 412), _) if operation == STORE => DiskError::AlreadyExists,
        _ => remote(operation, text_of(error)),
    }
}

/// An error and its causes without what they say twice.
fn text_of(error: &object_store::Error) -> String {
    let mut text = without_document(&error.to_string());
    let mut next = error.source();
    while let Some(cause) = next {
        let said = without_document(&cause.to_string());
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        next = cause.source();
    }
    text.chars().take(TEXT_CHARS_MAX).collect()
}

fn without_document(said: &str) -> String {
    let Some((before, _)) = said.split_once('<') else { return said.to_owned() };
    format!("{before}{}", code_in(said).unwrap_or("no code")).trim().to_owned()
}

fn status_in(said: &str) -> Option<u16> {
    let (_, after) = said.split_once("status code: ")?;
    after.get(..3)?.parse().ok()
}

fn code_in(said: &str) -> Option<&str> {
    let (_, after) = said.split_once("<Code>")?;
    let (code, _) = after.split_once("</Code>")?;
    (!code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric())).then_some(code)
}
