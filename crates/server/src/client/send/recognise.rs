//! What a line of the input is, in words.

use clap::ValueEnum;
use ingest::lines::{self, Recognised, Unfit};
use ingest::recognise::{self, Format as Known};
use ingest::text::LineFormat;
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

#[derive(Debug)]
pub(super) struct Recogniser {
    of_lines: lines::Recogniser,
    now: Timestamp,
}

// === impl Recogniser ===

impl Recogniser {
    pub(super) fn new(format: Format, now: Timestamp) -> Self {
        Self { of_lines: lines::Recogniser::new(format.into(), now), now }
    }

    /// Appends the record of `line` as one line of NDJSON; nothing for a line that is blank or refused.
    pub(super) fn write(&self, line: &[u8], out: &mut Vec<u8>) -> Recognised {
        self.of_lines.write(line, out)
    }

    /// What a line that was recognised so is, in words.
    pub(super) fn name(&self, format: LineFormat, line: &[u8]) -> &'static str {
        let known = std::str::from_utf8(line).ok().and_then(|line| recognise::format(line, self.now));
        match (format, known) {
            (LineFormat::Plain, Some(known)) => known_name(known),
            (format, _) => name(format),
        }
    }
}

pub(super) const TOO_LARGE: &str = "it is larger than a record may be (4 MiB)";
const _: () = assert!(limits::RECORD_BYTES_MAX == 4 << 20);

/// Why a line is no record, in words.
pub(super) fn reason(unfit: Unfit) -> &'static str {
    match unfit {
        Unfit::NotAnObject => "it is not a JSON object",
        Unfit::TooLarge => TOO_LARGE,
    }
}

// === impl Format ===

impl From<Format> for lines::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Auto => Self::Auto,
            Format::Plain => Self::Plain,
            Format::Ndjson => Self::Ndjson,
            Format::Syslog => Self::Syslog,
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
        Known::DotNet => "line of a logger of .NET",
        Known::Elixir => "line of a logger of Elixir",
        Known::Exception => "stack trace",
        Known::Heroku => "line of Heroku",
        Known::Java => "line of a logger of the JVM",
        Known::Json => "JSON",
        Known::Klog => "line of klog",
        Known::Lambda => "line of AWS Lambda",
        Known::Logfmt => "logfmt",
        Known::Nginx => "error line of nginx",
        Known::Pino => "line of pino",
        Known::Prefix => "text behind a date or level",
        Known::Python => "line of a logger of Python",
        Known::Rails => "line of Rails",
        Known::Rust => "line of a logger of Rust",
        Known::Syslog => "syslog",
        Known::Zap => "line of zap",
        Known::Zerolog => "line of zerolog",
    }
}
