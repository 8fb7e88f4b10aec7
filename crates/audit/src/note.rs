//! Signed notes (C2SP signed-note) and checkpoints (C2SP tlog-checkpoint), with Ed25519.
//!
//! A note is a text that ends with a newline, an empty line, and a line `— NAME BASE64` for each signature.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use crate::key::{NamedKey, SIGNATURE, is_name};
use crate::tree::Hash;

/// What is longer is no checkpoint of anybody's.
const NOTE_BYTES_MAX: usize = 64 << 10;

/// What is signed of a DSSE envelope begins so. A checkpoint never does: its first line is a name, which has no space.
const ENVELOPE_START: &[u8] = b"DSSEv1 ";

/// How large a log is, and the hash of all its entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    pub origin: String,
    pub size: u64,
    pub root: Hash,
}

/// Signs under a name.
pub struct Signer {
    name: String,
    key: Ed25519KeyPair,
}

/// Checks what a signer of this name and key signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier(NamedKey<SIGNATURE>);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    #[error("not a signed note")]
    Malformed,
    #[error("not signed by {0}")]
    NotSigned(String),
    #[error("the signature of {0} is not its own")]
    Forged(String),
    #[error("not a checkpoint: origin, size and root, a line each")]
    NotACheckpoint,
    #[error("not a verifier key: NAME+HASH+KEY")]
    NotAKey,
    #[error("not what is signed of a DSSE envelope")]
    NotAnEnvelope,
}

// === impl Checkpoint ===

impl Checkpoint {
    pub(crate) fn to_text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root)
    }

    pub(crate) fn parse(text: &str) -> Result<Self, NoteError> {
        let mut lines = text.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(NoteError::NotACheckpoint);
        };
        let canonical = size == "0" || size.starts_with(|c: char| matches!(c, '1'..='9'));
        let size = size.parse().ok().filter(|_| canonical && !origin.is_empty()).ok_or(NoteError::NotACheckpoint)?;
        let root = Hash::from_base64(root).ok_or(NoteError::NotACheckpoint)?;
        Ok(Self { origin: origin.to_owned(), size, root })
    }

    /// Reads a signed checkpoint that this verifier signed.
    pub fn open(note: &str, verifier: &Verifier) -> Result<Self, NoteError> {
        let (text, signatures) = split(note)?;
        verifier.verify(text, signatures)?;
        Self::parse(text)
    }
}

// === impl Signer ===

impl Signer {
    /// `None` where the name cannot stand in a note: it is empty, or has a space or a plus.
    #[must_use]
    pub fn new(name: &str, seed: &[u8; 32]) -> Option<Self> {
        let key = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        is_name(name).then(|| Self { name: name.to_owned(), key })
    }

    #[must_use]
    pub fn verifier(&self) -> Verifier {
        let mut public_key = [0; 32];
        public_key.copy_from_slice(self.key.public_key().as_ref());
        Verifier(NamedKey { name: self.name.clone(), public_key })
    }

    #[must_use]
    pub fn sign(&self, checkpoint: &Checkpoint) -> String {
        let text = checkpoint.to_text();
        let line = self.verifier().0.line(self.key.sign(text.as_bytes()).as_ref());
        format!("{text}\n{line}")
    }

    /// Signs what DSSE calls the pre-authentication encoding of a payload, and nothing else: what is signed here is never
    /// taken for a checkpoint.
    pub fn sign_envelope(&self, pre_authentication: &[u8]) -> Result<Vec<u8>, NoteError> {
        if !pre_authentication.starts_with(ENVELOPE_START) {
            return Err(NoteError::NotAnEnvelope);
        }
        Ok(self.key.sign(pre_authentication).as_ref().to_vec())
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("name", &self.name).finish_non_exhaustive()
    }
}

// === impl Verifier ===

