use std::process::Command;
use std::sync::Arc;

use model::Timestamp;
use proptest::prelude::*;
use seal::{FieldSealer, RootKey, SystemEntropy};

use super::cleartext::{self, SignatureError};
use super::key::{KeyError, PublicKey, SigningKey};
use super::packet;

/// Made by GnuPG 2.2: the key counts from 2026-01-01 for two years, the text is signed on 2026-02-01 for a hundred days.
const GNUPG_KEY: &str = include_str!("vectors/gnupg-key.asc");
const GNUPG_REVOKED: &str = include_str!("vectors/gnupg-revoked.asc");
const GNUPG_SIGNED: &str = include_str!("vectors/gnupg-signed.txt");
const GNUPG_FINGERPRINT: &str = "DCC735F995C5737B5056CD8698935977F5A60165";

const TEXT: &str = "# text\n- a dash\n--- more\nContact: mailto:a@example.org  \n\nFrom here\n";
const DAY: i64 = 86_400;

fn now() -> Timestamp {
    Timestamp::parse("2026-02-15T00:00:00Z").unwrap()
}

fn sealer() -> FieldSealer {
    FieldSealer::new(&RootKey::generate(&SystemEntropy), Arc::new(SystemEntropy))
}

fn key() -> SigningKey {
    SigningKey::generate(&SystemEntropy, now()).unwrap()
}

fn signed_by(key: &SigningKey) -> String {
    cleartext::sign(key, TEXT, now(), now().plus_seconds(DAY)).unwrap()
}

fn check(text: &str, key: &PublicKey, at: Timestamp, expected: &Result<(), SignatureError>) {
    let found = cleartext::read(text).unwrap().and_then(|signed| signed.verify(key, at));
    assert_eq!(&found, expected, "{text}");
}

#[test]
fn a_signed_text_is_readable_and_verifies_with_the_published_key() {
    let key = key();
    let signed = signed_by(&key);
    assert!(
        signed.contains("\n- - a dash\n- --- more\nContact: mailto:a@example.org\n\nFrom here\n-----BEGIN PGP SIG"),
        "{signed}"
    );
    let published = PublicKey::parse(&key.armored("security.txt of example.org").unwrap()).unwrap();
    assert_eq!(published, key.public_key());
    check(&signed, &published, now(), &Ok(()));
    check(&signed.replace('\n', "\r\n"), &published, now(), &Ok(()));
    let lines = cleartext::read(&signed).unwrap().unwrap().lines;
    assert_eq!(lines, TEXT.lines().map(str::trim_end).collect::<Vec<_>>());
}

#[test]
fn a_signature_counts_for_its_text_its_key_and_its_time() {
    let key = key();
    let (signed, published) = (signed_by(&key), key.public_key());
    check(&signed.replace("mailto:a@", "mailto:b@"), &published, now(), &Err(SignatureError::Wrong));
    check(&signed.replace("\n\nFrom", "\nFrom"), &published, now(), &Err(SignatureError::Wrong));
    check(&signed, &self::key().public_key(), now(), &Err(SignatureError::OtherKey));
    let end = now().plus_seconds(DAY);
    check(&signed, &published, end.plus_seconds(-1), &Ok(()));
    check(&signed, &published, end, &Err(SignatureError::Ended(end)));
    check(&signed, &published, now().plus_seconds(-DAY), &Err(SignatureError::Ahead));
    check(&cleartext::sign(&key, "", now(), end).unwrap(), &published, now(), &Ok(()));
}

#[test]
fn a_text_with_something_around_it_is_no_signed_text() {
    let key = key();
    let signed = signed_by(&key);
    assert!(cleartext::read(&format!("Contact: mailto:evil@example.org\n{signed}")).is_none());
    for wrong in [
        signed.replace("Hash: SHA512\n", "Hash: SHA512\nContact: mailto:evil@example.org\n"),
        format!("{signed}Contact: mailto:evil@example.org\n"),
        signed.replace("- - a dash", "- a\n-dash"),
        signed.replace("-----END", "----END"),
        signed[..signed.len() / 2].to_owned(),
    ] {
        assert_eq!(cleartext::read(&wrong).unwrap().err(), Some(SignatureError::Malformed), "{wrong}");
    }
}

#[test]
fn what_gnupg_made_is_read_and_verified() {
    let key = PublicKey::parse(GNUPG_KEY).unwrap();
    assert_eq!(key.fingerprint(), GNUPG_FINGERPRINT);
    let ends = Timestamp::parse("2028-01-01T00:00:00Z").unwrap();
    assert_eq!(key.ends(), Some(ends));
    check(GNUPG_SIGNED, &key, now(), &Ok(()));
    let ended = Timestamp::parse("2026-05-12T00:00:00Z").unwrap();
    check(GNUPG_SIGNED, &key, ended, &Err(SignatureError::Ended(ended)));
    check(GNUPG_SIGNED, &key, ends, &Err(SignatureError::KeyEnded(ends)));
    check(&GNUPG_SIGNED.replace("2026-06", "2029-06"), &key, now(), &Err(SignatureError::Wrong));
    assert_eq!(PublicKey::parse(GNUPG_REVOKED), Err(KeyError::Revoked));
}

