//! What databases write.

use super::*;

#[test]
fn lines_of_postgresql_are_read() {
    let of = |level: &str| value!({ "timestamp": nanos("2026-01-31T12:00:00.123Z"), "level": level, "process.pid": 1234 });
    for (severity, level) in [
        ("ERROR", "error"),
        ("FATAL", "critical"),
        ("PANIC", "emergency"),
        ("LOG", "info"),
        ("INFO", "info"),
        ("NOTICE", "notice"),
        ("WARNING", "warn"),
        ("DEBUG1", "debug"),
        ("DEBUG5", "debug"),
    ] {
        let line = format!("2026-01-31 12:00:00.123 UTC [1234] {severity}:  relation \"x\" does not exist at character 15");
        check(&line, Format::Prefix, of(level));
    }
    for severity in ["STATEMENT", "DETAIL", "HINT", "CONTEXT", "QUERY", "LOCATION"] {
        let line = format!("2026-01-31 12:00:00.123 UTC [1234] {severity}:  SELECT * FROM x");
        check(&line, Format::Prefix, value!({ "timestamp": nanos("2026-01-31T12:00:00.123Z"), "process.pid": 1234 }));
    }
    let mut named = of("error");
    named["user.name"] = "ann".into();
    named["db.namespace"] = "shop".into();
    check("2026-01-31 12:00:00.123 UTC [1234] ann@shop ERROR:  deadlock detected", Format::Prefix, named.clone());
    check("2026-01-31 13:00:00.123 CET [1234-7] ann@shop ERROR:  deadlock detected", Format::Prefix, named.clone());
    check("2026-01-31 07:00:00.123 EST [1234] ann@shop ERROR:  deadlock detected", Format::Prefix, named.clone());
    named["postgresql.application_name"] = "psql 16".into();
    named["client.address"] = "10.0.0.1".into();
    check(
        "2026-01-31 12:00:00.123 UTC [1234]: [3-1] user=ann,db=shop,app=psql 16,client=10.0.0.1 ERROR:  deadlock detected",
        Format::Prefix,
        named,
    );
    check(
        "2026-01-31 12:00:00.123 UTC [1234] [unknown]@[unknown] LOG:  invalid length of startup packet",
        Format::Prefix,
        of("info"),
    );
    let mut slow = of("info");
    slow["postgresql.duration_ms"] = 1250.5.into();
    check("2026-01-31 12:00:00.123 UTC [1234] LOG:  duration: 1250.500 ms  statement: SELECT 1", Format::Prefix, slow);
}

#[test]
fn lines_of_postgresql_at_amazon_are_read() {
    let time = nanos("2026-01-31T12:00:00Z");
    check(
        "2026-01-31 12:00:00 UTC:10.0.0.1(53412):ann@shop:[1234]:ERROR:  relation \"x\" does not exist",
        Format::Prefix,
        value!({
            "timestamp": time, "level": "error", "process.pid": 1234, "user.name": "ann", "db.namespace": "shop",
            "client.address": "10.0.0.1", "client.port": 53412,
        }),
    );
    check(
        "2026-01-31 12:00:00 UTC:2001:db8::1(53412):[unknown]@[unknown]:[1234]:LOG:  connection received: host=x port=5",
        Format::Prefix,
        value!({
            "timestamp": time, "level": "info", "process.pid": 1234, "client.address": "2001:db8::1", "client.port": 53412,
        }),
    );
    for client in ["", "[local]"] {
        check(
            &format!("2026-01-31 12:00:00 UTC:{client}:@:[1234]:LOG:  checkpoint starting: time"),
            Format::Prefix,
            value!({ "timestamp": time, "level": "info", "process.pid": 1234 }),
        );
    }
}

#[test]
fn what_only_looks_like_postgresql_is_not_taken_for_it() {
    for line in [
        "2026-01-31 12:00:00.123 UTC [1234] ERROR: one space",
        "2026-01-31 12:00:00.123 UTC [main] ERROR:  x",
        "2026-01-31 12:00:00.123 UTC ERROR:  x",
        "2026-01-31 12:00:00.123 UTC [1234] NOTE:  x",
        "2026-01-31 12:00:00 UTC:10.0.0.1:[1234]:ERROR:  x",
        "2026-01-31 12:00:00 UTC [1234:ERROR:  x",
        "2026-01-31 ERROR:  x",
    ] {
        assert!(postgres::line(line).is_none(), "{line}");
    }
}

