//! Who somebody is, as their provider says.
//!
//! Always holds: a [`Verified`] comes from a token that this crate checked, so `(issuer, subject)` names one person of that
//! provider for ever. The rest is what the provider says of them: it changes, and nobody is found by it. It is bounded, and
//! what is longer is left out. Its `Debug` prints nothing.

use std::fmt;

use model::{Timestamp, limits};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::config::{Emails, ProviderConfig};
use crate::error::{SignInError, TokenError};
use crate::id_token::Claims;

pub struct Verified {
    issuer: String,
    subject: String,
    email: Option<String>,
    email_verified: EmailVerified,
    name: Option<String>,
    groups: Vec<String>,
    sid: Option<String>,
    auth_time: Option<Timestamp>,
    amr: Vec<String>,
    acr: Option<String>,
    id_token: Zeroizing<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum EmailVerified {
    Yes,
    No,
}

/// What a provider says of somebody beside who they are.
#[derive(Default)]
pub(crate) struct Profile {
    email: Option<String>,
    email_verified: Option<bool>,
    name: Option<String>,
    groups: Option<Vec<String>>,
}

// === impl Verified ===

impl Verified {
    pub(crate) fn new(claims: &Claims, profile: Profile, id_token: String, config: &ProviderConfig) -> Result<Self, SignInError> {
        let subject = claims.subject().as_str();
        if subject.is_empty() || subject.len() > limits::SSO_SUBJECT_BYTES_MAX {
            return Err(TokenError::Malformed.into());
        }
        let other = &claims.additional_claims().0;
        let domains = &config.hosted_domains;
        let hosted = other.get("hd").and_then(Value::as_str);
        if !domains.is_empty() && !hosted.is_some_and(|hosted| domains.iter().any(|ours| ours.eq_ignore_ascii_case(hosted))) {
            return Err(SignInError::HostedDomain);
        }
        let verified = match config.emails {
            Emails::SaidVerified => profile.email_verified == Some(true),
            Emails::GivenByProvider => profile.email_verified != Some(false),
        };
        let amr = claims.auth_method_refs().into_iter().flatten().map(|way| way.as_str().to_owned());
        Ok(Self {
            issuer: config.issuer.clone(),
            subject: subject.to_owned(),
            email: profile.email,
            email_verified: if verified { EmailVerified::Yes } else { EmailVerified::No },
            name: profile.name,
            groups: profile.groups.unwrap_or_default(),
            sid: text(other.get("sid")),
            auth_time: claims.auth_time().and_then(|at| at.timestamp_nanos_opt()).map(Timestamp::from_nanos),
            amr: amr.filter(|way| way.len() <= limits::SSO_TEXT_BYTES_MAX).take(limits::SSO_GROUPS_MAX).collect(),
            acr: claims.auth_context_ref().map(|class| class.as_str().to_owned()).filter(|class| is_short(class)),
            id_token: Zeroizing::new(id_token),
        })
    }

    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Of at most 255 bytes; says nothing without the issuer.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Verified or not: to be shown, not to be believed.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    #[must_use]
    pub fn email_verified(&self) -> bool {
        self.email.is_some() && self.email_verified == EmailVerified::Yes
    }

    #[must_use]
    pub fn verified_email(&self) -> Option<&str> {
        self.email().filter(|_| self.email_verified())
    }

    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    #[must_use]
    pub fn groups(&self) -> &[String] {
        &self.groups
    }

    /// The session at the provider, which a later logout may name.
    #[must_use]
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// When the person signed in at the provider.
    #[must_use]
    pub fn auth_time(&self) -> Option<Timestamp> {
        self.auth_time
    }

    /// How they proved who they are (RFC 8176).
    #[must_use]
    pub fn amr(&self) -> &[String] {
        &self.amr
    }

    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        self.acr.as_deref()
    }

    /// The token itself, for `Leave`: the caller seals it. It proves nothing any more.
    #[must_use]
    pub fn id_token(&self) -> &str {
        &self.id_token
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verified(..)")
    }
}

// === impl Profile ===

impl Profile {
    pub(crate) fn of(claims: &Claims, config: &ProviderConfig) -> Self {
        let name = claims.name().and_then(|names| names.get(None));
        Self {
            email: claims.email().map(|email| email.as_str().to_owned()).filter(|email| is_short(email)),
            email_verified: claims.email_verified(),
            name: name.map(|name| name.as_str().to_owned()).filter(|name| is_short(name)),
            groups: config.groups_claim.as_ref().and_then(|claim| groups(claims.additional_claims().0.get(claim))),
        }
    }

    /// Whether the provider keeps for its user info what is wanted.
    pub(crate) fn lacks_something(&self, config: &ProviderConfig) -> bool {
        self.email.is_none() || (self.groups.is_none() && config.groups_claim.is_some())
    }

    /// An address and whether it is verified are from the same place.
    pub(crate) fn or(self, info: &Map<String, Value>, config: &ProviderConfig) -> Self {
        let (email, email_verified) = match self.email {
            Some(email) => (Some(email), self.email_verified),
            None => (text(info.get("email")), info.get("email_verified").and_then(read_bool)),
        };
        let info_groups = || config.groups_claim.as_ref().and_then(|claim| groups(info.get(claim)));
        Self {
            email,
            email_verified,
            name: self.name.or_else(|| text(info.get("name"))),
            groups: self.groups.or_else(info_groups),
        }
    }
}

fn is_short(text: &str) -> bool {
    text.len() <= limits::SSO_TEXT_BYTES_MAX
}

fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).filter(|text| is_short(text)).map(str::to_owned)
}

/// Some write it as text.
fn read_bool(value: &Value) -> Option<bool> {
    value.as_bool().or_else(|| value.as_str().map(|text| text == "true"))
}

/// A list, or one group alone. Entries of other kinds are none.
fn groups(value: Option<&Value>) -> Option<Vec<String>> {
    let one = |value: &Value| text(Some(value));
    match value? {
        Value::Array(values) => Some(values.iter().filter_map(one).take(limits::SSO_GROUPS_MAX).collect()),
        value @ Value::String(_) => Some(one(value).into_iter().collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}
