use std::fmt;
use std::str::FromStr;

use crate::Timestamp;

/// Names one stored record of a source: its time and the sequence number it got on arrival.
///
/// Text: 16 hexadecimal digits of the time (nanoseconds since 1970, offset so that text sorts as time does),
/// a hyphen, and the sequence in hexadecimal. The time lets a lookup touch only the parts that can hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId {
    pub timestamp: Timestamp,
    pub sequence: u64,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a record id is 16 hexadecimal digits, a hyphen, and 1 to 16 hexadecimal digits")]
pub struct RecordIdError;

// === impl RecordId ===

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sortable = (self.timestamp.nanos() as u64) ^ (1 << 63);
        write!(f, "{sortable:016x}-{:x}", self.sequence)
    }
}

impl FromStr for RecordId {
    type Err = RecordIdError;

    fn from_str(text: &str) -> Result<Self, RecordIdError> {
        let (time, sequence) = text.split_once('-').ok_or(RecordIdError)?;
        let hex = |t: &str| t.bytes().all(|b| b.is_ascii_hexdigit()) && !t.is_empty() && t.len() <= 16;
        if time.len() != 16 || !hex(time) || !hex(sequence) {
            return Err(RecordIdError);
        }
        let sortable = u64::from_str_radix(time, 16).map_err(|_| RecordIdError)?;
        let sequence = u64::from_str_radix(sequence, 16).map_err(|_| RecordIdError)?;
        Ok(Self { timestamp: Timestamp::from_nanos((sortable ^ (1 << 63)) as i64), sequence })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text_and_sorts_as_time_does() {
        let early = RecordId { timestamp: Timestamp::from_nanos(-5), sequence: 9 };
        let late = RecordId { timestamp: Timestamp::from_nanos(1_700_000_000_000_000_000), sequence: 1 };
        assert_eq!(early.to_string().parse(), Ok(early));
        assert_eq!(late.to_string().parse(), Ok(late));
        assert!(early.to_string() < late.to_string());
    }

    #[test]
    fn foreign_text_is_refused() {
        for text in ["", "-", "12-1", "zzzzzzzzzzzzzzzz-1", "0123456789abcdef-", "+123456789abcdef-1"] {
            assert!(text.parse::<RecordId>().is_err(), "{text}");
        }
    }
}
