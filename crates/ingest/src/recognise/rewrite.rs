//! Records of a body, with what their messages say as attributes.
//!
//! Always holds: a record keeps every member as it stands, and gets none whose name, or the first word of whose dotted
//! name, it has already; nothing else of the body changes. A body or record that would grow beyond its limit stays.

use std::ops::Range;

use identity::Redaction;
use memchr::{memchr, memrchr};
use model::{Timestamp, limits};

use super::keys::{self, Named};
use super::{Found, Value, bare, likely, recognise};
use crate::records::{Member, Records, Unreadable, is_of_lines};
use crate::reserved::{LEVEL_KEYS, MESSAGE_KEYS, TIME_KEYS};
use crate::{json, mask};

/// What a JSON object or pairs in a message name as their own message, which is not the record's.
pub(crate) const INNER_MESSAGE: &str = "log_message";
const MESSAGE: &str = "message";
/// What Logback's JSON names a trace, and the first word of what is read out of one.
const TRACE: &str = "exception";

struct Writer<'a> {
    body: &'a [u8],
    arrived: Timestamp,
    redaction: Redaction,
    out: Vec<u8>,
    /// Up to where `body` is in `out`.
    copied: usize,
    members: Vec<Member>,
}

/// What a record says by the names of its members, and what its message says.
struct Said<'s, 'a> {
    named: Option<&'s Named>,
    found: Option<&'s Found<'a>>,
}

/// `None` where nothing was recognised.
pub(crate) fn attributes(body: &[u8], arrived: Timestamp, redaction: Redaction) -> Option<Vec<u8>> {
    let mut places = likely::places(body).peekable();
    places.peek()?;
    let mut writer = Writer { body, arrived, redaction, out: Vec::new(), copied: 0, members: Vec::new() };
    if !is_of_lines(body) {
        writer.records(Records::new(body)).ok()?;
        return writer.finish();
    }
    let mut end = 0;
    for place in places {
        if place < end {
            continue;
        }
        let start = memrchr(b'\n', &body[..place]).map_or(0, |before| before + 1);
        end = memchr(b'\n', &body[place..]).map_or(body.len(), |length| place + length);
        writer.records(Records::of_line(body, start..end)).ok()?;
    }
    writer.finish()
}

/// The member that `store` takes for the message.
pub(crate) fn message<'m>(body: &[u8], members: &'m [Member]) -> Option<&'m Member> {
    MESSAGE_KEYS.iter().find_map(|key| members.iter().find(|member| member.has_key(body, &[*key]) && member.is_text(body)))
}

// === impl Writer ===

impl Writer<'_> {
    fn records(&mut self, mut records: Records<'_>) -> Result<(), Unreadable> {
        let mut members = std::mem::take(&mut self.members);
        while let Some(record) = records.next(&mut members)? {
            let mut named = keys::of(self.body, &members);
            let own = message(self.body, &members).and_then(|member| member.text(self.body));
            if let Some(named) = &mut named
                && (own.is_some() || members.iter().any(|member| member.has_key(self.body, &[MESSAGE])))
            {
                named.message = None;
            }
            let text = own.as_deref().or_else(|| named.as_ref()?.message.as_deref()).map(bare);
            let found = text.as_deref().and_then(|text| recognise(text, self.arrived));
            if named.is_some() || found.is_some() {
                self.add(&record, &members, &Said { named: named.as_ref(), found: found.as_ref() });
            }
        }
        self.members = members;
        Ok(())
    }

    fn add(&mut self, record: &Range<usize>, members: &[Member], said: &Said<'_, '_>) {
        let end = record.end - 1;
        let added = self.added(members, said);
        let grown = record.len() + added.len() > limits::RECORD_BYTES_MAX;
        // What is copied and what is still to copy are the body; all else is what was added.
        let total = self.out.len() + (self.body.len() - self.copied) + added.len() > limits::BODY_BYTES_MAX;
        if added.is_empty() || grown || total {
            return;
        }
        self.out.extend_from_slice(&self.body[self.copied..end]);
        self.out.extend_from_slice(&added);
        self.copied = end;
    }

    /// Members, each behind a comma.
    fn added(&self, members: &[Member], said: &Said<'_, '_>) -> Vec<u8> {
        let has = |keys: &[&str]| members.iter().any(|member| member.has_key(self.body, keys));
        let has_level = has(&LEVEL_KEYS) || members.iter().any(|member| self.holds_level(member));
        let has_time = has(&TIME_KEYS);
        let mut out = Vec::new();
        let each = || said.named.iter().map(|named| &named.found).chain(said.found);
        let (time, level) = (each().find_map(|found| found.time), each().find_map(|found| found.level));
        if let (Some(time), false) = (time, has_time) {
            key(&mut out, "timestamp");
            json::timestamp(&mut out, time);
        }
        if let (Some(level), false) = (level, has_level) {
            key(&mut out, "level");
            json::string(&mut out, level.as_str());
        }
        if let Some(message) = said.named.and_then(|named| named.message.as_deref()) {
            key(&mut out, MESSAGE);
            json::string(&mut out, message);
        }
        let (time_taken, level_taken) = (has_time || time.is_some(), has_level || level.is_some());
        let mut written: Vec<&str> = Vec::new();
        for (name, value) in each().flat_map(|found| &found.fields) {
            let name = match name.as_ref() {
                name if MESSAGE_KEYS.contains(&name) && value.is_text() => INNER_MESSAGE,
                name if TIME_KEYS.contains(&name) && time_taken || LEVEL_KEYS.contains(&name) && level_taken => continue,
                name => name,
            };
            let root = name.split('.').next().unwrap_or(name);
            // A trace that lies there as a text is beside what it says.
            let beside = |member: &Member| root == TRACE && root != name && member.is_text(self.body);
            let rooted = members.iter().any(|member| member.has_key(self.body, &[root]) && !beside(member));
            // What is masked in the message is no name of a field either; `mask` keeps names.
            let masked = mask::is_in(name, self.redaction) || value.hides(self.redaction);
            if has(&[name]) || rooted || written.contains(&name) || masked {
                continue;
            }
            written.push(name);
            key(&mut out, name);
            value.write(&mut out);
        }
        out
    }

    /// `"log":{"level":…}`
    fn holds_level(&self, member: &Member) -> bool {
        let value = &self.body[member.value.clone()];
        member.has_key(self.body, &["log"]) && value.starts_with(b"{") && memchr::memmem::find(value, b"\"level\"").is_some()
    }

    fn finish(mut self) -> Option<Vec<u8>> {
        if self.copied == 0 {
            return None;
        }
        self.out.extend_from_slice(&self.body[self.copied..]);
        Some(self.out)
    }
}

fn key(out: &mut Vec<u8>, key: &str) {
    out.push(b',');
    json::string(out, key);
    out.push(b':');
}

// === impl Value ===

impl Value<'_> {
    /// Whether a name within it is one that `mask` would mask as a text.
    pub(crate) fn hides(&self, redaction: Redaction) -> bool {
        matches!(self, Self::Raw(raw) if mask::is_in_names(raw, redaction))
    }

    fn is_text(&self) -> bool {
        match self {
            Self::Text(_) => true,
            Self::Raw(raw) => raw.starts_with('"'),
            Self::Number(_) | Self::Float(_) => false,
        }
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => json::string(out, text),
            Self::Number(number) => json::plain(out, number),
            Self::Float(number) => json::float(out, *number),
            Self::Raw(raw) => out.extend_from_slice(raw.as_bytes()),
        }
    }
}
