use proptest::prelude::*;

use super::reader::{JournalError, Tail};
use super::*;
use crate::fixture::{House, bytes_of, object, pattern, replace, scope};
use crate::{DiskError, KeyError, ObjectName, OpenError, SealError};

const FRAMES: [&[u8]; 4] = [b"first", b"", b"the third frame", b"4"];

/// A journal of `FRAMES`, and where each of them ends.
fn written(house: &House) -> (ObjectName, Vec<u64>) {
    let mut journal = house.store.create_journal(scope(1, 1), object(1)).unwrap();
    let mut ends = vec![journal.written_bytes()];
    for frame in FRAMES {
        journal.append(frame).unwrap();
        ends.push(journal.written_bytes());
    }
    journal.sync().unwrap();
    (*journal.name(), ends)
}

#[derive(Debug, PartialEq, Eq)]
enum Read {
    Frame(Vec<u8>),
    Damaged { frame: u32, at: u64 },
}

/// All that a journal with these bytes gives, and how it ends.
fn read_altered(house: &House, name: &ObjectName, bytes: &[u8]) -> (Vec<Read>, Option<Tail>) {
    replace(&house.journals, &name.path(), bytes);
    let mut reader = house.store.read_journal(name).unwrap();
    let mut read = Vec::new();
    loop {
        match reader.next() {
            Ok(Some(frame)) => read.push(Read::Frame(frame.bytes)),
            Ok(None) => return (read, reader.tail()),
            Err(JournalError::Damaged { frame, at }) => read.push(Read::Damaged { frame, at }),
            Err(JournalError::Disk(error)) => panic!("{error}"),
        }
    }
}

fn frames(count: usize) -> Vec<Read> {
    FRAMES[..count].iter().map(|frame| Read::Frame(frame.to_vec())).collect()
}

#[test]
fn frames_come_back_in_order_with_their_ends() {
    let house = House::new();
    let (name, ends) = written(&house);
    assert_eq!(ends[4], bytes_of(&house.journals, &name.path()).len() as u64);
    let house = house.restarted();
    let mut reader = house.store.read_journal(&name).unwrap();
    for (frame, end) in FRAMES.iter().zip(&ends[1..]) {
        let read = reader.next().unwrap().unwrap();
        assert_eq!((read.bytes.as_slice(), read.end), (*frame, *end));
        assert_eq!(reader.tail(), None);
    }
    assert_eq!(reader.next().unwrap(), None);
    assert_eq!((reader.tail(), reader.finished()), (Some(Tail::Clean), false));
    assert_eq!(reader.next().unwrap(), None);
}

#[test]
fn large_frames_are_read_past_the_window() {
    let house = House::new();
    let mut journal = house.store.create_journal(scope(1, 1), object(1)).unwrap();
    let lengths = [10, 3 << 20, 1 << 20, (1 << 20) - 40, 700_000, 700_000, 0, 5 << 20, 1];
    for length in lengths {
        journal.append(&pattern(length)).unwrap();
    }
    let mut reader = house.store.read_journal(journal.name()).unwrap();
    for length in lengths {
        assert!(reader.next().unwrap().unwrap().bytes == pattern(length), "{length}");
    }
    assert_eq!(reader.next().unwrap(), None);
    assert_eq!(reader.tail(), Some(Tail::Clean));
    let refused = journal.append(&vec![0; JOURNAL_FRAME_BYTES_MAX + 1]).unwrap_err();
    assert!(matches!(refused, SealError::TooLarge));
    journal.append(b"one more").unwrap();
}

#[test]
fn a_tail_torn_at_any_byte_ends_the_reading_and_costs_no_whole_frame() {
    let house = House::new();
    let (name, ends) = written(&house);
    let bytes = bytes_of(&house.journals, &name.path());
    for cut in 0..bytes.len() {
        let whole = ends.iter().filter(|&&end| end <= cut as u64).count();
        let (read, tail) = read_altered(&house, &name, &bytes[..cut]);
        match whole.checked_sub(1) {
            None => assert_eq!((read, tail), (vec![], Some(Tail::Torn { at: 0 })), "cut at {cut}"),
            Some(count) => {
                let clean = ends[count] == cut as u64;
                let expected = if clean { Tail::Clean } else { Tail::Torn { at: ends[count] } };
                assert_eq!((read, tail), (frames(count), Some(expected)), "cut at {cut}");
            }
        }
    }
}

#[test]
fn a_tail_of_zeros_is_torn() {
    let house = House::new();
    let (name, ends) = written(&house);
    let bytes = bytes_of(&house.journals, &name.path());
    for zeros in [1, 8, 24, 40, 5000] {
        let longer: Vec<u8> = bytes.iter().copied().chain(std::iter::repeat_n(0, zeros)).collect();
        assert_eq!(read_altered(&house, &name, &longer), (frames(4), Some(Tail::Torn { at: ends[4] })), "{zeros} zeros");
    }
    for from in ends[3] as usize..bytes.len() {
        let mut lost = bytes.clone();
        lost[from..].fill(0);
        assert_eq!(read_altered(&house, &name, &lost), (frames(3), Some(Tail::Torn { at: ends[3] })), "zeros from {from}");
    }
    assert_eq!(read_altered(&house, &name, &[0; HEADER_BYTES]), (vec![], Some(Tail::Torn { at: 0 })));
}

