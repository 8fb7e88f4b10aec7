//! Ids: 80 random bits, written as 16 characters of Crockford's base 32 in lower case.
//!
//! Always holds: an id's text is 16 characters of `0-9a-hjkmnp-tv-z`, so it is safe in a path, a URL and a SQL literal.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use crate::Entropy;

const BYTES: usize = 10;
const CHARS: usize = 16;
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// What an id names. Closed by the kinds below.
pub trait IdKind {
    const NOUN: &'static str;
}

/// An id of one kind; ids of two kinds do not mix.
pub struct Id<K>([u8; BYTES], PhantomData<fn() -> K>);

macro_rules! kinds {
    ($($(#[$doc:meta])* $alias:ident = $kind:ident, $noun:literal;)*) => {$(
        #[derive(Debug)]
        #[doc = concat!("Marks an id as that of a ", $noun, ".")]
        pub enum $kind {}
        impl IdKind for $kind { const NOUN: &'static str = $noun; }
        $(#[$doc])*
        pub type $alias = Id<$kind>;
    )*};
}

kinds! {
    /// The customer: owns sources, has its own keys.
    TenantId = TenantKind, "tenant";
    /// One namespace of logs, with its own keys.
    SourceId = SourceKind, "source";
    /// A sealed object: a part, a journal segment or a piece of an upload.
    ObjectId = ObjectKindMarker, "object";
    /// An API key's public handle; the key itself is never an id.
    ApiKeyId = ApiKeyKind, "key";
    /// A person's account. One person may be a member of several tenants.
    UserId = UserKind, "user";
    /// A tenant's own account for a program.
    ServiceAccountId = ServiceAccountKind, "service account";
    /// A role that a tenant defined.
    RoleId = RoleKind, "role";
    /// What a browser or a command line is signed in with; its secret is never an id.
    SessionId = SessionKind, "session";
    InvitationId = InvitationKind, "invitation";
    PasskeyId = PasskeyKind, "passkey";
    /// An OpenID Connect provider that a tenant signs its people in with.
    ProviderId = ProviderKind, "provider";
    /// A request of staff to read a source of a tenant.
    AccessRequestId = AccessRequestKind, "access request";
    /// Where a tenant has its audit trail carried.
    AuditStreamId = AuditStreamKind, "stream of the audit trail";
    /// A query of a tenant's that somebody saved.
    ViewId = ViewKind, "view";
    AlertId = AlertKind, "alert";
    /// Where alerts of a tenant tell what changed.
    DestinationId = DestinationKind, "destination of alerts";
    /// What an alert tells one destination of one change.
    AlertMessageId = AlertMessageKind, "message of an alert";
    /// Long work of a tenant's, such as an import.
    JobId = JobKind, "job";
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a {noun} id is 16 characters of 0-9 and a-z without i, l, o and u")]
pub struct IdError {
    noun: &'static str,
}

// === impl Id ===

impl<K: IdKind> Id<K> {
    /// What nothing is named: for a question that is refused before its object is looked for.
    pub const NONE: Self = Self([0; BYTES], PhantomData);

    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; BYTES];
        entropy.fill(&mut bytes);
        Self(bytes, PhantomData)
    }

    pub fn parse(text: &str) -> Result<Self, IdError> {
        let bits = bits_of::<CHARS>(text).ok_or(IdError { noun: K::NOUN })?;
        let mut bytes = [0; BYTES];
        bytes.copy_from_slice(&bits.to_be_bytes()[16 - BYTES..]);
        Ok(Self(bytes, PhantomData))
    }

    #[must_use]
    pub fn as_bytes(&self) -> &[u8; BYTES] {
        &self.0
    }
}

impl<K: IdKind> FromStr for Id<K> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::parse(text)
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut wide = [0; 16];
        wide[16 - BYTES..].copy_from_slice(&self.0);
        write_bits::<CHARS>(u128::from_be_bytes(wide), f)
    }
}

impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

// --- base 32 ---

/// What so many characters of the alphabet stand for, five bits each.
pub(crate) fn bits_of<const N: usize>(text: &str) -> Option<u128> {
    let digit = |byte: u8| ALPHABET.iter().position(|&known| known == byte);
    (text.len() == N).then_some(())?;
    text.bytes().try_fold(0, |bits: u128, byte| Some(bits << 5 | digit(byte)? as u128))
}

pub(crate) fn write_bits<const N: usize>(bits: u128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut text = [0u8; N];
    for (i, slot) in text.iter_mut().enumerate() {
        *slot = ALPHABET[(bits >> (5 * (N - 1 - i)) & 31) as usize];
    }
    f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting;
    impl Entropy for Counting {
        fn fill(&self, out: &mut [u8]) {
            for (i, byte) in out.iter_mut().enumerate() {
                *byte = 17 * (i as u8 + 1);
            }
        }
    }

    #[test]
    fn an_id_survives_its_text() {
        let id = SourceId::generate(&Counting);
        assert_eq!(id.to_string().len(), CHARS);
        assert_eq!(SourceId::parse(&id.to_string()), Ok(id));
    }

    #[test]
    fn anything_but_sixteen_safe_characters_is_refused() {
        for text in ["", "../../etc/passwd", "0123456789abcdei", "0123456789ABCDEF", "0123456789abcde", "0123456789abcdeé"] {
            assert!(TenantId::parse(text).is_err(), "{text}");
        }
    }
}
