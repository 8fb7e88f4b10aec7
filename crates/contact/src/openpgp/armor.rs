//! Armour: packets as text. The checksum is written because GnuPG 2.2 finds no end without it, and passed over when reading,
//! as RFC 9580 has it: it keeps nobody from changing anything.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const LINE_CHARS: usize = 64;

pub(crate) const SIGNATURE: &str = "SIGNATURE";
pub(crate) const PUBLIC_KEY: &str = "PUBLIC KEY BLOCK";

pub(crate) fn write(kind: &str, bytes: &[u8]) -> String {
    let encoded = STANDARD.encode(bytes);
    let mut text = format!("-----BEGIN PGP {kind}-----\n\n");
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE_CHARS));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str(&format!("={}\n-----END PGP {kind}-----\n", STANDARD.encode(&checksum(bytes).to_be_bytes()[1..])));
    text
}

/// CRC-24 (RFC 9580, 6.1.1).
fn checksum(bytes: &[u8]) -> u32 {
    let crc = bytes.iter().fold(0x00B7_04CE, |crc: u32, byte| {
        (0..8).fold(crc ^ (u32::from(*byte) << 16), |crc, _| {
            let crc = crc << 1;
            if crc & 0x0100_0000 == 0 { crc } else { crc ^ 0x0186_4CFB }
        })
    });
    crc & 0x00FF_FFFF
}

/// Reads lines that are one block of this kind and nothing else.
pub(crate) fn read<'a>(kind: &str, lines: impl Iterator<Item = &'a str>) -> Option<Vec<u8>> {
    let mut lines = lines.map(str::trim_end).skip_while(|line| line.is_empty());
    if lines.next()? != format!("-----BEGIN PGP {kind}-----") {
        return None;
    }
    // Headers of the armour, `Version: …`, say nothing that is signed.
    lines.by_ref().find(|line| line.is_empty())?;
    let end = format!("-----END PGP {kind}-----");
    let mut encoded = String::new();
    loop {
        match lines.next()? {
            line if line == end => break,
            checksum if checksum.starts_with('=') => {}
            line => encoded.push_str(line),
        }
    }
    let nothing_after = lines.all(str::is_empty);
    STANDARD.decode(encoded).ok().filter(|_| nothing_after)
}
