//! Values of JSON that are texts, numbers or booleans, and how they meet what a rule says.

use std::borrow::Cow;

use identity::pipeline::Value;
use serde_json::value::RawValue;

use super::node::text_of;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar<'v> {
    Text(Cow<'v, str>),
    /// As it is written.
    Number(&'v str),
    Bool(bool),
    Null,
}

/// Nothing where the value is an object, an array, or none at all.
pub(super) fn of(json: &[u8]) -> Option<Scalar<'_>> {
    match json {
        [b'"', inner @ .., b'"'] => text_of(inner).map(Scalar::Text),
        b"true" => Some(Scalar::Bool(true)),
        b"false" => Some(Scalar::Bool(false)),
        b"null" => Some(Scalar::Null),
        [b'-' | b'0'..=b'9', ..] => std::str::from_utf8(json).ok().map(Scalar::Number),
        _ => None,
    }
}

/// Gives `each` the value, or of an array each of its own, until it says that this was enough; whether it did.
pub(super) fn any<E>(json: &[u8], each: &mut dyn FnMut(&Scalar<'_>) -> Result<bool, E>) -> Result<bool, E> {
    if !json.starts_with(b"[") {
        return of(json).map_or(Ok(false), |scalar| each(&scalar));
    }
    let elements: Vec<&RawValue> = serde_json::from_slice(json).unwrap_or_default();
    for element in elements {
        if let Some(scalar) = of(element.get().as_bytes())
            && each(&scalar)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(super) fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

// === impl Scalar ===

impl Scalar<'_> {
    /// Whether it is this value: a number by what it comes to, and anything as a text that is written the same.
    pub(super) fn is(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text(text), value) => *text == value.text(),
            (Self::Number(written), Value::Number(number)) => {
                let whole = |text: &str| text.parse::<i64>().ok();
                match (whole(written), number.as_i64()) {
                    (Some(written), Some(number)) => written == number,
                    (_, _) => self::number(written).is_some_and(|written| number.as_f64() == Some(written)),
                }
            }
            (Self::Number(written), Value::Text(text)) => written == text,
            (Self::Bool(bool), Value::Bool(value)) => bool == value,
            (Self::Bool(bool), Value::Text(text)) => bool.to_string() == *text,
            (Self::Number(_), Value::Bool(_)) | (Self::Bool(_), Value::Number(_)) | (Self::Null, _) => false,
        }
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Text(text) => number(text),
            Self::Number(text) => number(text),
            Self::Bool(_) | Self::Null => None,
        }
    }
}
