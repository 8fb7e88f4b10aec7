//! A JSON object in a message.

use std::borrow::Cow;
use std::fmt;

use model::limits;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Format, Found, Value};
use crate::metadata::is_object;

struct Members;

pub(super) fn line(text: &str) -> Option<Found<'_>> {
    Some(Found { fields: members(text)?, ..Found::new(Format::Json) })
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
