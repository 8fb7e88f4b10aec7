//! When checks run, and what they are worth.

use super::*;

#[test]
fn what_breaks_is_red_within_its_budget_and_its_mending_leaves_the_red_in_the_history() {
    let house = House::new();
    let board = house.looked();
    assert_eq!(state(&board, "T-1"), State::Pass);
    house.outside.turn(Acts::Breaks);
    house.pass(15 * MINUTE);
    let tick = board.tick().unwrap();
    assert_eq!(tick.changed.iter().map(|changed| (changed.from, changed.to)).collect::<Vec<_>>(), [(State::Pass, State::Fail)]);
    let red = shown(&board, "T-1");
    assert_eq!((red.state, red.sentence.is_empty()), (State::Fail, false));
    assert_eq!(red.measured.unwrap().reason, "the views disagree: everything held from the inside, not from the outside");
    house.outside.turn(Acts::Holds);
    house.pass(15 * MINUTE);
    board.tick().unwrap();
    let green = shown(&board, "T-1");
    assert_eq!(green.state, State::Pass);
    assert_eq!(green.days.last().unwrap().worst, Some(State::Fail));
    assert_eq!((green.days.len(), green.days[88].worst), (90, None));
    let at = |minutes: i64| NOW.plus_seconds(minutes * MINUTE);
    let (pass, fail, unknown) = (State::Pass, State::Fail, State::Unknown);
    assert_eq!(board.changes("T-1", 10).unwrap(), [(at(30), fail, pass), (at(15), pass, fail), (at(0), unknown, pass)]);
    let days = board.days("T-1", NOW.day()).unwrap();
    assert_eq!((days[0].looks, days[0].passed, days[0].worst), (3, 2, fail));
}

#[test]
fn a_check_runs_four_times_within_its_smallest_budget_and_otherwise_rests() {
    let house = House::publishing(&["T-1", "T-2"]);
    let board = house.looked();
    for _ in 0..14 {
        house.pass(MINUTE);
        assert_eq!(board.tick().unwrap().checks, 0);
    }
    house.pass(MINUTE);
    assert_eq!(board.tick().unwrap().checks, 2);
    assert_eq!(house.inside.looks.load(Ordering::SeqCst), 2);
    // The day's claim was looked at with the hour's, and needs no statement yet.
    assert_eq!((board.history("T-1", 9).unwrap().len(), board.history("T-2", 9).unwrap().len()), (2, 1));
    house.inside.turn(Acts::Breaks);
    house.pass(15 * MINUTE);
    board.tick().unwrap();
    assert_eq!((state(&board, "T-1"), state(&board, "T-2")), (State::Fail, State::Fail));
}

#[test]
fn what_nobody_looked_at_for_longer_than_its_budget_is_stale_and_so_is_what_lies_ahead() {
    let house = House::new();
    let board = house.looked();
    house.pass(HOUR);
    assert_eq!(state(&board, "T-1"), State::Pass);
    house.pass(MINUTE);
    assert_eq!(state(&board, "T-1"), State::Stale);
    house.pass(-2 * HOUR);
    assert_eq!(state(&board, "T-1"), State::Stale);
    // And it is looked at again, without waiting for the clock to catch up.
    board.tick().unwrap();
    assert_eq!(state(&board, "T-1"), State::Pass);
    assert_eq!(board.changes("T-1", 1).unwrap()[0].1, State::Stale);
}

#[test]
fn a_failure_that_is_older_than_its_budget_is_stale_too() {
    let house = House::new();
    house.inside.turn(Acts::Breaks);
    let board = house.looked();
    assert_eq!(state(&board, "T-1"), State::Fail);
    house.pass(HOUR + MINUTE);
    assert_eq!(state(&board, "T-1"), State::Stale);
}

#[test]
fn a_check_that_hangs_is_given_up_and_not_started_again_while_it_hangs() {
    let house = House::new();
    house.inside.turn(Acts::Hangs);
    let board = house.looked();
    let claim = shown(&board, "T-1");
    assert_eq!(claim.state, State::Unknown);
    assert_eq!(claim.measured.unwrap().checks[0].look.summary, "it took too long");
    let report = board.check_now(&[], &mut |_| {}).unwrap();
    assert_eq!(report.claims[0].checks[0].look.summary, "an earlier look has not come back");
    assert_eq!(house.inside.looks.load(Ordering::SeqCst), 1);
    house.inside.turn(Acts::Holds);
    let mut tries = 0;
    while board.check_now(&[], &mut |_| {}).unwrap().claims[0].state != State::Pass {
        tries += 1;
        assert!(tries < 1_000, "the check came back");
        std::thread::yield_now();
    }
}

#[test]
fn what_cannot_be_found_broken_is_unknown() {
    let check = |acts: Acts, why: &str| {
        let house = House::new();
        house.inside.turn(acts);
        let claim = shown(&house.looked(), "T-1");
        let measured = claim.measured.unwrap();
        let told = format!("{} {}", measured.reason, measured.checks[0].look.summary);
        assert!(claim.state == State::Unknown && told.contains(why), "{told}");
    };
    check(Acts::Blind, "did not find their broken twin");
    check(Acts::Panics, "the check ended by a defect");
    let claim = shown(&House::publishing(&["T-3"]).looked(), "T-3");
    assert_eq!(
        (claim.state, claim.measured.unwrap().checks[0].look.summary.as_str()),
        (State::Unknown, "no such check in this build")
    );
}

#[test]
fn before_anybody_looked_nothing_is_true() {
    let house = House::publishing(&["T-1", "T-5"]);
    let board = house.open();
    let claim = shown(&board, "T-1");
    assert_eq!((claim.state, claim.measured), (State::Unknown, None));
    assert_eq!(state(&board, "T-5"), State::Unknown);
}
