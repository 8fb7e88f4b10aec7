//! Who sent the records of a table or a part, and when they came: `docs/formats/part.md` has the byte table.
//!
//! Always holds: runs are in the order of their sequences and none overlaps another; decoding allocates no more than some times
//! the bytes it was given, and those are bounded before they are decompressed.

use std::io::Read;
use std::sync::Arc;

use hashbrown::HashMap;
use model::limits;

const ZSTD_LEVEL: i32 = 3;
const VARINT_BYTES_MAX: usize = 10;
/// Of a run: its four numbers.
const RUN_BYTES_MAX: usize = 2 * VARINT_BYTES_MAX + 2 * 5;

// What a table may have is always kept.
const _: () = assert!(
    limits::ARRIVALS_RUNS_MAX * RUN_BYTES_MAX + limits::ARRIVALS_SENDERS_MAX * (limits::SENDER_BYTES_MAX + 2)
        < limits::ARRIVALS_BYTES_MAX
);

/// A sender in words of the receiver's: the store gives them back as they came.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sender(Arc<str>);

/// Of which sender the records are that have these sequences, and when they came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arrivals {
    senders: Vec<Sender>,
    places: HashMap<Sender, u32>,
    runs: Vec<Run>,
    /// Bytes of all senders.
    words: usize,
}

/// Records side by side that one sender sent within a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    first: u64,
    rows: u32,
    sender: u32,
    /// Seconds since 1970.
    at: i64,
}

#[derive(Debug, thiserror::Error)]
#[error("who sent the records of a part is not readable")]
pub struct ArrivalsError;

// === impl Sender ===

