//! The benchmark's corpus: NDJSON that looks like a shop's logs, the same bytes for the same shape.
//!
//! Always holds: records are in strictly ascending time (microseconds), inside `[end - span, end)`, and the file ends at
//! the first record that reaches `bytes`. Every record has a unique `request_id` and `trace_id`, on purpose: they are
//! entropy that no store can save. Uses no clock and no randomness but its seed.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::{Result, ensure};

use crate::arguments::Arguments;

mod line;
mod message;
mod random;

use line::{Line, Stamp};
pub(crate) use line::{format_second, parse_second};
use random::Random;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) bytes: u64,
    /// Seconds since 1970.
    pub(crate) end: i64,
    pub(crate) span_seconds: u32,
    pub(crate) seed: u64,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
}

pub(crate) const SERVICES: [&str; 20] = [
    "api",
    "gateway",
    "web",
    "checkout",
    "orders",
    "payments",
    "search",
    "auth",
    "users",
    "cart",
    "inventory",
    "shipping",
    "email",
    "cdn",
    "worker",
    "scheduler",
    "billing",
    "recommend",
    "kernel",
    "sshd",
];
const HOSTS: u64 = 200;
const USERS: u64 = 100_000;
const CLIENTS: u64 = 50_000;
const REGIONS: [&str; 4] = ["eu-west-1", "eu-central-1", "us-east-1", "ap-south-1"];
const ROUTES: [&str; 12] = [
    "/api/v1/orders",
    "/api/v1/cart",
    "/api/v1/products",
    "/api/v1/search",
    "/login",
    "/logout",
    "/checkout",
    "/health",
    "/api/v1/users",
    "/static/app.js",
    "/api/v1/payments",
    "/api/v1/shipping/quote",
];
const METHODS: [&str; 5] = ["GET", "GET", "GET", "POST", "PUT"];
const FLAGS: [&str; 6] = ["new-checkout", "fast-search", "dark-mode", "eu-tax", "beta-cart", "none"];
const QUEUES: [&str; 5] = ["orders.created", "mail.outgoing", "stock.changed", "invoices", "thumbnails"];

/// What one record is about, before it is written.
pub(crate) struct Event {
    service: usize,
    host: u64,
    user: u64,
    client: u64,
    route: usize,
    status: u64,
    bytes: u64,
    /// Thousandths of a millisecond.
    latency: u64,
    level: &'static str,
}

// === impl Shape ===

impl Shape {
    pub(crate) fn from_arguments(arguments: &mut Arguments) -> Result<Self> {
        let end = match arguments.value("--end")? {
            Some(text) => parse_second(&text)?,
            None => parse_second("2026-01-02T00:00:00Z")?,
        };
        let shape = Self {
            bytes: arguments.parsed("--bytes", 1_000_000_000)?,
            end,
            span_seconds: arguments.parsed("--span", 86_400)?,
            seed: arguments.parsed("--seed", 1)?,
        };
        ensure!(shape.span_seconds > 0, "--span is at least one second");
        Ok(shape)
    }
}

pub(crate) fn write_file(shape: &Shape, path: &Path) -> Result<Written> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let written = write(shape, &mut out)?;
    out.flush()?;
    Ok(written)
}

pub(crate) fn write(shape: &Shape, out: &mut impl Write) -> io::Result<Written> {
    let mut random = Random::new(shape.seed);
    let mut written = Written::default();
    let mut line = Line::default();
    let start = (shape.end - i64::from(shape.span_seconds)) * 1_000_000;
    let span = u64::from(shape.span_seconds) * 1_000_000;
    let mut stamp = Stamp::before(start);
    while written.bytes < shape.bytes {
        // Time goes as the bytes do, with the jitter of about one record, and never stands still.
        let due = u128::from(span) * u128::from(written.bytes) / u128::from(shape.bytes);
        let jitter = random.below(u64::try_from(u128::from(span) * 500 / u128::from(shape.bytes)).unwrap_or(0) + 1);
        let latest = start + i64::try_from(span).unwrap_or(i64::MAX) - 1;
        stamp.advance((start + i64::try_from(due).unwrap_or(0) + i64::try_from(jitter).unwrap_or(0)).min(latest));
        line.clear();
        let event = Event::draw(&mut random);
        write_record(&mut line, &stamp, &event, &mut random);
        out.write_all(line.bytes())?;
        written.rows += 1;
        written.bytes += line.bytes().len() as u64;
    }
    Ok(written)
}

// === impl Event ===

