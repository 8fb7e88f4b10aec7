//! A key for what is known of one person where nothing can be deleted. Destroying it makes all of that unreadable, and
//! changes none of it.

use std::fmt;

use model::Entropy;
use zeroize::Zeroizing;

use crate::secret::{Secret, length_prefixed};
use crate::{Field, FieldError, FieldSealer};

pub struct PersonKey(Secret);

// === impl PersonKey ===

impl PersonKey {
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(Secret::generate(entropy))
    }

    /// The key as a sealed value of the catalog.
    pub fn wrap(&self, sealer: &FieldSealer, field: &Field<'_>) -> Result<Vec<u8>, FieldError> {
        sealer.seal(field, self.0.expose())
    }

    pub fn unwrap(sealer: &FieldSealer, field: &Field<'_>, wrapped: &[u8]) -> Result<Self, FieldError> {
        Secret::from_slice(&sealer.open(field, wrapped)?).map(Self).ok_or(FieldError::Format)
    }

    /// `place` says where the value stands; it opens nowhere else.
    pub fn seal(&self, entropy: &dyn Entropy, place: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, FieldError> {
        self.0.wrap(entropy, &binding(place), plaintext).map_err(|_| FieldError::TooLarge)
    }

    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, FieldError> {
        self.0.unwrap(&binding(place), sealed).map_err(|_| FieldError::NotAuthentic)
    }
}

fn binding(place: &[u8]) -> Vec<u8> {
    length_prefixed(&[b"blockhouse/1/person", place])
}

impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonKey(..)")
    }
}
