//! What rules read out of a text, as members for its record.

use identity::pipeline::{FieldTarget, ParseAs, Pattern};
use model::RecordPart;

use super::Around;
use super::act::of_part;
use super::node::Node;
use super::record::Record;
use crate::recognise::{self, INNER_MESSAGE, Value};
use crate::{json, mask};

#[derive(Debug, Default)]
pub(super) struct Parsed {
    /// Each with its value as JSON.
    pub(super) members: Vec<(FieldTarget, Vec<u8>)>,
    /// Whether something was read that the record cannot take for what it is said to be.
    pub(super) left_out: bool,
}

// === impl Parsed ===

impl Parsed {
    /// What the groups of a pattern match; nothing where it does not.
    pub(super) fn by_groups(text: &str, pattern: &Pattern, groups: &[(usize, FieldTarget)]) -> Option<Self> {
        let captures = pattern.regex().captures(text)?;
        let mut parsed = Self::default();
        for (number, target) in groups {
            let Some(found) = captures.get(*number).map(|found| found.as_str()).filter(|found| !found.is_empty()) else {
                continue;
            };
            let mut value = Vec::new();
            if recognise::is_json_scalar(found) {
                value.extend_from_slice(found.as_bytes());
            } else {
                json::string(&mut value, found);
            }
            let value = match target {
                FieldTarget::Field(_) => Some(value),
                // A message stays the text that it is.
                FieldTarget::Part(RecordPart::Message) => of_part(RecordPart::Message, &Node::string(found)),
                FieldTarget::Part(part) => of_part(*part, &Node::Json(value.into())),
            };
            match value {
                Some(value) => parsed.members.push((target.clone(), value)),
                None => parsed.left_out = true,
            }
        }
        Some(parsed)
    }

    /// What a format reads, but for what the record has already; nothing where the text does not fit.
    pub(super) fn in_format(
        text: &str,
        (format, prefix): (ParseAs, Option<&str>),
        record: &Record<'_>,
        around: Around,
    ) -> Option<Self> {
        let text = recognise::bare(text);
        let found = recognise::in_format(&text, format, around.arrived)?;
        let mut reading = Reading { record, around, prefix, parsed: Self::default() };
        if let Some(time) = found.time {
            let mut value = Vec::new();
            json::timestamp(&mut value, time);
            reading.part(RecordPart::Timestamp, value);
        }
        if let Some(level) = found.level {
            let mut value = Vec::new();
            json::string(&mut value, level.as_str());
            reading.part(RecordPart::Level, value);
        }
        for (name, value) in &found.fields {
            reading.field(name, value);
        }
        Some(reading.parsed)
    }
}

struct Reading<'r, 'a> {
    record: &'r Record<'a>,
    around: Around,
    prefix: Option<&'r str>,
    parsed: Parsed,
}

// === impl Reading ===

impl Reading<'_, '_> {
    /// A time or level: the record's, or under a prefix a field.
    fn part(&mut self, part: RecordPart, value: Vec<u8>) {
        match self.prefix {
            Some(prefix) => self.add(format!("{prefix}.{}", part.as_str()), value),
            None if self.record.has_part(part) || self.has(&FieldTarget::Part(part)) => {}
            None => self.parsed.members.push((FieldTarget::Part(part), value)),
        }
    }

    fn field(&mut self, name: &str, value: &Value<'_>) {
        // What would be masked in a text is no name of a field either; `mask` keeps names.
        if mask::is_in(name, self.around.redaction) || value.hides(self.around.redaction) {
            return;
        }
        let mut json = Vec::new();
        value.write(&mut json);
        if let Some(prefix) = self.prefix {
            return self.add(format!("{prefix}.{name}"), json);
        }
        match RecordPart::of_key(name) {
            None => self.add(name.to_owned(), json),
            Some(RecordPart::Message) => self.add(INNER_MESSAGE.to_owned(), json),
            Some(part @ (RecordPart::Timestamp | RecordPart::Level)) => {
                if let Some(json) = of_part(part, &Node::Json(json.into())) {
                    self.part(part, json);
                }
            }
        }
    }

    /// Unless the record has it, or could take it for what it has of its own, or the name would be masked as a text.
    fn add(&mut self, name: String, json: Vec<u8>) {
        let is_own = RecordPart::of_key(&name).is_some();
        if is_own || self.record.has_member(&name) || mask::is_in(&name, self.around.redaction) {
            return;
        }
        let target = FieldTarget::Field(name);
        if !self.has(&target) {
            self.parsed.members.push((target, json));
        }
    }

    fn has(&self, target: &FieldTarget) -> bool {
        self.parsed.members.iter().any(|(known, _)| known == target)
    }
}
