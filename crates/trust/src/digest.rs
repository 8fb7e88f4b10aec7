//! SHA-256 as statements and pages write it.

use std::fmt::Write;
use std::io::{self, Read};

use aws_lc_rs::digest::{Context, Digest, SHA256, digest};
use claims::statement::Sha256;

const CHUNK: usize = 1 << 16;

#[must_use]
pub fn sha256(bytes: &[u8]) -> Sha256 {
    hex(&digest(&SHA256, bytes))
}

/// Of everything that is left to read.
pub fn sha256_of(mut from: impl Read) -> io::Result<Sha256> {
    let (mut context, mut chunk) = (Context::new(&SHA256), vec![0; CHUNK]);
    loop {
        match from.read(&mut chunk)? {
            0 => return Ok(hex(&context.finish())),
            read => context.update(chunk.get(..read).unwrap_or_default()),
        }
    }
}

fn hex(digest: &Digest) -> Sha256 {
    let mut hex = String::with_capacity(64);
    for byte in digest.as_ref() {
        // Writing into a string does not fail.
        let _ = write!(hex, "{byte:02x}");
    }
    Sha256 { sha256: hex }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_nothing_is_that_of_the_specification() {
        assert_eq!(sha256(b"").sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
