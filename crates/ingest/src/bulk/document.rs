//! One document by itself, as appenders and client libraries send it that gather nothing.

use bytes::Bytes;
use store::Durable;

use super::{Action, Item, time_of, why_refused};
use crate::times::Times;
use crate::{DecodeError, NormalBody, json};

/// The document that is the whole of a decompressed body. `index` and `id`: those of the address.
pub fn decode_document(body: &Bytes, index: Option<&str>, id: Option<&str>) -> Result<(NormalBody, Item), DecodeError> {
    let mut item = Item { action: Action::Index, index: index.map(Into::into), id: id.map(Into::into), refused: None };
    let document = body.trim_ascii();
    match item.why_refused().or_else(|| why_refused(document)) {
        Some(("record_too_large", _)) => return Err(DecodeError::record_too_large(0)),
        Some((code, reason)) => return Err(DecodeError::bad(code, reason)),
        None => {}
    }
    let mut times = Times::default();
    time_of(document).into_iter().for_each(|time| times.add(time));
    let known_by = times.delivery(body, &format!("{}/{}", index.unwrap_or_default(), id.unwrap_or_default()));
    let bytes = body.slice_ref(document);
    Ok((NormalBody { bytes, records: Some(1), known_by, ..NormalBody::default() }, item))
}

/// The body of its 201.
#[must_use]
pub fn answer_document(item: &Item, durable: &Durable) -> Vec<u8> {
    let mut out = Vec::new();
    let sequence = durable.last_sequence;
    out.extend_from_slice(b"{\"_index\":");
    json::string(&mut out, item.index.as_deref().unwrap_or(super::answer::NO_INDEX));
    super::answer::write_id(item.id.as_deref(), sequence, &mut out);
    super::answer::write_created(sequence, &mut out);
    out.push(b'}');
    out
}
