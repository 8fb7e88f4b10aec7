//! The search language: a text becomes a typed [`Query`], or an error that points at the place.
//!
//! Always holds: parsing any text ends without a panic within the limits of `model::limits`; the `Display` of a query is
//! a text of the same language that means the same. Looks at no records and does not know the current time: `now` in a
//! query stays a word until it is compiled. `docs/search-language.md` is the user's description.

mod display;
mod error;
mod explain;
mod expr;
mod leaf;
pub(crate) mod lucene;
mod number;
mod parser;
mod range;
mod scan;
mod time;

use model::limits;

pub use error::{Note, QueryError};
pub use expr::{Bound, Expr, FieldTest, Glob, MessageTest, Pattern, Piece};
pub(crate) use leaf::level as level_named;
pub use lucene::Joiner;
pub(crate) use number::Number;
pub use time::{TimeError, parse_last, parse_time};
pub(crate) use time::{is_unmistakable, parse_span};

/// A query that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    expr: Expr,
    notes: Vec<Note>,
}

// === impl Query ===

impl Query {
    /// Reads a query; an empty one asks for every record.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        if text.len() > limits::QUERY_BYTES_MAX {
            let message = format!("a query has at most {} bytes", limits::QUERY_BYTES_MAX);
            let at = text.floor_char_boundary(limits::QUERY_BYTES_MAX);
            return Err(QueryError::new(at..text.len(), "query_too_long", message));
        }
        let (expr, notes) = parser::Parser::new(text).query()?;
        Ok(Self { expr, notes })
    }

    pub(crate) fn of(expr: Expr) -> Self {
        Self { expr, notes: Vec::new() }
    }

    #[must_use]
    pub fn expr(&self) -> &Expr {
        &self.expr
    }

    /// What might have been meant otherwise.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    #[must_use]
    pub fn matches_all(&self) -> bool {
        self.expr == Expr::All
    }

    /// How the query was understood, in words: `level is error AND message has the word "timeout"`.
    #[must_use]
    pub fn explain(&self) -> String {
        explain::explain(&self.expr)
    }
}

#[cfg(test)]
mod tests;
