//! Single values of the catalog, sealed: `0x46 | nonce 12 | ciphertext | tag 16`, AES-256-GCM-SIV under a key of the
//! root's, bound to table, column, row and scope. For equality lookup there is a keyed digest beside it.

use std::fmt;
use std::sync::Arc;

use model::Entropy;
use zeroize::Zeroizing;

use crate::RootKey;
use crate::secret::{Secret, length_prefixed};

const FORMAT: u8 = 0x46;

pub struct FieldSealer {
    values: Secret,
    indexes: Secret,
    entropy: Arc<dyn Entropy>,
}

/// Where a value stands. A value moved to another place does not open.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    pub table: &'a str,
    pub column: &'a str,
    pub row: &'a [u8],
    /// The tenant or source it belongs to; empty for what belongs to the installation.
    pub scope: &'a [u8],
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    #[error("a sealed value of the catalog has an unknown format")]
    Format,
    #[error("a sealed value of the catalog is not authentic: altered, moved, or sealed under another root key")]
    NotAuthentic,
    #[error("a value is too large to be sealed")]
    TooLarge,
}

// === impl FieldSealer ===

impl FieldSealer {
    #[must_use]
    pub fn new(root: &RootKey, entropy: Arc<dyn Entropy>) -> Self {
        Self { values: root.derive("field", &[]), indexes: root.derive("blind-index", &[]), entropy }
    }

    pub fn seal(&self, field: &Field<'_>, plaintext: &[u8]) -> Result<Vec<u8>, FieldError> {
        let wrapped = self.values.wrap(&*self.entropy, &field.binding(), plaintext).map_err(|_| FieldError::TooLarge)?;
        let mut out = Vec::with_capacity(1 + wrapped.len());
        out.push(FORMAT);
        out.extend_from_slice(&wrapped);
        Ok(out)
    }

    pub fn open(&self, field: &Field<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, FieldError> {
        let Some((&FORMAT, wrapped)) = sealed.split_first() else {
            return Err(FieldError::Format);
        };
        self.values.unwrap(&field.binding(), wrapped).map_err(|_| FieldError::NotAuthentic)
    }

    /// Equal values of one column have equal digests, and nobody without the root key can compute one.
    #[must_use]
    pub fn blind_index(&self, table: &str, column: &str, value: &[u8]) -> [u8; 32] {
        self.indexes.hmac(&length_prefixed(&[b"blockhouse/1/blind-index", table.as_bytes(), column.as_bytes(), value]))
    }
}

impl fmt::Debug for FieldSealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FieldSealer(..)")
    }
}

// === impl Field ===

impl Field<'_> {
    fn binding(&self) -> Vec<u8> {
        length_prefixed(&[b"blockhouse/1/field", self.table.as_bytes(), self.column.as_bytes(), self.row, self.scope])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemEntropy;

    fn sealer() -> FieldSealer {
        FieldSealer::new(&RootKey::generate(&SystemEntropy), Arc::new(SystemEntropy))
    }

    fn sealer_of_another_root() -> FieldSealer {
        sealer()
    }

    const FIELD: Field<'_> = Field { table: "account", column: "email", row: b"7", scope: b"t" };

    #[test]
    fn a_value_opens_only_where_it_was_sealed() {
        let sealer = sealer();
        let sealed = sealer.seal(&FIELD, b"ada@example.org").unwrap();
        assert_eq!(sealer.open(&FIELD, &sealed).unwrap().as_slice(), b"ada@example.org");
        for moved in [
            Field { table: "accoun", column: "temail", ..FIELD },
            Field { column: "name", ..FIELD },
            Field { row: b"8", ..FIELD },
            Field { scope: b"u", ..FIELD },
        ] {
            assert_eq!(sealer.open(&moved, &sealed).err(), Some(FieldError::NotAuthentic), "{moved:?}");
        }
        assert_eq!(sealer_of_another_root().open(&FIELD, &sealed).err(), Some(FieldError::NotAuthentic));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_refused() {
        let sealer = sealer();
        let sealed = sealer.seal(&FIELD, b"x").unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut altered = sealed.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(sealer.open(&FIELD, &altered).is_err(), "bit {bit}");
        }
        for cut in 0..sealed.len() {
            assert!(sealer.open(&FIELD, &sealed[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn equal_values_of_one_column_have_equal_digests_and_no_others() {
        let sealer = sealer();
        let digest = sealer.blind_index("account", "email", b"ada");
        assert_eq!(sealer.blind_index("account", "email", b"ada"), digest);
        assert_ne!(sealer.blind_index("account", "email", b"eve"), digest);
        assert_ne!(sealer.blind_index("account", "name", b"ada"), digest);
        assert_ne!(sealer_of_another_root().blind_index("account", "email", b"ada"), digest);
    }
}
