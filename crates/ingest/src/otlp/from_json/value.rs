//! Attributes and values of JSON requests, written as they are read.

use std::borrow::Cow;
use std::fmt;

use model::limits;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::json;
use crate::otlp::record::Members;

/// How the text of an error starts that means `too_deep`.
pub(super) const TOO_DEEP: &str = "value nests too deep";

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum PairField {
    Key,
    Value,
    #[serde(other)]
    Unknown,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum ValueField {
    #[serde(alias = "string_value")]
    StringValue,
    #[serde(alias = "bool_value")]
    BoolValue,
    #[serde(alias = "int_value")]
    IntValue,
    #[serde(alias = "double_value")]
    DoubleValue,
    #[serde(alias = "array_value")]
    ArrayValue,
    #[serde(alias = "kvlist_value")]
    KvlistValue,
    #[serde(alias = "bytes_value")]
    BytesValue,
    #[serde(other)]
    Unknown,
}

/// A name, in the body where it stands there as it is.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// What `AnyValue` held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrote {
    Nothing,
    Text,
    Other,
}

#[derive(Clone, Copy)]
enum Scalar {
    Text,
    Bool,
}

#[derive(Clone, Copy)]
enum Number {
    Int,
    Double,
}

/// A list of pairs whose values, if they are containers, are at this depth.
pub(super) struct Pairs<'w, M>(pub(super) &'w mut M, pub(super) usize);
/// A value that, if it is a container, is at this depth.
pub(super) struct Any<'o>(pub(super) &'o mut Vec<u8>, pub(super) usize);

struct Pair<'w, M>(&'w mut M, usize);
/// `{"values": [...]}`
struct Values<'o>(&'o mut Vec<u8>, usize, Container);
struct ArrayOfAny<'o>(&'o mut Vec<u8>, usize);
/// Gives whether there was a value.
struct ScalarOf<'o>(&'o mut Vec<u8>, Scalar);

#[derive(Clone, Copy)]
enum Container {
    Array,
    Kvlist,
}

// === impl Pairs, Pair ===

impl<'de, M: Members> DeserializeSeed<'de> for Pairs<'_, M> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de, M: Members> Visitor<'de> for Pairs<'_, M> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of keys and values")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pairs: A) -> Result<(), A::Error> {
        while pairs.next_element_seed(Pair(self.0, self.1))?.is_some() {}
        Ok(())
    }
}

impl<'de, M: Members> DeserializeSeed<'de> for Pair<'_, M> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_map(self)
    }
}

