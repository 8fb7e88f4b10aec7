//! Lines as programs write them.

use super::*;

#[test]
fn access_lines_are_read() {
    let combined = r#"203.0.113.9 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif?a=1 HTTP/1.0" 200 2326 "http://example.com/start" "Mozilla/4.08 [en] (\"q\")""#;
    check(
        combined,
        Format::Access,
        value!({
            "timestamp": nanos("2000-10-10T20:55:36Z"), "client.address": "203.0.113.9", "user.name": "frank",
            "http.request.method": "GET", "url.path": "/apache_pb.gif", "url.query": "a=1", "network.protocol.version": "1.0",
            "http.response.status_code": 200, "http.response.body.size": 2326,
            "http.request.header.referer": "http://example.com/start", "user_agent.original": "Mozilla/4.08 [en] (\\\"q\\\")",
        }),
    );
    check(
        r#"host.example.com - - [31/Jan/2026:12:00:00 +0000] "POST / HTTP/2.0" 304 -"#,
        Format::Access,
        value!({
            "timestamp": nanos("2026-01-31T12:00:00Z"), "client.address": "host.example.com", "http.request.method": "POST",
            "url.path": "/", "network.protocol.version": "2.0", "http.response.status_code": 304,
        }),
    );
    check(
        r#"::1 - - [31/Jan/2026:12:00:00 +0000] "\x16\x03\x01" 400 157 "-" "-" extra"#,
        Format::Access,
        value!({
            "timestamp": nanos("2026-01-31T12:00:00Z"), "client.address": "::1", "http.response.status_code": 400,
            "http.response.body.size": 157,
        }),
    );
    for user in ["ann", "ann b"] {
        check(
            &format!(
                r#"www.example.com:443 192.0.2.7 - {user} [31/Jan/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8""#
            ),
            Format::Access,
            value!({
                "timestamp": nanos("2026-01-31T12:00:00Z"), "server.address": "www.example.com", "server.port": 443,
                "client.address": "192.0.2.7", "user.name": user, "http.request.method": "GET", "url.path": "/",
                "network.protocol.version": "1.1", "http.response.status_code": 200, "http.response.body.size": 5,
                "user_agent.original": "curl/8",
            }),
        );
    }
}

#[test]
fn error_lines_of_servers_are_read() {
    check(
        r#"2026/01/31 12:00:00 [error] 31#7: *9 open() "/srv/x, y" failed (2: No such file or directory), client: 192.0.2.7, server: example.com, request: "GET /x?q=1 HTTP/1.1", upstream: "http://10.0.0.1:80/x", host: "example.com", referrer: "http://a.example/""#,
        Format::Nginx,
        value!({
            "timestamp": nanos("2026-01-31T12:00:00Z"), "level": "error", "process.pid": 31, "thread.id": 7,
            "client.address": "192.0.2.7", "server.address": "example.com", "http.request.method": "GET", "url.path": "/x",
            "url.query": "q=1", "network.protocol.version": "1.1", "nginx.upstream": "http://10.0.0.1:80/x",
            "http.request.header.host": "example.com", "http.request.header.referer": "http://a.example/",
        }),
    );
    check(
        "2026/01/31 12:00:00 [notice] 1#1: signal process started",
        Format::Nginx,
        value!({ "timestamp": nanos("2026-01-31T12:00:00Z"), "level": "notice", "process.pid": 1, "thread.id": 1 }),
    );
    check(
        "[Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 35708:tid 4328636416] [client 72.15.99.187:80] File does not exist: /x",
        Format::Apache,
        value!({
            "timestamp": nanos("2011-09-09T10:42:29.902022Z"), "level": "error", "apache.module": "core", "process.pid": 35708,
            "thread.id": 4_328_636_416_u64, "client.address": "72.15.99.187", "client.port": 80,
        }),
    );
    check(
        "[Wed Oct 11 14:32:52 2000] [error] [client 127.0.0.1] client denied by server configuration",
        Format::Apache,
        value!({ "timestamp": nanos("2000-10-11T14:32:52Z"), "level": "error", "client.address": "127.0.0.1" }),
    );
}

#[test]
fn syslog_in_a_message_is_read() {
    check(
        "<165>1 2026-01-31T11:00:00Z web-1 shop 8710 ID47 [a@1 b=\"c\"] text",
        Format::Syslog,
        value!({
            "timestamp": nanos("2026-01-31T11:00:00Z"), "level": "notice", "facility": "local4", "host": "web-1",
            "service": "shop", "proc_id": "8710", "msg_id": "ID47", "structured_data": { "a@1": { "b": "c" } },
        }),
    );
    check(
        "Jan  2 03:04:05 vm sshd[42]: Accepted",
        Format::Syslog,
        value!({ "timestamp": nanos("2026-01-02T03:04:05Z"), "host": "vm", "service": "sshd", "proc_id": "42" }),
    );
}

