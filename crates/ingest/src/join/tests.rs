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
fn a_record_of_java_util_logging_is_one() {
    let record = ["Nov 25, 2026 10:00:00 AM com.example.Main main", "INFO: started"];
    check_one(&record);
    let mut thrown = record.to_vec();
    thrown[1] = "SEVERE: no cart";
    thrown.extend(["java.lang.IllegalStateException: empty", "\tat com.example.Cart.add(Cart.java:12)"]);
    check_one(&thrown);
    let other = ["Nov 25, 2026 10:00:01\u{202f}PM com.example.Main main", "FINE: one", "and more"];
    let all: Vec<&str> = record.iter().chain(&other).copied().collect();
    check(&all, &[record.join("\n"), other[..2].join("\n"), other[2].to_owned()]);
    check(&[record[0], "no level"], &[record[0].to_owned(), "no level".to_owned()]);
}

#[test]
fn a_trace_behind_a_coloured_line_belongs_to_it() {
    let lines = [
        "2026-01-31 12:00:00,123 [main] \u{1b}[1;31mERROR\u{1b}[0;39m \u{1b}[36mcom.example.App\u{1b}[0;39m - failed",
        "\u{1b}[31mjava.lang.IllegalStateException: no cart\u{1b}[0m",
        "\tat com.example.Cart.add(Cart.java:12)",
    ];
    check_one(&lines);
}

