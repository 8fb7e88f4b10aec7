//! What was read out of a line.

use std::borrow::Cow;

use model::{Level, Timestamp};

/// What a line was recognised as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    Access,
    Apache,
    Exception,
    Heroku,
    Java,
    Json,
    Klog,
    Lambda,
    Logfmt,
    Nginx,
    /// A date, a level, or both, before anything.
    Prefix,
    Python,
    Rails,
    Rust,
    Syslog,
    Zap,
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
pub struct Found<'a> {
    pub format: Format,
    pub(crate) time: Option<Timestamp>,
    pub(crate) level: Option<Level>,
    pub(crate) fields: Vec<(Cow<'a, str>, Value<'a>)>,
}

// === impl Value ===

impl Value<'_> {
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
        Self { format, time: None, level: None, fields: Vec::new() }
    }

    pub(crate) fn at(mut self, time: Timestamp) -> Self {
        self.time = Some(time);
        self
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
