use model::Timestamp;
use proptest::prelude::*;
use seal::SystemEntropy;

use super::*;
use crate::judge::{Expected, judge};
use crate::openpgp::key::PublicKey;

const URL: &str = "https://logs.example.org/.well-known/security.txt";

fn now() -> Timestamp {
    Timestamp::parse("2026-11-25T10:00:00Z").unwrap()
}

fn https(text: &str) -> Uri {
    Uri::parse_https(text).unwrap()
}

fn fields() -> Fields {
    Fields {
        contacts: vec![
            Contact::parse("mailto:security@example.org").unwrap(),
            Contact::parse("https://example.org/report").unwrap(),
        ],
        canonical: vec![https(URL)],
        encryption: vec![Uri::parse("openpgp4fpr:DCC735F995C5737B5056CD8698935977F5A60165").unwrap()],
        acknowledgments: vec![https("https://example.org/thanks")],
        policy: vec![https("https://example.org/policy")],
        hiring: vec![https("https://example.org/jobs")],
        languages: vec![Language::parse("en").unwrap(), Language::parse("pt-BR").unwrap()],
        signing_key: Some(https("https://logs.example.org/.well-known/openpgp-key.asc")),
    }
}

fn in_days(days: i64) -> Timestamp {
    now().plus_seconds(days * DAY_SECONDS)
}

fn check(fields: Fields, expires: Timestamp, expected: SecurityTxtError) {
    assert_eq!(SecurityTxt::new(fields, expires, now()).err(), Some(expected));
}

#[test]
fn the_file_is_these_lines() {
    let file = SecurityTxt::new(fields(), in_days(30).plus_seconds(1), now()).unwrap();
    let expected = "\
        # Signed by the key at https://logs.example.org/.well-known/openpgp-key.asc\n\
        Contact: mailto:security@example.org\n\
        Contact: https://example.org/report\n\
        Expires: 2026-12-25T10:00:01Z\n\
        Canonical: https://logs.example.org/.well-known/security.txt\n\
        Encryption: openpgp4fpr:DCC735F995C5737B5056CD8698935977F5A60165\n\
        Acknowledgments: https://example.org/thanks\n\
        Policy: https://example.org/policy\n\
        Hiring: https://example.org/jobs\n\
        Preferred-Languages: en, pt-BR\n";
    assert_eq!(file.to_string(), expected);
}

#[test]
fn what_readers_could_not_use_is_refused() {
    check(Fields { contacts: Vec::new(), ..fields() }, in_days(30), SecurityTxtError::NoContact);
    check(Fields { canonical: Vec::new(), ..fields() }, in_days(30), SecurityTxtError::NoCanonical);
    check(fields(), now(), SecurityTxtError::Over);
    check(fields(), Timestamp::from_nanos(now().nanos() + 999_999_999), SecurityTxtError::Over);
    check(fields(), in_days(365), SecurityTxtError::TooFar);
    let insecure = vec![Uri::parse("http://example.org/").unwrap()];
    check(Fields { policy: insecure.clone(), ..fields() }, in_days(30), SecurityTxtError::NotHttps("Policy"));
    check(Fields { encryption: insecure, ..fields() }, in_days(30), SecurityTxtError::NotHttps("Encryption"));
    let many = vec![https("https://example.org/"); limits::SECURITY_TXT_VALUES_MAX + 1];
    check(Fields { hiring: many, ..fields() }, in_days(30), SecurityTxtError::TooMany);
}

#[test]
fn the_signature_ends_with_the_file() {
    let key = SigningKey::generate(&SystemEntropy, now()).unwrap();
    let text = SecurityTxt::new(fields(), in_days(30), now()).unwrap().sign(&key, now()).unwrap();
    let public = PublicKey::parse(&key.armored("security.txt of example.org").unwrap()).unwrap();
    let found = |at| judge(text.as_bytes(), at, &Expected { url: URL, key: Some(&public) }).len();
    // At the end two findings: the file expired, and its signature ended.
    assert_eq!((found(now()), found(in_days(30).plus_seconds(-1)), found(in_days(30))), (0, 0, 2));
}

proptest! {
    #[test]
    fn a_file_that_could_be_made_has_no_findings(contacts in 1usize..8, days in 1i64..365, all in 0u8..64) {
        let keep = |bit: u8, uris: Vec<Uri>| if all >> bit & 1 == 1 { uris } else { Vec::new() };
        let like = fields();
        let fields = Fields {
            contacts: (0..contacts).map(|i| Contact::parse(&format!("mailto:{i}%25@example.org")).unwrap()).collect(),
            encryption: keep(0, like.encryption),
            acknowledgments: keep(1, like.acknowledgments),
            policy: keep(2, like.policy),
            hiring: keep(3, like.hiring),
            languages: if all & 16 == 0 { Vec::new() } else { like.languages },
            signing_key: like.signing_key.filter(|_| all & 32 == 0),
            canonical: like.canonical,
        };
        let key = SigningKey::generate(&SystemEntropy, now()).unwrap();
        let expires = now().plus_seconds(days * DAY_SECONDS - 1);
        let text = SecurityTxt::new(fields, expires, now()).unwrap().sign(&key, now()).unwrap();
        let public = key.public_key();
        prop_assert_eq!(judge(text.as_bytes(), now(), &Expected { url: URL, key: Some(&public) }), vec![]);
    }
}
