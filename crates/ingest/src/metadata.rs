use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::{DecodeError, json};

/// Facts that a client wants in every record of a frame: a JSON object.
///
/// Where a record has the same key, two objects are merged and anything else is overridden.
#[derive(Debug, Clone, Default)]
pub struct Metadata {
    members: BTreeMap<String, Box<RawValue>>,
}

struct Merge<'o> {
    out: &'o mut Vec<u8>,
    over: &'o Metadata,
}

// === impl Metadata ===

impl Metadata {
    /// Reads a `Timber-Metadata-Override` header.
    pub fn parse(header: &str) -> Result<Self, DecodeError> {
        Self::read(header)
            .ok_or_else(|| DecodeError::bad("invalid_metadata", "timber-metadata-override must be one json object of few levels"))
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        if !is_shallow(text) {
            return None;
        }
        let members = serde_json::from_str(text).ok()?;
        Some(Self { members })
    }

    /// Writes `object`, a JSON object, with these facts in it.
    pub(crate) fn merge_into(&self, object: &str, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        let mut source = serde_json::Deserializer::from_str(object);
        Merge { out, over: self }.deserialize(&mut source)?;
        source.end()
    }
}

/// Whether `text` is one JSON object that `store` will take.
pub(crate) fn is_object(text: &str) -> bool {
    text.starts_with('{') && is_shallow(text) && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Whether nothing in JSON text nests deeper than a record may; says nothing on text that is not JSON.
pub(crate) fn is_shallow(text: &str) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > model::limits::JSON_DEPTH_MAX {
            return false;
        }
    }
    true
}

// === impl Merge ===

impl<'de> DeserializeSeed<'de> for Merge<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Merge<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut left: BTreeMap<&str, &RawValue> = self.over.members.iter().map(|(k, v)| (k.as_str(), &**v)).collect();
        self.out.push(b'{');
        while let Some(key) = map.next_key::<String>()? {
            let value: &RawValue = map.next_value()?;
            json::key(self.out, key.as_bytes());
            let over = left.remove(key.as_str()).map(RawValue::get);
            match over {
                Some(over) if over.starts_with('{') && value.get().starts_with('{') => {
                    let over: Metadata = Metadata { members: serde_json::from_str(over).map_err(A::Error::custom)? };
                    over.merge_into(value.get(), self.out).map_err(A::Error::custom)?;
                }
                Some(over) => self.out.extend_from_slice(over.as_bytes()),
                None => self.out.extend_from_slice(value.get().as_bytes()),
            }
        }
        for (key, value) in left {
            json::key(self.out, key.as_bytes());
            self.out.extend_from_slice(value.get().as_bytes());
        }
        self.out.push(b'}');
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(over: &str, record: &str, expected: &str) {
        let mut out = Vec::new();
        Metadata::parse(over).unwrap().merge_into(record, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn facts_are_added_and_objects_merged() {
        check(r#"{"host":"web-1"}"#, r#"{"message":"hi"}"#, r#"{"message":"hi","host":"web-1"}"#);
        check(r#"{"host":"web-1"}"#, "{}", r#"{"host":"web-1"}"#);
        check("{}", r#"{"n":12345678901234567890123}"#, r#"{"n":12345678901234567890123}"#);
        check(
            r#"{"context":{"system":{"hostname":"h"}},"a":1}"#,
            r#"{"a":2,"context":{"user":7,"system":{"pid":1}}}"#,
            r#"{"a":1,"context":{"user":7,"system":{"pid":1,"hostname":"h"}}}"#,
        );
    }

    #[test]
    fn what_is_not_a_shallow_object_is_refused() {
        let deep = format!("{}1{}", "{\"a\":".repeat(65), "}".repeat(65));
        for header in ["", "[]", "1", "{", "{} {}", "{\"a\":nan}", &deep] {
            assert_eq!(Metadata::parse(header).unwrap_err().code, "invalid_metadata", "{header}");
        }
    }
}
