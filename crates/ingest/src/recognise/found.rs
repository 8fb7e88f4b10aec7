//! What was read out of a line.

use std::borrow::Cow;

use model::{Level, Timestamp};

/// Zones are a quarter of an hour apart: a time of day that is further off may be of another zone, or of another day.
const TIME_OF_DAY_OFF_SECONDS_MAX: i64 = 5 * 60;

/// What a line was recognised as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    Access,
    Apache,
    /// Serilog and NLog, as they write to a console or file.
    DotNet,
    Elixir,
    Exception,
    Heroku,
    Java,
    Json,
    Klog,
    Lambda,
    Logfmt,
    Nginx,
    Pino,
    /// A date, a level, or both, before anything.
    Prefix,
    Python,
    Rails,
    Rust,
    Syslog,
    Zap,
    Zerolog,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    Text(Cow<'a, str>),
    Number(u64),
    Float(f64),
    /// JSON as it stands.
    Raw(Cow<'a, str>),
}

/// What a line says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found<'a> {
    pub format: Format,
    pub(crate) time: Option<Timestamp>,
    /// Nanoseconds into a day that is not told.
    pub(super) time_of_day: Option<i64>,
    pub(crate) level: Option<Level>,
    pub(crate) fields: Vec<(Cow<'a, str>, Value<'a>)>,
}

// === impl Value ===

impl Value<'_> {
    /// JSON that stands as it is.
    pub(super) fn raw(&self) -> Option<&str> {
        match self {
            Self::Raw(raw) => Some(raw),
            Self::Text(_) | Self::Number(_) | Self::Float(_) => None,
        }
    }

    /// The level that it names.
    pub(super) fn level(&self) -> Option<Level> {
        match self {
            Self::Text(name) => Level::from_name(name),
            Self::Raw(raw) => match raw.strip_prefix('"') {
                Some(name) => Level::from_name(name.strip_suffix('"')?),
                None => Level::from_number(raw.parse().ok()?),
            },
            Self::Number(_) | Self::Float(_) => None,
        }
    }
}

// === impl Found ===

impl<'a> Found<'a> {
    pub(crate) fn new(format: Format) -> Self {
        Self { format, time: None, time_of_day: None, level: None, fields: Vec::new() }
    }

    pub(crate) fn at(mut self, time: Timestamp) -> Self {
        self.time = Some(time);
        self
    }

    pub(super) fn at_time_of_day(mut self, nanos: i64) -> Self {
        self.time_of_day = Some(nanos);
        self
    }

    /// Gives a time of day its day, where it can only be that of the arrival.
    pub(super) fn settled(mut self, arrived: Timestamp) -> Self {
        if let (None, Some(of_day)) = (self.time, self.time_of_day) {
            let today = arrived.day();
            let times = [-1, 0, 1].map(|days| today.plus(days).start().nanos().checked_add(of_day).map(Timestamp::from_nanos));
            let near = |time: &Timestamp| time.seconds_since(arrived).abs() < TIME_OF_DAY_OFF_SECONDS_MAX;
            self.time = times.into_iter().flatten().find(near);
        }
        self
    }

    /// Whether a line of the format ends in a text.
    pub(super) fn ends_in_text(&self) -> bool {
        match self.format {
            Format::DotNet | Format::Elixir | Format::Java | Format::Klog | Format::Lambda | Format::Pino | Format::Prefix => {
                true
            }
            Format::Python | Format::Rails | Format::Rust | Format::Zerolog => true,
            Format::Access | Format::Apache | Format::Exception | Format::Heroku | Format::Json => false,
            Format::Logfmt | Format::Nginx | Format::Syslog | Format::Zap => false,
        }
    }

    pub(crate) fn of_level(mut self, level: Option<Level>) -> Self {
        self.level = level;
        self
    }

    /// Unless the text is empty, or the hyphen that stands for nothing.
    pub(crate) fn text(&mut self, key: &'static str, text: &'a str) {
        if !matches!(text, "" | "-") {
            self.fields.push((key.into(), Value::Text(text.into())));
        }
    }

    pub(crate) fn number(&mut self, key: &'static str, number: u64) {
        self.fields.push((key.into(), Value::Number(number)));
    }

    pub(crate) fn float(&mut self, key: &'static str, number: f64) {
        self.fields.push((key.into(), Value::Float(number)));
    }

    pub(crate) fn add(&mut self, key: impl Into<Cow<'a, str>>, value: Value<'a>) {
        self.fields.push((key.into(), value));
    }
}
