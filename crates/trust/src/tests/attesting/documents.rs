//! What a third party's document carries.

use super::*;
use crate::DocumentFields;

const BYTES: &[u8] = b"the auditor's words, which are for nobody else";

fn document(valid_until: &str) -> Proposal {
    let document = DocumentFields {
        issuer: "Audit & Partners".to_owned(),
        id: "SOC 2 type 2, 2026-9".to_owned(),
        scope: "the log service".to_owned(),
        valid_until: valid_until.to_owned(),
    };
    Proposal { document: Some(document), ..proposal("P-3") }
}

#[test]
fn a_document_fills_the_sentence_and_ends_it() {
    let mut office = Office::new();
    let board = Arc::new(office.house.looked());
    let id = board.propose(&document("2026-12-31"), &deed()).unwrap().id;
    assert!(matches!(board.words(&id), Err(AttestationError::NotAttached)), "the document itself is needed");
    let digest = board.attach(&id, BYTES, &deed()).unwrap().sha256;
    office.ada.signs(&office.house, &board, &id).unwrap();
    let claim = shown(&board, "P-3");
    let expected = "Audit & Partners issued SOC 2 type 2, 2026-9 about the log service; it counts here until 2026-12-31.";
    assert_eq!((claim.state, claim.sentence.as_str()), (State::Pass, expected));
    let held = office.look(&board, &office.house.library);
    assert_eq!(held.verdict, Verdict::Held, "{:?}", held.details);
    let attested = claim.attested.unwrap();
    assert_eq!(attested.attachments, [digest]);
    assert_eq!(attested.until, "2026-12-31T23:59:00Z");
    assert_eq!(attested.document.unwrap().valid_until, attested.until);
    let until = Timestamp::parse(&attested.until).unwrap();
    office.house.pass(until.seconds_since(office.house.clock.now()) - MINUTE);
    assert_eq!(state(&board, "P-3"), State::Pass);
    office.house.pass(MINUTE);
    assert_eq!(state(&board, "P-3"), State::Expired);
}

#[test]
fn a_document_that_is_valid_for_longer_counts_for_as_long_as_the_claim_allows() {
    let mut office = Office::new();
    let board = office.house.looked();
    let id = board.propose(&document("2031-01-01"), &deed()).unwrap().id;
    board.attach(&id, BYTES, &deed()).unwrap();
    office.ada.signs(&office.house, &board, &id).unwrap();
    let claim = shown(&board, "P-3");
    let (until, own) = claim.attested.map(|attested| (attested.until, attested.document.unwrap().valid_until)).unwrap();
    assert!(Timestamp::parse(&until).unwrap() <= NOW.plus_seconds(365 * DAY));
    assert!(claim.sentence.ends_with(&format!("until {}.", &until[..10])), "{}", claim.sentence);
    assert_eq!(own, "2031-01-01T23:59:00Z");
}

#[test]
fn the_digest_of_what_is_attached_is_public_and_its_bytes_are_sealed() {
    let mut office = Office::new();
    let board = office.house.looked();
    let id = board.propose(&document("2026-12-31"), &deed()).unwrap().id;
    let digest = board.attach(&id, BYTES, &deed()).unwrap().sha256;
    assert_eq!(board.attach(&id, BYTES, &deed()).unwrap().sha256, digest, "once more is the same");
    assert_eq!(board.attachment(&id, &digest).unwrap().as_deref(), Some(BYTES));
    office.ada.signs(&office.house, &board, &id).unwrap();
    assert!(matches!(board.attach(&id, b"later", &deed()), Err(AttestationError::NotPending)));
    let page = String::from_utf8(board.overview().unwrap().envelope.payload().unwrap()).unwrap();
    assert!(page.contains(&digest) && !page.contains("for nobody else"));
    assert!(!office.house.has_in_clear("for nobody else"));
    let db = rusqlite::Connection::open(office.house.file()).unwrap();
    db.execute("UPDATE attachments SET digest = 'another'", []).unwrap();
    assert!(board.attachment(&id, "another").is_err(), "it opens only as what it is");
}

#[test]
fn a_file_is_attached_before_the_first_signature_and_within_bounds() {
    let Office { house, mut ada, .. } = Office::new();
    let board = house.looked();
    let id = board.propose(&proposal("P-1"), &deed()).unwrap().id;
    assert!(matches!(board.attach(&id, b"", &deed()), Err(AttestationError::AttachmentSize)));
    let large = vec![7; model::limits::ATTACHMENT_BYTES_MAX + 1];
    assert!(matches!(board.attach(&id, &large, &deed()), Err(AttestationError::AttachmentSize)));
    board.attach(&id, &large[1..], &deed()).unwrap();
    for number in 1..model::limits::ATTACHMENTS_MAX {
        board.attach(&id, &number.to_be_bytes(), &deed()).unwrap();
    }
    assert!(matches!(board.attach(&id, b"one more", &deed()), Err(AttestationError::TooManyAttachments)));
    ada.signs(&house, &board, &id).unwrap();
    assert!(matches!(board.attach(&id, b"one more", &deed()), Err(AttestationError::Signed)));
}

#[test]
fn a_document_is_asked_for_where_one_carries_the_claim_and_nowhere_else() {
    let board = Office::new().house.looked();
    let with = |change: &dyn Fn(&mut DocumentFields)| {
        let mut proposal = document("2026-12-31");
        change(proposal.document.as_mut().unwrap());
        board.propose(&proposal, &deed()).unwrap_err()
    };
    assert!(matches!(board.propose(&proposal("P-3"), &deed()), Err(AttestationError::DocumentMissing)));
    let unasked = board.propose(&Proposal { claim: "P-2".to_owned(), ..document("2026-12-31") }, &deed());
    assert!(matches!(unasked, Err(AttestationError::DocumentUnasked)));
    assert!(matches!(board.propose(&document("2026-09-20"), &deed()), Err(AttestationError::DocumentOver)));
    for day in ["", "soon", "2026-02-30", "2026-12-31T00:00:00Z", "31.12.2026"] {
        assert!(matches!(board.propose(&document(day), &deed()), Err(AttestationError::DocumentField)), "{day}");
    }
    assert!(matches!(with(&|document| document.scope = "a\nb".to_owned()), AttestationError::DocumentField));
    assert!(matches!(with(&|document| document.issuer = " ".to_owned()), AttestationError::DocumentField));
    assert!(matches!(with(&|document| document.id = "x".repeat(201)), AttestationError::DocumentField));
}
