//! Which lines belong to one stack trace, told line by line as they come.
//!
//! | runtime | a trace starts with | and goes on with |
//! |---|---|---|
//! | Java, .NET, Node | what was thrown, or any line whose next is a frame | its text, frames, causes; in Node members, up to a brace |
//! | Node, uncaught | the place, its line and what points into it | the error, and Node's version |
//! | Python | `Traceback`, `+ Exception Group Traceback` | frames, what was thrown, what it came of, groups |
//! | Go | `panic: `, `fatal error: `, `http: panic serving `, `goroutine 1 [running]:` | goroutines with their calls |
//! | java.util.logging | the time, a class and a method | the level and a text, then what was thrown |
//! | Rust | `thread 'main' panicked at ` | the text, a backtrace, a note |
//! | PHP | `PHP Fatal error:  Uncaught ` | `Stack trace:`, frames, what came of it, where it was thrown |
//! | Ruby | `/a.rb:3:in 'f': text (RuntimeError)` | its text, frames |
//!
//! Always holds: a line that says itself nothing of a trace belongs to one only if a line that does follows within
//! `AHEAD_LINES_MAX`, and no line that starts a record is between.

mod go;
mod php;
mod ruby;

use model::Timestamp;

pub(crate) use go::Go;
pub(super) use go::SERVING;
use go::is_goroutine;
use php::Php;
pub(super) use php::STACK as PHP_STACK;
use ruby::Ruby;
pub(super) use ruby::{FROM, raised};

use super::exception::{thrown, thrown_by_name, thrown_within};
use super::php::uncaught;
use super::{first_line, jul};

pub(crate) const TRACEBACK: &str = "Traceback (most recent call last):";
pub(super) const GROUP: &str = "+ Exception Group Traceback (most recent call last):";
const CHAINED: [&str; 2] = [
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
];
/// So many lines behind one are looked at.
pub(crate) const AHEAD_LINES_MAX: usize = 16;
/// Lines of a text before its frames; those are the only sign that it is one.
const TEXT_LINES_MAX: usize = 4;

/// The lines that may belong to the trace too, behind the one that is asked about.
pub(crate) type Ahead<'l> = &'l dyn Fn() -> &'l [&'l str];

/// A stack trace that is open, by the lines that may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trace {
    Frames(Frames),
    Node(Node),
    Python(Python),
    Go(Go),
    Rust(Rust),
    Jul(Jul),
    Php(Php),
    Ruby(Ruby),
}

/// A record of two lines, and what was thrown behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Jul {
    Head,
    Said,
}

