//! From the request down to the records of a scope, read as they come.
//!
//! Exporters write a resource before what it is of. Where one does not, its records are passed over first and read after it.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{RequestField, Resource, ResourceField, ScopeLogs, Source};
use crate::otlp::record::RecordWriter;
use crate::{DecodeError, elements};

/// Where records go, and why reading was given up where it is not the JSON that is at fault.
struct Walk<'w, 'a> {
    source: &'w Source<'a>,
    writer: &'w mut RecordWriter,
    failed: &'w mut Option<DecodeError>,
}

struct Request<'w, 'a>(Walk<'w, 'a>);
struct ResourceList<'w, 'a>(Walk<'w, 'a>);
struct ResourceLogs<'w, 'a>(Walk<'w, 'a>);
struct ScopeList<'w, 'a>(Walk<'w, 'a>);

pub(super) fn all<'a>(source: &Source<'a>, writer: &mut RecordWriter) -> Result<(), DecodeError> {
    let (mut failed, mut json) = (None, serde_json::Deserializer::from_str(source.body));
    let request = Request(Walk { source, writer, failed: &mut failed });
    let read = json.deserialize_map(request).and_then(|()| json.end());
    match failed {
        Some(error) => Err(error),
        None => read.map_err(|error| source.refused(source.body, &error)),
    }
}

// === impl Walk ===

impl<'a> Walk<'_, 'a> {
    fn again(&mut self) -> Walk<'_, 'a> {
        Walk { source: self.source, writer: self.writer, failed: self.failed }
    }

    fn done<E: Error>(&mut self, done: Result<(), DecodeError>) -> Result<(), E> {
        done.map_err(|error| {
            *self.failed = Some(error);
            E::custom("refused")
        })
    }
}

// === impl Request ===

impl<'de> Visitor<'de> for Request<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a request")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut seen = false;
        while let Some(field) = map.next_key()? {
            match field {
                RequestField::ResourceLogs if seen => return Err(A::Error::duplicate_field("resourceLogs")),
                RequestField::ResourceLogs => {
                    seen = true;
                    map.next_value_seed(ResourceList(self.0.again()))?;
                }
                RequestField::Unknown => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

// === impl ResourceList ===

impl<'de> DeserializeSeed<'de> for ResourceList<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ResourceList<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(ResourceLogs(self.0.again()))?.is_some() {}
        Ok(())
    }
}

// === impl ResourceLogs ===

impl<'de> DeserializeSeed<'de> for ResourceLogs<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ResourceLogs<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the records of a resource")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut walk = self.0;
        walk.writer.resource.clear();
        let (mut resource_seen, mut list_seen) = (false, false);
        let mut early: Option<&'de RawValue> = None;
        while let Some(field) = map.next_key()? {
            match field {
                ResourceField::Resource if resource_seen => return Err(A::Error::duplicate_field("resource")),
                ResourceField::ScopeLogs if list_seen => return Err(A::Error::duplicate_field("scopeLogs")),
                ResourceField::Resource => {
                    resource_seen = true;
                    let resource = map.next_value::<Option<Resource<'de>>>()?;
                    let written = walk.source.resource(resource, walk.writer);
                    walk.done(written)?;
                }
                ResourceField::ScopeLogs => {
                    list_seen = true;
                    if resource_seen {
                        map.next_value_seed(ScopeList(walk.again()))?;
                    } else {
                        early = map.next_value()?;
                    }
                }
                ResourceField::Unknown => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let (source, writer) = (walk.source, &mut *walk.writer);
        let read = elements::each(source.body, early, |logs| source.scope_group(logs, writer));
        walk.done(read)
    }
}

// === impl ScopeList ===

impl<'de> DeserializeSeed<'de> for ScopeList<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ScopeList<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut walk = self.0;
        while let Some(logs) = list.next_element::<ScopeLogs<'de>>()? {
            let read = walk.source.scope_group(logs, walk.writer);
            walk.done(read)?;
        }
        Ok(())
    }
}
