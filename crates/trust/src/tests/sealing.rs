//! Failures whose details are kept back.

use claims::statement::{EvidencePredicate, PAYLOAD_TYPE, Statement};

use super::*;
use crate::commit;

/// Of each sealed failure that the log revealed: commitment, secret bytes, statement.
fn revealed(house: &House) -> Vec<(String, Vec<u8>, String)> {
    let revealed = house.events().into_iter().filter_map(|event| match event {
        Event::FailureRevealed { commitment, salt, statement, .. } => {
            Some((commitment, STANDARD.decode(salt).unwrap(), statement))
        }
        _ => None,
    });
    revealed.collect()
}

fn sealed(house: &House) -> Vec<String> {
    let sealed = house.events().into_iter().filter_map(|event| match event {
        Event::FailureSealed { commitment, .. } => Some(commitment),
        _ => None,
    });
    sealed.collect()
}

fn breaks(house: &House, board: &Board) {
    house.inside.turn(Acts::Breaks);
    house.pass(15 * MINUTE);
    board.tick().unwrap();
}

#[test]
fn a_sealed_failure_takes_the_sentence_away_at_once_and_tells_nothing_else() {
    let house = House::sealing(48);
    let board = house.looked();
    assert_eq!(shown(&board, "T-1").embargo_hours, Some(48));
    breaks(&house, &board);
    let claim = shown(&board, "T-1");
    assert_eq!((claim.state, claim.sentence.as_str(), &claim.measured), (State::SealedFail, "", &None));
    let told = claim.sealed.unwrap();
    assert_eq!(told.until, crate::statement::minute(NOW.plus_seconds(15 * MINUTE + 48 * HOUR)));
    let event = proved(&told.proof, &board.overview().unwrap().overview.log.checkpoint, &house.log.verifier());
    assert_eq!(event, Event::FailureSealed { claim: "T-1".to_owned(), commitment: told.commitment.clone() });
    assert_eq!(board.evidence(&told.commitment).unwrap(), None);
    assert_eq!(revealed(&house), []);
    for text in ["2 of 3 keys", CANARY] {
        assert!(!house.has_in_clear(text), "{text}");
    }
    // Whoever runs the installation sees it.
    let now = board.claims().unwrap().remove(0);
    let (_, report) = now.looked.unwrap();
    assert_eq!(
        (now.state, report.state, report.checks[0].look.summary.as_str()),
        (State::SealedFail, State::Fail, "2 of 3 keys")
    );
}

#[test]
fn what_is_mended_is_told_and_the_commitment_fits() {
    let house = House::sealing(48);
    let board = house.looked();
    breaks(&house, &board);
    breaks(&house, &board);
    house.inside.turn(Acts::Holds);
    house.pass(15 * MINUTE);
    board.tick().unwrap();
    let claim = shown(&board, "T-1");
    assert_eq!((claim.state, claim.sealed, claim.days.last().unwrap().worst), (State::Pass, None, Some(State::Fail)));
    let told = revealed(&house);
    assert_eq!(told.iter().map(|(commitment, _, _)| commitment.clone()).collect::<Vec<_>>(), sealed(&house));
    assert_eq!(told.len(), 2);
    for (commitment, salt, statement) in told {
        let envelope = board.evidence(&statement).unwrap().unwrap();
        assert!(is_signed(&envelope, &house.log.verifier()));
        let payload = envelope.payload().unwrap();
        assert_eq!(commit(&salt, &payload), commitment);
        assert_ne!(commit(&salt, &payload[1..]), commitment);
        let statement: Statement<EvidencePredicate> = envelope.open(PAYLOAD_TYPE).unwrap();
        assert_eq!(statement.predicate.state, State::Fail);
    }
    let changes: Vec<(State, State)> = board.changes("T-1", 2).unwrap().into_iter().map(|(_, from, to)| (from, to)).collect();
    assert_eq!(changes, [(State::SealedFail, State::Pass), (State::Pass, State::SealedFail)]);
}

#[test]
fn the_end_of_the_embargo_tells_what_is_still_broken() {
    let house = House::sealing(1);
    let board = house.looked();
    breaks(&house, &board);
    house.pass(HOUR - MINUTE);
    board.tick().unwrap();
    assert_eq!((state(&board, "T-1"), revealed(&house).len()), (State::SealedFail, 0));
    house.pass(MINUTE);
    board.tick().unwrap();
    assert_eq!((state(&board, "T-1"), revealed(&house).len()), (State::Fail, 2));
    // No second embargo follows on the first.
    breaks(&house, &board);
    assert_eq!((state(&board, "T-1"), sealed(&house).len()), (State::Fail, 2));
    assert!(shown(&board, "T-1").measured.is_some());
}

#[test]
fn nothing_but_a_pass_ends_a_sealed_failure_early() {
    let house = House::sealing(48);
    let board = house.looked();
    breaks(&house, &board);
    house.inside.turn(Acts::Blind);
    house.pass(15 * MINUTE);
    board.tick().unwrap();
    assert_eq!(state(&board, "T-1"), State::SealedFail);
    house.pass(3 * HOUR);
    assert_eq!(state(&board, "T-1"), State::SealedFail, "also when nobody looked for long");
    drop(board);
    assert_eq!(state(&house.open(), "T-1"), State::SealedFail, "also after a restart");
}
