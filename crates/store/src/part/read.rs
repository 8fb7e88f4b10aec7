//! Reads a part: its index once, then only the pages and columns that a query asks for.
//!
//! Always holds: bytes reach a decoder only after the seal verified them; a damaged part is an error that names it.

use std::fmt;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;

use arrow::array::ArrayRef;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::PageIndexPolicy;
use parquet::file::reader::{ChunkReader, Length};
use seal::ObjectName;

use super::PartError;
use super::encode::{self, Layout};
use super::index::PartIndex;
use super::object::{PartObject, PartReader};
use super::write::{self, MAGIC, TRAILER_BYTES};
use crate::arrivals::Arrivals;
use crate::{ColumnKey, Columns};
use model::limits;

/// Ranges nearer to one another than this are read as one.
const GAP_BYTES: u64 = 64 << 10;

/// An open part: index and file layout in memory, rows on disk.
pub struct Part {
    name: ObjectName,
    sealed: PartReader,
    metadata: ArrowReaderMetadata,
    index: PartIndex,
    heap_bytes: usize,
}

/// Rows of a part, as ascending ranges that do not touch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowRanges(Vec<Range<usize>>);

/// Streams the rows of some ranges, `limits::PAGE_ROWS` at a time.
pub struct PartRows {
    name: ObjectName,
    keys: Vec<(ColumnKey, Layout)>,
    inner: Inner,
}

enum Inner {
    Decoding(Box<ParquetRecordBatchReader>),
    /// No column of the part was asked for: only the number of rows counts.
    Counting(usize),
}

// === impl Part ===

impl Part {
    pub(crate) fn open(object: &Arc<PartObject>) -> Result<Self, PartError> {
        let name = object.name();
        let failed = |source| PartError::Sealed(*name, source);
        let sealed = object.reader().map_err(failed)?;
        let length = sealed.len();
        let trailer_at = length.checked_sub(TRAILER_BYTES as u64).ok_or_else(|| PartError::Trailer(*name))?;
        // The index and the footer lie before the trailer; for most parts one read has all three.
        let tail_at = length.saturating_sub(512 << 10);
        let tail = Bytes::from(sealed.read(tail_at..length).map_err(failed)?);
        let (parquet_length, index_length) =
            parse_trailer(&tail[(trailer_at - tail_at) as usize..]).ok_or_else(|| PartError::Trailer(*name))?;
        if parquet_length.checked_add(index_length) != Some(trailer_at) {
            return Err(PartError::Trailer(*name));
        }
        let index_bytes = if parquet_length >= tail_at {
            tail.slice((parquet_length - tail_at) as usize..(trailer_at - tail_at) as usize)
        } else {
            Bytes::from(sealed.read(parquet_length..trailer_at).map_err(failed)?)
        };
        let index = PartIndex::from_bytes(&index_bytes).map_err(|source| PartError::Index(*name, source))?;
        let file = FileView { sealed: sealed.clone(), length: parquet_length, loaded: Vec::new() };
        let options = ArrowReaderOptions::new()
            .with_schema(Arc::new(write::file_schema(&index.columns)))
            .with_column_index_policy(PageIndexPolicy::Skip)
            .with_offset_index_policy(PageIndexPolicy::Required);
        let metadata = ArrowReaderMetadata::load(&file, options).map_err(|source| PartError::Columns(*name, source))?;
        let heap_bytes = index.heap_bytes() + metadata.metadata().memory_size();
        Ok(Self { name: *name, sealed, metadata, index, heap_bytes })
    }

    #[must_use]
    pub fn name(&self) -> &ObjectName {
        &self.name
    }

    #[must_use]
    pub fn index(&self) -> &PartIndex {
        &self.index
    }

    /// Who sent its records.
    pub(crate) fn arrivals(&self) -> Result<Arrivals, PartError> {
        Arrivals::from_bytes(&self.index.arrivals).map_err(|source| PartError::Arrivals(self.name, source))
    }

