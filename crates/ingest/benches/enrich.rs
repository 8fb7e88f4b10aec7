//! What it costs to read records and mask in them, beside making columns of the same records:
//! `cargo xtask corpus --bytes 200000000 --out FILE`, then `cargo bench -p ingest --bench enrich -- FILE`.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::time::Duration;

use bytes::Bytes;
use identity::{Pipeline, Recognition, Redaction, Treatment};
use ingest::NormalBody;
use model::{Timestamp, limits};
use store::{Arrival, FreshTable};

#[path = "../../store/benches/timing/mod.rs"]
mod timing;

use timing::timed;

const BODY_BYTES: usize = 1 << 20;
const ROUNDS: usize = 3;

/// Bodies of whole lines.
fn bodies(corpus: &[u8]) -> Vec<Bytes> {
    let (mut bodies, mut body) = (Vec::new(), Vec::new());
    for line in corpus.split_inclusive(|byte| *byte == b'\n') {
        body.extend_from_slice(line);
        if body.len() >= BODY_BYTES {
            bodies.push(Bytes::from(std::mem::take(&mut body)));
        }
    }
    bodies.push(Bytes::from(body));
    bodies
}

fn treated(bodies: &[Bytes], treatment: &Treatment) -> Vec<Bytes> {
    let treat = |bytes: &Bytes| {
        let body = NormalBody { bytes: bytes.clone(), ..NormalBody::default() };
        ingest::treat(&body, treatment, Timestamp::from_nanos(0)).expect("within the limits").bytes().clone()
    };
    bodies.iter().map(treat).collect()
}

fn shred(bodies: &[Bytes]) {
    let mut table = FreshTable::new();
    for body in bodies {
        let arrival = Arrival { at: Timestamp::from_nanos(0), first_sequence: table.rows() as u64 + 1 };
        table.append(body, arrival).expect("the corpus is JSON");
        if table.raw_bytes() > limits::FRESH_RAW_BYTES {
            table = table.recycle();
        }
    }
}

fn treatment(redaction: Redaction, recognition: Recognition) -> Treatment {
    Treatment { redaction, recognition, ..Treatment::default() }
}

/// Rules of the kinds that people write.
fn rules() -> Pipeline {
    let rules = r#"[
        {"name":"parse","then":{"parse":{"pattern":"^(?<first_word>\\w+) (?<second.word>\\S+)"}}},
        {"name":"mask","then":{"mask":{"field":"message","pattern":"cust-\\d{6}","name":"customer"}}},
        {"name":"rename","then":{"rename":{"from":"service","to":"service.name"}}},
        {"name":"drop","when":[{"field":"message","contains":"health"},{"field":"level","is":"debug"}],"then":{"drop":true}},
        {"name":"route","when":[{"field":"level","at_least":"error"}],"then":{"route":{"stream":"errors"}}}
    ]"#;
    Pipeline::new(serde_json::from_str(rules).expect("rules")).expect("rules within the limits")
}

fn main() {
    let path = std::env::args().skip(1).find(|word| !word.starts_with("--")).expect("a file of NDJSON");
    let bodies = bodies(&std::fs::read(path).expect("a file that can be read"));
    let bytes: usize = bodies.iter().map(Bytes::len).sum();
    let per_gigabyte = |took: Duration| took.as_secs_f64() * 1e9 / bytes as f64;
    let nothing = Recognition { formats: false, stack_traces: false };
    let everything = Redaction { cards: true, secrets: true, emails: true, ip_addresses: true };
    let (redaction, recognition) = (Redaction::default(), Recognition::default());
    for _ in 0..ROUNDS {
        let ((), columns) = timed(|| shred(&bodies));
        println!("{:<34}{:>7.2} s/GB", "columns of what was sent", per_gigabyte(columns));
        for (what, treatment) in [
            ("masked", treatment(redaction, nothing)),
            ("read", treatment(Redaction::NONE, recognition)),
            ("read and masked, as at first", treatment(redaction, recognition)),
            ("all of it", treatment(everything, recognition)),
            ("as at first, and five rules", Treatment { pipeline: rules(), ..treatment(redaction, recognition) }),
        ] {
            let (out, took) = timed(|| treated(&bodies, &treatment));
            let ((), after) = timed(|| shred(&out));
            let (took, after, columns) = (per_gigabyte(took), per_gigabyte(after), per_gigabyte(columns));
            let more = (took + after) / columns;
            println!("{what:<34}{took:>7.2} s/GB, and columns {after:.2}: together {more:.2} of the first");
        }
    }
}
