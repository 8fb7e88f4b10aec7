use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use proptest::prelude::*;

use super::*;
use crate::Refusal;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn raw_deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

fn snappy(bytes: &[u8]) -> Vec<u8> {
    snap::raw::Encoder::new().compress_vec(bytes).unwrap()
}

fn snappy_frames(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = snap::write::FrameEncoder::new(Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.into_inner().unwrap()
}

fn check(encoding: ContentEncoding, body: impl Into<Bytes>, expected: Result<&[u8], (&str, Refusal)>) {
    let decoded = decompress(encoding, body.into(), BodyLimits::default());
    match (&decoded, expected) {
        (Ok(bytes), Ok(expected)) => assert!(bytes == expected, "{} bytes", bytes.len()),
        (Err(error), Err(expected)) => assert_eq!((error.code, error.status), expected),
        (Ok(bytes), Err(_)) => panic!("{expected:?}, got {} bytes", bytes.len()),
        (Err(error), Ok(_)) => panic!("{error:?}"),
    }
}

const TRUNCATED: (&str, Refusal) = ("truncated_body", Refusal::BadRequest);
const INVALID: (&str, Refusal) = ("invalid_encoding", Refusal::BadRequest);
const BOMB: (&str, Refusal) = ("decompression_bomb", Refusal::TooLarge);
const TOO_LARGE: (&str, Refusal) = ("body_too_large", Refusal::TooLarge);

#[test]
fn one_encoding_is_read_and_stacked_or_unknown_ones_are_refused() {
    for (header, encoding) in [
        ("gzip", ContentEncoding::Gzip),
        (" GZIP ", ContentEncoding::Gzip),
        ("x-gzip", ContentEncoding::Gzip),
        ("deflate", ContentEncoding::Deflate),
        ("snappy", ContentEncoding::Snappy),
        ("zstd", ContentEncoding::Zstd),
        ("identity", ContentEncoding::Identity),
        ("", ContentEncoding::Identity),
    ] {
        assert_eq!(ContentEncoding::parse(header).unwrap(), encoding);
    }
    for header in ["gzip, gzip", "gzip,zstd", "br", "snappy, gzip", "gzip;q=1", "aws-chunked"] {
        let error = ContentEncoding::parse(header).unwrap_err();
        assert_eq!((error.code, error.status), ("unsupported_encoding", Refusal::Unsupported));
    }
}

#[test]
fn every_encoding_gives_the_bytes_back() {
    let small = b"{\"message\":\"hello\"}\n".as_slice();
    let large = small.repeat(50_000);
    let noise: Vec<u8> = (0..300_000_u64).map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect();
    for bytes in [b"".as_slice(), b"x", small, &large, &noise] {
        check(ContentEncoding::Identity, bytes.to_vec(), Ok(bytes));
        check(ContentEncoding::Gzip, gzip(bytes), Ok(bytes));
        check(ContentEncoding::Deflate, zlib(bytes), Ok(bytes));
        check(ContentEncoding::Deflate, raw_deflate(bytes), Ok(bytes));
        check(ContentEncoding::Zstd, zstd(bytes), Ok(bytes));
        check(ContentEncoding::Snappy, snappy(bytes), Ok(bytes));
        check(ContentEncoding::Snappy, snappy_frames(bytes), Ok(bytes));
    }
}

#[test]
fn members_in_a_row_are_one_body() {
    check(ContentEncoding::Gzip, [gzip(b"one "), gzip(b"two")].concat(), Ok(b"one two"));
    check(ContentEncoding::Zstd, [zstd(b"one "), zstd(b"two")].concat(), Ok(b"one two"));
    check(ContentEncoding::Snappy, [snappy_frames(b"one "), snappy_frames(b"two")].concat(), Ok(b"one two"));
}

#[test]
fn an_empty_body_is_empty_under_every_encoding() {
    for encoding in [ContentEncoding::Identity, ContentEncoding::Gzip, ContentEncoding::Deflate, ContentEncoding::Zstd] {
        check(encoding, Bytes::new(), Ok(b""));
    }
}

#[test]
fn a_body_cut_anywhere_is_truncated() {
    let text = b"some text that does not compress to nothing: 0123456789abcdef";
    for (encoding, whole) in [
        (ContentEncoding::Gzip, gzip(text)),
        (ContentEncoding::Deflate, zlib(text)),
        (ContentEncoding::Deflate, raw_deflate(text)),
        (ContentEncoding::Zstd, zstd(text)),
    ] {
        for cut in 2..whole.len() {
            check(encoding, whole[..cut].to_vec(), Err(TRUNCATED));
        }
    }
    // A block says its length first, but not where it is cut; a stream of frames has no end of its own.
    let (block, frames) = (snappy(text), snappy_frames(text));
    (1..block.len()).for_each(|cut| check(ContentEncoding::Snappy, block[..cut].to_vec(), Err(INVALID)));
    (11..frames.len()).for_each(|cut| check(ContentEncoding::Snappy, frames[..cut].to_vec(), Err(TRUNCATED)));
    let second_cut = [gzip(text), gzip(text)[..20].to_vec()].concat();
    check(ContentEncoding::Gzip, second_cut, Err(TRUNCATED));
}

#[test]
fn garbage_is_refused() {
    for encoding in [ContentEncoding::Gzip, ContentEncoding::Deflate, ContentEncoding::Snappy, ContentEncoding::Zstd] {
        check(encoding, b"{\"message\":\"not compressed at all\"}".to_vec(), Err(INVALID));
    }
    check(ContentEncoding::Gzip, [gzip(b"one"), b"tail".to_vec()].concat(), Err(INVALID));
    check(ContentEncoding::Deflate, [zlib(b"one"), b"tail".to_vec()].concat(), Err(INVALID));
    check(ContentEncoding::Zstd, [zstd(b"one"), b"tail".to_vec()].concat(), Err(INVALID));
    let mut flipped = gzip(b"the checksum is looked at");
    let checksum = flipped.len() - 8;
    flipped[checksum] ^= 1;
    check(ContentEncoding::Gzip, flipped, Err(INVALID));
}

#[test]
fn a_bomb_is_refused_before_it_is_held() {
    let zeros = vec![0; 4 << 20];
    for (encoding, body) in
        [(ContentEncoding::Gzip, gzip(&zeros)), (ContentEncoding::Deflate, zlib(&zeros)), (ContentEncoding::Zstd, zstd(&zeros))]
    {
        check(encoding, body, Err(BOMB));
    }
    // Snappy does not grow so much; what a block claims to become is refused unread.
    check(ContentEncoding::Snappy, b"\xff\xff\xff\x7fx".to_vec(), Err(TOO_LARGE));
    check(ContentEncoding::Snappy, b"\x80\x80\x80\x08x".to_vec(), Err(BOMB));
    let first_mebibyte = vec![0; 1 << 20];
    check(ContentEncoding::Gzip, gzip(&first_mebibyte), Ok(&first_mebibyte));
}

#[test]
fn a_body_over_the_limit_is_refused() {
    let limits = BodyLimits { bytes_max: 1000, ..BodyLimits::default() };
    for (bytes, code) in [(1000, None), (1001, Some(TOO_LARGE)), (900_000, Some(TOO_LARGE))] {
        let text = vec![b'x'; bytes];
        for (encoding, body) in [
            (ContentEncoding::Identity, text.clone()),
            (ContentEncoding::Gzip, gzip(&text)),
            (ContentEncoding::Snappy, snappy(&text)),
            (ContentEncoding::Snappy, snappy_frames(&text)),
            (ContentEncoding::Zstd, zstd(&text)),
        ] {
            let decoded = decompress(encoding, body.into(), limits);
            assert_eq!(decoded.err().map(|e| (e.code, e.status)), code, "{encoding:?} {bytes}");
        }
    }
}

#[test]
fn a_zstd_window_over_8_mib_is_refused() {
    let mut encoder = zstd::stream::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(27).unwrap();
    encoder.write_all(b"small, but asks for 128 MiB of window").unwrap();
    check(ContentEncoding::Zstd, encoder.finish().unwrap(), Err(INVALID));
}

proptest! {
    #[test]
    fn any_bytes_are_answered(body in proptest::collection::vec(any::<u8>(), 0..400), flip in any::<proptest::sample::Index>()) {
        for encoding in [ContentEncoding::Gzip, ContentEncoding::Deflate, ContentEncoding::Snappy, ContentEncoding::Zstd] {
            let _ = decompress(encoding, body.clone().into(), BodyLimits::default());
        }
        for (encoding, mut whole) in [
            (ContentEncoding::Gzip, gzip(&body)), (ContentEncoding::Zstd, zstd(&body)),
            (ContentEncoding::Snappy, snappy(&body)), (ContentEncoding::Snappy, snappy_frames(&body)),
        ] {
            // No bytes become no frames.
            if whole.is_empty() {
                continue;
            }
            let at = flip.index(whole.len());
            whole[at] ^= 0x10;
            let _ = decompress(encoding, whole.into(), BodyLimits::default());
        }
    }
}

#[test]
fn a_body_grows_no_further_than_there_is_room() {
    let plain = b"a line that comes again and again\n".repeat(20_000);
    let encoded = [
        (ContentEncoding::Gzip, gzip(&plain)),
        (ContentEncoding::Deflate, zlib(&plain)),
        (ContentEncoding::Deflate, raw_deflate(&plain)),
        (ContentEncoding::Zstd, zstd(&plain)),
        (ContentEncoding::Snappy, snappy(&plain)),
        (ContentEncoding::Snappy, snappy_frames(&plain)),
    ];
    for (encoding, body) in encoded {
        let within = |most: usize| {
            let mut taken = 0;
            let mut room = |bytes: usize| {
                let fits = taken + bytes <= most;
                taken += if fits { bytes } else { 0 };
                fits
            };
            let plain = decompress_within(encoding, body.clone().into(), BodyLimits::default(), &mut room);
            (plain.map_err(|error| (error.code, error.status)), taken)
        };
        let (found, taken) = within(usize::MAX);
        assert_eq!(found.unwrap(), plain, "{encoding:?}");
        assert!((plain.len()..4 * plain.len()).contains(&taken), "{encoding:?}: {taken}");
        for most in [0, plain.len() / 2, plain.len() - 1] {
            assert_eq!(within(most).0, Err(("busy", Refusal::Busy)), "{encoding:?} in {most}");
        }
    }
}
