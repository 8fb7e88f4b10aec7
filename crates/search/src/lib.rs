//! Questions to one source: a query's text becomes a plan, the plan reads no more than it must, the answer is bounded.
//!
//! Always holds: every question demands a permit for exactly one source: to read it, to archive it, or, for what gives no
//! record out, to look at it for its tenant's own page or an alert; its rows are read through that source's view
//! and nowhere else; time, memory and rows of an answer have limits. Only this crate names the SQL engine.

mod aggregate;
mod archive;
mod cancel;
mod context;
pub mod elastic;
mod fields;
mod find;
mod grouped;
mod histogram;
mod labels;
mod looks;
mod materialise;
mod members;
mod metric;
pub mod predicate;
mod prune;
pub mod query;
pub mod render;
mod samples;
mod scan;
mod series;
mod sketch;
mod sql;
mod tail;

pub use aggregate::{AggregateError, Aggregated, Bucket as AggregateBucket, Extended, Key, Outcome, aggregate};
pub use archive::{Late, Sweep, Swept, arrived_late, newest_sequence, sweep, unreadable_parts};
pub use cancel::{Cancel, Cancelled};
pub use context::{Around, OriginError, Width, around, origin, record, seals};
pub use fields::{FieldSummary, FieldValues, Fields, Precision, field_values, fields};
pub use find::{Find, Found, Order, find};
pub use grouped::{Amount, Group, GroupError, Grouping, Moments, grouped};
pub use histogram::{Bucket, Histogram, histogram};
pub use labels::labels;
pub use looks::{LookError, Seen, any, count, moments};
pub use metric::{LabelSeries, Labels, MetricValue, metric};
pub use predicate::{Parsers, Predicate};
pub use query::{Query, QueryError};
pub use scan::{ScanError, Stats};
pub use series::{Measure, Point, Series, SeriesError, Steps, series};
pub use sql::{SqlAnswer, SqlError, SqlRefused, SqlRows, sources_named, sql};
pub use tail::{Arrived, Pace, arrived, present};