/// Java, .NET, and Node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frames {
    /// Behind the line that names what was thrown.
    Thrown,
    Stack,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Node {
    /// Behind the place of what nobody caught, behind its line, and behind what points into that.
    Place,
    Source,
    Pointer,
    /// Within the braces of an error's members.
    Members,
    Over,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Python {
    Stack,
    /// Behind the line that names the exception.
    Thrown,
    /// Before the stack of another.
    Chained,
    Group,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rust {
    /// Behind the place: the next line is the text.
    Place,
    Text,
    Stack,
    Over,
}

// === impl Trace ===

impl Trace {
    /// What a line that starts a record begins.
    pub(crate) fn of_head(line: &str) -> Option<Self> {
        match line.bytes().next()? {
            b'T' if line.starts_with(TRACEBACK) => return Some(Self::Python(Python::Stack)),
            b' ' if line.trim_start().starts_with(GROUP) => return Some(Self::Python(Python::Group)),
            b'p' | b'f' if line.starts_with("panic: ") || line.starts_with("fatal error: ") => return Some(Self::Go(Go::Panic)),
            b'g' if is_goroutine(line) => return Some(Self::Go(Go::Stack)),
            b't' if line.starts_with("thread '") => {
                if let Some((_, place)) = rust_place(line) {
                    // Before Rust 1.73 the text stood in quotes before the place.
                    return Some(Self::Rust(if place.starts_with('\'') { Rust::Text } else { Rust::Place }));
                }
            }
            b'0'..=b'9' if line.contains(SERVING) => return Some(Self::Go(Go::Panic)),
            b'h' if line.starts_with(SERVING) => return Some(Self::Go(Go::Panic)),
            b'P' | b'F' | b'[' if uncaught(line).is_some() => return Some(Self::Php(Php::Thrown)),
            b'A'..=b'S' if jul::head(line).is_some() => return Some(Self::Jul(Jul::Head)),
            _ => {}
        }
        if thrown_by_name(line).is_some() {
            return Some(Self::Frames(Frames::Thrown));
        }
        if raised(line).is_some() {
            return Some(Self::Ruby(Ruby::Raised));
        }
        is_place(line).then_some(Self::Node(Node::Place))
    }

    /// What a line begins behind one that a logger wrote, and so belongs to that.
    pub(crate) fn of_logged(line: &str, ahead: Ahead<'_>) -> Option<Self> {
        match Self::of_head(line)? {
            trace @ Self::Python(_) => Some(trace),
            trace @ Self::Go(Go::Stack) => Some(trace),
            // What a thread ended with stands alone, as do panics and what nobody caught.
            Self::Frames(_) if !line.starts_with("Exception in thread ") => {
                Self::frames_come(ahead()).then_some(Self::Frames(Frames::Thrown))
            }
            Self::Frames(_) | Self::Node(_) | Self::Go(Go::Panic) | Self::Rust(_) | Self::Jul(_) => None,
            Self::Php(_) | Self::Ruby(_) => None,
        }
    }

    /// What a frame begins behind any line.
    pub(crate) fn of_frame(line: &str) -> Option<Self> {
        is_frame(line).then(|| of_frame(line))
    }

    /// What the trace is after a line that belongs to it; `None` where it does not.
    pub(crate) fn after(self, line: &str, ahead: Ahead<'_>) -> Option<Self> {
        match self {
            Self::Frames(state) => state.after(line, ahead),
            Self::Node(state) => state.after(line, ahead),
            Self::Python(state) => state.after(line, ahead).map(Self::Python),
            Self::Go(state) => state.after(line, ahead).map(Self::Go),
            Self::Rust(state) => state.after(line, ahead).map(Self::Rust),
            Self::Php(state) => state.after(line, ahead).map(Self::Php),
            Self::Ruby(state) => state.after(line, ahead).map(Self::Ruby),
            Self::Jul(Jul::Head) => jul::said(line).map(|_| Self::Jul(Jul::Said)),
            Self::Jul(Jul::Said) => Self::of_frame(line).or_else(|| Self::of_logged(line, ahead)),
        }
    }

    /// Whether these lines are the rest of a text and then a frame.
    fn frames_come(ahead: &[&str]) -> bool {
        comes(ahead, TEXT_LINES_MAX, is_frame)
    }
}

/// Whether a line of a trace comes within so many, and no record starts before it.
fn comes(ahead: &[&str], lines: usize, is_of_trace: impl Fn(&str) -> bool) -> bool {
    for line in ahead.iter().take(lines) {
        if is_of_trace(line) {
            return true;
        }
        if starts_record(line) {
            return false;
        }
    }
    false
}

fn starts_record(line: &str) -> bool {
    // A time or level counts as such in any year.
    let logged = || first_line(line, Timestamp::from_nanos(0)).is_some_and(|found| found.time.is_some() || found.level.is_some());
    Trace::of_head(line).is_some() || thrown_within(line).is_some() || logged()
}

/// What is open behind a frame: Node starts an error's members on the last one's line.
fn of_frame(line: &str) -> Trace {
    if line.trim_end().ends_with(" {") { Trace::Node(Node::Members) } else { Trace::Frames(Frames::Stack) }
}

// === impl Frames ===

impl Frames {
    fn after(self, line: &str, ahead: Ahead<'_>) -> Option<Trace> {
        if is_frame(line) {
            return Some(of_frame(line));
        }
        if is_cause(line) {
            return Some(Trace::Frames(Self::Thrown));
        }
        if is_left_out(line) {
            return Some(Trace::Frames(Self::Stack));
        }
        match self {
            Self::Thrown => (!starts_record(line) && Trace::frames_come(ahead())).then_some(Trace::Frames(Self::Thrown)),
            Self::Stack if is_node_version(line) => Some(Trace::Node(Node::Over)),
            Self::Stack => (line.starts_with("Emitted '") && ahead().first().is_some_and(|next| is_frame(next)))
                .then_some(Trace::Frames(Self::Stack)),
        }
    }
}

// === impl Node ===

impl Node {
    fn after(self, line: &str, ahead: Ahead<'_>) -> Option<Trace> {
        match self {
            Self::Place => ahead().first().is_some_and(|next| is_pointer(next)).then_some(Trace::Node(Self::Source)),
            Self::Source => is_pointer(line).then_some(Trace::Node(Self::Pointer)),
            Self::Pointer if is_frame(line) => Some(of_frame(line)),
            Self::Pointer if is_node_version(line) => Some(Trace::Node(Self::Over)),
            // Anything may be thrown, and Node writes its text.
            Self::Pointer => {
                let is_end = |line: &&str| is_frame(line) || is_node_version(line);
                ahead().iter().any(is_end).then_some(Trace::Node(Self::Pointer))
            }
            Self::Members if line.starts_with("  ") => Some(Trace::Node(Self::Members)),
            Self::Members => line.starts_with('}').then_some(Trace::Node(Self::Over)),
            Self::Over => is_node_version(line).then_some(Trace::Node(Self::Over)),
        }
    }
}

// === impl Python ===

impl Python {
    fn after(self, line: &str, ahead: Ahead<'_>) -> Option<Self> {
        let is_chain = |line: &str| CHAINED.contains(&line.trim_end());
        match self {
            Self::Stack if line.starts_with("  ") => Some(Self::Stack),
            Self::Stack => thrown(line).map(|_| Self::Thrown),
            Self::Thrown | Self::Group if is_chain(line) => Some(Self::Chained),
            Self::Thrown => (!starts_record(line) && comes(ahead(), TEXT_LINES_MAX, is_chain)).then_some(Self::Thrown),
            Self::Chained if line.starts_with(TRACEBACK) => Some(Self::Stack),
            Self::Chained => is_of_group(line).then_some(Self::Group),
            Self::Group if is_of_group(line) => Some(Self::Group),
            // The text of one within the group may be of many lines, of which only the first is set off.
            Self::Group => (!starts_record(line) && comes(ahead(), TEXT_LINES_MAX, is_of_group)).then_some(Self::Group),
        }
    }
}

/// `  | ValueError: bad 1`, `  +-+---------------- 1 ----------------`
fn is_of_group(line: &str) -> bool {
    let bare = line.trim_start();
    bare.len() < line.len() && (bare == "|" || bare.starts_with("| ") || bare.starts_with("+-") || bare.starts_with(GROUP))
}

// === impl Rust ===

impl Rust {
    fn after(self, line: &str, ahead: Ahead<'_>) -> Option<Self> {
        let of_runtime = if line.starts_with("stack backtrace:") {
            Some(Self::Stack)
        } else {
            line.starts_with("note: ").then_some(Self::Over)
        };
        if of_runtime.is_some() {
            return of_runtime;
        }
        match self {
            Self::Place => Some(Self::Text),
            // What was compared is shown below the text.
            Self::Text if line.starts_with("  left: ") || line.starts_with(" right: ") => Some(Self::Text),
            Self::Text => {
                let end = ahead().iter().position(|line| is_end_of_text(line));
                let panics = |line: &&str| line.starts_with("thread '") && rust_place(line).is_some();
                end.is_some_and(|end| !ahead()[..end].iter().any(panics)).then_some(Self::Text)
            }
            Self::Stack => is_rust_frame(line).then_some(Self::Stack),
            Self::Over => None,
        }
    }
}

/// What Rust writes behind the text of a panic.
pub(super) fn is_end_of_text(line: &str) -> bool {
    line.starts_with("stack backtrace:") || line.starts_with("note: run with `RUST_BACKTRACE=")
}

fn is_rust_frame(line: &str) -> bool {
    let bare = line.trim_start();
    let frame = bare.split_once(": ").is_some_and(|(number, _)| is_number(number)) || bare.starts_with("at ");
    bare.len() < line.len() && frame
}

/// Of `thread 'main' (7116) panicked at src/main.rs:1:76:` the thread, and what follows `at`. Before Rust 1.91 there was no id.
pub(super) fn rust_place(line: &str) -> Option<(&str, &str)> {
    let (thread, place) = line.strip_prefix("thread '")?.split_once(" panicked at ")?;
    let named = thread.strip_suffix('\'').or_else(|| {
        let (name, id) = thread.strip_suffix(')')?.rsplit_once("' (")?;
        is_number(id).then_some(name)
    })?;
    Some((named, place))
}

/// A frame of Java, Node or .NET: `at a.B.c(B.java:12)`, `at f (file.js:1:2)`, `at file.js:1:2 {`, `at A.B() in C.cs:line 3`.
pub(crate) fn is_frame(line: &str) -> bool {
    let Some(place) = line.trim_start().strip_prefix("at ").filter(|_| line.starts_with([' ', '\t'])) else { return false };
    let place = place.trim_end();
    let place = place.strip_suffix(" {").or_else(|| place.strip_suffix(',')).unwrap_or(place);
    if let Some(inner) = place.strip_suffix(')').and_then(|place| place.rsplit_once('(')) {
        return !inner.0.is_empty();
    }
    let numbered =
        |text: &str| text.rsplit_once(':').is_some_and(|(_, number)| is_number(number.strip_prefix("line ").unwrap_or(number)));
    // The source of a frame of Java may be told behind it, in tilde and brackets.
    numbered(place) || place.ends_with(']') && place.contains('(') && place.contains(") ")
}

/// What names another that was thrown.
fn is_cause(line: &str) -> bool {
    let bare = line.trim_start();
    let indented = bare.len() < line.len();
    line.starts_with("Caused by: ")
        || indented && ["Suppressed: ", "Caused by: ", "---> "].iter().any(|start| bare.starts_with(start))
}

/// `... 12 more`, `... 5 lines matching cause stack trace ...`, `--- End of inner exception stack trace ---`
fn is_left_out(line: &str) -> bool {
    let bare = line.trim_start();
    let left_out = bare.strip_prefix("... ").and_then(|rest| rest.split_once(' '));
    let counted = |(count, rest): (&str, &str)| {
        is_number(count) && ["more", "common", "lines matching"].iter().any(|start| rest.starts_with(start))
    };
    bare.len() < line.len() && (left_out.is_some_and(counted) || bare.starts_with("--- End of "))
}

/// Whether Node says what nobody caught, though it may be no error.
pub(super) fn is_of_node(message: &str) -> bool {
    let (first, rest) = message.split_once('\n').unwrap_or((message, ""));
    is_place(first) && rest.lines().next_back().is_some_and(is_node_version)
}

/// `node:events:502`, `/srv/a.js:1`, `file:///srv/a.mjs:1`
fn is_place(line: &str) -> bool {
    let Some((path, number)) = line.rsplit_once(':') else { return false };
    let drive = path.as_bytes().get(1..3) == Some(b":\\");
    let rooted = ["/", "node:", "file://"].iter().any(|start| path.starts_with(start)) || drive;
    rooted && is_number(number) && !path.contains(' ')
}

/// `      ^`, `   ^^^^`
pub(super) fn is_pointer(line: &str) -> bool {
    let bare = line.trim();
    !bare.is_empty() && bare.bytes().all(|byte| byte == b'^')
}

/// `Node.js v20.20.2`
fn is_node_version(line: &str) -> bool {
    let version = line.strip_prefix("Node.js v").map(str::trim_end);
    version.is_some_and(|version| !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
