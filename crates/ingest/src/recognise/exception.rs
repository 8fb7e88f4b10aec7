//! Stack traces: which lines belong to one, and what was thrown.

use super::{Format, Found};

pub(crate) const TRACEBACK: &str = "Traceback (most recent call last):";
const CHAINED: [&str; 2] = [
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
];

/// A stack trace that is open, by the lines that may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trace {
    /// Java and Node: frames, and causes with theirs.
    Frames,
    Python(Python),
    Go,
    /// So many lines since the panic.
    Rust(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Python {
    Stack,
    /// Behind the line that names the exception.
    Thrown,
    /// Before the stack of another.
    Chained,
}

// === impl Trace ===

impl Trace {
    /// What a line that starts a record begins.
    pub(crate) fn of_head(line: &str) -> Option<Self> {
        if line.starts_with(TRACEBACK) {
            Some(Self::Python(Python::Stack))
        } else if line.starts_with("panic: ") || line.starts_with("fatal error: ") || is_goroutine(line) {
            Some(Self::Go)
        } else if line.starts_with("thread '") && line.contains("' panicked at ") {
            Some(Self::Rust(0))
        } else {
            None
        }
    }

    /// What the trace is after a line that belongs to it; `None` where it does not.
    pub(crate) fn after(self, line: &str) -> Option<Self> {
        match self {
            Self::Frames => (is_frame(line) || is_cause(line)).then_some(self),
            Self::Python(state) => state.after(line).map(Self::Python),
            Self::Go => is_of_go(line).then_some(self),
            // The text of a panic stands on the line behind its place.
            Self::Rust(0) => Some(Self::Rust(1)),
            Self::Rust(lines) => is_of_rust(line).then_some(Self::Rust(lines + 1)),
        }
    }
}

// === impl Python ===

impl Python {
    fn after(self, line: &str) -> Option<Self> {
        match self {
            Self::Stack if line.starts_with("  ") => Some(Self::Stack),
            Self::Stack => thrown(line).map(|_| Self::Thrown),
            Self::Thrown => CHAINED.contains(&line.trim_end()).then_some(Self::Chained),
            Self::Chained => line.starts_with(TRACEBACK).then_some(Self::Stack),
        }
    }
}

/// A frame of Java or Node: `at a.B.c(B.java:12)`, `at f (file.js:1:2)`, `at file.js:1:2`.
pub(crate) fn is_frame(line: &str) -> bool {
    let Some(place) = line.trim_start().strip_prefix("at ").filter(|_| line.starts_with([' ', '\t'])) else { return false };
    let place = place.trim_end();
    if let Some(inner) = place.strip_suffix(')').and_then(|place| place.rsplit_once('(')) {
        return !inner.0.is_empty();
    }
    let numbered = |text: &str| text.rsplit_once(':').is_some_and(|(_, number)| is_number(number));
    // The source of a frame of Java may be told behind it, in tilde and brackets.
    numbered(place) || place.ends_with(']') && place.contains("(") && place.contains(") ")
}

fn is_cause(line: &str) -> bool {
    let bare = line.trim_start();
    let indented = bare.len() < line.len();
    let left_out = bare.strip_prefix("... ").and_then(|rest| rest.split_once(' '));
    let more = left_out.is_some_and(|(count, rest)| is_number(count) && (rest.starts_with("more") || rest.starts_with("common")));
    line.starts_with("Caused by: ") || indented && (more || bare.starts_with("Suppressed: ") || bare.starts_with("Caused by: "))
}

fn is_of_go(line: &str) -> bool {
    const STARTS: [&str; 4] = ["created by ", "[signal ", "exit status ", "\t"];
    STARTS.iter().any(|start| line.starts_with(start)) || is_goroutine(line) || is_call(line)
}

/// `goroutine 1 [running]:`
fn is_goroutine(line: &str) -> bool {
    let numbered = line.strip_prefix("goroutine ").and_then(|rest| rest.split_once(" ["));
    numbered.is_some_and(|(number, rest)| is_number(number) && rest.ends_with("]:"))
}

/// `main.(*Cart).Add(0xc000012345, 0x1)`
fn is_call(line: &str) -> bool {
    let Some((named, _)) = line.strip_suffix(')').and_then(|line| line.split_once('(')) else { return false };
    !named.is_empty() && !named.contains(' ') && (named.contains('.') || named == "panic")
}

fn is_of_rust(line: &str) -> bool {
    let bare = line.trim_start();
    let indented = bare.len() < line.len();
    let frame = bare.split_once(": ").is_some_and(|(number, _)| is_number(number)) || bare.starts_with("at ");
    line.starts_with("note: ") || line.starts_with("stack backtrace:") || indented && frame
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The type and the text of `a.b.SomeError: text`.
pub(crate) fn thrown(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_end();
    let (name, text) = line.split_once(": ").unwrap_or((line.strip_suffix(':').unwrap_or(line), ""));
    let of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._$".contains(&byte);
    let named = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.bytes().all(of_name);
    named.then_some((name, text))
}

/// The same where the name says that it is thrown.
pub(crate) fn thrown_by_name(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("Exception in thread ").and_then(|rest| rest.split_once("\" ")).map_or(line, |(_, rest)| rest);
    let line = line.strip_prefix("Uncaught ").unwrap_or(line);
    thrown(line).filter(|(name, _)| ["Exception", "Error", "Throwable"].iter().any(|end| name.ends_with(end)))
}

/// What a message of many lines says was thrown.
pub(super) fn of(message: &str) -> Option<Found<'_>> {
    let (name, text) = in_python(message).or_else(|| in_frames(message)).or_else(|| in_panic(message))?;
    let mut found = Found::new(Format::Exception);
    found.text("exception.type", name);
    found.text("exception.message", text);
    Some(found)
}

fn in_python(message: &str) -> Option<(&str, &str)> {
    let (_, stack) = message.rsplit_once(TRACEBACK)?;
    let last = stack.lines().skip(1).find(|line| !line.starts_with("  "))?;
    thrown(last)
}

fn in_frames(message: &str) -> Option<(&str, &str)> {
    let mut lines = message.lines();
    let mut before = lines.next()?;
    for line in lines {
        if is_frame(line) {
            return thrown_by_name(before);
        }
        before = line;
    }
    None
}

fn in_panic(message: &str) -> Option<(&str, &str)> {
    let (first, rest) = message.split_once('\n')?;
    match Trace::of_head(first)? {
        Trace::Go => first.strip_prefix("panic: ").map(|text| ("panic", text)),
        Trace::Rust(_) => rest.lines().next().map(|text| ("panic", text)),
        Trace::Frames | Trace::Python(_) => None,
    }
}
