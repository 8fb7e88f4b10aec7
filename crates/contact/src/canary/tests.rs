use std::sync::Arc;

use model::{Check, Observation, Verdict};
use proptest::prelude::*;
use seal::{FieldSealer, RootKey, SystemEntropy};

use super::*;
use crate::checks::{Watched, checks};

fn day(days: i64) -> Timestamp {
    Timestamp::parse("2026-11-01T00:00:00Z").unwrap().plus_seconds(days * DAY_SECONDS)
}

fn contact(text: &str) -> Contact {
    Contact::parse(text).unwrap()
}

fn watching(contacts: &[&str]) -> Canary {
    let mut canary = Canary::default();
    canary.watch(&contacts.iter().map(|text| contact(text)).collect::<Vec<_>>(), day(0));
    canary
}

fn one() -> Canary {
    watching(&["mailto:security@example.org"])
}

/// Sends what is due, and gives the codes.
fn send(canary: &mut Canary, now: Timestamp) -> Vec<String> {
    let messages = canary.step(&SystemEntropy, now);
    messages
        .into_iter()
        .map(|message| {
            canary.sent(&message.to, now);
            message.code.reveal().to_string()
        })
        .collect()
}

fn check(canary: &Canary, now: Timestamp, expected: Option<(i64, i64)>) {
    let expected = expected.map(|(since, until)| Proven { since: day(since), until: day(until) });
    assert_eq!(canary.proven(now), expected, "{now}");
}

#[test]
fn a_mailbox_that_is_read_every_week_stays_proven() {
    let mut canary = one();
    check(&canary, day(0), None);
    for week in 0..10 {
        let codes = send(&mut canary, day(week * 7));
        assert_eq!(codes.len(), 1);
        let acknowledged = canary.acknowledge(&codes[0], day(week * 7 + 2)).unwrap();
        assert_eq!(acknowledged.seconds, 2 * DAY_SECONDS);
        check(&canary, day(week * 7 + 2), Some((2, week * 7 + 14)));
        assert_eq!(renewal(day(week * 7 + 2), &canary), Some(day(week * 7 + 32)));
        assert!(canary.step(&SystemEntropy, day(week * 7 + 6)).is_empty(), "once a week");
    }
    let measured = canary.measured(day(65));
    assert_eq!((measured.messages, measured.acknowledged, measured.slowest_seconds), (10, 10, 2 * DAY_SECONDS));
}

#[test]
fn a_mailbox_that_nobody_reads_any_more_lets_the_file_end() {
    let mut canary = one();
    let code = send(&mut canary, day(0)).remove(0);
    canary.acknowledge(&code, day(1)).unwrap();
    for week in 1..8 {
        send(&mut canary, day(week * 7));
    }
    check(&canary, day(13), Some((1, 14)));
    check(&canary, day(14), None);
    assert_eq!(renewal(day(13), &canary), Some(day(43)));
    assert_eq!(renewal(day(14), &canary), Some(day(44)));
    assert_eq!(renewal(day(43), &canary), Some(day(44)), "not renewed any more");
    assert_eq!(renewal(day(44), &canary), None);
}

#[test]
fn a_mailbox_that_was_never_read_is_published_for_a_week() {
    let mut canary = one();
    send(&mut canary, day(0));
    assert_eq!(renewal(day(6), &canary), Some(day(7)));
    assert_eq!(renewal(day(7), &canary), None);
    check(&canary, day(7), None);
    assert_eq!(renewal(day(0), &watching(&[])), None);
    assert_eq!(renewal(day(0), &watching(&["https://example.org/report"])), None);
}

#[test]
fn a_code_counts_once_in_its_time_and_for_its_address() {
    let mut canary = watching(&["mailto:a@example.org", "mailto:b@example.org"]);
    let codes = send(&mut canary, day(0));
    assert_eq!(canary.acknowledge(&codes[0], day(1)).unwrap().to.as_str(), "a@example.org");
    check(&canary, day(1), None);
    assert_eq!(canary.acknowledge(&codes[0], day(1)), Err(AcknowledgeError::Unknown));
    assert_eq!(canary.acknowledge(&codes[1], day(7)), Err(AcknowledgeError::Ended));
    let next = send(&mut canary, day(7));
    assert_eq!(canary.acknowledge(&codes[1], day(7)), Err(AcknowledgeError::Unknown));
    assert_eq!(canary.acknowledge(&format!(" {}\n", next[1]), day(8)).unwrap().to.as_str(), "b@example.org");
    check(&canary, day(8), Some((8, 14)));
    for wrong in ["", "x", &"A".repeat(27), &"A".repeat(1_000_000)] {
        assert_eq!(canary.acknowledge(wrong, day(8)), Err(AcknowledgeError::Unknown));
    }
}

#[test]
fn a_message_that_was_not_handed_over_is_made_anew_and_proves_nothing() {
    let mut canary = one();
    let first = canary.step(&SystemEntropy, day(0)).remove(0).code.reveal();
    let soon = day(0).plus_seconds(limits::CANARY_RETRY_SECONDS);
    assert!(canary.step(&SystemEntropy, soon.plus_seconds(-1)).is_empty());
    let second = send(&mut canary, soon).remove(0);
    assert_eq!(canary.acknowledge(&first, soon), Err(AcknowledgeError::Unknown));
    canary.acknowledge(&second, soon).unwrap();
    assert_eq!(canary.measured(soon).messages, 1);
    // With mail broken for good, the proof ends.
    for hour in 0..24 * 30 {
        let _ = canary.step(&SystemEntropy, soon.plus_seconds(7 * DAY_SECONDS + hour * 3_600));
    }
    assert_eq!(canary.proven(day(15)), None);
}