#[test]
fn lines_of_heroku_are_read() {
    let router = r#"at=error code=H12 desc="Request timeout" method=GET path="/slow?x=1" host=a.example.com request_id=8601b555 fwd="192.0.2.7, 10.0.0.1" dyno=web.1 connect=6ms service=30001ms status=503 bytes=0 protocol=https"#;
    let mut expected = value!({
        "level": "error", "error.type": "H12", "error.message": "Request timeout", "http.request.method": "GET",
        "url.path": "/slow", "url.query": "x=1", "server.address": "a.example.com", "heroku.request_id": "8601b555",
        "client.address": "192.0.2.7", "heroku.dyno": "web.1", "heroku.connect_ms": 6, "heroku.service_ms": 30001,
        "http.response.status_code": 503, "http.response.body.size": 0, "url.scheme": "https",
    });
    check(router, Format::Heroku, expected.clone());
    expected["timestamp"] = nanos("2026-01-31T12:00:00.5Z").into();
    check(&format!("2026-01-31T12:00:00.500000+00:00 heroku[router]: {router}"), Format::Heroku, expected);
    check(
        "2026-01-31T12:00:00+00:00 heroku[web.1]: source=web.1 dyno=heroku.2 sample#memory_rss=21.22MB sample#load_avg_1m=0.5",
        Format::Heroku,
        value!({
            "timestamp": nanos("2026-01-31T12:00:00Z"), "heroku.dyno": "web.1", "heroku.memory_rss_mb": 21.22,
            "heroku.load_avg_1m": 0.5,
        }),
    );
    check(
        "2026-01-31T12:00:00+00:00 heroku[web.1]: Error R14 (Memory quota exceeded)",
        Format::Heroku,
        value!({ "timestamp": nanos("2026-01-31T12:00:00Z"), "level": "error", "heroku.dyno": "web.1", "error.type": "R14" }),
    );
}

#[test]
fn lines_of_lambda_are_read() {
    let request = "8f5c6d7e-0000-4000-8000-0123456789ab";
    check(
        &format!("START RequestId: {request} Version: $LATEST"),
        Format::Lambda,
        value!({ "aws.lambda.event": "start", "faas.invocation_id": request, "faas.version": "$LATEST" }),
    );
    check(
        &format!("END RequestId: {request}"),
        Format::Lambda,
        value!({ "aws.lambda.event": "end", "faas.invocation_id": request }),
    );
    check(
        &format!(
            "REPORT RequestId: {request}\tDuration: 3.25 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 63 MB\tInit Duration: 150.2 ms\t"
        ),
        Format::Lambda,
        value!({
            "aws.lambda.event": "report", "faas.invocation_id": request, "aws.lambda.duration_ms": 3.25,
            "aws.lambda.billed_duration_ms": 4.0, "aws.lambda.memory_size_mb": 128.0, "aws.lambda.max_memory_used_mb": 63.0,
            "aws.lambda.init_duration_ms": 150.2,
        }),
    );
    let mut report = value!({
        "aws.lambda.event": "report", "faas.invocation_id": request, "aws.lambda.duration_ms": 3000.0,
        "aws.lambda.status": "timeout", "level": "error",
    });
    let line = format!("REPORT RequestId: {request}\tDuration: 3000.00 ms\t");
    check(&format!("{line}Status: timeout"), Format::Lambda, report.clone());
    report["aws.lambda.status"] = "error".into();
    report["error.type"] = "Runtime.ExitError".into();
    check(&format!("{line}Status: error\tError Type: Runtime.ExitError"), Format::Lambda, report.clone());
    check(&format!("{line}Status: error Error Type: Runtime.ExitError"), Format::Lambda, report);
    check(
        &format!("2026-01-31T12:00:00.123Z {request} Task timed out after 3.00 seconds"),
        Format::Lambda,
        value!({
            "timestamp": nanos("2026-01-31T12:00:00.123Z"), "level": "error", "faas.invocation_id": request,
            "aws.lambda.status": "timeout", "aws.lambda.duration_ms": 3000.0,
        }),
    );
    let said = value!({ "timestamp": nanos("2026-01-31T12:00:00.123Z"), "level": "info", "faas.invocation_id": request });
    check(&format!("2026-01-31T12:00:00.123Z\t{request}\tINFO\thello"), Format::Lambda, said.clone());
    check(&format!("[INFO]\t2026-01-31T12:00:00.123Z\t{request}\thello"), Format::Lambda, said);
}

#[test]
fn loggers_of_the_jvm_are_read() {
    let time = nanos("2026-01-31T12:00:00.123Z");
    let of =
        |thread: &str| value!({ "timestamp": time, "level": "info", "thread.name": thread, "scope.name": "com.example.App" });
    check("2026-01-31 12:00:00,123 [main] INFO  com.example.App - hello", Format::Java, of("main"));
    check("2026-01-31 12:00:00.123 [pool-1 thread-2] INFO com.example.App - hi: x", Format::Java, of("pool-1 thread-2"));
    check("2026-01-31 12:00:00,123 INFO  [com.example.App] (MSC thread 1-6) hello", Format::Java, of("MSC thread 1-6"));
    check(
        "12:00:00.123 [main] WARN  com.example.App - hello",
        Format::Java,
        value!({ "timestamp": time, "level": "warn", "thread.name": "main", "scope.name": "com.example.App" }),
    );
    let mut spring = of("main");
    spring["scope.name"] = "c.e.shop.ShopApplication".into();
    spring["process.pid"] = 1234.into();
    check(
        "2026-01-31T12:00:00.123Z  INFO 1234 --- [           main] c.e.shop.ShopApplication        : Started",
        Format::Java,
        spring.clone(),
    );
    spring["service.name"] = "shop".into();
    check(
        "2026-01-31T13:00:00.123+01:00  INFO 1234 --- [shop] [    main] c.e.shop.ShopApplication : Started",
        Format::Java,
        spring,
    );
}

