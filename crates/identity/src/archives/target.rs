//! Where an archive goes, and what of it is well formed.
//!
//! Always holds: a destination that exists is well formed, because only its `parse` makes one; its secret is sealed with the
//! rest of the setting, and printed by nothing.

use std::fmt;

use model::limits;
use seal::AgeRecipient;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::ArchiveError;

const BUCKET_CHARS_MIN: usize = 3;
const NAME_CHARS_MAX: usize = 63;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveTarget {
    Bucket(ArchiveBucket),
    Folder(FolderName),
}

/// A bucket of an S3-compatible object store, with a key that may write there.
#[derive(Clone, PartialEq, Eq)]
pub struct ArchiveBucket {
    /// `https://HOST` or `https://HOST:PORT`.
    endpoint: String,
    region: String,
    name: String,
    /// A folder in the bucket.
    prefix: Option<String>,
    access_key_id: String,
    secret_access_key: Zeroizing<String>,
    /// The only authorities that vouch for the endpoint, in PEM; none: those that this machine trusts.
    authority: Option<String>,
}

/// A bucket as somebody asks for it; without the secret where that is known already.
#[derive(Default)]
pub struct AskedBucket {
    pub endpoint: String,
    pub region: String,
    pub name: String,
    pub prefix: Option<String>,
    pub access_key_id: String,
    pub secret_access_key: Option<Zeroizing<String>>,
    pub authority: Option<String>,
}

/// A folder of the tenant's, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderName(String);

/// What somebody asks for, well formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveSpec {
    pub target: ArchiveTarget,
    pub recipient: Option<AgeRecipient>,
    /// The first day; as it is at first, or was.
    pub from: Option<model::Day>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum TargetDocument {
    Bucket {
        endpoint: String,
        region: String,
        name: String,
        prefix: Option<String>,
        access_key_id: String,
        secret_access_key: Zeroizing<String>,
        authority: Option<String>,
    },
    Folder(String),
}

// === impl ArchiveTarget ===

impl ArchiveTarget {
    /// In the words of the trail: without what could be a secret.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Bucket(bucket) => format!("{}/{}", bucket.endpoint, bucket.name),
            Self::Folder(folder) => format!("folder:{}", folder.0),
        }
    }

    pub(super) fn document(&self) -> TargetDocument {
        match self {
            Self::Bucket(bucket) => TargetDocument::Bucket {
                endpoint: bucket.endpoint.clone(),
                region: bucket.region.clone(),
                name: bucket.name.clone(),
                prefix: bucket.prefix.clone(),
                access_key_id: bucket.access_key_id.clone(),
                secret_access_key: bucket.secret_access_key.clone(),
                authority: bucket.authority.clone(),
            },
            Self::Folder(folder) => TargetDocument::Folder(folder.0.clone()),
        }
    }
}

impl TargetDocument {
    pub(super) fn parse(self) -> Result<ArchiveTarget, ArchiveError> {
        Ok(match self {
            Self::Folder(name) => ArchiveTarget::Folder(FolderName::parse(&name)?),
            Self::Bucket { endpoint, region, name, prefix, access_key_id, secret_access_key, authority } => {
                let secret_access_key = Some(secret_access_key);
                let asked = AskedBucket { endpoint, region, name, prefix, access_key_id, secret_access_key, authority };
                ArchiveTarget::Bucket(ArchiveBucket::parse(asked, None)?)
            }
        })
    }
}

// === impl ArchiveBucket ===

impl ArchiveBucket {
    /// A secret that is left out is that of `before`, if it is the same bucket with the same key.
    pub fn parse(asked: AskedBucket, before: Option<&Self>) -> Result<Self, ArchiveError> {
        let AskedBucket { endpoint, region, name, prefix, access_key_id, secret_access_key, authority } = asked;
        if !is_endpoint(&endpoint) {
            return Err(ArchiveError::Endpoint);
        }
        let is_key = |text: &str| {
            let clean = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'/' | b',' | b'=' | b'"');
            (1..=limits::ARCHIVE_FIELD_CHARS_MAX).contains(&text.len()) && text.bytes().all(clean)
        };
        let is_region = |text: &str| {
            let clean = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            (1..=NAME_CHARS_MAX).contains(&text.len()) && text.bytes().all(clean)
        };
        let prefix = prefix.filter(|prefix| !prefix.is_empty());
        let authority = authority.filter(|authority| !authority.is_empty());
        let well_formed = is_bucket(&name)
            && is_region(&region)
            && prefix.as_deref().is_none_or(is_prefix)
            && is_key(&access_key_id)
            && authority.as_ref().is_none_or(|pem| pem.len() <= limits::ARCHIVE_AUTHORITY_BYTES_MAX);
        if !well_formed {
            return Err(ArchiveError::Bucket);
        }
        let same =
            before.filter(|before| before.endpoint == endpoint && before.name == name && before.access_key_id == access_key_id);
        let secret_access_key = match secret_access_key.filter(|secret| !secret.is_empty()) {
            Some(secret) if secret.len() > limits::ARCHIVE_FIELD_CHARS_MAX => return Err(ArchiveError::Bucket),
            Some(secret) => secret,
            None => same.ok_or(ArchiveError::NoSecret)?.secret_access_key.clone(),
        };
        Ok(Self { endpoint, region, name, prefix, access_key_id, secret_access_key, authority })
    }

    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    #[must_use]
    pub fn prefix(&self) -> Option<&str> {
        self.prefix.as_deref()
    }

    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// For whoever writes there.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.secret_access_key
    }

    #[must_use]
    pub fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }
}

