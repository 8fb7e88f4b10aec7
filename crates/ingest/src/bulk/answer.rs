//! The answer to a bulk request, as Elasticsearch writes it.

use store::Durable;

use crate::bulk::Item;
use crate::json;

/// The index that is named where the client named none.
pub(super) const NO_INDEX: &str = "logs";
const ITEM_BYTES: usize = 256;

/// The body of a 200. `durable`: what of it was stored; `index`: the one in the request's path.
#[must_use]
pub fn answer(items: &[Item], took_millis: i64, durable: &Durable, index: Option<&str>) -> Vec<u8> {
    let mut out = Vec::with_capacity(ITEM_BYTES * (items.len() + 1));
    let errors = items.iter().any(|item| item.refused.is_some());
    let stored = items.iter().filter(|item| item.refused.is_none()).count() as u64;
    // Which of them a filter dropped is not known, so no sequence is known then: none is better than another record's.
    let known = durable.last_sequence.filter(|_| durable.records as u64 == stored);
    let mut sequence = known.map(|last| (last + 1).saturating_sub(stored));
    json::plain(&mut out, format_args!("{{\"took\":{took_millis},\"errors\":{errors},\"items\":["));
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        json::plain(&mut out, format_args!("{{\"{}\":{{\"_index\":", item.action.as_str()));
        json::string(&mut out, item.index.as_deref().or(index).unwrap_or(NO_INDEX));
        match item.refused {
            Some(_) if item.id.is_none() => out.extend_from_slice(b",\"_id\":null"),
            _ => write_id(item.id.as_deref(), sequence, &mut out),
        }
        item.write_outcome(sequence, &mut out);
        sequence = sequence.map(|sequence| sequence + u64::from(item.refused.is_none()));
        out.extend_from_slice(b"}}");
    }
    out.extend_from_slice(b"]}");
    out
}

/// The client's id, or else the record's sequence, where one is known.
pub(super) fn write_id(id: Option<&str>, sequence: Option<u64>, out: &mut Vec<u8>) {
    match (id, sequence) {
        (Some(id), _) => {
            json::key(out, b"_id");
            json::string(out, id);
        }
        (None, Some(sequence)) => json::plain(out, format_args!(",\"_id\":\"{sequence}\"")),
        (None, None) => {}
    }
}

/// Members of what says that a document was stored.
pub(super) fn write_created(sequence: Option<u64>, out: &mut Vec<u8>) {
    json::plain(out, format_args!(",\"_version\":1,\"result\":\"created\""));
    json::plain(out, format_args!(",\"_shards\":{{\"total\":1,\"successful\":1,\"failed\":0}}"));
    if let Some(sequence) = sequence {
        json::plain(out, format_args!(",\"_seq_no\":{sequence},\"_primary_term\":1"));
    }
}

// === impl Item ===

impl Item {
    fn write_outcome(&self, sequence: Option<u64>, out: &mut Vec<u8>) {
        let Some(refused) = self.refused else {
            write_created(sequence, out);
            out.extend_from_slice(b",\"status\":201");
            return;
        };
        let (status, kind) = match refused.code {
            "record_too_large" => (413, "document_parsing_exception"),
            "action_unsupported" | "id_too_long" => (400, "illegal_argument_exception"),
            "index_name_too_long" => (400, "invalid_index_name_exception"),
            _ => (400, "document_parsing_exception"),
        };
        let (code, reason) = (refused.code, refused.reason);
        json::plain(
            out,
            format_args!(",\"status\":{status},\"error\":{{\"type\":\"{kind}\",\"code\":\"{code}\",\"reason\":\"{reason}\"}}"),
        );
    }
}
