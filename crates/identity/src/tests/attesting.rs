//! What people sign in public: only with the right, a passkey and these very words.

use audit::{Event, Log};
use authenticator::Fault;
use policy::BuiltInRole;

use super::people::*;
use super::staff::*;
use super::*;
use crate::permit::{AttestClaims, AttestOverview, ViewOverview};
use crate::{
    AttestError, AttestationSignature, AttestationWords, DocumentWords, LogPosition, Notice, Permit, StatementEnd, UserKind,
};

const ROLE: &str = "head of operations";

fn words() -> AttestationWords {
    AttestationWords {
        attestation: "0123456789abcdef".to_owned(),
        page: "https://logs.example/security".to_owned(),
        claim: "TPL-TEAM-1".to_owned(),
        sentence: "Somebody works on security.".to_owned(),
        sentence_digest: "5e".repeat(32),
        attachments: vec!["a7".repeat(32)],
        document: None,
        from: NOW,
        until: NOW.plus_seconds(90 * DAY),
        after: LogPosition { origin: "logs.example/public".to_owned(), size: 7, root: "cm9vdA==".to_owned() },
        quorum: 1,
    }
}

fn with_document() -> AttestationWords {
    let part = |text: &str| text.to_owned();
    let document = DocumentWords { issuer: part("A"), id: part("B"), scope: part("C"), until: part("2027-03-31") };
    AttestationWords { document: Some(document), ..words() }
}

/// An operator of the installation with a passkey, and the town that they run.
fn operator() -> (Town, Someone) {
    let town = Town::new();
    let op = hired(&town.identity, "op@house.example", UserKind::Operator, NOW);
    (town, op)
}

fn permit(town: &Town, of: &Someone) -> Permit<AttestClaims> {
    town.identity.authorize_installation::<AttestClaims>(Some(&of.credential()), &web(NOW)).unwrap()
}

fn attests(town: &Town, of: &mut Someone, words: &AttestationWords) -> Result<AttestationSignature, AttestError> {
    let permit = permit(town, of);
    let asked = town.identity.start_attestation(&permit, words, ROLE)?;
    let answer = signs(of, &asked);
    town.identity.finish_attestation(&permit, (words, ROLE), &answer)
}

#[test]
fn the_words_that_are_signed_are_these() {
    let (town, op) = operator();
    let asked = town.identity.start_attestation(&permit(&town, &op), &with_document(), ROLE).unwrap();
    let expected = format!(
        "blockhouse/attestation/1\nattestation: 0123456789abcdef\npage: https://logs.example/security\nclaim: TPL-TEAM-1\n\
         sentence-digest: {}\nattachment: {}\ndocument-issuer: A\ndocument-id: B\ndocument-scope: C\n\
         document-until: 2027-03-31\nfrom: {NOW}\nuntil: {}\nlog: logs.example/public\nlog-size: 7\nlog-root: cm9vdA==\n\
         quorum: 1\nsentence: Somebody works on security.\nsigner: {}\nname: Staff\nrole: {ROLE}\n",
        "5e".repeat(32),
        "a7".repeat(32),
        NOW.plus_seconds(90 * DAY),
        op.id
    );
    assert_eq!(asked.statement.as_str(), expected);
}

#[test]
fn a_signature_is_of_one_statement_and_one_person_and_holds_for_ever() {
    let (town, mut op) = operator();
    let signed = attests(&town, &mut op, &with_document()).unwrap();
    let again = serde_json::to_string(&signed).unwrap();
    let kept = || serde_json::from_str::<AttestationSignature>(&again).unwrap();
    assert!(town.identity.attestation_holds(&with_document(), &kept()));
    for changed in [
        words(),
        AttestationWords { sentence: "Nobody does.".to_owned(), ..with_document() },
        AttestationWords { claim: "TPL-TEAM-2".to_owned(), ..with_document() },
        AttestationWords { attachments: Vec::new(), ..with_document() },
        AttestationWords { until: NOW.plus_seconds(91 * DAY), ..with_document() },
        AttestationWords { after: LogPosition { size: 6, ..words().after }, ..with_document() },
        AttestationWords { page: "https://other.example/security".to_owned(), ..with_document() },
        AttestationWords { quorum: 2, ..with_document() },
    ] {
        assert!(!town.identity.attestation_holds(&changed, &kept()), "{changed:?}");
    }
    let as_other = |name: &str, role: &str| AttestationSignature { name: name.to_owned(), role: role.to_owned(), ..kept() };
    assert!(!town.identity.attestation_holds(&with_document(), &as_other("Staff", "cleaner")));
    assert!(!town.identity.attestation_holds(&with_document(), &as_other("Ada", ROLE)));
    let mut of_other = kept();
    of_other.signature.signer = town.ada.id.to_string();
    assert!(!town.identity.attestation_holds(&with_document(), &of_other));
}

