//! Elasticsearch and OpenSearch `_bulk`: lines in pairs, an action and its document.
//!
//! | action | what happens |
//! |---|---|
//! | `index`, `create` | the document is a record, as it was sent |
//! | `update`, `delete` | refused alone: records never change |
//!
//! Always holds: each action has one item in the answer, in their order. A document that cannot be stored is refused alone; a
//! line that is no action leaves open which lines are documents, so it refuses the request. Names of indexes and ids are
//! answered and not kept: only the permit says where records go.

mod answer;
mod document;

use std::borrow::Cow;

use bytes::Bytes;
use model::{Timestamp, limits};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::elements::invalid_utf8;
use crate::metadata::is_shallow;
use crate::times::Times;
use crate::{DecodeError, NormalBody, RefusedRecord};

pub use answer::answer;
pub use document::{answer_document, decode_document};

/// What a client asked to be done, and how it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub action: Action,
    /// As the client called them.
    pub index: Option<Box<str>>,
    pub id: Option<Box<str>>,
    pub refused: Option<RefusedRecord>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Index,
    Create,
    Update,
    Delete,
}

/// An action's line. Other members than one of these are no action.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow)]
    index: Option<Target<'a>>,
    #[serde(borrow)]
    create: Option<Target<'a>>,
    #[serde(borrow)]
    update: Option<Target<'a>>,
    #[serde(borrow)]
    delete: Option<Target<'a>>,
}

#[derive(Deserialize)]
struct Target<'a> {
    #[serde(borrow, rename = "_index")]
    index: Option<&'a RawValue>,
    #[serde(borrow, rename = "_id")]
    id: Option<&'a RawValue>,
}

/// The time that a client gave its document.
#[derive(Deserialize)]
struct Stamped<'a> {
    #[serde(borrow, rename = "@timestamp")]
    time: Option<Cow<'a, str>>,
}

struct Lines<'a> {
    body: &'a [u8],
    at: usize,
}

/// Turns a decompressed body into normal form, with an item for each action. `index`: that of the address, if it names one.
pub fn decode(body: &[u8], index: Option<&str>) -> Result<(NormalBody, Vec<Item>), DecodeError> {
    let mut lines = Lines { body, at: 0 };
    let (mut out, mut items) = (Vec::with_capacity(body.len()), Vec::new());
    let (mut records, mut times) = (0, Times::default());
    while let Some((at, line)) = lines.next() {
        if line.is_empty() {
            continue;
        }
        let index = items.len();
        if index == limits::BULK_ACTIONS_MAX {
            return Err(too_many_actions());
        }
        let mut item = action(line, at).map_err(|error| error.record(index))?;
        let document = match item.action {
            Action::Delete => None,
            Action::Index | Action::Create | Action::Update => {
                let missing = || DecodeError::bad("truncated_body", "the last action has no document").at(at).record(index);
                Some(lines.next().ok_or_else(missing)?.1)
            }
        };
        match (item.why_refused(), document) {
            (Some((code, reason)), _) => item.refused = Some(RefusedRecord { index, code, reason }),
            (None, Some(document)) => match why_refused(document) {
                Some((code, reason)) => item.refused = Some(RefusedRecord { index, code, reason }),
                None => {
                    out.extend_from_slice(document);
                    out.push(b'\n');
                    records += 1;
                    if !times.tell_apart() {
                        time_of(document).into_iter().for_each(|time| times.add(time));
                    }
                }
            },
            (None, None) => {}
        }
        items.push(item);
    }
    if out.len() > limits::BODY_BYTES_MAX {
        return Err(DecodeError::body_too_large(limits::BODY_BYTES_MAX));
    }
    let (bytes, known_by) = (Bytes::from(out), times.delivery(body, index.unwrap_or_default()));
    Ok((NormalBody { bytes, records: Some(records), numbered: true, known_by, ..NormalBody::default() }, items))
}

