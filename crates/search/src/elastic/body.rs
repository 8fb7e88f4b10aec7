//! JSON, member by member: what is left over is refused by its name.

use serde_json::{Map, Value};

use super::RequestError;

/// Members that have not been read yet.
#[derive(Debug)]
pub(super) struct Object(Map<String, Value>);

pub(super) fn wrong(name: &str) -> RequestError {
    RequestError::parsing(format!("[{name}] has a value that it cannot have"))
}

/// Its one member: `{"range": {…}}` is a clause by its name.
pub(super) fn only(value: Value, what: &str) -> Result<(String, Value), RequestError> {
    let Value::Object(object) = value else { return Err(wrong(what)) };
    let mut members = object.into_iter();
    match (members.next(), members.next()) {
        (Some(member), None) => Ok(member),
        (None, _) => Err(RequestError::parsing(format!("[{what}] is empty"))),
        (Some(_), Some((second, _))) => {
            Err(RequestError::parsing(format!("[{what}] malformed, expected one member but found [{second}] as well")))
        }
    }
}

/// A text, a number or a truth value as text.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

// === impl Object ===

impl Object {
    pub(super) fn read(body: &[u8]) -> Result<Self, RequestError> {
        let value =
            serde_json::from_slice(body).map_err(|error| RequestError::parsing(format!("the body is no JSON: {error}")))?;
        Self::of(value, "search")
    }

    pub(super) fn of(value: Value, what: &str) -> Result<Self, RequestError> {
        match value {
            Value::Object(members) => Ok(Self(members)),
            _ => Err(RequestError::parsing(format!("[{what}] is no object"))),
        }
    }

    /// A parameter of the address, whose text may be that of a number or a truth value.
    pub(super) fn put(&mut self, name: &str, text: &str) {
        let plain = serde_json::from_str(text).ok().filter(|value: &Value| value.is_boolean() || value.is_number());
        self.0.insert(name.to_owned(), plain.unwrap_or_else(|| Value::from(text)));
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<Option<bool>, RequestError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(Value::String(text)) => text.parse().map(Some).map_err(|_| wrong(name)),
            Some(_) => Err(wrong(name)),
        }
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, RequestError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(name)),
        }
    }

    /// A number that is not below zero, as a number or as text.
    pub(super) fn size(&mut self, name: &str) -> Result<Option<usize>, RequestError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => text.parse().map(Some).map_err(|_| wrong(name)),
            Some(value) => value.as_u64().and_then(|size| usize::try_from(size).ok()).map(Some).ok_or_else(|| wrong(name)),
        }
    }

    pub(super) fn into_members(self) -> impl Iterator<Item = (String, Value)> {
        self.0.into_iter()
    }

    /// The name of a member that is left.
    pub(super) fn finish(self, of: &str) -> Result<(), RequestError> {
        match self.0.into_iter().next() {
            None => Ok(()),
            Some((name, _)) => Err(RequestError::unsupported(&format!("[{name}] in {of}"))),
        }
    }
}
