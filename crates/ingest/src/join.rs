//! The lines of a stack trace, sent as one record each, as one record.
//!
//! Joined are records that stand next to each other in one body, whose members are the same but for message and time, and
//! whose messages are lines of one trace of Java, .NET, Node, Python, Go, Rust, PHP or Ruby, or of one record of java.util.logging. The
//! first one's time is the record's.
//!
//! Always holds: no line is lost, and none is joined that is no line of a trace; a trace of more than
//! `limits::STACK_TRACE_LINES_MAX` lines or `limits::STACK_TRACE_BYTES_MAX` bytes goes on as another record.

use std::borrow::Cow;
use std::cell::LazyCell;
use std::collections::VecDeque;
use std::ops::Range;

use bytes::Bytes;
use model::{Timestamp, limits};

use crate::json;
use crate::recognise::{self, AHEAD_LINES_MAX, Ahead, Format, Trace};
use crate::records::{Member, Records, Unreadable};
use crate::reserved::TIME_KEYS;

/// A record whose message may be a line of a trace.
struct Line {
    record: Range<usize>,
    /// The message's value.
    value: Range<usize>,
    text: String,
    /// The same without colours, where it has some.
    bare: Option<String>,
    /// Its other members, but for its time.
    others: Vec<u8>,
}

/// A record that others were joined to.
struct Open {
    value: Range<usize>,
    others: Vec<u8>,
    /// Where the first record ends, and the last that was joined.
    first_end: usize,
    end: usize,
    text: String,
    lines: usize,
    trace: Option<Trace>,
    /// Whether its first line starts as a logger's does.
    logged: bool,
}

struct Joined<'a> {
    body: &'a [u8],
    out: Vec<u8>,
    copied: usize,
    joined: usize,
}

/// A body with the lines of its stack traces joined; `None` where there are none.
pub(crate) fn stack_traces(body: &[u8], arrived: Timestamp) -> Option<Bytes> {
    if !recognise::has_trace(body) {
        return None;
    }
    let mut joined = Joined { body, out: Vec::new(), copied: 0, joined: 0 };
    // What is no JSON is refused as it came.
    match joined.run(arrived) {
        Ok(()) if joined.joined > 0 => Some(Bytes::from(joined.finish())),
        Ok(()) | Err(Unreadable) => None,
    }
}

// === impl Joined ===

impl Joined<'_> {
    fn run(&mut self, arrived: Timestamp) -> Result<(), Unreadable> {
        let (mut records, mut members) = (Records::new(self.body), Vec::new());
        let mut next = || -> Result<Option<Result<Line, ()>>, Unreadable> {
            let body = records.body;
            Ok(records.next(&mut members)?.map(|record| Line::of(body, record, &members).ok_or(())))
        };
        let mut open: Option<Open> = None;
        let mut queue: VecDeque<Result<Line, ()>> = VecDeque::with_capacity(AHEAD_LINES_MAX);
        loop {
            while queue.len() <= AHEAD_LINES_MAX
                && let Some(line) = next()?
            {
                queue.push_back(line);
            }
            let Some(current) = queue.pop_front() else { break };
            let Ok(line) = current else {
                self.close(open.take());
                continue;
            };
            let ahead = LazyCell::new(|| self.behind(&line, &queue));
            let before = open.as_ref().filter(|open| open.others == line.others && self.adjoin(open.end, line.record.start));
            match before.and_then(|open| open.takes(&line, &|| &ahead[..])) {
                Some(trace) => {
                    drop(ahead);
                    self.joined += 1;
                    open.iter_mut().for_each(|open| open.join(&line, trace));
                }
                None => {
                    drop(ahead);
                    self.close(open.take());
                    open = Some(Open::of(line, arrived));
                }
            }
        }
        self.close(open.take());
        Ok(())
    }

    /// The texts behind a line that may belong to what it does.
    fn behind<'l>(&self, line: &Line, queue: &'l VecDeque<Result<Line, ()>>) -> Vec<&'l str> {
        let mut end = line.record.end;
        let of_one = |next: &&Line| {
            let adjoins = next.others == line.others && self.adjoin(end, next.record.start);
            end = next.record.end;
            adjoins
        };
        queue.iter().map_while(|next| next.as_ref().ok()).take_while(of_one).map(Line::bare).collect()
    }

    /// Whether nothing but a comma or an end of line is between two records.
    fn adjoin(&self, end: usize, start: usize) -> bool {
        let between = self.body[end..start].trim_ascii();
        between.is_empty() || between == b","
    }

    fn close(&mut self, open: Option<Open>) {
        let Some(open) = open.filter(|open| open.lines > 1) else { return };
        self.out.extend_from_slice(&self.body[self.copied..open.value.start]);
        json::string(&mut self.out, &open.text);
        self.out.extend_from_slice(&self.body[open.value.end..open.first_end]);
        self.copied = open.end;
    }

    fn finish(mut self) -> Vec<u8> {
        self.out.extend_from_slice(&self.body[self.copied..]);
        self.out
    }
}

