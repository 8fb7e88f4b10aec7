//! What was thrown, out of a message that holds its stack trace.

use model::Level;

use super::trace::{
    FROM, GROUP, Go, PHP_STACK, Rust, SERVING, TRACEBACK, Trace, is_end_of_text, is_frame, is_pointer, raised, rust_place,
};
use super::{Format, Found, php};

/// Words of a line among which a name is looked for.
const WORDS_MAX: usize = 64;

/// Before what another came of, in .NET.
const CAUSE: &str = "\n ---> ";
/// How lines start that end a thread or a program.
const ENDS: [&str; 2] = ["Exception in thread \"", "Unhandled exception. "];

/// What was thrown, and its trace: from the line that says so on.
pub(super) struct Thrown<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    pub(super) stack: &'a str,
}

/// Where in a message the name of what was thrown stands, the name, and what follows it on its line.
type Named<'a> = (usize, (&'a str, &'a str));

/// The type and the text of `a.b.SomeError: text`.
pub(super) fn thrown(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_end();
    let (name, text) = line.split_once(": ").unwrap_or((line.strip_suffix(':').unwrap_or(line), ""));
    let of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._$<>".contains(&byte);
    let named = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.bytes().all(of_name);
    named.then_some((name, text))
}

/// The same where the name says that it is thrown.
pub(super) fn thrown_by_name(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("Exception in thread ").and_then(|rest| rest.split_once("\" ")).map_or(line, |(_, rest)| rest);
    let line = ["Uncaught ", "Unhandled exception. "].iter().find_map(|start| line.strip_prefix(start)).unwrap_or(line);
    thrown(line).filter(|(name, _)| says_thrown(name))
}

/// The same behind other words: `request failed: Error: text`.
pub(super) fn thrown_within(line: &str) -> Option<(&str, &str)> {
    let mut rest = line;
    for _ in 0..WORDS_MAX {
        rest = rest.trim_start();
        let end = rest.find(' ').unwrap_or(rest.len());
        if end == 0 {
            return None;
        }
        let (word, after) = rest.split_at(end);
        let ends = word.ends_with(':') || after.trim().is_empty();
        if ends && thrown(word).is_some_and(|(name, _)| says_thrown(name)) {
            return thrown(rest);
        }
        rest = after;
    }
    None
}

fn says_thrown(name: &str) -> bool {
    ["Exception", "Error", "Throwable"].iter().any(|end| name.ends_with(end))
}

/// What a message of many lines says was thrown.
pub(super) fn of(message: &str) -> Option<Found<'_>> {
    let thrown = thrown_in(message)?;
    let mut found = Found::new(Format::Exception).of_level(Some(Level::Error));
    found.text("exception.type", thrown.name);
    found.text("exception.message", thrown.text);
    found.text("exception.stacktrace", thrown.stack);
    Some(found)
}

/// What one line says that a thread or a program ended with, though no frame came with it.
pub(super) fn of_end(line: &str) -> Option<Found<'_>> {
    let (name, text) = thrown_by_name(line).filter(|_| ENDS.iter().any(|start| line.starts_with(start)))?;
    let mut found = Found::new(Format::Exception).of_level(Some(Level::Error));
    found.text("exception.type", name);
    found.text("exception.message", text);
    Some(found)
}

pub(super) fn thrown_in(message: &str) -> Option<Thrown<'_>> {
    let of_scripts = || in_php(message).or_else(|| in_ruby(message));
    in_python(message).or_else(|| in_panic(message)).or_else(of_scripts).or_else(|| in_frames(message))
}

/// Each line, with where it starts.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split('\n').map(move |line| {
        let start = at;
        at += line.len() + 1;
        (start, line)
    })
}

/// The last one is what the others led to.
fn in_python(message: &str) -> Option<Thrown<'_>> {
    if !message.contains(TRACEBACK) {
        return None;
    }
    let (mut first, mut last) = (None, None);
    for (at, line) in lines(message) {
        let grouped = line.strip_prefix("  ").is_some_and(|line| line.starts_with(GROUP));
        // Those of what is within a group are set off. A logger's own words may stand before one.
        let start = if grouped { Some(0) } else { line.find(TRACEBACK).filter(|_| !line.starts_with("  ")) };
        if let Some(start) = start {
            first = first.or(Some(at + start));
            last = Some((at + line.len(), grouped));
        }
    }
    let (first, (from, grouped)) = (first?, last?);
    let stack = message[first..].trim_end();
    let mut lines = lines(&message[from..]).skip(1);
    if grouped {
        // What is within the group stands deeper.
        let of_group = |line| str::strip_prefix(line, "  | ").filter(|line| !line.starts_with(' '));
        let (name, text) = lines.find_map(|(_, line)| of_group(line)).and_then(thrown)?;
        return Some(Thrown { name, text, stack });
    }
    let (at, line) = lines.find(|(_, line)| !line.starts_with("  "))?;
    let (name, text) = thrown(line)?;
    // Its text is all that is left.
    let text = if text.is_empty() { text } else { message[from + at + line.trim_end().len() - text.len()..].trim_end() };
    Some(Thrown { name, text, stack })
}

