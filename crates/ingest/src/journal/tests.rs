use proptest::prelude::*;
use serde_json::{Value, json as value};

use super::*;
use crate::tests::records;

fn decoded(pieces: &[&[u8]]) -> Result<(Vec<Value>, usize), DecodeError> {
    let mut decoder = Decoder::default();
    let mut all = Vec::new();
    for piece in pieces {
        decoder.feed(piece)?;
        all.extend(records(&decoder.take()));
    }
    decoder.finish()?;
    all.extend(records(&decoder.take()));
    Ok((all, decoder.left_out()))
}

fn binary(name: &str, value: &[u8]) -> Vec<u8> {
    [name.as_bytes(), b"\n", &(value.len() as u64).to_le_bytes(), value, b"\n"].concat()
}

const ENTRY: &[u8] =
    b"__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1769860800123456\n__MONOTONIC_TIMESTAMP=7\n_BOOT_ID=ab\nPRIORITY=4\n\
    _HOSTNAME=web-1\nSYSLOG_IDENTIFIER=sshd\n_PID=12\n_SYSTEMD_UNIT=ssh.service\nMESSAGE=a=b \"c\"\n\n";

#[test]
fn an_entry_becomes_a_record() {
    let (records, left_out) = decoded(&[ENTRY, &binary("MESSAGE", b"two\nlines"), &binary("_RAW", b"\xff\x00"), b"\n"]).unwrap();
    let first = value!({"timestamp": 1_769_860_800_123_456_000_i64, "_BOOT_ID": "ab", "level": "warn", "host": "web-1",
        "service": "sshd", "proc_id": "12", "_SYSTEMD_UNIT": "ssh.service", "message": "a=b \"c\""});
    assert_eq!((records, left_out), (vec![first, value!({"message": "two\nlines", "_RAW": "base64:/wA="})], 0));
    assert_eq!(decoded(&[b"MESSAGE=no end of its own\n"]).unwrap().0, [value!({"message": "no end of its own"})]);
    for empty in [&b""[..], b"\n", b"\n\n\n"] {
        assert_eq!(decoded(&[empty]).unwrap(), (Vec::new(), 0));
    }
    assert_eq!(decoded(&[b"PRIORITY=loud\n\n"]).unwrap().0, [value!({"PRIORITY": "loud"})]);
}

#[test]
fn a_field_that_comes_several_times_is_an_array() {
    let entry = b"MESSAGE=a\nPRIORITY=3\nTAG=x\nMESSAGE=b\nTAG=y\nPRIORITY=7\nONE=1\nMESSAGE=c\n__REALTIME_TIMESTAMP=1769860800123456\n__REALTIME_TIMESTAMP=1\n\n";
    let expected = value!({"message": "a", "level": "error", "TAG": ["x", "y"], "MESSAGE": ["b", "c"], "PRIORITY": "7", "ONE": "1",
        "timestamp": 1_769_860_800_123_456_000_i64});
    let again = value!({"TAG": "z"});
    let whole = [entry.as_slice(), b"TAG=z\n\n"].concat();
    assert_eq!(decoded(&[&whole]).unwrap().0, [expected.clone(), again.clone()]);
    for cut in 0..whole.len() {
        assert_eq!(decoded(&[&whole[..cut], &whole[cut..]]).unwrap().0, [expected.clone(), again.clone()]);
    }
}

#[test]
fn an_entry_over_the_limit_holds_up_nothing() {
    let large = vec![b'x'; limits::RECORD_BYTES_MAX + 1];
    let text = [b"MESSAGE=".as_slice(), &large, b"\n\n"].concat();
    let half = vec![b'x'; limits::RECORD_BYTES_MAX / 2 + 1];
    let halves = [binary("A", &half), binary("B", &half), b"\n".to_vec()].concat();
    for entry in [&[binary("COREDUMP", &large), b"\n".to_vec()].concat(), &text, &halves] {
        let whole = [ENTRY, entry, ENTRY].concat();
        assert_eq!(decoded(&[&whole]).map(|(records, left_out)| (records.len(), left_out)), Ok((2, 1)));
        let pieces: Vec<&[u8]> = whole.chunks(100_000).collect();
        let mut decoder = Decoder::default();
        for piece in pieces {
            decoder.feed(piece).unwrap();
            assert!(decoder.rest.len() <= limits::RECORD_BYTES_MAX + 200_000, "{}", decoder.rest.len());
        }
        assert_eq!((decoder.take().records, decoder.left_out()), (Some(2), 1));
    }
}

/// A line that is searched from its start for each piece takes minutes.
#[test]
fn a_long_line_in_small_pieces_takes_no_longer() {
    let mut decoder = Decoder::default();
    let line = [b"MESSAGE=".as_slice(), &vec![b'x'; limits::RECORD_BYTES_MAX - 64], b"\n\n"].concat();
    for byte in line.chunks(1) {
        decoder.feed(byte).unwrap();
    }
    assert_eq!((decoder.take().records, decoder.left_out()), (Some(1), 0));
}

#[test]
fn what_is_no_export_is_refused_with_its_place() {
    let at = |bytes: &[u8]| decoded(&[bytes]).map_err(|error| (error.code, error.at)).unwrap_err();
    assert_eq!(at(b"MESSAGE=a\n\nlower=b\n"), ("invalid_journal", Some(11)));
    assert_eq!(at(b"=x\n"), ("invalid_journal", Some(0)));
    assert_eq!(at(b"{\"message\":1}\n"), ("invalid_journal", Some(0)));
    let mut wrong = binary("A", b"xy");
    wrong[2] = 1;
    assert_eq!(at(&wrong).0, "invalid_journal");
    assert_eq!(at(b"MESSAGE=cut").0, "truncated_body");
    assert_eq!(at(&binary("A", b"xy")[..12]).0, "truncated_body");
}

proptest! {
    #[test]
    fn pieces_make_the_same_as_the_whole(cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..6), value in proptest::collection::vec(any::<u8>(), 0..20)) {
        let whole = [ENTRY, &binary("V", &value), b"\n", ENTRY].concat();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(whole.len())).collect();
        cuts.extend([0, whole.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &whole[pair[0]..pair[1]]).collect();
        prop_assert_eq!(decoded(&pieces), decoded(&[&whole]));
    }

    #[test]
    fn any_bytes_are_answered(body in proptest::collection::vec(any::<u8>(), 0..200), text in "([A-Z_]{1,3}|=|\\n|\0){0,40}") {
        let _ = decoded(&[&body]);
        let _ = decoded(&[text.as_bytes()]);
    }
}
