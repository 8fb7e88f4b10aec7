//! How fast JSON becomes columns: `cargo bench -p store --bench shred`.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::fmt::Write;
use std::time::Duration;

use model::{Timestamp, limits};
use store::{Arrival, FreshTable, Projection};

mod timing;

use timing::timed;

const CORPUS_BYTES: usize = 200_000_000;
const BODY_BYTES: usize = 1 << 20;
const ROUNDS: usize = 5;

/// Numbers that look random and are the same in every run.
struct Sequence(u64);

impl Sequence {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mixed = (self.0 >> 33) ^ self.0;
        mixed.wrapping_mul(0xff51_afd7_ed55_8ccd) >> 8
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn pick<'a>(&mut self, among: &[&'a str]) -> &'a str {
        among[self.below(among.len() as u64) as usize]
    }
}

/// One record of about 650 bytes and 30 flattened fields, 8 of them optional.
fn record(sequence: &mut Sequence, i: u64, out: &mut String) -> std::fmt::Result {
    let (day, millis) = (i / 1_000 % 60, i % 1_000);
    write!(out, "{{\"timestamp\":\"2026-01-31T{:02}:{day:02}:{:02}.{millis:03}Z\"", i / 60_000 % 24, i % 60)?;
    write!(out, ",\"level\":\"{}\"", sequence.pick(&["info", "info", "info", "debug", "warn", "error"]))?;
    write!(out, ",\"service\":\"{}\"", sequence.pick(&["checkout", "catalog", "auth", "search", "gateway"]))?;
    write!(out, ",\"host\":\"host-{:03}.eu-west-1.internal\"", sequence.below(200))?;
    write!(
        out,
        ",\"request_id\":\"{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}\"",
        sequence.below(1 << 32),
        sequence.below(1 << 16),
        sequence.below(1 << 12),
        sequence.below(1 << 12),
        sequence.below(1 << 48)
    )?;
    write!(
        out,
        ",\"trace\":{{\"id\":\"{:016x}{:016x}\",\"span_id\":\"{:016x}\"}}",
        sequence.next(),
        sequence.next(),
        sequence.next()
    )?;
    message(sequence, out)?;
    request(sequence, out)?;
    optional(sequence, out)?;
    writeln!(
        out,
        ",\"sampled\":{},\"version\":\"2.{}.1\",\"thread_id\":{}}}",
        sequence.below(2) == 0,
        sequence.below(30),
        sequence.below(1 << 40)
    )
}

fn message(sequence: &mut Sequence, out: &mut String) -> std::fmt::Result {
    match sequence.below(4) {
        0 => write!(
            out,
            ",\"message\":\"GET /api/v1/items/{} finished with {} in {} ms\"",
            sequence.below(90_000),
            200,
            sequence.below(900)
        )?,
        1 => write!(
            out,
            ",\"message\":\"10.{}.{}.7 - - \\\"GET /static/app.js HTTP/1.1\\\" 200 {}\"",
            sequence.below(255),
            sequence.below(255),
            sequence.below(99_999)
        )?,
        2 => write!(
            out,
            ",\"message\":\"cache refreshed for tenant t{} with {} entries\"",
            sequence.below(40),
            sequence.below(5_000)
        )?,
        _ => write!(
            out,
            ",\"message\":\"connection reset by peer\\n    at io.netty.Channel.read(Channel.java:{})\"",
            sequence.below(400)
        )?,
    }
    Ok(())
}

fn request(sequence: &mut Sequence, out: &mut String) -> std::fmt::Result {
    write!(
        out,
        ",\"http\":{{\"method\":\"{}\",\"status\":{},\"bytes\":{},\"path\":\"/api/v1/items\"}}",
        sequence.pick(&["GET", "POST", "PUT"]),
        200 + sequence.below(300),
        sequence.below(200_000)
    )?;
    write!(
        out,
        ",\"latency_ms\":{}.{:03},\"user\":{{\"id\":{},\"plan\":\"{}\"}}",
        sequence.below(900),
        sequence.below(1_000),
        sequence.below(100_000),
        sequence.pick(&["free", "team", "pro"])
    )?;
    write!(
        out,
        ",\"client_ip\":\"203.0.{}.{}\",\"kubernetes\":{{\"namespace\":\"prod\",\"pod_name\":\"api-{:05x}\",\"container\":\"api\",\"node\":\"node-{}\"}}",
        sequence.below(200),
        sequence.below(255),
        sequence.below(1 << 20),
        sequence.below(40)
    )?;
    Ok(())
}

