//! The rows of a query, in pages of objects.

use std::collections::{HashMap, HashSet};

use model::limits;
use search::SqlAnswer;
use serde_json::value::RawValue;

/// What a query computed, as JSON.
pub(crate) struct Rows {
    /// Of each column, `"name":`.
    labels: Vec<Vec<u8>>,
    /// An array of rows, each an array of values.
    json: Vec<u8>,
    /// Where each row begins and ends in it.
    places: Vec<(u32, u32)>,
    /// Whether there were more rows than an answer has.
    pub(crate) truncated: bool,
    pub(crate) scanned: u64,
}

// === impl Rows ===

impl Rows {
    pub(crate) fn new(answer: SqlAnswer) -> Result<Self, serde_json::Error> {
        let mut rows = answer.rows;
        rows.json.shrink_to_fit();
        let labels = labels(rows.columns.iter().map(|(name, _)| name.as_str()));
        let whole: &str = std::str::from_utf8(&rows.json).unwrap_or_default();
        let mut places = Vec::with_capacity(rows.count);
        for row in serde_json::from_str::<Vec<&RawValue>>(whole)? {
            let start = row.get().as_ptr() as usize - whole.as_ptr() as usize;
            places.push((start as u32, (start + row.get().len()) as u32));
        }
        Ok(Self { labels, places, truncated: rows.truncated, scanned: answer.stats.rows_scanned, json: rows.json })
    }

    pub(crate) fn bytes(&self) -> usize {
        self.json.len() + 8 * self.places.len() + self.labels.iter().map(Vec::len).sum::<usize>()
    }

    pub(crate) fn count(&self) -> usize {
        self.places.len()
    }

    /// An array of objects: so many rows from this one on, fewer where they would be too large for an answer. And where the
    /// next page begins.
    pub(crate) fn page(&self, from: usize, most: usize) -> Result<(Vec<u8>, Option<usize>), serde_json::Error> {
        let mut out = vec![b'['];
        let mut next = from;
        for &(start, end) in self.places.iter().skip(from).take(most) {
            if out.len() > limits::PAGE_BYTES_MAX {
                break;
            }
            let row: Vec<&RawValue> = serde_json::from_slice(self.json.get(start as usize..end as usize).unwrap_or_default())?;
            out.extend_from_slice(if next > from { b",{" } else { b"{" });
            for (at, (label, value)) in self.labels.iter().zip(row).enumerate() {
                out.extend_from_slice(if at > 0 { b"," } else { b"" });
                out.extend_from_slice(label);
                out.extend_from_slice(value.get().as_bytes());
            }
            out.push(b'}');
            next += 1;
        }
        out.push(b']');
        Ok((out, (next < self.places.len()).then_some(next)))
    }
}

/// The columns' names as keys of one object: a name that comes again has a number behind it.
fn labels<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Vec<u8>> {
    let (mut taken, mut numbers) = (HashSet::new(), HashMap::new());
    let unique = names.map(|name| {
        let number = numbers.entry(name).or_insert(0_usize);
        loop {
            *number += 1;
            let unique = if *number == 1 { name.to_owned() } else { format!("{name}_{number}") };
            if taken.insert(unique.clone()) {
                return unique;
            }
        }
    });
    let label = |name: String| [serde_json::Value::from(name).to_string().as_bytes(), b":"].concat();
    unique.map(label).collect()
}

#[cfg(test)]
mod tests {
    use search::{SqlRows, Stats};

    use super::*;

    fn rows(columns: &[&str], json: &str) -> Rows {
        let columns = columns.iter().map(|name| ((*name).to_owned(), "text".to_owned())).collect();
        let rows = SqlRows { columns, json: json.into(), count: 0, truncated: false };
        Rows::new(SqlAnswer { rows, stats: Stats::default() }).unwrap()
    }

    #[track_caller]
    fn check(rows: &Rows, (from, most): (usize, usize), expected: &str, next: Option<usize>) {
        let (page, after) = rows.page(from, most).unwrap();
        assert_eq!((String::from_utf8(page).unwrap().as_str(), after), (expected, next));
    }

    #[test]
    fn rows_come_in_pages_of_objects() {
        let rows = rows(&["a", "b\""], r#"[["x],[",1],[null,1.50],["y",true]]"#);
        assert_eq!(rows.count(), 3);
        check(&rows, (0, 2), r#"[{"a":"x],[","b\"":1},{"a":null,"b\"":1.50}]"#, Some(2));
        check(&rows, (2, 2), r#"[{"a":"y","b\"":true}]"#, None);
        check(&rows, (3, 2), "[]", None);
        check(&rows, (usize::MAX, usize::MAX), "[]", None);
    }

    #[test]
    fn no_object_has_a_key_twice() {
        let rows = rows(&["a", "a_2", "a", "a"], "[[1,2,3,4]]");
        check(&rows, (0, 9), r#"[{"a":1,"a_2":2,"a_3":3,"a_4":4}]"#, None);
    }

    #[test]
    fn a_query_without_rows_has_one_empty_page() {
        check(&rows(&["a"], "[]"), (0, 10), "[]", None);
    }
}