impl<'de, M: Members> Visitor<'de> for Pair<'_, M> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key and a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Pair(members, depth) = self;
        let (mut key, mut early, mut written): (Option<Cow<'de, str>>, Vec<u8>, bool) = (None, Vec::new(), false);
        while let Some(field) = map.next_key()? {
            match field {
                PairField::Key => key = Some(map.next_value::<Key<'de>>()?.0),
                PairField::Value if written => drop(map.next_value::<IgnoredAny>()?),
                PairField::Value => {
                    let out = match &key {
                        Some(key) => members.member(key.as_bytes()),
                        None => &mut early,
                    };
                    if map.next_value_seed(Any(out, depth))? == Wrote::Nothing {
                        out.extend_from_slice(b"null");
                    }
                    written = key.is_some();
                }
                PairField::Unknown => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if !written {
            let value = if early.is_empty() { b"null" } else { &early[..] };
            members.member(key.unwrap_or_default().as_bytes()).extend_from_slice(value);
        }
        Ok(())
    }
}

// === impl Any ===

impl<'de> DeserializeSeed<'de> for Any<'_> {
    type Value = Wrote;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Wrote, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Any<'_> {
    type Value = Wrote;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Wrote, E> {
        Ok(Wrote::Nothing)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Wrote, A::Error> {
        let Any(out, depth) = self;
        let start = out.len();
        let mut wrote = Wrote::Nothing;
        while let Some(field) = map.next_key()? {
            let before = out.len();
            let found = match field {
                ValueField::StringValue => match map.next_value_seed(ScalarOf(out, Scalar::Text))? {
                    true => Wrote::Text,
                    false => Wrote::Nothing,
                },
                ValueField::BoolValue => map.next_value_seed(ScalarOf(out, Scalar::Bool))?.into(),
                ValueField::IntValue => number(map.next_value()?, Number::Int, out)?,
                ValueField::DoubleValue => number(map.next_value()?, Number::Double, out)?,
                ValueField::BytesValue => map.next_value_seed(ScalarOf(out, Scalar::Text))?.into(),
                ValueField::ArrayValue => map.next_value_seed(Values(out, depth, Container::Array))?,
                ValueField::KvlistValue => map.next_value_seed(Values(out, depth, Container::Kvlist))?,
                ValueField::Unknown => {
                    map.next_value::<IgnoredAny>()?;
                    Wrote::Nothing
                }
            };
            if found != Wrote::Nothing {
                // Of several values the last holds, as in protobuf.
                out.drain(start..before);
                wrote = found;
            }
        }
        Ok(wrote)
    }
}

impl From<bool> for Wrote {
    fn from(wrote: bool) -> Self {
        if wrote { Self::Other } else { Self::Nothing }
    }
}

// === impl Values ===

impl<'de> DeserializeSeed<'de> for Values<'_> {
    type Value = Wrote;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Wrote, D::Error> {
        if self.1 > limits::JSON_DEPTH_MAX {
            return Err(D::Error::custom(TOO_DEEP));
        }
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Values<'_> {
    type Value = Wrote;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with values")
    }

    fn visit_unit<E: Error>(self) -> Result<Wrote, E> {
        Ok(Wrote::Nothing)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Wrote, A::Error> {
        let Values(out, depth, container) = self;
        let (open, close) = match container {
            Container::Array => (b'[', b']'),
            Container::Kvlist => (b'{', b'}'),
        };
        out.push(open);
        while let Some(Key(key)) = map.next_key()? {
            match (&*key, container) {
                ("values", Container::Array) => map.next_value_seed(ArrayOfAny(out, depth + 1))?,
                ("values", Container::Kvlist) => map.next_value_seed(Pairs(out, depth + 1))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        out.push(close);
        Ok(Wrote::Other)
    }
}

impl<'de> DeserializeSeed<'de> for ArrayOfAny<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ArrayOfAny<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of values")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        let ArrayOfAny(out, depth) = self;
        loop {
            let before = out.len();
            if out.last() != Some(&b'[') {
                out.push(b',');
            }
            match values.next_element_seed(Any(out, depth))? {
                Some(Wrote::Nothing) => out.extend_from_slice(b"null"),
                Some(Wrote::Text | Wrote::Other) => {}
                None => {
                    out.truncate(before);
                    return Ok(());
                }
            }
        }
    }
}

// === impl ScalarOf ===

impl<'de> DeserializeSeed<'de> for ScalarOf<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<bool, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ScalarOf<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.1 {
            Scalar::Text => "text",
            Scalar::Bool => "true or false",
        })
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<bool, E> {
        match self.1 {
            Scalar::Bool => json::plain(self.0, value),
            Scalar::Text => return Err(E::custom("unexpected boolean")),
        }
        Ok(true)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<bool, E> {
        match self.1 {
            Scalar::Text => json::string(self.0, text),
            Scalar::Bool => return Err(E::custom("unexpected text")),
        }
        Ok(true)
    }
}

/// A number is copied digit by digit: read as a float it would not always come out the same.
fn number<E: Error>(raw: &RawValue, kind: Number, out: &mut Vec<u8>) -> Result<Wrote, E> {
    match (raw.get().as_bytes(), kind) {
        (b"null", _) => return Ok(Wrote::Nothing),
        ([b'-' | b'0'..=b'9', ..], _) => out.extend_from_slice(raw.get().as_bytes()),
        ([b'"', text @ .., b'"'], kind) => {
            // No number has an escape, so what stands between the quotes is the text.
            let text = std::str::from_utf8(text).map_err(E::custom)?;
            match kind {
                Number::Int => json::plain(out, text.parse::<i64>().map_err(|_| E::custom("not an integer"))?),
                Number::Double => json::float(out, text.parse().map_err(|_| E::custom("not a number"))?),
            }
        }
        _ => return Err(E::custom("not a number")),
    }
    Ok(Wrote::Other)
}
