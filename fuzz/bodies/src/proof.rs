//! Texts of the proof: templates, claims of tenants, signed notes, and what others publish to be told of weaknesses.

use audit::{Checkpoint, Signer, Verifier, WitnessKey};
use claims::template::{Answers, Page, resolve};
use contact::{Expected, PublicKey, judge};
use model::{Timestamp, limits};
use trust::tenant::{Draft, Host, Slug};

/// Every place that a template's reader or the linter names is in the text; a draft of it is text again.
pub fn template(data: &[u8]) {
    drop(claims::lint::exercise(data));
    let (Ok(page), Ok(answers)) = (Page::read(data), Answers::from_json(data).or_else(|_| Answers::from_json(b"{}"))) else {
        return;
    };
    if let Ok(draft) = resolve(&page, &answers) {
        assert!(Page::read(draft.to_markdown().as_bytes()).is_ok(), "a draft that cannot be read");
    }
}

/// Findings about a file are bounded, and a key is printed by nothing but its fingerprint.
pub fn security_txt(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let key = PublicKey::parse(&text).ok();
    let expected = Expected { url: "https://example.com/.well-known/security.txt", key: key.as_ref() };
    let findings = judge(data, Timestamp::from_nanos(1_767_312_000_000_000_000), &expected);
    assert!(findings.len() <= limits::SECURITY_TXT_BYTES_MAX, "{} findings", findings.len());
    assert!(key.is_none_or(|key| key.fingerprint().bytes().all(|byte| byte.is_ascii_hexdigit())));
}

/// A note that nobody signed is no checkpoint, and a key that was read is a key again.
pub fn signed_note(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Some(signer) = Signer::new("fuzz", &[7; 32]) {
        let stranger = signer.verifier();
        let signed = Checkpoint::open(&text, &stranger);
        assert!(signed.is_err(), "a checkpoint that was not signed: {signed:?}");
    }
    if let Ok(verifier) = Verifier::parse(text.trim()) {
        assert!(Verifier::parse(&verifier.to_string()).is_ok(), "of `{text}`");
    }
    drop(WitnessKey::parse(text.trim()));
}

/// A tenant's claim that was taken is the same when it is read from what is kept of it.
pub fn own_claim(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(host) = Host::parse(&text) {
        assert_eq!(Host::parse(host.as_str()).as_ref(), Ok(&host));
    }
    if let Ok(slug) = Slug::parse(&text) {
        assert_eq!(Slug::parse(slug.as_str()).as_ref(), Ok(&slug));
    }
    if let Ok(draft) = Draft::read(data) {
        let written = serde_json::to_vec(draft.written()).unwrap_or_default();
        let again = Draft::read(&written).unwrap_or_else(|error| panic!("{}: {error}", String::from_utf8_lossy(&written)));
        assert_eq!(again.written(), draft.written());
    }
}