/// As Java's Spring Shell, Node's `util.inspect` and Python 3.13 write them to a terminal.
#[test]
fn traces_with_colours_are_one_record() {
    check_one(&[
        "\u{1b}[31mjava.lang.IllegalStateException: no cart\u{1b}[0m",
        "\u{1b}[31m\tat com.example.Cart.add(Cart.java:12)\u{1b}[0m",
        "\u{1b}[31mCaused by: java.io.IOException: gone\u{1b}[0m",
        "\u{1b}[31m\t... 1 more\u{1b}[0m",
    ]);
    check_one(&[
        "TypeError: no cart",
        "    at add (/srv/\u{1b}[4mcart\u{1b}[24m.js:12:7)",
        "\u{1b}[90m    at async node:internal/process/task_queues:95:5\u{1b}[39m",
    ]);
    check_one(&[
        "Traceback (most recent call last):",
        "  File \u{1b}[35m\"/srv/a.py\"\u{1b}[0m, line \u{1b}[35m3\u{1b}[0m, in \u{1b}[35m<module>\u{1b}[0m",
        "    \u{1b}[31madd\u{1b}[0m\u{1b}[1;31m({})\u{1b}[0m",
        "    \u{1b}[31m~~~\u{1b}[0m\u{1b}[1;31m^^^^\u{1b}[0m",
        "\u{1b}[1;35mKeyError\u{1b}[0m: \u{1b}[35m'x'\u{1b}[0m",
    ]);
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

/// What runtimes wrote; those of Go by its documentation. Each is one record, whether blank lines came or not.
#[track_caller]
fn check_sample(sample: &str, kind: &str, text: &str, stack_from: &str) {
    let lines: Vec<&str> = sample.trim_end().lines().collect();
    check_one(&lines);
    let lines: Vec<&str> = lines.into_iter().filter(|line| !line.trim().is_empty()).collect();
    check_one(&lines);
    let message = sample.trim_end();
    let record = value!({ "message": message }).to_string();
    let read = recognise::attributes(record.as_bytes(), arrived(), identity::Redaction::default());
    let read: Value = serde_json::from_slice(&read.unwrap_or_default()).unwrap();
    assert_eq!((&read["exception.type"], &read["exception.message"]), (&value!(kind), &value!(text)), "{message}");
    let stack = read["exception.stacktrace"].as_str().unwrap();
    assert!(stack.starts_with(stack_from) && message.ends_with(stack), "{stack}");
}

#[test]
fn samples_of_rust_are_one_record() {
    let unwrap = "called `Result::unwrap()` on an `Err` value: \"no cart\\nfor user 7\"";
    check_sample(include_str!("samples/rust_1.95_unwrap.txt"), "panic", unwrap, "thread 'main' (");
    let index = "index out of bounds: the len is 3 but the index is 5";
    check_sample(include_str!("samples/rust_1.95_backtrace.txt"), "panic", index, "thread 'main' (");
    check_sample(include_str!("samples/rust_1.95_backtrace_full.txt"), "panic", index, "thread 'main' (");
    let sums = "assertion `left == right` failed: sums differ\n  left: 1\n right: 2";
    check_sample(include_str!("samples/rust_1.95_assert.txt"), "panic", sums, "thread '<unnamed>' (");
    check_sample(include_str!("samples/rust_1.72_quoted.txt"), "panic", "no cart", "thread 'main' panicked");
    let of_lines = "thread 'main' (7) panicked at a.rs:1:2:\nno cart\nfor user 7\n\nat all\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace";
    let lines: Vec<&str> = of_lines.lines().collect();
    check_one(&lines);
    check_one(&[
        "thread 'main' (7) panicked at a.rs:1:2:",
        "",
        "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
    ]);
}

#[test]
fn samples_of_node_are_one_record() {
    let refused = "connect ECONNREFUSED 127.0.0.1:1";
    check_sample(include_str!("samples/node_20_uncaught.txt"), "Error", refused, "Error: connect");
    check_sample(include_str!("samples/node_20_uncaught_cause.txt"), "Error", "order failed", "Error: order failed\n    at ");
    check_sample(include_str!("samples/node_20_cause.txt"), "Error", "order failed", "Error: order failed\n    at ");
    check_sample(include_str!("samples/node_20_aggregate.txt"), "AggregateError", "all failed", "AggregateError: all failed\n");
    check_sample(include_str!("samples/node_20_two_lines.txt"), "Error", "two lines\nof message", "Error: two lines\nof");
    check_sample(include_str!("samples/node_20_console.txt"), "Error", "inline", "Error: inline\n");
    check_sample(include_str!("samples/node_20_members.txt"), "HttpError", "custom", "HttpError: custom\n");
    check_sample(include_str!("samples/node_20_syntax.txt"), "SyntaxError", "Unexpected token ';'", "SyntaxError: ");
    let rejected = "This error originated either by throwing inside of an async function without a catch block, or by rejecting a promise which was not handled with .catch(). The promise rejected with the reason \"just text\".";
    check_sample(include_str!("samples/node_20_rejection.txt"), "UnhandledPromiseRejection", rejected, "UnhandledPromise");
    let text: Vec<&str> = include_str!("samples/node_20_thrown_text.txt").trim().lines().collect();
    check_one(&text);
}

#[test]
fn samples_of_python_are_one_record() {
    let group = "unhandled errors in a TaskGroup (2 sub-exceptions)";
    check_sample(include_str!("samples/python_3.11_group.txt"), "ExceptionGroup", group, "  + Exception Group Traceback");
    let several = "several (2 sub-exceptions)";
    check_sample(include_str!("samples/python_3.11_group_chained.txt"), "ExceptionGroup", several, "Traceback (most recent");
    check_sample(include_str!("samples/python_3.11_logged.txt"), "KeyError", "'x'", "Traceback (most recent call last):\n");
    check_sample(include_str!("samples/python_3.11_chained.txt"), "RuntimeError", "order failed", "Traceback (most recent");
    check_sample(include_str!("samples/python_3.11_syntax.txt"), "SyntaxError", "'(' was never closed", "Traceback (most");
}

#[test]
fn samples_of_java_and_go_are_one_record() {
    check_sample(include_str!("samples/java_17_caused.txt"), "java.io.IOException", "closed", "java.io.IOException: closed\n");
    check_sample(include_str!("samples/java_17_suppressed.txt"), "java.io.IOException", "closed", "java.io.IOException: closed");
    let thread = include_str!("samples/java_17_thread.txt");
    let lines: Vec<&str> = thread.trim_end().lines().collect();
    check_one(&lines);
    let of_two_lines = ["java.lang.IllegalStateException: no cart", "for user 7", "\tat app//a.B.c(B.java:1)", "\t... 12 more"];
    check_sample(&of_two_lines.join("\n"), "java.lang.IllegalStateException", "no cart\nfor user 7", of_two_lines[0]);
    check_sample(include_str!("samples/go_http.txt"), "panic", "boom", "2026/11/27 22:14:15 http: panic serving");
    check_sample(include_str!("samples/go_recovered.txt"), "panic", "boom", "panic: boom [recovered]\n\tpanic: again");
    let asleep = "all goroutines are asleep - deadlock!";
    check_sample(include_str!("samples/go_fatal.txt"), "fatal error", asleep, "fatal error: all");
    let nil = "runtime error: invalid memory address or nil pointer dereference";
    check_sample(include_str!("samples/go_signal.txt"), "panic", nil, "panic: runtime error");
    let net = "Unhandled exception. System.InvalidOperationException: no cart\n ---> System.Exception: inner\n   at Shop.Cart.Add(Int32 n) in /srv/Cart.cs:line 12\n   --- End of inner exception stack trace ---\n   at Program.Main()";
    check_sample(net, "System.InvalidOperationException", "no cart", "System.Invalid");
}

#[test]
fn samples_of_php_are_one_record() {
    let boom = "PHP Fatal error:  Uncaught Exception: boom in /a.php:3\nStack trace:\n#0 /a.php(7): f()\n#1 {main}\n  thrown in /a.php on line 3";
    check_sample(boom, "Exception", "boom", "Exception: boom in ");
    check_sample(&format!("[31-Jan-2026 12:00:00 UTC] {boom}"), "Exception", "boom", "Exception: boom in ");
    check_sample(&boom.replace("PHP Fatal error:  ", "Fatal error: "), "Exception", "boom", "Exception: boom in ");
    let chained = "PHP Fatal error:  Uncaught KeyError: in it in /a.php:3\nStack trace:\n#0 /a.php(7): f()\n#1 {main}\n\nNext App\\CartError: no cart\nfor user 7 in /a.php:9\nStack trace:\n#0 {main}\n  thrown in /a.php on line 9";
    check_sample(chained, "App\\CartError", "no cart\nfor user 7", "KeyError: in it");
}

/// As Ruby 3.1 and 3.4 write.
#[test]
fn samples_of_ruby_are_one_record() {
    let raised =
        "/a.rb:3:in 'f': boom (RuntimeError)\n\tfrom /a.rb:7:in 'Object#g'\n\t ... 12 levels...\n\tfrom /a.rb:7:in '<main>'";
    check_sample(raised, "RuntimeError", "boom", "/a.rb:3:in");
    let of_two_lines =
        "a.rb:7:in `rescue in g': outer (Shop::CartError)\nsecond\n\tfrom a.rb:4:in `g'\n\tfrom a.rb:9:in `<main>'";
    check_sample(of_two_lines, "Shop::CartError", "outer", "a.rb:7:in");
}

#[test]
fn two_traces_in_a_row_are_two_records() {
    let ruby = ["a.rb:2:in `f': boom (RuntimeError)", "\tfrom a.rb:5:in `g'"];
    check(&[ruby, ruby].concat(), &[ruby.join("\n"), ruby.join("\n")]);
    let php = ["PHP Fatal error:  Uncaught Error: x in /a.php:3", "Stack trace:", "#0 {main}", "  thrown in /a.php on line 3"];
    check(&[php, php].concat(), &[php.join("\n"), php.join("\n")]);

    let panics = ["thread 'a' (1) panicked at a.rs:1:2:", "one", "thread 'b' (2) panicked at a.rs:3:4:", "two"];
    check(&panics, &[panics[..2].join("\n"), panics[2..].join("\n")]);
    let errors = ["Error: a", "    at f (a.js:1:2)", "Error: b", "    at f (a.js:1:2)"];
    check(&errors, &[errors[..2].join("\n"), errors[2..].join("\n")]);
    let python = ["Traceback (most recent call last):", "  File \"a.py\", line 1, in f", "KeyError: 'x'"];
    check(&[python, python].concat(), &[python.join("\n"), python.join("\n")]);
}

#[test]
fn what_is_no_trace_is_not_joined() {
    for lines in [
        &["one", "  two", "three"][..],
        &["we meet", "  at the station", "Error: x"],
        &["done", "Traceback (most recent call last)", "no"],
        &["java.lang.Error: x", "INFO ready"],
        &["KeyError: 'x'", "During handling of the above exception, another exception occurred:"],
        &["Error: cache miss", "fetching", "stored", "2026-01-31T12:00:00Z INFO up"],
        &["{", "  \"a\": {", "    \"b\": 1", "  }", "}"],
        &["INFO up", "    indented text", "}", "Node.js v20.20.2"],
        &["/srv/a.js:1", "has no pointer", "under it"],
        &["we look at /srv/a.js:1", "const x = 1", "^"],
        &["  | a table", "  +-----", "  | b"],
        &["panic: none", "\tindented", "and on"],
        &["http: panic serving 1.2.3.4:1: boom", "then nothing"],
        &["goroutine pool [size 5]", "main.main()"],
        &["thread 'main' has panicked at last", "note: none"],
        &["java.lang.Error: x", "2026-01-31T12:00:00Z INFO up", "not at all"],
        &["PHP Fatal error:  Uncaught Error: x in /a.php:3", "INFO up", "Stack trace:", "#0 {main}"],
        &["Stack trace:", "#0 {main}", "  thrown in /a.php on line 3"],
        &["PHP Warning:  low in /a.php on line 3", "Stack trace:", "#0 {main}"],
        &["a.rb:2:in `f': boom (RuntimeError)", "INFO up", "\tfrom a.rb:5:in `g'"],
        &["a letter", "\tfrom me", "Stack trace:"],
        &["panicked at ", "Traceback (most recent call last)", "   at rest", "at ease: 5"],
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
        "/a.js:1", "  ^", "    at f (a.js:1:2) {", "  code: 1", "}", "Node.js v20.1.0", "text", "stack backtrace:", "   0: f",
        "PHP Fatal error:  Uncaught Error: x in /a.php:3", "Stack trace:", "#0 {main}", "  thrown in /a.php on line 3",
        "/a.rb:3:in 'f': boom (RuntimeError)", "\tfrom /a.rb:7:in 'g'",
        "  + Exception Group Traceback (most recent call last):", "  | x", "    | Error: y", "thread 'm' (7) panicked at x:1:",
    ]), 0..12)) {
        let body: String = lines.iter().map(|line| value!({ "message": line }).to_string() + "\n").collect();
        let messages: Vec<String> =
            joined(body).iter().map(|record| record["message"].as_str().unwrap().to_owned()).collect();
        prop_assert_eq!(messages.join("\n"), lines.join("\n"));
    }
}
