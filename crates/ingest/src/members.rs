//! The members of a JSON object, copied into an object that is open.

use std::borrow::Cow;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

struct Copy<'o, F> {
    out: &'o mut Vec<u8>,
    note: F,
}

/// Appends the members of `object` as they are, and gives `note` each name and value.
pub(crate) fn copy(object: &str, out: &mut Vec<u8>, note: impl FnMut(&str, &RawValue)) -> Result<(), serde_json::Error> {
    let mut source = serde_json::Deserializer::from_str(object);
    source.deserialize_map(Copy { out, note })?;
    source.end()
}

impl<'de, F: FnMut(&str, &RawValue)> Visitor<'de> for Copy<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            let value: &RawValue = map.next_value()?;
            (self.note)(&key, value);
            crate::json::key(self.out, key.as_bytes());
            self.out.extend_from_slice(value.get().as_bytes());
        }
        Ok(())
    }
}
