//! How far sending is: a bar on a terminal, a line now and then elsewhere, and the sum at the end.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use tokio::time::Instant;

use super::upload::Wait;
use crate::client::output::Output;
use crate::client::units;

const BAR: &str = "{bar:24} {percent:>3} %  {decimal_bytes} of {decimal_total_bytes}  {decimal_bytes_per_sec}  {eta} left  {msg}";
const SPINNER: &str = "{spinner} {decimal_bytes}  {decimal_bytes_per_sec}  {msg}";
const DRAWS_PER_SECOND: u8 = 10;

#[derive(Debug)]
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    pub(super) totals: Totals,
    waiting: Option<String>,
}

/// What was done so far.
#[derive(Debug, Clone)]
pub(super) struct Totals {
    began: Instant,
    pub(super) accepted: u64,
    pub(super) refused: u64,
    pub(super) requests: u64,
    /// Of the input, decompressed.
    pub(super) bytes: u64,
    /// Of the files as they lie there, those before the start included.
    pub(super) position: u64,
    size: Option<u64>,
}

// === impl Progress ===

impl Progress {
    /// `size`: of all files; `None` where a pipe is among them. `position`: what an earlier run sent.
    pub(super) fn new(size: Option<u64>, position: u64) -> Self {
        let totals = Totals { began: Instant::now(), accepted: 0, refused: 0, requests: 0, bytes: 0, position, size };
        let bar = io::stderr().is_terminal().then(|| {
            let target = ProgressDrawTarget::stderr_with_hz(DRAWS_PER_SECOND);
            let bar = ProgressBar::with_draw_target(size, target);
            let template = if size.is_some() { BAR } else { SPINNER };
            let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            bar.set_style(style.progress_chars("━╸ "));
            bar.set_position(position);
            // What was sent before is no part of the rate.
            bar.reset_eta();
            bar
        });
        Self { bar, totals, waiting: None }
    }

    pub(super) fn update(&mut self) {
        self.waiting = None;
        self.draw();
    }

    pub(super) fn wait(&mut self, wait: &Wait) {
        self.waiting = Some(format!("{}; trying again in {}", wait.reason, units::duration(wait.length)));
        self.draw();
    }

    fn draw(&self) {
        let Some(bar) = &self.bar else { return };
        bar.set_position(self.totals.position);
        bar.set_message(self.waiting.clone().unwrap_or_else(|| self.totals.records()));
    }

    /// What a log file or a pipe gets instead of a bar.
    pub(super) fn report(&self, output: &Output) {
        if self.bar.is_some() {
            return;
        }
        let waiting = self.waiting.as_ref().map(|waiting| format!("; {waiting}")).unwrap_or_default();
        output.note(&format!("{}{waiting}", self.totals.so_far()));
    }

    /// A line that does not disturb the bar.
    pub(super) fn note(&self, output: &Output, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| output.note(text)),
            None => output.note(text),
        }
    }

    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

// === impl Totals ===

impl Totals {
    fn records(&self) -> String {
        let accepted = format!("{} accepted", units::counted(self.accepted, "record"));
        if self.refused == 0 { accepted } else { format!("{accepted}, {} refused", units::count(self.refused)) }
    }

    fn so_far(&self) -> String {
        let position = match self.size {
            Some(size) if size > 0 => format!("{} of {}", units::bytes(self.position), units::bytes(size)),
            Some(_) | None => units::bytes(self.position),
        };
        format!("{}, {position}, {}/s", self.records(), units::bytes(self.rate()))
    }

    pub(super) fn summary(&self) -> String {
        let took = units::duration(self.elapsed());
        let rate = format!("{}/s, {}/s", units::bytes(self.rate()), units::counted(self.record_rate(), "record"));
        format!("{}: {} in {took} ({rate})", self.records(), units::bytes(self.bytes))
    }

    pub(super) fn json(&self, is_complete: bool) -> String {
        json!({
            "accepted": self.accepted,
            "refused": self.refused,
            "bytes": self.bytes,
            "requests": self.requests,
            "seconds": self.elapsed().as_secs_f64(),
            "bytes_per_second": self.rate(),
            "records_per_second": self.record_rate(),
            "complete": is_complete,
        })
        .to_string()
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    fn rate(&self) -> u64 {
        units::per_second(self.bytes, self.elapsed())
    }

    fn record_rate(&self) -> u64 {
        units::per_second(self.accepted, self.elapsed())
    }
}
