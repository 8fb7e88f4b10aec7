use proptest::prelude::*;
use serde_json::{Value, json as value};

use super::*;
use crate::NormalBody;
use crate::tests::records;

fn arrived() -> Timestamp {
    Timestamp::parse("2026-01-31T12:00:00Z").unwrap()
}

fn joined(body: String) -> Vec<Value> {
    let bytes = stack_traces(body.as_bytes(), arrived()).unwrap_or(body.into());
    let count = serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>().count();
    records(&NormalBody { bytes, records: Some(count), ..NormalBody::default() })
}

/// The lines, of one stream as shippers send them, become these messages: in a row, and as one array.
#[track_caller]
fn check(lines: &[&str], expected: &[String]) {
    let records: Vec<Value> =
        lines.iter().enumerate().map(|(n, line)| value!({ "time": n, "message": line, "stream": "stderr" })).collect();
    let row: String = records.iter().map(|record| record.to_string() + "\n").collect();
    let messages = |records: &[Value]| records.iter().map(|record| record["message"].clone()).collect::<Vec<_>>();
    assert_eq!(messages(&joined(row)), expected);
    let array = Value::from(records).to_string();
    let array = stack_traces(array.as_bytes(), arrived()).unwrap_or(array.into());
    let array: Vec<Value> = serde_json::from_slice(&array).unwrap();
    assert_eq!(messages(&array), expected);
}

/// All of the trace is one message, between two that are not of it.
#[track_caller]
fn check_one(trace: &[&str]) {
    let mut lines = vec!["before"];
    lines.extend(trace);
    lines.push("after it all");
    check(&lines, &["before".to_owned(), trace.join("\n"), "after it all".to_owned()]);
}

#[test]
fn traces_of_java_are_one_record() {
    let trace = [
        "java.lang.IllegalStateException: no cart",
        "\tat com.example.Cart.add(Cart.java:12)",
        "\tat java.base/java.lang.Thread.run(Thread.java:833)",
        "Caused by: java.io.IOException: closed",
        "\tat com.example.Net.read(Net.java:7) ~[net.jar:1.0]",
        "\t... 12 more",
        "\tSuppressed: java.lang.Error: x",
        "\t\tat a.B.c(B.java)",
    ];
    check_one(&trace);
    let mut logged = vec!["2026-01-31 12:00:00,123 [main] ERROR com.example.App - failed"];
    logged.extend(trace);
    check_one(&logged);
}

#[test]
fn traces_of_node_are_one_record() {
    check_one(&[
        "TypeError: Cannot read properties of undefined (reading 'x')",
        "    at add (/srv/cart.js:12:7)",
        "    at async /srv/server.js:40:3",
        "    at node:internal/process/task_queues:95:5",
        "    at new Promise (<anonymous>)",
    ]);
}

#[test]
fn traces_of_python_are_one_record() {
    let trace = [
        "Traceback (most recent call last):",
        "  File \"/srv/a.py\", line 3, in <module>",
        "    add({})",
        "    ~~~^^^^",
        "KeyError: 'x'",
        "",
        "During handling of the above exception, another exception occurred:",
        "",
        "Traceback (most recent call last):",
        "  File \"/srv/a.py\", line 5, in <module>",
        "shop.errors.CartError: no cart",
    ];
    check_one(&trace);
    let mut logged = vec!["ERROR:root:failed"];
    logged.extend(trace);
    check_one(&logged);
}

#[test]
fn traces_of_go_and_rust_are_one_record() {
    check_one(&[
        "panic: runtime error: index out of range [5] with length 3",
        "",
        "goroutine 1 [running]:",
        "main.(*Cart).Add(0xc000012345, 0x1)",
        "\t/srv/cart.go:12 +0x1d",
        "main.main()",
        "\t/srv/main.go:7 +0x18",
        "exit status 2",
    ]);
    check_one(&[
        "thread 'main' panicked at src/main.rs:2:5:",
        "no cart",
        "stack backtrace:",
        "   0: rust_begin_unwind",
        "             at /rustc/1/library/std/src/panicking.rs:1:5",
        "   1: shop::main",
        "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
    ]);
}

#[test]
fn what_is_no_trace_is_not_joined() {
    for lines in [
        &["one", "  two", "three"][..],
        &["we meet", "  at the station", "Error: x"],
        &["done", "Traceback (most recent call last)", "no"],
        &["java.lang.Error: x", "INFO ready"],
        &["KeyError: 'x'", "During handling of the above exception, another exception occurred:"],
    ] {
        check(lines, &lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>());
    }
}

#[test]
fn what_a_thread_ended_with_is_no_part_of_the_line_before() {
    let thrown = ["Exception in thread \"main\" java.lang.Error: x", "\tat a.B.c(B.java:1)"];
    for before in ["2026-01-31T12:00:00Z INFO up", "1.2.3.4 - - [31/Jan/2026:12:00:00 +0000] \"GET / HTTP/1.1\" 200 1"] {
        check(&[before, thrown[0], thrown[1]], &[before.to_owned(), thrown.join("\n")]);
    }
    let access = "1.2.3.4 - - [31/Jan/2026:12:00:00 +0000] \"GET / HTTP/1.1\" 200 1";
    check(&[access, "java.lang.Error: x", thrown[1]], &[access.to_owned(), ["java.lang.Error: x", thrown[1]].join("\n")]);
}

#[test]
fn other_streams_and_other_bodies_stay_apart() {
    let body = concat!(
        "{\"message\":\"java.lang.Error: x\",\"stream\":\"stderr\"}\n",
        "{\"message\":\"\\tat a.B.c(B.java:1)\",\"stream\":\"stdout\"}\n",
        "{\"message\":\"\\tat a.B.d(B.java:2)\",\"stream\":\"stdout\"}\n",
    );
    assert_eq!(joined(body.to_owned()).len(), 2, "frames that follow each other in one stream are");
    let broken = "{\"message\":\"java.lang.Error: x\"}\n{\"message\":\"\\tat a.B.c(B.java:1)\"}\n{oops}";
    assert_eq!(stack_traces(broken.as_bytes(), arrived()), None);
}

#[test]
fn a_long_trace_goes_on_as_another_record() {
    let lines = limits::STACK_TRACE_LINES_MAX * 2 + 5;
    let body: String = (0..lines).map(|n| format!("{{\"message\":\"\\tat a.B.c(B.java:{n})\"}}\n")).collect();
    let messages = joined(body);
    assert_eq!(messages.len(), 3);
    let kept: usize = messages.iter().map(|record| record["message"].as_str().unwrap().lines().count()).sum();
    assert_eq!(kept, lines);
}

proptest! {
    /// Every line is in some message, in its order.
    #[test]
    fn no_line_is_lost(lines in proptest::collection::vec(proptest::sample::select(vec![
        "\tat a.B.c(B.java:1)", "java.lang.Error: x", "Traceback (most recent call last):", "  File \"x\"", "KeyError: y", "",
        "panic: x", "goroutine 1 [running]:", "main.main()", "thread 'm' panicked at x:1:", "note: x", "INFO hi", "Caused by: z",
    ]), 0..12)) {
        let body: String = lines.iter().map(|line| value!({ "message": line }).to_string() + "\n").collect();
        let messages: Vec<String> =
            joined(body).iter().map(|record| record["message"].as_str().unwrap().to_owned()).collect();
        prop_assert_eq!(messages.join("\n"), lines.join("\n"));
    }
}
