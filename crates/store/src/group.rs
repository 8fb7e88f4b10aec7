//! What one journal frame says, before it is sealed: `docs/formats/journal.md` has the byte table.
//!
//! Always holds: decoding bounds every length by the frame's own size before it allocates.

use bytes::Bytes;
use hashbrown::HashMap;
use model::{ObjectId, Scope, Timestamp, limits};
use seal::KeyRing;
use twox_hash::{XxHash3_64, XxHash3_128};

use crate::arrivals::Sender;

const START: u8 = 1;
/// Without senders, as they were written once.
const GROUP_OF_NOBODY: u8 = 2;
/// Without what came under a client's name, as they were written then.
const GROUP_OF_NAMES: u8 = 3;
const GROUP: u8 = 4;
const BATCH_BYTES: usize = 8 + 4 + 4 + 1 + 16;
const ZSTD_LEVEL: i32 = 1;

/// The first frame of every segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Start {
    /// The sequence that the segment's first record may get; orders the segments of a source.
    pub(crate) first_sequence: u64,
    /// A segment whose last write failed, and the sealed length up to which it counts: what lies beyond was answered with
    /// an error, so a client may have sent it again.
    pub(crate) fence: Option<(ObjectId, u64)>,
}

/// A delivery that is remembered, so that a repetition is stored once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Delivery {
    pub(crate) by: NamedBy,
    /// Of the name, or of the records.
    pub(crate) digest: [u8; 16],
}

/// What came under a name, so that a repetition is told from something else under the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content(pub(crate) [u8; 8]);

/// What a delivery is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum NamedBy {
    /// The name that the client gave it.
    Client,
    /// Its records.
    Records,
}

/// One accepted request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) arrived: Timestamp,
    pub(crate) rows: u32,
    pub(crate) delivery: Option<Delivery>,
    pub(crate) content: Option<Content>,
    pub(crate) sender: Option<Sender>,
    pub(crate) body: Bytes,
}

/// Batches that became durable together, in order of arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) first_sequence: u64,
    pub(crate) batches: Vec<Batch>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Frame {
    Start(Start),
    Group(Group),
}

#[derive(Debug, thiserror::Error)]
#[error("a journal frame opened, but does not read as one: {0}")]
pub struct FrameError(&'static str);

/// Compresses groups; keeps its context, which is large, between them.
pub(crate) struct GroupEncoder {
    context: zstd::bulk::Compressor<'static>,
    raw: Vec<u8>,
    frame: Vec<u8>,
}

// === impl Batch ===

impl Batch {
    /// About what it adds to a frame before that is compressed.
    pub(crate) fn frame_bytes(&self) -> usize {
        BATCH_BYTES + self.sender.as_ref().map_or(0, |sender| sender.as_str().len()) + self.body.len()
    }
}

// === impl Delivery ===

impl Delivery {
    /// One that the client gave a name.
    #[must_use]
    pub fn of_client(name: &str) -> Self {
        Self { by: NamedBy::Client, digest: digest(name.as_bytes()) }
    }

    /// One that the server makes itself: no client's name is that, since theirs are text.
    #[must_use]
    pub fn of_server(name: &str) -> Self {
        Self { by: NamedBy::Client, digest: digest(&[b"\xff", name.as_bytes()].concat()) }
    }

    /// One without a name, of which nobody sends the same twice unless it is a repetition; `beside` is what was said of it
    /// elsewhere than in its body.
    #[must_use]
    pub fn of_records(body: &[u8], beside: &str) -> Self {
        let seed = XxHash3_64::oneshot(beside.as_bytes());
        Self { by: NamedBy::Records, digest: XxHash3_128::oneshot_with_seed(seed, body).to_le_bytes() }
    }

    /// As it is remembered: whoever holds the catalog must not try out what was sent.
    pub(crate) fn marked(self, keys: &KeyRing, scope: Scope) -> Self {
        Self { digest: keys.mark(scope, &self.digest), ..self }
    }
}

// === impl Content ===

impl Content {
    #[must_use]
    pub fn of(body: &[u8]) -> Self {
        Self(XxHash3_64::oneshot(body).to_le_bytes())
    }

    /// As it is remembered, apart from what deliveries are.
    pub(crate) fn marked(self, keys: &KeyRing, scope: Scope) -> Self {
        let mut digest = *b"........ content";
        digest[..8].copy_from_slice(&self.0);
        let mark = keys.mark(scope, &digest);
        Self(std::array::from_fn(|at| mark[at]))
    }
}

fn digest(bytes: &[u8]) -> [u8; 16] {
    XxHash3_128::oneshot(bytes).to_le_bytes()
}

// === impl NamedBy ===

impl NamedBy {
    pub(crate) const ALL: [Self; 2] = [Self::Client, Self::Records];

    /// What arrived before it is forgotten.
    pub(crate) fn horizon(self, now: Timestamp) -> Timestamp {
        now.plus_seconds(-match self {
            Self::Client => limits::IDEMPOTENCY_SECONDS,
            Self::Records => limits::REPETITION_SECONDS,
        })
    }
}

// === impl Start ===

impl Start {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = vec![START];
        out.extend(self.first_sequence.to_le_bytes());
        if let Some((segment, end)) = &self.fence {
            out.extend(segment.to_string().as_bytes());
            out.extend(end.to_le_bytes());
        }
        out
    }
}

