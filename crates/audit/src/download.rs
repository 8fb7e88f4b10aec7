//! Entries in the forms that other tools read, written one after another.
//!
//! | form | an entry is |
//! |---|---|
//! | `Ndjson` | its own JSON with the address, one line |
//! | `Csv` | one row of RFC 4180 under a row of names; no cell begins a formula |
//! | `Cef` | one line of ArcSight's Common Event Format 0 |
//! | `Ocsf` | one line of JSON, an event of the Open Cybersecurity Schema Framework 1.2.0 |
//!
//! Always holds: whatever an entry says, it stays in its line and its field; an event that is added to the vocabulary is
//! written without a change here. Reads nothing and filters nothing.

mod cef;
mod csv;
mod ocsf;

use std::io::{self, Write};

use serde_json::{Map, Value};

use crate::deed::{Actor, Outcome};
use crate::entry::Entry;
use crate::trail::Recorded;

/// Which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Ndjson,
    Csv,
    Cef,
    Ocsf,
}

/// Writes entries to `out` as they come.
#[derive(Debug)]
pub struct Download<W: Write> {
    form: Form,
    out: W,
}

/// What an entry says, taken apart.
struct Facts<'a> {
    entry: &'a Entry,
    address: Option<&'a str>,
    event: String,
    details: Map<String, Value>,
    actor: Party,
    on_behalf_of: Option<Party>,
    /// Of the refusal, if it was refused.
    code: Option<&'a str>,
}

struct Party {
    kind: String,
    id: Option<String>,
}

// === impl Form ===

impl Form {
    /// As HTTP names it.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Ndjson | Self::Ocsf => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Cef => "text/plain; charset=utf-8",
        }
    }
}

// === impl Download ===

impl<W: Write> Download<W> {
    pub fn new(form: Form, mut out: W) -> io::Result<Self> {
        match form {
            Form::Csv => out.write_all(csv::header().as_bytes())?,
            Form::Ndjson | Form::Cef | Form::Ocsf => {}
        }
        Ok(Self { form, out })
    }

    pub fn entry(&mut self, recorded: &Recorded) -> io::Result<()> {
        let line = match self.form {
            Form::Ndjson => plain(recorded)?,
            Form::Csv => csv::row(&Facts::new(recorded)),
            Form::Cef => cef::line(&Facts::new(recorded)),
            Form::Ocsf => ocsf::event(&Facts::new(recorded)).to_string() + "\n",
        };
        self.out.write_all(line.as_bytes())
    }

    /// Gives back what was written to.
    #[must_use]
    pub fn into_inner(self) -> W {
        self.out
    }
}

fn plain(recorded: &Recorded) -> io::Result<String> {
    let mut entry = serde_json::to_value(&recorded.entry)?;
    entry["address"] = Value::from(recorded.address.clone());
    Ok(entry.to_string() + "\n")
}

// === impl Facts ===

impl<'a> Facts<'a> {
    fn new(recorded: &'a Recorded) -> Self {
        let entry = &recorded.entry;
        let (event, details) = entry.event.parts();
        Self {
            entry,
            address: recorded.address.as_deref(),
            event,
            details,
            actor: Party::new(&entry.actor),
            on_behalf_of: entry.on_behalf_of.as_ref().map(Party::new),
            code: match &entry.outcome {
                Outcome::Done => None,
                Outcome::Refused { code } => Some(code),
            },
        }
    }

    fn result(&self) -> &'static str {
        if self.code.is_some() { "refused" } else { "done" }
    }

    /// A detail that is a text.
    fn detail(&self, name: &str) -> Option<&str> {
        self.details.get(name).and_then(Value::as_str)
    }

    /// Names the entry everywhere: its log and place.
    fn uid(&self) -> String {
        format!("{}/{}", self.entry.log, self.entry.sequence)
    }
}

// === impl Party ===

impl Party {
    fn new(actor: &Actor) -> Self {
        let value = serde_json::to_value(actor).unwrap_or_default();
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        Self { kind: text("kind").unwrap_or_default(), id: text("id") }
    }
}

#[cfg(test)]
mod tests;