impl fmt::Debug for ArchiveBucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArchiveBucket").field("endpoint", &self.endpoint).field("name", &self.name).finish_non_exhaustive()
    }
}

impl fmt::Debug for AskedBucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AskedBucket").field("endpoint", &self.endpoint).field("name", &self.name).finish_non_exhaustive()
    }
}

// === impl FolderName ===

impl FolderName {
    pub fn parse(text: &str) -> Result<Self, ArchiveError> {
        let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-');
        let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        // What a disk calls a write under way.
        let hidden = text.ends_with(".tmp");
        if !begins || hidden || text.len() > NAME_CHARS_MAX || !text.bytes().all(inside) {
            return Err(ArchiveError::Folder);
        }
        Ok(Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether it is `https://` and a host, with a port or without, and nothing else.
fn is_endpoint(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']');
    let host = text.strip_prefix("https://").unwrap_or_default();
    !host.is_empty() && text.len() <= limits::ARCHIVE_ENDPOINT_BYTES_MAX && host.bytes().all(inside)
}

fn is_bucket(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (BUCKET_CHARS_MIN..=NAME_CHARS_MAX).contains(&text.len())
        && text.bytes().all(inside)
        && text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
        && !text.contains("..")
}

fn is_prefix(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'=');
    let is_segment = |segment: &str| !segment.is_empty() && !matches!(segment, "." | "..") && segment.bytes().all(inside);
    text.len() <= limits::ARCHIVE_PREFIX_BYTES_MAX && text.split('/').all(is_segment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> AskedBucket {
        AskedBucket {
            endpoint: "https://s3.example:9000".to_owned(),
            region: "eu-central-1".to_owned(),
            name: "acme-logs".to_owned(),
            prefix: Some("prod/date=x".to_owned()),
            access_key_id: "AKIA1".to_owned(),
            secret_access_key: Some("never printed".to_owned().into()),
            authority: None,
        }
    }

    #[test]
    fn what_is_no_bucket_is_refused() {
        let bucket = ArchiveBucket::parse(asked(), None).unwrap();
        assert!(!format!("{bucket:?}").contains("never printed"));
        let wrong: [fn(&mut AskedBucket); 12] = [
            |asked| asked.endpoint = "http://s3.example".to_owned(),
            |asked| asked.endpoint = "https://s3.example/path".to_owned(),
            |asked| asked.endpoint = "https://user@s3.example".to_owned(),
            |asked| asked.endpoint = "https://".to_owned(),
            |asked| asked.name = "a/b/c".to_owned(),
            |asked| asked.name = "..a".to_owned(),
            |asked| asked.prefix = Some("a/../b".to_owned()),
            |asked| asked.prefix = Some("/a".to_owned()),
            |asked| asked.prefix = Some("a?b".to_owned()),
            |asked| asked.region = "eu central\r\n".to_owned(),
            |asked| asked.access_key_id = "a\nb".to_owned(),
            |asked| asked.secret_access_key = None,
        ];
        for (number, spoil) in wrong.into_iter().enumerate() {
            let mut asked = asked();
            spoil(&mut asked);
            assert!(ArchiveBucket::parse(asked, None).is_err(), "{number}");
        }
    }

    #[test]
    fn a_secret_is_kept_for_its_own_bucket_only() {
        let before = ArchiveBucket::parse(asked(), None).unwrap();
        let without = || AskedBucket { secret_access_key: None, prefix: None, ..asked() };
        assert_eq!(ArchiveBucket::parse(without(), Some(&before)).unwrap().reveal(), "never printed");
        for other in [
            AskedBucket { endpoint: "https://evil.example".to_owned(), ..without() },
            AskedBucket { name: "other".to_owned(), ..without() },
            AskedBucket { access_key_id: "AKIA2".to_owned(), ..without() },
        ] {
            assert!(matches!(ArchiveBucket::parse(other, Some(&before)), Err(ArchiveError::NoSecret)));
        }
    }

    #[test]
    fn a_folder_is_a_name_and_no_path() {
        for good in ["acme", "a", "a.b_c-1"] {
            assert_eq!(FolderName::parse(good).unwrap().as_str(), good);
        }
        for wrong in ["", ".", "..", ".a", "a/b", "/a", "A", "a b", "ä", "a\0", "x.tmp", &"a".repeat(64)] {
            assert!(FolderName::parse(wrong).is_err(), "{wrong}");
        }
    }
}