#[test]
fn a_clock_that_was_set_back_does_not_silence_it() {
    let mut canary = watching(&[]);
    canary.watch(&[contact("mailto:a@example.org")], day(1_000));
    assert_eq!(send(&mut canary, day(1_000)).len(), 1);
    assert_eq!(send(&mut canary, day(0)).len(), 1);
    assert_eq!(send(&mut canary, day(6)).len(), 0);
    assert_eq!(send(&mut canary, day(7)).len(), 1);
}

#[test]
fn contacts_that_stay_keep_their_proof_and_new_ones_need_one() {
    let mut canary = one();
    let code = send(&mut canary, day(0)).remove(0);
    canary.acknowledge(&code, day(0)).unwrap();
    let (old, new) = (contact("mailto:security@example.org"), contact("mailto:new@example.org"));
    canary.watch(&[new.clone(), old.clone(), old.clone()], day(3));
    check(&canary, day(3), None);
    assert_eq!(renewal(day(3), &canary), Some(day(10)), "a new address has a week");
    assert_eq!(
        canary.measured(day(3)),
        Measured { addresses: 2, proven: 1, new: 1, messages: 1, acknowledged: 1, ..Measured::default() }
    );
    canary.watch(&[old], day(4));
    check(&canary, day(4), Some((0, 14)));
}

#[test]
fn the_state_comes_back_as_it_was_and_only_under_its_root_key() {
    let sealer = || FieldSealer::new(&RootKey::generate(&SystemEntropy), Arc::new(SystemEntropy));
    let (own, other) = (sealer(), sealer());
    let mut canary = watching(&["mailto:a@example.org", "mailto:b@example.org"]);
    let codes = send(&mut canary, day(0));
    canary.acknowledge(&codes[0], day(1)).unwrap();
    let sealed = canary.seal(&own).unwrap();
    assert_eq!(Canary::open(&own, &sealed).unwrap(), canary);
    assert!(matches!(Canary::open(&other, &sealed), Err(StateError::Sealed(_))));
    assert!(!sealed.windows(9).any(|bytes| bytes == b"a@example"));
}

#[test]
fn the_message_says_what_it_is_and_carries_the_link() {
    let message = one().step(&SystemEntropy, day(0)).remove(0);
    let (text, code) = (message.code.text("https://logs.example.org/contact/"), message.code.reveal());
    assert!(text.contains(&format!("\nhttps://logs.example.org/contact/{}\n", *code)), "{}", *text);
    assert!(text.contains("security.txt") && format!("{message:?}").contains("Code(..)"));
}

struct Kept(Result<Option<Canary>, String>);

impl Watched for Kept {
    fn canary(&self) -> Result<Option<Canary>, String> {
        self.0.clone()
    }
}

fn look(kept: Result<Option<Canary>, String>, now: Timestamp) -> (Observation, Observation) {
    let check: Box<dyn Check> = checks(Arc::new(Kept(kept)), Arc::new(SystemEntropy)).remove(0);
    (check.look(now), check.look_at_twin(now))
}

#[test]
fn the_check_finds_an_unread_mailbox_and_its_twin() {
    let mut canary = one();
    let code = send(&mut canary, day(0)).remove(0);
    assert_eq!(look(Ok(Some(canary.clone())), day(6)).0.verdict, Verdict::NotRun, "its first week");
    assert_eq!(look(Ok(Some(canary.clone())), day(7)).0.verdict, Verdict::Broken);
    canary.acknowledge(&code, day(2)).unwrap();
    let (found, twin) = look(Ok(Some(canary.clone())), day(13));
    assert_eq!((found.verdict, twin.verdict), (Verdict::Held, Verdict::Broken));
    assert!(!format!("{} {:?}", found.summary, found.counts).contains('@'));
    assert_eq!(look(Ok(Some(canary)), day(14)).0.verdict, Verdict::Broken);
    for kept in [Ok(None), Ok(Some(watching(&["tel:+1"]))), Err("gone".to_owned())] {
        assert_eq!(look(kept, day(0)).0.verdict, Verdict::NotRun);
    }
}

proptest! {
    #[test]
    fn whatever_happens_only_acknowledgements_prove_and_nothing_grows(
        events in proptest::collection::vec((0i64..40, 0u8..4), 1..200),
    ) {
        let mut canary = watching(&["mailto:a@example.org", "mailto:b@example.org"]);
        let (mut hours, mut codes, mut last) = (0, Vec::new(), None);
        for (pass, event) in events {
            hours += pass;
            let now = day(0).plus_seconds(hours * 3_600);
            match event {
                0 => codes.extend(canary.step(&SystemEntropy, now).iter().map(|message| message.code.reveal().to_string())),
                1 => codes.extend(send(&mut canary, now)),
                2 => {
                    if let Some(Ok(_)) = codes.pop().map(|code| canary.acknowledge(&code, now)) {
                        last = Some(now);
                    }
                }
                _ => canary = Canary::open(&FIXED.0, &canary.seal(&FIXED.0).unwrap()).unwrap(),
            }
            if canary.proven(now).is_some() {
                let since = last.map_or(i64::MAX, |last| now.seconds_since(last));
                prop_assert!(since < 14 * DAY_SECONDS, "proven without anybody");
            }
            prop_assert!(renewal(now, &canary).is_none_or(|ends| ends > now && ends <= now.plus_seconds(30 * DAY_SECONDS)));
            prop_assert!(canary.measured(now).messages <= 2 * (limits::CANARY_ROUNDS_KEPT as u64 + 1));
        }
    }
}

struct Fixed(FieldSealer);

static FIXED: std::sync::LazyLock<Fixed> =
    std::sync::LazyLock::new(|| Fixed(FieldSealer::new(&RootKey::generate(&SystemEntropy), Arc::new(SystemEntropy))));
