//! Which rows of a part may match: everything that its index rules out is never read.

use model::TimeRange;
use store::{ColumnKey, PartIndex, RowRanges, Zone};

use crate::predicate::Predicate;
use crate::scan::Scan;

/// Bounds of a scan beside its predicate.
pub(crate) struct Within {
    range: TimeRange,
    after_sequence: u64,
    sample_every: usize,
}

/// The rows of the pages that may hold a match in the time range.
pub(crate) fn rows(index: &PartIndex, predicate: &Predicate, within: &Within) -> RowRanges {
    let mut pages = pages_in_range(index, &within.range);
    if let (1.., Some(Zone::Ints { max, .. })) = (within.after_sequence, index.zone(&ColumnKey::Sequence)) {
        pages.iter_mut().zip(max).for_each(|(page, max)| *page &= *max as u64 > within.after_sequence);
    }
    if within.sample_every > 1 {
        pages.iter_mut().enumerate().for_each(|(at, page)| *page &= at % within.sample_every == 0);
    }
    for token in predicate.required_tokens() {
        if let Some(with) = index.pages_with_token(token) {
            keep(&mut pages, &with);
        }
    }
    let keys: Vec<ColumnKey> = index.columns().map(|(key, _)| key.clone()).collect();
    for required in predicate.required_equals() {
        if let Some(with) = pages_with_value(index, &required.columns(&keys), &required.text) {
            keep(&mut pages, &with);
        }
    }
    RowRanges::from_pages(&pages, index.page_rows, index.rows)
}

// === impl Within ===

impl Within {
    pub(crate) fn of(scan: &Scan<'_>) -> Self {
        Self { range: scan.range, after_sequence: scan.after_sequence, sample_every: scan.sample_every }
    }
}

fn keep(pages: &mut [bool], with: &[bool]) {
    for (page, with) in pages.iter_mut().zip(with) {
        *page &= with;
    }
}

/// Pages with a time in the range.
pub(crate) fn pages_in_range(index: &PartIndex, range: &TimeRange) -> Vec<bool> {
    let all = || vec![true; index.pages()];
    match index.zone(&ColumnKey::Timestamp) {
        Some(Zone::Ints { min, max }) => {
            let overlaps = |(min, max): (&i64, &i64)| *min < range.to.nanos() && range.from.nanos() <= *max;
            min.iter().zip(max).map(overlaps).collect()
        }
        Some(Zone::Unknown | Zone::Floats { .. } | Zone::Values { .. } | Zone::ValueBloom(_) | Zone::TokenBloom(_)) | None => {
            all()
        }
    }
}

/// Pages where any of the columns may hold the value; `None` if one of them cannot say.
fn pages_with_value(index: &PartIndex, columns: &[ColumnKey], text: &str) -> Option<Vec<bool>> {
    let mut pages = vec![false; index.pages()];
    for key in columns {
        let with = match index.zone(key) {
            Some(Zone::Ints { min, max }) => {
                let number: i64 = text.parse().ok()?;
                min.iter().zip(max).map(|(min, max)| *min <= number && number <= *max).collect()
            }
            Some(Zone::Floats { min, max }) => {
                let number: f64 = text.parse().ok()?;
                min.iter().zip(max).map(|(min, max)| *min <= number && number <= *max).collect()
            }
            Some(Zone::Unknown | Zone::Values { .. } | Zone::ValueBloom(_) | Zone::TokenBloom(_)) | None => {
                index.pages_with_text(key, text)?
            }
        };
        for (page, with) in pages.iter_mut().zip(with) {
            *page |= with;
        }
    }
    Some(pages)
}
