//! Reads all columns of the few rows that are given out, and writes each as a JSON record.
//!
//! Always holds: of the records that are written no more than a page is in memory, however many rows there are.

use std::collections::BTreeMap;

use model::limits;

use crate::render::RecordWriter;
use crate::scan::{Origin, Scan, ScanError};

/// A row of one of several origins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) origin: usize,
    pub(crate) row: usize,
}

/// The first records, in the order of their places, that are no larger than a page together; the first in any case.
#[derive(Debug)]
pub(crate) struct Page {
    /// By the numbers of their places; one of a damaged part is not there.
    records: BTreeMap<usize, Vec<u8>>,
    bytes: usize,
    end: usize,
}

// === impl Page ===

impl Page {
    fn new(places: usize) -> Self {
        Self { records: BTreeMap::new(), bytes: 0, end: places }
    }

    /// Records come in no order, so a later one is given up for an earlier one.
    fn add(&mut self, place: usize, record: Vec<u8>) {
        if place >= self.end {
            return;
        }
        self.bytes += record.len();
        self.records.insert(place, record);
        while self.bytes > limits::PAGE_BYTES_MAX && self.records.len() > 1 {
            let Some((place, record)) = self.records.pop_last() else { return };
            self.bytes -= record.len();
            self.end = place;
        }
    }

    /// How many of the places the page is about.
    pub(crate) fn places(&self) -> usize {
        self.end
    }

    /// Each with its place's number, in order.
    pub(crate) fn into_records(self) -> impl Iterator<Item = (usize, Vec<u8>)> {
        self.records.into_iter()
    }
}

// === impl Scan ===

impl Scan<'_> {
    /// Writes the records of the first places. Rows of a damaged part are left out.
    pub(crate) fn write_page(&mut self, origins: &[Origin], places: &[Place]) -> Result<Page, ScanError> {
        let mut page = Page::new(places.len());
        for (number, origin) in origins.iter().enumerate() {
            let of_origin = places[..page.end].iter().enumerate().filter(|(_, place)| place.origin == number);
            let mut of_origin: Vec<(usize, usize)> = of_origin.map(|(at, place)| (place.row, at)).collect();
            if of_origin.is_empty() {
                continue;
            }
            self.cancel.check()?;
            of_origin.sort_unstable();
            let rows: Vec<usize> = of_origin.iter().map(|(row, _)| *row).collect();
            let batches = match origin.rows(&rows) {
                Ok(batches) => batches,
                Err(error) => {
                    self.report(&error);
                    continue;
                }
            };
            let mut numbers = of_origin.iter().map(|(_, at)| *at);
            for columns in batches {
                let writer = RecordWriter::new(&columns);
                for (row, at) in (0..columns.rows()).zip(numbers.by_ref()) {
                    if at < page.end {
                        let mut text = Vec::new();
                        writer.write(row, &mut text);
                        page.add(at, text);
                    }
                }
            }
        }
        Ok(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_what_comes_first_and_fits() {
        let half = limits::PAGE_BYTES_MAX / 2;
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
            let mut page = Page::new(4);
            for place in order {
                page.add(place, vec![b'x'; if place == 0 { 1 } else { half }]);
                assert!(page.bytes <= limits::PAGE_BYTES_MAX);
            }
            assert_eq!(page.places(), 2, "{order:?}");
            assert_eq!(page.into_records().map(|(place, _)| place).collect::<Vec<_>>(), [0, 1]);
        }
        let mut page = Page::new(2);
        page.add(1, vec![b'x']);
        page.add(0, vec![b'x'; limits::PAGE_BYTES_MAX + 1]);
        assert_eq!(page.into_records().map(|(place, _)| place).collect::<Vec<_>>(), [0]);
    }
}
