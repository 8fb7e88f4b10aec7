//! Builds a part from chunks of rows: sorts them, picks each column's layout, writes Parquet and the index.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, new_null_array};
use arrow::compute::interleave;
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, Schema};
use model::{Timestamp, limits};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;

use super::encode::{self, Layout};
use super::index::{Blooms, IndexedColumn, PartIndex, Zone};
use super::{bloom, pages, sort};
use crate::arrivals::Arrivals;
use crate::tokens::for_each_token;
use crate::{ColumnKey, Columns};

/// Ends every part: `parquet length, index length (u64 LE each), this`. The last byte is the format's number.
pub(crate) const MAGIC: &[u8; 8] = b"BHPART\0\x01";
pub(crate) const TRAILER_BYTES: usize = 24;

const VALUES_MAX: usize = 64;
const TOKEN_BITS: usize = 12;
const VALUE_BITS: usize = 10;

/// A part's plaintext and what the catalog keeps of it.
#[derive(Debug)]
pub struct PartBytes {
    pub bytes: Vec<u8>,
    pub rows: usize,
    pub times: (Timestamp, Timestamp),
    pub sequences: (u64, u64),
}

#[derive(Debug, thiserror::Error)]
pub enum PartWriteError {
    #[error("a part needs at least one row")]
    Empty,
    #[error("could not lay down a column")]
    Column(#[from] arrow::error::ArrowError),
    #[error("could not write the columnar file")]
    File(#[from] ParquetError),
    #[error("could not compress who sent the records")]
    Arrivals(#[source] std::io::Error),
}

/// Rows that become a part: chunks that are the same at each reading.
pub trait PartRows {
    fn keys(&self) -> Vec<ColumnKey>;

    /// Every chunk, with those of the columns that it has.
    fn read(&self, keys: &[ColumnKey]) -> Vec<Columns>;
}

/// Builds parts.
#[derive(Debug, Default)]
pub struct PartBuilder {
    hashes: bloom::HashSet64,
}

// === impl PartRows ===

impl PartRows for Vec<Columns> {
    fn keys(&self) -> Vec<ColumnKey> {
        self.iter().flat_map(|chunk| chunk.iter().map(|(key, _)| key.clone())).collect()
    }

    fn read(&self, keys: &[ColumnKey]) -> Vec<Columns> {
        self.iter().map(|chunk| chunk.project(keys)).collect()
    }
}

// === impl PartBuilder ===

impl PartBuilder {
    pub fn build(&mut self, rows: &dyn PartRows, arrivals: &Arrivals) -> Result<PartBytes, PartWriteError> {
        let keys: BTreeSet<ColumnKey> = rows.keys().into_iter().collect();
        let order = sort::order(rows, &keys);
        if order.is_empty() {
            return Err(PartWriteError::Empty);
        }
        let mut columns = Vec::with_capacity(keys.len());
        let mut chunks_of = Vec::with_capacity(keys.len());
        let (mut times, mut sequences) = ((i64::MAX, i64::MIN), (i64::MAX, i64::MIN));
        // One column at a time, from rows as they came to compressed pages, so that memory holds one column, not all.
        for key in keys {
            let sorted = gather(rows, &key, &order)?;
            match key {
                ColumnKey::Timestamp => times = extent(&sorted),
                ColumnKey::Sequence => sequences = extent(&sorted),
                _ => {}
            }
            let values = sorted.len() - sorted.null_count();
            if values == 0 {
                continue;
            }
            let (layout, encoded) = encode::encode(&key, &sorted);
            let zone = self.zone(&key, &sorted, &encoded);
            let column = IndexedColumn { key, layout, values, zone };
            chunks_of.push(compress(&column, &encoded)?);
            columns.push(column);
        }
        let mut bytes = assemble(&columns, chunks_of)?;
        let parquet_length = bytes.len() as u64;
        let arrivals = arrivals.to_bytes().map_err(PartWriteError::Arrivals)?.into();
        let index = PartIndex { rows: order.len(), page_rows: limits::PAGE_ROWS, columns, arrivals }.to_bytes();
        bytes.extend_from_slice(&index);
        bytes.extend(parquet_length.to_le_bytes());
        bytes.extend((index.len() as u64).to_le_bytes());
        bytes.extend(MAGIC);
        Ok(PartBytes {
            bytes,
            rows: order.len(),
            times: (Timestamp::from_nanos(times.0), Timestamp::from_nanos(times.1)),
            sequences: (sequences.0 as u64, sequences.1 as u64),
        })
    }

    fn zone(&mut self, key: &ColumnKey, plain: &ArrayRef, encoded: &ArrayRef) -> Zone {
        match (key, plain.data_type()) {
            (ColumnKey::Message, _) => self.token_blooms(plain),
            (_, DataType::Int64) => int_zone(plain),
            (_, DataType::Float64) => float_zone(plain),
            (ColumnKey::Level | ColumnKey::Field(_, crate::Kind::Text), DataType::Utf8View) => match value_zone(plain) {
                Some(zone) => zone,
                // Most pages hold most of the values.
                None if pages::repeats(encoded) => Zone::Unknown,
                None => self.value_blooms(if encoded.data_type() == &DataType::Int64 { plain } else { encoded }),
            },
            _ => Zone::Unknown,
        }
    }

    fn token_blooms(&mut self, messages: &ArrayRef) -> Zone {
        let messages = messages.as_string_view();
        let mut blooms = Blooms::default();
        for page in pages(messages.len()) {
            for message in page.filter(|&row| messages.is_valid(row)).map(|row| messages.value(row)) {
                for_each_token(message.as_bytes(), |token| self.hashes.insert(bloom::hash(token)));
            }
            self.hashes.drain_into(TOKEN_BITS, &mut blooms.bits);
            blooms.ends.push(blooms.bits.len() as u32);
        }
        Zone::TokenBloom(blooms)
    }

    fn value_blooms(&mut self, encoded: &ArrayRef) -> Zone {
        let mut blooms = Blooms::default();
        let mut folded = Vec::new();
        for page in pages(encoded.len()) {
            for row in page.filter(|&row| encoded.is_valid(row)) {
                let hash = match encoded.data_type() {
                    DataType::FixedSizeBinary(_) => bloom::hash(encoded.as_fixed_size_binary().value(row)),
                    _ => {
                        folded.clear();
                        folded.extend_from_slice(encoded.as_string_view().value(row).as_bytes());
                        folded.make_ascii_lowercase();
                        bloom::hash(&folded)
                    }
                };
                self.hashes.insert(hash);
            }
            self.hashes.drain_into(VALUE_BITS, &mut blooms.bits);
            blooms.ends.push(blooms.bits.len() as u32);
        }
        Zone::ValueBloom(blooms)
    }
}

fn gather(rows: &dyn PartRows, key: &ColumnKey, order: &[sort::Place]) -> Result<ArrayRef, PartWriteError> {
    let chunks = rows.read(std::slice::from_ref(key));
    let data_type = encode::arrow_type(key, &Layout::Plain);
    let arrays: Vec<ArrayRef> =
        chunks.iter().map(|chunk| chunk.get(key).cloned().unwrap_or_else(|| new_null_array(&data_type, chunk.rows()))).collect();
    let borrowed: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
    Ok(interleave(&borrowed, order)?)
}

fn extent(array: &ArrayRef) -> (i64, i64) {
    let values = array.as_primitive::<Int64Type>().values();
    values.iter().fold((i64::MAX, i64::MIN), |(min, max), &v| (min.min(v), max.max(v)))
}

fn pages(rows: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    (0..rows).step_by(limits::PAGE_ROWS).map(move |start| start..rows.min(start + limits::PAGE_ROWS))
}

fn int_zone(array: &ArrayRef) -> Zone {
    let array = array.as_primitive::<Int64Type>();
    let (mut min, mut max) = (Vec::new(), Vec::new());
    for page in pages(array.len()) {
        let page = array.slice(page.start, page.len());
        min.push(arrow::compute::min(&page).unwrap_or(i64::MAX));
        max.push(arrow::compute::max(&page).unwrap_or(i64::MIN));
    }
    Zone::Ints { min, max }
}

fn float_zone(array: &ArrayRef) -> Zone {
    let array = array.as_primitive::<Float64Type>();
    let (mut min, mut max) = (Vec::new(), Vec::new());
    for page in pages(array.len()) {
        let page = array.slice(page.start, page.len());
        min.push(arrow::compute::min(&page).unwrap_or(f64::INFINITY));
        max.push(arrow::compute::max(&page).unwrap_or(f64::NEG_INFINITY));
    }
    Zone::Floats { min, max }
}

/// The values themselves, where they are few.
fn value_zone(array: &ArrayRef) -> Option<Zone> {
    let texts = array.as_string_view();
    let mut values: Vec<String> = Vec::new();
    let mut pages_of: Vec<u64> = Vec::new();
    let mut last: Option<(&str, usize)> = None;
    for page in pages(texts.len()) {
        let mut present = 0;
        for text in page.filter(|&row| texts.is_valid(row)).map(|row| texts.value(row)) {
            let bit = match last {
                Some((same, bit)) if same == text => bit,
                _ => match values.iter().position(|value| value == text) {
                    Some(bit) => bit,
                    None if values.len() < VALUES_MAX && text.len() <= limits::FIELD_NAME_BYTES_MAX => {
                        values.push(text.to_owned());
                        values.len() - 1
                    }
                    None => return None,
                },
            };
            last = Some((text, bit));
            present |= 1 << bit;
        }
        pages_of.push(present);
    }
    Some(Zone::Values { values, pages: pages_of })
}

/// The column's name in the Parquet file.
pub(crate) fn file_name(key: &ColumnKey) -> String {
    match key {
        ColumnKey::Timestamp => "timestamp".to_owned(),
        ColumnKey::Sequence => "sequence".to_owned(),
        ColumnKey::Level => "level".to_owned(),
        ColumnKey::Message => "message".to_owned(),
        ColumnKey::Rest => "rest".to_owned(),
        ColumnKey::Field(path, kind) => format!("{}@{kind:?}", path.as_escaped()),
    }
}

pub(crate) fn file_schema(columns: &[IndexedColumn]) -> Schema {
    let fields = columns.iter().map(|c| Field::new(file_name(&c.key), encode::arrow_type(&c.key, &c.layout), true));
    Schema::new(fields.collect::<Vec<_>>())
}

fn properties(column: &IndexedColumn, array: &ArrayRef) -> Result<WriterProperties, ParquetError> {
    let properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        // Ours is the only index; statistics in the footer would be read and decoded for nothing.
        .set_statistics_enabled(EnabledStatistics::None)
        .set_data_page_row_count_limit(limits::PAGE_ROWS)
        .set_data_page_size_limit(16 << 20)
        .set_write_batch_size(1024)
        .set_max_row_group_row_count(Some(limits::ROW_GROUP_ROWS));
    let path = ColumnPath::new(vec![file_name(&column.key)]);
    Ok(pages::choose(array).set(properties, path).build())
}

/// One column's compressed pages, a chunk for each row group.
fn compress(column: &IndexedColumn, array: &ArrayRef) -> Result<Vec<ArrowColumnChunk>, PartWriteError> {
    let schema = Arc::new(file_schema(std::slice::from_ref(column)));
    let properties = Arc::new(properties(column, array)?);
    let parquet_schema = ArrowSchemaConverter::new().convert(&schema)?;
    let writer = SerializedFileWriter::new(Vec::new(), parquet_schema.root_schema_ptr(), properties)?;
    let factory = ArrowRowGroupWriterFactory::new(&writer, Arc::clone(&schema));
    let mut chunks = Vec::new();
    for (number, start) in (0..array.len()).step_by(limits::ROW_GROUP_ROWS).enumerate() {
        let length = (array.len() - start).min(limits::ROW_GROUP_ROWS);
        for mut column_writer in factory.create_column_writers(number)? {
            for leaf in compute_leaves(schema.field(0), &array.slice(start, length))? {
                column_writer.write(&leaf)?;
            }
            chunks.push(column_writer.close()?);
        }
    }
    Ok(chunks)
}

fn assemble(columns: &[IndexedColumn], chunks: Vec<Vec<ArrowColumnChunk>>) -> Result<Vec<u8>, PartWriteError> {
    let schema = file_schema(columns);
    let parquet_schema = ArrowSchemaConverter::new().convert(&schema)?;
    let properties = WriterProperties::builder().set_statistics_enabled(EnabledStatistics::None).build();
    let size: usize = chunks.iter().flatten().map(|chunk| chunk.close().bytes_written as usize).sum();
    let mut writer =
        SerializedFileWriter::new(Vec::with_capacity(size + size / 8), parquet_schema.root_schema_ptr(), Arc::new(properties))?;
    let mut columns_left: Vec<_> = chunks.into_iter().map(Vec::into_iter).collect();
    loop {
        let group: Vec<ArrowColumnChunk> = columns_left.iter_mut().filter_map(Iterator::next).collect();
        if group.is_empty() {
            return Ok(writer.into_inner()?);
        }
        let mut row_group = writer.next_row_group()?;
        for chunk in group {
            chunk.append_to_row_group(&mut row_group)?;
        }
        row_group.close()?;
    }
}
