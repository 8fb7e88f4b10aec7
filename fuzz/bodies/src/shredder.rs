//! The shredder, against a JSON parser that everyone uses.

use model::Timestamp;
use serde_json::Value;
use store::{Arrival, FreshTable, Projection, ShredReason};

const ARRIVAL: Arrival = Arrival { at: Timestamp::from_nanos(1_767_312_000_000_000_000), first_sequence: 1 };

/// The shredder takes what the other parser takes, and refuses what it refuses, but for the limits.
pub fn shred(data: &[u8]) {
    let mut table = FreshTable::new();
    let shredded = table.append(data, ARRIVAL);
    match (shredded, records(data)) {
        (Ok(appended), Ok(records)) => {
            assert_eq!(appended.rows, records);
            check_readable(&table, records);
        }
        (Err(error), _) => {
            assert!(error.at <= data.len(), "{error}");
            assert_eq!(table.rows(), 0, "a refused body leaves nothing");
            // A body after a refused one goes in as if that had never come.
            assert_eq!(table.append(b"{\"a\":1}", ARRIVAL).map(|appended| appended.rows), Ok(1));
        }
        (Ok(_), Err(Refused::Limit)) => {}
        (Ok(_), Err(Refused::NotRecords)) => panic!("taken, though it is not JSON records: {}", String::from_utf8_lossy(data)),
    }
    if let (Err(error), Ok(_)) = (FreshTable::new().append(data, ARRIVAL), records(data)) {
        let limit = matches!(
            error.reason,
            ShredReason::TooDeep | ShredReason::RecordTooLarge | ShredReason::TooManyRecords | ShredReason::TableFull
        );
        assert!(limit, "refused, though it is JSON records: {error}: {}", String::from_utf8_lossy(data));
    }
}

/// What a decoder writes is taken as it is.
pub(crate) fn check_normal_form(body: &[u8], records: Option<usize>) {
    let mut table = FreshTable::new();
    match table.append(body, ARRIVAL) {
        Ok(appended) => {
            assert!(records.is_none_or(|records| records == appended.rows), "{records:?} records, {} rows", appended.rows);
            check_readable(&table, appended.rows);
        }
        Err(error) => {
            let limit = matches!(error.reason, ShredReason::TooDeep | ShredReason::RecordTooLarge);
            assert!(limit || records.is_none(), "{error}: {}", String::from_utf8_lossy(body));
        }
    }
}

fn check_readable(table: &FreshTable, rows: usize) {
    assert_eq!(table.rows(), rows);
    let read: usize = table.snapshot(rows, &Projection::All).iter().map(store::Columns::rows).sum();
    assert_eq!(read, rows);
    let half: usize = table.snapshot(rows / 2, &Projection::All).iter().map(store::Columns::rows).sum();
    assert_eq!(half, rows / 2);
}

enum Refused {
    NotRecords,
    /// Valid JSON that the other parser has no value for.
    Limit,
}

/// How its errors begin then: numbers too large, nesting too deep, half a surrogate pair.
const NARROWER: [&str; 4] = ["number out of range", "recursion limit", "lone leading surrogate", "unexpected end of hex escape"];

/// How many records the other parser finds.
fn records(data: &[u8]) -> Result<usize, Refused> {
    let mut records = 0;
    for value in serde_json::Deserializer::from_slice(data).into_iter::<Value>() {
        match value {
            Ok(Value::Object(_)) => records += 1,
            Ok(Value::Array(elements)) if elements.iter().all(Value::is_object) => records += elements.len(),
            Ok(_) => return Err(Refused::NotRecords),
            Err(error) if NARROWER.iter().any(|start| error.to_string().starts_with(start)) => return Err(Refused::Limit),
            Err(_) => return Err(Refused::NotRecords),
        }
    }
    Ok(records)
}
