//! What outlives a restart, a crash and a log that fails, and what ends.

use super::*;

#[test]
fn a_restart_keeps_what_was() {
    let house = House::new();
    house.inside.turn(Acts::Breaks);
    house.looked();
    house.inside.turn(Acts::Holds);
    house.pass(15 * MINUTE);
    let board = house.open();
    assert_eq!(state(&board, "T-1"), State::Fail, "what was found last counts until somebody looks again");
    board.tick().unwrap();
    assert_eq!((state(&board, "T-1"), board.history("T-1", 9).unwrap().len()), (State::Pass, 2));
    assert_eq!(shown(&board, "T-1").days.last().unwrap().worst, Some(State::Fail));
}

#[test]
fn a_look_that_the_end_of_the_server_cuts_says_nothing() {
    let house = House::new();
    let board = house.looked();
    house.inside.turn(Acts::Hangs);
    house.pass(15 * MINUTE);
    let looks = house.inside.looks.load(Ordering::SeqCst);
    std::thread::scope(|scope| {
        let round = scope.spawn(|| board.tick().unwrap());
        while house.inside.looks.load(Ordering::SeqCst) == looks {
            std::thread::yield_now();
        }
        board.end();
        house.inside.turn(Acts::Breaks);
        round.join().unwrap();
    });
    assert_eq!((state(&board, "T-1"), board.history("T-1", 9).unwrap().len()), (State::Pass, 1));
    assert_eq!(board.tick().unwrap().checks, 0, "nothing is looked at any more");
}

#[test]
fn nothing_is_shown_that_is_not_in_the_log_and_what_is_worse_is_not_hidden() {
    let house = House::new();
    let board = house.looked();
    house.log.fails.store(true, Ordering::SeqCst);
    house.pass(15 * MINUTE);
    assert!(board.tick().is_err());
    assert_eq!((shown_without_log(&board, "T-1"), board.history("T-1", 9).unwrap().len()), (State::Pass, 1));
    house.log.fails.store(false, Ordering::SeqCst);
    board.tick().unwrap();
    assert_eq!(board.history("T-1", 9).unwrap().len(), 2);
    house.log.fails.store(true, Ordering::SeqCst);
    house.inside.turn(Acts::Breaks);
    house.pass(15 * MINUTE);
    assert!(board.tick().is_err());
    let claim = shown_without_log(&board, "T-1");
    assert_eq!(claim, State::Unknown, "neither true, nor told before the log has it");
    drop(board);
    house.log.fails.store(false, Ordering::SeqCst);
    let board = house.open();
    board.tick().unwrap();
    assert_eq!(state(&board, "T-1"), State::Fail);
}

/// As the operator sees it; the page needs the log.
fn shown_without_log(board: &Board, id: &str) -> State {
    board.claims().unwrap().into_iter().find(|claim| claim.claim == id).unwrap().state
}

#[test]
fn a_crash_after_the_log_has_it_says_it_once_more_and_loses_nothing() {
    let house = House::new();
    house.log.fails_after.store(true, Ordering::SeqCst);
    let board = house.open();
    assert!(board.tick().is_err());
    drop(board);
    house.log.fails_after.store(false, Ordering::SeqCst);
    let board = house.looked();
    assert_eq!((state(&board, "T-1"), board.history("T-1", 9).unwrap().len()), (State::Pass, 1));
    let told: Vec<String> = house
        .events()
        .into_iter()
        .filter_map(|event| match event {
            Event::EvidenceRecorded { statement, .. } => Some(statement),
            _ => None,
        })
        .collect();
    assert_eq!((told.len(), told[0] == told[1]), (2, true));
}

#[test]
fn a_round_is_one_transaction_and_each_change_is_told_once() {
    let house = House::publishing(&["T-1", "T-2"]);
    house.looked();
    let names: Vec<String> = house.events().iter().map(Event::name).collect();
    let one = ["evidence_recorded", "claim_state_changed"];
    assert_eq!(names, [one, one].concat());
}

#[test]
fn statements_end_after_two_days_and_those_that_changed_a_state_after_ninety() {
    let house = House::new();
    let board = house.looked();
    for _ in 0..4 {
        house.pass(15 * MINUTE);
        board.tick().unwrap();
    }
    assert_eq!(board.history("T-1", 99).unwrap().len(), 5);
    let first = board.history("T-1", 99).unwrap().pop().unwrap();
    house.pass(2 * DAY + HOUR);
    board.tick().unwrap();
    house.pass(HOUR);
    board.tick().unwrap();
    let left = board.history("T-1", 99).unwrap();
    assert!(left.contains(&first) && left.iter().filter(|past| past.before.is_none()).count() <= 1, "{left:?}");
    house.pass(91 * DAY);
    board.tick().unwrap();
    house.pass(HOUR);
    board.tick().unwrap();
    assert!(!board.history("T-1", 99).unwrap().contains(&first));
    assert_eq!(board.evidence(&first.digest).unwrap(), None);
    assert_eq!(board.days("T-1", NOW.day()).unwrap()[0].looks, 5, "the strip is kept for longer");
    house.pass(320 * DAY);
    board.tick().unwrap();
    assert!(board.days("T-1", NOW.day()).unwrap().iter().all(|day| day.day != NOW.day()));
}

#[test]
fn the_file_is_its_owners_alone_and_one_of_a_newer_version_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let house = House::new();
    drop(house.looked());
    assert_eq!(std::fs::metadata(house.file()).unwrap().permissions().mode() & 0o777, 0o600);
    rusqlite::Connection::open(house.file()).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(house.try_open().unwrap_err().to_string().contains("newer version"));
}
