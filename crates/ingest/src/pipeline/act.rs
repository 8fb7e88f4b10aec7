//! The actions of rules, done to one record.

use identity::pipeline::{Action, FieldName, FieldTarget, Parsing, STREAM_FIELD, Value};
use model::{RecordPart, limits};

use super::cover::Cover;
use super::node::{Node, Reach, level_named};
use super::parse::Parsed;
use super::record::{ORIGINAL, Record};
use super::scalar::Scalar;
use super::{Around, Budget, Stop};
use crate::json;
use crate::records::Unreadable;

/// Beside its name and value a member needs so many bytes.
const MEMBER_BYTES: usize = "\"\":,".len();

pub(super) struct Actor<'r, 'a> {
    pub(super) record: &'r mut Record<'a>,
    pub(super) around: Around,
}

/// What an action came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Deed {
    pub(super) touched: bool,
    pub(super) failed: bool,
    pub(super) dropped: bool,
    /// No further rule is done.
    pub(super) ends: bool,
}

// === impl Deed ===

impl Deed {
    const NOTHING: Self = Self { touched: false, failed: false, dropped: false, ends: false };
    pub(super) const FAILED: Self = Self { failed: true, ..Self::NOTHING };
    const TOUCHED: Self = Self { touched: true, ..Self::NOTHING };

    fn touched_if(touched: bool) -> Self {
        Self { touched, ..Self::NOTHING }
    }
}

// === impl Actor ===

