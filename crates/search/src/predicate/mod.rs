//! A query made ready to be asked of columns, and what can be ruled out before any are read.
//!
//! Always holds: `evaluate` over columns gives what reading the records one by one would give; whatever `required_tokens`,
//! `required_equals` and `time_bounds` rule out does not match. Knows no parts and no files.

mod compile;
mod evaluate;
mod fields;
mod flow;
pub mod label;
mod names;
mod parsers;
mod pipeline;
mod require;
mod text;
mod value;

use arrow::buffer::BooleanBuffer;
use model::{RecordId, TimeRange, Timestamp};
use store::{ColumnKey, Columns};

use crate::cancel::Cancel;
use crate::query::{Expr, Query};
use names::Part;
pub use names::{field_candidates, resolve};
pub(crate) use parsers::{LabelSource, RowSource};
pub use parsers::{PACKED_LINE, Parsers};
pub(crate) use pipeline::nanos_of;
use pipeline::{FlowTerm, LabelTerm, LineTest};
use require::Required;
pub use require::RequiredEquals;
use value::{TextTest, ValueTest};

/// A query compiled for the time at which it is asked.
#[derive(Debug)]
pub struct Predicate {
    root: Node,
    required: Required,
}

/// An expression whose parts are sorted by what they cost.
#[derive(Debug)]
enum Node {
    All,
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Time(TimeRange),
    Record(RecordId),
    Level(LevelTest),
    Message(TextTest),
    Field(Box<FieldTerm>),
    /// A field as a label, a missing one as the empty text.
    Label(Box<LabelTerm>),
    /// The message, a missing one as the empty text.
    Line(LineTest),
    /// What is asked behind stages that rewrite.
    Flow(Box<FlowTerm>),
    /// A part of the record itself is there.
    HasPart(Part),
}

#[derive(Debug)]
enum LevelTest {
    OneOf(Vec<&'static str>),
    Text(TextTest),
}

/// What is asked of a field, under every name that it may have.
#[derive(Debug)]
struct FieldTerm {
    names: Vec<String>,
    asks: Asks,
    /// Finds the last key of each name in the text of a rest that may hold it.
    last_keys: Vec<memchr::memmem::Finder<'static>>,
}

#[derive(Debug)]
enum Asks {
    /// The field, or one inside it, has a value.
    Presence,
    Value(ValueTest),
}

// === impl Predicate ===

impl Predicate {
    /// `now` is what relative times in the query count from.
    #[must_use]
    pub fn compile(query: &Query, now: Timestamp) -> Self {
        Self { root: Node::compile(query.expr(), now), required: Required::of(query.expr(), now) }
    }

    /// Asks for every record.
    #[must_use]
    pub fn all() -> Self {
        Self { root: Node::All, required: Required::of(&Expr::All, Timestamp::MIN) }
    }

    #[must_use]
    pub fn matches_all(&self) -> bool {
        matches!(self.root, Node::All)
    }

    /// The columns that `evaluate` reads, among those that there are.
    #[must_use]
    pub fn columns(&self, available: &[ColumnKey]) -> Vec<ColumnKey> {
        fields::needed(&self.root, available)
    }

    /// Which rows match. A column that is not there reads as null. Where the query is stopped meanwhile, the rest is not looked
    /// at, and what is answered means nothing.
    #[must_use]
    pub fn evaluate(&self, columns: &Columns, cancel: &Cancel) -> BooleanBuffer {
        evaluate::evaluate(&self.root, columns, cancel)
    }

    /// Folded tokens, as `store::for_each_token` cuts them, each of which the message of every match contains.
    /// Tokens beyond ASCII are not among them, for their case is ignored in a way of its own.
    #[must_use]
    pub fn required_tokens(&self) -> &[Box<[u8]>] {
        &self.required.tokens
    }

    /// Values that every match has in one of some columns.
    #[must_use]
    pub fn required_equals(&self) -> &[RequiredEquals] {
        &self.required.equals
    }

    /// Every match's time lies in here.
    #[must_use]
    pub fn time_bounds(&self) -> TimeRange {
        self.required.times
    }
}

#[cfg(test)]
mod tests;