#[test]
fn a_flipped_bit_in_the_middle_is_damage_wherever_it_is_and_later_frames_are_read() {
    let house = House::new();
    let (name, ends) = written(&house);
    let bytes = bytes_of(&house.journals, &name.path());
    for bit in ends[0] * 8..ends[4] * 8 {
        let mut altered = bytes.clone();
        altered[bit as usize / 8] ^= 1 << (bit % 8);
        let hit = ends.iter().filter(|&&end| end <= bit / 8).count() - 1;
        let mut expected = frames(4);
        let tail = if hit == 3 {
            expected.truncate(3);
            Tail::Torn { at: ends[3] }
        } else {
            expected[hit] = Read::Damaged { frame: hit as u32, at: ends[hit] };
            Tail::Clean
        };
        assert_eq!(read_altered(&house, &name, &altered), (expected, Some(tail)), "bit {bit}");
    }
}

#[test]
fn frames_cut_out_moved_or_repeated_are_damage() {
    let house = House::new();
    let (name, ends) = written(&house);
    let bytes = bytes_of(&house.journals, &name.path());
    let part = |i: usize| bytes[ends[i] as usize..ends[i + 1] as usize].to_vec();
    let header = bytes[..ends[0] as usize].to_vec();
    let at = ends[1];

    let without_second = [header.clone(), part(0), part(2), part(3)].concat();
    let (read, tail) = read_altered(&house, &name, &without_second);
    assert_eq!(read[1], Read::Damaged { frame: 1, at });
    assert_eq!((&read[2..], tail), (&frames(4)[2..], Some(Tail::Clean)));

    let repeated = [header.clone(), part(0), part(0), part(1)].concat();
    let (read, _) = read_altered(&house, &name, &repeated);
    assert_eq!(read[1], Read::Damaged { frame: 1, at });
    assert_eq!(read[2], Read::Frame(FRAMES[1].to_vec()));

    let swapped = [header, part(1), part(0)].concat();
    let (read, tail) = read_altered(&house, &name, &swapped);
    assert_eq!(read, vec![Read::Damaged { frame: 0, at: ends[0] }, Read::Frame(FRAMES[1].to_vec())]);
    assert!(matches!(tail, Some(Tail::Torn { .. })));
}

#[test]
fn a_finished_journal_tells_that_nothing_was_cut_off() {
    let house = House::new();
    let mut journal = house.store.create_journal(scope(1, 1), object(1)).unwrap();
    journal.append(b"frame").unwrap();
    let end = journal.written_bytes();
    journal.finish().unwrap();
    assert!(matches!(journal.append(b"late"), Err(SealError::JournalFailed)));
    let name = *journal.name();
    let check = |bytes: &[u8], tail, finished| {
        replace(&house.journals, &name.path(), bytes);
        let mut reader = house.store.read_journal(&name).unwrap();
        assert_eq!(reader.next().unwrap().unwrap().bytes, b"frame");
        assert_eq!(reader.next().unwrap(), None);
        assert_eq!((reader.tail(), reader.finished()), (Some(tail), finished));
    };
    let bytes = bytes_of(&house.journals, &name.path());
    check(&bytes, Tail::Clean, true);
    check(&bytes[..end as usize], Tail::Clean, false);
    check(&bytes[..bytes.len() - 1], Tail::Torn { at: end }, false);
    check(&[bytes.as_slice(), b"more"].concat(), Tail::Torn { at: bytes.len() as u64 }, true);
}

#[test]
fn every_flipped_bit_of_the_header_is_refused() {
    let house = House::new();
    let (name, ends) = written(&house);
    let bytes = bytes_of(&house.journals, &name.path());
    for bit in 0..ends[0] as usize * 8 {
        let mut altered = bytes.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        replace(&house.journals, &name.path(), &altered);
        match house.store.read_journal(&name) {
            Err(OpenError::Header) => assert!(bit < 8),
            Err(OpenError::NotAuthentic { .. }) => assert!(bit >= 8),
            other => panic!("bit {bit}: {other:?}"),
        }
    }
}

#[test]
fn a_journal_opens_under_no_other_name() {
    let house = House::new();
    let (name, _) = written(&house);
    let bytes = bytes_of(&house.journals, &name.path());
    for other in [
        ObjectName { object: object(2), ..name },
        ObjectName { scope: scope(1, 2), ..name },
        ObjectName { scope: scope(2, 1), ..name },
    ] {
        house.ring.sealing_key(other.scope).unwrap();
        replace(&house.journals, &other.path(), &bytes);
        assert!(matches!(house.store.read_journal(&other), Err(OpenError::NotAuthentic { .. })), "{other}");
    }
    assert!(matches!(house.store.read_journal(&ObjectName { object: object(9), ..name }), Err(OpenError::Missing)));
    house.ring.destroy_source(scope(1, 1)).unwrap();
    assert!(matches!(house.store.read_journal(&name), Err(OpenError::Key(KeyError::Destroyed))));
}