#[test]
fn loggers_of_python_ruby_rust_and_go_are_read() {
    let time = nanos("2026-01-31T12:00:00.123Z");
    check(
        "2026-01-31 12:00:00,123 - shop.cart - WARNING - low - very",
        Format::Python,
        value!({ "timestamp": time, "level": "warn", "scope.name": "shop.cart" }),
    );
    check("ERROR:root:failed", Format::Python, value!({ "level": "error", "scope.name": "root" }));
    check(
        r#"INFO:     127.0.0.1:5000 - "GET /x HTTP/1.1" 404 Not Found"#,
        Format::Python,
        value!({
            "level": "info", "client.address": "127.0.0.1", "client.port": 5000, "http.request.method": "GET", "url.path": "/x",
            "network.protocol.version": "1.1", "http.response.status_code": 404,
        }),
    );
    let mut rust = value!({ "timestamp": time, "level": "info", "scope.name": "shop::cart" });
    check("[2026-01-31T12:00:00.123Z INFO  shop::cart] added", Format::Rust, rust.clone());
    check("2026-01-31T12:00:00.123000Z  INFO shop::cart: added to it", Format::Rust, rust.clone());
    rust["n"] = 1.into();
    check("2026-01-31T12:00:00.123000Z  INFO shop::cart: added n=1", Format::Rust, rust.clone());
    rust["name"] = "a b".into();
    rust["span.name"] = "cart".into();
    rust["span.user"] = 7.into();
    check(
        "2026-01-31T12:00:00.123000Z  INFO request{path=\"/{x}\"}:cart{user=7}: shop::cart: added to it n=1 name=\"a b\"",
        Format::Rust,
        rust,
    );
    check(
        "2026-01-31T12:00:00.123Z\tINFO\tcart\tcart/add.go:12\tadded\t{\"n\":1}",
        Format::Zap,
        value!({
            "timestamp": time, "level": "info", "scope.name": "cart", "code.file.path": "cart/add.go", "code.line.number": 12,
            "n": 1,
        }),
    );
    check(
        "E0131 11:00:00.123000    1234 controller.go:12] failed: x",
        Format::Klog,
        value!({
            "timestamp": nanos("2026-01-31T11:00:00.123Z"), "level": "error", "thread.id": 1234,
            "code.file.path": "controller.go", "code.line.number": 12,
        }),
    );
    check(
        "time=2026-01-31T12:00:00.123Z level=WARN msg=\"low memory\" free=12",
        Format::Logfmt,
        value!({ "time": "2026-01-31T12:00:00.123Z", "level": "WARN", "log_message": "low memory", "free": 12 }),
    );
}

#[test]
fn lines_of_rails_are_read() {
    check(
        r#"Started GET "/orders?id=7" for 192.0.2.7 at 2026-01-31 12:00:00 +0000"#,
        Format::Rails,
        value!({
            "timestamp": nanos("2026-01-31T12:00:00Z"), "http.request.method": "GET", "url.path": "/orders", "url.query": "id=7",
            "client.address": "192.0.2.7",
        }),
    );
    check(
        "Processing by OrdersController#show as HTML",
        Format::Rails,
        value!({ "code.function.name": "OrdersController#show", "rails.format": "HTML" }),
    );
    check(
        "I, [2026-01-31T12:00:00.123 #1234]  INFO -- : Completed 200 OK in 35ms (Views: 30.1ms | ActiveRecord: 1.2ms | Allocations: 9)",
        Format::Rails,
        value!({
            "timestamp": nanos("2026-01-31T12:00:00.123Z"), "level": "info", "process.pid": 1234,
            "http.response.status_code": 200, "rails.duration_ms": 35.0, "rails.views_ms": 30.1, "rails.active_record_ms": 1.2,
        }),
    );
}

#[test]
fn a_date_and_a_level_before_anything_are_read() {
    let both = value!({ "timestamp": nanos("2026-01-31T12:00:00Z"), "level": "error" });
    for line in [
        "2026-01-31T12:00:00Z ERROR boom",
        "2026-01-31 12:00:00 [error] boom",
        "2026/01/31 12:00:00 [error] boom",
        "[2026-01-31 12:00:00][ERROR] boom",
        "[2026-01-31T13:00:00+01:00] error: boom",
        "2026-01-31 12:00 - ERROR - boom",
        "2026-01-31 12:00:00,000: err - boom",
        "2026-01-31 12:00:00 | ERROR | boom",
        "2026-01-31T12:00:00Z <error> boom",
    ] {
        check(line, Format::Prefix, both.clone());
    }
    check("[warn] low", Format::Prefix, value!({ "level": "warn" }));
    check("info: up", Format::Prefix, value!({ "level": "info" }));
    check(
        r#"2026-01-31T12:00:00Z ERROR {"user":7,"msg":"hi"}"#,
        Format::Json,
        value!({ "timestamp": nanos("2026-01-31T12:00:00Z"), "level": "error", "user": 7, "log_message": "hi" }),
    );
}

#[test]
fn json_and_pairs_are_attributes() {
    check(
        r#"{"level":"info","n":12345678901234567890123,"a":{"b":[1,2]},"message":"x"}"#,
        Format::Json,
        value!({ "level": "info", "n": serde_json::from_str::<Json>("12345678901234567890123").unwrap(), "a": { "b": [1, 2] }, "log_message": "x" }),
    );
    check(
        r#"level=warn msg="two \"words\"" took=12ms n=-1.50 ok=true id=007 big=12345678901234567890 empty="#,
        Format::Logfmt,
        value!({
            "level": "warn", "log_message": "two \"words\"", "took": "12ms", "n": -1.5, "ok": true, "id": "007",
            "big": "12345678901234567890", "empty": "",
        }),
    );
}