fn time_of(document: &[u8]) -> Option<Timestamp> {
    let Stamped { time } = serde_json::from_slice(document).ok()?;
    Timestamp::parse(&time?).ok()
}

fn action(line: &[u8], at: usize) -> Result<Item, DecodeError> {
    let line = std::str::from_utf8(line).map_err(|error| invalid_utf8(at + error.valid_up_to()))?;
    let malformed = || DecodeError::bad("invalid_action", "expected an action, as {\"create\":{}}, in a line of its own").at(at);
    if !line.starts_with('{') {
        return Err(malformed());
    }
    let line: Line<'_> = serde_json::from_str(line).map_err(|_| malformed())?;
    let (action, target) = match line {
        Line { index: Some(target), create: None, update: None, delete: None } => (Action::Index, target),
        Line { index: None, create: Some(target), update: None, delete: None } => (Action::Create, target),
        Line { index: None, create: None, update: Some(target), delete: None } => (Action::Update, target),
        Line { index: None, create: None, update: None, delete: Some(target) } => (Action::Delete, target),
        _ => return Err(malformed()),
    };
    let name = |value: Option<&RawValue>| name(value).map_err(|()| malformed());
    Ok(Item { action, index: name(target.index)?, id: name(target.id)?, refused: None })
}

/// Text, or a number as its text.
fn name(value: Option<&RawValue>) -> Result<Option<Box<str>>, ()> {
    let Some(text) = value.map(RawValue::get) else { return Ok(None) };
    match text.as_bytes().first() {
        Some(b'"') => serde_json::from_str(text).map(Some).map_err(|_| ()),
        Some(b'-' | b'0'..=b'9') => Ok(Some(text.into())),
        Some(b'n') => Ok(None),
        _ => Err(()),
    }
}

/// Why `store` would not take a document; `None` where it will.
fn why_refused(document: &[u8]) -> Option<(&'static str, &'static str)> {
    if document.len() > limits::RECORD_BYTES_MAX {
        return Some(("record_too_large", "a record is larger than the limit"));
    }
    let Ok(document) = std::str::from_utf8(document) else { return Some(("invalid_utf8", "the document is not UTF-8")) };
    if !is_shallow(document) {
        return Some(("too_deep", "a value nests deeper than the limit"));
    }
    if serde_json::from_str::<IgnoredAny>(document).is_err() {
        return Some(("invalid_json", "the document is not JSON"));
    }
    (!document.starts_with('{')).then_some(("not_an_object", "a record must be an object"))
}

fn too_many_actions() -> DecodeError {
    let most = limits::BULK_ACTIONS_MAX;
    DecodeError::too_large("too_many_records", format_args!("the request holds more than {most} actions"))
}

// === impl Item ===

impl Item {
    /// Why an action is refused, whatever its document.
    fn why_refused(&mut self) -> Option<(&'static str, &'static str)> {
        if self.index.as_ref().is_some_and(|name| name.len() > limits::BULK_INDEX_BYTES_MAX) {
            self.index = None;
            return Some(("index_name_too_long", "the index's name is longer than the limit"));
        }
        if self.id.as_ref().is_some_and(|id| id.len() > limits::BULK_ID_BYTES_MAX) {
            self.id = None;
            return Some(("id_too_long", "the id is longer than the limit"));
        }
        match self.action {
            Action::Index | Action::Create => None,
            Action::Update | Action::Delete => Some(("action_unsupported", "records never change: only index and create")),
        }
    }
}

// === impl Action ===

impl Action {
    fn as_str(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

// === impl Lines ===

impl<'a> Lines<'a> {
    /// The next line without white space around it, and where it starts.
    fn next(&mut self) -> Option<(usize, &'a [u8])> {
        let rest = self.body.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = &rest[..length];
        let at = self.at + (line.len() - line.trim_ascii_start().len());
        self.at += length + 1;
        Some((at, line.trim_ascii()))
    }
}

#[cfg(test)]
mod tests;
