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
    let context = SessionContext::new_with_state(state().unwrap());
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
    for sql in
        ["select max(a.n + b.n + c.n) from t a, t b, t c", "select count(*) from t a join t b on a.n < b.n join t c on b.n < c.n"]
    {
        let cancel = Cancel::default();
        let stop = cancel.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(200)).await;
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
