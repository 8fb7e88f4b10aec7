//! LogQL, Loki's query language: a text becomes a syntax tree, or an error that points at the place.
//!
//! Always holds: parsing any text ends without a panic within the limits of `model::limits`; the `Display` of a query is a
//! text of the same language that means the same; what is not supported is refused by its name and never read as something
//! else. Looks at no records. `docs/loki.md` says what is supported.

mod captures;
mod display;
mod error;
mod filters;
mod metric;
mod parser;
mod scan;
mod tree;
mod units;

pub use captures::{Captures, Template, read_logfmt};
pub use error::ParseError;
pub use tree::{
    Arithmetic, BinarySign, Fold, Grouping, LabelFilter, LineFilter, Matcher, Metric, Pattern, Pipeline, Quantity, Query,
    RangeFunction, Rank, SetSign, Sign, Stage, TextTest,
};
pub use units::{parse_bytes, parse_duration};

#[cfg(test)]
mod tests;