// === impl GroupEncoder ===

impl GroupEncoder {
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self { context: zstd::bulk::Compressor::new(ZSTD_LEVEL)?, raw: Vec::new(), frame: Vec::new() })
    }

    pub(crate) fn encode(&mut self, first_sequence: u64, batches: &[&Batch]) -> std::io::Result<&[u8]> {
        self.frame.clear();
        self.frame.push(GROUP);
        self.frame.extend(first_sequence.to_le_bytes());
        self.frame.extend((batches.len() as u32).to_le_bytes());
        let (senders, places) = senders_of(batches);
        self.frame.extend((senders.len() as u32).to_le_bytes());
        for words in senders.iter().map(|sender| sender.as_str()) {
            self.frame.extend((words.len() as u16).to_le_bytes());
            self.frame.extend(words.as_bytes());
        }
        self.raw.clear();
        for (batch, place) in batches.iter().zip(places) {
            self.frame.extend(batch.arrived.nanos().to_le_bytes());
            self.frame.extend(batch.rows.to_le_bytes());
            self.frame.extend((batch.body.len() as u32).to_le_bytes());
            self.frame.push(match batch.delivery.map(|delivery| delivery.by) {
                None => 0,
                Some(NamedBy::Client) if batch.content.is_some() => 3,
                Some(NamedBy::Client) => 1,
                Some(NamedBy::Records) => 2,
            });
            self.frame.extend(batch.delivery.map(|delivery| delivery.digest).unwrap_or_default());
            self.frame.extend(batch.content.map(|content| content.0).unwrap_or_default());
            self.frame.extend(place.to_le_bytes());
            if batches.len() > 1 {
                self.raw.extend_from_slice(&batch.body);
            }
        }
        let raw: &[u8] = if let [only] = batches { &only.body } else { &self.raw };
        let start = self.frame.len();
        self.frame.resize(start + zstd::zstd_safe::compress_bound(raw.len()), 0);
        let written = self.context.compress_to_buffer(raw, &mut self.frame[start..])?;
        self.frame.truncate(start + written);
        Ok(&self.frame)
    }
}

/// Each of them once, and for each batch its place among them from 1; 0 for none.
fn senders_of<'a>(batches: &[&'a Batch]) -> (Vec<&'a Sender>, Vec<u32>) {
    let (mut senders, mut places) = (Vec::new(), HashMap::new());
    let mut place = |sender: Option<&'a Sender>| {
        let Some(sender) = sender else { return 0 };
        *places.entry(sender).or_insert_with(|| {
            senders.push(sender);
            senders.len() as u32
        })
    };
    let places = batches.iter().map(|batch| place(batch.sender.as_ref())).collect();
    (senders, places)
}