#[test]
fn what_was_thrown_is_read_out_of_a_stack_trace() {
    for (message, kind, text) in [
        (
            "2026-01-31 12:00:00,123 [main] ERROR a.B - failed\njava.lang.IllegalStateException: no cart\n\tat a.B.c(B.java:12)",
            "java.lang.IllegalStateException",
            "no cart",
        ),
        ("Exception in thread \"main\" java.lang.Error: x\n\tat a.B.c(B.java:12)", "java.lang.Error", "x"),
        ("TypeError: x is undefined\n    at f (/srv/a.js:1:2)\n    at node:internal/x:1:2", "TypeError", "x is undefined"),
        ("Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\nKeyError: 'x'", "KeyError", "'x'"),
        (
            "shop: Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nKeyError: 'x'\nfor user 7",
            "KeyError",
            "'x'\nfor user 7",
        ),
        ("panic: no cart\n\ngoroutine 1 [running]:\nmain.main()\n\t/srv/a.go:1 +0x1", "panic", "no cart"),
        ("thread 'main' panicked at src/main.rs:2:5:\nno cart\nnote: run with `RUST_BACKTRACE=1`", "panic", "no cart"),
    ] {
        let record = enriched(&value!({ "message": message }));
        assert_eq!((&record["exception.type"], &record["exception.message"]), (&value!(kind), &value!(text)), "{message}");
    }
}

#[test]
fn a_trace_or_panic_without_a_level_is_an_error() {
    for message in [
        "panic: no cart\n\ngoroutine 1 [running]:\nmain.main()\n\t/srv/a.go:1 +0x1",
        "2026/11/27 22:14:15 http: panic serving 127.0.0.1:5000: boom\ngoroutine 1 [running]:\nmain.main()\n\t/srv/a.go:1 +0x1",
        "node:events:502\n      throw er;\n      ^\n\nError: x\n    at f (node:net:1:2)\n\nNode.js v20.20.2",
        "/srv/a.js:1\nthrow 'just text';\n^\njust text\n\nNode.js v20.20.2",
        "thread 'main' panicked at src/main.rs:2:5:\nno cart\nnote: run with `RUST_BACKTRACE=1`",
        "thread 'main' panicked at 'no cart', src/main.rs:2:5",
        "Unhandled exception. System.Exception: x\n   at Program.Main() in /srv/P.cs:line 1",
        "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nKeyError: 'x'",
        "Exception in thread \"main\" java.lang.Error: x\n\tat a.B.c(B.java:12)",
        "java.lang.Error: x\n\tat a.B.c(B.java:12)",
        "PHP Fatal error:  Uncaught Exception: boom in /a.php:3\nStack trace:\n#0 /a.php(7): f()\n#1 {main}\n  thrown in /a.php on line 3",
        "/a.rb:3:in 'f': boom (RuntimeError)\n\tfrom /a.rb:7:in '<main>'",
    ] {
        assert_eq!(enriched(&value!({ "message": message }))["level"], "error", "{message}");
        assert_eq!(enriched(&value!({ "message": message, "level": "info" }))["level"], "info", "{message}");
    }
    check(
        "Exception in thread \"main\" java.lang.Error: x",
        Format::Exception,
        value!({ "level": "error", "exception.type": "java.lang.Error", "exception.message": "x" }),
    );
    check(
        "Unhandled exception. System.Exception: x",
        Format::Exception,
        value!({ "level": "error", "exception.type": "System.Exception", "exception.message": "x" }),
    );
    // What a logger said goes first, as a level or as a pair.
    let logged = "WARN retrying\njava.lang.Error: x\n\tat a.B.c(B.java:12)";
    assert_eq!(enriched(&value!({ "message": logged }))["level"], "warn");
    let pairs = "level=warn msg=retrying\njava.lang.Error: x\n\tat a.B.c(B.java:12)";
    assert_eq!(enriched(&value!({ "message": pairs }))["level"], "warn");
    for message in ["Exception in thread of talks", "Unhandled exception. Sorry", "Error: x", "/srv/a.js:1\nis a place"] {
        assert_eq!(enriched(&value!({ "message": message }))["exception.type"], Json::Null, "{message}");
    }
}

#[test]
fn traces_that_lie_beside_the_message_are_read() {
    let java = "java.lang.IllegalStateException: no cart\n\tat a.B.c(B.java:12)\nCaused by: java.io.IOException: x\n\t... 3 more";
    let of_java = || {
        value!({
            "exception.type": "java.lang.IllegalStateException", "exception.message": "no cart", "exception.stacktrace": java,
        })
    };
    for key in ["stack_trace", "stacktrace", "exception", "error.stack_trace", "err.stack"] {
        let mut record = value!({ "message": "failed", "level": "ERROR" });
        record[key] = java.into();
        check_named(record, of_java());
    }
    let node = "TypeError: x is undefined\n    at f (/srv/a.js:1:2)";
    check_named(
        value!({ "level": 50, "time": 1, "msg": "failed", "err": { "type": "TypeError", "message": "x is undefined", "stack": node } }),
        value!({ "exception.type": "TypeError", "exception.message": "x is undefined", "exception.stacktrace": node }),
    );
    check_named(
        value!({ "message": "failed", "error": { "type": "a.Cart", "message": "no cart", "stack_trace": java } }),
        value!({ "exception.type": "a.Cart", "exception.message": "no cart", "exception.stacktrace": java }),
    );
    check_named(
        value!({ "message": "failed", "error.type": "a.Cart", "error.message": "none", "error.stack_trace": java }),
        value!({ "exception.type": "a.Cart", "exception.message": "none", "exception.stacktrace": java }),
    );
    let inner = value!({ "n": 1, "err": { "type": "TypeError", "message": "x is undefined", "stack": node } });
    check(
        &format!("2026-01-31T12:00:00Z stderr F {inner}"),
        Format::Json,
        value!({
            "timestamp": nanos("2026-01-31T12:00:00Z"), "log.iostream": "stderr", "n": 1, "err": inner["err"],
            "exception.type": "TypeError", "exception.message": "x is undefined", "exception.stacktrace": node,
        }),
    );
    let go = "main.add\n\t/srv/cart.go:12\nmain.main\n\t/srv/main.go:7";
    check_named(
        value!({ "level": "error", "msg": "failed", "error": "no cart", "stacktrace": go }),
        value!({ "exception.message": "no cart", "exception.stacktrace": go }),
    );
    for record in [
        value!({ "message": "failed", "stacktrace": "see above" }),
        value!({ "message": "failed", "exception": "none" }),
        value!({ "message": "failed", "stacktrace": java, "exception.type": "x" }),
        value!({ "message": "failed", "stacktrace": java, "exception": { "type": "x" } }),
        value!({ "message": "failed", "err": { "type": "x", "stack": 5 }, "text": "   at " }),
    ] {
        assert_eq!(enriched(&record), record);
    }
}

