//! A record while rules are done to it: its members, read no deeper than rules ask.
//!
//! Always holds: what a rule did not name is written as it came; the members that `store` takes for the time, the level and
//! the message are no fields here, and stay those that it takes.

use std::borrow::Cow;

use model::{LEVEL_KEYS, MESSAGE_KEYS, RecordPart, TIME_KEYS};

use super::node::{Entry, Node, Reach, entries, remove, within, write};
use super::scalar::Scalar;
use super::{Budget, Stop};
use crate::records::{Member, Unreadable};

/// Where the line stays that another message took the place of, by the name that OpenTelemetry has for it.
pub(super) const ORIGINAL: &str = "log.record.original";

#[derive(Debug)]
pub(super) struct Record<'a> {
    pub(super) entries: Vec<Entry<'a>>,
    /// `"log":{"level":…}`, where that is the level.
    level_within: Option<String>,
}

// === impl Record ===

impl<'a> Record<'a> {
    pub(super) fn read(body: &'a [u8], members: &[Member]) -> Result<Self, Unreadable> {
        let mut record = Self { entries: entries(body, members)?, level_within: None };
        record.find_parts();
        Ok(record)
    }

    /// As `store` does.
    fn find_parts(&mut self) {
        let mark = |entries: &mut Vec<Entry<'a>>, keys: &[&str], part: RecordPart, takes: &dyn Fn(&Entry<'a>) -> bool| {
            let place = keys.iter().find_map(|key| entries.iter().position(|entry| entry.key == *key && takes(entry)));
            if let Some(place) = place {
                entries[place].part = Some(part);
            }
            place.is_some()
        };
        mark(&mut self.entries, &TIME_KEYS, RecordPart::Timestamp, &|entry| entry.value.time().is_some());
        mark(&mut self.entries, &MESSAGE_KEYS, RecordPart::Message, &|entry| entry.value.is_text());
        let (first, last) = LEVEL_KEYS.split_at(LEVEL_KEYS.len() - 1);
        let level = self.entries.iter().find(|entry| entry.key == "level").map(|entry| &entry.value);
        let has_level = level.is_some_and(|level| matches!(level.scalar(), Some(Scalar::Text(_) | Scalar::Number(_))));
        let takes = |entry: &Entry<'a>| entry.level(has_level).is_some();
        if mark(&mut self.entries, first, RecordPart::Level, &takes) {
            return;
        }
        self.level_within = self.entries.iter().find(|entry| entry.key == "log").and_then(|log| log.value.level_within());
        if self.level_within.is_none() {
            mark(&mut self.entries, last, RecordPart::Level, &takes);
        }
    }

    /// After a rule: the level that is inside of a field may have gone with it.
    pub(super) fn look_for_level(&mut self) {
        if self.level_within.is_some() {
            self.level_within = self.entries.iter().find(|entry| entry.key == "log").and_then(|log| log.value.level_within());
        }
    }

    pub(super) fn part(&self, part: RecordPart) -> Option<&Entry<'a>> {
        self.entries.iter().find(|entry| entry.part == Some(part))
    }

    pub(super) fn has_part(&self, part: RecordPart) -> bool {
        self.part(part).is_some() || part == RecordPart::Level && self.level_within.is_some()
    }

    pub(super) fn message(&self) -> Option<Cow<'_, str>> {
        match self.part(RecordPart::Message)?.value.scalar()? {
            Scalar::Text(text) => Some(text),
            Scalar::Number(_) | Scalar::Bool(_) | Scalar::Null => None,
        }
    }

    /// The name that it is kept by.
    pub(super) fn level(&self) -> Option<String> {
        match self.part(RecordPart::Level) {
            Some(entry) => entry.level(false),
            None => self.level_within.clone(),
        }
    }

    /// Gives `each` the fields that a name finds; the first that it finds by one of the candidates comes first.
    pub(super) fn fields(
        &mut self,
        name: &[String],
        reach: Reach,
        budget: &mut Budget,
        each: &mut dyn FnMut(&mut Entry<'a>, &mut Budget) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        name.iter().try_for_each(|name| within(&mut self.entries, name, reach, budget, each))
    }

    /// Whether there is a field of exactly this dotted name.
    pub(super) fn has(&mut self, name: &str, budget: &mut Budget) -> Result<bool, Stop> {
        let mut has = false;
        within(&mut self.entries, name, Reach::Exactly, budget, &mut |_, _| {
            has = true;
            Ok(())
        })?;
        Ok(has)
    }

    /// Whether a member has this name, or that of the first of its words.
    pub(super) fn has_member(&self, name: &str) -> bool {
        let root = name.split('.').next().unwrap_or(name);
        self.entries.iter().any(|entry| entry.key == name || entry.key == root)
    }

    /// Takes fields out; how many those were. All or none: what it costs is paid before.
    pub(super) fn remove(&mut self, names: &[String], reach: Reach, budget: &mut Budget) -> Result<usize, Stop> {
        let mut removed = 0;
        self.fields(names, reach, budget, &mut |_, _| Ok(()))?;
        for name in names {
            remove(&mut self.entries, name, reach, &mut |_| removed += 1)?;
        }
        Ok(removed)
    }

    /// Takes out the first field that a name finds.
    pub(super) fn take(&mut self, names: &[String], budget: &mut Budget) -> Result<Option<Node<'a>>, Stop> {
        self.fields(names, Reach::Exactly, budget, &mut |_, _| Ok(()))?;
        for name in names {
            let mut taken = None;
            remove(&mut self.entries, name, Reach::Exactly, &mut |node| taken = taken.take().or(Some(node)))?;
            if taken.is_some() {
                return Ok(taken);
            }
        }
        Ok(None)
    }

    /// Writes a field of exactly this dotted name, at the top.
    pub(super) fn set(&mut self, name: &str, value: Node<'a>, budget: &mut Budget) -> Result<(), Stop> {
        if self.has(name, budget)? {
            remove(&mut self.entries, name, Reach::Exactly, &mut |_| {})?;
        }
        self.push(name.to_owned(), value, None);
        Ok(())
    }

    /// Gives the record another time, level or message, of JSON that `store` takes for one.
    pub(super) fn set_part(&mut self, part: RecordPart, json: Vec<u8>) {
        let was = self.entries.iter().position(|entry| entry.part == Some(part)).map(|place| self.entries.remove(place));
        // What stands under the name of the part without being it would be there twice.
        self.entries.retain(|entry| entry.part.is_some() || entry.key != part.as_str());
        if let (RecordPart::Message, Some(was)) = (part, was)
            && !matches!(&was.value, Node::Json(was) if **was == *json)
            && !self.entries.iter().any(|entry| entry.key == ORIGINAL)
        {
            self.push(ORIGINAL.to_owned(), was.value, None);
        }
        if part == RecordPart::Level {
            self.level_within = None;
        }
        self.push(part.as_str().to_owned(), Node::Json(json.into()), Some(part));
    }

    pub(super) fn push(&mut self, key: String, value: Node<'a>, part: Option<RecordPart>) {
        self.entries.push(Entry { key: key.into(), raw_key: None, value, part });
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        write(&self.entries, out);
    }
}
