//! What is done to a body between its decoder and `store`, whatever the protocol: messages in known formats give
//! attributes, then what must not be kept is masked, in what was sent and in what was read out of it.

use bytes::Bytes;
use identity::{Masked, Treatment};
use model::{Timestamp, limits};

use crate::{DecodeError, NormalBody, mask, recognise};

/// A body to be stored.
#[derive(Debug)]
pub struct Enriched {
    pub body: NormalBody,
    /// The body as it was decoded, where it became another: it tells where in it something is wrong.
    pub before: Option<Bytes>,
    pub masked: Masked,
}

/// `arrived`: tells the year of a time that names none.
pub fn enrich(body: NormalBody, treatment: &Treatment, arrived: Timestamp) -> Result<Enriched, DecodeError> {
    let recognised = if treatment.recognition.formats { recognise::attributes(&body.bytes, arrived) } else { None };
    let recognised = recognised.map(Bytes::from);
    let masked = mask::mask(recognised.as_ref().unwrap_or(&body.bytes), treatment.redaction);
    let (bytes, masked) = match masked {
        Some((bytes, masked)) => (Some(Bytes::from(bytes)), masked),
        None => (recognised, Masked::default()),
    };
    let Some(bytes) = bytes else { return Ok(Enriched { body, before: None, masked }) };
    if bytes.len() > limits::BODY_BYTES_MAX {
        return Err(DecodeError::body_too_large(limits::BODY_BYTES_MAX));
    }
    let NormalBody { bytes: before, records, refused } = body;
    Ok(Enriched { body: NormalBody { bytes, records, refused }, before: Some(before), masked })
}
