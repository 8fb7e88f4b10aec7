//! A JSON object in a message.

use std::borrow::Cow;
use std::fmt;

use model::{LEVEL_KEYS, Level, TIME_KEYS, limits};
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::traced::Traced;
use super::{Format, Found, Value, keys};
use crate::metadata::is_object;

struct Members;

pub(super) fn line(text: &str) -> Option<Found<'_>> {
    let mut fields = members(text)?;
    let mut found = Found::new(Format::Json);
    // What loggers name otherwise; the names that `store` knows are looked at with the record's own.
    let has = |names: &[&str]| fields.iter().any(|(key, _)| names.contains(&key.as_ref()));
    if !has(&TIME_KEYS) {
        found.time = fields.iter().find_map(|(key, value)| keys::time(key, value.raw()?));
    }
    if !has(&LEVEL_KEYS) {
        let unsaid = has(&["@t"]) && has(&["@m", "@mt"]) && !has(&["@l"]);
        found.level = fields.iter().find_map(|(key, value)| keys::level(key, value.raw()?)).or(unsaid.then_some(Level::Info));
        found.level = found.level.or_else(|| of_mongodb(&fields));
    }
    let traced = Traced::of(fields.iter().filter_map(|(key, value)| Some((key.as_ref(), value.raw()?)))).said();
    fields.extend(traced.into_iter().map(|(name, value)| (name.into(), Value::Text(value.into()))));
    Some(Found { fields, ..found })
}

fn of_mongodb(fields: &[(Cow<'_, str>, Value<'_>)]) -> Option<Level> {
    let named = |name: &str| fields.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.raw());
    keys::time("t", named("t")?)?;
    keys::severity(named("s")?.strip_prefix('"')?.strip_suffix('"')?)
}

/// The members of a text that is one JSON object of few enough.
pub(super) fn members(text: &str) -> Option<Vec<(Cow<'_, str>, Value<'_>)>> {
    if !is_object(text) {
        return None;
    }
    serde_json::Deserializer::from_str(text).deserialize_map(Members).ok()
}

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(Cow<'de, str>, Value<'de>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            let value: &'de RawValue = map.next_value()?;
            if members.len() == limits::RECOGNISED_FIELDS_MAX {
                return Err(A::Error::custom("too many"));
            }
            members.push((key.into(), Value::Raw(value.get().into())));
        }
        Ok(members)
    }
}
