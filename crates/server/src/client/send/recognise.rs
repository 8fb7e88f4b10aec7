//! What a line of the input is, and its record.

use clap::ValueEnum;
use ingest::recognise::{self, Format as Known};
use ingest::text::{LineFormat, LineParser};
use model::{Timestamp, limits};

/// What lines are taken for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Each line for what it looks like
    #[default]
    Auto,
    /// Each line is a message
    Plain,
    /// Each line is a JSON object; others are refused
    Ndjson,
    /// Syslog, RFC 5424 or RFC 3164; other lines are messages
    Syslog,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Recognised {
    Blank,
    As(LineFormat),
    Refused(&'static str),
}

#[derive(Debug)]
pub(super) struct Recogniser {
    parser: LineParser,
    now: Timestamp,
    format: Format,
}

// === impl Recogniser ===

impl Recogniser {
    pub(super) fn new(format: Format, now: Timestamp) -> Self {
        Self { parser: LineParser::new(now), now, format }
    }

    /// Appends the record of `line` as one line of NDJSON; nothing for a line that is blank or refused.
    pub(super) fn write(&self, line: &[u8], out: &mut Vec<u8>) -> Recognised {
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
                    return Recognised::Refused("it is not a JSON object");
                }
                plain(line, out)
            }
            Some(_) | None => found,
        };
        if out.len() - start > limits::RECORD_BYTES_MAX {
            out.truncate(start);
            return Recognised::Refused(TOO_LARGE);
        }
        out.push(b'\n');
        Recognised::As(found)
    }

    /// What a line that was recognised so is, in words.
    pub(super) fn name(&self, format: LineFormat, line: &[u8]) -> &'static str {
        let known = std::str::from_utf8(line).ok().and_then(|line| recognise::recognise(line, self.now));
        match (format, known) {
            (LineFormat::Plain, Some(known)) => known_name(known.format),
            (format, _) => name(format),
        }
    }
}

pub(super) const TOO_LARGE: &str = "it is larger than a record may be (4 MiB)";
const _: () = assert!(limits::RECORD_BYTES_MAX == 4 << 20);

fn plain(line: &[u8], out: &mut Vec<u8>) -> LineFormat {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.iter().all(u8::is_ascii_whitespace) {
        return LineFormat::Blank;
    }
    out.extend_from_slice(b"{\"message\":");
    let message = serde_json::Value::String(String::from_utf8_lossy(line).into_owned());
    out.extend_from_slice(message.to_string().as_bytes());
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

/// In words, for people.
fn name(format: LineFormat) -> &'static str {
    match format {
        LineFormat::Blank => "blank",
        LineFormat::Plain => "plain text",
        LineFormat::Json => "JSON",
        LineFormat::Syslog => "syslog",
    }
}

/// The same for what the server reads out of a message.
fn known_name(format: Known) -> &'static str {
    match format {
        Known::Access => "access line",
        Known::Apache => "error line of Apache",
        Known::Exception => "stack trace",
        Known::Heroku => "line of Heroku",
        Known::Java => "line of a logger of the JVM",
        Known::Json => "JSON",
        Known::Klog => "line of klog",
        Known::Lambda => "line of AWS Lambda",
        Known::Logfmt => "logfmt",
        Known::Nginx => "error line of nginx",
        Known::Prefix => "text behind a date or level",
        Known::Python => "line of a logger of Python",
        Known::Rails => "line of Rails",
        Known::Rust => "line of a logger of Rust",
        Known::Syslog => "syslog",
        Known::Zap => "line of zap",
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
        check(Format::Ndjson, b"text", Recognised::Refused("it is not a JSON object"), "");
        check(Format::Ndjson, b" \r", Recognised::Blank, "");
        check(Format::Plain, b"", Recognised::Blank, "");
        check(Format::Plain, b"a\xffb\r", Recognised::As(LineFormat::Plain), "{\"message\":\"a\u{fffd}b\"}\n");
    }

    #[test]
    fn a_record_may_outgrow_its_line_and_is_then_refused() {
        let line = vec![b'"'; limits::RECORD_BYTES_MAX - 100];
        check(Format::Plain, &line, Recognised::Refused(TOO_LARGE), "");
    }
}