impl Event {
    fn draw(random: &mut Random) -> Self {
        // The product of two draws is skewed: the first service has about a fifth of all records, the last ones little.
        let service = random.skewed(SERVICES.len() as u64) as usize;
        let host = service as u64 * (HOSTS / SERVICES.len() as u64) + random.below(HOSTS / SERVICES.len() as u64);
        let level = match random.below(1_000) {
            0..780 => "info",
            780..880 => "debug",
            880..952 => "warn",
            952..997 => "error",
            _ => "critical",
        };
        let failed = matches!(level, "error" | "critical");
        let status = match (failed, random.below(100)) {
            (true, n) => [500, 502, 503, 504][n as usize % 4],
            (false, 0..88) => 200,
            (false, 88..93) => 304,
            (false, 93..97) => 404,
            (false, _) => 429,
        };
        let latency = 900 + random.below(40_000) + if random.below(20) == 0 { random.below(3_000_000) } else { 0 };
        Self {
            service,
            host,
            user: random.skewed(USERS),
            client: random.skewed(CLIENTS),
            route: random.skewed(ROUTES.len() as u64) as usize,
            status,
            bytes: 120 + random.below(64) * random.below(1_024),
            latency: if failed { latency * 3 } else { latency },
            level,
        }
    }

    fn failed(&self) -> bool {
        matches!(self.level, "error" | "critical")
    }
}

/// About thirty flattened fields, eight of them on a part of the records only.
fn write_record(line: &mut Line, stamp: &Stamp, event: &Event, random: &mut Random) {
    line.text("{\"timestamp\":\"").text(stamp.text()).text("\",\"level\":\"").text(event.level);
    line.text("\",\"service\":\"").text(SERVICES[event.service]).text("\",\"host\":\"ip-10-").number(event.host / 16);
    line.text("-7-").number(event.host).text("\",\"region\":\"").text(REGIONS[event.host as usize % REGIONS.len()]);
    line.text("\",\"env\":\"prod\",\"version\":\"4.").number(event.service as u64).text(".").number(event.host % 3);
    line.text("\",\"message\":\"");
    message::write(line, stamp, event, random);
    line.text("\",\"request_id\":\"").uuid(random.next(), random.next());
    line.text("\",\"trace_id\":\"").hex(random.next(), 16).hex(random.next(), 16);
    line.text("\",\"client_ip\":\"").address(event.client);
    line.text("\",\"latency_ms\":").thousandths(event.latency);
    line.text(",\"user\":{\"id\":\"u-").number(event.user).text("\",\"plan\":\"");
    line.text(["free", "pro", "team"][event.user as usize % 3]).text("\"},\"http\":{\"method\":\"");
    line.text(METHODS[random.below(5) as usize]).text("\",\"route\":\"").text(ROUTES[event.route]).text("\",\"status\":");
    line.number(event.status).text(",\"bytes\":").number(event.bytes).text("},\"k8s\":{\"namespace\":\"shop\",\"pod\":\"");
    line.text(SERVICES[event.service]).text("-").hex(event.host.wrapping_mul(0x9E37_79B9), 8).text("\",\"node\":\"node-");
    line.number(event.host % 24).text("\"}");
    write_optional(line, event, random);
    line.text("}\n");
}

fn write_optional(line: &mut Line, event: &Event, random: &mut Random) {
    if random.below(100) < 50 {
        line.text(",\"cache\":{\"hit\":").text(if random.below(4) > 0 { "true" } else { "false" }).text("}");
    }
    if random.below(100) < 20 {
        line.text(",\"span_id\":\"").hex(random.next(), 16).text("\"");
    }
    if random.below(100) < 30 {
        line.text(",\"db\":{\"rows\":").number(random.skewed(5_000)).text(",\"ms\":").thousandths(random.below(90_000)).text("}");
    }
    if random.below(100) < 15 {
        line.text(",\"feature_flag\":\"").text(FLAGS[random.below(6) as usize]).text("\"");
    }
    if random.below(100) < 12 {
        line.text(",\"queue\":{\"name\":\"").text(QUEUES[random.below(5) as usize]).text("\"}");
    }
    if event.failed() || random.below(100) < 7 {
        line.text(",\"retry\":")
            .number(random.below(5))
            .text(",\"error\":{\"type\":\"")
            .text(message::error_type(event))
            .text("\"");
        if event.failed() {
            line.text(",\"stack\":\"");
            message::write_stack(line, event, random);
            line.text("\"");
        }
        line.text("}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus(bytes: u64) -> (String, Written) {
        let shape = Shape { bytes, end: 1_767_312_000, span_seconds: 86_400, seed: 7 };
        let mut out = Vec::new();
        let written = write(&shape, &mut out).unwrap();
        (String::from_utf8(out).unwrap(), written)
    }

    #[test]
    fn the_same_shape_gives_the_same_bytes() {
        assert_eq!(corpus(300_000), corpus(300_000));
    }

    #[test]
    fn every_line_is_json_of_about_the_promised_size_and_in_time_order() {
        let (text, written) = corpus(2_000_000);
        let mut last = String::new();
        for line in text.lines() {
            let record: serde_json::Value = serde_json::from_str(line).expect(line);
            let time = record["timestamp"].as_str().unwrap().to_owned();
            assert!(time > last && time.as_str() >= "2026-01-01T00:00:00" && time.as_str() < "2026-01-02T00:00:00", "{time}");
            last = time;
        }
        let mean = written.bytes / written.rows;
        assert!((560..=620).contains(&mean), "{mean} bytes a record");
        assert_eq!(written.bytes, text.len() as u64);
    }
}