#[test]
fn errors_of_php_are_read() {
    let of = |level: &str| value!({ "level": level, "code.file.path": "/srv/a b.php", "code.line.number": 3 });
    check("PHP Warning:  Undefined variable $x in /srv/a b.php on line 3", Format::Prefix, of("warn"));
    check("PHP Parse error:  syntax error in /srv/a b.php on line 3", Format::Prefix, of("error"));
    let mut dated = of("notice");
    dated["timestamp"] = nanos("2026-01-31T12:00:00Z").into();
    check("[31-Jan-2026 12:00:00 UTC] PHP Deprecated:  old in /srv/a b.php on line 3", Format::Prefix, dated);
    check("[31-Jan-2026 12:00:00 Europe/Rome] PHP Notice:  x", Format::Prefix, value!({ "level": "notice" }));
    for line in ["PHP Warning: one space", "PHP is fine:  x", "[31-Jan-2026 12:00:00 UTC] x", "PHP 8.3"] {
        assert!(recognise(line, arrived()).is_none(), "{line}");
    }
}

#[test]
fn what_consoles_show_is_read() {
    let time = nanos("2026-01-31T12:00:15.123Z");
    let error = value!({ "timestamp": time, "level": "error" });
    check("12:00:15.123 [error] GenServer terminating", Format::Prefix, error.clone());
    check("12:00:15,123 ERROR boom", Format::Prefix, error.clone());
    check("[12:00:15.123] ERROR: boom", Format::Prefix, error.clone());
    check("[12:00:15.123 ERR] boom", Format::DotNet, error.clone());
    check("[2026-01-31 12:00:15.123 +00:00 ERR] boom", Format::DotNet, error);
    let read = |extra: &str, value: Json| {
        let mut read = value!({ "timestamp": time, "level": "info" });
        read[extra] = value;
        read
    };
    check("12:00:15.123 request_id=F1 [info] GET /", Format::Elixir, read("request_id", "F1".into()));
    check("[12:00:15.123] INFO (7): up", Format::Pino, read("process.pid", 7.into()));
    check("2026-01-31 12:00:15.1230|INFO|Shop.Cart|up", Format::DotNet, read("scope.name", "Shop.Cart".into()));
    check("[2026-01-31 12:00:15.123 +0000] [7] [INFO] Booting", Format::Python, read("process.pid", 7.into()));
    let mut jboss = read("scope.name", "org.jboss.as".into());
    jboss["thread.name"] = "MSC thread 1-6".into();
    check("12:00:15,123 INFO  [org.jboss.as] (MSC thread 1-6) up", Format::Java, jboss);
    check(
        "10:14PM WRN low free=12 disk=\"/dev/sd a\"",
        Format::Zerolog,
        value!({ "level": "warn", "free": 12, "disk": "/dev/sd a" }),
    );
    check("3:04AM INF up", Format::Zerolog, value!({ "level": "info" }));
    check("SEVERE: failed", Format::Prefix, value!({ "level": "error" }));
    for line in ["12:00:15 at noon", "12:00:15.123", "10:14PM in the evening", "[12:00:15] and on", "12:00:15 info desk opens"] {
        assert!(recognise(line, arrived()).is_none(), "{line}");
    }
}

#[test]
fn a_time_of_day_that_may_be_of_another_day_or_zone_is_not_taken() {
    let time = |line: &str, arrived: &str| {
        recognise(line, Timestamp::parse(arrived).unwrap()).unwrap().time.map(|time| time.to_string())
    };
    assert_eq!(time("[12:00:15 INF] up", "2026-01-31T12:04:00Z").as_deref(), Some("2026-01-31T12:00:15Z"));
    assert_eq!(time("[23:59:59 INF] up", "2026-02-01T00:00:01Z").as_deref(), Some("2026-01-31T23:59:59Z"));
    assert_eq!(time("[00:00:01 INF] up", "2026-01-31T23:59:59Z").as_deref(), Some("2026-02-01T00:00:01Z"));
    assert_eq!(time("[13:00:15 INF] up", "2026-01-31T12:00:15Z"), None);
    assert_eq!(time("[12:15:00 INF] up", "2026-01-31T12:00:00Z"), None);
}

