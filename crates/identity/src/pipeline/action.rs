//! Actions that can be done to a record.

use model::{RecordPart, Timestamp, limits};

use super::condition::{checked, level};
use super::field::check;
use super::{ActionSpec, FieldName, FieldTarget, MaskSpec, ParseAs, ParseSpec, Pattern, RenameSpec, SetSpec, Value, text};

#[derive(Debug, Clone)]
pub enum Action {
    Parse { field: FieldName, how: Parsing },
    Rename { from: FieldName, to: FieldTarget },
    Set { field: FieldTarget, value: Value },
    Remove(FieldName),
    Mask { field: Option<FieldName>, pattern: Pattern, mask: String },
    Drop,
    Route(String),
}

#[derive(Debug, Clone)]
pub enum Parsing {
    /// What a format reads, under a prefix where there is one.
    As(ParseAs, Option<String>),
    /// What the groups of these numbers match.
    Groups(Pattern, Vec<(usize, FieldTarget)>),
}

// === impl Action ===

impl Action {
    pub(super) fn compiled(spec: &ActionSpec) -> Result<Self, String> {
        match spec {
            ActionSpec::Parse(parse) => parsing(parse),
            ActionSpec::Rename(RenameSpec { from, to }) => {
                let (mut from, to) = (FieldName::parse_field(from, "renamed")?, FieldTarget::parse(to)?);
                // What has the name already is not renamed.
                if let (FieldName::Fields(names), FieldTarget::Field(to)) = (&mut from, &to) {
                    names.retain(|name| name != to);
                }
                Ok(Self::Rename { from, to })
            }
            ActionSpec::Set(SetSpec { field, value }) => {
                let field = FieldTarget::parse(field)?;
                let value = settable(&field, value)?;
                Ok(Self::Set { field, value })
            }
            ActionSpec::Remove(remove) => Ok(Self::Remove(FieldName::parse_field(&remove.field, "removed")?)),
            ActionSpec::Mask(mask) => masking(mask),
            ActionSpec::Drop(true) => Ok(Self::Drop),
            ActionSpec::Drop(false) => Err("`drop` is `true`".to_owned()),
            ActionSpec::Route(route) => {
                text("the name of a stream", &route.stream)?;
                if route.stream.trim().is_empty() || route.stream.chars().any(char::is_control) {
                    return Err("the name of a stream is not only spaces, and has no control characters".to_owned());
                }
                Ok(Self::Route(route.stream.clone()))
            }
        }
    }
}

fn parsing(spec: &ParseSpec) -> Result<Action, String> {
    let field = FieldName::parse(&spec.field)?;
    if let FieldName::Part(part @ (RecordPart::Timestamp | RecordPart::Level)) = field {
        return Err(format!("the {} of a record is not parsed", part.as_str()));
    }
    if let Some(prefix) = &spec.into {
        check(prefix)?;
    }
    let how = match (spec.r#as, &spec.pattern) {
        (Some(format), None) => Parsing::As(format, spec.into.clone()),
        (None, Some(pattern)) => {
            let pattern = Pattern::new(pattern)?;
            let groups = groups(&pattern, spec.into.as_deref())?;
            Parsing::Groups(pattern, groups)
        }
        (_, _) => return Err("`parse` has either `as` or `pattern`".to_owned()),
    };
    Ok(Action::Parse { field, how })
}

fn groups(pattern: &Pattern, prefix: Option<&str>) -> Result<Vec<(usize, FieldTarget)>, String> {
    let named = pattern.regex().capture_names().enumerate().filter_map(|(number, name)| Some((number, name?)));
    let groups = named.map(|(number, name)| Ok((number, FieldTarget::parse_under(prefix, name)?)));
    let groups = groups.collect::<Result<Vec<_>, String>>()?;
    match groups.len() {
        0 => Err("the pattern has no named group, such as `(?<name>.*)`".to_owned()),
        1..=limits::PIPELINE_GROUPS_MAX => Ok(groups),
        _ => Err(format!("the pattern has more than {} named groups", limits::PIPELINE_GROUPS_MAX)),
    }
}

fn settable(field: &FieldTarget, value: &Value) -> Result<Value, String> {
    let checked = checked(value)?;
    match (field, value) {
        (FieldTarget::Field(_), _) | (FieldTarget::Part(RecordPart::Message), Value::Text(_)) => Ok(checked),
        (FieldTarget::Part(RecordPart::Level), _) => level(value),
        (FieldTarget::Part(RecordPart::Timestamp), Value::Text(text)) if Timestamp::parse(text).is_ok() => Ok(checked),
        (FieldTarget::Part(RecordPart::Timestamp), Value::Number(number))
            if number.as_i64().is_some_and(|number| Timestamp::from_epoch_number(number).is_some()) =>
        {
            Ok(checked)
        }
        (FieldTarget::Part(RecordPart::Timestamp), _) => Err("the value is no time".to_owned()),
        (FieldTarget::Part(RecordPart::Message), _) => Err("a message is a text".to_owned()),
    }
}

fn masking(spec: &MaskSpec) -> Result<Action, String> {
    let field = spec.field.as_deref().map(FieldName::parse).transpose()?;
    if let Some(FieldName::Part(part @ (RecordPart::Timestamp | RecordPart::Level))) = field {
        return Err(format!("the {} of a record is not masked", part.as_str()));
    }
    let pattern = Pattern::new(&spec.pattern)?;
    if pattern.regex().is_match("") {
        return Err("the pattern of a mask finds nothing in an empty text".to_owned());
    }
    let of_mask = |c: char| c.is_ascii_alphanumeric() || c == ' ' || c == '-';
    let name = spec.name.trim();
    if name.is_empty() || spec.name.len() > limits::PIPELINE_MASK_CHARS_MAX || name != spec.name || !name.chars().all(of_mask) {
        let most = limits::PIPELINE_MASK_CHARS_MAX;
        return Err(format!(
            "the name of a mask is 1 to {most} letters, digits, spaces and hyphens, and neither begins nor ends with a space"
        ));
    }
    Ok(Action::Mask { field, pattern, mask: format!("[masked {name}]") })
}
