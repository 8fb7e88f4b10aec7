use arrow::array::Int64Array;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use datafusion::datasource::MemTable;

use super::*;
use crate::cancel::Cancelled;

/// A table `t` of as many rows.
fn context(rows: i64) -> SessionContext {
    let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false)]));
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(Int64Array::from_iter_values(0..rows))]).unwrap();
    let context = SessionContext::new_with_state(state(&Cancel::default()).unwrap());
    context.register_table("t", Arc::new(MemTable::try_new(schema, vec![vec![batch]]).unwrap())).unwrap();
    context
}

async fn answer(context: &SessionContext, sql: &str, cancel: &Cancel) -> Result<SqlRows, SqlError> {
    let plan = context.sql(sql).await?.create_physical_plan().await?;
    collect(plan, context, cancel).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_gives_no_rows_is_cancelled_too() {
    let context = context(8_000);
    for sql in [
        "select max(a.n + b.n + c.n) from t a, t b, t c",
        "select count(*) from t a join t b on a.n < b.n join t c on b.n < c.n",
        // No row passes, by a filter of all pairs and by one of those whose keys meet.
        "select count(*) from t a join t b on true join t c on a.n + b.n < c.n - 100000",
        "select count(*) from t a join t b on a.n / 8000 = b.n / 8000 join t c on a.n / 8000 = c.n / 8000 and a.n + b.n < c.n - 100000",
    ] {
        let cancel = Cancel::default();
        let stop = cancel.clone();
        // As in the product, whoever stops it waits elsewhere: its joins may keep all threads of this runtime.
        let elsewhere = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        std::thread::spawn(move || {
            elsewhere.block_on(async { tokio::time::sleep(Duration::from_millis(200)).await });
            stop.stop(Cancelled::TimedOut);
        });
        let answered = tokio::time::timeout(Duration::from_secs(5), answer(&context, sql, &cancel)).await;
        assert!(matches!(answered, Ok(Err(SqlError::Cancelled(Cancelled::TimedOut)))), "{sql}: {answered:?}");
    }
}

#[tokio::test]
async fn a_recursion_is_refused() {
    let sql = "with recursive x as (select 1 as n union all select n from x) select count(*) from x";
    let planned = context(1).sql(sql).await;
    assert!(planned.is_err_and(|error| error.to_string().contains("Recursive CTEs are not enabled")));
}

#[tokio::test]
async fn what_makes_much_of_little_is_unknown() {
    let context = context(1);
    for call in [
        "repeat('a', 2)",
        "lpad('a', 2)",
        "rpad('a', 2)",
        "range(0, 2)",
        "generate_series(0, 2)",
        "array_repeat(1, 2)",
        "list_repeat(1, 2)",
        "array_resize([1], 2)",
        "levenshtein('a', 'b')",
        "list_resize([1], 2)",
    ] {
        let planned = context.sql(&format!("select {call}")).await;
        assert!(planned.is_err_and(|error| error.to_string().contains("Invalid function")), "{call}");
    }
    for table in ["range(2)", "generate_series(2)"] {
        assert!(context.sql(&format!("select * from {table}")).await.is_err(), "{table}");
    }
}

#[tokio::test]
async fn an_answer_ends_at_its_bytes() {
    let context = context(limits::SQL_ROWS_MAX as i64);
    // One text in memory, and as many texts in the answer as rows.
    let sql = format!("select '{}' from t", "x".repeat(8_000));
    let rows = answer(&context, &sql, &Cancel::default()).await.unwrap();
    assert!(rows.truncated && rows.count > 2_000 && rows.json.len() <= limits::PAGE_BYTES_MAX + 1, "{}", rows.count);
    let json: serde_json::Value = serde_json::from_slice(&rows.json).unwrap();
    assert_eq!(json.as_array().map(Vec::len), Some(rows.count));
}

#[tokio::test]
async fn functions_keep_to_the_memory_of_a_query() {
    let context = context(8_000);
    let doubled = |from: &str, step: &str, times: usize| {
        let steps: Vec<String> = (0..times).map(|at| format!("t{} as (select {step} as x from t{at})", at + 1)).collect();
        format!("with t0 as (select {from} as x from t), {} select max(length(x)) from t{times}", steps.join(", "))
    };
    let long = "b".repeat(7_000);
    for sql in [
        doubled("cast(n as varchar)", "x || x", 30),
        doubled("cast(n as varchar)", "concat(x, x)", 30),
        doubled("cast(n as varchar)", "concat_ws(x, x, x)", 30),
        doubled("cast(n as varchar)", "overlay(x placing x from 1 for 0)", 40),
        doubled("cast(n as varchar)", "replace(x, '1', '1111111111111111')", 12),
        doubled("'1'", "replace(x, '1', '1111111111111111')", 12),
        doubled("'a'", "x || x", 60),
        format!("select max(length(replace(replace('a', 'a', '{long}'), 'b', '{long}'))) from t"),
        format!("select max(length(regexp_replace(cast(n as varchar) || '{long}', 'b', '{long}', 'g'))) from t"),
        format!("select max(length(array_to_string(string_to_array('{}', ','), '{long}'))) from t", "1,".repeat(4_000)),
        // One long list among many short ones.
        format!(
            "select max(length(array_to_string(string_to_array(case when n = 7 then '{}' else cast(n as varchar) end, ','), '{long}{long}'))) from t",
            "1,".repeat(5_500)
        ),
    ] {
        let answered = answer(&context, &sql, &Cancel::default()).await;
        assert!(matches!(answered, Err(SqlError::Memory)), "{}: {answered:?}", &sql[..sql.len().min(160)]);
    }
}

#[tokio::test]
async fn windows_keep_to_the_memory_of_a_query() {
    let context = context(8_000);
    let planned = context.sql("select string_agg(cast(n as varchar), '') over (order by n) from t").await.unwrap();
    let planned = planned.create_physical_plan().await;
    assert!(planned.as_ref().is_err_and(|error| error.to_string().contains("a window function (over) gives")), "{planned:?}");
    for (sql, expected) in [
        ("select max(s) from (select sum(n) over (order by n) as s from t)", "[[31996000]]"),
        ("select max(r) from (select row_number() over (partition by n % 2 order by n) as r from t)", "[[4000]]"),
        ("select max(c) from (select count(*) over () as c from t)", "[[8000]]"),
    ] {
        let rows = answer(&context, sql, &Cancel::default()).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(String::from_utf8_lossy(&rows.json), expected, "{sql}");
    }
    let wide = "w".repeat(8_000);
    let sql = format!(
        "select max(c) from (select count(x) over () as c, x from (select concat('{wide}', a.n, '{wide}') as x from t a, (select n from t limit 3)))"
    );
    let answered = answer(&context, &sql, &Cancel::default()).await;
    assert!(matches!(answered, Err(SqlError::Memory)), "{answered:?}");
}

#[tokio::test]
async fn functions_within_the_memory_answer_as_they_do() {
    let context = context(8_000);
    let wide = "w".repeat(3_000);
    for (expression, expected) in [
        ("max('a' || n)", r#"[["a999"]]"#),
        ("max(n || 'a' || n)", r#"[["9a9"]]"#),
        ("max(cast(null as varchar) || 'a')", "[[null]]"),
        ("max(replace(cast(n as varchar), '9', 'ab'))", r#"[["ababab"]]"#),
        ("count(coalesce(nullif(n, 7), 0))", "[[8000]]"),
        // Cut into slices.
        (&format!("max(length(replace('{wide}' || n, 'w', 'ww')))"), "[[6004]]"),
        (&format!("max(length(regexp_replace(n || '{wide}', '^([0-9]+)w', '\\1-')))"), "[[3004]]"),
        ("max(array_length([n, n + 1, n + 2]))", "[[3]]"),
        ("max(array_to_string([n, 1], ','))", r#"[["999,1"]]"#),
        ("count(now())", "[[8000]]"),
    ] {
        let rows = answer(&context, &format!("select {expression} from t"), &Cancel::default()).await;
        let rows = rows.unwrap_or_else(|error| panic!("{}: {error}", &expression[..expression.len().min(80)]));
        assert_eq!(String::from_utf8_lossy(&rows.json), expected, "{}", &expression[..expression.len().min(80)]);
    }
}
