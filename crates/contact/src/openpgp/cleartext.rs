//! Texts that stay readable and carry their signature (RFC 9580, 7).
//!
//! Always holds: what is given back as signed is what the signature covers, line by line, and nothing around it; a text
//! with anything in front of the first or behind the last of its lines is not one.

use model::Timestamp;

use super::key::{KeyError, PublicKey, SigningKey, from_seconds};
use super::signature::{Signature, TEXT, Unreadable};
use super::{armor, packet};

const BEGIN: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
const BEGIN_SIGNATURE: &str = "-----BEGIN PGP SIGNATURE-----";
/// Seconds by which a signature may be younger than the clock.
const AHEAD_SECONDS_MAX: i64 = 300;
/// What no signature covers at the end of a line.
const UNSIGNED: [char; 3] = [' ', '\t', '\r'];

/// A text and the packets that are said to sign it.
#[derive(Debug)]
pub(crate) struct Signed {
    pub(crate) lines: Vec<String>,
    packets: Vec<u8>,
}

/// What is wrong with a signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("it is cut off or garbled")]
    Malformed,
    #[error("it is of another kind than Ed25519 over a text")]
    Unknown,
    #[error("it is not by the published key")]
    OtherKey,
    #[error("the text is not what was signed")]
    Wrong,
    #[error("it ended at {0}")]
    Ended(Timestamp),
    #[error("it was made in the future")]
    Ahead,
    #[error("the published key ended at {0}")]
    KeyEnded(Timestamp),
}

/// The text with its signature, which counts until `ends`. Spaces at the ends of lines are not covered, and not written.
pub(crate) fn sign(key: &SigningKey, text: &str, now: Timestamp, ends: Timestamp) -> Result<String, KeyError> {
    let lines: Vec<&str> = text.lines().map(|line| line.trim_end_matches(UNSIGNED)).collect();
    let body = key.sign(TEXT, canonical(&lines).as_bytes(), now, ends)?;
    let mut packets = Vec::new();
    packet::write(&mut packets, packet::SIGNATURE, &body);
    let mut out = format!("{BEGIN}\nHash: SHA512\n\n");
    for line in lines {
        // A dash at the start could end the text early.
        if line.starts_with('-') {
            out.push_str("- ");
        }
        out.push_str(line);
        out.push('\n');
    }
    out.push_str(&armor::write(armor::SIGNATURE, &packets));
    Ok(out)
}

/// `None` for a text that does not begin as a signed one.
pub(crate) fn read(text: &str) -> Option<Result<Signed, SignatureError>> {
    let mut lines = text.lines();
    if lines.next()?.trim_end() != BEGIN {
        return None;
    }
    Some(read_rest(lines).ok_or(SignatureError::Malformed))
}

fn read_rest<'a>(mut lines: impl Iterator<Item = &'a str> + Clone) -> Option<Signed> {
    // Anything but a name of hashes up here would be read by people and covered by nothing.
    while let Some(line) = Some(lines.next()?.trim_end()).filter(|line| !line.is_empty()) {
        line.strip_prefix("Hash: ")?;
    }
    let mut signed = Vec::new();
    loop {
        let rest = lines.clone();
        let line = lines.next()?;
        if line.trim_end() == BEGIN_SIGNATURE {
            return Some(Signed { lines: signed, packets: armor::read(armor::SIGNATURE, rest)? });
        }
        let line = match line.strip_prefix('-') {
            Some(escaped) => escaped.strip_prefix(' ')?,
            None => line,
        };
        signed.push(line.trim_end_matches(UNSIGNED).to_owned());
    }
}

// === impl Signed ===

impl Signed {
    pub(crate) fn verify(&self, key: &PublicKey, now: Timestamp) -> Result<(), SignatureError> {
        let packets = packet::read_all(&self.packets).ok_or(SignatureError::Malformed)?;
        let mut found = SignatureError::Malformed;
        // One that holds is enough: several people may have signed.
        for packet in packets {
            match self.verify_one(packet, key, now) {
                Ok(()) => return Ok(()),
                Err(error) => found = error,
            }
        }
        Err(found)
    }

    fn verify_one(&self, packet: packet::Packet<'_>, key: &PublicKey, now: Timestamp) -> Result<(), SignatureError> {
        if packet.tag != packet::SIGNATURE {
            return Err(SignatureError::Malformed);
        }
        let signature = Signature::parse(packet.body).map_err(|unreadable| match unreadable {
            Unreadable::Malformed => SignatureError::Malformed,
            Unreadable::Unknown => SignatureError::Unknown,
        })?;
        if signature.kind != TEXT {
            return Err(SignatureError::Unknown);
        }
        if !key.may_have_made(&signature) {
            return Err(SignatureError::OtherKey);
        }
        if !signature.verifies(&key.point, &[canonical(&self.lines).as_bytes()]) {
            return Err(SignatureError::Wrong);
        }
        let made = from_seconds(signature.created);
        let ends = signature.lives.map(|lives| made.plus_seconds(lives.into()));
        match (key.ends(), ends) {
            (Some(ends), _) if ends <= now => Err(SignatureError::KeyEnded(ends)),
            (_, Some(ends)) if ends <= now => Err(SignatureError::Ended(ends)),
            _ if made > now.plus_seconds(AHEAD_SECONDS_MAX) => Err(SignatureError::Ahead),
            _ => Ok(()),
        }
    }
}

/// Lines as they are signed: ended by CR LF, the last one by nothing.
fn canonical<L: AsRef<str>>(lines: &[L]) -> String {
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        if number > 0 {
            text.push_str("\r\n");
        }
        text.push_str(line.as_ref());
    }
    text
}
