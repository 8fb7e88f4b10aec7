//! The file that says how to report a vulnerability (RFC 9116), as the installation publishes it.
//!
//! Always holds: it has a contact, its own address and one expiry ahead, less than a year away; every link is https. The
//! signature ends when the file does. Who may be reached, and whether anybody is (see `canary`), is not decided here.

use std::fmt;

use model::{Timestamp, limits};

use crate::field::Name;
use crate::openpgp::cleartext;
use crate::openpgp::key::{KeyError, SigningKey};
use crate::uri::{Contact, Language, Uri};

pub(crate) const DAY_SECONDS: i64 = 86_400;

/// What the file says beside its expiry. Plain data: it is checked by [`SecurityTxt::new`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fields {
    /// The preferred one first.
    pub contacts: Vec<Contact>,
    /// Where the file is, by every address it is served under.
    pub canonical: Vec<Uri>,
    /// Keys to encrypt a report with: `https:`, `dns:` or `openpgp4fpr:`.
    pub encryption: Vec<Uri>,
    pub acknowledgments: Vec<Uri>,
    pub policy: Vec<Uri>,
    pub hiring: Vec<Uri>,
    pub languages: Vec<Language>,
    /// Where the key of the signature is. It is told in a comment, since RFC 9116 has no field for it.
    pub signing_key: Option<Uri>,
}

/// A file that may be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityTxt {
    fields: Fields,
    expires: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecurityTxtError {
    #[error("no contact")]
    NoContact,
    #[error("no address of its own")]
    NoCanonical,
    #[error("more than {} of one field", limits::SECURITY_TXT_VALUES_MAX)]
    TooMany,
    #[error("{0} is no https URL")]
    NotHttps(&'static str),
    #[error("an expiry that is over")]
    Over,
    #[error("an expiry that is not less than {} days ahead", limits::SECURITY_TXT_DAYS_MAX)]
    TooFar,
}

// === impl SecurityTxt ===

impl SecurityTxt {
    pub fn new(fields: Fields, expires: Timestamp, now: Timestamp) -> Result<Self, SecurityTxtError> {
        if fields.contacts.is_empty() {
            return Err(SecurityTxtError::NoContact);
        }
        if fields.canonical.is_empty() {
            return Err(SecurityTxtError::NoCanonical);
        }
        if fields.contacts.len().max(fields.languages.len()) > limits::SECURITY_TXT_VALUES_MAX {
            return Err(SecurityTxtError::TooMany);
        }
        for (name, uris) in fields.links() {
            if uris.len() > limits::SECURITY_TXT_VALUES_MAX {
                return Err(SecurityTxtError::TooMany);
            }
            let fits = |uri: &Uri| {
                let key = name == Name::Encryption && (uri.scheme_is("dns") || uri.scheme_is("openpgp4fpr"));
                key || Uri::parse_https(uri.as_str()).is_ok()
            };
            if !uris.iter().all(fits) {
                return Err(SecurityTxtError::NotHttps(name.as_str()));
            }
        }
        if fields.signing_key.iter().any(|uri| Uri::parse_https(uri.as_str()).is_err()) {
            return Err(SecurityTxtError::NotHttps("the place of the signing key"));
        }
        // The text has whole seconds.
        let expires = Timestamp::from_nanos(expires.nanos() - expires.nanos().rem_euclid(1_000_000_000));
        if expires <= now {
            return Err(SecurityTxtError::Over);
        }
        if expires.seconds_since(now) >= limits::SECURITY_TXT_DAYS_MAX * DAY_SECONDS {
            return Err(SecurityTxtError::TooFar);
        }
        Ok(Self { fields, expires })
    }

    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// The file, signed, to be served as `text/plain; charset=utf-8`.
    pub fn sign(&self, key: &SigningKey, now: Timestamp) -> Result<String, KeyError> {
        cleartext::sign(key, &self.to_string(), now, self.expires)
    }
}

/// The lines without a signature, each ended by a line feed.
impl fmt::Display for SecurityTxt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.fields.signing_key {
            writeln!(f, "# Signed by the key at {place}")?;
        }
        for contact in &self.fields.contacts {
            writeln!(f, "{}: {contact}", Name::Contact.as_str())?;
        }
        writeln!(f, "{}: {}", Name::Expires.as_str(), self.expires)?;
        for (name, uris) in self.fields.links() {
            for uri in uris {
                writeln!(f, "{}: {uri}", name.as_str())?;
            }
        }
        if !self.fields.languages.is_empty() {
            let languages: Vec<String> = self.fields.languages.iter().map(ToString::to_string).collect();
            writeln!(f, "{}: {}", Name::Languages.as_str(), languages.join(", "))?;
        }
        Ok(())
    }
}

// === impl Fields ===

impl Fields {
    fn links(&self) -> [(Name, &[Uri]); 5] {
        [
            (Name::Canonical, &self.canonical),
            (Name::Encryption, &self.encryption),
            (Name::Acknowledgments, &self.acknowledgments),
            (Name::Policy, &self.policy),
            (Name::Hiring, &self.hiring),
        ]
    }
}

#[cfg(test)]
mod tests;
