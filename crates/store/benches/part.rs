//! What a part is made of: `cargo bench -p store --bench part -- CORPUS.ndjson`; prints the bytes of each column.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints what it measured, and may end early")]

use std::io::{BufRead, BufReader};
use std::time::Instant;

use model::{Timestamp, limits};
use parquet::file::reader::{FileReader, SerializedFileReader};
use store::{Arrival, Arrivals, FreshTable, PartBuilder, Projection};

const BODY_BYTES: usize = 1 << 20;
const TRAILER_BYTES: usize = 24;

#[expect(clippy::disallowed_methods, reason = "a benchmark measures durations")]
fn main() {
    let path = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let Some(path) = path else {
        println!("name a file of NDJSON");
        return;
    };
    let mut lines = BufReader::new(std::fs::File::open(path).unwrap());
    let mut table = FreshTable::new();
    let mut body = String::new();
    loop {
        let more = lines.read_line(&mut body).unwrap() > 0;
        if body.len() >= BODY_BYTES || !more {
            let arrival = Arrival { at: Timestamp::from_nanos(0), first_sequence: table.rows() as u64 + 1 };
            table.append(body.as_bytes(), arrival).unwrap();
            body.clear();
        }
        if !more || table.raw_bytes() >= limits::FRESH_RAW_BYTES {
            break;
        }
    }
    let chunks = table.snapshot(usize::MAX, &Projection::All);
    let start = Instant::now();
    let part = PartBuilder::default().build(&chunks, &Arrivals::default()).unwrap();
    let took = start.elapsed();
    let trailer = &part.bytes[part.bytes.len() - TRAILER_BYTES..];
    let (parquet, index) = (u64_at(trailer, 0), u64_at(trailer, 8));
    let file = SerializedFileReader::new(bytes::Bytes::copy_from_slice(&part.bytes[..parquet])).unwrap();
    let mut columns: Vec<(String, i64, i64)> = Vec::new();
    for group in file.metadata().row_groups() {
        for (place, column) in group.columns().iter().enumerate() {
            match columns.get_mut(place) {
                Some(entry) => {
                    entry.1 += column.compressed_size();
                    entry.2 += column.uncompressed_size();
                }
                None => columns.push((
                    format!("{} {:?}", column.column_path(), column.encodings().collect::<Vec<_>>()),
                    column.compressed_size(),
                    column.uncompressed_size(),
                )),
            }
        }
    }
    columns.sort_by_key(|column| -column.1);
    let all = part.bytes.len();
    println!("{} rows, {} raw, {all} stored, ratio {:.2}", part.rows, table.raw_bytes(), table.raw_bytes() as f64 / all as f64);
    println!("built in {:.2} s, {:.2} s/GB", took.as_secs_f64(), took.as_secs_f64() * 1e9 / table.raw_bytes() as f64);
    for (name, stored, plain) in columns {
        println!(
            "{stored:>9} {:>5.1} % {:>6.2} a row {plain:>10} plain  {name}",
            100.0 * stored as f64 / all as f64,
            stored as f64 / part.rows as f64
        );
    }
    println!("{index:>9} {:>5.1} % index", 100.0 * index as f64 / all as f64);
}

fn u64_at(bytes: &[u8], at: usize) -> usize {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize
}