// === impl Line ===

impl Line {
    fn of(body: &[u8], record: Range<usize>, members: &[Member]) -> Option<Self> {
        let message = recognise::message(body, members)?;
        let mut others = Vec::new();
        for member in members.iter().filter(|member| member.key != message.key && !member.has_key(body, &TIME_KEYS)) {
            others.extend_from_slice(&body[member.key.clone()]);
            others.push(b':');
            others.extend_from_slice(&body[member.value.clone()]);
            others.push(b',');
        }
        let text = message.text(body)?;
        // A shipper may leave the end of the line on.
        let text = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text)).to_owned();
        let bare = match recognise::bare(&text) {
            Cow::Borrowed(_) => None,
            Cow::Owned(bare) => Some(bare),
        };
        Some(Self { record, value: message.value.clone(), text, bare, others })
    }

    /// What tells whether it belongs to a trace.
    fn bare(&self) -> &str {
        self.bare.as_ref().unwrap_or(&self.text)
    }
}

// === impl Open ===

impl Open {
    fn of(line: Line, arrived: Timestamp) -> Self {
        let found = recognise::recognise(line.bare(), arrived);
        // A trace has a level of its own, and is no logger's line.
        let logged = found.is_some_and(|found| found.level.is_some() && found.format != Format::Exception);
        let trace = Trace::of_head(line.bare());
        let Line { record, value, text, others, .. } = line;
        Self { value, others, first_end: record.end, end: record.end, text, lines: 1, trace, logged }
    }

    /// What the trace is with this line, if it belongs to it. `ahead`: what may belong to it behind the line.
    fn takes(&self, line: &Line, ahead: Ahead<'_>) -> Option<Trace> {
        let full = self.lines == limits::STACK_TRACE_LINES_MAX
            || self.text.len() + line.text.len() + 1 > limits::STACK_TRACE_BYTES_MAX
            || line.text.contains('\n');
        if full {
            return None;
        }
        let line = line.bare();
        if let Some(trace) = self.trace {
            let goes_on = if line.trim().is_empty() { goes_on_behind(trace, ahead) } else { trace.after(line, ahead) };
            if goes_on.is_some() || self.lines > 1 {
                return goes_on;
            }
        }
        let of_frame = Trace::of_frame(line);
        if of_frame.is_none() && self.logged { Trace::of_logged(line, ahead) } else { of_frame }
    }

    fn join(&mut self, line: &Line, trace: Trace) {
        self.text.push('\n');
        self.text.push_str(&line.text);
        self.lines += 1;
        self.trace = Some(trace);
        self.end = line.record.end;
    }
}

/// The trace behind a blank line, where what comes next belongs to it.
fn goes_on_behind(trace: Trace, ahead: Ahead<'_>) -> Option<Trace> {
    let lines = ahead();
    let next = lines.iter().position(|line| !line.trim().is_empty())?;
    trace.after(lines[next], &|| &lines[next + 1..]).map(|_| trace)
}

#[cfg(test)]
mod tests;
