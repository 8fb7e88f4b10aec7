//! The sealed object: byte for byte Tink's AES256-GCM-HKDF streaming format with segments of 64 KiB.
//!
//! | part | bytes |
//! |---|---|
//! | header | `0x28`, salt 32, nonce prefix 7 |
//! | segment `i` | file bytes 65536·i to 65536·(i+1), the first less the header: ciphertext, tag 16 |
//!
//! Key: HKDF-SHA-256(data key, salt, binding). Nonce: prefix, `i` as u32 big endian, 1 for the last segment or else 0.
//! Always holds: no byte of a segment is given out before its tag was verified. Does no I/O (see `store`).

use std::ops::Range;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use model::Entropy;

use crate::secret::{CipherRefused, Secret};

pub(crate) const SEGMENT_BYTES: usize = 64 << 10;
pub(crate) const HEADER_BYTES: usize = 40;
pub(crate) const TAG_BYTES: usize = 16;
const FORMAT: u8 = 0x28;
const SALT_BYTES: usize = 32;
const PREFIX_BYTES: usize = 7;
const SEGMENT_PLAIN_BYTES: u64 = (SEGMENT_BYTES - TAG_BYTES) as u64;
/// A segment's number is 32 bits of its nonce.
const SEGMENTS_MAX: u64 = 1 << 32;

/// Salt and nonce prefix, drawn anew for every object, so that no two share a key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Freshness {
    pub(crate) salt: [u8; SALT_BYTES],
    pub(crate) prefix: [u8; PREFIX_BYTES],
}

/// An object's own key and the fixed part of its nonces.
pub(crate) struct ObjectCipher {
    key: LessSafeKey,
    prefix: [u8; PREFIX_BYTES],
}

/// What the length of a sealed object says about its segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    sealed: u64,
    segments: u64,
}

// === impl Freshness ===

impl Freshness {
    pub(crate) fn draw(entropy: &dyn Entropy) -> Self {
        let mut fresh = Self { salt: [0; SALT_BYTES], prefix: [0; PREFIX_BYTES] };
        entropy.fill(&mut fresh.salt);
        entropy.fill(&mut fresh.prefix);
        fresh
    }

    /// `format`, salt, prefix.
    pub(crate) fn header(&self, format: u8) -> [u8; HEADER_BYTES] {
        let mut header = [0; HEADER_BYTES];
        header[0] = format;
        header[1..=SALT_BYTES].copy_from_slice(&self.salt);
        header[1 + SALT_BYTES..].copy_from_slice(&self.prefix);
        header
    }

    /// `None` if the header is of another format.
    pub(crate) fn from_header(header: &[u8; HEADER_BYTES], format: u8) -> Option<Self> {
        let mut fresh = Self { salt: [0; SALT_BYTES], prefix: [0; PREFIX_BYTES] };
        fresh.salt.copy_from_slice(&header[1..=SALT_BYTES]);
        fresh.prefix.copy_from_slice(&header[1 + SALT_BYTES..]);
        (header[0] == format).then_some(fresh)
    }
}

/// Whether a sealed object, or what is written of one so far, may begin with these bytes.
pub(crate) fn may_begin_so(bytes: &[u8]) -> bool {
    bytes.first() == Some(&FORMAT)
}

/// Reads the header of a sealed object.
pub(crate) fn parse_header(header: &[u8; HEADER_BYTES]) -> Option<Freshness> {
    Freshness::from_header(header, FORMAT)
}

// === impl ObjectCipher ===

impl ObjectCipher {
    pub(crate) fn new(data_key: &Secret, fresh: &Freshness, binding: &str) -> Self {
        let object_key = data_key.derive(&fresh.salt, binding.as_bytes());
        let key = UnboundKey::new(&AES_256_GCM, object_key.expose()).expect("a secret is as long as the cipher's key");
        Self { key: LessSafeKey::new(key), prefix: fresh.prefix }
    }

    /// `number` and `kind` together must be new for every sealing with this cipher.
    pub(crate) fn nonce(&self, number: u32, kind: u8) -> Nonce {
        let mut nonce = [0; 12];
        nonce[..PREFIX_BYTES].copy_from_slice(&self.prefix);
        nonce[PREFIX_BYTES..11].copy_from_slice(&number.to_be_bytes());
        nonce[11] = kind;
        Nonce::assume_unique_for_key(nonce)
    }

    /// Writes ciphertext and tag to `out`, which is `plaintext` and a tag long.
    pub(crate) fn seal(&self, nonce: Nonce, aad: &[u8], plaintext: &[u8], out: &mut [u8]) -> Result<(), CipherRefused> {
        let (ciphertext, tag) = out.split_at_mut_checked(plaintext.len()).ok_or(CipherRefused)?;
        self.key.seal_out_of_place_scatter(nonce, Aad::from(aad), plaintext, ciphertext, &[], tag).map_err(|_| CipherRefused)
    }

    /// Opens ciphertext and tag where they lie; the plaintext takes their place and its length is returned.
    pub(crate) fn open(&self, nonce: Nonce, aad: &[u8], sealed: &mut [u8]) -> Result<usize, CipherRefused> {
        let plaintext = self.key.open_in_place(nonce, Aad::from(aad), sealed).map_err(|_| CipherRefused)?;
        Ok(plaintext.len())
    }

    /// Whether `sealed` is segment `number` of an object that goes on after it.
    pub(crate) fn opens_as_inner(&self, number: u32, sealed: &[u8]) -> bool {
        self.open(self.nonce(number, 0), &[], &mut sealed.to_vec()).is_ok()
    }
}

