//! What a process at the shell asks.

use super::*;
use crate::{Answer, AskError, Progress, answer, ask};

#[test]
fn the_shell_asks_and_the_server_answers_once() {
    let house = House::publishing(&["T-1", "T-2"]);
    house.inside.turn(Acts::Breaks);
    let board = house.looked();
    let ticket = ask(&house.file(), &["T-2".to_owned()], house.clock.now()).unwrap();
    let read = || answer(&house.file(), ticket, &house.sealer()).unwrap();
    assert_eq!(read(), Answer::Waiting(Progress { done: 0, whole: 0 }));
    assert_eq!(board.tick().unwrap().answered, 1);
    assert!(!house.has_in_clear(CANARY));
    let Answer::Done(report) = read() else { panic!("an answer") };
    assert_eq!((report.claims.len(), report.claims[0].state), (1, State::Fail));
    assert_eq!(report.claims[0].checks[0].details, [CANARY]);
    assert_eq!(read(), Answer::Gone);
}

#[test]
fn what_is_not_published_is_refused_and_holds_nothing_up() {
    let house = House::new();
    let board = house.open();
    let ticket = ask(&house.file(), &["T-9".to_owned()], house.clock.now()).unwrap();
    board.tick().unwrap();
    let told = answer(&house.file(), ticket, &house.sealer()).unwrap();
    assert_eq!(told, Answer::Refused("T-9 is not published here".to_owned()));
    assert_eq!(state(&board, "T-1"), State::Pass);
}

#[test]
fn requests_that_wait_are_few_and_forgotten_in_time() {
    let house = House::new();
    drop(house.open());
    for _ in 0..16 {
        ask(&house.file(), &[], house.clock.now()).unwrap();
    }
    assert!(matches!(ask(&house.file(), &[], house.clock.now()), Err(AskError::Busy)));
    assert!(matches!(ask(&house.file(), &vec![String::new(); 101], house.clock.now()), Err(AskError::TooManyClaims)));
    house.pass(601);
    ask(&house.file(), &[], house.clock.now()).unwrap();
}

#[test]
fn checks_on_demand_tell_how_far_they_are() {
    let house = House::publishing(&["T-1", "T-2"]);
    let mut seen = Vec::new();
    let report = house.open().check_now(&[], &mut |progress| seen.push((progress.done, progress.whole))).unwrap();
    assert_eq!((seen, report.claims.len()), (vec![(1, 2), (2, 2)], 2));
}
