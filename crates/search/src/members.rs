//! The members of a JSON object, whose values stay as they were sent: also numbers that no type here holds.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Members of an object by their keys, each once, the last of its values.
#[derive(Debug, Default)]
pub(crate) struct Members<'a>(Vec<(String, &'a RawValue)>);

// === impl Members ===

impl<'a> Members<'a> {
    /// Nothing where `text` is no object.
    pub(crate) fn read(text: &'a str) -> Self {
        if text == "{}" {
            return Self::default();
        }
        serde_json::from_str(text).unwrap_or_default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'a RawValue> {
        Some(self.0[self.place(key)?].1)
    }

    pub(crate) fn take(&mut self, key: &str) -> Option<&'a RawValue> {
        let at = self.place(key)?;
        Some(self.0.remove(at).1)
    }

    fn place(&self, key: &str) -> Option<usize> {
        self.0.binary_search_by(|(known, _)| known.as_str().cmp(key)).ok()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(key, value)| (key.as_str(), *value))
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members: Vec<(String, &RawValue)> = Vec::new();
        while let Some(member) = map.next_entry::<String, &RawValue>()? {
            members.push(member);
        }
        // Of members with one key the later comes to stand first, and only the first stays.
        members.reverse();
        members.sort_by(|a, b| a.0.cmp(&b.0));
        members.dedup_by(|later, earlier| later.0 == earlier.0);
        Ok(Members(members))
    }
}