/// Asks GnuPG itself, in a folder of its own and without its agent.
#[test]
fn gnupg_verifies_what_is_signed_here() {
    if Command::new("gpg").arg("--version").output().is_err() {
        println!("skipped: gpg is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let gpg = |arguments: &[&str], text: &str| {
        let file = folder.path().join("input");
        std::fs::write(&file, text).unwrap();
        let mut gpg = Command::new("gpg");
        gpg.arg("--homedir").arg(folder.path()).args(["--batch", "--no-autostart", "--faked-system-time", "20260215T010000"]);
        let output = gpg.args(arguments).arg(file).output().unwrap();
        let told = [output.stdout.as_slice(), &output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&told).into_owned())
    };
    let key = key();
    let (imported, told) = gpg(&["--import"], &key.armored("security.txt of example.org").unwrap());
    assert!(imported, "{told}");
    let (good, told) = gpg(&["--status-fd", "1", "--verify"], &signed_by(&key));
    assert!(good && told.contains(&format!("VALIDSIG {}", key.public_key().fingerprint())), "{told}");
    let (good, text) = gpg(&["--decrypt"], &signed_by(&key));
    let lines: Vec<_> = TEXT.lines().map(str::trim_end).collect();
    assert!(good && text.starts_with(&lines.join("\n")), "{text}");
    assert!(!gpg(&["--verify"], &signed_by(&key).replace("mailto:a@", "mailto:b@")).0);
    assert!(!gpg(&["--verify"], &signed_by(&self::key())).0);
}

#[test]
fn a_key_opens_only_under_its_root_key_and_is_not_printed() {
    let (key, sealer) = (key(), sealer());
    let sealed = key.seal(&sealer).unwrap();
    assert_eq!(SigningKey::open(&sealer, &sealed).unwrap().public_key(), key.public_key());
    assert!(matches!(SigningKey::open(&self::sealer(), &sealed), Err(KeyError::Sealed(_))));
    assert!(matches!(SigningKey::open(&sealer, &sealed[1..]), Err(KeyError::Sealed(_))));
    assert_eq!(format!("{key:?}"), "SigningKey(..)");
}

#[test]
fn times_and_names_that_openpgp_cannot_say_are_refused() {
    let key = key();
    assert_eq!(SigningKey::generate(&SystemEntropy, Timestamp::from_nanos(-1)).err(), Some(KeyError::Time));
    assert_eq!(SigningKey::generate(&SystemEntropy, Timestamp::MAX).err(), Some(KeyError::Time));
    // Before the key was made, and with an end that is not after the beginning.
    assert_eq!(cleartext::sign(&key, TEXT, now().plus_seconds(-1), now()).err(), Some(KeyError::Time));
    assert_eq!(cleartext::sign(&key, TEXT, now(), now()).err(), Some(KeyError::Time));
    for name in ["", "two\nlines", &"a".repeat(256)] {
        assert_eq!(key.armored(name).err(), Some(KeyError::Name), "{name}");
    }
}

#[test]
fn a_key_that_does_not_vouch_for_itself_is_refused() {
    let (one, other) = (key().armored("one").unwrap(), key().armored("one").unwrap());
    let bytes = |text: &str| super::armor::read(super::armor::PUBLIC_KEY, text.lines()).unwrap();
    let (one, other) = (bytes(&one), bytes(&other));
    let (one, other) = (packet::read_all(&one).unwrap(), packet::read_all(&other).unwrap());
    let mut mixed = Vec::new();
    for packet in [one[0], one[1], other[2]] {
        packet::write(&mut mixed, packet.tag, packet.body);
    }
    assert_eq!(PublicKey::parse(&super::armor::write(super::armor::PUBLIC_KEY, &mixed)), Err(KeyError::NotItsOwn));
    assert_eq!(PublicKey::parse(GNUPG_SIGNED), Err(KeyError::Malformed));
    assert_eq!(PublicKey::parse(&"x".repeat(model::limits::OPENPGP_KEY_BYTES_MAX + 1)), Err(KeyError::Malformed));
}

proptest! {
    #[test]
    fn every_text_that_is_signed_verifies_and_comes_back(text in "(\\PC|[-\n\r\t ]){0,200}") {
        let key = key();
        let signed = cleartext::sign(&key, &text, now(), now().plus_seconds(DAY)).unwrap();
        let read = cleartext::read(&signed).unwrap().unwrap();
        prop_assert_eq!(read.verify(&key.public_key(), now()), Ok(()));
        let lines: Vec<_> = text.lines().map(|line| line.trim_end_matches([' ', '\t', '\r'])).collect();
        prop_assert_eq!(read.lines, lines);
    }

    #[test]
    fn no_changed_byte_of_a_signature_is_believed(at in 0usize..500, to in any::<u8>()) {
        let key = key();
        let mut signed = signed_by(&key).into_bytes();
        let at = at % signed.len();
        signed[at] = to;
        let original = signed_by(&key);
        if let Ok(text) = std::str::from_utf8(&signed)
            && let Some(Ok(read)) = cleartext::read(text)
            && read.verify(&key.public_key(), now()).is_ok()
        {
            // What is not covered: spaces at the ends of lines, and how the signature is written.
            prop_assert_eq!(read.lines, cleartext::read(&original).unwrap().unwrap().lines);
        }
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in any::<String>()) {
        let _ = (packet::read_all(&bytes), super::signature::Signature::parse(&bytes), PublicKey::parse(&text), cleartext::read(&text));
        let _ = PublicKey::parse(&super::armor::write(super::armor::PUBLIC_KEY, &bytes));
        let mut packets = Vec::new();
        packet::write(&mut packets, packet::PUBLIC_KEY, &bytes);
        packet::write(&mut packets, packet::SIGNATURE, &[[4, 0x13, 22, 10].as_slice(), &bytes].concat());
        let _ = PublicKey::parse(&super::armor::write(super::armor::PUBLIC_KEY, &packets));
    }

    #[test]
    fn a_number_is_read_as_it_was_written(number in any::<[u8; 32]>(), zeros in 0usize..32) {
        let mut number = number;
        number[..zeros].fill(0);
        let mut out = Vec::new();
        packet::write_number(&mut out, &number);
        prop_assert_eq!(packet::read_number::<32>(&out), Some((number, [].as_slice())));
    }
}
