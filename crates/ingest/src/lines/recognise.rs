//! What a line of an input is, and its record.

use model::{Timestamp, limits};

use crate::json;
use crate::text::{LineFormat, LineParser};

/// What lines are taken for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// Each line for what it looks like.
    #[default]
    Auto,
    /// Each line is a message.
    Plain,
    /// Each line is a JSON object; others are unfit.
    Ndjson,
    /// Syslog, RFC 5424 or RFC 3164; other lines are messages.
    Syslog,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recognised {
    Blank,
    As(LineFormat),
    Refused(Unfit),
}

/// Why a line is no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    NotAnObject,
    TooLarge,
}

#[derive(Debug)]
pub struct Recogniser {
    parser: LineParser,
    format: Format,
}

// === impl Unfit ===

impl Unfit {
    /// As a receiver refuses it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotAnObject => "not_an_object",
            Self::TooLarge => "record_too_large",
        }
    }
}

// === impl Recogniser ===

impl Recogniser {
    /// `now`: tells the year of a time that names none.
    #[must_use]
    pub fn new(format: Format, now: Timestamp) -> Self {
        Self { parser: LineParser::new(now), format }
    }

    /// Appends the record of `line` as one line of NDJSON; nothing for a line that is blank or refused.
    pub fn write(&self, line: &[u8], out: &mut Vec<u8>) -> Recognised {
        let start = out.len();
        let found = match self.format {
            Format::Plain => plain(line, out),
            Format::Auto | Format::Ndjson | Format::Syslog => self.parser.write(line, out),
        };
        if found == LineFormat::Blank {
            out.truncate(start);
            return Recognised::Blank;
        }
        let found = match self.format.demands() {
            Some(demanded) if found != demanded => {
                out.truncate(start);
                if self.format == Format::Ndjson {
                    return Recognised::Refused(Unfit::NotAnObject);
                }
                plain(line, out)
            }
            Some(_) | None => found,
        };
        if out.len() - start > limits::RECORD_BYTES_MAX {
            out.truncate(start);
            return Recognised::Refused(Unfit::TooLarge);
        }
        out.push(b'\n');
        Recognised::As(found)
    }
}

fn plain(line: &[u8], out: &mut Vec<u8>) -> LineFormat {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.iter().all(u8::is_ascii_whitespace) {
        return LineFormat::Blank;
    }
    out.push(b'{');
    json::key(out, b"message");
    json::string(out, &String::from_utf8_lossy(line));
    out.push(b'}');
    LineFormat::Plain
}

// === impl Format ===

impl Format {
    fn demands(self) -> Option<LineFormat> {
        match self {
            Self::Auto | Self::Plain => None,
            Self::Ndjson => Some(LineFormat::Json),
            Self::Syslog => Some(LineFormat::Syslog),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(format: Format, line: &[u8], expected: Recognised, record: &str) {
        let mut out = b"before".to_vec();
        let found = Recogniser::new(format, Timestamp::from_nanos(0)).write(line, &mut out);
        let written = String::from_utf8(out.split_off(6)).unwrap();
        assert_eq!((found, written.as_str()), (expected, record));
    }

    #[test]
    fn a_line_is_what_it_looks_like_unless_told_otherwise() {
        check(Format::Auto, br#"{"a":1}"#, Recognised::As(LineFormat::Json), "{\"a\":1}\n");
        check(Format::Plain, br#"{"a":1}"#, Recognised::As(LineFormat::Plain), "{\"message\":\"{\\\"a\\\":1}\"}\n");
        check(Format::Syslog, br#"{"a":1}"#, Recognised::As(LineFormat::Plain), "{\"message\":\"{\\\"a\\\":1}\"}\n");
        check(Format::Ndjson, b"text", Recognised::Refused(Unfit::NotAnObject), "");
        check(Format::Ndjson, b" \r", Recognised::Blank, "");
        check(Format::Plain, b"", Recognised::Blank, "");
        check(Format::Plain, b"a\xffb\r", Recognised::As(LineFormat::Plain), "{\"message\":\"a\u{fffd}b\"}\n");
    }

    #[test]
    fn a_record_may_outgrow_its_line_and_is_then_refused() {
        let line = vec![b'"'; limits::RECORD_BYTES_MAX - 100];
        check(Format::Plain, &line, Recognised::Refused(Unfit::TooLarge), "");
    }
}
