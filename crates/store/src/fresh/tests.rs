mod oracle;
mod random;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use model::{Timestamp, limits};

use super::{Appended, Arrival, Expected, FreshTable, ShredError, ShredReason};
use crate::columns::{ColumnKey, Columns, FieldPath, Kind, Projection};
use oracle::{Value, expected, read_back};

const ARRIVAL: Arrival = Arrival { at: Timestamp::from_nanos(1_800_000_000_000_000_000), first_sequence: 7 };

fn append(table: &mut FreshTable, body: &str) -> Result<Appended, ShredError> {
    table.append(body.as_bytes(), ARRIVAL)
}

fn table(body: &str) -> FreshTable {
    let mut table = FreshTable::new();
    append(&mut table, body).unwrap();
    table
}

/// Whether nothing that can be seen of two tables differs.
#[track_caller]
fn check_same(table: &FreshTable, other: &FreshTable) {
    assert_eq!((table.rows(), table.raw_bytes()), (other.rows(), other.raw_bytes()));
    assert_eq!(table.time_range(), other.time_range());
    assert_eq!(table.columns(), other.columns());
    check_same_columns(&table.snapshot(usize::MAX, &Projection::All), &other.snapshot(usize::MAX, &Projection::All));
}

#[track_caller]
fn check_same_columns(chunks: &[Columns], others: &[Columns]) {
    assert_eq!(chunks.len(), others.len());
    for (chunk, other) in chunks.iter().zip(others) {
        assert_eq!(chunk.rows(), other.rows());
        assert!(chunk.iter().map(|(key, _)| key).eq(other.iter().map(|(key, _)| key)));
        for ((key, array), (_, other)) in chunk.iter().zip(other.iter()) {
            assert!(array == other, "{key:?}");
        }
    }
}

fn check(record: &str, fields: &[(&[&str], Value)]) {
    let (rows, _) = read_back(&table(record));
    let fields = fields.iter().map(|(keys, value)| (FieldPath::from_keys(keys.iter().copied()), value.clone())).collect();
    assert_eq!(rows[0].fields, fields, "{record}");
}

