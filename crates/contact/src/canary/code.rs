//! What a canary message carries: 160 random bits as text, `K7…` in base 64 without signs that a link would change.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::Entropy;
use zeroize::Zeroizing;

const CODE_BYTES: usize = 20;
const CODE_CHARS: usize = (CODE_BYTES * 4).div_ceil(3);
/// Keeps these digests apart from others.
const WORD: &[u8] = b"blockhouse/1/contact-canary ";

/// Whoever says it has read the message. Wiped; printed by nothing but [`Code::reveal`].
pub struct Code(Zeroizing<[u8; CODE_BYTES]>);

/// What is kept of a code.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Digest(pub(super) [u8; 32]);

// === impl Code ===

impl Code {
    pub(super) fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; CODE_BYTES]);
        entropy.fill(bytes.as_mut_slice());
        Self(bytes)
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() != CODE_CHARS {
            return None;
        }
        let decoded = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
        let mut bytes = Zeroizing::new([0; CODE_BYTES]);
        if decoded.len() != CODE_BYTES {
            return None;
        }
        bytes.copy_from_slice(&decoded);
        Some(Self(bytes))
    }

    /// The code itself, for the message.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.0.as_slice()))
    }

    /// What the message says. `link` leads to a page where a person says that it was read, and has no code in it yet.
    #[must_use]
    pub fn text(&self, link: &str) -> Zeroizing<String> {
        let code = self.reveal();
        Zeroizing::new(format!(
            "This address is published in security.txt as the way to report a vulnerability.\n\
             A message like this one comes every week, to see whether anybody reads what arrives here.\n\
             \n\
             Please open this page and confirm:\n\
             \n\
             {link}{}\n\
             \n\
             Without a confirmation within seven days the published file is no longer renewed, and ends by itself.\n",
            *code
        ))
    }

    pub(super) fn digest(&self) -> Digest {
        let text = Zeroizing::new([WORD, self.0.as_slice()].concat());
        let mut out = [0; 32];
        out.copy_from_slice(digest(&SHA256, &text).as_ref());
        Digest(out)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}

// === impl Digest ===

impl Digest {
    pub(super) fn is(&self, other: &Self) -> bool {
        seal::constant_time_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(..)")
    }
}
