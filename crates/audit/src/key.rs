//! Keys of signed notes as C2SP writes them, `NAME+HASH+KEY`, and the lines that they signed.
//!
//! Always holds: a key's name can stand in a note, and its hash in text was that of name, algorithm and key.
//! Knows Ed25519 only: 1 is a signature of the text, 4 a cosignature with its time.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::note::NoteError;

pub(crate) const SIGNATURE: u8 = 0x01;
pub(crate) const COSIGNATURE: u8 = 0x04;
const ID_BYTES: usize = 4;
const LINE_START: &str = "\u{2014} ";

/// A public key under a name, for one kind of signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedKey<const ALGORITHM: u8> {
    pub(crate) name: String,
    pub(crate) public_key: [u8; 32],
}

// === impl NamedKey ===

impl<const ALGORITHM: u8> NamedKey<ALGORITHM> {
    pub(crate) fn parse(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::NotAKey);
        };
        let key = STANDARD.decode(key).map_err(|_| NoteError::NotAKey)?;
        let (algorithm, public_key) = key.split_first().ok_or(NoteError::NotAKey)?;
        let public_key = public_key.try_into().map_err(|_| NoteError::NotAKey)?;
        let named = Self { name: name.to_owned(), public_key };
        (*algorithm == ALGORITHM && is_name(name) && named.hash() == hash).then_some(named).ok_or(NoteError::NotAKey)
    }

    fn id(&self) -> [u8; ID_BYTES] {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(self.name.as_bytes());
        context.update(&[b'\n', ALGORITHM]);
        context.update(&self.public_key);
        let mut id = [0; ID_BYTES];
        id.copy_from_slice(&context.finish().as_ref()[..ID_BYTES]);
        id
    }

    fn hash(&self) -> String {
        self.id().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The line, with its newline, that carries this key's signature.
    pub(crate) fn line(&self, signature: &[u8]) -> String {
        let mut bytes = self.id().to_vec();
        bytes.extend_from_slice(signature);
        format!("{LINE_START}{} {}\n", self.name, STANDARD.encode(bytes))
    }

    /// What lines of this key carry. Those of others are passed over.
    pub(crate) fn signatures(&self, lines: &str) -> Result<Vec<Vec<u8>>, NoteError> {
        let mut found = Vec::new();
        for line in lines.lines() {
            let (name, bytes) = read_line(line).ok_or(NoteError::Malformed)?;
            let (id, signature) = bytes.split_first_chunk::<ID_BYTES>().ok_or(NoteError::Malformed)?;
            if name == self.name && *id == self.id() {
                found.push(signature.to_vec());
            }
        }
        if found.is_empty() { Err(NoteError::NotSigned(self.name.clone())) } else { Ok(found) }
    }
}

impl<const ALGORITHM: u8> std::fmt::Display for NamedKey<ALGORITHM> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut key = vec![ALGORITHM];
        key.extend_from_slice(&self.public_key);
        write!(f, "{}+{}+{}", self.name, self.hash(), STANDARD.encode(key))
    }
}

pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

fn read_line(line: &str) -> Option<(&str, Vec<u8>)> {
    let (name, signature) = line.strip_prefix(LINE_START)?.split_once(' ')?;
    Some((name, STANDARD.decode(signature).ok()?))
}
