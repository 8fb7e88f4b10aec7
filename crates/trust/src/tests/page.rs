//! What the page says, and how a stranger checks it.

use claims::document::Overview;
use claims::statement::{EvidencePredicate, OVERVIEW_TYPE, PAYLOAD_TYPE, Statement};

use super::*;

#[test]
fn every_result_on_the_page_leads_to_the_log_and_to_its_signed_statement() {
    let house = House::publishing(&["T-1", "T-2", "T-3"]);
    let board = house.looked();
    let (page, verifier) = (board.overview().unwrap(), house.log.verifier());
    assert_eq!(page.overview.log.key, verifier.to_string());
    assert_eq!(page.overview.claims.len(), 3);
    for claim in &page.overview.claims {
        let measured = claim.measured.as_ref().unwrap();
        let event = proved(&measured.proof, &page.overview.log.checkpoint, &verifier);
        let (id, statement) = (claim.id.clone(), measured.statement.clone());
        assert_eq!(event, Event::EvidenceRecorded { claim: id, state: claim.state.to_string(), statement });
        let envelope = board.evidence(&measured.statement).unwrap().unwrap();
        assert!(is_signed(&envelope, &verifier));
        assert_eq!(crate::digest::sha256(&envelope.payload().unwrap()).sha256, measured.statement);
        let statement: Statement<EvidencePredicate> = envelope.open(PAYLOAD_TYPE).unwrap();
        assert_eq!(statement.subject[0].digest.sha256, claim.sentence_digest);
        assert_eq!((&statement.predicate.sentence, statement.predicate.state), (&claim.sentence, claim.state));
    }
}

#[test]
fn an_envelope_that_was_altered_is_refused() {
    let house = House::new();
    let board = house.looked();
    let verifier = house.log.verifier();
    let digest = shown(&board, "T-1").measured.unwrap().statement;
    let envelope = board.evidence(&digest).unwrap().unwrap();
    let payload = String::from_utf8(envelope.payload().unwrap()).unwrap();
    for (from, to) in
        [("PASS", "FAIL"), ("24 hours", "99 hours"), ("held", "seen"), ("\"budgetMinutes\":60", "\"budgetMinutes\":99")]
    {
        assert!(payload.contains(from), "{from}");
        let altered = Envelope { payload: STANDARD.encode(payload.replace(from, to)), ..envelope.clone() };
        assert!(!is_signed(&altered, &verifier), "{from}");
    }
    assert!(!is_signed(&Envelope { payload_type: "text/plain".to_owned(), ..envelope.clone() }, &verifier));
    assert!(is_signed(&envelope, &verifier));
}

#[test]
fn the_page_is_signed_and_the_log_says_what_it_says() {
    let house = House::new();
    let board = house.looked();
    let page = board.overview().unwrap();
    let verifier = house.log.verifier();
    assert!(is_signed(&page.envelope, &verifier));
    let statement: Statement<Overview> = page.envelope.open(PAYLOAD_TYPE).unwrap();
    assert_eq!((statement.predicate_type.as_str(), &statement.predicate), (OVERVIEW_TYPE, &page.overview));
    assert_eq!(statement.subject[0].digest, crate::digest::sha256(&statement.predicate.substance()));
    let own = page.overview.log.page.as_ref().unwrap();
    let event = proved(own, &page.overview.log.checkpoint, &verifier);
    assert_eq!(event, Event::OverviewPublished { digest: page.digest.sha256.clone() });
}

#[test]
fn the_log_is_told_of_a_page_once_a_minute_at_most_and_only_of_another_one() {
    let house = House::new();
    let board = house.looked();
    let told = || house.events().iter().filter(|event| matches!(event, Event::OverviewPublished { .. })).count();
    for _ in 0..10 {
        board.overview().unwrap();
        house.pass(MINUTE);
    }
    assert_eq!(told(), 1, "only the time at which it was made was another");
    house.inside.turn(Acts::Breaks);
    board.check_now(&[], &mut |_| {}).unwrap();
    let entry = || board.overview().unwrap().overview.log.page.as_ref().unwrap().entry;
    let red = entry();
    house.inside.turn(Acts::Holds);
    board.check_now(&[], &mut |_| {}).unwrap();
    assert_eq!((state(&board, "T-1"), entry(), told()), (State::Pass, red, 2), "the page before, for a minute");
    house.pass(MINUTE);
    assert_ne!(entry(), red);
    assert_eq!(told(), 3);
}

