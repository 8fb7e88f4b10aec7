//! Whether the conditions of a rule hold for a record.

use std::borrow::Cow;

use identity::pipeline::{Condition, FieldName, Test};
use memchr::memmem;
use model::{Level, RecordPart, limits};

use super::node::{Node, Reach};
use super::record::Record;
use super::scalar::{self, Scalar};
use super::{Budget, Stop};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    Yes,
    No,
    /// A text is too long to be looked at.
    Unknown,
}

pub(super) fn all(conditions: &[Condition], record: &mut Record<'_>, budget: &mut Budget) -> Result<Held, Stop> {
    let mut all = Held::Yes;
    for condition in conditions {
        match holds(condition, record, budget)? {
            Held::Yes => {}
            Held::No => return Ok(Held::No),
            Held::Unknown => all = Held::Unknown,
        }
    }
    Ok(all)
}

fn holds(condition: &Condition, record: &mut Record<'_>, budget: &mut Budget) -> Result<Held, Stop> {
    let held = |holds: bool| if holds { Held::Yes } else { Held::No };
    let test = condition.test();
    match condition.field() {
        // It is not tested.
        FieldName::Part(RecordPart::Timestamp) => Ok(Held::No),
        FieldName::Part(RecordPart::Level) => {
            let level = record.level().map(|level| Scalar::Text(Cow::Owned(level)));
            Ok(match test {
                Test::Exists => held(level.is_some()),
                Test::Missing => held(level.is_none()),
                test => held_by(test, level.map_or(Ok(Held::No), |level| meets(test, &level, budget))?),
            })
        }
        FieldName::Part(RecordPart::Message) => match test {
            Test::Exists => Ok(held(record.has_part(RecordPart::Message))),
            Test::Missing => Ok(held(!record.has_part(RecordPart::Message))),
            test => {
                let message = record.message().map(Scalar::Text);
                Ok(held_by(test, message.map_or(Ok(Held::No), |message| meets(test, &message, budget))?))
            }
        },
        FieldName::Fields(names) => {
            if let Test::Exists | Test::Missing = test {
                let mut exists = false;
                record.fields(names, Reach::Inside, budget, &mut |entry, _| {
                    exists |= !entry.value.is_null();
                    Ok(())
                })?;
                return Ok(held(exists == matches!(test, Test::Exists)));
            }
            let mut any = Held::No;
            record.fields(names, Reach::Exactly, budget, &mut |entry, budget| {
                any = any.or(in_value(test, &entry.value, budget)?);
                Ok(())
            })?;
            Ok(held_by(test, any))
        }
    }
}

/// Whether a test holds, by whether a value meets it.
fn held_by(test: &Test, met: Held) -> Held {
    match (test, met) {
        (Test::IsNot(_), Held::Yes) => Held::No,
        (Test::IsNot(_), Held::No) => Held::Yes,
        (_, met) => met,
    }
}

fn in_value(test: &Test, node: &Node<'_>, budget: &mut Budget) -> Result<Held, Stop> {
    let Node::Json(json) = node else { return Ok(Held::No) };
    budget.look(json.len())?;
    let mut met = Held::No;
    scalar::any(json, &mut |scalar| {
        met = met.or(meets(test, scalar, budget)?);
        Ok::<_, Stop>(met == Held::Yes)
    })?;
    Ok(met)
}

fn meets(test: &Test, scalar: &Scalar<'_>, budget: &mut Budget) -> Result<Held, Stop> {
    let text = match scalar {
        Scalar::Text(text) => Some(&**text),
        Scalar::Number(_) | Scalar::Bool(_) | Scalar::Null => None,
    };
    budget.look(text.map_or(0, str::len))?;
    let level = || text.and_then(Level::from_name);
    let met = match test {
        Test::Is(value) | Test::IsNot(value) => scalar.is(value),
        Test::Contains(part) => text.is_some_and(|text| memmem::find(text.to_lowercase().as_bytes(), part.as_bytes()).is_some()),
        Test::StartsWith(start) => text.is_some_and(|text| text.starts_with(start.as_str())),
        Test::Matches(_) if text.is_some_and(|text| text.len() > limits::PIPELINE_LOOK_BYTES_MAX) => return Ok(Held::Unknown),
        Test::Matches(pattern) => text.is_some_and(|text| pattern.regex().is_match(text)),
        Test::AtLeast(bound) => scalar.number().is_some_and(|number| number >= *bound),
        Test::LessThan(bound) => scalar.number().is_some_and(|number| number < *bound),
        Test::LevelAtLeast(bound) => level().is_some_and(|level| level >= *bound),
        Test::LevelBelow(bound) => level().is_some_and(|level| level < *bound),
        Test::Exists | Test::Missing => false,
    };
    Ok(if met { Held::Yes } else { Held::No })
}

// === impl Held ===

impl Held {
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::No, Self::No) => Self::No,
        }
    }
}
