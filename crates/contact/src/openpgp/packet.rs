//! Packets: a tag, a length, a body; and numbers of many bytes within them.

use model::limits;

pub(crate) const SIGNATURE: u8 = 2;
pub(crate) const PUBLIC_KEY: u8 = 6;
pub(crate) const USER_ID: u8 = 13;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Packet<'a> {
    pub(crate) tag: u8,
    pub(crate) body: &'a [u8],
}

/// All packets, or nothing if one is cut off, of unknown length, or there are too many.
pub(crate) fn read_all(mut bytes: &[u8]) -> Option<Vec<Packet<'_>>> {
    let mut packets = Vec::new();
    while !bytes.is_empty() {
        if packets.len() == limits::OPENPGP_PACKETS_MAX {
            return None;
        }
        let (packet, rest) = read(bytes)?;
        packets.push(packet);
        bytes = rest;
    }
    Some(packets)
}

fn read(bytes: &[u8]) -> Option<(Packet<'_>, &[u8])> {
    let (&header, rest) = bytes.split_first()?;
    let (tag, (length, rest)) = match header {
        0xC0.. => (header & 0x3F, read_length(rest)?),
        0x80.. => ((header >> 2) & 0x0F, old_length(header & 3, rest)?),
        _ => return None,
    };
    let (body, rest) = rest.split_at_checked(length)?;
    Some((Packet { tag, body }, rest))
}

/// A length of one, two or five bytes, as packets and notes of signatures have it. Partial ones are for streams.
pub(crate) fn read_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match bytes {
        [first @ 0..=191, rest @ ..] => Some((usize::from(*first), rest)),
        [first @ 192..=223, second, rest @ ..] => Some(((usize::from(*first) - 192) * 256 + usize::from(*second) + 192, rest)),
        [255, a, b, c, d, rest @ ..] => Some((usize::try_from(u32::from_be_bytes([*a, *b, *c, *d])).ok()?, rest)),
        _ => None,
    }
}

fn old_length(kind: u8, bytes: &[u8]) -> Option<(usize, &[u8])> {
    match (kind, bytes) {
        (0, [a, rest @ ..]) => Some((usize::from(*a), rest)),
        (1, [a, b, rest @ ..]) => Some((usize::from(u16::from_be_bytes([*a, *b])), rest)),
        (2, [a, b, c, d, rest @ ..]) => Some((usize::try_from(u32::from_be_bytes([*a, *b, *c, *d])).ok()?, rest)),
        _ => None,
    }
}

/// Appends a packet; what is written here is far shorter than what four bytes of length can say.
pub(crate) fn write(out: &mut Vec<u8>, tag: u8, body: &[u8]) {
    out.push(0xC0 | tag);
    match u8::try_from(body.len()) {
        Ok(length @ 0..=191) => out.push(length),
        _ => {
            out.push(255);
            out.extend_from_slice(&(body.len() as u32).to_be_bytes());
        }
    }
    out.extend_from_slice(body);
}

/// A number: its length in bits, and its bytes without leading zeros.
pub(crate) fn write_number(out: &mut Vec<u8>, bytes: &[u8]) {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let bytes = &bytes[zeros..];
    let bits = bytes.first().map_or(0, |first| bytes.len() * 8 - first.leading_zeros() as usize);
    out.extend_from_slice(&(bits as u16).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// A number of at most `N` bytes, with its leading zeros put back.
pub(crate) fn read_number<const N: usize>(bytes: &[u8]) -> Option<([u8; N], &[u8])> {
    let (bits, rest) = bytes.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(*bits)).div_ceil(8);
    let (number, rest) = rest.split_at_checked(length)?;
    let mut out = [0; N];
    out.get_mut(N.checked_sub(length)?..)?.copy_from_slice(number);
    Some((out, rest))
}