#[test]
fn nobody_signs_without_the_right_a_passkey_and_their_own_device() {
    let (mut town, mut op) = operator();
    let refused = |of: &Someone| said(&town.identity.authorize_installation::<AttestClaims>(Some(&of.credential()), &web(NOW)));
    let eng = hired(&town.identity, "eng@house.example", UserKind::Engineer, NOW);
    assert_ne!((refused(&town.ada), refused(&eng)), ("ok", "ok"));
    let shell = town.identity.by_shell::<AttestClaims>((), &by(NOW));
    assert!(matches!(town.identity.start_attestation(&shell, &words(), ROLE), Err(AttestError::NoPasskey)));
    let late = web(NOW.plus_seconds(10 * MINUTE));
    let late = town.identity.authorize_installation::<AttestClaims>(Some(&op.credential()), &late);
    assert_eq!(said(&late), "step_up_required");

    let permit = permit(&town, &op);
    let asked = town.identity.start_attestation(&permit, &words(), ROLE).unwrap();
    for fault in [Fault::OtherOrigin, Fault::Unverified, Fault::OtherKey, Fault::FlippedBit, Fault::OtherChallenge] {
        let forged = op.device.get_with(&asked.options, Some(fault)).unwrap().to_string();
        let refused = town.identity.finish_attestation(&permit, (&words(), ROLE), &forged);
        assert!(matches!(refused, Err(AttestError::Signature(_))), "{fault:?}");
    }
    let answer = signs(&mut op, &asked);
    let other_words = town.identity.finish_attestation(&permit, (&with_document(), ROLE), &answer);
    assert!(matches!(other_words, Err(AttestError::Signature(_))));
    let other_role = town.identity.finish_attestation(&permit, (&words(), "cleaner"), &answer);
    assert!(matches!(other_role, Err(AttestError::Signature(_))));
    town.ada.adds_passkey(&town.identity, NOW);
    let of_ada: Permit<AttestOverview> = town.ada.asks(&town.identity, town.tenant(), NOW).unwrap();
    let not_hers = town.identity.finish_attestation(&of_ada, (&words(), ROLE), &answer);
    assert!(matches!(not_hers, Err(AttestError::NoPasskey)));
}

#[test]
fn no_value_looks_like_another_line() {
    let (town, op) = operator();
    let permit = permit(&town, &op);
    let starts = |words: &AttestationWords, role: &str| town.identity.start_attestation(&permit, words, role).map(|_| ());
    for text in ["a\nsigner: b", "a\u{2028}b", "\u{202e}a", "a\rb"] {
        let words = AttestationWords { sentence: text.to_owned(), ..words() };
        assert!(matches!(starts(&words, ROLE), Err(AttestError::Words)), "{text:?}");
        let document = DocumentWords { scope: text.to_owned(), ..with_document().document.unwrap() };
        let words = AttestationWords { document: Some(document), ..words };
        assert!(matches!(starts(&words, ROLE), Err(AttestError::Words)), "{text:?}");
    }
    for role in ["", "  ", "a\nb", &"x".repeat(81)] {
        assert!(matches!(starts(&words(), role), Err(AttestError::Role)), "{role:?}");
    }
    let long = AttestationWords { sentence: "x".repeat(limits::STATEMENT_BYTES_MAX), ..words() };
    assert!(matches!(starts(&long, ROLE), Err(AttestError::Words)));
}

#[test]
fn each_signature_is_in_the_trail_of_whom_it_speaks_for() {
    let (mut town, mut op) = operator();
    attests(&town, &mut op, &words()).unwrap();
    town.ada.adds_passkey(&town.identity, NOW);
    let of_ada: Permit<AttestOverview> = town.ada.asks(&town.identity, town.tenant(), NOW).unwrap();
    let asked = town.identity.start_attestation(&of_ada, &words(), ROLE).unwrap();
    let answer = signs(&mut town.ada, &asked);
    town.identity.finish_attestation(&of_ada, (&words(), ROLE), &answer).unwrap();
    for log in [Log::Installation, Log::Tenant(town.tenant())] {
        let newest = told(&town.identity, log).pop().unwrap().0;
        assert!(matches!(&newest, Event::AttestationSigned { claim, .. } if claim == "TPL-TEAM-1"), "{newest:?}");
    }
}

#[test]
fn a_tenants_page_is_seen_by_auditors_and_signed_by_owners_and_admins() {
    let town = Town::new();
    let check = |role: BuiltInRole, view: &str, attest: &str| {
        let someone = town.joins(&format!("{role}@acme.example"), &everywhere(role));
        let views = someone.asks::<ViewOverview>(&town.identity, town.tenant(), NOW);
        let signs = someone.asks::<AttestOverview>(&town.identity, town.tenant(), NOW);
        assert_eq!((said(&views), said(&signs)), (view, attest), "{role}");
    };
    check(BuiltInRole::Owner, "ok", "ok");
    check(BuiltInRole::Admin, "ok", "ok");
    check(BuiltInRole::Auditor, "ok", "permission_missing");
    check(BuiltInRole::Member, "permission_missing", "permission_missing");
    check(BuiltInRole::ReadOnly, "permission_missing", "permission_missing");
}

#[test]
fn whoever_signed_is_reminded_once_of_each_end() {
    let (town, op) = operator();
    let end = StatementEnd {
        page: words().page,
        claim: words().claim,
        title: "Security team".to_owned(),
        until: "2026-12-26T01:00:00Z".to_owned(),
        days: 30,
    };
    let gone = model::UserId::parse("ffffffffffffffff").unwrap();
    let remind = |end: &StatementEnd| town.identity.remind_signers(&[op.id, gone, op.id], end, NOW).unwrap();
    assert_eq!([remind(&end), remind(&end)], [1, 0]);
    let later = StatementEnd { days: 7, ..end.clone() };
    assert_eq!([remind(&later), remind(&later), remind(&end)], [1, 0, 0]);
    assert_eq!(town.notices(&op, NOW)[..2], [Notice::StatementEnds(later), Notice::StatementEnds(end)]);
    assert!(town.notices(&town.ada, NOW).iter().all(|one| !matches!(one, Notice::StatementEnds(_))), "nobody else is told");
}
