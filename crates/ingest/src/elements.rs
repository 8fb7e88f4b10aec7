//! JSON arrays read one element at a time, and where in a body a piece of it went wrong.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::DecodeError;

struct Each<'f, T, F> {
    take: F,
    failed: &'f mut Option<DecodeError>,
    element: PhantomData<T>,
}

/// Gives `take` each element of `array`, which lies in `body`; no array is an empty one.
pub(crate) fn each<'a, T, F>(body: &str, array: Option<&'a RawValue>, take: F) -> Result<(), DecodeError>
where
    T: Deserialize<'a>,
    F: FnMut(T) -> Result<(), DecodeError>,
{
    let Some(array) = array else { return Ok(()) };
    let mut failed = None;
    let elements = Each { take, failed: &mut failed, element: PhantomData };
    let read = serde_json::Deserializer::from_str(array.get()).deserialize_seq(elements);
    match failed {
        Some(error) => Err(error),
        None => read.map_err(|error| invalid_json(body, array.get(), &error)),
    }
}

pub(crate) fn invalid_utf8(at: usize) -> DecodeError {
    DecodeError::bad("invalid_utf8", "the body is not UTF-8").at(at)
}

/// `error` came from reading `text`, which lies in `body`.
pub(crate) fn invalid_json(body: &str, text: &str, error: &serde_json::Error) -> DecodeError {
    let line_start: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let at = (line_start + error.column().saturating_sub(1)).min(text.len());
    DecodeError::bad("invalid_json", "the body is not JSON of the expected shape").at(offset(body, text) + at)
}

/// Where in `body` a piece of it lies.
pub(crate) fn offset(body: &str, piece: &str) -> usize {
    piece.as_ptr().addr().saturating_sub(body.as_ptr().addr())
}

impl<'de, T, F> Visitor<'de> for Each<'_, T, F>
where
    T: Deserialize<'de>,
    F: FnMut(T) -> Result<(), DecodeError>,
{
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        while let Some(element) = elements.next_element()? {
            if let Err(error) = (self.take)(element) {
                *self.failed = Some(error);
                return Err(A::Error::custom("refused"));
            }
        }
        Ok(())
    }
}
