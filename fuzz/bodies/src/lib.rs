//! What each fuzz target does with its bytes: one function for each parser of foreign bytes, with what must hold.
//!
//! Always holds: a body returns for every input; it panics exactly when the product broke a promise. Knows no fuzzer:
//! `fuzz/` runs these by coverage, and this crate's tests run them over seeded inputs.

mod decoders;
mod differential;
mod proof;
mod sealed;
mod shredder;
mod words;

/// Where `json` is written by a decoder, and must be taken by the shredder.
pub use decoders::{
    bulk, datadog, encoding, enrich, forward, hec, import, journal_upload, logplex, loki, msgpack, otlp, pipeline, syslog,
    text_lines,
};
pub use differential::forms;
pub use proof::{own_claim, security_txt, signed_note, template};
pub use sealed::{journal, sealed_object};
pub use shredder::shred;
pub use words::{credential, elastic, logql, query, recipient, recovery_kit, timestamp};

/// One target by its name, for whoever runs them all.
pub type Body = fn(&[u8]);

pub const ALL: [(&str, Body); 30] = [
    ("sealed_object", sealed_object),
    ("journal", journal),
    ("shred", shred),
    ("query", query),
    ("logql", logql),
    ("elastic", elastic),
    ("otlp", otlp),
    ("msgpack", msgpack),
    ("forms", forms),
    ("text_lines", text_lines),
    ("bulk", bulk),
    ("loki", loki),
    ("hec", hec),
    ("datadog", datadog),
    ("logplex", logplex),
    ("syslog", syslog),
    ("forward", forward),
    ("journal_upload", journal_upload),
    ("encoding", encoding),
    ("import", import),
    ("enrich", enrich),
    ("pipeline", pipeline),
    ("credential", credential),
    ("timestamp", timestamp),
    ("recipient", recipient),
    ("recovery_kit", recovery_kit),
    ("template", template),
    ("security_txt", security_txt),
    ("signed_note", signed_note),
    ("own_claim", own_claim),
];