    /// What the open part holds in memory.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.heap_bytes
    }

    /// Streams `keys` of the rows in `ranges`. Keys that the part does not have are left out: they read as null.
    pub fn read(&self, ranges: &RowRanges, keys: &[ColumnKey]) -> Result<PartRows, PartError> {
        let mut positions: Vec<usize> = keys.iter().filter_map(|key| self.index.position(key)).collect();
        positions.sort_unstable();
        positions.dedup();
        let decoded =
            positions.iter().map(|&at| (self.index.columns[at].key.clone(), self.index.columns[at].layout.clone())).collect();
        let inner = if positions.is_empty() || ranges.is_empty() {
            Inner::Counting(ranges.rows())
        } else {
            Inner::Decoding(Box::new(self.decoder(ranges, &positions)?))
        };
        Ok(PartRows { name: self.name, keys: decoded, inner })
    }

    fn decoder(&self, ranges: &RowRanges, positions: &[usize]) -> Result<ParquetRecordBatchReader, PartError> {
        let groups = ranges.row_groups();
        let bytes = self.byte_ranges(ranges, positions, &groups);
        let mut loaded = Vec::with_capacity(bytes.len());
        for range in bytes {
            let read = self.sealed.read(range.clone()).map_err(|source| PartError::Sealed(self.name, source))?;
            loaded.push((range.start, Bytes::from(read)));
        }
        let file = FileView { sealed: self.sealed.clone(), length: self.sealed.len(), loaded };
        let mask = ProjectionMask::leaves(self.metadata.parquet_schema(), positions.iter().copied());
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
            .with_batch_size(limits::PAGE_ROWS)
            .with_projection(mask)
            .with_row_groups(groups.clone());
        let selection = ranges.within(&groups, self.index.rows);
        if selection.iter().map(ExactSizeIterator::len).sum::<usize>() < groups_rows(&groups, self.index.rows) {
            let total = groups_rows(&groups, self.index.rows);
            builder = builder.with_row_selection(RowSelection::from_consecutive_ranges(selection.into_iter(), total));
        }
        builder.build().map_err(|source| PartError::Columns(self.name, source))
    }

    /// The bytes of the pages that hold the rows, and of their dictionaries, joined where they are near.
    fn byte_ranges(&self, ranges: &RowRanges, positions: &[usize], groups: &[usize]) -> Vec<Range<u64>> {
        let mut wanted: Vec<Range<u64>> = Vec::new();
        let metadata = self.metadata.metadata();
        for &group in groups {
            let first_row = group * limits::ROW_GROUP_ROWS;
            let group_rows = metadata.row_group(group).num_rows() as usize;
            for &position in positions {
                let (start, length) = metadata.row_group(group).column(position).byte_range();
                let Some(offsets) = metadata.offset_index().and_then(|index| index.get(group)?.get(position)) else {
                    wanted.push(start..start + length);
                    continue;
                };
                let locations = offsets.page_locations();
                let first_page = locations.first().map_or(start, |page| page.offset as u64);
                if first_page > start {
                    wanted.push(start..first_page);
                }
                for (i, page) in locations.iter().enumerate() {
                    let page_start = first_row + page.first_row_index as usize;
                    let page_end = first_row + locations.get(i + 1).map_or(group_rows, |next| next.first_row_index as usize);
                    if ranges.touches(page_start..page_end) {
                        let offset = page.offset as u64;
                        wanted.push(offset..offset + page.compressed_page_size as u64);
                    }
                }
            }
        }
        wanted.sort_unstable_by_key(|range| range.start);
        let mut joined: Vec<Range<u64>> = Vec::with_capacity(wanted.len());
        for range in wanted {
            match joined.last_mut() {
                Some(last) if range.start <= last.end + GAP_BYTES => last.end = last.end.max(range.end),
                Some(_) | None => joined.push(range),
            }
        }
        joined
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part").field("name", &self.name).field("rows", &self.index.rows).finish_non_exhaustive()
    }
}

fn parse_trailer(trailer: &[u8]) -> Option<(u64, u64)> {
    let (lengths, magic) = trailer.split_at_checked(16)?;
    let (words, _) = lengths.as_chunks::<8>();
    (magic == MAGIC).then(|| (u64::from_le_bytes(words[0]), u64::from_le_bytes(words[1])))
}

fn groups_rows(groups: &[usize], rows: usize) -> usize {
    groups.iter().map(|group| (rows - group * limits::ROW_GROUP_ROWS).min(limits::ROW_GROUP_ROWS)).sum()
}

// === impl RowRanges ===

impl RowRanges {
    #[must_use]
    pub fn all(rows: usize) -> Self {
        Self::from_ranges(std::iter::once(0..rows))
    }

