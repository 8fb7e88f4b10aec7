//! Claims about finding entries and following a log.

use model::limits::AUDIT_SCAN_ENTRIES_MAX;
use model::{ApiKeyId, SourceId};
use proptest::prelude::*;

use super::*;
use crate::{ActorFilter, Ended, Question};

/// A log of mixed entries, from bytes; times go forward and sometimes back. The person's name has letters that no id has.
fn mixed(bytes: &[u8]) -> (House, Vec<SourceId>) {
    let house = House::with(0);
    let sources: Vec<SourceId> = (0..2).map(|_| Id::generate(&SystemEntropy)).collect();
    for (index, byte) in bytes.iter().enumerate() {
        let bit = |n: u8| byte >> n & 1 == 1;
        let event =
            if bit(0) { Event::RecordsRead { question: Question::Sql } } else { Event::RetentionChanged { days: index as u32 } };
        let outcome = if bit(1) { Outcome::Refused { code: format!("code_{}", byte >> 6) } } else { Outcome::Done };
        let actor = if bit(2) { Actor::Person { id: "lovelace".to_owned() } } else { Actor::Shell };
        let back = if bit(5) { 90 } else { 0 };
        let deed = Deed {
            source: bit(3).then(|| sources[usize::from(bit(4))]),
            address: bit(5).then(|| "192.0.2.9".parse().unwrap()),
            on_behalf_of: (byte >> 6 == 3).then(|| Actor::Staff { id: "bob".to_owned() }),
            request: Some(format!("request-{}", byte % 7)),
            ..Deed::by(actor, NOW.plus_seconds(index as i64 * 10 - back)).of_tenant(house.tenant)
        };
        house.trail.append(&house.db, &deed, (event, outcome)).unwrap();
    }
    (house, sources)
}

fn filters(sources: &[SourceId]) -> Vec<Filter> {
    let none = Filter::default;
    let actor = |text: &str| Some(ActorFilter::parse(text));
    vec![
        none(),
        Filter { events: vec!["records_read".to_owned(), "setup_done".to_owned()], ..none() },
        Filter { actor: actor("person"), ..none() },
        Filter { actor: actor("staff:bob"), ended: Some(Ended::Done), ..none() },
        Filter { actor: actor("staff:ada"), ..none() },
        Filter { source: Some(sources[1]), ..none() },
        Filter { ended: Some(Ended::Refused(Some("code_2".to_owned()))), ..none() },
        Filter { ended: Some(Ended::Refused(None)), address: Some("192.0.2.9".parse().unwrap()), ..none() },
        Filter { since: Some(NOW.plus_seconds(70)), until: Some(NOW.plus_seconds(290)), ..none() },
        Filter { since: Some(NOW.plus_seconds(70)), request: Some("request-3".to_owned()), ..none() },
        Filter { text: Some("LOVELACE".to_owned()), ..none() },
        Filter { text: Some("192.0.2.9".to_owned()), until: Some(NOW.plus_seconds(400)), ..none() },
    ]
}