impl std::fmt::Debug for GroupEncoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GroupEncoder").finish_non_exhaustive()
    }
}

// === impl Frame ===

impl Frame {
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, FrameError> {
        let mut input = Input(bytes);
        match input.take::<1>()? {
            [START] => {
                let first_sequence = u64::from_le_bytes(input.take()?);
                let fence = if input.0.is_empty() { None } else { Some(input.fence()?) };
                Ok(Self::Start(Start { first_sequence, fence }))
            }
            [kind @ (GROUP | GROUP_OF_NAMES | GROUP_OF_NOBODY)] => {
                let head = input.head()?;
                let senders = if kind == GROUP_OF_NOBODY { None } else { Some(input.senders()?) };
                let contents = if kind == GROUP { Contents::Written } else { Contents::None };
                input.group(head, (senders.as_deref(), contents)).map(Self::Group)
            }
            _ => Err(FrameError("unknown kind")),
        }
    }
}

struct Input<'a>(&'a [u8]);

/// Whether batches have what came under their names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Contents {
    None,
    Written,
}

// === impl Input ===

impl Input<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], FrameError> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(FrameError("it ends early"))?;
        self.0 = rest;
        Ok(*taken)
    }

    fn fence(&mut self) -> Result<(ObjectId, u64), FrameError> {
        let text = self.take::<16>()?;
        let segment = std::str::from_utf8(&text).ok().and_then(|text| ObjectId::parse(text).ok());
        Ok((segment.ok_or(FrameError("a segment's id"))?, u64::from_le_bytes(self.take()?)))
    }

    /// The first sequence, and how many batches there are.
    fn head(&mut self) -> Result<(u64, usize), FrameError> {
        Ok((u64::from_le_bytes(self.take()?), u32::from_le_bytes(self.take()?) as usize))
    }

    fn senders(&mut self) -> Result<Vec<Sender>, FrameError> {
        let count = u32::from_le_bytes(self.take()?) as usize;
        let mut senders = Vec::new();
        for _ in 0..count {
            let length = u16::from_le_bytes(self.take()?) as usize;
            let (words, rest) = self.0.split_at_checked(length).ok_or(FrameError("it ends early"))?;
            self.0 = rest;
            let sender = std::str::from_utf8(words).ok().and_then(Sender::new);
            senders.push(sender.ok_or(FrameError("a sender"))?);
        }
        Ok(senders)
    }

    fn group(
        &mut self,
        (first_sequence, count): (u64, usize),
        (senders, contents): (Option<&[Sender]>, Contents),
    ) -> Result<Group, FrameError> {
        if count.saturating_mul(BATCH_BYTES) > self.0.len() {
            return Err(FrameError("more batches than bytes"));
        }
        let mut heads = Vec::with_capacity(count);
        let mut total = 0usize;
        for _ in 0..count {
            let arrived = Timestamp::from_nanos(i64::from_le_bytes(self.take()?));
            let rows = u32::from_le_bytes(self.take()?);
            let length = u32::from_le_bytes(self.take()?) as usize;
            let known_by = self.take()?;
            let by = match known_by {
                [1 | 3] => Some(NamedBy::Client),
                [2] => Some(NamedBy::Records),
                _ => None,
            };
            let digest = self.take()?;
            let content = if contents == Contents::Written { Some(Content(self.take()?)) } else { None };
            let content = content.filter(|_| known_by == [3]);
            let sender = match senders {
                Some(senders) => (u32::from_le_bytes(self.take()?) as usize).checked_sub(1).and_then(|place| senders.get(place)),
                None => None,
            };
            total = total.saturating_add(length);
            heads.push((arrived, rows, length, (by.map(|by| Delivery { by, digest }), content), sender.cloned()));
        }
        if total > limits::JOURNAL_FRAME_BYTES_MAX {
            return Err(FrameError("longer than a frame may be"));
        }
        let raw = zstd::bulk::decompress(self.0, total).map_err(|_| FrameError("its bodies do not decompress"))?;
        if raw.len() != total {
            return Err(FrameError("its bodies have another length"));
        }
        let mut raw = Bytes::from(raw);
        let batches = heads
            .into_iter()
            .map(|(arrived, rows, length, (delivery, content), sender)| Batch {
                arrived,
                rows,
                delivery,
                content,
                sender,
                body: raw.split_to(length),
            })
            .collect();
        Ok(Group { first_sequence, batches })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(body: &'static str, delivery: Option<Delivery>) -> Batch {
        let sender = delivery.and_then(|delivery| Sender::new(&format!("{:?}", delivery.by)));
        let body = Bytes::from_static(body.as_bytes());
        Batch { arrived: Timestamp::from_nanos(7), rows: 1, delivery, content: None, sender, body }
    }

    #[test]
    fn a_group_gives_its_batches_back() {
        let delivery = |by| Some(Delivery { by, digest: [3; 16] });
        let named = Batch { content: Some(Content([5; 8])), ..batch("{}", delivery(NamedBy::Client)) };
        let batches =
            vec![batch("{\"a\":1}", None), batch("", delivery(NamedBy::Client)), batch("{}", delivery(NamedBy::Records)), named];
        let mut encoder = GroupEncoder::new().unwrap();
        let borrowed: Vec<&Batch> = batches.iter().collect();
        let bytes = encoder.encode(41, &borrowed).unwrap().to_vec();
        assert_eq!(Frame::decode(&bytes).unwrap(), Frame::Group(Group { first_sequence: 41, batches: batches.clone() }));
        let one = encoder.encode(9, &borrowed[..1]).unwrap();
        assert_eq!(Frame::decode(one).unwrap(), Frame::Group(Group { first_sequence: 9, batches: batches[..1].to_vec() }));
        for end in 0..bytes.len() {
            assert!(Frame::decode(&bytes[..end]).is_err());
        }
    }

    #[test]
    fn a_start_gives_its_fence_back() {
        let segment = ObjectId::parse("0123456789abcdef").unwrap();
        for fence in [None, Some((segment, 77))] {
            let start = Start { first_sequence: 5, fence };
            assert_eq!(Frame::decode(&start.encode()).unwrap(), Frame::Start(start));
        }
    }

    #[test]
    fn a_hostile_count_allocates_nothing() {
        for kind in [GROUP_OF_NOBODY, GROUP_OF_NAMES, GROUP] {
            let mut bytes = vec![kind];
            bytes.extend(1u64.to_le_bytes());
            bytes.extend(u32::MAX.to_le_bytes());
            assert!(Frame::decode(&bytes).is_err());
            bytes.extend(u32::MAX.to_le_bytes());
            assert!(Frame::decode(&bytes).is_err());
        }
    }

    #[test]
    fn a_group_that_was_written_without_senders_is_read() {
        let mut bytes = vec![GROUP_OF_NOBODY];
        bytes.extend(41u64.to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(7i64.to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(2u32.to_le_bytes());
        bytes.extend([0; 17]);
        bytes.extend(zstd::bulk::compress(b"{}", 1).unwrap());
        let group = Group { first_sequence: 41, batches: vec![batch("{}", None)] };
        assert_eq!(Frame::decode(&bytes).unwrap(), Frame::Group(group));
    }

    #[test]
    fn a_group_that_was_written_without_contents_is_read() {
        let mut bytes = vec![GROUP_OF_NAMES];
        bytes.extend(41u64.to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(6u16.to_le_bytes());
        bytes.extend(b"Client");
        bytes.extend(7i64.to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(2u32.to_le_bytes());
        bytes.push(1);
        bytes.extend([3; 16]);
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(zstd::bulk::compress(b"{}", 1).unwrap());
        let delivery = Delivery { by: NamedBy::Client, digest: [3; 16] };
        let group = Group { first_sequence: 41, batches: vec![batch("{}", Some(delivery))] };
        assert_eq!(Frame::decode(&bytes).unwrap(), Frame::Group(group));
    }
}
