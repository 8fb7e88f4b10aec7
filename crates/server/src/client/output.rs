//! The one place that prints: results to standard output, everything else to standard error.
//!
//! Always holds: colour only on a terminal that did not refuse it; a reader that leaves early ends the command quietly.

use std::borrow::Cow;
use std::convert::Infallible;
use std::error::Error;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use super::failure::Failure;

const BUFFER_BYTES: usize = 64 << 10;

#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub(super) struct ColourArgs {
    /// No colours, on a terminal either; NO_COLOR in the environment says the same
    #[arg(long, env = "NO_COLOR", hide_env = true, value_parser = any_text)]
    no_color: bool,
}

#[derive(Debug)]
pub(super) struct Output {
    out: BufWriter<Stdout>,
    paint: Paint,
    note_paint: Paint,
}

/// Whether text gets colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paint {
    Plain,
    Colours,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Faint,
    Bold,
    Blue,
    Cyan,
    Green,
    Yellow,
    Red,
    BoldRed,
}

/// NO_COLOR counts with any text but the empty one; `false` is what clap writes for a flag that is not there.
fn any_text(text: &str) -> Result<bool, Infallible> {
    Ok(!matches!(text, "" | "false"))
}

// === impl Output ===

impl Output {
    pub(super) fn new(colours: ColourArgs) -> Self {
        let paint = |is_terminal| if is_terminal && !colours.no_color { Paint::Colours } else { Paint::Plain };
        Self {
            out: BufWriter::with_capacity(BUFFER_BYTES, io::stdout()),
            paint: paint(io::stdout().is_terminal()),
            note_paint: paint(io::stderr().is_terminal()),
        }
    }

    pub(super) fn paint(&self) -> Paint {
        self.paint
    }

    /// Whether a person looks at the results.
    pub(super) fn is_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// A line of the result.
    pub(super) fn line(&mut self, text: &str) -> Result<(), Failure> {
        self.text(text)?;
        self.text("\n")
    }

    pub(super) fn text(&mut self, text: &str) -> Result<(), Failure> {
        self.bytes(text.as_bytes())
    }

    /// What is for another program, as it is.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.out.write_all(bytes).map_err(print_failure)
    }

    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        self.out.flush().map_err(print_failure)
    }

    /// A line beside the result. That it cannot be printed is no reason to stop.
    pub(super) fn note(&self, text: &str) {
        drop(writeln!(io::stderr().lock(), "{text}"));
    }

    /// What somebody is asked, whose answer follows on the same line.
    pub(super) fn prompt(&self, text: &str) {
        drop(write!(io::stderr().lock(), "{text}: "));
    }

    /// A line beside the result that should not be read first.
    pub(super) fn aside(&self, text: &str) {
        self.note(&self.note_paint.styled(Style::Faint, text));
    }

    /// The one place where a failure is told: what, where, why, what to do.
    pub(super) fn failure(&mut self, failure: &Failure) {
        if matches!(failure, Failure::OutputClosed) {
            return;
        }
        // What was found before stands above what then failed.
        drop(self.out.flush());
        let mut text = format!("{} {failure}", self.note_paint.styled(Style::BoldRed, "error:"));
        let mut source = failure.source();
        while let Some(cause) = source {
            text += &format!(": {cause}");
            source = cause.source();
        }
        if let Some(picture) = failure.picture() {
            text += &format!("\n{picture}");
        }
        if let Some(hint) = failure.hint() {
            text += &format!("\n{} {hint}", self.note_paint.styled(Style::Bold, "hint:"));
        }
        self.note(&text);
    }
}

fn print_failure(error: io::Error) -> Failure {
    if error.kind() == io::ErrorKind::BrokenPipe { Failure::OutputClosed } else { Failure::Output(error) }
}

// === impl Paint ===

impl Paint {
    pub(super) fn styled(self, style: Style, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Colours => format!("\x1b[{}m{text}\x1b[0m", style.code()),
        }
    }
}

// === impl Style ===

impl Style {
    fn code(self) -> &'static str {
        match self {
            Self::Faint => "2",
            Self::Bold => "1",
            Self::Blue => "34",
            Self::Cyan => "36",
            Self::Green => "32",
            Self::Yellow => "33",
            Self::Red => "31",
            Self::BoldRed => "1;31",
        }
    }
}

/// Text of others on one line, with nothing in it that a terminal would obey: colours are taken out, other control
/// characters and those that turn the direction of writing are written as escapes.
pub(super) fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unprintable) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if let Some(after) = without_colour(rest) {
            rest = after;
            continue;
        }
        if is_unprintable(character) {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
        rest = &rest[character.len_utf8()..];
    }
    Cow::Owned(out)
}

fn is_unprintable(character: char) -> bool {
    let turns = matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (character.is_control() && character != '\t') || turns || matches!(character, '\u{2028}' | '\u{2029}')
}

/// What follows a colour sequence at the start of `text`.
fn without_colour(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("\x1b[")?;
    rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').strip_prefix('m')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(printable(text), expected);
    }

    #[test]
    fn a_terminal_obeys_nothing_of_a_log() {
        check("plain\ttext, größer", "plain\ttext, größer");
        check("\x1b[1;31mred\x1b[0m", "red");
        check("\x1b]0;title\x07", "\\u{1b}]0;title\\u{7}");
        check("\x1b[2Jgone", "\\u{1b}[2Jgone");
        check("two\nlines\r", "two\\nlines\\r");
        check("\u{9b}31m", "\\u{9b}31m");
        check("abc\u{202e}txt", "abc\\u{202e}txt");
    }

    #[test]
    fn colours_need_a_wish_for_them() {
        assert_eq!(Paint::Plain.styled(Style::Red, "x"), "x");
        assert_eq!(Paint::Colours.styled(Style::Red, "x"), "\x1b[31mx\x1b[0m");
        assert_eq!(["", "false", "0", "1"].map(|text| any_text(text).unwrap()), [false, false, true, true]);
    }
}