    /// Takes ascending ranges; joins those that touch.
    pub fn from_ranges(ranges: impl IntoIterator<Item = Range<usize>>) -> Self {
        let mut joined: Vec<Range<usize>> = Vec::new();
        for range in ranges.into_iter().filter(|range| !range.is_empty()) {
            match joined.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                Some(_) | None => joined.push(range),
            }
        }
        Self(joined)
    }

    /// The rows of the marked pages.
    #[must_use]
    pub fn from_pages(pages: &[bool], page_rows: usize, rows: usize) -> Self {
        let marked = pages.iter().enumerate().filter(|(_, marked)| **marked);
        Self::from_ranges(marked.map(|(page, _)| page * page_rows..rows.min((page + 1) * page_rows)))
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[must_use]
    pub fn rows(&self) -> usize {
        self.0.iter().map(ExactSizeIterator::len).sum()
    }

    /// Every row, ascending: the place in the part of each row that a read gives.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().cloned().flatten()
    }

    fn touches(&self, other: Range<usize>) -> bool {
        let next = self.0.partition_point(|range| range.end <= other.start);
        self.0.get(next).is_some_and(|range| range.start < other.end)
    }

    fn row_groups(&self) -> Vec<usize> {
        let mut groups: Vec<usize> = self
            .0
            .iter()
            .flat_map(|range| range.start / limits::ROW_GROUP_ROWS..=(range.end - 1) / limits::ROW_GROUP_ROWS)
            .collect();
        groups.dedup();
        groups
    }

    /// The ranges, counted in the rows of `groups` alone.
    fn within(&self, groups: &[usize], rows: usize) -> Vec<Range<usize>> {
        let mut out = Vec::new();
        let mut before = 0;
        for &group in groups {
            let start = group * limits::ROW_GROUP_ROWS;
            let end = rows.min(start + limits::ROW_GROUP_ROWS);
            let next = self.0.partition_point(|range| range.end <= start);
            for range in self.0[next..].iter().take_while(|range| range.start < end) {
                out.push(before + range.start.max(start) - start..before + range.end.min(end) - start);
            }
            before += end - start;
        }
        out
    }
}

// === impl PartRows ===

impl Iterator for PartRows {
    type Item = Result<Columns, PartError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.inner {
            Inner::Counting(0) => None,
            Inner::Counting(left) => {
                let rows = (*left).min(limits::PAGE_ROWS);
                *left -= rows;
                Some(Ok(Columns::new(rows, Vec::new())))
            }
            Inner::Decoding(reader) => {
                let batch = match reader.next()? {
                    Ok(batch) => batch,
                    Err(error) => return Some(Err(PartError::Columns(self.name, error.into()))),
                };
                let decode =
                    |((key, layout), array): (&(ColumnKey, Layout), &ArrayRef)| (key.clone(), encode::decode(layout, array));
                let columns = self.keys.iter().zip(batch.columns()).map(decode).collect();
                Some(Ok(Columns::new(batch.num_rows(), columns)))
            }
        }
    }
}

impl fmt::Debug for PartRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartRows").field("name", &self.name).field("keys", &self.keys).finish_non_exhaustive()
    }
}

/// The Parquet file inside the sealed part, some of it read ahead.
struct FileView {
    sealed: PartReader,
    length: u64,
    loaded: Vec<(u64, Bytes)>,
}

// === impl FileView ===

impl FileView {
    fn bytes(&self, range: Range<u64>) -> Result<Bytes, ParquetError> {
        let before = self.loaded.partition_point(|(start, _)| *start <= range.start);
        if let Some((start, bytes)) = before.checked_sub(1).map(|at| &self.loaded[at])
            && range.end <= start + bytes.len() as u64
        {
            return Ok(bytes.slice((range.start - start) as usize..(range.end - start) as usize));
        }
        if range.end > self.length {
            return Err(ParquetError::EOF("a page lies beyond the end of the part".to_owned()));
        }
        self.sealed.read(range).map(Bytes::from).map_err(|error| ParquetError::External(Box::new(error)))
    }
}

impl Length for FileView {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for FileView {
    type T = ViewReader;

    fn get_read(&self, start: u64) -> Result<ViewReader, ParquetError> {
        let loaded = self.loaded.clone();
        Ok(ViewReader { view: Self { sealed: self.sealed.clone(), length: self.length, loaded }, at: start, block: Bytes::new() })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        self.bytes(start..start + length as u64)
    }
}

struct ViewReader {
    view: FileView,
    at: u64,
    block: Bytes,
}

impl Read for ViewReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.block.is_empty() {
            let end = self.view.length.min(self.at + (8 << 10));
            if self.at >= end {
                return Ok(0);
            }
            self.block = self.view.bytes(self.at..end).map_err(io::Error::other)?;
            self.at = end;
        }
        let length = out.len().min(self.block.len());
        out[..length].copy_from_slice(&self.block.split_to(length));
        Ok(length)
    }
}