#[test]
fn an_object_or_pairs_behind_a_text_are_attributes() {
    check("error: boom {\"service\":\"users\"}", Format::Prefix, value!({ "level": "error", "service": "users" }));
    let time = nanos("2026-01-31T12:00:00Z");
    check(
        "2026-01-31T12:00:00Z info: request {id} done {\"status\":200,\"message\":\"ok\"}",
        Format::Prefix,
        value!({ "timestamp": time, "level": "info", "status": 200, "log_message": "ok" }),
    );
    check(
        "2026-01-31 12:00:00 [main] INFO  com.example.App - done {\"status\":200}",
        Format::Java,
        value!({ "timestamp": time, "level": "info", "thread.name": "main", "scope.name": "com.example.App", "status": 200 }),
    );
    check(
        "2026/01/31 12:00:00 INFO hello count=3 b=\"x y\"",
        Format::Prefix,
        value!({ "timestamp": time, "level": "info", "count": 3, "b": "x y" }),
    );
    check("2026/01/31 12:00:00 INFO hello count=3", Format::Prefix, value!({ "timestamp": time, "level": "info", "count": 3 }));
    check("2026-01-31T12:00:00Z INF hello count=3", Format::Prefix, value!({ "timestamp": time, "level": "info", "count": 3 }));
    for text in ["select x where id=3", "a=1 and then more", "x={y}", "ends in {\"a\":", "ends in {}", "{\"a\":1} first"] {
        check(&format!("2026-01-31T12:00:00Z INFO {text}"), Format::Prefix, value!({ "timestamp": time, "level": "info" }));
    }
    let many = format!("2026-01-31T12:00:00Z INFO {}{}", "{\"a\" ".repeat(6_000), "a=1 ".repeat(5_000));
    assert_eq!(recognise(&many, arrived()).map(|found| found.fields.len()), Some(0));
}

/// What a record of these members becomes, beside them.
#[expect(clippy::needless_pass_by_value, reason = "so that a table says what it expects and no more")]
#[track_caller]
fn check_named(record: Json, added: Json) {
    let mut expected = record.clone();
    added.as_object().unwrap().iter().for_each(|(key, value)| expected[key] = value.clone());
    assert_eq!(enriched(&record), expected);
}

#[test]
fn names_that_loggers_have_for_time_level_and_message_are_read() {
    let time = nanos("2026-01-31T12:00:00.123Z");
    let t = "2026-01-31T12:00:00.1230000Z";
    check_named(
        value!({ "@t": t, "@mt": "Hello {User}", "@l": "Warning", "User": "ann", "SourceContext": "Shop.Cart" }),
        value!({ "timestamp": time, "level": "warn", "message": "Hello {User}", "scope.name": "Shop.Cart" }),
    );
    check_named(
        value!({ "@t": t, "@m": "Hello ann", "@mt": "Hello {User}", "@x": "System.Exception: x\n   at Shop.Add() in /srv/C.cs:line 1" }),
        value!({
            "timestamp": time, "level": "info", "message": "Hello ann", "exception.type": "System.Exception", "exception.message": "x",
        }),
    );
    check_named(
        value!({ "Timestamp": t, "Level": "Error", "MessageTemplate": "a {B}", "RenderedMessage": "a b", "Properties": {} }),
        value!({ "timestamp": time, "level": "error", "message": "a b" }),
    );
    check_named(
        value!({ "Timestamp": t, "EventId": 0, "LogLevel": "Information", "Category": "Program", "Message": "hi" }),
        value!({ "timestamp": time, "level": "info", "message": "hi", "scope.name": "Program" }),
    );
    check_named(
        value!({ "@level": "warn", "@message": "low", "@module": "agent", "@timestamp": t, "n": 1 }),
        value!({ "level": "warn", "message": "low", "scope.name": "agent" }),
    );
    check_named(
        value!({ "asctime": "2026-01-31 12:00:00,123", "levelname": "ERROR", "name": "shop", "message": "boom" }),
        value!({ "timestamp": time, "level": "error", "scope.name": "shop" }),
    );
    check_named(
        value!({ "instant": { "epochSecond": time / 1_000_000_000, "nanoOfSecond": 123_000_000 }, "level": "INFO", "loggerName": "a.B", "message": "hi" }),
        value!({ "timestamp": time, "scope.name": "a.B" }),
    );
    check_named(value!({ "timeMillis": time / 1_000_000, "level": "INFO", "message": "hi" }), value!({ "timestamp": time }));
    check_named(
        value!({ "timestamp": t, "level": "INFO", "fields": { "message": "added", "n": 1 }, "target": "shop::cart" }),
        value!({ "message": "added", "scope.name": "shop::cart" }),
    );
    check_named(
        value!({ "event": "added", "level": "info", "timestamp": t, "logger": "shop" }),
        value!({ "message": "added", "scope.name": "shop" }),
    );
    check_named(value!({ "version": "1.1", "short_message": "hi", "level": 3 }), value!({ "message": "hi" }));
    check_named(
        value!({ "@message": "level=error n=1", "@timestamp": t }),
        value!({ "message": "level=error n=1", "level": "error", "n": 1 }),
    );
    let inner = value!({ "@t": t, "@l": "Error", "@m": "boom" });
    check_named(
        value!({ "log": inner.to_string() }),
        value!({ "timestamp": time, "level": "error", "@t": t, "@l": "Error", "@m": "boom" }),
    );
}

#[test]
fn names_that_mongodb_has_are_read() {
    let time = nanos("2026-01-31T12:00:00.123Z");
    let mongodb = |severity: &str| {
        value!({
            "t": { "$date": "2026-01-31T13:00:00.123+01:00" }, "s": severity, "c": "NETWORK", "id": 22943, "ctx": "listener",
            "msg": "Connection accepted", "attr": { "remote": "127.0.0.1:5000" },
        })
    };
    let of_mongodb =
        |level: &str| value!({ "timestamp": time, "level": level, "scope.name": "NETWORK", "thread.name": "listener" });
    for (severity, level) in
        [("F", "critical"), ("E", "error"), ("W", "warn"), ("I", "info"), ("D", "debug"), ("D1", "debug"), ("D5", "debug")]
    {
        check_named(mongodb(severity), of_mongodb(level));
    }
    let inner = mongodb("W");
    let mut said = inner.clone();
    said["log_message"] = said["msg"].take();
    said.as_object_mut().unwrap().remove("msg");
    said["timestamp"] = time.into();
    said["level"] = "warn".into();
    check_named(value!({ "log": inner.to_string() }), said);
}

