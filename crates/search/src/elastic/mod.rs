//! What clients of Elasticsearch ask in the body of a search: which records, in which order, and what they come to.
//!
//! | module | what it reads |
//! |---|---|
//! | `body` | JSON within its limits, member by member |
//! | `buckets` | `filters` and `histogram` |
//! | `clauses` | the query: `bool`, `range`, `query_string` and others |
//! | `marks` | `highlight` |
//! | `order` | `sort`, `search_after`, `from`, `size` |
//! | `ordering` | the order of `terms` |
//! | `tree` | the aggregations |
//!
//! Always holds: a member that is not understood is refused by its name, so that nothing is left out in silence; depth and
//! number of clauses and aggregations are bounded. Looks at no records.

mod body;
mod buckets;
mod clauses;
mod marks;
mod order;
mod ordering;
mod tree;

use model::{Timestamp, limits};

use crate::predicate::Predicate;
use crate::query::Query;
use body::Object;
pub use buckets::{Filters, Numbers};
pub use marks::Marks;
pub use order::{After, Sorted};
pub use ordering::{SortKey, Stat, TermOrder};
pub use tree::{Aggregation, Metric, Named, Terms, Times};

/// Members of a search that may also be parameters of its address.
pub const PARAMETERS: [&str; 4] = ["from", "size", "sort", "track_total_hits"];
/// The record's time, as these clients name it.
pub const TIME: &str = "@timestamp";

/// Why a search is not understood, in Elasticsearch's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct RequestError {
    /// Elasticsearch's name of the kind.
    pub kind: &'static str,
    /// Ours; stable.
    pub code: &'static str,
    pub reason: String,
}

/// A search that was understood.
#[derive(Debug)]
pub struct Request {
    pub query: Query,
    pub sorted: Sorted,
    pub aggregations: Vec<Named>,
    /// Whether the matching records are to be counted.
    pub counts: bool,
    /// Whether records are given as they were sent.
    pub source: bool,
    /// Whether the time is wanted beside that, as a field of its own.
    pub time_field: bool,
    pub highlight: Option<Highlight>,
}

/// What stands around words that were found in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Highlight {
    pub before: String,
    pub after: String,
}

// === impl RequestError ===

impl RequestError {
    pub(crate) fn parsing(reason: impl Into<String>) -> Self {
        Self { kind: "parsing_exception", code: "search_invalid", reason: reason.into() }
    }

    /// Elasticsearch has it; here it is not there.
    pub(crate) fn unsupported(what: &str) -> Self {
        Self { kind: "parsing_exception", code: "search_unsupported", reason: format!("{what} is not supported") }
    }

    pub(crate) fn argument(reason: impl Into<String>) -> Self {
        Self { kind: "illegal_argument_exception", code: "search_invalid", reason: reason.into() }
    }
}

// === impl Request ===

impl Request {
    /// Reads the body of a search; an empty one asks for every record.
    pub fn parse(body: &[u8]) -> Result<Self, RequestError> {
        Self::parse_with(body, &[])
    }

    /// The same where some members may be parameters of the address, which come before those of the body.
    pub fn parse_with(body: &[u8], parameters: &[(String, String)]) -> Result<Self, RequestError> {
        let body = if body.trim_ascii().is_empty() { b"{}" } else { body };
        let mut body = Object::read(body)?;
        for (name, text) in parameters {
            body.put(name, text);
        }
        let query = match body.take("query") {
            Some(query) => clauses::query(query)?,
            None => Query::of(crate::query::Expr::All),
        };
        let sorted = Sorted::take(&mut body)?;
        let mut aggregations = Vec::new();
        for name in ["aggs", "aggregations"] {
            if let Some(all) = body.take(name) {
                aggregations.extend(tree::read(all)?);
            }
        }
        let counts = match body.take("track_total_hits") {
            None => true,
            Some(value) => value.as_bool().or(value.as_i64().map(|_| true)).ok_or_else(|| body::wrong("track_total_hits"))?,
        };
        let source = body.flag("_source")?.unwrap_or(true);
        let time_field = time_field(&mut body)?;
        let highlight = body.take("highlight").map(highlight).transpose()?.flatten();
        // What changes nothing is taken as it is sent by default.
        for name in ["script_fields", "runtime_mappings"] {
            if body.take(name).is_some_and(|value| value.as_object().is_none_or(|object| !object.is_empty())) {
                return Err(RequestError::unsupported(&format!("`{name}`")));
            }
        }
        for name in ["explain", "profile", "version", "seq_no_primary_term"] {
            if body.flag(name)?.unwrap_or(false) {
                return Err(RequestError::unsupported(&format!("`{name}`")));
            }
        }
        body.finish("[search]")?;
        Ok(Self { query, sorted, aggregations, counts, source, time_field, highlight })
    }