/// What the filter means, said once more over entries that were already read.
fn means(filter: &Filter, recorded: &Recorded) -> bool {
    let (entry, json) = (&recorded.entry, serde_json::to_value(&recorded.entry).unwrap());
    let actors = [&json["actor"], &json["on_behalf_of"]];
    let at = entry.at().unwrap();
    filter.events.iter().any(|event| json["event"]["type"] == **event) | filter.events.is_empty()
        && filter.actor.as_ref().is_none_or(|wanted| {
            actors.iter().any(|a| a["kind"] == *wanted.kind && wanted.id.as_ref().is_none_or(|id| a["id"] == **id))
        })
        && filter.source.is_none_or(|source| json["source"] == source.to_string())
        && match &filter.ended {
            None => true,
            Some(Ended::Done) => json["outcome"]["result"] == "done",
            Some(Ended::Refused(None)) => json["outcome"]["result"] == "refused",
            Some(Ended::Refused(Some(code))) => json["outcome"]["code"] == **code,
        }
        && filter.address.is_none_or(|address| recorded.address == Some(address.to_string()))
        && filter.since.is_none_or(|since| since <= at)
        && filter.until.is_none_or(|until| at < until)
        && filter.request.as_ref().is_none_or(|request| json["request"] == **request)
        && filter.text.as_ref().is_none_or(|text| match text.as_str() {
            "LOVELACE" => json["actor"]["id"] == "lovelace",
            address => recorded.address.as_deref() == Some(address),
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn pages_together_are_what_matches_each_once(bytes in prop::collection::vec(any::<u8>(), 0..60), limit in 1_usize..9) {
        let (house, sources) = mixed(&bytes);
        let all = house.read(house.log, None, 1_000);
        prop_assert_eq!(all.len(), bytes.len());
        for filter in filters(&sources) {
            let (mut paged, mut before, mut pages) = (Vec::new(), None, 0);
            loop {
                let page = house.trail.find(&house.db, house.log, &filter, Paging { before, limit }).unwrap();
                prop_assert!(page.entries.len() <= limit);
                paged.extend(page.entries);
                pages += 1;
                match page.next {
                    Some(next) => before = Some(next),
                    None => break,
                }
            }
            let matching: Vec<Recorded> = all.iter().filter(|recorded| means(&filter, recorded)).cloned().collect();
            prop_assert_eq!(&paged, &matching, "{:?}", filter);
            prop_assert!(pages <= matching.len() / limit + 1);
        }
    }
}

#[test]
fn an_answer_looks_at_a_bounded_number_and_says_where_to_go_on() {
    let house = House::with(AUDIT_SCAN_ENTRIES_MAX as u64 + 10);
    let rare = Filter { request: Some("none".to_owned()), ..Filter::default() };
    let first = house.trail.find(&house.db, house.log, &rare, Paging { before: None, limit: 5 }).unwrap();
    assert_eq!((first.entries.len(), first.next), (0, Some(10)));
    let second = house.trail.find(&house.db, house.log, &rare, Paging { before: first.next, limit: 5 }).unwrap();
    assert_eq!((second.entries.len(), second.next), (0, None));
}

#[test]
fn a_log_is_followed_from_where_somebody_stopped() {
    let house = House::with(5);
    let follow = |after, limit| {
        let entries = house.trail.follow(&house.db, house.log, after, limit).unwrap();
        entries.iter().map(|recorded| recorded.entry.sequence).collect::<Vec<_>>()
    };
    assert_eq!(follow(None, 3), [0, 1, 2]);
    assert_eq!(follow(Some(2), 3), [3, 4]);
    assert!(follow(Some(4), 3).is_empty() && follow(Some(u64::MAX), 3).is_empty());
}

#[test]
fn what_is_random_in_an_entry_is_no_text_of_it() {
    let house = House::with(20);
    for recorded in house.read(house.log, None, 20) {
        let text = Some(recorded.entry.salt[..6].to_owned());
        let page =
            house.trail.find(&house.db, house.log, &Filter { text, ..Filter::default() }, Paging { before: None, limit: 20 });
        assert!(page.unwrap().entries.is_empty());
    }
}

#[test]
fn an_actor_on_behalf_of_another_is_written_and_forgotten_by_the_actors_key() {
    let house = House::with(0);
    let key: ApiKeyId = Id::generate(&SystemEntropy);
    let deed = Deed { actor: Actor::Staff { id: "bob".to_owned() }, ..house.deed() }.on_behalf_of(Actor::api_key(key));
    house.trail.append(&house.db, &deed, (Event::SetupDone, Outcome::Done)).unwrap();
    let read = house.read(house.log, None, 1).pop().unwrap();
    assert_eq!(read.entry.on_behalf_of, Some(Actor::api_key(key)));
    assert_eq!(read.entry.personal.unwrap().subject, "staff/bob");
    assert!(house.trail.forget(&house.db, "staff/bob").unwrap());
    assert_eq!(house.read(house.log, None, 1).pop().unwrap().address, None);
}