fn optional(sequence: &mut Sequence, out: &mut String) -> std::fmt::Result {
    for (key, one_in) in [("retry", 10), ("shard", 5), ("attempt", 4), ("region_code", 3)] {
        if sequence.below(one_in) == 0 {
            write!(out, ",\"{key}\":{}", sequence.below(50))?;
        }
    }
    for (key, one_in) in [("tenant", 2), ("feature", 3), ("queue", 6), ("error_kind", 8)] {
        if sequence.below(one_in) == 0 {
            write!(out, ",\"{key}\":\"{key}-{}\"", sequence.below(20))?;
        }
    }
    Ok(())
}

fn corpus() -> Vec<String> {
    let (mut bodies, mut bytes, mut i, mut sequence) = (Vec::new(), 0, 0, Sequence(42));
    while bytes < CORPUS_BYTES {
        let mut body = String::with_capacity(BODY_BYTES + 4_096);
        while body.len() < BODY_BYTES {
            record(&mut sequence, i, &mut body).expect("a string takes what is written");
            i += 1;
        }
        bytes += body.len();
        bodies.push(body);
    }
    bodies
}

/// Shreds the corpus into tables of the size at which they become parts.
fn shred(bodies: &[String], mut table: FreshTable, next: fn(FreshTable) -> FreshTable) -> FreshTable {
    for body in bodies {
        let arrival = Arrival { at: Timestamp::from_nanos(0), first_sequence: table.rows() as u64 + 1 };
        table.append(body.as_bytes(), arrival).expect("the corpus is JSON");
        if table.raw_bytes() > limits::FRESH_RAW_BYTES {
            table = next(table);
        }
    }
    table
}

fn report(what: &str, bytes: usize, took: Duration) {
    println!(
        "{what:<42} {:>7.0} MB/s {:>6.2} s/GB",
        bytes as f64 / took.as_secs_f64() / 1e6,
        took.as_secs_f64() * 1e9 / bytes as f64
    );
}

fn main() {
    let bodies = corpus();
    let bytes: usize = bodies.iter().map(String::len).sum();
    let records: usize = bodies.iter().map(|body| body.lines().count()).sum();
    println!("{} MB, {records} records of {} bytes", bytes / 1_000_000, bytes / records);
    let mut table = FreshTable::new();
    for _ in 0..ROUNDS {
        let (_, took) = timed(|| bodies.iter().filter(|body| std::str::from_utf8(body.as_bytes()).is_ok()).count());
        report("UTF-8 validation alone", bytes, took);
        let (_, took) = timed(|| shred(&bodies, FreshTable::new(), |_| FreshTable::new()));
        report("shred, new memory for each table", bytes, took);
        let (recycled, took) = timed(|| shred(&bodies, table, FreshTable::recycle));
        report("shred, recycled memory", bytes, took);
        let (columns, took) = timed(|| recycled.snapshot(usize::MAX, &Projection::All));
        report("snapshot of all columns", recycled.raw_bytes(), took);
        println!("heap {:.2} of raw, {} chunks", recycled.heap_bytes() as f64 / recycled.raw_bytes() as f64, columns.len());
        drop(columns);
        table = recycled.recycle();
    }
    hostile();
}

fn hostile() {
    let duplicates = "{\"a\":1,\"a\":2}\n".repeat(500_000);
    let sparse: String = (0..200_000).map(|i| format!("{{\"f{}\":{i}}}\n", i % 1_000)).collect();
    let distinct: String = (0..200_000).map(|i| format!("{{\"f{i}\":{i}}}\n")).collect();
    let wide = format!("{{{}}}", (0..100_000).map(|i| format!("\"f{i}\":{i}")).collect::<Vec<_>>().join(","));
    let deep = format!("{}1{}\n", "{\"a\":".repeat(64), "}".repeat(64)).repeat(20_000);
    for (what, body) in [
        ("duplicate keys", duplicates),
        ("1,000 sparse fields", sparse),
        ("200,000 distinct fields", distinct),
        ("100,000 fields in a record", wide),
        ("64 deep", deep),
    ] {
        let arrival = Arrival { at: Timestamp::from_nanos(0), first_sequence: 1 };
        let mut table = FreshTable::new();
        let (result, took) = timed(|| table.append(body.as_bytes(), arrival));
        result.expect("hostile, but JSON");
        report(what, body.len(), took);
    }
}
