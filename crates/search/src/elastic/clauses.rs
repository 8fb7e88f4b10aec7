//! The query of a search becomes an expression.
//!
//! Always holds: a clause finds what it finds in Elasticsearch over the mapping that is told there: the message is a text
//! of words, every other field one of whole values whose case does not count.

use model::limits;
use serde_json::Value;

use super::body::{Object, only, scalar, wrong};
use super::{RequestError, TIME};
use crate::query::lucene::{self, Joiner};
use crate::query::{Bound, Expr, FieldTest, Glob, MessageTest, Query, QueryError};

const MESSAGE: &str = "message";

/// How many clauses there were, and how deep this one stands.
struct Reader {
    clauses: usize,
    depth: usize,
}

type Parsed<T = Expr> = Result<T, RequestError>;

pub(super) fn query(value: Value) -> Parsed<Query> {
    one_more(value, &mut 0)
}

/// One of several queries, whose clauses are counted together.
pub(super) fn one_more(value: Value, clauses: &mut usize) -> Parsed<Query> {
    let mut reader = Reader { clauses: *clauses, depth: 0 };
    let read = reader.clause(value)?;
    *clauses = reader.clauses;
    Ok(Query::of(read))
}

/// Every record but none.
fn none() -> Expr {
    Expr::Not(Box::new(Expr::All))
}

fn not_understood(text: &str, error: &QueryError) -> RequestError {
    let hint = error.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
    let shown = &text[..text.floor_char_boundary(limits::QUERY_TEXT_BYTES_MAX)];
    let reason = format!("Failed to parse query [{shown}]: {error} at byte {}{hint}", error.at);
    RequestError { kind: "query_shard_exception", code: error.code, reason }
}

/// How many there are in what one clause says.
fn conditions(expr: &Expr) -> usize {
    match expr {
        Expr::And(all) | Expr::Or(all) => all.iter().map(conditions).sum(),
        Expr::Not(one) => conditions(one),
        Expr::All | Expr::Message(_) | Expr::Field(..) | Expr::Has(_) | Expr::Missing(_) => 1,
    }
}

/// A whole value; of the message, words that stand in it.
fn equals(field: &str, text: &str) -> Parsed {
    let glob = Glob::literal(text);
    match lucene::canonical(field) {
        MESSAGE if text.is_empty() => Ok(none()),
        MESSAGE => Ok(Expr::Message(MessageTest::Contains(glob))),
        "timestamp" => {
            let time = lucene::time(text, 0..text.len()).map_err(|error| RequestError::argument(error.to_string()))?;
            Ok(Expr::Field("timestamp".to_owned(), FieldTest::Equals(Glob::literal(&time))))
        }
        name => Ok(Expr::Field(name.to_owned(), FieldTest::Equals(glob))),
    }
}

// === impl Reader ===

impl Reader {
    fn clause(&mut self, value: Value) -> Parsed {
        self.count(1)?;
        let (name, body) = only(value, "query")?;
        match &*name {
            "match_all" => Object::of(body, &name)?.finish("[match_all]").map(|()| Expr::All),
            "match_none" => Object::of(body, &name)?.finish("[match_none]").map(|()| none()),
            "bool" => self.bool(body),
            "constant_score" => {
                let mut body = Object::of(body, &name)?;
                let filter = body.take("filter").ok_or_else(|| wrong("filter"))?;
                body.finish("[constant_score]")?;
                self.deeper(filter)
            }
            "query_string" => {
                let read = query_string(body)?;
                // The clause itself is counted.
                self.count(conditions(&read).saturating_sub(1))?;
                Ok(read)
            }
            "range" => range(body),
            "exists" => {
                let mut body = Object::of(body, &name)?;
                let field = body.text("field")?.ok_or_else(|| wrong("field"))?;
                body.finish("[exists]")?;
                Ok(Expr::Has(lucene::canonical(&field).to_owned()))
            }
            "term" => {
                let (field, text) = one_value(body, &name, "value")?;
                equals(&field, &text)
            }
            "terms" => self.terms(body),
            "match_phrase" => {
                let (field, text) = one_value(body, &name, "query")?;
                equals(&field, &text)
            }
            "match" => {
                let read = matches(body)?;
                self.count(conditions(&read).saturating_sub(1))?;
                Ok(read)
            }
            "prefix" => {
                let (field, text) = one_value(body, &name, "value")?;
                starts(&field, &text)
            }
            _ => Err(RequestError::unsupported(&format!("the query [{name}]"))),
        }
    }

