//! What is done to a body between its decoder and `store`, whatever the protocol: the lines of a stack trace become one
//! record, what the source's filters name is dropped, messages in known formats give attributes, what must not be kept is
//! masked, in what was sent and in what was read out of it, then the source's rules are done, and what they touched is masked
//! once more: no rule sees what is masked, so none can take it apart, and none can put it together.
//!
//! Their volume is counted as they came, without what is dropped.
//!
//! Always holds: [`commit`](crate::commit()) takes nothing but [`Enriched`], and only [`enrich`] makes one, as the source of
//! the permit has it set. Nobody else can:
//! ```compile_fail,E0451
//! fn untreated(permit: identity::Permit<identity::Write>, treated: ingest::Treated) -> ingest::Enriched {
//!     ingest::Enriched { permit, treated, arrived: model::Timestamp::from_nanos(0), known_by: None, keeps_address: true }
//! }
//! ```

use bytes::Bytes;
use identity::{CatalogError, Counts, Identity, Masked, Permit, QuotaExceeded, Treatment, Write};
use model::{Timestamp, limits};
use store::Delivery;

use crate::pipeline::{self, Around, Piped};
use crate::records::Records;
use crate::{DecodeError, NormalBody, filter, join, mask, recognise, volume};

/// Records as a source's settings have them.
#[derive(Debug)]
pub struct Treated {
    pub(crate) bytes: Bytes,
    /// The body as it was decoded, where it became another: it tells where in it something is wrong.
    before: Option<Bytes>,
    pub(crate) counts: Counts,
    /// Bytes of the records' msgpack form, as they were decoded.
    pub(crate) volume: u64,
}

/// Records that may be stored, in the source of the permit.
#[derive(Debug)]
pub struct Enriched {
    pub(crate) permit: Permit<Write>,
    pub(crate) treated: Treated,
    pub(crate) arrived: Timestamp,
    pub(crate) known_by: Option<Delivery>,
    pub(crate) keeps_address: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum EnrichError {
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error(transparent)]
    Quota(#[from] QuotaExceeded),
    /// Nothing is stored while it is not known what is to be masked, or whether there is room for it.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

/// Treats a body as the permit's source has it set, unless a quota refuses it. Blocks on the disk. `arrived`: tells the year of
/// a time that names none.
pub fn enrich(
    identity: &Identity,
    permit: Permit<Write>,
    body: &NormalBody,
    arrived: Timestamp,
) -> Result<Enriched, EnrichError> {
    if let Some(exceeded) = identity.exceeded(permit.scope(), arrived)? {
        return Err(exceeded.into());
    }
    let treatment = identity.treatment(permit.scope())?;
    let treated = treat(body, &treatment, arrived)?;
    let keeps_address = !treatment.redaction.ip_addresses;
    Ok(Enriched { permit, treated, arrived, known_by: body.known_by, keeps_address })
}

/// The same under settings that are at hand; what it gives cannot be stored.
pub fn treat(body: &NormalBody, treatment: &Treatment, arrived: Timestamp) -> Result<Treated, DecodeError> {
    let mut changed = None;
    if treatment.recognition.stack_traces && !body.numbered {
        changed = join::stack_traces(&body.bytes, arrived);
    }
    let now = |changed: &Option<Bytes>| changed.as_ref().unwrap_or(&body.bytes).clone();
    let mut counts = Counts::default();
    if let Some((kept, dropped)) = filter::filter(&now(&changed), &treatment.filters) {
        (changed, counts.dropped) = (Some(Bytes::from(kept)), dropped);
    }
    let came = now(&changed);
    if treatment.recognition.formats {
        changed = recognise::attributes(&now(&changed), arrived, treatment.redaction).map(Bytes::from).or(changed);
    }
    if let Some((bytes, masked)) = mask::mask(&now(&changed), treatment.redaction) {
        (changed, counts.masked) = (Some(Bytes::from(bytes)), masked);
    }
    let Piped { bytes, dropped, counts: rules } = piped(&now(&changed), treatment, arrived)?;
    counts.rules = rules;
    let volume = match (counts.dropped, dropped.is_empty()) {
        (0, true) => volume::of(&body.bytes),
        _ => volume::of(&came).saturating_sub(volume_of(&came, &dropped)),
    };
    if let Some(bytes) = bytes {
        let again = mask::mask(&bytes, treatment.redaction);
        let (bytes, masked) = again.unwrap_or((bytes, Masked::default()));
        counts.masked.add_all(&masked);
        changed = Some(Bytes::from(bytes));
    }
    let Some(bytes) = changed else { return Ok(Treated { bytes: body.bytes.clone(), before: None, counts, volume }) };
    if bytes.len() > limits::BODY_BYTES_MAX {
        return Err(DecodeError::body_too_large_treated(limits::BODY_BYTES_MAX));
    }
    Ok(Treated { bytes, before: Some(body.bytes.clone()), counts, volume })
}

fn piped(body: &Bytes, treatment: &Treatment, arrived: Timestamp) -> Result<Piped, DecodeError> {
    if treatment.pipeline.is_empty() {
        return Ok(Piped::default());
    }
    let around = Around { arrived, redaction: treatment.redaction, room: 0 };
    match pipeline::apply(body, &treatment.pipeline, around)? {
        Some(piped) => Ok(piped),
        // Only what cannot be stored goes on without its rules.
        None if store::refusal(body).is_some() => Ok(Piped::default()),
        None => Err(DecodeError::bad("invalid_json", "the rules of the source's pipeline cannot read the records")),
    }
}

/// The volume of these records of a body, by their places in ascending order.
fn volume_of(body: &[u8], places: &[usize]) -> u64 {
    let (mut records, mut members, mut volume, mut places) = (Records::new(body), Vec::new(), 0, places.iter().peekable());
    let mut place = 0;
    while let (Some(next), Ok(Some(record))) = (places.peek(), records.next(&mut members)) {
        if **next == place {
            volume += volume::of(&body[record]);
            places.next();
        }
        place += 1;
    }
    volume
}

// === impl Treated ===

impl Treated {
    /// JSON objects in a row, or one array of them.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }
}

// === impl Enriched ===

impl Enriched {
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.treated.counts
    }

    /// How many records there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        let (mut records, mut members, mut count) = (Records::new(&self.treated.bytes), Vec::new(), 0);
        while let Ok(Some(_)) = records.next(&mut members) {
            count += 1;
        }
        count
    }

    /// Bytes of all that is held of them.
    #[must_use]
    pub fn bytes_held(&self) -> usize {
        self.treated.bytes.len() + self.treated.before.as_ref().map_or(0, Bytes::len)
    }

    /// The body as it was decoded, where it became another.
    #[must_use]
    pub fn before(&self) -> Option<&Bytes> {
        self.treated.before.as_ref()
    }
}
