//! Integers of JSON requests.

use std::fmt;

use opentelemetry_proto::tonic::logs::v1::SeverityNumber;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

/// An integer, as a number or as text; a severity also by its name; zero for null.
pub(super) struct Integer(pub(super) i128);

// === impl Integer ===

impl Integer {
    /// Negative is zero: nothing that OTLP counts is.
    pub(super) fn saturated(&self) -> u64 {
        u64::try_from(self.0.max(0)).unwrap_or(u64::MAX)
    }
}

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct IntegerVisitor;
        impl Visitor<'_> for IntegerVisitor {
            type Value = Integer;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an integer")
            }

            fn visit_unit<E: Error>(self) -> Result<Integer, E> {
                Ok(Integer(0))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Integer, E> {
                Ok(Integer(i128::from(value)))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Integer, E> {
                Ok(Integer(i128::from(value)))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Integer, E> {
                Ok(Integer(value as i128))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Integer, E> {
                let named = || SeverityNumber::from_str_name(text).map(|number| i128::from(number as i32));
                text.parse().ok().or_else(named).map(Integer).ok_or_else(|| E::custom("not an integer"))
            }
        }
        source.deserialize_any(IntegerVisitor)
    }
}
