use identity::Principal;
use model::{ApiKeyId, Entropy, SourceId, TenantId};
use search::{SqlAnswer, SqlRows, Stats};

use super::*;

const NOW: Timestamp = Timestamp::from_nanos(1_769_860_800_000_000_000);

struct Same(u8);

impl Entropy for Same {
    fn fill(&self, out: &mut [u8]) {
        out.fill(self.0);
    }
}

fn owner(number: u8) -> Whose {
    Whose { principal: Principal::ApiKey(ApiKeyId::generate(&Same(number))), tenant: TenantId::NONE }
}

fn asked(of: Whose, id: &str) -> SqlQuery {
    let scope = Scope { tenant: of.tenant, source: SourceId::NONE };
    SqlQuery::new(id.to_owned(), of, (scope, "select 1".to_owned()), NOW)
}

fn result(bytes: usize) -> State {
    let json = format!("[[\"{}\"]]", "x".repeat(bytes)).into_bytes();
    let rows = SqlRows { columns: vec![("a".to_owned(), "text".to_owned())], json, count: 1, truncated: false };
    State::Succeeded(Arc::new(Rows::new(SqlAnswer { rows, stats: Stats::default() }).unwrap()))
}

fn ended(queries: &SqlQueries, of: Whose, id: &str, bytes: usize) {
    queries.admit(asked(of, id)).unwrap();
    assert!(queries.begin(id, Cancel::default(), NOW));
    queries.end(id, result(bytes), NOW);
}

fn ids(queries: &SqlQueries, of: Whose) -> Vec<String> {
    queries.all(of, NOW).into_iter().map(|query| query.id).collect()
}

#[test]
fn a_query_is_known_to_whoever_asked_it_alone() {
    let queries = SqlQueries::default();
    queries.admit(asked(owner(1), "a")).unwrap();
    assert!(queries.find(owner(1), "a", NOW).is_some());
    let elsewhere = Whose { tenant: TenantId::generate(&Same(9)), ..owner(1) };
    for other in [owner(2), elsewhere] {
        assert!(queries.find(other, "a", NOW).is_none() && queries.cancel(other, "a", NOW).is_none());
        assert!(queries.all(other, NOW).is_empty());
    }
}

#[test]
fn what_was_cancelled_stays_so() {
    let queries = SqlQueries::default();
    queries.admit(asked(owner(1), "waits")).unwrap();
    queries.admit(asked(owner(1), "runs")).unwrap();
    let cancel = Cancel::default();
    assert!(queries.begin("runs", cancel.clone(), NOW));
    for id in ["waits", "runs"] {
        let cancelled = queries.cancel(owner(1), id, NOW.plus_seconds(2)).unwrap();
        assert_eq!((cancelled.state.name(), queries.cancel(owner(1), id, NOW).is_none()), ("CANCELLED", true));
    }
    assert_eq!(cancel.check(), Err(Cancelled::Abandoned));
    assert!(!queries.begin("waits", Cancel::default(), NOW));
    queries.end("runs", result(1), NOW);
    let runs = queries.find(owner(1), "runs", NOW).unwrap();
    assert_eq!((runs.state.name(), runs.milliseconds(NOW.plus_seconds(9))), ("CANCELLED", 2_000));
}

#[test]
fn a_query_ends_a_while_after_its_end() {
    let queries = SqlQueries::default();
    ended(&queries, owner(1), "a", 1);
    let last = NOW.plus_seconds(limits::SQL_QUERY_SECONDS - 1);
    assert!(queries.find(owner(1), "a", last).is_some());
    assert!(queries.find(owner(1), "a", last.plus_seconds(1)).is_none());
}

#[test]
fn one_asker_has_so_many_open_and_so_many_in_all() {
    let queries = SqlQueries::default();
    for number in 0..limits::SQL_QUERIES_MAX + 1 {
        ended(&queries, owner(1), &number.to_string(), 1);
    }
    let kept = ids(&queries, owner(1));
    assert_eq!((kept.len(), kept.contains(&"0".to_owned())), (limits::SQL_QUERIES_MAX, false));
    for number in 0..limits::SQL_QUERIES_OPEN_MAX {
        queries.admit(asked(owner(1), &format!("open {number}"))).unwrap();
    }
    assert_eq!(queries.admit(asked(owner(1), "x")).unwrap_err().code, "too_many_queries");
    queries.admit(asked(owner(2), "x")).unwrap();
}

#[test]
fn where_room_is_needed_the_oldest_goes_of_whoever_has_the_most() {
    let queries = SqlQueries::default();
    ended(&queries, owner(0), "little", 1);
    ended(&queries, owner(1), "first", limits::PAGE_BYTES_MAX);
    ended(&queries, owner(1), "second", limits::PAGE_BYTES_MAX);
    // Both are a few bytes too many.
    assert_eq!(ids(&queries, owner(1)), ["second"]);
    for number in 2..=8 {
        ended(&queries, owner(number), "only", limits::PAGE_BYTES_MAX);
    }
    let left = (1..=8).map(|number| queries.all(owner(number), NOW).len()).sum::<usize>();
    assert_eq!((left, ids(&queries, owner(0))), (7, vec!["little".to_owned()]));
}