#[test]
fn a_page_is_made_twice_a_minute_and_at_once_when_a_state_changed() {
    let house = House::new();
    let board = house.looked();
    let first = board.overview().unwrap();
    house.pass(29);
    assert!(Arc::ptr_eq(&first, &board.overview().unwrap()));
    house.inside.turn(Acts::Breaks);
    board.check_now(&[], &mut |_| {}).unwrap();
    assert_eq!(state(&board, "T-1"), State::Fail);
}

#[test]
fn evidence_for_other_words_counts_for_nothing() {
    let house = House::new();
    let board = house.looked();
    house.key_hours.store(12, Ordering::SeqCst);
    house.pass(30);
    let claim = shown(&board, "T-1");
    assert_eq!((claim.state, claim.measured), (State::Unknown, None));
    assert_eq!(claim.sentence, "Every data key ends after 12 hours.");
    // The words are looked at anew, without waiting for the quarter of the budget.
    assert_eq!(board.tick().unwrap().checks, 2);
    assert_eq!(state(&board, "T-1"), State::Pass);
    house.key_hours.store(0, Ordering::SeqCst);
    house.pass(30);
    let page = board.overview().unwrap();
    assert!(page.overview.claims.is_empty(), "a sentence without its value is not said");
    let reason = &page.overview.not_claimed.iter().find(|claim| claim.id == "T-1").unwrap().reason;
    assert!(reason.contains("key_hours"), "{reason}");
}

#[test]
fn what_is_not_said_is_listed_and_what_is_withheld_is_counted() {
    let mut house = House::publishing(&["T-ONE"]);
    house.publication.withheld = vec!["T-2".to_owned()];
    let board = house.looked();
    let page = board.overview().unwrap();
    let ids: Vec<&str> = page.overview.not_claimed.iter().map(|claim| claim.id.as_str()).collect();
    assert_eq!((ids, page.overview.withheld), (vec!["T-3", "T-4", "T-5"], 1));
    assert_eq!(page.overview.claims.iter().map(|claim| claim.id.as_str()).collect::<Vec<_>>(), ["T-1"]);
    house.publication.claims = None;
    let page = house.open().overview().unwrap();
    let ids: Vec<&str> = page.overview.claims.iter().map(|claim| claim.id.as_str()).collect();
    assert_eq!(ids, ["T-1", "T-3"], "all that can be checked");
}

#[test]
fn what_cannot_be_verified_cannot_be_published_as_verified() {
    let check = |claims: &[&str], expected: &str| {
        let error = House::publishing(claims).try_open().unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    };
    check(&["T-9"], "T-9 is not in the library");
    check(&["T-4"], "T-4 has no checks");
    let error = House::sealing(10_000).try_open().unwrap_err();
    assert!(error.to_string().contains("at most 720 hours"), "{error}");
}

#[test]
fn what_holds_while_others_do_is_worth_the_worst_of_them() {
    let house = House::publishing(&["T-1", "T-2", "T-5"]);
    let board = house.looked();
    assert_eq!(state(&board, "T-5"), State::Pass);
    house.outside.turn(Acts::Breaks);
    board.check_now(&[], &mut |_| {}).unwrap();
    let both = shown(&board, "T-5");
    assert_eq!((both.state, both.days.last().unwrap().worst), (State::Fail, Some(State::Fail)));
    assert_eq!(state(&board, "T-2"), State::Pass);
    assert_eq!(state(&House::publishing(&["T-1", "T-5"]).looked(), "T-5"), State::Unknown);
}

#[test]
fn times_in_public_are_to_the_minute_and_details_are_nowhere() {
    let house = House::new();
    house.pass(7);
    house.inside.turn(Acts::Breaks);
    let board = house.looked();
    let claim = shown(&board, "T-1");
    let measured = claim.measured.unwrap();
    assert!(measured.at.ends_with(":00Z") && claim.since.ends_with(":00Z"), "{} {}", measured.at, claim.since);
    assert!(!house.has_in_clear(CANARY));
    let page = serde_json::to_string(&*board.overview().unwrap().envelope.payload().unwrap()).unwrap();
    assert!(!page.contains(CANARY));
    let told = board.claims().unwrap();
    let (_, report) = told[0].looked.as_ref().unwrap();
    assert_eq!(report.checks[0].details, [CANARY]);
}
