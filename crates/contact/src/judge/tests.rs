use proptest::prelude::*;
use seal::SystemEntropy;

use super::*;
use crate::openpgp::key::SigningKey;

const URL: &str = "https://example.org/.well-known/security.txt";
const GOOD: &str = "# x\nContact: mailto:s@example.org\nExpires: 2027-03-01T00:00:00Z\n\
                    Canonical: https://example.org/.well-known/security.txt\n";

fn now() -> Timestamp {
    Timestamp::parse("2026-11-25T10:00:00Z").unwrap()
}

/// Of a file that is not signed, everything but that.
fn check(text: &str, expected: &[Finding]) {
    let found = judge(text.as_bytes(), now(), &Expected { url: URL, key: None });
    assert_eq!(found.first(), Some(&Finding::NotSigned), "{text}");
    assert_eq!(&found[1..], expected, "{text}");
}

#[test]
fn each_way_of_being_wrong_is_named() {
    let over = Timestamp::parse("2026-11-25T10:00:00Z").unwrap();
    let far = Timestamp::parse("2027-11-25T10:00:00Z").unwrap();
    let without = |start: &str| GOOD.lines().filter(|line| !line.starts_with(start)).collect::<Vec<_>>().join("\r\n");
    check(GOOD, &[]);
    check(&GOOD.to_uppercase().replace("MAILTO:S@EXAMPLE.ORG", "mailto:s@a"), &[Finding::CanonicalElsewhere]);
    check(&without("Contact"), &[Finding::NoContact]);
    check(&without("Expires"), &[Finding::NoExpires]);
    check(&without("Canonical"), &[Finding::NoCanonical]);
    check(&format!("{GOOD}Expires: 2027-03-01T00:00:00Z"), &[Finding::SeveralExpires(2)]);
    check(&GOOD.replace("2027-03-01T00:00:00Z", "2026-11-25T11:00:00+01:00"), &[Finding::Expired(over)]);
    check(&GOOD.replace("2027-03-01", "2027-11-25").replace("T00:", "T10:"), &[Finding::ExpiresTooFar(far)]);
    check(&GOOD.replace("org/.well", "com/.well"), &[Finding::CanonicalElsewhere]);
    check(&format!("{GOOD}Policy: http://example.org/\n"), &[Finding::NotHttps(5)]);
    check(&format!("{GOOD}Contact: s@example.org\n"), &[Finding::NotAUri(5)]);
    check(&format!("{GOOD}Hiring: https:///jobs\n"), &[Finding::NotAUri(5)]);
    check(&format!("{GOOD}X-Own: x\nwords\n"), &[Finding::UnknownField(5), Finding::NotAField(6)]);
    check(&format!("{GOOD}CSAF: https://example.org/csaf\nBug-Bounty: True\n"), &[]);
    let languages = format!("{GOOD}Preferred-Languages: en, de\nPreferred-Languages: en;de\n");
    check(&languages, &[Finding::SeveralLanguages, Finding::NotLanguages(6)]);
    check("", &[Finding::NoContact, Finding::NoExpires, Finding::NoCanonical]);
}

#[test]
fn only_a_time_of_rfc_3339_is_an_expiry() {
    for expires in ["2027-03-01", "2027-03-01 00:00:00Z", "2027-03-01T00:00:00", "1803859200", "2027/03/01T00:00:00Z", "soon"] {
        check(&GOOD.replace("2027-03-01T00:00:00Z", expires), &[Finding::ExpiresNotATime]);
    }
    for expires in ["2027-03-01t00:00:00z", "2027-03-01T00:00:00.5Z", "2027-03-01T00:00:00-05:00"] {
        check(&GOOD.replace("2027-03-01T00:00:00Z", expires), &[]);
    }
}

#[test]
fn only_what_is_signed_counts_and_only_by_the_key_that_has_to() {
    let [ours, other] = [(), ()].map(|()| SigningKey::generate(&SystemEntropy, now()).unwrap());
    let sign = |key| cleartext::sign(key, GOOD, now(), now().plus_seconds(DAY_SECONDS)).unwrap();
    let (key, text) = (ours.public_key(), sign(&ours));
    let found = |text: &str| judge(text.as_bytes(), now(), &Expected { url: URL, key: Some(&key) });
    assert_eq!(found(&text), []);
    assert_eq!(found(&sign(&other)), [Finding::Signature(SignatureError::OtherKey)]);
    assert_eq!(found(&text.replace("s@", "evil@")), [Finding::Signature(SignatureError::Wrong)]);
    assert_eq!(found(&format!("{text}Contact: mailto:evil@a\n")), [Finding::Signature(SignatureError::Malformed)]);
    assert!(found(&format!("Contact: mailto:evil@a\n{text}")).contains(&Finding::NotSigned));
    assert_eq!(judge(sign(&other).as_bytes(), now(), &Expected { url: URL, key: None }), []);
}

#[test]
fn what_is_told_is_bounded() {
    let long = vec![b'#'; limits::SECURITY_TXT_BYTES_MAX + 1];
    assert_eq!(judge(&long, now(), &Expected { url: URL, key: None }), [Finding::TooLong]);
    assert_eq!(judge(b"\xFF", now(), &Expected { url: URL, key: None }), [Finding::NotUtf8]);
    let many = judge("x\n".repeat(1_000).as_bytes(), now(), &Expected { url: URL, key: None });
    assert_eq!((many.len(), many.last()), (limits::SECURITY_TXT_FINDINGS_MAX + 1, Some(&Finding::More)));
}

#[test]
fn advice_is_told_from_what_breaks_the_file() {
    assert!(Finding::NotSigned.is_advice() && Finding::UnknownField(1).is_advice());
    assert!(!Finding::NoContact.is_advice() && !Finding::Signature(SignatureError::Wrong).is_advice());
}

proptest! {
    #[test]
    fn no_bytes_make_judging_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), text in "[\\PC\n: -]{0,200}") {
        let _ = judge(&bytes, now(), &Expected { url: URL, key: None });
        let _ = judge(text.as_bytes(), now(), &Expected { url: URL, key: None });
        let _ = judge(format!("Expires: {text}\nContact: {text}").as_bytes(), now(), &Expected { url: URL, key: None });
    }
}