    #[must_use]
    pub fn predicate(&self, now: Timestamp) -> Predicate {
        Predicate::compile(&self.query, now)
    }

    /// Whether every match has to be looked at, and not the first ones alone.
    #[must_use]
    pub fn gathers(&self) -> bool {
        self.counts || !self.aggregations.is_empty()
    }
}

/// Reads the body of a question how many records a query finds.
pub fn counted(body: &[u8]) -> Result<Query, RequestError> {
    let body = if body.trim_ascii().is_empty() { b"{}" } else { body };
    let mut body = Object::read(body)?;
    let query = body.take("query").map_or_else(|| Ok(Query::of(crate::query::Expr::All)), clauses::query)?;
    body.finish("[count]")?;
    Ok(query)
}

/// The names, or patterns of them, in the body of a question for fields.
pub fn field_names(body: &[u8]) -> Result<Vec<String>, RequestError> {
    if body.trim_ascii().is_empty() {
        return Ok(Vec::new());
    }
    let mut body = Object::read(body)?;
    let names = match body.take("fields") {
        None => Vec::new(),
        Some(serde_json::Value::Array(names)) => names,
        Some(name) => vec![name],
    };
    body.finish("[field_caps]")?;
    names.iter().map(|name| name.as_str().map(str::to_owned).ok_or_else(|| body::wrong("fields"))).collect()
}

/// `docvalue_fields` and `fields`: the time is the one that can be asked for.
fn time_field(body: &mut Object) -> Result<bool, RequestError> {
    let mut wanted = false;
    for name in ["docvalue_fields", "fields"] {
        let Some(all) = body.take(name) else { continue };
        for field in all.as_array().ok_or_else(|| body::wrong(name))? {
            let named = field.as_str().or_else(|| field.get("field")?.as_str()).ok_or_else(|| body::wrong(name))?;
            let format = field.get("format").map(|format| format.as_str().unwrap_or_default());
            if named != TIME || format.is_some_and(|format| format != "strict_date_optional_time_nanos") {
                return Err(RequestError::unsupported(&format!(
                    "`{name}` of anything but `{TIME}` as strict_date_optional_time_nanos"
                )));
            }
            wanted = true;
        }
    }
    Ok(wanted)
}

/// Words are found in the message alone, so that is where they are marked.
fn highlight(value: serde_json::Value) -> Result<Option<Highlight>, RequestError> {
    let mut options = Object::of(value, "highlight")?;
    let tag = |value: Option<serde_json::Value>, name: &str, default: &str| match value {
        None => Ok(default.to_owned()),
        Some(tags) => match tags.as_array().map(Vec::as_slice) {
            Some([tag]) if tag.as_str().is_some_and(|tag| tag.len() <= limits::MARK_BYTES_MAX) => {
                Ok(tag.as_str().unwrap_or_default().to_owned())
            }
            _ => Err(body::wrong(name)),
        },
    };
    let before = tag(options.take("pre_tags"), "pre_tags", "<em>")?;
    let after = tag(options.take("post_tags"), "post_tags", "</em>")?;
    // A message is given whole, so the pieces may be as large as they like.
    let whole = options.take("fragment_size").is_some_and(|size| size.as_i64().is_some_and(|size| size >= i64::from(i32::MAX)));
    let none = options.take("number_of_fragments").is_some_and(|count| count.as_i64() == Some(0));
    let fields = Object::of(options.take("fields").ok_or_else(|| body::wrong("fields"))?, "fields")?;
    options.finish("[highlight]")?;
    let mut marks = false;
    for (name, options) in fields.into_members() {
        marks |= matches!(&*name, "*" | "message");
        if options.as_object().is_none_or(|options| !options.is_empty()) {
            return Err(RequestError::unsupported("a highlight with options of its own for a field"));
        }
    }
    if marks && !whole && !none {
        return Err(RequestError::unsupported("a highlight in pieces: set `number_of_fragments` to 0; that"));
    }
    Ok(marks.then_some(Highlight { before, after }))
}

#[cfg(test)]
mod tests;
