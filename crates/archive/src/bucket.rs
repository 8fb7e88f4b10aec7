//! A bucket of an S3-compatible object store that a tenant named.
//!
//! Always holds: nothing but `PutObject` is asked for, signed with its payload, at the endpoint's own host by the way for
//! addresses that tenants name; of an answer no more than a status and a code is looked at, and neither is repeated.

use std::fmt;

use bytes::Bytes;
use model::limits::ARCHIVE_ANSWER_BYTES_MAX;
use object_store::aws::{AwsAuthorizer, AwsCredential};
use object_store::client::{HttpRequest, HttpRequestBody};
use oidc::{Answered, Egress};
use zeroize::Zeroizing;

use crate::destination::PutError;

const SERVICE: &str = "s3";
const ENCRYPTION: &str = "x-amz-server-side-encryption";

/// What there is to know of a bucket. Every text was parsed.
pub struct BucketParts<'a> {
    pub endpoint: &'a str,
    pub region: &'a str,
    pub name: &'a str,
    pub prefix: Option<&'a str>,
    pub access_key_id: &'a str,
    pub secret_access_key: &'a str,
    pub at_rest: AtRest,
}

/// Who encrypts what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtRest {
    /// It is encrypted to a recipient before it is sent.
    Recipient,
    /// The object store is asked to.
    Store,
}

pub struct Bucket {
    way: Egress,
    /// The address of the folder in the bucket, without a slash at its end.
    folder: String,
    region: String,
    credential: AwsCredential,
    at_rest: AtRest,
}

// === impl Bucket ===

impl Bucket {
    /// `way` leads to the endpoint.
    #[must_use]
    pub fn new(way: Egress, parts: &BucketParts<'_>) -> Self {
        let mut folder = format!("{}/{}", parts.endpoint, escaped(parts.name));
        if let Some(prefix) = parts.prefix {
            folder.push('/');
            folder.push_str(&escaped(prefix));
        }
        let credential =
            AwsCredential { key_id: parts.access_key_id.to_owned(), secret_key: parts.secret_access_key.to_owned(), token: None };
        Self { way, folder, region: parts.region.to_owned(), credential, at_rest: parts.at_rest }
    }

    pub(crate) async fn put(&self, name: &str, bytes: Bytes, seconds: u64) -> Result<(), PutError> {
        let url = format!("{}/{}", self.folder, escaped(name));
        let headers = self.signed(&url, &bytes)?;
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = self.way.put(&url, &headers, bytes, (ARCHIVE_ANSWER_BYTES_MAX, seconds)).await?;
        match answer.status {
            200..=299 => Ok(()),
            _ => Err(meaning(&answer, self.at_rest)),
        }
    }

    /// The headers of a request that puts these bytes there.
    fn signed(&self, url: &str, bytes: &Bytes) -> Result<Vec<(String, Zeroizing<String>)>, PutError> {
        let mut request = HttpRequest::new(HttpRequestBody::from(bytes.clone()));
        *request.method_mut() = "PUT".parse().map_err(|_| PutError::Malformed)?;
        *request.uri_mut() = url.parse().map_err(|_| PutError::Malformed)?;
        let mut add = |name: &'static str, value: &'static str| {
            value.parse().map(|value| request.headers_mut().insert(name, value)).map_err(|_| PutError::Malformed)
        };
        add("content-type", "application/octet-stream")?;
        if self.at_rest == AtRest::Store {
            add(ENCRYPTION, "AES256")?;
        }
        let authorizer = AwsAuthorizer::new(&self.credential, SERVICE, &self.region);
        authorizer.try_authorize(&mut request, None).map_err(|_| PutError::Malformed)?;
        let headers = request.headers().iter().map(|(name, value)| {
            let value = value.to_str().map_err(|_| PutError::Malformed)?;
            Ok((name.as_str().to_owned(), Zeroizing::new(value.to_owned())))
        });
        headers.collect()
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl fmt::Debug for BucketParts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BucketParts").field("endpoint", &self.endpoint).field("name", &self.name).finish_non_exhaustive()
    }
}

/// A path as S3 signs it: all but letters, digits and `-._~/` escaped.
fn escaped(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(byte as char),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// What a refusal says.
fn meaning(answer: &Answered, at_rest: AtRest) -> PutError {
    let body = answer.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
    let code = body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map_or("", |(code, _)| code);
    match (answer.status, code) {
        (_, "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "InvalidToken" | "InvalidClientTokenId" | "NotSignedUp")
        | (401, _) => PutError::CredentialsWrong,
        (_, "RequestTimeTooSkewed") => PutError::Clock,
        (_, "NoSuchBucket") => PutError::BucketUnknown,
        (_, "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException" | "InvalidRegion") => PutError::RegionWrong,
        (_, "InvalidEncryptionAlgorithmError" | "NotImplemented" | "ServerSideEncryptionConfigurationNotFoundError")
            if at_rest == AtRest::Store =>
        {
            PutError::EncryptionRefused
        }
        (300..=399, _) => PutError::Redirected,
        (403, _) => PutError::AccessDenied,
        (404, _) => PutError::BucketUnknown,
        (status, _) => PutError::Refused(status),
    }
}

#[cfg(test)]
mod tests;
