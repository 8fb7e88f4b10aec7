use std::fmt;

use model::limits::{OBJECT_PATH_BYTES_MAX, OBJECT_PATH_SEGMENTS_MAX};

/// A relative path of lower-case segments. Neither leaves its root nor names what a disk hides.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectPath(String);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an object's path has 1 to {OBJECT_PATH_SEGMENTS_MAX} segments of a-z, 0-9, '.', '_' and '-' that neither start with '.' nor end in '.tmp'"
)]
pub struct PathError;

// === impl ObjectPath ===

impl ObjectPath {
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let well_formed = text.len() <= OBJECT_PATH_BYTES_MAX
            && text.split('/').count() <= OBJECT_PATH_SEGMENTS_MAX
            && text.split('/').all(is_segment);
        if well_formed { Ok(Self(text.to_owned())) } else { Err(PathError) }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last segment.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit_once('/').map_or(self.as_str(), |(_, name)| name)
    }

    /// Whether it lies in the folder `prefix`, at any depth; the empty prefix is the root.
    #[must_use]
    pub fn is_under(&self, prefix: &str) -> bool {
        prefix.is_empty() || self.0.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'))
    }
}

/// The path of a file that leaves what is sealed, in names that other tools expect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportPath(String);

// === impl ExportPath ===

impl ExportPath {
    pub fn parse(text: &str) -> Result<Self, PathError> {
        // The same but for upper case and `=`.
        let lowered = text.replace('=', "-").to_ascii_lowercase();
        ObjectPath::parse(&lowered).map(|_| Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A leading dot is hidden (and covers `..`); `.tmp` is what a disk calls a write under way.
fn is_segment(segment: &str) -> bool {
    !segment.is_empty()
        && !segment.starts_with('.')
        && !segment.ends_with(".tmp")
        && segment.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'))
}

impl fmt::Display for ObjectPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ObjectPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, accepted: bool) {
        assert_eq!(ObjectPath::parse(text).is_ok(), accepted, "{text:?}");
    }

    #[test]
    fn a_path_stays_below_its_root() {
        check("a/b-c/d_e.f0", true);
        for text in
            ["", "/a", "a/", "a//b", "..", "a/../b", ".hidden", "a/.b", "A", "a b", "a\\b", "a\0", "é", "a.tmp", "b.tmp/a"]
        {
            check(text, false);
        }
        check(&"a/".repeat(8), false);
        check(&"a".repeat(513), false);
    }

    #[test]
    fn a_prefix_is_a_whole_folder() {
        let path = ObjectPath::parse("ab/cd/ef").unwrap();
        assert!(path.is_under("") && path.is_under("ab") && path.is_under("ab/cd"));
        assert!(!path.is_under("a") && !path.is_under("ab/cd/ef") && !path.is_under("cd"));
        assert_eq!(path.file_name(), "ef");
    }
}
