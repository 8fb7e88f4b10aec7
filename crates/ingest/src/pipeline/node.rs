//! Members of a record and of the objects in it, found, taken out and written.
//!
//! Always holds: an object is read when a name leads into it, and what it costs is paid before.

use std::borrow::Cow;
use std::collections::{HashMap, hash_map};

use model::{Level, RecordPart, Timestamp};

use super::scalar::{Scalar, number, of as scalar};
use super::{Budget, Stop};
use crate::json;
use crate::mask::unescape;
use crate::records::{Member, Records, Unreadable};

/// A member costs so much to look at.
const ENTRY_BYTES: usize = 8;
/// Longer texts are no name of a level.
const LEVEL_BYTES_MAX: usize = 32;

#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) key: Cow<'a, str>,
    /// As it was sent, without its quotes.
    pub(super) raw_key: Option<&'a [u8]>,
    pub(super) value: Node<'a>,
    /// What of a record's own it is.
    pub(super) part: Option<RecordPart>,
}

#[derive(Debug)]
pub(super) enum Node<'a> {
    Json(Cow<'a, [u8]>),
    /// One that a rule looked into.
    Object(Vec<Entry<'a>>),
}

/// How far a name reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The field of that name.
    Exactly,
    /// What is inside it as well.
    Inside,
}

// === impl Entry ===

impl Entry<'_> {
    /// The level that `store` reads here. Clients that send both number `severity` in ways of their own.
    pub(super) fn level(&self, has_level: bool) -> Option<String> {
        match (self.value.scalar()?, &*self.key) {
            (Scalar::Text(text), _) => level_named(&text),
            (Scalar::Number(text), "level") => Level::from_number(text.parse().ok()?).map(|level| level.as_str().to_owned()),
            (Scalar::Number(text), "severity") if !has_level => {
                let number = text.parse::<i64>().ok().filter(|number| (0..=7).contains(number))?;
                Level::from_number(number).map(|level| level.as_str().to_owned())
            }
            (Scalar::Number(_) | Scalar::Bool(_) | Scalar::Null, _) => None,
        }
    }
}

/// The name that a level of this text is kept by.
pub(super) fn level_named(text: &str) -> Option<String> {
    match Level::from_name(text) {
        Some(level) => Some(level.as_str().to_owned()),
        None => (1..=LEVEL_BYTES_MAX).contains(&text.len()).then(|| text.to_lowercase()),
    }
}

impl Default for Node<'_> {
    fn default() -> Self {
        Self::Json(Cow::Borrowed(b"null"))
    }
}

// === impl Node ===

impl<'a> Node<'a> {
    pub(super) fn string(text: &str) -> Self {
        let mut out = Vec::with_capacity(text.len() + 2);
        json::string(&mut out, text);
        Self::Json(out.into())
    }

    pub(super) fn is_text(&self) -> bool {
        matches!(self, Self::Json(json) if json.starts_with(b"\""))
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Json(json) if **json == *b"null")
    }

    pub(super) fn scalar(&self) -> Option<Scalar<'_>> {
        match self {
            Self::Json(json) => scalar(json),
            Self::Object(_) => None,
        }
    }

    /// The time that `store` reads here.
    pub(super) fn time(&self) -> Option<Timestamp> {
        match self.scalar()? {
            Scalar::Text(text) => Timestamp::parse(&text).ok(),
            Scalar::Number(text) => match text.parse() {
                Ok(number) => Timestamp::from_epoch_number(number),
                Err(_) => number(text).and_then(Timestamp::from_epoch_float),
            },
            Scalar::Bool(_) | Scalar::Null => None,
        }
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Json(json) => json.len(),
            Self::Object(entries) => entries.iter().map(|entry| entry.key.len() + entry.value.bytes() + ENTRY_BYTES).sum(),
        }
    }

    pub(super) fn level_within(&self) -> Option<String> {
        let Self::Json(json) = self else { return None };
        if !json.starts_with(b"{") {
            return None;
        }
        let mut members = Vec::new();
        Records::new(json).next(&mut members).ok()??;
        let level = members.iter().find(|member| member.has_key(json, &["level"]))?;
        level.text(json).and_then(|text| level_named(&text))
    }

    /// Its members, where it is an object.
    fn inside(&mut self) -> Result<Option<&mut Vec<Entry<'a>>>, Unreadable> {
        if let Self::Json(json) = self
            && json.starts_with(b"{")
        {
            let inside = match json {
                Cow::Borrowed(json) => entries_of(json)?,
                Cow::Owned(json) => entries_of(json)?.into_iter().map(Entry::into_owned).collect(),
            };
            *self = Self::Object(inside);
        }
        match self {
            Self::Object(entries) => Ok(Some(entries)),
            Self::Json(_) => Ok(None),
        }
    }

    fn into_owned<'o>(self) -> Node<'o> {
        match self {
            Self::Json(json) => Node::Json(json.into_owned().into()),
            Self::Object(entries) => Node::Object(entries.into_iter().map(Entry::into_owned).collect()),
        }
    }
}

impl Entry<'_> {
    fn into_owned<'o>(self) -> Entry<'o> {
        Entry { key: self.key.into_owned().into(), raw_key: None, value: self.value.into_owned(), part: self.part }
    }
}