impl Sender {
    /// `None` for more than is kept of one.
    #[must_use]
    pub fn new(words: &str) -> Option<Self> {
        (words.len() <= limits::SENDER_BYTES_MAX).then(|| Self(words.into()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

// === impl Arrivals ===

impl Arrivals {
    /// These come after all that are known, or are not taken. `at`: seconds since 1970.
    pub(crate) fn add(&mut self, first: u64, rows: u32, at: i64, sender: &Sender) {
        if self.runs.last().is_some_and(|last| first < last.end()) {
            return;
        }
        let sender = self.place(sender);
        match self.runs.last_mut() {
            Some(last)
                if last.end() == first && (last.sender, last.at) == (sender, at) && last.rows.checked_add(rows).is_some() =>
            {
                last.rows += rows;
            }
            _ => self.runs.push(Run { first, rows, sender, at }),
        }
    }

    fn place(&mut self, sender: &Sender) -> u32 {
        // Mostly that of the batch before.
        if let Some(last) = self.runs.last().filter(|last| self.senders.get(last.sender as usize) == Some(sender)) {
            return last.sender;
        }
        *self.places.entry_ref(sender).or_insert_with(|| {
            self.senders.push(sender.clone());
            self.words += sender.0.len();
            (self.senders.len() - 1) as u32
        })
    }

    /// Those of another come after all that are known. Where a part could not keep them all, nothing is changed and false is
    /// said.
    pub(crate) fn extend(&mut self, later: &Self) -> bool {
        if self.plain_bytes_max() + later.plain_bytes_max() > limits::ARRIVALS_BYTES_MAX {
            return false;
        }
        for run in &later.runs {
            if let Some(sender) = later.senders.get(run.sender as usize) {
                self.add(run.first, run.rows, run.at, sender);
            }
        }
        true
    }

    /// Who sent the record of this sequence, and in which second it came.
    #[must_use]
    pub fn of(&self, sequence: u64) -> Option<(&Sender, i64)> {
        let run = self.runs.get(self.runs.partition_point(|run| run.first <= sequence).checked_sub(1)?)?;
        let sender = self.senders.get(run.sender as usize)?;
        (sequence < run.end()).then_some((sender, run.at))
    }

    /// No table should have more.
    pub(crate) fn is_full(&self) -> bool {
        self.runs.len() >= limits::ARRIVALS_RUNS_MAX || self.senders.len() >= limits::ARRIVALS_SENDERS_MAX
    }

    /// Before they are compressed, at most.
    pub(crate) fn plain_bytes_max(&self) -> usize {
        self.words + (self.senders.len() + 1) * VARINT_BYTES_MAX + self.runs.len() * RUN_BYTES_MAX
    }

    /// The first sequence whose sender is known.
    pub(crate) fn first(&self) -> Option<u64> {
        self.runs.first().map(|run| run.first)
    }

    pub(crate) fn to_bytes(&self) -> std::io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        if self.runs.is_empty() {
            return Ok(plain);
        }
        varint(self.senders.len() as u64, &mut plain);
        for sender in &self.senders {
            varint(sender.0.len() as u64, &mut plain);
            plain.extend(sender.0.as_bytes());
        }
        let (mut end, mut at) = (0, 0);
        for run in &self.runs {
            varint(run.first - end, &mut plain);
            varint(run.rows.into(), &mut plain);
            varint(run.sender.into(), &mut plain);
            varint(zigzag(run.at.wrapping_sub(at)), &mut plain);
            (end, at) = (run.end(), run.at);
        }
        if plain.len() > limits::ARRIVALS_BYTES_MAX {
            tracing::error!(bytes = plain.len(), "who sent the records of a part is too much to be kept");
            return Ok(Vec::new());
        }
        zstd::bulk::compress(&plain, ZSTD_LEVEL)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, ArrivalsError> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let mut plain = Vec::new();
        let unpacked = zstd::stream::read::Decoder::new(bytes).map_err(|_| ArrivalsError)?;
        unpacked.take(limits::ARRIVALS_BYTES_MAX as u64 + 1).read_to_end(&mut plain).map_err(|_| ArrivalsError)?;
        if plain.len() > limits::ARRIVALS_BYTES_MAX {
            return Err(ArrivalsError);
        }
        Self::decode(&plain).ok_or(ArrivalsError)
    }

    fn decode(plain: &[u8]) -> Option<Self> {
        let (mut input, mut found) = (plain, Self::default());
        for _ in 0..take_varint(&mut input)? {
            let length = usize::try_from(take_varint(&mut input)?).ok()?;
            let (words, rest) = input.split_at_checked(length)?;
            found.senders.push(Sender::new(std::str::from_utf8(words).ok()?)?);
            found.words += length;
            input = rest;
        }
        found.places = found.senders.iter().cloned().zip(0..).collect();
        let (mut end, mut at) = (0u64, 0i64);
        while !input.is_empty() {
            let first = end.checked_add(take_varint(&mut input)?)?;
            let rows = u32::try_from(take_varint(&mut input)?).ok()?;
            let sender = u32::try_from(take_varint(&mut input)?).ok().filter(|&at| (at as usize) < found.senders.len())?;
            at = at.wrapping_add(unzigzag(take_varint(&mut input)?));
            end = first.checked_add(rows.into())?;
            found.runs.push(Run { first, rows, sender, at });
        }
        Some(found)
    }
}

// === impl Run ===

impl Run {
    /// The sequence after its last.
    fn end(&self) -> u64 {
        self.first.saturating_add(self.rows.into())
    }
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn take_varint(input: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for place in 0..VARINT_BYTES_MAX {
        let (byte, rest) = input.split_first()?;
        *input = rest;
        let bits = u64::from(byte & 0x7f);
        value |= bits.checked_shl(7 * place as u32).filter(|shifted| shifted >> (7 * place) == bits)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sender(number: usize) -> Sender {
        Sender::new(&format!("sender {number}")).unwrap()
    }

    proptest! {
        #[test]
        fn each_record_is_known_by_its_batch(batches in prop::collection::vec((0u64..3, 1u32..5, 0usize..4, -3i64..3), 0..60)) {
            let (mut arrivals, mut later, mut next, mut expected) = (Arrivals::default(), Arrivals::default(), 1, Vec::new());
            for (at, &(gap, rows, number, second)) in batches.iter().enumerate() {
                expected.extend((0..gap).map(|_| None));
                next += gap;
                let half = if at < batches.len() / 2 { &mut arrivals } else { &mut later };
                half.add(next, rows, second, &sender(number));
                expected.extend((0..rows).map(|_| Some((sender(number), second))));
                next += u64::from(rows);
            }
            prop_assert!(arrivals.extend(&later));
            let read = Arrivals::from_bytes(&arrivals.to_bytes().unwrap()).unwrap();
            prop_assert_eq!(&read, &arrivals);
            let told: Vec<_> = (1..next).map(|sequence| read.of(sequence).map(|(sender, at)| (sender.clone(), at))).collect();
            prop_assert_eq!(told, expected);
            prop_assert_eq!((read.of(0), read.of(next)), (None, None));
        }

        #[test]
        fn any_bytes_are_read_or_refused(plain in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Arrivals::from_bytes(&plain);
            let _ = Arrivals::from_bytes(&zstd::bulk::compress(&plain, 1).unwrap());
        }
    }

    #[test]
    fn one_sender_s_records_of_a_second_are_one_run() {
        let mut arrivals = Arrivals::default();
        for first in 0..1_000 {
            arrivals.add(1 + first * 10, 10, first as i64 / 500, &sender(1));
        }
        assert_eq!((arrivals.runs.len(), arrivals.senders.len()), (2, 1));
    }

    #[test]
    fn what_one_part_could_not_keep_is_not_taken() {
        let of = |first: u64| {
            let mut arrivals = Arrivals::default();
            for sequence in first..first + limits::ARRIVALS_SENDERS_MAX as u64 {
                let words = format!("{sequence:0>width$}", width = limits::SENDER_BYTES_MAX);
                arrivals.add(sequence, 1, 0, &Sender::new(&words).unwrap());
            }
            arrivals
        };
        let (mut arrivals, mut taken) = (Arrivals::default(), 0);
        while arrivals.extend(&of(1 + taken)) {
            taken += limits::ARRIVALS_SENDERS_MAX as u64;
        }
        assert!(taken > 0 && arrivals.of(taken).is_some() && arrivals.of(taken + 1).is_none());
        assert!(arrivals.plain_bytes_max() <= limits::ARRIVALS_BYTES_MAX && !arrivals.to_bytes().unwrap().is_empty());
    }

    #[test]
    fn what_unpacks_to_more_than_is_kept_is_refused() {
        let bomb = zstd::bulk::compress(&vec![0; limits::ARRIVALS_BYTES_MAX + 1], 1).unwrap();
        assert!(bomb.len() < 1 << 20 && Arrivals::from_bytes(&bomb).is_err());
    }

    #[test]
    fn a_sender_of_too_many_words_is_none() {
        assert_eq!(Sender::new(&"x".repeat(limits::SENDER_BYTES_MAX + 1)), None);
    }
}