fn check_refused(body: impl AsRef<[u8]>, record: usize, at: usize, reason: ShredReason) {
    let mut table = FreshTable::new();
    let refused = table.append(body.as_ref(), ARRIVAL);
    let shown = String::from_utf8_lossy(body.as_ref());
    assert_eq!(refused, Err(ShredError { record, at, reason }), "{}", shown.chars().take(80).collect::<String>());
    check_same(&table, &FreshTable::new());
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn json(text: &str) -> Value {
    Value::Json(text.to_owned())
}

#[test]
fn values_become_what_their_type_says() {
    check(
        r#"{"a":"b","n":1,"f":1.5,"t":true,"z":null}"#,
        &[(&["a"], text("b")), (&["n"], Value::Int(1)), (&["f"], Value::Float(1.5_f64.to_bits())), (&["t"], Value::Bool(true))],
    );
    check(r#"{"a":{"b":{"c":1}},"a.b":{"c":2}}"#, &[(&["a", "b", "c"], Value::Int(1)), (&["a.b", "c"], Value::Int(2))]);
    check(
        r#"{"list":[1, 2],"none":{ },"big":1e999}"#,
        &[(&["list"], json("[1, 2]")), (&["none"], json("{ }")), (&["big"], json("1e999"))],
    );
    check(
        r#"{"a_json":{"b":1},"b_json":7,"c_json":"text","d_json":null}"#,
        &[(&["a_json"], json(r#"{"b":1}"#)), (&["b_json"], json("7")), (&["c_json"], text("text"))],
    );
    check(
        r#"{"a":"\ud83d","b":["\ud83d","\ud83d\ude00"]}"#,
        &[(&["a"], text("\u{fffd}")), (&["b"], json(r#"["\ufffd","\ud83d\ude00"]"#))],
    );
    check("{}", &[]);
}

#[test]
fn the_last_of_duplicate_keys_wins_and_objects_merge() {
    check(r#"{"a":1,"a":"x"}"#, &[(&["a"], text("x"))]);
    check(r#"{"a":1,"a":null}"#, &[]);
    check(
        r#"{"a":{"b":1,"c":2},"a":{"b":"x","d":3}}"#,
        &[(&["a", "b"], text("x")), (&["a", "c"], Value::Int(2)), (&["a", "d"], Value::Int(3))],
    );
    check(r#"{"a":{"b":1},"a":2}"#, &[(&["a"], Value::Int(2))]);
    check(r#"{"a":{"b":1},"a":2,"a":{"c":3}}"#, &[(&["a", "c"], Value::Int(3))]);
    check(r#"{"a":{"b":1},"a":{}}"#, &[(&["a", "b"], Value::Int(1))]);
    check(r#"{"a":{},"a":{"b":1}}"#, &[(&["a", "b"], Value::Int(1))]);
    check(r#"{"a":1,"\u0061":2}"#, &[(&["a"], Value::Int(2))]);
    check(r#"{"a_json":{"b":1},"a_json":{"c":1}}"#, &[(&["a_json"], json(r#"{"c":1}"#))]);
}

#[test]
fn a_field_of_several_types_has_a_column_for_each() {
    let table = table("{\"a\":1}\n{\"a\":\"x\"}\n{\"a\":1.5}\n{\"a\":[]}\n{\"a\":true}\n{\"a\":2}");
    let kinds = [(Kind::Int, 2), (Kind::Text, 1), (Kind::Float, 1), (Kind::Json, 1), (Kind::Bool, 1)];
    let columns = kinds.map(|(kind, count)| (ColumnKey::Field(FieldPath::from_keys(["a"]), kind), count));
    assert_eq!(table.columns()[2..], columns);
}

#[test]
fn time_level_and_message_are_found_in_the_order_of_their_candidates() {
    let arrival = ARRIVAL.at.to_string();
    for (record, time, level, message) in [
        (
            r#"{"dt":"2026-01-31T12:00:00Z","ts":1,"level":"WARN","message":"m","msg":"n"}"#,
            "2026-01-31T12:00:00Z",
            Some("warn"),
            Some("m"),
        ),
        (r#"{"dt":"soon","time":1769860800123,"level":30,"msg":"m"}"#, "2026-01-31T12:00:00.123Z", Some("info"), Some("m")),
        (r#"{"ts":1769860800.25,"severity":3,"log":"l"}"#, "2026-01-31T12:00:00.250Z", Some("error"), Some("l")),
        (r#"{"level":"info","severity":3}"#, &arrival, Some("info"), None),
        (r#"{"level":99,"severity":3}"#, &arrival, None, None),
        (r#"{"level":null,"severity":3}"#, &arrival, Some("error"), None),
        (r#"{"severity":9}"#, &arrival, None, None),
        (r#"{"log":{"level":"Err"}}"#, &arrival, Some("error"), None),
        (r#"{"log.level":"Loud","log":{"level":"err"}}"#, &arrival, Some("loud"), None),
        (r#"{"level":"","severity_text":"crit","message":7}"#, &arrival, Some("critical"), None),
        (r#"{"level":"a level's name has no more than 32"}"#, &arrival, None, None),
        (r#"{"a":{"dt":"2026-01-31","level":"info","message":"m"}}"#, &arrival, None, None),
        (
            r#"{"@timestamp":"2026-01-31T12:00:00Z","message":"m","message":"n","level":"info","level":"x\ty"}"#,
            "2026-01-31T12:00:00Z",
            Some("x\ty"),
            Some("n"),
        ),
    ] {
        let (rows, _) = read_back(&table(record));
        assert_eq!(Timestamp::from_nanos(rows[0].time).to_string(), time, "{record}");
        assert_eq!((rows[0].level.as_deref(), rows[0].message.as_deref()), (level, message), "{record}");
        assert_eq!(rows[0], expected(record, ARRIVAL.at), "{record}");
    }
}

#[test]
fn the_candidates_that_lose_stay_attributes() {
    check(
        r#"{"dt":"2026-01-31","ts":1,"level":"info","severity":3,"message":"m","msg":"n","log":7}"#,
        &[(&["ts"], Value::Int(1)), (&["severity"], Value::Int(3)), (&["msg"], text("n")), (&["log"], Value::Int(7))],
    );
}

#[test]
fn a_body_has_any_number_of_records_in_any_arrangement() {
    for (body, rows) in
        [("", 0), (" \n", 0), ("[]", 0), ("[ ]\n[]", 0), ("{}", 1), ("{}{}", 2), ("[{},{}]\n{}\n", 3), ("[{} , {}]", 2)]
    {
        assert_eq!(table(body).rows(), rows, "{body}");
    }
}

#[test]
fn what_is_not_json_records_is_refused_at_its_place() {
    let wants = |expected| ShredReason::NotJson(expected);
    check_refused("x", 0, 0, wants(Expected::Record));
    check_refused("{} ,{}", 1, 3, wants(Expected::Record));
    check_refused("]", 0, 0, wants(Expected::Record));
    check_refused("[{},]", 1, 4, wants(Expected::Record));
    check_refused("[{} {}]", 1, 4, wants(Expected::CommaOrBracket));
    check_refused("{}\n7", 1, 3, ShredReason::NotAnObject);
    check_refused("[[{}]]", 0, 1, ShredReason::NotAnObject);
    check_refused("[null]", 0, 1, ShredReason::NotAnObject);
    check_refused("{a:1}", 0, 1, wants(Expected::KeyOrEnd));
    check_refused(r#"{"a":1,}"#, 0, 7, wants(Expected::Key));
    check_refused(r#"{"a" 1}"#, 0, 5, wants(Expected::Colon));
    check_refused(r#"{"a":}"#, 0, 5, wants(Expected::Value));
    check_refused(r#"{"a":NaN}"#, 0, 5, wants(Expected::Value));
    check_refused(r#"{"a":Infinity}"#, 0, 5, wants(Expected::Value));
    check_refused(r#"{"a":-Infinity}"#, 0, 6, ShredReason::BadNumber);
    check_refused(r#"{"a":trux}"#, 0, 5, wants(Expected::Value));
    check_refused(r#"{"a":1 "b":2}"#, 0, 7, wants(Expected::CommaOrBrace));
    check_refused(r#"{"a":[1 2]}"#, 0, 8, wants(Expected::CommaOrBracket));
    check_refused(r#"{"a":01}"#, 0, 6, ShredReason::BadNumber);
    check_refused(r#"{"a":"\x"}"#, 0, 6, ShredReason::BadEscape);
    check_refused("{\"a\":\"b\nc\"}", 0, 7, ShredReason::ControlCharacter);
    check_refused(r#"{"a":1,"a":"\x"}"#, 0, 12, ShredReason::BadEscape);
    for body in [
        "{",
        "[",
        "[{}",
        "[{},",
        r#"{"a"#,
        r#"{"a""#,
        r#"{"a":"#,
        r#"{"a":tr"#,
        r#"{"a":-"#,
        r#"{"a":"\u00"#,
        r#"{"a":1"#,
        r#"{"a":["#,
    ] {
        check_refused(body, usize::from(body.contains('}')), body.len(), ShredReason::Truncated);
    }
}

#[test]
fn a_refused_body_leaves_what_was_there_as_it_was() {
    let good = "{\"message\":\"a\",\"level\":\"info\",\"n\":1,\"f\":1.5,\"t\":true}";
    for rows in [1, 2, limits::CHUNK_ROWS - 1, limits::CHUNK_ROWS, limits::CHUNK_ROWS + 1] {
        let body = good.repeat(rows);
        let (mut grown, mut plain) = (table(&body), table(&body));
        for broken in ["x", "]", "[1]", "7", "[null]", "{\"new\":1}x", "{\"new\":", "[{\"new\":{\"deep\":[1]}},2]"] {
            append(&mut grown, broken).unwrap_err();
            check_same(&grown, &plain);
        }
        grown.append(b"\xff", ARRIVAL).unwrap_err();
        grown.append(b"{\"new\":1}\xff", ARRIVAL).unwrap_err();
        check_same(&grown, &plain);
        for table in [&mut grown, &mut plain] {
            append(table, "{\"other\":\"text\"}").unwrap();
        }
        check_same(&grown, &plain);
    }
}

#[test]
fn what_is_not_utf8_is_refused_with_the_record_that_holds_it() {
    check_refused(b"{}\n{\"a\":\"\xff\"}", 1, 9, ShredReason::InvalidUtf8);
    check_refused(b"[{},{},\xc3\x28", 2, 7, ShredReason::InvalidUtf8);
    check_refused(b"{}x{\"a\":\"\xff\"}", 1, 2, ShredReason::NotJson(Expected::Record));
}

#[test]
fn a_record_has_bounds_in_depth_and_size() {
    let nested = |depth: usize| format!("{{}}{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    let listed = |depth: usize| format!("{{}}{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    let merged = |depth: usize| format!("{{}}{{\"a\":0,\"a\":{}1{}}}", r#"{"a":"#.repeat(depth - 1), "}".repeat(depth - 1));
    let most = limits::JSON_DEPTH_MAX;
    assert_eq!(table(&nested(most)).rows(), 2);
    assert_eq!(table(&listed(most)).rows(), 2);
    assert_eq!(table(&merged(most)).rows(), 2);
    check_refused(nested(most + 1), 1, 2 + 5 * most, ShredReason::TooDeep);
    check_refused(listed(most + 1), 1, 2 + 5 + most - 1, ShredReason::TooDeep);
    check_refused(merged(most + 1), 1, 2 + 11 + 5 * (most - 1), ShredReason::TooDeep);
    check_refused(format!("{{}}{}", "[".repeat(200_000)), 1, 3, ShredReason::NotAnObject);
    check_refused(format!("{{\"a\":{}", "[".repeat(200_000)), 0, 5 + most - 1, ShredReason::TooDeep);

    let sized = |bytes: usize| format!("{{}} {{\"a\":\"{}\"}}", "x".repeat(bytes - 8));
    assert_eq!(table(&sized(limits::RECORD_BYTES_MAX)).rows(), 2);
    check_refused(sized(limits::RECORD_BYTES_MAX + 1), 1, 3, ShredReason::RecordTooLarge);
}

#[test]
fn a_body_has_no_more_than_the_most_records() {
    let most = limits::RECORDS_PER_BATCH_MAX;
    check_refused("{}".repeat(most + 1), most, 2 * most, ShredReason::TooManyRecords);
}

#[test]
fn a_name_that_is_too_long_is_kept_in_the_rest() {
    let long = "n".repeat(limits::FIELD_NAME_BYTES_MAX + 1);
    let short = &long[1..];
    let table = table(&format!(r#"{{"{long}":1,"{short}":2,"a":{{"{short}":[3],"b":4}},"\ud83d{long}":"\ud83d"}}"#));
    assert_eq!(table.columns().iter().filter(|(key, _)| matches!(key, ColumnKey::Field(..))).count(), 2);
    let rest = table.snapshot(1, &Projection::Only(vec![ColumnKey::Rest]));
    let rest = rest[0].get(&ColumnKey::Rest).unwrap().as_string_view().value(0).to_owned();
    assert_eq!(rest, format!(r#"{{"{long}":1,"a":{{"{short}":[3]}},"\ufffd{long}":"\ufffd"}}"#));
}

#[test]
fn a_hundred_thousand_fields_are_kept_within_bounds() {
    let one = format!("{{{}}}", (0..100_000).map(|i| format!("\"f{i}\":{i}")).collect::<Vec<_>>().join(","));
    let many: String = (0..100_000).map(|i| format!("{{\"g{i}\":{{\"h\":{i}}}}}\n")).collect();
    let mut table = table(&one);
    append(&mut table, &many).unwrap();
    assert_eq!(table.rows(), 100_001);
    assert_eq!(table.columns().iter().filter(|(key, _)| matches!(key, ColumnKey::Field(..))).count(), limits::COLUMNS_MAX);
    assert!(table.heap_bytes() < 6 * table.raw_bytes(), "{} of {}", table.heap_bytes(), table.raw_bytes());
    let columns = table.snapshot(usize::MAX, &Projection::All);
    let rest = |row: usize| -> serde_json::Value {
        let chunk = columns[row / limits::CHUNK_ROWS].get(&ColumnKey::Rest).unwrap();
        serde_json::from_str(chunk.as_string_view().value(row % limits::CHUNK_ROWS)).unwrap()
    };
    assert_eq!(rest(0).as_object().unwrap().len(), 100_000 - limits::COLUMNS_MAX);
    assert_eq!(rest(0)["f99999"], 99_999);
    assert_eq!(rest(100_000)["g99999"]["h"], 99_999);
}

#[test]
fn sparse_columns_cost_what_their_values_cost() {
    let records: String = (0..2 * limits::CHUNK_ROWS).map(|i| format!("{{\"f{}\":{i}}}\n", i % 900)).collect();
    let table = table(&records);
    assert_eq!(table.columns().len(), 902);
    // Dense columns would be 900 times 8 bytes a row, which is 118 MB.
    assert!(table.heap_bytes() < 3 << 20, "{}", table.heap_bytes());
    let columns = table.snapshot(usize::MAX, &Projection::All);
    let key = ColumnKey::Field(FieldPath::from_keys(["f7"]), Kind::Int);
    let values: Vec<i64> =
        columns.iter().flat_map(|c| c.get(&key).unwrap().as_primitive::<Int64Type>().iter().flatten()).collect();
    assert_eq!(values, (0..2 * limits::CHUNK_ROWS as i64).filter(|i| i % 900 == 7).collect::<Vec<_>>());
}

#[test]
fn chunks_are_full_but_the_last_and_rows_go_across_their_border_both_ways() {
    let body = |rows: std::ops::Range<usize>| -> String {
        rows.map(|i| format!("{{\"i\":{i},\"s\":\"text {i}\",\"even\":{},\"half\":{}.5,\"r{}\":1}}\n", i % 2 == 0, i, i / 5_000))
            .collect()
    };
    let chunk = limits::CHUNK_ROWS;
    let mut grown = table(&body(0..2 * chunk + 100));
    let sizes: Vec<usize> = grown.snapshot(usize::MAX, &Projection::All).iter().map(|c| c.rows()).collect();
    assert_eq!(sizes, [chunk, chunk, 100]);
    let held = grown.snapshot(usize::MAX, &Projection::All);
    for kept in [2 * chunk + 50, 2 * chunk, 2 * chunk - 1, chunk + 1, chunk, 3_000, 0] {
        let plain = table(&body(0..kept));
        check_same_columns(&grown.snapshot(kept, &Projection::All), &plain.snapshot(kept, &Projection::All));
        grown.truncate(kept);
        check_same(&grown, &plain);
        append(&mut grown, &format!("{}{{", body(0..2 * chunk))).unwrap_err();
        check_same(&grown, &plain);
        append(&mut grown, &body(kept..2 * chunk + 100)).unwrap();
    }
    assert_eq!(held[2].rows(), 100, "a reader keeps what it was shown");
    let i = held[2].get(&ColumnKey::Field(FieldPath::from_keys(["i"]), Kind::Int)).unwrap();
    assert_eq!(i.as_primitive::<Int64Type>().value(99), 2 * chunk as i64 + 99);
}

#[test]
fn a_recycled_table_is_empty_and_reads_right() {
    let body = |tag: &str| -> String {
        (0..3 * limits::CHUNK_ROWS).map(|i| format!("{{\"s\":\"{tag} number {i}\",\"i\":{i},\"f\":{i}.5}}\n")).collect()
    };
    let held = table(&body("held"));
    let readers = held.snapshot(usize::MAX, &Projection::All);
    let before = format!("{readers:?}");
    let mut recycled = held.recycle();
    check_same(&recycled, &FreshTable::new());
    for tag in ["a", "b"] {
        append(&mut recycled, &body(tag)).unwrap();
        check_same(&recycled, &table(&body(tag)));
        recycled = recycled.recycle();
        assert!(recycled.heap_bytes() > 100_000, "memory is kept");
    }
    assert_eq!(format!("{readers:?}"), before, "a reader keeps what it was shown");
}

#[test]
fn only_the_wanted_columns_are_made() {
    let table = table("{\"a\":1,\"b\":2,\"message\":\"m\"}");
    let a = ColumnKey::Field(FieldPath::from_keys(["a"]), Kind::Int);
    let absent = ColumnKey::Field(FieldPath::from_keys(["a"]), Kind::Text);
    let columns = table.snapshot(1, &Projection::Only(vec![a.clone(), absent, ColumnKey::Timestamp]));
    let keys: Vec<&ColumnKey> = columns[0].iter().map(|(key, _)| key).collect();
    assert_eq!(keys, [&ColumnKey::Timestamp, &a]);
}

#[test]
fn the_time_range_is_that_of_the_records() {
    assert_eq!(FreshTable::new().time_range(), None);
    let range = table("{\"dt\":\"2026-01-02\"}{\"dt\":\"2026-01-01\"}{\"dt\":\"2026-01-03\"}").time_range().unwrap();
    assert_eq!((range.0.to_string(), range.1.to_string()), ("2026-01-01T00:00:00Z".into(), "2026-01-03T00:00:00Z".into()));
}

#[test]
fn reasons_have_codes() {
    let reasons = [ShredReason::InvalidUtf8, ShredReason::TooDeep, ShredReason::RecordTooLarge, ShredReason::NotAnObject];
    assert_eq!(reasons.map(|reason| reason.code()), ["invalid_utf8", "too_deep", "record_too_large", "not_an_object"]);
    let error = FreshTable::new().append(b"{} {\"a\":", ARRIVAL).unwrap_err();
    assert_eq!(error.to_string(), "record 1, byte 8: the body ends inside a record");
}
