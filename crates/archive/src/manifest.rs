//! The manifest of one write of a day: what there has to be, so that whoever has it can tell that nothing is missing.
//!
//! Always holds: it is written after all that it names; it names the manifest before it with its digest, so that the last
//! one of a day vouches for all of them; the same write gives the same bytes. It says nothing of any record but counts.

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

pub const FORMAT: &str = "blockhouse-archive/1";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub format: String,
    pub tenant: String,
    pub source: String,
    /// `2026-11-26`, in UTC.
    pub day: String,
    /// Counted from 1 for each day.
    pub number: u32,
    /// Whether it says all of the day by itself; those before it do not count then.
    pub anew: bool,
    pub previous: Option<Previous>,
    /// Records that arrived after this one, and no later than that one.
    pub after_sequence: u64,
    pub to_sequence: u64,
    /// When the write was begun.
    pub begun_at: String,
    /// To whom the objects are encrypted in the format of age.
    pub recipient: Option<String>,
    /// Of all objects together.
    pub records: u64,
    /// Parts of the source that are damaged: their records are missing.
    pub unreadable_parts: u64,
    pub objects: Vec<ManifestObject>,
}

/// The day's manifest before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Previous {
    pub name: String,
    pub sha256: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestObject {
    /// From the folder that the manifest's own name is counted from.
    pub name: String,
    pub records: u64,
    /// Before it was compressed.
    pub ndjson_bytes: u64,
    pub bytes: u64,
    /// In hex, of the object as it lies there.
    pub sha256: String,
}

// === impl Manifest ===

impl Manifest {
    /// The bytes of its object.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }
}

/// In hex.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    digest::digest(&digest::SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_reads_as_it_was_written() {
        let object = ManifestObject {
            name: "date=2026-11-26/a-0001.ndjson.gz".to_owned(),
            records: 2,
            ndjson_bytes: 40,
            bytes: 30,
            sha256: sha256(b""),
        };
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            tenant: "t".to_owned(),
            source: "s".to_owned(),
            day: "2026-11-26".to_owned(),
            number: 2,
            anew: false,
            previous: Some(Previous { name: "before".to_owned(), sha256: sha256(b"before") }),
            after_sequence: 7,
            to_sequence: 9,
            begun_at: "2026-11-27T01:00:00Z".to_owned(),
            recipient: None,
            records: 2,
            unreadable_parts: 0,
            objects: vec![object],
        };
        assert_eq!(serde_json::from_slice::<Manifest>(&manifest.bytes()).unwrap(), manifest);
        assert_eq!(manifest.bytes(), manifest.clone().bytes());
        assert_eq!(sha256(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