#[test]
fn names_that_others_use_otherwise_are_left_alone() {
    for record in [
        value!({ "event": "signup", "user": 7 }),
        value!({ "event": "signup", "level": "info", "message": "hi" }),
        value!({ "event": "signup", "level": "info", "message": 5 }),
        value!({ "event": { "kind": "a" }, "level": "info" }),
        value!({ "name": "ann", "target": "moon", "level": "info", "Level": "error", "message": "hi" }),
        value!({ "Level": 5, "name": "ann" }),
        value!({ "Level": "boss", "Category": "books", "Timestamp": "never" }),
        value!({ "fields": { "message": 5 }, "target": "x" }),
        value!({ "instant": { "epochSecond": "x" } }),
        value!({ "@l": "" }),
        value!({ "t": 5, "s": "E", "c": "red", "ctx": "x", "msg": "hi" }),
        value!({ "t": { "$date": "never" }, "s": "E", "msg": "hi" }),
        value!({ "t": "2026-01-31T12:00:00Z", "s": "E", "msg": "hi" }),
    ] {
        assert_eq!(enriched(&record), record);
    }
}

#[test]
fn colours_are_looked_past_and_stay_in_the_message() {
    let tracing = "\u{1b}[2m2026-01-31T12:00:00.000001Z\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m \u{1b}[2mmy_app\u{1b}[0m\u{1b}[2m:\u{1b}[0m \
        started \u{1b}[3mport\u{1b}[0m\u{1b}[2m=\u{1b}[0m8080 \u{1b}[3mhost\u{1b}[0m\u{1b}[2m=\u{1b}[0mweb";
    check(
        tracing,
        Format::Rust,
        value!({ "timestamp": nanos("2026-01-31T12:00:00.000001Z"), "level": "info", "scope.name": "my_app", "port": 8080, "host": "web" }),
    );
    let zerolog =
        "\u{1b}[90m12:00PM\u{1b}[0m \u{1b}[31mERR\u{1b}[0m no cart \u{1b}[36muser=\u{1b}[0m7 \u{1b}[36mpath=\u{1b}[0m/x";
    check(zerolog, Format::Zerolog, value!({ "level": "error", "user": 7, "path": "/x" }));
    check(
        "[12:00:00.123] \u{1b}[32mINFO\u{1b}[39m (shop/7): \u{1b}[36mtext\u{1b}[39m",
        Format::Pino,
        value!({ "timestamp": nanos("2026-01-31T12:00:00.123Z"), "level": "info", "scope.name": "shop", "process.pid": 7 }),
    );
    check("\u{1b}[32minfo\u{1b}[39m: listening", Format::Prefix, value!({ "level": "info" }));
    check(
        "\u{1b}[1m\u{1b}[35mStarted GET \"/a?b=1\" for ::1 at 2026-01-31 12:00:00 +0000\u{1b}[0m",
        Format::Rails,
        value!({
            "timestamp": nanos("2026-01-31T12:00:00Z"), "http.request.method": "GET", "url.path": "/a", "url.query": "b=1",
            "client.address": "::1",
        }),
    );
    check(
        "2026-01-31 12:00:00,123 [main] \u{1b}[1;31mERROR\u{1b}[0;39m \u{1b}[36mcom.example.App\u{1b}[0;39m - text",
        Format::Java,
        value!({
            "timestamp": nanos("2026-01-31T12:00:00.123Z"), "level": "error", "thread.name": "main", "scope.name": "com.example.App",
        }),
    );
}

#[test]
fn what_compose_puts_before_a_line_is_read() {
    let access = r#"192.0.2.7 - - [31/Jan/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 5"#;
    for prefix in ["shop-web-1  | ", "\u{1b}[36mshop-web-1  | \u{1b}[0m", "shop-web-1            | "] {
        check(
            &format!("{prefix}{access}"),
            Format::Access,
            value!({
                "container.name": "shop-web-1", "timestamp": nanos("2026-01-31T12:00:00Z"), "client.address": "192.0.2.7",
                "http.request.method": "GET", "url.path": "/", "network.protocol.version": "1.1",
                "http.response.status_code": 200, "http.response.body.size": 5,
            }),
        );
    }
    check("db_2  | ready", Format::Prefix, value!({ "container.name": "db_2" }));
    check("db-2  | {\"n\":1}", Format::Json, value!({ "container.name": "db-2", "n": 1 }));
    check("db-2  | web-1  | ready", Format::Prefix, value!({ "container.name": "db-2" }));
}

