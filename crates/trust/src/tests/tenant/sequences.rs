//! Bursts and their answers.

use super::*;

/// Records of (query, group, seconds ago, how many), and what is said then.
fn check(group_by: &str, records: &[(&str, Option<&str>, i64, usize)], expected: (State, &str)) {
    let street = Street::new();
    for (query, group, seconds_ago, count) in records {
        street.log(query, *group, *seconds_ago, *count);
    }
    street.say(&street.lockout(group_by));
    street.pages.tick().unwrap();
    let claim = street.shown("OWN-LOCKOUT").unwrap();
    let look = &claim.measured.as_ref().unwrap().checks[0].look;
    assert_eq!((claim.state, look.summary.as_str()), (expected.0, expected.1), "{records:?}");
}

#[test]
fn a_burst_has_to_be_answered_in_time() {
    let burst = (FAILED, None, 1_000, 5);
    check("", &[burst, (LOCKED, None, 940, 1)], (State::Pass, "1 of 1 bursts were answered in time"));
    check("", &[burst, (LOCKED, None, 939, 1)], (State::Fail, "0 of 1 bursts were answered in time"));
    check("", &[burst, (LOCKED, None, 1_001, 1)], (State::Fail, "0 of 1 bursts were answered in time"));
    check("", &[burst], (State::Fail, "0 of 1 bursts were answered in time"));
}

#[test]
fn one_answered_burst_does_not_answer_another() {
    let records = [(FAILED, None, 5_000, 5), (LOCKED, None, 4_990, 1), (FAILED, None, 1_000, 6)];
    check("", &records, (State::Fail, "1 of 2 bursts were answered in time"));
}

#[test]
fn a_window_without_a_burst_shows_nothing() {
    check("", &[], (State::Unknown, "0 of 0 bursts were answered in time"));
    check("", &[(FAILED, None, 1_000, 4), (FAILED, None, 900, 4)], (State::Unknown, "0 of 0 bursts were answered in time"));
}

#[test]
fn what_goes_on_without_a_pause_is_one_burst() {
    let records = [(FAILED, None, 1_000, 5), (LOCKED, None, 995, 1), (FAILED, None, 960, 5), (FAILED, None, 910, 5)];
    check("", &records, (State::Pass, "1 of 1 bursts were answered in time"));
}

#[test]
fn slow_records_make_a_burst_once_they_are_close() {
    let slow = [1_150, 1_100, 1_050, 1_000].map(|ago| (FAILED, None, ago, 1));
    check("", &slow, (State::Unknown, "0 of 0 bursts were answered in time"));
    let close = [slow.as_slice(), &[(FAILED, None, 999, 4)]].concat();
    check("", &close, (State::Fail, "0 of 1 bursts were answered in time"));
}

#[test]
fn a_burst_at_an_edge_of_the_window_is_left_to_another_look() {
    let begins = 240 * MINUTE + 60;
    check("", &[(FAILED, None, begins - 30, 5)], (State::Unknown, "0 of 0 bursts were answered in time"));
    check("", &[(FAILED, None, 110, 5)], (State::Unknown, "0 of 0 bursts were answered in time"));
}

#[test]
fn a_burst_is_of_one_group_and_so_is_its_answer() {
    let by_user = r#", "groupBy": "user""#;
    let (ada, eve) = (Some("ada"), Some("eve"));
    let burst = (FAILED, ada, 1_000, 5);
    check(by_user, &[burst, (LOCKED, ada, 990, 1)], (State::Pass, "1 of 1 bursts were answered in time"));
    check(by_user, &[burst, (LOCKED, eve, 990, 1)], (State::Fail, "0 of 1 bursts were answered in time"));
    check(by_user, &[burst, (LOCKED, None, 990, 1)], (State::Fail, "0 of 1 bursts were answered in time"));
    let both = [(FAILED, ada, 1_000, 3), (FAILED, eve, 1_000, 3)];
    check(by_user, &both, (State::Unknown, "0 of 0 bursts were answered in time"));
}

#[test]
fn too_many_records_show_nothing() {
    let summary = "too many records match for their times to be looked at";
    check("", &[(FAILED, None, 1_000, 10_001), (LOCKED, None, 990, 1)], (State::Unknown, summary));
}

#[test]
fn the_owner_is_told_when_a_burst_was_and_not_whose() {
    let street = Street::new();
    street.log(FAILED, Some("ada@example.org"), 1_000, 5);
    street.say(&street.lockout(r#", "groupBy": "user""#));
    street.pages.tick().unwrap();
    let told = street.pages.board(street.tenant).unwrap().unwrap().claims().unwrap();
    let details = &told[0].looked.as_ref().unwrap().1.checks[0].details;
    assert_eq!(details, &[format!("the burst of {} was not", street.now().plus_seconds(-1_000))]);
}
