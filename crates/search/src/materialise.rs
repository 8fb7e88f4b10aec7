//! Reads all columns of the few rows that are given out, and writes each as a JSON record.

use crate::render::RecordWriter;
use crate::scan::{Origin, Scan, ScanError};

/// A row of one of several origins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) origin: usize,
    pub(crate) row: usize,
}

// === impl Scan ===

impl Scan<'_> {
    /// Hands each record over with its place's number, in no order. Rows of a damaged part are left out.
    pub(crate) fn write_records(
        &mut self,
        origins: &[Origin],
        places: &[Place],
        mut each: impl FnMut(usize, Vec<u8>),
    ) -> Result<(), ScanError> {
        for (number, origin) in origins.iter().enumerate() {
            let of_origin = places.iter().enumerate().filter(|(_, place)| place.origin == number);
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
                    let mut text = Vec::new();
                    writer.write(row, &mut text);
                    each(at, text);
                }
            }
        }
        Ok(())
    }
}
