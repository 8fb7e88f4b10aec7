//! The right answers, from a plain scan of the corpus that shares no code with the product.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, Result};
use memchr::memmem::{self, Finder};
use regex::bytes::Regex;

use crate::corpus::{format_second, parse_second};

pub(super) const SERVICE: &str = "api";
pub(super) const WORD: &str = "upstream";
pub(super) const LEVEL: &str = "error";
pub(super) const SUBSTRING: &str = "upstream timed";
pub(super) const PATTERN: &str = "after [0-9]{4,} ms";
pub(super) const LAST: usize = 100;

#[derive(Debug, Default)]
pub(super) struct Truth {
    pub(super) rows: u64,
    pub(super) bytes: u64,
    /// The time of the first record, and the second that begins after the last one's.
    pub(super) first: String,
    pub(super) after_last: String,
    /// Request ids of the newest records of one service, newest first.
    pub(super) of_service: VecDeque<String>,
    pub(super) with_word: VecDeque<String>,
    /// One request id from the middle, and its record's time.
    pub(super) middle: (String, String),
    /// By `2026-01-01T00:05` and level.
    pub(super) histogram: BTreeMap<(String, String), u64>,
    pub(super) clients: HashMap<String, u64>,
    /// By service and `2026-01-01T00`.
    pub(super) latencies: BTreeMap<(String, String), Vec<f32>>,
    pub(super) substring: u64,
    pub(super) pattern: u64,
    pub(super) users: HashSet<String>,
}

/// Finds the value after each key; a record's keys stand in this order.
struct Fields {
    level: Finder<'static>,
    service: Finder<'static>,
    message: Finder<'static>,
    request_id: Finder<'static>,
    client_ip: Finder<'static>,
    latency: Finder<'static>,
    user: Finder<'static>,
    pattern: Regex,
}

// === impl Truth ===

impl Truth {
    pub(super) fn scan(corpus: &Path) -> Result<Self> {
        let fields = Fields {
            level: Finder::new("\"level\":\""),
            service: Finder::new("\"service\":\""),
            message: Finder::new("\"message\":\""),
            request_id: Finder::new("\",\"request_id\":\""),
            client_ip: Finder::new("\"client_ip\":\""),
            latency: Finder::new("\"latency_ms\":"),
            user: Finder::new("\"user\":{\"id\":\""),
            pattern: Regex::new(PATTERN)?,
        };
        let file = File::open(corpus)?;
        let half = file.metadata()?.len() / 2;
        let mut reader = BufReader::with_capacity(1 << 20, file);
        let mut truth = Self::default();
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line)? > 0 {
            truth.add(&line, &fields, half).with_context(|| format!("record {}", truth.rows))?;
            line.clear();
        }
        let last = format!("{}Z", truth.after_last.get(..19).context("the corpus is empty")?);
        truth.after_last = format_second(parse_second(&last)? + 1);
        for latencies in truth.latencies.values_mut() {
            latencies.sort_by(f32::total_cmp);
        }
        Ok(truth)
    }

    fn add(&mut self, line: &[u8], fields: &Fields, half: u64) -> Option<()> {
        let time = text(line.get(14..41)?)?;
        let (level, rest) = value(line, &fields.level, b'"')?;
        let (service, rest) = value(rest, &fields.service, b'"')?;
        let rest = &rest[fields.message.find(rest)? + fields.message.needle().len()..];
        let end = fields.request_id.find(rest)?;
        let (message, rest) = rest.split_at(end);
        let (request_id, rest) = value(rest, &fields.request_id, b'"')?;
        let (client, rest) = value(rest, &fields.client_ip, b'"')?;
        let (latency, rest) = value(rest, &fields.latency, b',')?;
        let (user, _) = value(rest, &fields.user, b'"')?;

        if self.rows == 0 {
            time.clone_into(&mut self.first);
        }
        time.clone_into(&mut self.after_last);
        if self.bytes < half {
            self.middle = (request_id.to_owned(), time.to_owned());
        }
        self.rows += 1;
        self.bytes += line.len() as u64;
        if service == SERVICE {
            keep_last(&mut self.of_service, request_id);
            *self.clients.entry(client.to_owned()).or_default() += 1;
        }
        if level == LEVEL && memmem::find(message, WORD.as_bytes()).is_some() {
            keep_last(&mut self.with_word, request_id);
        }
        let minute: u8 = time[14..16].parse().ok()?;
        let bucket = format!("{}{:02}", &time[..14], minute - minute % 5);
        *self.histogram.entry((bucket, level.to_owned())).or_default() += 1;
        self.latencies.entry((service.to_owned(), time[..13].to_owned())).or_default().push(latency.parse().ok()?);
        self.substring += u64::from(memmem::find(message, SUBSTRING.as_bytes()).is_some());
        self.pattern += u64::from(fields.pattern.is_match(message));
        if !self.users.contains(user) {
            self.users.insert(user.to_owned());
        }
        Some(())
    }
}

fn keep_last(newest: &mut VecDeque<String>, id: &str) {
    newest.push_front(id.to_owned());
    newest.truncate(LAST);
}

/// The text after `key` up to `end`, and what follows it.
fn value<'a>(line: &'a [u8], key: &Finder<'_>, end: u8) -> Option<(&'a str, &'a [u8])> {
    let rest = &line[key.find(line)? + key.needle().len()..];
    let (found, rest) = rest.split_at(memchr::memchr(end, rest)?);
    Some((text(found)?, rest))
}

fn text(bytes: &[u8]) -> Option<&str> {
    str::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::{Shape, write_file};

    #[test]
    fn the_scan_sees_every_record() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("corpus");
        let shape = Shape { bytes: 3_000_000, end: 1_767_312_000, span_seconds: 86_400, seed: 3 };
        let written = write_file(&shape, &path).unwrap();
        let truth = Truth::scan(&path).unwrap();
        assert_eq!((truth.rows, truth.bytes), (written.rows, written.bytes));
        assert_eq!(truth.histogram.values().sum::<u64>(), truth.rows);
        assert_eq!(truth.latencies.values().map(|l| l.len() as u64).sum::<u64>(), truth.rows);
        assert_eq!((truth.of_service.len(), truth.with_word.len() > 20), (LAST, true));
        assert!(truth.substring > 10 && truth.pattern > 10 && truth.users.len() > 1_000, "{} {}", truth.substring, truth.pattern);
    }
}