impl std::fmt::Debug for ObjectCipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ObjectCipher(..)")
    }
}

/// A whole object from its plaintext, in one buffer.
pub(crate) fn seal_object(cipher: &ObjectCipher, fresh: &Freshness, plaintext: &[u8]) -> Result<Vec<u8>, CipherRefused> {
    let layout = Layout::of_plain(plaintext.len() as u64).ok_or(CipherRefused)?;
    let mut out = vec![0; layout.sealed as usize];
    let (header, mut rest) = out.split_at_mut(HEADER_BYTES);
    header.copy_from_slice(&fresh.header(FORMAT));
    let mut plaintext = plaintext;
    for number in 0..layout.segments {
        let (segment, later) = rest.split_at_mut(layout.segment_length(number));
        let (now, next) = plaintext.split_at(segment.len() - TAG_BYTES);
        cipher.seal(layout.nonce(cipher, number), &[], now, segment)?;
        (plaintext, rest) = (next, later);
    }
    Ok(out)
}

// === impl Layout ===

impl Layout {
    /// `None` for a length that no object has: it was cut.
    pub(crate) fn of_sealed(sealed: u64) -> Option<Self> {
        let segments = sealed.div_ceil(SEGMENT_BYTES as u64);
        let layout = Self { sealed, segments };
        let last = sealed.checked_sub(segments.saturating_sub(1) * SEGMENT_BYTES as u64)?;
        let least = if segments == 1 { HEADER_BYTES + TAG_BYTES } else { TAG_BYTES + 1 };
        (last >= least as u64 && segments <= SEGMENTS_MAX).then_some(layout)
    }

    /// `None` for more than an object can hold.
    pub(crate) fn of_plain(plain: u64) -> Option<Self> {
        // The header takes the place of plaintext in the first segment.
        let with_header = plain.checked_add(HEADER_BYTES as u64)?;
        let segments = with_header.div_ceil(SEGMENT_PLAIN_BYTES);
        let sealed = with_header.checked_add(segments.checked_mul(TAG_BYTES as u64)?)?;
        (segments <= SEGMENTS_MAX).then_some(Self { sealed, segments })
    }

    pub(crate) fn sealed_length(&self) -> u64 {
        self.sealed
    }

    pub(crate) fn plain_length(&self) -> u64 {
        self.sealed - HEADER_BYTES as u64 - self.segments * TAG_BYTES as u64
    }

    pub(crate) fn last_segment(&self) -> u64 {
        self.segments - 1
    }

    pub(crate) fn nonce(&self, cipher: &ObjectCipher, number: u64) -> Nonce {
        cipher.nonce(number as u32, u8::from(number == self.last_segment()))
    }

    /// Where the ciphertext and tag of a segment lie in the object.
    pub(crate) fn segment(&self, number: u64) -> Range<u64> {
        let start = number * SEGMENT_BYTES as u64;
        let end = (start + SEGMENT_BYTES as u64).min(self.sealed);
        if number == 0 { HEADER_BYTES as u64..end } else { start..end }
    }

    pub(crate) fn segment_length(&self, number: u64) -> usize {
        let segment = self.segment(number);
        (segment.end - segment.start) as usize
    }

    /// The segment that a plaintext offset lies in, and the offset in that segment.
    pub(crate) fn position(&self, plain: u64) -> (u64, usize) {
        let shifted = plain + HEADER_BYTES as u64;
        let number = shifted / SEGMENT_PLAIN_BYTES;
        let within = (shifted % SEGMENT_PLAIN_BYTES) as usize;
        (number, if number == 0 { within - HEADER_BYTES } else { within })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_says_the_same_from_both_sides() {
        let edges = [0, 1, 65_479, 65_480, 65_481, 130_999, 131_000, 131_001, 10_000_000];
        for plain in edges {
            let layout = Layout::of_plain(plain).unwrap();
            assert_eq!(Layout::of_sealed(layout.sealed_length()), Some(layout), "{plain}");
            assert_eq!(layout.plain_length(), plain);
            let lengths = (0..layout.segments).map(|number| layout.segment_length(number) as u64).sum::<u64>();
            assert_eq!(lengths + HEADER_BYTES as u64, layout.sealed_length());
        }
        assert_eq!(Layout::of_plain(65_480).unwrap().segments, 1);
        assert_eq!(Layout::of_plain(65_481).unwrap().segments, 2);
    }

    #[test]
    fn lengths_that_no_object_has_are_told() {
        for sealed in [0, 1, 39, 40, 55, 65_537, 65_552, 131_073] {
            assert_eq!(Layout::of_sealed(sealed), None, "{sealed}");
        }
        assert_eq!(Layout::of_plain(u64::MAX), None);
        assert_eq!(Layout::of_plain(SEGMENTS_MAX * SEGMENT_PLAIN_BYTES), None);
        assert_eq!(Layout::of_sealed(u64::MAX), None);
    }

    #[test]
    fn an_offset_lies_in_the_segment_that_holds_it() {
        let layout = Layout::of_plain(200_000).unwrap();
        for (plain, expected) in [(0, (0, 0)), (65_479, (0, 65_479)), (65_480, (1, 0)), (130_999, (1, 65_519)), (131_000, (2, 0))]
        {
            assert_eq!(layout.position(plain), expected, "{plain}");
        }
    }
}