#[test]
fn a_journal_is_cut_at_midnight_and_when_its_key_is_replaced() {
    let house = House::new();
    let mut journal = house.store.create_journal(scope(1, 1), object(1)).unwrap();
    house.clock.set("2026-11-22T23:59:59.999Z");
    journal.append(b"today").unwrap();
    house.clock.set("2026-11-23T00:00:00Z");
    let refused = journal.append(b"tomorrow").unwrap_err();
    assert!(matches!(refused, SealError::Key(KeyError::TooOld(key)) if key == journal.name().key), "{refused:?}");
    journal.sync().unwrap();
    let mut next = house.store.create_journal(scope(1, 1), object(2)).unwrap();
    assert_eq!(next.name().key.to_string(), "20261123-00");
    next.append(b"tomorrow").unwrap();
    house.ring.rotate_now(scope(1, 1)).unwrap();
    assert!(matches!(next.append(b"later"), Err(SealError::Key(KeyError::TooOld(_)))));
    let mut last = house.store.create_journal(scope(1, 1), object(3)).unwrap();
    house.ring.destroy_source(scope(1, 1)).unwrap();
    assert!(matches!(last.append(b"gone"), Err(SealError::Key(KeyError::Destroyed))));
}

#[test]
fn a_journal_is_never_continued() {
    let house = House::new();
    let (name, _) = written(&house);
    let again = house.store.create_journal(scope(1, 1), name.object).unwrap_err();
    assert!(matches!(again, SealError::Disk(DiskError::AlreadyExists)));
}

#[test]
fn after_a_failed_write_or_sync_a_journal_takes_no_more() {
    #[derive(Debug)]
    struct Failing {
        appends: usize,
        syncs: usize,
    }
    fn tick(left: &mut usize) -> Result<(), DiskError> {
        *left = left.checked_sub(1).ok_or(DiskError::Full)?;
        Ok(())
    }
    impl crate::LogFile for Failing {
        fn append(&mut self, _bytes: &[u8]) -> Result<(), DiskError> {
            tick(&mut self.appends)
        }
        fn sync(&mut self) -> Result<(), DiskError> {
            tick(&mut self.syncs)
        }
    }
    let house = House::new();
    let begin = |appends, syncs| {
        let key = house.ring.sealing_key(scope(1, 1)).unwrap();
        let name = ObjectName { scope: scope(1, 1), kind: crate::ObjectKind::Journal, key: key.id, object: object(1) };
        let log = Box::new(Failing { appends, syncs });
        writer::JournalWriter::begin(name, log, house.ring.clone(), key, &crate::SystemEntropy)
    };
    assert!(matches!(begin(0, 9), Err(SealError::Disk(DiskError::Full))));
    assert!(matches!(begin(9, 0), Err(SealError::Disk(DiskError::Full))));
    let mut unwritten = begin(1, 9).unwrap();
    assert!(matches!(unwritten.append(b"x"), Err(SealError::Disk(DiskError::Full))));
    assert!(matches!(unwritten.append(b"x"), Err(SealError::JournalFailed)));
    assert!(matches!(unwritten.sync(), Err(SealError::JournalFailed)));
    let mut unsynced = begin(9, 1).unwrap();
    unsynced.append(b"x").unwrap();
    assert!(matches!(unsynced.sync(), Err(SealError::Disk(DiskError::Full))));
    assert!(matches!(unsynced.sync(), Err(SealError::JournalFailed)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_frames_survive(frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..2000), 0..20)) {
        let house = House::new();
        let mut journal = house.store.create_journal(scope(1, 1), object(1)).unwrap();
        for frame in &frames {
            journal.append(frame).unwrap();
        }
        let bytes = bytes_of(&house.journals, &journal.name().path());
        let expected = frames.into_iter().map(Read::Frame).collect::<Vec<_>>();
        prop_assert_eq!(read_altered(&house, journal.name(), &bytes), (expected, Some(Tail::Clean)));
    }

    /// Whatever happens to the bytes behind the header, what is read are frames that were written, in their order.
    #[test]
    fn no_overwriting_makes_a_frame(at in 0.0..1.0_f64, garbage in prop::collection::vec(any::<u8>(), 1..80)) {
        let house = House::new();
        let (name, ends) = written(&house);
        let mut bytes = bytes_of(&house.journals, &name.path());
        let at = ends[0] as usize + (at * (ends[4] - ends[0]) as f64) as usize;
        bytes.splice(at..(at + garbage.len()).min(bytes.len()), garbage);
        let (read, _) = read_altered(&house, &name, &bytes);
        let mut written = FRAMES.iter();
        for read in read {
            if let Read::Frame(bytes) = read {
                prop_assert!(written.any(|frame| **frame == *bytes));
            }
        }
    }
}
