//! What a short link is called: 120 random bits, written as 24 characters of the alphabet of ids.
//!
//! Longer than an id, because it is passed on to whoever is to find what it names.

use std::fmt;

use crate::Entropy;
use crate::id::{bits_of, write_bits};

const BYTES: usize = 15;
const CHARS: usize = 24;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LinkId([u8; BYTES]);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a short link's id is 24 characters of 0-9 and a-z without i, l, o and u")]
pub struct LinkIdError;

// === impl LinkId ===

impl LinkId {
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; BYTES];
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    pub fn parse(text: &str) -> Result<Self, LinkIdError> {
        let bits = bits_of::<CHARS>(text).ok_or(LinkIdError)?;
        let mut bytes = [0; BYTES];
        bytes.copy_from_slice(&bits.to_be_bytes()[16 - BYTES..]);
        Ok(Self(bytes))
    }
}

impl fmt::Display for LinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut wide = [0; 16];
        wide[16 - BYTES..].copy_from_slice(&self.0);
        write_bits::<CHARS>(u128::from_be_bytes(wide), f)
    }
}

impl fmt::Debug for LinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Falling;
    impl Entropy for Falling {
        fn fill(&self, out: &mut [u8]) {
            for (i, byte) in out.iter_mut().enumerate() {
                *byte = 255 - 17 * i as u8;
            }
        }
    }

    #[test]
    fn what_a_link_is_called_survives_its_text() {
        let id = LinkId::generate(&Falling);
        assert_eq!(id.to_string().len(), CHARS);
        assert_eq!(LinkId::parse(&id.to_string()), Ok(id));
        for text in ["", "0123456789abcdef", "0123456789abcdefghjkmnp/", "0123456789abcdefghjkmnpu", "0123456789abcdefghjkmné"] {
            assert!(LinkId::parse(text).is_err(), "{text}");
        }
    }
}
