//! Conditions that can be asked of a record.

use model::{Level, RecordPart};

use super::{Bound, ConditionSpec, FieldName, Pattern, Value, text};

#[derive(Debug, Clone)]
pub struct Condition {
    field: FieldName,
    test: Test,
}

/// What is asked of each value of a field, or of whether there is one. Levels are compared by the name that they are kept by.
#[derive(Debug, Clone)]
pub enum Test {
    Is(Value),
    IsNot(Value),
    /// In lower case.
    Contains(String),
    StartsWith(String),
    Matches(Pattern),
    AtLeast(f64),
    LessThan(f64),
    LevelAtLeast(Level),
    LevelBelow(Level),
    Exists,
    Missing,
}

// === impl Condition ===

impl Condition {
    pub(super) fn compiled(spec: &ConditionSpec) -> Result<Self, String> {
        let field = FieldName::parse(&spec.field)?;
        let is_level = match field {
            FieldName::Part(RecordPart::Timestamp) => return Err("the time of a record is not tested".to_owned()),
            FieldName::Part(RecordPart::Level) => true,
            FieldName::Part(RecordPart::Message) | FieldName::Fields(_) => false,
        };
        let whole = |value: &Value| if is_level { level(value) } else { checked(value) };
        let ConditionSpec { field: _, is, is_not, contains, starts_with, matches, at_least, less_than, exists } = spec;
        let said = |part: &str| text("what is looked for", part).map(|()| part.to_owned());
        let tests = [
            is.as_ref().map(|value| Ok(Test::Is(whole(value)?))),
            is_not.as_ref().map(|value| Ok(Test::IsNot(whole(value)?))),
            contains.as_ref().map(|part| Ok(Test::Contains(said(part)?.to_lowercase()))),
            starts_with.as_ref().map(|part| Ok(Test::StartsWith(said(part)?))),
            matches.as_ref().map(|pattern| Ok(Test::Matches(Pattern::new(pattern)?))),
            at_least.as_ref().map(|bound| bounded(bound, is_level, Test::AtLeast, Test::LevelAtLeast)),
            less_than.as_ref().map(|bound| bounded(bound, is_level, Test::LessThan, Test::LevelBelow)),
            exists.map(|exists| Ok(if exists { Test::Exists } else { Test::Missing })),
        ];
        let mut tests = tests.into_iter().flatten();
        match (tests.next(), tests.next()) {
            (Some(test), None) => Ok(Self { field, test: test? }),
            (_, _) => Err("a condition has exactly one test".to_owned()),
        }
    }

    #[must_use]
    pub fn field(&self) -> &FieldName {
        &self.field
    }

    #[must_use]
    pub fn test(&self) -> &Test {
        &self.test
    }
}

// === impl Value ===

impl Value {
    /// As JSON writes it, without the quotes of a text.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Bool(bool) => bool.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

pub(super) fn checked(value: &Value) -> Result<Value, String> {
    if let Value::Text(value) = value
        && !value.is_empty()
    {
        text("a value", value)?;
    }
    Ok(value.clone())
}

/// The name that a level is kept by.
pub(super) fn level(value: &Value) -> Result<Value, String> {
    let known = match value {
        Value::Text(name) if (1..=32).contains(&name.len()) => {
            Some(Level::from_name(name).map_or_else(|| name.to_lowercase(), |level| level.as_str().to_owned()))
        }
        Value::Number(number) => number.as_i64().and_then(Level::from_number).map(|level| level.as_str().to_owned()),
        Value::Text(_) | Value::Bool(_) => None,
    };
    known.map(Value::Text).ok_or_else(|| "a level is a text of 1 to 32 bytes, or a number that names one".to_owned())
}

fn bounded(bound: &Bound, is_level: bool, number: fn(f64) -> Test, level: fn(Level) -> Test) -> Result<Test, String> {
    match bound {
        Bound::Level(name) if is_level => match Level::from_name(name) {
            Some(known) => Ok(level(known)),
            None => Err("a bound of the level is the name of one".to_owned()),
        },
        Bound::Number(bound) if !is_level => {
            bound.as_f64().map(number).ok_or_else(|| "a bound is a number that can be compared".to_owned())
        }
        Bound::Level(_) => Err("a bound is a number".to_owned()),
        Bound::Number(_) => Err("a bound of the level is the name of one".to_owned()),
    }
}
