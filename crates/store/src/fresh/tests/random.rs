//! Random bodies against the oracle.

use model::limits;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::sample::select;

use super::oracle::{expected, read_back};
use super::{ARRIVAL, append, check_same};
use crate::fresh::FreshTable;

fn key() -> impl Strategy<Value = String> {
    let known = [
        "a",
        "b",
        "c",
        "a.b",
        "a\\\\b",
        "",
        "x_json",
        "dt",
        "timestamp",
        "time",
        "ts",
        "level",
        "severity",
        "lvl",
        "log",
        "log.level",
        "severity_text",
        "message",
        "msg",
        "\\u0061",
        "q\\\"q",
        "k\\u0000",
        "é😀",
        "\\ud83d\\ude00",
        "a_key_that_is_longer_than_sixteen_bytes",
        "a_key_that_is_longer_than_sixteen_others",
    ];
    prop_oneof![8 => select(known.to_vec()).prop_map(str::to_owned), 1 => "[a-z]{0,20}"]
}

fn scalar() -> impl Strategy<Value = String> {
    let known = [
        "null",
        "true",
        "false",
        "0",
        "-0",
        "1",
        "3",
        "30",
        "-1",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
        "0.1",
        "-0.0",
        "1e3",
        "1E+22",
        "1e23",
        "1.5e-400",
        "1e400",
        "0.12345678901234567",
        "0.123456789012345678",
        "1700000000",
        "1700000000.123456",
        "1700000000123",
        "{}",
        "{ }",
        "[]",
        "[1, {\"a\":[\"\\ud83d\\ude00\"]}, null]",
        "\"\"",
        "\"info\"",
        "\"LOUD\"",
        "\"2026-01-31T12:00:00.5Z\"",
        "\"a rather long level name that is none\"",
        "\"tab\\tand \\\"quote\\\"\"",
        "\"\\u00e9\\ud83d\\ude00\"",
    ];
    prop_oneof![
        4 => select(known.to_vec()).prop_map(str::to_owned),
        1 => any::<i64>().prop_map(|n| n.to_string()),
        1 => any::<f64>().prop_filter("JSON", |n| n.is_finite()).prop_map(|n| format!("{n:e}")),
        1 => "-?(0|[1-9][0-9]{0,19})(\\.[0-9]{1,19})?([eE][+-]?[0-9]{1,3})?".prop_filter("serde_json", |n| n.parse::<f64>().is_ok()),
        2 => any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
    ]
}

fn space() -> impl Strategy<Value = &'static str> {
    prop_oneof![6 => Just(""), 1 => select(vec![" ", "\n", "\t \r\n"])]
}

fn object(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    vec((key(), value, space(), space(), space(), space()), 0..8).prop_map(|members| {
        let members = members.into_iter().map(|(key, value, a, b, c, d)| format!("{a}\"{key}\"{b}:{c}{value}{d}"));
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    })
}

fn record() -> impl Strategy<Value = String> {
    let value = scalar().prop_recursive(3, 24, 6, |inner| {
        prop_oneof![3 => object(inner.clone()), 1 => vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(" ,")))]
    });
    object(value)
}

/// Without repeated keys. Where a key repeats inside an object whose own key repeats, columns and rest do not agree on what
/// the last value takes back; either keeps the last one.
fn record_of_single_keys() -> impl Strategy<Value = String> {
    record().prop_filter_map("keys repeat", |text| {
        let once = serde_json::from_str::<serde_json::Value>(&text).ok()?;
        let keys = |text: &str| text.matches(':').count();
        (keys(&text) == keys(&once.to_string())).then_some(text)
    })
}

/// A body in one of its forms.
fn body(records: &[String], form: u8) -> String {
    match form {
        0 => records.join("\n"),
        1 => format!(" [{}]\n", records.join(", ")),
        _ => records.iter().enumerate().map(|(i, r)| if i % 2 == 0 { format!("{r} ") } else { format!("[{r}]") }).collect(),
    }
}

/// A table with room for this many more columns.
fn table_with_room(columns: usize) -> FreshTable {
    let mut table = FreshTable::new();
    let fields: Vec<String> = (columns..limits::COLUMNS_MAX).map(|i| format!("\"filler{i}\":{i}")).collect();
    append(&mut table, &format!("{{{}}}", fields.join(","))).unwrap();
    table
}

