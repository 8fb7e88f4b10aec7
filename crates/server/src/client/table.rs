//! Rows as an aligned table or as CSV (RFC 4180).

use serde_json::Value;

use super::failure::Failure;
use super::output::{Output, Paint, Style, printable};

/// Characters of a cell that a terminal shows.
pub(super) const CELL_CHARS_SHOWN: usize = 120;
const GAP: &str = "  ";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cells {
    Whole,
    /// At most `CELL_CHARS_SHOWN` characters.
    Cut,
}

/// Lines of the table, its head first. Columns of numbers stand to the right.
pub(super) fn aligned(columns: &[&str], rows: &[Vec<Value>], cells: Cells, paint: Paint) -> Vec<String> {
    let head: Vec<String> = columns.iter().map(|name| cell(name, cells)).collect();
    let body: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|value| cell(&text(value), cells)).collect()).collect();
    let width = |column: usize| {
        let below = body.iter().filter_map(|row| row.get(column)).map(|text| text.chars().count());
        below.chain([head[column].chars().count()]).max().unwrap_or_default()
    };
    let numeric = |column: usize| {
        let mut values = rows.iter().filter_map(|row| row.get(column)).filter(|value| !value.is_null()).peekable();
        values.peek().is_some() && values.all(Value::is_number)
    };
    let layout: Vec<(usize, bool)> = (0..head.len()).map(|column| (width(column), numeric(column))).collect();
    let line = |cells: &[String]| {
        let padded = cells.iter().zip(&layout).map(|(text, &(width, right))| {
            let space = " ".repeat(width.saturating_sub(text.chars().count()));
            if right { format!("{space}{text}") } else { format!("{text}{space}") }
        });
        padded.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
    };
    let first = paint.styled(Style::Bold, &line(&head));
    std::iter::once(first).chain(body.iter().map(|row| line(row))).collect()
}

/// Prints rows for a person, with cells cut.
pub(super) fn print(columns: &[&str], rows: &[Vec<Value>], output: &mut Output) -> Result<(), Failure> {
    aligned(columns, rows, Cells::Cut, output.paint()).iter().try_for_each(|line| output.line(line))
}

fn cell(text: &str, cells: Cells) -> String {
    let shown = printable(text);
    if cells == Cells::Whole || shown.chars().count() <= CELL_CHARS_SHOWN {
        return shown.into_owned();
    }
    shown.chars().take(CELL_CHARS_SHOWN - 1).chain(['…']).collect()
}

/// Whether any cell is longer than a terminal shows.
pub(super) fn has_long_cells(rows: &[Vec<Value>]) -> bool {
    rows.iter().flatten().any(|value| printable(&text(value)).chars().count() > CELL_CHARS_SHOWN)
}

/// One line of CSV, without its end.
pub(super) fn csv<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let quote = |text: &str| {
        let plain = !text.contains(['"', ',', '\n', '\r']) && text.trim() == text;
        if plain { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
    };
    cells.map(quote).collect::<Vec<_>>().join(",")
}

/// A value as a cell: a string as it is, null as nothing, the rest as JSON.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(columns: &[&str], rows: &Value, expected: &[&str]) {
        let rows: Vec<Vec<Value>> = serde_json::from_value(rows.clone()).unwrap();
        assert_eq!(aligned(columns, &rows, Cells::Cut, Paint::Plain), expected);
    }

    #[test]
    fn columns_are_aligned_and_numbers_stand_right() {
        check(
            &["level", "count(*)"],
            &json!([["error", 7], ["info", 12_345], [null, 1]]),
            &["level  count(*)", "error         7", "info      12345", "              1"],
        );
        check(&["größe", "b"], &json!([["é", "x"]]), &["größe  b", "é      x"]);
        check(&["a"], &json!([]), &["a"]);
    }

    #[test]
    fn a_long_cell_is_cut_where_that_is_wished_for() {
        let rows = vec![vec![json!("x".repeat(500))]];
        let lines = aligned(&["message"], &rows, Cells::Cut, Paint::Plain);
        assert_eq!(lines[1].chars().count(), CELL_CHARS_SHOWN);
        assert!(lines[1].ends_with('…') && has_long_cells(&rows));
        assert_eq!(aligned(&["message"], &rows, Cells::Whole, Paint::Plain)[1].len(), 500);
    }

    #[test]
    fn a_row_that_is_too_short_or_too_long_breaks_nothing() {
        check(&["a", "b"], &json!([[1], [1, 2, 3]]), &["a  b", "1", "1  2"]);
    }

    #[test]
    fn csv_quotes_what_needs_it() {
        let cells = ["plain", "a,b", "say \"hi\"", "two\nlines", "", " edge"];
        assert_eq!(csv(cells.into_iter()), "plain,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",,\" edge\"");
        assert_eq!(text(&json!({"a": [1, null]})), r#"{"a":[1,null]}"#);
    }
}