    fn count(&mut self, more: usize) -> Parsed<()> {
        self.clauses += more;
        if self.clauses > limits::QUERY_TERMS_MAX || self.depth > limits::QUERY_DEPTH_MAX {
            let (clauses, depth) = (limits::QUERY_TERMS_MAX, limits::QUERY_DEPTH_MAX);
            let reason = format!("a query has at most {clauses} clauses, nested at most {depth} deep");
            return Err(RequestError { code: "query_too_deep", ..RequestError::argument(reason) });
        }
        Ok(())
    }

    fn deeper(&mut self, value: Value) -> Parsed {
        self.depth += 1;
        let read = self.clause(value);
        self.depth -= 1;
        read
    }

    /// One clause or several.
    fn all(&mut self, value: Option<Value>) -> Parsed<Vec<Expr>> {
        match value {
            None => Ok(Vec::new()),
            Some(Value::Array(all)) => all.into_iter().map(|one| self.deeper(one)).collect(),
            Some(one) => Ok(vec![self.deeper(one)?]),
        }
    }

    fn bool(&mut self, body: Value) -> Parsed {
        let mut body = Object::of(body, "bool")?;
        let mut parts = self.all(body.take("must"))?;
        parts.extend(self.all(body.take("filter"))?);
        let any = self.all(body.take("should"))?;
        let prohibited = self.all(body.take("must_not"))?;
        let least = match body.take("minimum_should_match") {
            None => usize::from(parts.is_empty()),
            Some(least) => match scalar(&least).and_then(|least| least.parse().ok()) {
                Some(least @ (0 | 1)) => least,
                _ => return Err(RequestError::unsupported("a [minimum_should_match] other than 0 and 1")),
            },
        };
        body.finish("[bool]")?;
        if least == 1 && !any.is_empty() {
            parts.push(Expr::any_of(any));
        }
        parts.extend(prohibited.into_iter().map(|clause| Expr::Not(Box::new(clause))));
        Ok(Expr::all_of(parts))
    }

    fn terms(&mut self, body: Value) -> Parsed {
        let (field, values) = only(body, "terms")?;
        let values = values.as_array().ok_or_else(|| wrong("terms"))?;
        self.count(values.len())?;
        let text = |value: &Value| equals(&field, &bounded(scalar(value), "terms")?);
        let any: Vec<Expr> = values.iter().map(text).collect::<Parsed<_>>()?;
        Ok(if any.is_empty() { none() } else { Expr::any_of(any) })
    }
}

fn bounded(text: Option<String>, of: &str) -> Parsed<String> {
    let text = text.ok_or_else(|| wrong(of))?;
    match text.len() <= limits::QUERY_TEXT_BYTES_MAX {
        true => Ok(text),
        false => Err(RequestError::argument(format!("[{of}] has a text of more than {} bytes", limits::QUERY_TEXT_BYTES_MAX))),
    }
}

/// `{"field": "text"}` or `{"field": {"value": "text"}}`.
fn one_value(body: Value, of: &str, key: &str) -> Parsed<(String, String)> {
    let (field, value) = only(body, of)?;
    let text = match value {
        Value::Object(_) => {
            let mut value = Object::of(value, of)?;
            let text = value.take(key).as_ref().and_then(scalar);
            // Neither chooses what is found: the one is of the score, the other says what is so anyway.
            let _ = (value.take("boost"), value.take("case_insensitive"));
            value.finish(&format!("[{of}]"))?;
            text
        }
        value => scalar(&value),
    };
    Ok((field, bounded(text, of)?))
}

fn starts(field: &str, text: &str) -> Parsed {
    let name = lucene::canonical(field);
    if name == "timestamp" {
        return Err(RequestError::unsupported("[prefix] of a time"));
    }
    let mut glob = Glob::literal(text);
    glob.push_any();
    Ok(match name {
        _ if glob.is_any() => Expr::Has(name.to_owned()),
        MESSAGE => Expr::Message(MessageTest::Contains(glob)),
        name => Expr::Field(name.to_owned(), FieldTest::Equals(glob)),
    })
}