proptest! {
    #[test]
    fn every_value_comes_back_as_the_oracle_reads_it(records in vec(record_of_single_keys(), 0..8), form in 0_u8..3) {
        let mut table = FreshTable::new();
        let appended = append(&mut table, &body(&records, form)).unwrap();
        assert_eq!(appended.rows, records.len());
        assert_eq!(appended.raw_bytes, records.iter().map(String::len).sum::<usize>());
        let (rows, sequences) = read_back(&table);
        assert_eq!(rows, records.iter().map(|record| expected(record, ARRIVAL.at)).collect::<Vec<_>>());
        assert_eq!(sequences, (0..records.len() as i64).map(|i| i + 7).collect::<Vec<_>>());
    }

    #[test]
    fn no_value_is_lost_when_the_columns_are_full(records in vec(record_of_single_keys(), 1..6), room in 0_usize..12) {
        let mut table = table_with_room(room);
        append(&mut table, &records.join("\n")).unwrap();
        let (rows, _) = read_back(&table);
        assert_eq!(rows[1..], records.iter().map(|record| expected(record, ARRIVAL.at)).collect::<Vec<_>>());
    }

    #[test]
    fn a_refused_body_leaves_nothing_behind(before in vec(record(), 0..4), refused in vec(record(), 0..4), after in vec(record(), 0..4)) {
        let (mut table, mut plain) = (FreshTable::new(), FreshTable::new());
        append(&mut table, &before.join("\n")).unwrap();
        append(&mut table, &format!("{}{{\"new\":[1,2", refused.join("\n"))).unwrap_err();
        append(&mut plain, &before.join("\n")).unwrap();
        check_same(&table, &plain);
        append(&mut table, &after.join("\n")).unwrap();
        append(&mut plain, &after.join("\n")).unwrap();
        check_same(&table, &plain);
    }

    #[test]
    fn dropped_rows_leave_nothing_behind(kept in vec(record(), 0..6), dropped in vec(record(), 0..6), after in vec(record(), 0..4)) {
        let (mut table, mut plain) = (FreshTable::new(), FreshTable::new());
        append(&mut table, &[kept.as_slice(), dropped.as_slice()].concat().join("\n")).unwrap();
        assert_eq!(table.snapshot(kept.len(), &crate::columns::Projection::All).len(), usize::from(!kept.is_empty()));
        table.truncate(kept.len());
        append(&mut plain, &kept.join("\n")).unwrap();
        check_same(&table, &plain);
        append(&mut table, &after.join("\n")).unwrap();
        append(&mut plain, &after.join("\n")).unwrap();
        check_same(&table, &plain);
    }

    #[test]
    fn any_bytes_go_in_or_are_refused(bytes in vec(select(b"{}[]\",:\\ue10-.+ntrals_json \n\x00\xc3\xa9\xff".to_vec()), 0..80)) {
        let mut table = FreshTable::new();
        match table.append(&bytes, ARRIVAL) {
            Ok(appended) => {
                assert_eq!(appended.rows, table.rows());
                read_back(&table);
            }
            Err(error) => {
                assert!(error.at <= bytes.len());
                check_same(&table, &FreshTable::new());
            }
        }
    }

    #[test]
    fn a_cut_or_changed_record_is_refused_where_serde_json_refuses_it(record in record(), at in any::<proptest::sample::Index>(), byte in select(b"\"\\{}[],:0-.eun \n\x01a".to_vec())) {
        let mut bytes = record.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        for text in [bytes.as_slice(), &bytes[..at]] {
            // As raw values, because surrogates without their other half are refused in decoded ones only.
            let mut values = serde_json::Deserializer::from_slice(text).into_iter::<&serde_json::value::RawValue>();
            let is_valid = values.all(|value| value.is_ok_and(|value| value.get().starts_with('{')));
            assert_eq!(FreshTable::new().append(text, ARRIVAL).is_ok(), is_valid, "{}", String::from_utf8_lossy(text));
        }
    }
}
