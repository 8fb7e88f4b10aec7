//! What was broken cannot be made to disappear.

use super::*;
use crate::tenant::{PagesError, Unpublished};

const ID: &str = "OWN-BACKUP";

impl Street {
    /// That was broken for an hour.
    fn broken() -> Self {
        let street = Self::saying(|street| street.backups(1));
        assert_eq!(street.state(ID), Some(State::Fail));
        street
    }

    fn mended() -> Self {
        let street = Self::broken();
        street.log(QUERY, None, HOUR, 1);
        street.pass(HOUR);
        assert_eq!(street.state(ID), Some(State::Pass));
        street
    }

    fn unpublish(&self) -> Unpublished {
        self.pages.unpublish(&self.permit(), ID).unwrap()
    }

    fn has_red_day(&self) -> bool {
        self.shown(ID).unwrap().days.iter().any(|day| day.worst == Some(State::Fail))
    }

    /// The newest that the log says of the claim's state.
    fn told(&self) -> (String, String) {
        let mut changes = self.house.events().into_iter().filter_map(|event| match event {
            Event::ClaimStateChanged { claim, from, to } if claim == "acme.OWN-BACKUP" => Some((from, to)),
            _ => None,
        });
        changes.next_back().unwrap()
    }
}

#[test]
fn a_failing_claim_that_is_taken_back_stays_as_withdrawn() {
    let street = Street::broken();
    let withdrawn = street.now();
    assert!(matches!(street.unpublish(), Unpublished::Withdrawn { until } if until > withdrawn.plus_seconds(89 * DAY)));
    assert_eq!(street.told(), ("FAIL".to_owned(), "WITHDRAWN".to_owned()));
    street.pass(3 * DAY);
    let claim = street.shown(ID).unwrap();
    assert_eq!((claim.state, claim.since), (State::Withdrawn, crate::statement::minute(withdrawn)));
    assert!(claim.measured.is_none() && claim.sentence.starts_with("A backup"));
    assert!(street.has_red_day());
}

#[test]
fn a_claim_that_is_mended_cannot_hide_that_it_was_broken() {
    let street = Street::mended();
    assert!(matches!(street.unpublish(), Unpublished::Withdrawn { .. }));
    assert_eq!(street.told(), ("PASS".to_owned(), "WITHDRAWN".to_owned()));
    assert!(street.has_red_day());
}

#[test]
fn what_is_withdrawn_is_looked_at_no_more_also_after_a_new_start() {
    let street = Street::broken();
    street.unpublish();
    let before = street.house.events().len();
    let street = street.reopened();
    street.house.pass(HOUR);
    assert_eq!(street.pages.tick().unwrap().checks, 0);
    assert_eq!((street.house.events().len(), street.state(ID)), (before, Some(State::Withdrawn)));
    let board = street.pages.board(street.tenant).unwrap().unwrap();
    assert!(board.check_now(&[], &mut |_| {}).unwrap().claims.is_empty());
    assert!(board.check_now(&["acme.OWN-BACKUP".to_owned()], &mut |_| {}).is_err());
}

#[test]
fn what_is_withdrawn_goes_with_the_last_red_day() {
    let street = Street::broken();
    street.unpublish();
    street.pass(88 * DAY);
    assert_eq!(street.state(ID), Some(State::Withdrawn));
    street.pass(2 * DAY);
    assert_eq!(street.state(ID), None);
    assert_eq!(street.pages.claims(street.tenant).unwrap()[0].published, None);
}

#[test]
fn a_claim_that_was_never_broken_is_removed_and_the_log_says_so() {
    let street = Street::new();
    street.log(QUERY, None, HOUR, 1);
    street.say(&street.backups(1));
    street.pages.tick().unwrap();
    assert_eq!(street.unpublish(), Unpublished::Removed);
    assert_eq!(street.told(), ("PASS".to_owned(), "NOT-CLAIMED".to_owned()));
    assert_eq!(street.state(ID), None);
    street.pages.discard(&street.permit(), ID).unwrap();
}

#[test]
fn neither_other_words_nor_another_measurement_take_the_red_day_off() {
    let street = Street::broken();
    street.log(QUERY, None, 90, 1);
    street.say(&street.evidence(r#""atMost": 1000"#));
    street.pass(HOUR);
    assert_eq!(street.state(ID), Some(State::Pass));
    assert!(street.has_red_day());
    assert!(matches!(street.unpublish(), Unpublished::Withdrawn { .. }));
}

#[test]
fn what_was_broken_does_not_become_a_persons_word() {
    let street = Street::broken();
    let attested = r#"{"kind": "attested", "maxDays": 90}"#;
    let word = written_as("organisational", ID, "Backups", "A backup is finished once a day.", attested);
    street.pages.write(&street.permit(), &Draft::read(word.as_bytes()).unwrap()).unwrap();
    assert!(matches!(street.pages.publish(&street.permit(), ID), Err(PagesError::OtherKind)));
    street.unpublish();
    assert!(matches!(street.pages.publish(&street.permit(), ID), Err(PagesError::OtherKind)));
    assert!(matches!(street.pages.discard(&street.permit(), ID), Err(PagesError::OnThePage(_))));
    assert_eq!(street.state(ID), Some(State::Withdrawn));
}

#[test]
fn a_withdrawn_claim_may_be_said_again_with_its_past() {
    let street = Street::broken();
    street.unpublish();
    street.log(QUERY, None, HOUR, 1);
    street.pages.publish(&street.permit(), ID).unwrap();
    street.pass(HOUR);
    assert_eq!(street.state(ID), Some(State::Pass));
    assert!(street.has_red_day());
}

#[test]
fn a_log_that_takes_nothing_takes_nothing_back() {
    let street = Street::broken();
    street.house.log.fails.store(true, Ordering::SeqCst);
    assert!(street.pages.unpublish(&street.permit(), ID).is_err());
    street.house.log.fails.store(false, Ordering::SeqCst);
    assert_eq!(street.state(ID), Some(State::Fail));
}

#[test]
fn what_was_found_and_not_told_yet_is_not_taken_back_unseen() {
    let street = Street::new();
    street.log(QUERY, None, HOUR, 1);
    street.say(&street.backups(1));
    street.pages.tick().unwrap();
    street.logs.records.lock().clear();
    street.house.log.fails.store(true, Ordering::SeqCst);
    street.house.pass(HOUR);
    assert_eq!(street.pages.tick().unwrap().failed.len(), 1);
    street.house.log.fails.store(false, Ordering::SeqCst);
    assert!(matches!(street.unpublish(), Unpublished::Withdrawn { .. }));
    assert_eq!((street.state(ID), street.has_red_day()), (Some(State::Withdrawn), true));
}