#[test]
fn lines_of_mysql_and_mariadb_are_read() {
    let time = nanos("2026-01-31T06:20:00.123456Z");
    for (name, level) in [("ERROR", "error"), ("Warning", "warn"), ("Note", "info"), ("System", "info")] {
        check(
            &format!("2026-01-31T06:20:00.123456Z 7 [{name}] [MY-012345] [InnoDB] boom"),
            Format::Prefix,
            value!({
                "timestamp": time, "level": level, "thread.id": 7, "mysql.error_code": "MY-012345", "mysql.subsystem": "InnoDB",
            }),
        );
    }
    check(
        "2026-01-31T06:20:00.123456Z 0 [Note] mysqld (mysqld 5.7.44) starting as process 1 ...",
        Format::Prefix,
        value!({ "timestamp": time, "level": "info", "thread.id": 0 }),
    );
    let warned = |time: &str| value!({ "timestamp": nanos(time), "level": "warn", "thread.id": 0 });
    check("2026-01-31  6:20:00 0 [Warning] InnoDB: low", Format::Prefix, warned("2026-01-31T06:20:00Z"));
    check("2026-01-31 11:20:00 0 [Warning] InnoDB: low", Format::Prefix, warned("2026-01-31T11:20:00Z"));
    check(
        "2026-01-31 11:20:00+00:00 [Note] [Entrypoint]: Entrypoint script for MySQL Server started.",
        Format::Prefix,
        value!({ "timestamp": nanos("2026-01-31T11:20:00Z"), "level": "info" }),
    );
    for line in [
        "2026-01-31 11:20:00 main [Warning] x",
        "2026-01-31 11:20:00 0 [warning] x",
        "2026-01-31 11:20:00 0 [Note]x",
        "2026-01-31 0 [Note] x",
        "2026-01-31  x:20:00 0 [Note] x",
        "7 [Note] x",
    ] {
        assert!(mysql::line(line).is_none(), "{line}");
    }
}

#[test]
fn lines_of_redis_are_read() {
    let time = nanos("2026-01-31T06:20:00.123Z");
    for (mark, level) in [(".", "debug"), ("-", "info"), ("*", "notice"), ("#", "warn")] {
        for (letter, role) in [("M", "master"), ("S", "replica"), ("C", "child"), ("X", "sentinel")] {
            check(
                &format!("1234:{letter} 31 Jan 2026 06:20:00.123 {mark} Ready to accept connections"),
                Format::Prefix,
                value!({ "timestamp": time, "level": level, "process.pid": 1234, "redis.role": role }),
            );
        }
    }
    for line in [
        "1234:M 31 Jan 2026 06:20:00.123 text",
        "1234:Q 31 Jan 2026 06:20:00.123 # text",
        "x:M 31 Jan 2026 06:20:00.123 # text",
        "1234:M 31 Foo 2026 06:20:00.123 # text",
        "1234:M 31 Jan 2026 noon # text",
        "12:M 3",
    ] {
        assert!(redis::line(line).is_none(), "{line}");
    }
}

#[test]
fn lines_of_elasticsearch_are_read() {
    let of = |logger: &str| {
        value!({
            "timestamp": nanos("2026-01-31T06:20:00.123Z"), "level": "warn", "scope.name": logger,
            "elasticsearch.node.name": "node-1",
        })
    };
    check(
        "[2026-01-31T06:20:00,123][WARN ][o.e.c.r.a.DiskThresholdMonitor] [node-1] high disk watermark",
        Format::Java,
        of("o.e.c.r.a.DiskThresholdMonitor"),
    );
    check("[2026-01-31T06:20:00,123][WARN ][o.e.n.Node               ] [node-1] starting ...", Format::Java, of("o.e.n.Node"));
    check("[2026-01-31T06:20:00,123][WARN ][o.e.n.Node] [node-1] [logs/x] text", Format::Java, of("o.e.n.Node"));
    for line in ["[2026-01-31 06:20:00][ERROR] boom", "[2026-01-31 06:20:00][ERROR][two words] boom", "[2026-01-31][a][b] c"] {
        assert_ne!(format(line, arrived()), Some(Format::Java), "{line}");
    }
}

/// What looks like a header of syslog in a file would be cut off.
#[test]
fn lines_of_text_that_databases_and_runtimes_write_are_messages() {
    for line in [
        "2026-01-31 12:00:00 UTC:10.0.0.1(53412):ann@shop:[1234]:ERROR:  relation \"x\" does not exist",
        "2026-01-31T06:20:00.123456Z 7 [ERROR] [MY-012345] [InnoDB] boom: it[7]: x",
        "1234:M 31 Jan 2026 06:20:00.123 # text: x",
        "2026-01-31T12:00:00.123456789Z stderr F app[7]: text",
    ] {
        let mut out = Vec::new();
        assert_eq!(text::LineParser::new(arrived()).write(line.as_bytes(), &mut out), text::LineFormat::Plain, "{line}");
        assert!(attributes(&out, arrived(), Redaction::default()).is_some(), "{line}");
    }
}
