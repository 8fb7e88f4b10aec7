//! What is imported, as whoever began it said and as it turned out to be.

use model::{DisplayName, limits};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::JobError;

/// What somebody says that a file is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportFormat {
    /// JSON that goes over several lines, or lines, each for what it looks like.
    #[default]
    Auto,
    /// A JSON object a line; other lines are refused.
    Ndjson,
    /// JSON objects, one after another or in an array.
    Json,
    /// A message a line.
    Plain,
    /// Syslog a line; other lines are messages.
    Syslog,
}

/// How somebody says that a file is compressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportCompression {
    /// As the file begins.
    #[default]
    Auto,
    None,
    Gzip,
    Zstd,
}

/// How records stand in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportLayout {
    Lines,
    Objects,
}

/// What a file turned out to be: whoever goes on in its middle cannot see it any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportFound {
    pub compression: ImportCompression,
    pub layout: ImportLayout,
}

/// A place between two records of a decompressed file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportPlace {
    /// Bytes before it.
    pub at: u64,
    /// Lines that end before it.
    pub lines: u64,
}

/// What somebody wants to have imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportSpec {
    pub name: DisplayName,
    /// As it is uploaded.
    pub bytes: u64,
    pub format: ImportFormat,
    pub compression: ImportCompression,
    pub digest: Option<FileDigest>,
}

/// The SHA-256 of a file, as its uploader says: the server believes nothing because of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileDigest(String);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a digest has 64 hexadecimal digits in lower case")]
pub struct FileDigestError;

// === impl FileDigest ===

impl FileDigest {
    pub fn parse(text: &str) -> Result<Self, FileDigestError> {
        let is_digest = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if is_digest { Ok(Self(text.to_owned())) } else { Err(FileDigestError) }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for FileDigest {
    type Error = FileDigestError;

    fn try_from(text: String) -> Result<Self, FileDigestError> {
        Self::parse(&text)
    }
}

impl From<FileDigest> for String {
    fn from(digest: FileDigest) -> Self {
        digest.0
    }
}

// === impl ImportSpec ===

impl ImportSpec {
    pub(super) fn hold(&self) -> Result<(), JobError> {
        match self.bytes {
            0 => Err(JobError::Empty),
            1..=limits::IMPORT_BYTES_MAX => Ok(()),
            _ => Err(JobError::TooLarge),
        }
    }
}
