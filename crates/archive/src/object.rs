//! One object of a day: records as NDJSON, compressed with gzip, and encrypted in the format of age where there is a recipient.
//!
//! | object | name |
//! |---|---|
//! | records | `date=DAY/SOURCE-YYYYMMDDT000000Z-NNNN.ndjson.gz`, or `….gz.age` |
//! | a manifest | `date=DAY/SOURCE-YYYYMMDDT000000Z-manifest-NNNN.json` |
//!
//! Always holds: the same records make the same NDJSON and, without a recipient, the same bytes.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use model::limits::ARCHIVE_OBJECT_BYTES;
use model::{Day, Entropy, SourceId};
use seal::{AgeRecipient, AgeRefused, AgeWriter};

use crate::manifest::sha256;

/// An object that is being written.
#[derive(Debug)]
pub struct ObjectWriter {
    gzip: GzEncoder<Out>,
    records: u64,
    ndjson_bytes: usize,
}

/// One that is whole.
#[derive(Debug)]
pub struct Object {
    pub bytes: Vec<u8>,
    pub records: u64,
    pub ndjson_bytes: u64,
    /// In hex, of the bytes.
    pub sha256: String,
}

#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    #[error(transparent)]
    Recipient(#[from] AgeRefused),
    #[error("records could not be compressed")]
    Gzip(#[from] io::Error),
}

#[derive(Debug)]
enum Out {
    Plain(Vec<u8>),
    Age(Box<AgeWriter>),
}

// === impl ObjectWriter ===

impl ObjectWriter {
    pub fn new(recipient: Option<&AgeRecipient>, entropy: &dyn Entropy) -> Result<Self, ObjectError> {
        let out = match recipient {
            Some(recipient) => Out::Age(Box::new(AgeWriter::new(recipient, entropy)?)),
            None => Out::Plain(Vec::new()),
        };
        Ok(Self { gzip: GzEncoder::new(out, Compression::default()), records: 0, ndjson_bytes: 0 })
    }

    /// Adds a record, which is one line of JSON.
    pub fn push(&mut self, record: &[u8]) -> Result<(), ObjectError> {
        self.gzip.write_all(record)?;
        self.gzip.write_all(b"\n")?;
        self.records += 1;
        self.ndjson_bytes += record.len() + 1;
        Ok(())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// Whether no record goes into it any more.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.ndjson_bytes >= ARCHIVE_OBJECT_BYTES
    }

    pub fn finish(self) -> Result<Object, ObjectError> {
        let bytes = match self.gzip.finish()? {
            Out::Plain(bytes) => bytes,
            Out::Age(age) => age.finish()?,
        };
        let sha256 = sha256(&bytes);
        Ok(Object { bytes, records: self.records, ndjson_bytes: self.ndjson_bytes as u64, sha256 })
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Age(age) => age.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a destination is tried with. It says nothing of any record.
#[must_use]
pub fn trial_name(source: SourceId) -> String {
    format!("blockhouse-archive-{source}.txt")
}

#[must_use]
pub fn object_name(source: SourceId, day: Day, number: u32, recipient: Option<&AgeRecipient>) -> String {
    let age = if recipient.is_some() { ".age" } else { "" };
    format!("{}-{number:04}.ndjson.gz{age}", stem(source, day))
}

#[must_use]
pub fn manifest_name(source: SourceId, day: Day, number: u32) -> String {
    format!("{}-manifest-{number:04}.json", stem(source, day))
}

fn stem(source: SourceId, day: Day) -> String {
    format!("date={day}/{source}-{}T000000Z", day.to_string().replace('-', ""))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;
    use seal::SystemEntropy;

    use super::*;

    fn written(records: &[&[u8]], recipient: Option<&AgeRecipient>) -> Object {
        let mut writer = ObjectWriter::new(recipient, &SystemEntropy).unwrap();
        records.iter().for_each(|record| writer.push(record).unwrap());
        writer.finish().unwrap()
    }

    #[test]
    fn an_object_is_a_line_for_each_record_and_the_same_each_time() {
        let records: [&[u8]; 2] = [br#"{"id":"1"}"#, br#"{"id":"2"}"#];
        let object = written(&records, None);
        let mut text = String::new();
        GzDecoder::new(object.bytes.as_slice()).read_to_string(&mut text).unwrap();
        assert_eq!(text, "{\"id\":\"1\"}\n{\"id\":\"2\"}\n");
        assert_eq!((object.records, object.ndjson_bytes), (2, text.len() as u64));
        assert_eq!(object.sha256, sha256(&object.bytes));
        assert_eq!(object.bytes, written(&records, None).bytes);
    }

    #[test]
    fn with_a_recipient_nothing_is_in_clear() {
        let recipient = AgeRecipient::parse("age16qkzph9895ke6ur7m3jfwafgguwtayd5atyushmfz3kc2dmsk58q624mwn").unwrap();
        let object = written(&[b"a record"], Some(&recipient));
        assert!(object.bytes.starts_with(b"age-encryption.org/v1\n-> X25519 "));
        assert_ne!(object.bytes, written(&[b"a record"], Some(&recipient)).bytes);
    }

    #[test]
    fn names_sort_by_day_and_number() {
        let (source, day) = (SourceId::parse("0000000000000000").unwrap_or(SourceId::NONE), Day::parse("2026-11-06").unwrap());
        assert_eq!(object_name(source, day, 12, None), format!("date=2026-11-06/{source}-20261106T000000Z-0012.ndjson.gz"));
        assert_eq!(manifest_name(source, day, 1), format!("date=2026-11-06/{source}-20261106T000000Z-manifest-0001.json"));
    }
}