/// Of the message, any of the words, or all of them; of another field the whole value.
fn matches(body: Value) -> Parsed {
    let (field, value) = only(body, "match")?;
    let (text, all) = match value {
        Value::Object(_) => {
            let mut value = Object::of(value, "match")?;
            let text = value.take("query").as_ref().and_then(scalar);
            let operator = value.text("operator")?;
            value.finish("[match]")?;
            (text, joiner("operator", operator)? == Joiner::And)
        }
        value => (scalar(&value), false),
    };
    let text = bounded(text, "match")?;
    if lucene::canonical(&field) != MESSAGE {
        return equals(&field, &text);
    }
    let words = text.split(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let words: Vec<Expr> = words.map(|word| equals(MESSAGE, word)).collect::<Parsed<_>>()?;
    Ok(match (words.is_empty(), all) {
        (true, _) => none(),
        (false, true) => Expr::all_of(words),
        (false, false) => Expr::any_of(words),
    })
}

fn joiner(name: &str, text: Option<String>) -> Parsed<Joiner> {
    match text.map(|text| text.to_ascii_lowercase()).as_deref() {
        None | Some("or") => Ok(Joiner::Or),
        Some("and") => Ok(Joiner::And),
        Some(_) => Err(wrong(name)),
    }
}

fn query_string(body: Value) -> Parsed {
    let mut body = Object::of(body, "query_string")?;
    let text = body.text("query")?.ok_or_else(|| RequestError::parsing("[query_string] must be provided with a [query]"))?;
    let joiner = joiner("default_operator", body.text("default_operator")?)?;
    // Words with wildcards are met as they are either way.
    body.flag("analyze_wildcard")?;
    if body.text("default_field")?.is_some_and(|field| field != MESSAGE) {
        return Err(RequestError::unsupported("a [default_field] other than the message"));
    }
    body.finish("[query_string]")?;
    let query = Query::parse_lucene(&text, joiner).map_err(|error| not_understood(&text, &error))?;
    Ok(query.expr().clone())
}

fn range(body: Value) -> Parsed {
    let (field, value) = only(body, "range")?;
    let mut value = Object::of(value, "range")?;
    let mut bounds = Vec::new();
    for (name, is_lower, included) in [
        ("gte", true, true),
        ("gt", true, false),
        ("from", true, true),
        ("lte", false, true),
        ("lt", false, false),
        ("to", false, true),
    ] {
        if let Some(bound) = value.take(name) {
            bounds.push((is_lower, included, bounded(scalar(&bound), name)?));
        }
    }
    let format = value.text("format")?;
    let is_time = field == TIME || lucene::canonical(&field) == "timestamp";
    match format.as_deref() {
        None | Some("strict_date_optional_time" | "strict_date_optional_time||epoch_millis") => {}
        Some("epoch_millis") if is_time => {}
        Some(format) => return Err(RequestError::unsupported(&format!("the format [{format}] of a [range]"))),
    }
    let _ = value.take("boost");
    value.finish("[range]")?;
    let only_millis = format.as_deref() == Some("epoch_millis");
    let (mut lower, mut upper) = (Bound::Open, Bound::Open);
    for (is_lower, included, text) in bounds {
        let text = match is_time {
            true => time_bound(&text, only_millis)?,
            false => text,
        };
        let bound = if included { Bound::Inclusive(text) } else { Bound::Exclusive(text) };
        let side = if is_lower { &mut lower } else { &mut upper };
        if *side != Bound::Open {
            return Err(RequestError::parsing("[range] has two bounds on one side"));
        }
        *side = bound;
    }
    let name = lucene::canonical(&field);
    match (name, &lower, &upper) {
        (_, Bound::Open, Bound::Open) => Ok(Expr::Has(name.to_owned())),
        (MESSAGE, ..) => Err(RequestError::argument("messages have no order")),
        ("level", ..) => {
            let unknown = [&lower, &upper]
                .into_iter()
                .filter_map(|bound| bound.text())
                .find(|text| crate::query::level_named(text).is_none());
            match unknown {
                Some(text) => Err(RequestError::argument(format!("{text:?} is no level"))),
                None => Ok(Expr::Field(name.to_owned(), FieldTest::Range(lower, upper))),
            }
        }
        _ => Ok(Expr::Field(name.to_owned(), FieldTest::Range(lower, upper))),
    }
}

fn time_bound(text: &str, only_millis: bool) -> Parsed<String> {
    let bad = || RequestError::argument(format!("failed to parse date field [{text}]"));
    match only_millis {
        true => lucene::millis_text(text.parse().map_err(|_| bad())?).ok_or_else(bad),
        false => lucene::time(text, 0..text.len()).map_err(|_| bad()),
    }
}