pub(super) fn entries<'a>(body: &'a [u8], members: &[Member]) -> Result<Vec<Entry<'a>>, Unreadable> {
    let entry = |member: &Member| {
        let raw = &body[member.key.clone()];
        let key = text_of(raw).ok_or(Unreadable)?;
        let value = Node::Json(body[member.value.clone()].into());
        Ok(Entry { key, raw_key: Some(raw), value, part: None })
    };
    let mut entries = members.iter().map(entry).collect::<Result<Vec<_>, Unreadable>>()?;
    if entries.len() > 1 {
        last_wins(&mut entries);
    }
    Ok(entries)
}

/// Of members of one name the last counts, as `store` has it; objects are merged there, so each of those stays.
fn last_wins(entries: &mut Vec<Entry<'_>>) {
    let mut kept = vec![true; entries.len()];
    let mut later: HashMap<&str, bool> = HashMap::with_capacity(entries.len());
    for (place, entry) in entries.iter().enumerate().rev() {
        let is_object = matches!(&entry.value, Node::Json(json) if json.starts_with(b"{"));
        match later.entry(&entry.key) {
            hash_map::Entry::Vacant(none) => {
                none.insert(is_object);
            }
            // A value that is none ends the row of objects that are merged.
            hash_map::Entry::Occupied(mut merges) => {
                kept[place] = *merges.get() && is_object;
                *merges.get_mut() &= is_object;
            }
        }
    }
    drop(later);
    let mut kept = kept.into_iter();
    entries.retain(|_| kept.next().unwrap_or(true));
}

fn entries_of(object: &[u8]) -> Result<Vec<Entry<'_>>, Unreadable> {
    let mut members = Vec::new();
    Records::new(object).next(&mut members)?;
    entries(object, &members)
}

/// What stands between the quotes of a string, with its escapes undone.
pub(super) fn text_of(raw: &[u8]) -> Option<Cow<'_, str>> {
    if memchr::memchr(b'\\', raw).is_none() {
        return std::str::from_utf8(raw).ok().map(Cow::Borrowed);
    }
    let mut text = Vec::new();
    unescape(raw, &mut text)?;
    String::from_utf8(text).ok().map(Cow::Owned)
}

/// What of a name is left behind a key, where it begins with that.
fn behind<'n>(name: &'n str, key: &str) -> Option<&'n str> {
    name.strip_prefix(key)?.strip_prefix('.')
}

fn is_there(entry: &Entry<'_>, name: &str, reach: Reach) -> bool {
    entry.part.is_none() && (entry.key == name || reach == Reach::Inside && behind(&entry.key, name).is_some())
}

pub(super) fn within<'a>(
    entries: &mut [Entry<'a>],
    name: &str,
    reach: Reach,
    budget: &mut Budget,
    each: &mut dyn FnMut(&mut Entry<'a>, &mut Budget) -> Result<(), Stop>,
) -> Result<(), Stop> {
    budget.look(entries.len() * ENTRY_BYTES)?;
    for entry in entries {
        if is_there(entry, name, reach) {
            each(entry, budget)?;
        } else if entry.part.is_none()
            && let Some(rest) = behind(name, &entry.key)
            && let Some(inside) = looked_into(&mut entry.value, budget)?
        {
            within(inside, rest, reach, budget, each)?;
        }
    }
    Ok(())
}

/// Takes out what a name finds, and objects that this leaves empty.
pub(super) fn remove<'a>(
    entries: &mut Vec<Entry<'a>>,
    name: &str,
    reach: Reach,
    gone: &mut dyn FnMut(Node<'a>),
) -> Result<(), Unreadable> {
    let mut read = Ok(());
    entries.retain_mut(|entry| {
        if is_there(entry, name, reach) {
            gone(std::mem::take(&mut entry.value));
            return false;
        }
        let Some(rest) = behind(name, &entry.key).filter(|_| entry.part.is_none()) else { return true };
        match entry.value.inside() {
            Ok(Some(inside)) if !inside.is_empty() => {
                read = std::mem::replace(&mut read, Ok(())).and(remove(inside, rest, reach, gone));
                !inside.is_empty()
            }
            Ok(_) => true,
            Err(unreadable) => {
                read = Err(unreadable);
                true
            }
        }
    });
    read
}

fn looked_into<'n, 'a>(node: &'n mut Node<'a>, budget: &mut Budget) -> Result<Option<&'n mut Vec<Entry<'a>>>, Stop> {
    if let Node::Json(json) = node
        && json.starts_with(b"{")
    {
        budget.look(json.len())?;
    }
    Ok(node.inside()?)
}

pub(super) fn write(entries: &[Entry<'_>], out: &mut Vec<u8>) {
    out.push(b'{');
    for (place, entry) in entries.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        match entry.raw_key {
            Some(raw) => {
                out.push(b'"');
                out.extend_from_slice(raw);
                out.push(b'"');
            }
            None => json::string(out, &entry.key),
        }
        out.push(b':');
        match &entry.value {
            Node::Json(json) => out.extend_from_slice(json),
            Node::Object(inside) => write(inside, out),
        }
    }
    out.push(b'}');
}
