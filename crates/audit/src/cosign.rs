//! Cosignatures: a witness says when it saw a checkpoint, and that the log had only grown until then.
//!
//! C2SP tlog-cosignature with Ed25519. A line carries, behind the key's id,
//!
//! | seconds since 1970, `u64` big-endian | signature, 64 bytes |
//!
//! over `cosignature/v1`, `time SECONDS` and the checkpoint's text, a line each. Does not decide what to cosign.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use model::Timestamp;

use crate::key::{COSIGNATURE, NamedKey, is_name};
use crate::note::{NoteError, split};

const TIME_BYTES: usize = 8;

/// Cosigns under a witness's name.
pub struct Cosigner {
    name: String,
    key: Ed25519KeyPair,
}

/// Checks what a witness of this name and key cosigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessKey(NamedKey<COSIGNATURE>);

// === impl Cosigner ===

impl Cosigner {
    /// `None` where the name cannot stand in a note: it is empty, or has a space or a plus.
    #[must_use]
    pub fn new(name: &str, seed: &[u8; 32]) -> Option<Self> {
        let key = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        is_name(name).then(|| Self { name: name.to_owned(), key })
    }

    #[must_use]
    pub fn witness_key(&self) -> WitnessKey {
        let mut public_key = [0; 32];
        public_key.copy_from_slice(self.key.public_key().as_ref());
        WitnessKey(NamedKey { name: self.name.clone(), public_key })
    }

    /// The line to put under the note.
    pub fn cosign(&self, note: &str, now: Timestamp) -> Result<String, NoteError> {
        let (text, _) = split(note)?;
        let seconds = now.seconds_since(Timestamp::from_nanos(0)).max(1).unsigned_abs();
        let mut signature = seconds.to_be_bytes().to_vec();
        signature.extend_from_slice(self.key.sign(message(text, seconds).as_bytes()).as_ref());
        Ok(self.witness_key().0.line(&signature))
    }
}

impl std::fmt::Debug for Cosigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cosigner").field("name", &self.name).finish_non_exhaustive()
    }
}

// === impl WitnessKey ===

impl WitnessKey {
    /// Reads `NAME+HASH+KEY`, as C2SP signed-note has it, with the algorithm 4.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        NamedKey::parse(text).map(Self)
    }

    pub(crate) fn public_key(&self) -> [u8; 32] {
        self.0.public_key
    }

    /// Whether the line bears this witness's name and key.
    pub(crate) fn signed(&self, line: &str) -> bool {
        self.0.signatures(line).is_ok()
    }

    /// When the witness cosigned the note: the latest of its lines, all of which must be its own.
    pub fn cosigned(&self, note: &str) -> Result<Timestamp, NoteError> {
        let (text, lines) = split(note)?;
        let mut latest = 0;
        for line in self.0.signatures(lines)? {
            let forged = || NoteError::Forged(self.0.name.clone());
            let (seconds, signature) = line.split_first_chunk::<TIME_BYTES>().ok_or_else(forged)?;
            let seconds = u64::from_be_bytes(*seconds);
            let key = UnparsedPublicKey::new(&ED25519, &self.0.public_key);
            key.verify(message(text, seconds).as_bytes(), signature).map_err(|_| forged())?;
            latest = latest.max(seconds);
        }
        let seconds = i64::try_from(latest).unwrap_or(i64::MAX);
        Ok(Timestamp::from_nanos(0).plus_seconds(seconds))
    }
}

/// `NAME+HASH+KEY`.
impl std::fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

fn message(text: &str, seconds: u64) -> String {
    format!("cosignature/v1\ntime {seconds}\n{text}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::{Checkpoint, Signer, Verifier};
    use crate::tree::Hash;

    const NOW: Timestamp = Timestamp::from_nanos(1_790_000_000_500_000_000);

    fn cosigner(seed: u8) -> Cosigner {
        Cosigner::new("witness.example/w1", &[seed; 32]).expect("a name")
    }

    fn note(size: u64) -> String {
        let log = Signer::new("example.org/log", &[7; 32]).expect("a name");
        log.sign(&Checkpoint { origin: "example.org/log".to_owned(), size, root: Hash::of_leaf(b"x") })
    }

    #[test]
    fn a_cosigned_checkpoint_tells_when_and_only_for_its_witness() {
        let line = cosigner(1).cosign(&note(42), NOW).expect("a note");
        let cosigned = format!("{}{line}", note(42));
        assert_eq!(cosigner(1).witness_key().cosigned(&cosigned), Ok(Timestamp::from_nanos(1_790_000_000_000_000_000)));
        let other = cosigner(2).witness_key();
        assert_eq!(other.cosigned(&cosigned), Err(NoteError::NotSigned("witness.example/w1".to_owned())));
    }

    #[test]
    fn a_cosignature_does_not_count_for_another_checkpoint_or_time() {
        let line = cosigner(1).cosign(&note(42), NOW).expect("a note");
        let forged = Err(NoteError::Forged("witness.example/w1".to_owned()));
        assert_eq!(cosigner(1).witness_key().cosigned(&format!("{}{line}", note(43))), forged);
        let later = cosigner(1).cosign(&note(42), NOW.plus_seconds(1)).expect("a note");
        // Behind the name are four bytes of key id and eight of time: sixteen characters.
        let signature = line.rfind(' ').expect("a space") + 17;
        let mixed = format!("{}{}", &later[..signature], &line[signature..]);
        assert_eq!(cosigner(1).witness_key().cosigned(&format!("{}{mixed}", note(42))), forged);
    }

    #[test]
    fn a_key_of_a_witness_is_none_of_a_log() {
        let text = cosigner(1).witness_key().to_string();
        assert_eq!(WitnessKey::parse(&text), Ok(cosigner(1).witness_key()));
        assert_eq!(Verifier::parse(&text), Err(NoteError::NotAKey));
    }
}