impl Verifier {
    /// Reads `NAME+HASH+KEY`, as C2SP signed-note has it.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        NamedKey::parse(text).map(Self)
    }

    /// Whether a log of this origin is one of the signer's.
    pub(crate) fn covers(&self, origin: &str) -> bool {
        origin.strip_prefix(self.0.name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Checks one signature of a DSSE envelope over its pre-authentication encoding.
    pub fn verify_envelope(&self, pre_authentication: &[u8], signature: &[u8]) -> Result<(), NoteError> {
        if !pre_authentication.starts_with(ENVELOPE_START) {
            return Err(NoteError::NotAnEnvelope);
        }
        let key = UnparsedPublicKey::new(&ED25519, &self.0.public_key);
        key.verify(pre_authentication, signature).map_err(|_| NoteError::Forged(self.0.name.clone()))
    }

    fn verify(&self, text: &str, signatures: &str) -> Result<(), NoteError> {
        for signature in self.0.signatures(signatures)? {
            let key = UnparsedPublicKey::new(&ED25519, &self.0.public_key);
            key.verify(text.as_bytes(), &signature).map_err(|_| NoteError::Forged(self.0.name.clone()))?;
        }
        Ok(())
    }
}

/// `NAME+HASH+KEY`.
impl std::fmt::Display for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The text of a note and its lines of signatures.
pub(crate) fn split(note: &str) -> Result<(&str, &str), NoteError> {
    if note.len() > NOTE_BYTES_MAX || !note.ends_with('\n') {
        return Err(NoteError::Malformed);
    }
    let at = note.rfind("\n\n").ok_or(NoteError::Malformed)?;
    Ok((&note[..=at], &note[at + 2..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> Signer {
        Signer::new("example.org/log", &[7; 32]).expect("a name")
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint { origin: "example.org/log".to_owned(), size: 42, root: Hash::of_leaf(b"x") }
    }

    #[test]
    fn a_checkpoint_opens_for_its_signer_only() {
        let note = signer().sign(&checkpoint());
        assert_eq!(Checkpoint::open(&note, &signer().verifier()), Ok(checkpoint()));
        let other = Signer::new("example.org/log", &[8; 32]).expect("a name").verifier();
        assert_eq!(Checkpoint::open(&note, &other), Err(NoteError::NotSigned("example.org/log".to_owned())));
    }

    #[test]
    fn every_changed_character_of_the_text_is_seen() {
        let note = signer().sign(&checkpoint());
        let text_end = note.find("\n\n").expect("a blank line");
        for at in 0..text_end {
            let mut changed = note.clone().into_bytes();
            changed[at] ^= 1;
            let changed = String::from_utf8(changed).expect("still ASCII there");
            assert!(Checkpoint::open(&changed, &signer().verifier()).is_err(), "{at}");
        }
    }

    #[test]
    fn lines_of_other_signers_are_passed_over() {
        let witness = Signer::new("witness.example", &[9; 32]).expect("a name").sign(&checkpoint());
        let line = witness.lines().last().expect("a signature");
        let note = format!("{}{line}\n", signer().sign(&checkpoint()));
        assert_eq!(Checkpoint::open(&note, &signer().verifier()), Ok(checkpoint()));
    }

    #[test]
    fn a_verifier_key_is_read_as_it_is_written() {
        let text = signer().verifier().to_string();
        assert_eq!(Verifier::parse(&text), Ok(signer().verifier()));
        for wrong in ["", "a+b", "name+00000000+AQ==", &text[1..], &text.replace('+', " ")] {
            assert_eq!(Verifier::parse(wrong), Err(NoteError::NotAKey), "{wrong}");
        }
    }

    #[test]
    fn an_envelope_is_checked_under_the_same_key_and_is_never_a_checkpoint() {
        let signature = signer().sign_envelope(b"DSSEv1 1 t 1 x").expect("an envelope");
        assert_eq!(signer().verifier().verify_envelope(b"DSSEv1 1 t 1 x", &signature), Ok(()));
        let forged = Err(NoteError::Forged("example.org/log".to_owned()));
        assert_eq!(signer().verifier().verify_envelope(b"DSSEv1 1 t 1 y", &signature), forged);
        let text = checkpoint().to_text();
        assert_eq!(signer().sign_envelope(text.as_bytes()), Err(NoteError::NotAnEnvelope));
        assert_eq!(signer().verifier().verify_envelope(text.as_bytes(), &signature), Err(NoteError::NotAnEnvelope));
    }

    #[test]
    fn what_is_no_note_is_refused() {
        for wrong in ["", "\n", "a\n\n", "a\nb\n", "a\n1\nx\n\n\u{2014} n AAAA\n", "a\n1\nx\n\n- n AAAA\n"] {
            assert!(Checkpoint::open(wrong, &signer().verifier()).is_err(), "{wrong:?}");
        }
    }
}
