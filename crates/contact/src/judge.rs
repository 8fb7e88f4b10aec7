//! What is wrong with a security.txt that somebody published.
//!
//! Always holds: where there is a signature, only what it covers is taken for the file; findings are bounded, and no bytes
//! make judging panic. A file of ours has none of these findings; of somebody else's, [`Finding::is_advice`] says which
//! ones RFC 9116 only recommends against.

use model::{Timestamp, limits};

use crate::field::{Line, Name};
use crate::openpgp::cleartext::{self, SignatureError};
use crate::openpgp::key::PublicKey;
use crate::security_txt::DAY_SECONDS;
use crate::uri::{Language, Uri};

/// What the file is held against.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Where it was fetched.
    pub url: &'a str,
    /// The key that has to have signed it; none: that there is a signature is all that is looked at.
    pub key: Option<&'a PublicKey>,
}

/// One thing that is wrong. Lines are counted from 1, within the signed text where there is a signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    #[error("it is longer than {} bytes", limits::SECURITY_TXT_BYTES_MAX)]
    TooLong,
    #[error("it is not UTF-8")]
    NotUtf8,
    #[error("it has no Contact")]
    NoContact,
    #[error("it has no Expires")]
    NoExpires,
    #[error("it has {0} Expires")]
    SeveralExpires(usize),
    #[error("its Expires is no time of RFC 3339")]
    ExpiresNotATime,
    #[error("it expired at {0}")]
    Expired(Timestamp),
    #[error("it expires at {0}, which is not less than a year away")]
    ExpiresTooFar(Timestamp),
    #[error("it has several Preferred-Languages")]
    SeveralLanguages,
    #[error("line {0}: not languages")]
    NotLanguages(usize),
    #[error("it does not say its own address")]
    NoCanonical,
    #[error("its Canonical names another address")]
    CanonicalElsewhere,
    #[error("line {0}: http, where RFC 9116 wants https")]
    NotHttps(usize),
    #[error("line {0}: not a URI")]
    NotAUri(usize),
    #[error("line {0}: a field that is not registered")]
    UnknownField(usize),
    #[error("line {0}: neither a field nor a comment")]
    NotAField(usize),
    #[error("it is not signed")]
    NotSigned,
    #[error("its signature does not count")]
    Signature(#[source] SignatureError),
    #[error("there is more wrong with it than is told")]
    More,
}

// === impl Finding ===

impl Finding {
    /// Whether readers may use the file all the same.
    #[must_use]
    pub fn is_advice(&self) -> bool {
        match self {
            Self::NoCanonical | Self::UnknownField(_) | Self::NotSigned | Self::ExpiresTooFar(_) | Self::More => true,
            Self::TooLong | Self::NotUtf8 | Self::NoContact | Self::NoExpires | Self::SeveralExpires(_) => false,
            Self::ExpiresNotATime | Self::Expired(_) | Self::SeveralLanguages | Self::NotLanguages(_) => false,
            Self::CanonicalElsewhere | Self::NotHttps(_) | Self::NotAUri(_) | Self::NotAField(_) | Self::Signature(_) => false,
        }
    }
}

/// Everything that is wrong with a file, what concerns it as a whole first.
#[must_use]
pub fn judge(bytes: &[u8], now: Timestamp, expected: &Expected<'_>) -> Vec<Finding> {
    if bytes.len() > limits::SECURITY_TXT_BYTES_MAX {
        return vec![Finding::TooLong];
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return vec![Finding::NotUtf8] };
    let mut found = Vec::new();
    match cleartext::read(text) {
        None => {
            found.push(Finding::NotSigned);
            judge_lines(&text.lines().collect::<Vec<_>>(), now, expected.url, &mut found);
        }
        // Without the end of what is signed nobody can say what the file is.
        Some(Err(error)) => found.push(Finding::Signature(error)),
        Some(Ok(signed)) => {
            let verified = expected.key.map_or(Ok(()), |key| signed.verify(key, now));
            found.extend(verified.err().map(Finding::Signature));
            judge_lines(&signed.lines, now, expected.url, &mut found);
        }
    }
    if found.len() > limits::SECURITY_TXT_FINDINGS_MAX {
        found.truncate(limits::SECURITY_TXT_FINDINGS_MAX);
        found.push(Finding::More);
    }
    found
}

fn judge_lines<L: AsRef<str>>(lines: &[L], now: Timestamp, url: &str, found: &mut Vec<Finding>) {
    let mut fields = Vec::new();
    let mut wrong = Vec::new();
    for (line, number) in lines.iter().zip(1..) {
        match Line::parse(line.as_ref()) {
            Line::Field(name, value) => {
                wrong.extend(value_wrong(name, value, number));
                fields.push((name, value));
            }
            Line::Unknown => wrong.push(Finding::UnknownField(number)),
            Line::Broken => wrong.push(Finding::NotAField(number)),
            Line::Nothing => {}
        }
    }
    let all = |wanted: Name| fields.iter().filter(move |(name, _)| *name == wanted).map(|(_, value)| *value);
    if all(Name::Contact).next().is_none() {
        found.push(Finding::NoContact);
    }
    let expires: Vec<&str> = all(Name::Expires).collect();
    match expires.as_slice() {
        [] => found.push(Finding::NoExpires),
        [expires] => found.extend(expires_wrong(expires, now)),
        several => found.push(Finding::SeveralExpires(several.len())),
    }
    if all(Name::Languages).count() > 1 {
        found.push(Finding::SeveralLanguages);
    }
    if all(Name::Canonical).next().is_none() {
        found.push(Finding::NoCanonical);
    } else if !all(Name::Canonical).any(|canonical| canonical == url) {
        found.push(Finding::CanonicalElsewhere);
    }
    found.append(&mut wrong);
}

fn value_wrong(name: Name, value: &str, line: usize) -> Option<Finding> {
    if name == Name::Languages {
        let tags = value.split(',').map(|tag| Language::parse(tag.trim()));
        return tags.into_iter().any(|tag| tag.is_err()).then_some(Finding::NotLanguages(line));
    }
    if !name.is_uri() {
        return None;
    }
    match Uri::parse(value) {
        Err(_) => Some(Finding::NotAUri(line)),
        Ok(uri) if uri.scheme_is("http") => Some(Finding::NotHttps(line)),
        Ok(uri) if uri.scheme_is("https") && Uri::parse_https(value).is_err() => Some(Finding::NotAUri(line)),
        Ok(_) => None,
    }
}

fn expires_wrong(expires: &str, now: Timestamp) -> Option<Finding> {
    let Some(at) = parse_rfc_3339(expires) else { return Some(Finding::ExpiresNotATime) };
    if at <= now {
        return Some(Finding::Expired(at));
    }
    (at.seconds_since(now) >= limits::SECURITY_TXT_DAYS_MAX * DAY_SECONDS).then_some(Finding::ExpiresTooFar(at))
}

/// `Timestamp` reads what people send as a time; here only `2026-01-31T12:00:00Z` and with an offset is one.
fn parse_rfc_3339(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let zoned = matches!(bytes.last(), Some(b'Z' | b'z'))
        || bytes.len().checked_sub(6).is_some_and(|at| at >= 19 && matches!(bytes[at], b'+' | b'-') && bytes[at + 3] == b':');
    let shaped = bytes.len() >= 20 && bytes[4] == b'-' && matches!(bytes[10], b'T' | b't') && bytes[16] == b':' && zoned;
    Timestamp::parse(text).ok().filter(|_| shaped && !text.contains(','))
}

#[cfg(test)]
mod tests;