#[test]
fn what_a_runtime_of_kubernetes_puts_before_a_line_is_read() {
    let time = nanos("2026-01-31T12:00:00.123456789Z");
    let of = |stream: &str| value!({ "timestamp": time, "log.iostream": stream });
    let cri = "2026-01-31T12:00:00.123456789Z";
    let mut inner = of("stderr");
    inner["level"] = "error".into();
    inner["log_message"] = "boom".into();
    inner["user"] = 7.into();
    check(&format!("{cri} stderr F {{\"level\":\"error\",\"msg\":\"boom\",\"user\":7}}"), Format::Json, inner);
    check(&format!("{cri} stdout P {{\"level\":\"error\",\"msg"), Format::Prefix, of("stdout"));
    check("2026-01-31T13:00:00.123456789+01:00 stdout F", Format::Prefix, of("stdout"));
    let mut warned = of("stderr");
    warned["level"] = "warn".into();
    check(&format!("{cri} stderr F WARN low"), Format::Prefix, warned);
    check(
        &format!("{cri} stdout F 2026-01-31T11:59:59Z ERROR boom"),
        Format::Prefix,
        value!({ "timestamp": nanos("2026-01-31T11:59:59Z"), "level": "error", "log.iostream": "stdout" }),
    );
    // What has a time of its own keeps it, whatever its name.
    check(&format!("{cri} stdout F {{\"ts\":5,\"n\":1}}"), Format::Json, value!({ "ts": 5, "n": 1, "log.iostream": "stdout" }));
    let plain = value!({ "timestamp": time });
    for line in [format!("{cri} stdin F x"), format!("{cri} stderr X x"), format!("{cri} stderrF x")] {
        check(&line, Format::Prefix, plain.clone());
    }
}

#[test]
fn a_level_a_thread_and_a_class_without_a_time_are_read() {
    let of = |thread: &str, logger: &str| value!({ "level": "error", "thread.name": thread, "scope.name": logger });
    check("ERROR [main] com.example.App - boom", Format::Java, of("main", "com.example.App"));
    check("ERROR [pool-1 thread-2] c.e.App  - boom", Format::Java, of("pool-1 thread-2", "c.e.App"));
    let placed = value!({ "level": "warn", "scope.name": "com.example.App", "code.line.number": 42 });
    check("WARN  com.example.App:42 - low", Format::Java, placed);
    check("INFO com.example.App - up", Format::Java, value!({ "level": "info", "scope.name": "com.example.App" }));
    check(
        "2026-01-31 12:00:00 INFO  App:42 - up a=1 b=2",
        Format::Java,
        value!({
            "timestamp": nanos("2026-01-31T12:00:00Z"), "level": "info", "scope.name": "App", "code.line.number": 42, "a": 1, "b": 2,
        }),
    );
    for line in ["INFO [core] started - really", "INFO web.example.com - up", "INFO a.B: up", "INFO App - up", "INFO a b.C - up"]
    {
        check(line, Format::Prefix, value!({ "level": "info" }));
    }
}

#[test]
fn a_module_of_python_is_read_where_it_can_be_nothing_else() {
    let time = nanos("2026-01-31T12:00:00.123Z");
    let error = value!({ "timestamp": time, "level": "error" });
    let mut of_module = error.clone();
    of_module["scope.name"] = "app.module".into();
    check("2026-01-31 12:00:00,123 ERROR app.module message", Format::Python, of_module.clone());
    check("2026-01-31 12:00:00,123 ERROR    app.module: message", Format::Python, of_module.clone());
    of_module["a"] = 1.into();
    of_module["b"] = 2.into();
    check("2026-01-31 12:00:00,123 ERROR app.module message a=1 b=2", Format::Python, of_module);
    for text in
        ["db.example.com refused", "config.yaml is missing", "done", "Cart.add failed", "a..b c", "app.module", "v1.2 of it"]
    {
        check(&format!("2026-01-31 12:00:00,123 ERROR {text}"), Format::Prefix, error.clone());
    }
    check("2026-01-31 12:00:00.123 ERROR app.module message", Format::Prefix, error);
}

#[test]
fn pairs_behind_the_quoted_text_of_klog_are_read() {
    let of_klog = || {
        value!({
            "timestamp": nanos("2026-01-31T11:00:00.123Z"), "level": "error", "thread.id": 1,
            "code.file.path": "pod.go", "code.line.number": 12,
        })
    };
    let head = "E0131 11:00:00.123000       1 pod.go:12]";
    let mut pairs = of_klog();
    pairs["pod"] = "default/x".into();
    pairs["err"] = "no \"x\"".into();
    pairs["tries"] = 3.into();
    check(&format!(r#"{head} "Failed \"now\"" pod="default/x" err="no \"x\"" tries=3"#), Format::Klog, pairs);
    let mut one = of_klog();
    one["pod"] = "default/x".into();
    check(&format!(r#"{head} "Failed" pod="default/x""#), Format::Klog, one);
    for text in [r#""Failed""#, r#"Failed pod="x""#, r#""Failed" now pod="x""#, r#""Failed" pod="x"#, r#""Failed"pod="x""#] {
        check(&format!("{head} {text}"), Format::Klog, of_klog());
    }
}

#[test]
fn two_lines_of_java_util_logging_are_read() {
    for (space, half, hour) in [(" ", "AM", 10), ("\u{202f}", "PM", 22)] {
        check(
            &format!("Nov 5, 2026 10:00:00{space}{half} com.example.Main main\nWARNING: started"),
            Format::Java,
            value!({
                "timestamp": nanos(&format!("2026-11-05T{hour:02}:00:00Z")), "level": "warn", "scope.name": "com.example.Main",
                "code.function.name": "main",
            }),
        );
    }
    check(
        "Jan 31, 2026 12:00:00 AM com.example.Main <init>\nSEVERE: no cart\njava.lang.IllegalStateException: empty\n\tat a.B.c(B.java:1)",
        Format::Java,
        value!({
            "timestamp": nanos("2026-01-31T00:00:00Z"), "level": "error", "scope.name": "com.example.Main",
            "code.function.name": "<init>", "exception.type": "java.lang.IllegalStateException", "exception.message": "empty",
            "exception.stacktrace": "java.lang.IllegalStateException: empty\n\tat a.B.c(B.java:1)",
        }),
    );
}
