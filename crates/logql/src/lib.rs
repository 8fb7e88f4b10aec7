//! LogQL, Loki's query language: a text becomes a syntax tree, or an error that points at the place.
//!
//! Always holds: parsing any text ends without a panic within the limits of `model::limits`; the `Display` of a query is a
//! text of the same language that means the same; what is not supported is refused by its name and never read as something
//! else. Looks at no records. `docs/loki.md` says what is supported.

mod captures;
mod display;
mod error;
mod extract;
mod filters;
mod format;
mod metric;
mod parser;
mod scan;
mod series;
mod stages;
mod tree;
mod units;

pub use captures::{Captures, Template, each_logfmt, read_logfmt};
pub use error::ParseError;
pub use extract::{Extraction, JsonPath, JsonStep};
pub use format::Format;
pub use series::{
    Arithmetic, BinarySign, Fold, Grouping, LabelReplacement, Many, Matching, Metric, Order, RangeAggregation, RangeFunction,
    Rank, SetSign, Unwrap, UnwrapUnit,
};
pub use tree::{Assigned, Chosen, LabelFilter, LineFilter, Matcher, Pattern, Pipeline, Quantity, Query, Sign, Stage, TextTest};
pub use units::{parse_bytes, parse_duration};

#[cfg(test)]
mod tests;