impl<'a> Actor<'_, 'a> {
    pub(super) fn act(&mut self, action: &Action, budget: &mut Budget) -> Result<Deed, Stop> {
        match action {
            Action::Parse { field, how } => self.parse(field, how, budget),
            Action::Rename { from, to } => self.rename(from, to, budget),
            Action::Set { field, value } => self.set(field, value, budget),
            Action::Remove(FieldName::Fields(names)) => {
                Ok(Deed::touched_if(self.record.remove(names, Reach::Inside, budget)? > 0))
            }
            // What a record has of its own is not removed.
            Action::Remove(FieldName::Part(_)) => Ok(Deed::FAILED),
            Action::Mask { field, pattern, mask } => {
                match self.cover(field.as_ref(), &Cover { mask, pattern: Some(pattern) }, budget) {
                    Err(Stop::Spent) => Ok(self.hide(field.as_ref(), mask)?),
                    covered => Ok(Deed::touched_if(covered?)),
                }
            }
            Action::Drop => Ok(Deed { dropped: true, ends: true, ..Deed::TOUCHED }),
            Action::Route(stream) => {
                let set = self.set_field(STREAM_FIELD, Node::string(stream), budget)?;
                Ok(Deed { ends: set == Deed::TOUCHED, ..set })
            }
        }
    }

    /// Hides all that a mask would have looked at.
    pub(super) fn hide(&mut self, field: Option<&FieldName>, mask: &str) -> Result<Deed, Unreadable> {
        let mut whole = Budget(usize::MAX);
        match self.cover(field, &Cover { mask, pattern: None }, &mut whole) {
            Ok(_) => Ok(Deed { failed: true, ..Deed::TOUCHED }),
            Err(Stop::Unreadable | Stop::Spent) => Err(Unreadable),
        }
    }

    fn cover(&mut self, field: Option<&FieldName>, cover: &Cover<'_>, budget: &mut Budget) -> Result<bool, Stop> {
        let mut hidden = false;
        match field {
            None => {
                for entry in &mut self.record.entries {
                    match entry.part {
                        Some(RecordPart::Timestamp | RecordPart::Level) => {}
                        Some(RecordPart::Message) | None => hidden |= cover.node(&mut entry.value, budget)?,
                    }
                }
            }
            Some(FieldName::Part(RecordPart::Message)) => {
                for entry in self.record.entries.iter_mut().filter(|entry| entry.part == Some(RecordPart::Message)) {
                    hidden |= cover.node(&mut entry.value, budget)?;
                }
                // The same line, from before another message took its place.
                self.record.fields(&[ORIGINAL.to_owned()], Reach::Inside, budget, &mut |entry, budget| {
                    hidden |= cover.node(&mut entry.value, budget)?;
                    Ok(())
                })?;
            }
            // Neither is masked.
            Some(FieldName::Part(RecordPart::Timestamp | RecordPart::Level)) => {}
            Some(FieldName::Fields(names)) => {
                // What lies inside of another that is looked at is looked at with it.
                let is_inside = |name: &String| names.iter().any(|other| is_within(name, other));
                let names: Vec<String> = names.iter().filter(|name| !is_inside(name)).cloned().collect();
                self.record.fields(&names, Reach::Inside, budget, &mut |entry, budget| {
                    hidden |= cover.node(&mut entry.value, budget)?;
                    Ok(())
                })?;
            }
        }
        Ok(hidden)
    }

    fn parse(&mut self, field: &FieldName, how: &Parsing, budget: &mut Budget) -> Result<Deed, Stop> {
        let Some(text) = self.text(field, budget)? else { return Ok(Deed::NOTHING) };
        budget.look(text.len())?;
        if text.len() > limits::PIPELINE_LOOK_BYTES_MAX {
            return Ok(Deed::FAILED);
        }
        let parsed = match how {
            Parsing::As(format, prefix) => Parsed::in_format(&text, (*format, prefix.as_deref()), self.record, self.around),
            Parsing::Groups(pattern, groups) => Parsed::by_groups(&text, pattern, groups),
        };
        let Some(parsed) = parsed else { return Ok(Deed::FAILED) };
        let bytes: usize = parsed.members.iter().map(|(target, json)| target_bytes(target) + json.len()).sum();
        if !self.takes(bytes) {
            return Ok(Deed::FAILED);
        }
        let mut deed = Deed { failed: parsed.left_out, ..Deed::touched_if(!parsed.members.is_empty()) };
        for (target, json) in parsed.members {
            match target {
                FieldTarget::Part(part) => self.record.set_part(part, json),
                FieldTarget::Field(name) => match self.record.set(&name, Node::Json(json.into()), budget) {
                    Err(Stop::Spent) => deed.failed = true,
                    set => set?,
                },
            }
        }
        Ok(deed)
    }

    /// The first text that a name finds.
    fn text(&mut self, field: &FieldName, budget: &mut Budget) -> Result<Option<String>, Stop> {
        match field {
            FieldName::Part(_) => Ok(self.record.message().map(|message| message.into_owned())),
            FieldName::Fields(names) => {
                let mut text = None;
                self.record.fields(names, Reach::Exactly, budget, &mut |entry, budget| {
                    if text.is_none() {
                        budget.look(entry.value.bytes())?;
                        if let Some(Scalar::Text(found)) = entry.value.scalar() {
                            text = Some(found.into_owned());
                        }
                    }
                    Ok(())
                })?;
                Ok(text)
            }
        }
    }

    fn rename(&mut self, from: &FieldName, to: &FieldTarget, budget: &mut Budget) -> Result<Deed, Stop> {
        // What a record has of its own keeps its name.
        let FieldName::Fields(names) = from else { return Ok(Deed::FAILED) };
        match to {
            FieldTarget::Field(name) if self.record.has(name, budget)? || !self.takes(target_bytes(to)) => {
                let mut is_there = false;
                self.record.fields(names, Reach::Exactly, budget, &mut |_, _| {
                    is_there = true;
                    Ok(())
                })?;
                Ok(if is_there { Deed::FAILED } else { Deed::NOTHING })
            }
            FieldTarget::Field(name) => {
                let Some(node) = self.record.take(names, budget)? else { return Ok(Deed::NOTHING) };
                self.record.push(name.clone(), node, None);
                Ok(Deed::TOUCHED)
            }
            FieldTarget::Part(part) => {
                let mut found = None;
                self.record.fields(names, Reach::Exactly, budget, &mut |entry, budget| {
                    budget.look(entry.value.bytes())?;
                    found = found.take().or_else(|| Some(of_part(*part, &entry.value)));
                    Ok(())
                })?;
                let Some(found) = found else { return Ok(Deed::NOTHING) };
                let Some(json) = found else { return Ok(Deed::FAILED) };
                if !self.takes(target_bytes(to)) || self.record.take(names, budget)?.is_none() {
                    return Ok(Deed::FAILED);
                }
                self.record.set_part(*part, json);
                Ok(Deed::TOUCHED)
            }
        }
    }

    fn set(&mut self, target: &FieldTarget, value: &Value, budget: &mut Budget) -> Result<Deed, Stop> {
        let node = match value {
            Value::Text(text) => Node::string(text),
            Value::Number(number) => Node::Json(number.to_string().into_bytes().into()),
            Value::Bool(bool) => Node::Json(bool.to_string().into_bytes().into()),
        };
        match target {
            FieldTarget::Field(name) => self.set_field(name, node, budget),
            FieldTarget::Part(part) => match of_part(*part, &node) {
                Some(json) if self.takes(target_bytes(target) + json.len()) => {
                    self.record.set_part(*part, json);
                    Ok(Deed::TOUCHED)
                }
                Some(_) | None => Ok(Deed::FAILED),
            },
        }
    }

    fn set_field(&mut self, name: &str, node: Node<'a>, budget: &mut Budget) -> Result<Deed, Stop> {
        if !self.takes(name.len() + node.bytes() + MEMBER_BYTES) {
            return Ok(Deed::FAILED);
        }
        self.record.set(name, node, budget)?;
        Ok(Deed::TOUCHED)
    }

    /// Whether the record may grow by so much, which then counts.
    fn takes(&mut self, bytes: usize) -> bool {
        match self.around.room.checked_sub(bytes) {
            Some(left) => {
                self.around.room = left;
                true
            }
            None => false,
        }
    }
}

fn is_within(name: &str, other: &str) -> bool {
    name.strip_prefix(other).is_some_and(|rest| rest.starts_with('.'))
}

/// What a value makes as a time, level or message, as `store` takes it for one.
pub(super) fn of_part(part: RecordPart, node: &Node<'_>) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    match (part, node.scalar()?) {
        (RecordPart::Message, Scalar::Text(text)) => json::string(&mut out, &text),
        (RecordPart::Level, Scalar::Text(text)) => json::string(&mut out, &level_named(&text)?),
        (RecordPart::Level, Scalar::Number(text)) => {
            let level = model::Level::from_number(text.parse().ok()?)?;
            json::string(&mut out, level.as_str());
        }
        (RecordPart::Timestamp, Scalar::Text(_) | Scalar::Number(_)) => json::timestamp(&mut out, node.time()?),
        (RecordPart::Message, _) | (RecordPart::Level | RecordPart::Timestamp, Scalar::Bool(_) | Scalar::Null) => return None,
    }
    Some(out)
}

fn target_bytes(target: &FieldTarget) -> usize {
    let name = match target {
        // Where another message takes its place, the line goes under a longer name.
        FieldTarget::Part(_) => ORIGINAL.len(),
        FieldTarget::Field(name) => name.len(),
    };
    name + MEMBER_BYTES
}
