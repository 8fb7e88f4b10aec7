//! A view: a question to one source as somebody saved it, and how its answer is drawn. It is data, and allows nothing.

use model::limits::{FIELD_NAME_BYTES_MAX, QUERY_BYTES_MAX, VIEW_COLUMNS_MAX, VIEW_TIME_BYTES_MAX};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    #[serde(default)]
    pub query: String,
    /// Fields that are shown beside the message, by their dotted names.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Times as a question has them, such as `now-15m`; none means no bound.
    #[serde(default)]
    pub from: String,
    #[serde(default)]
    pub to: String,
    #[serde(default)]
    pub graph: Option<Graph>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ViewGraph")]
pub struct Graph {
    pub shape: Shape,
    #[serde(default)]
    pub measure: Measure,
    /// Of what, unless records are counted: a field with numbers.
    #[serde(default)]
    pub field: Option<String>,
    /// Of a percentile: from 0 to 100.
    #[serde(default)]
    pub percentile: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ViewGraphShape")]
pub enum Shape {
    Line,
    Area,
    Bar,
    /// One number for the whole time.
    Counter,
}

/// What is drawn of the records of each step of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// How many there are.
    #[default]
    Count,
    Avg,
    Min,
    Max,
    Sum,
    Percentile,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ViewError {
    #[error("a query of more than {QUERY_BYTES_MAX} bytes")]
    Query,
    #[error("at most {VIEW_COLUMNS_MAX} columns, each a field's name of 1 to {FIELD_NAME_BYTES_MAX} bytes")]
    Columns,
    #[error("a time of more than {VIEW_TIME_BYTES_MAX} bytes")]
    Time,
    #[error("a count is of records and has no field; every other measure has one, of 1 to {FIELD_NAME_BYTES_MAX} bytes")]
    Field,
    #[error("a percentile is a number from 0 to 100, and belongs to the measure of that name alone")]
    Percentile,
}

// === impl View ===

impl View {
    pub fn hold(&self) -> Result<(), ViewError> {
        if self.query.len() > QUERY_BYTES_MAX {
            return Err(ViewError::Query);
        }
        if self.columns.len() > VIEW_COLUMNS_MAX || !self.columns.iter().all(|column| is_field(column)) {
            return Err(ViewError::Columns);
        }
        if self.from.len() > VIEW_TIME_BYTES_MAX || self.to.len() > VIEW_TIME_BYTES_MAX {
            return Err(ViewError::Time);
        }
        self.graph.as_ref().map_or(Ok(()), Graph::hold)
    }
}

// === impl Graph ===

impl Graph {
    pub fn hold(&self) -> Result<(), ViewError> {
        match (self.measure, &self.field) {
            (Measure::Count, None) => {}
            (Measure::Count, Some(_)) | (_, None) => return Err(ViewError::Field),
            (_, Some(field)) if !is_field(field) => return Err(ViewError::Field),
            (_, Some(_)) => {}
        }
        match (self.measure, self.percentile) {
            (Measure::Percentile, Some(percentile)) if (0.0..=100.0).contains(&percentile) => Ok(()),
            (Measure::Percentile, _) => Err(ViewError::Percentile),
            (_, None) => Ok(()),
            (_, Some(_)) => Err(ViewError::Percentile),
        }
    }
}

fn is_field(name: &str) -> bool {
    !name.is_empty() && name.len() <= FIELD_NAME_BYTES_MAX && !name.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(graph: &str, expected: Result<(), ViewError>) {
        let view: View = serde_json::from_str(&format!(r#"{{"query":"a","graph":{graph}}}"#)).unwrap();
        assert_eq!(view.hold(), expected, "{graph}");
    }

    #[test]
    fn a_graph_measures_what_there_is() {
        check("null", Ok(()));
        check(r#"{"shape":"line"}"#, Ok(()));
        check(r#"{"shape":"counter","measure":"sum","field":"bytes"}"#, Ok(()));
        check(r#"{"shape":"area","measure":"percentile","field":"ms","percentile":99.5}"#, Ok(()));
        check(r#"{"shape":"bar","measure":"avg"}"#, Err(ViewError::Field));
        check(r#"{"shape":"bar","field":"ms"}"#, Err(ViewError::Field));
        check(r#"{"shape":"bar","measure":"max","field":""}"#, Err(ViewError::Field));
        check(r#"{"shape":"line","measure":"percentile","field":"ms"}"#, Err(ViewError::Percentile));
        check(r#"{"shape":"line","measure":"percentile","field":"ms","percentile":101}"#, Err(ViewError::Percentile));
        check(r#"{"shape":"line","measure":"max","field":"ms","percentile":5}"#, Err(ViewError::Percentile));
    }

    #[test]
    fn a_view_is_bounded() {
        let view = |edit: fn(&mut View)| {
            let mut view: View = serde_json::from_str("{}").unwrap();
            edit(&mut view);
            view.hold()
        };
        assert_eq!(view(|_| {}), Ok(()));
        assert_eq!(view(|view| view.query = "a".repeat(QUERY_BYTES_MAX + 1)), Err(ViewError::Query));
        assert_eq!(view(|view| view.columns = vec!["a".to_owned(); VIEW_COLUMNS_MAX + 1]), Err(ViewError::Columns));
        assert_eq!(view(|view| view.columns = vec![String::new()]), Err(ViewError::Columns));
        assert_eq!(view(|view| view.to = "1".repeat(VIEW_TIME_BYTES_MAX + 1)), Err(ViewError::Time));
    }
}