fn in_frames(message: &str) -> Option<Thrown<'_>> {
    let (frames, _) = lines(message).find(|(_, line)| is_frame(line))?;
    let before = message[..frames].trim_end();
    let (mut named, mut within, mut pointed): (Option<Named<'_>>, Option<Named<'_>>, bool) = (None, None, false);
    for (at, line) in lines(before) {
        let start = |(name, text): (&str, &str)| {
            // The name is the last of the line but for its text.
            let rest = line.trim_end();
            let behind = if text.is_empty() { rest.rfind(name) } else { Some(rest.len() - text.len() - ": ".len() - name.len()) };
            at + behind.unwrap_or(0)
        };
        // Anything may be thrown in Node, which points at where.
        let by_name = thrown_by_name(line).or_else(|| if pointed { thrown(line) } else { None });
        if !line.trim().is_empty() {
            pointed = is_pointer(line);
        }
        named = by_name.map(|found| (start(found), found)).or(named);
        if named.is_none() {
            within = thrown_within(line).map(|found| (start(found), found)).or(within);
        }
    }
    let (start, (name, text)) = named.or(within)?;
    // Its text may go on up to the frames.
    let text = if text.is_empty() { text } else { before.get(start + name.len() + ": ".len()..)? };
    let text = text.split_once(CAUSE).map_or(text, |(text, _)| text);
    Some(Thrown { name, text, stack: message[start..].trim_end() })
}

/// Of what led to each other, the last is what nobody caught.
fn in_php(message: &str) -> Option<Thrown<'_>> {
    let first_stack = memchr::memmem::find(message.as_bytes(), PHP_STACK.as_bytes())?;
    let first = lines(&message[..first_stack]).find_map(|(at, line)| Some(at + php::uncaught(line)?))?;
    let last = message.rfind("\nNext ").filter(|at| *at > first_stack).map_or(first, |at| at + "\nNext ".len());
    let said = &message[last..];
    let (said, _place) = said[..said.find(PHP_STACK)?].trim_end().rsplit_once(" in ")?;
    let (name, text) = said.split_once(": ").unwrap_or((said, ""));
    let of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'\\');
    (!name.is_empty() && name.bytes().all(of_name)).then(|| Thrown { name, text, stack: message[first..].trim_end() })
}

fn in_ruby(message: &str) -> Option<Thrown<'_>> {
    let (frames, _) = lines(message).find(|(_, line)| line.starts_with(FROM))?;
    let (start, (name, text)) = lines(&message[..frames]).find_map(|(at, line)| Some((at, raised(line)?)))?;
    Some(Thrown { name, text, stack: message[start..].trim_end() })
}

/// Of Go and Rust, behind at most one line of a logger.
fn in_panic(message: &str) -> Option<Thrown<'_>> {
    let (at, head, trace) = lines(message).take(2).find_map(|(at, line)| Some((at, line, panics(line)?)))?;
    let stack = message[at..].trim_end();
    let below = message.get(at + head.len() + 1..).unwrap_or_default();
    let (name, text) = match trace {
        Trace::Go(Go::Panic) => of_go(head)?,
        Trace::Rust(Rust::Place) => ("panic", text_before_stack(below)),
        Trace::Rust(_) => {
            let text = text_before_stack(stack).split_once(" panicked at '").map_or("", |(_, text)| text);
            ("panic", text.rsplit_once("', ").map_or(text, |(text, _)| text))
        }
        Trace::Go(_) | Trace::Frames(_) | Trace::Node(_) | Trace::Python(_) | Trace::Jul(_) => return None,
        Trace::Php(_) | Trace::Ruby(_) => return None,
    };
    Some(Thrown { name, text, stack })
}

fn panics(line: &str) -> Option<Trace> {
    let is_panic =
        rust_place(line).is_some() || line.contains(SERVING) || line.starts_with("panic: ") || line.starts_with("fatal error: ");
    if is_panic { Trace::of_head(line) } else { None }
}

/// What a panic of Rust says, before its backtrace.
fn text_before_stack(text: &str) -> &str {
    let ends = |line: &str| is_end_of_text(line) || line.starts_with("note: ");
    let end = lines(text).find(|(_, line)| ends(line)).map_or(text.len(), |(at, _)| at);
    text[..end].trim_end()
}

/// `panic: text [recovered]`, `http: panic serving 127.0.0.1:1234: text`, `fatal error: text`
fn of_go(line: &str) -> Option<(&str, &str)> {
    if let Some(text) = line.strip_prefix("fatal error: ") {
        return Some(("fatal error", text));
    }
    let text = match line.split_once(SERVING) {
        Some((_, served)) => served.split_once(": ")?.1,
        None => line.strip_prefix("panic: ")?,
    };
    let text = text.trim_end();
    Some(("panic", text.strip_suffix(']').and_then(|text| text.rsplit_once(" [recovered")).map_or(text, |(text, _)| text)))
}
