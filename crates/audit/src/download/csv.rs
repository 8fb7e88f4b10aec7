//! A row of RFC 4180: every cell in quotes, lines that end with CR and LF.
//!
//! A spreadsheet takes a cell that begins with one of a few characters for a formula; such a cell gets an apostrophe
//! before it, as OWASP advises against CSV injection.

use serde_json::Value;

use super::Facts;

const NAMES: [&str; 17] = [
    "log",
    "sequence",
    "time",
    "event",
    "result",
    "code",
    "actor_kind",
    "actor_id",
    "on_behalf_of_kind",
    "on_behalf_of_id",
    "tenant",
    "source",
    "request",
    "address",
    "details",
    "subject",
    "signed_in_by",
];
/// The last four are the wide forms of the first four, which some spreadsheets read as those.
const FORMULA_STARTS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

pub(super) fn header() -> String {
    line(NAMES.map(str::to_owned))
}

pub(super) fn row(facts: &Facts<'_>) -> String {
    let entry = facts.entry;
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let behalf = facts.on_behalf_of.as_ref();
    let details = if facts.details.is_empty() { String::new() } else { Value::from(facts.details.clone()).to_string() };
    line([
        entry.log.clone(),
        entry.sequence.to_string(),
        entry.time.clone(),
        facts.event.clone(),
        facts.result().to_owned(),
        text(facts.code),
        facts.actor.kind.clone(),
        text(facts.actor.id.as_deref()),
        text(behalf.map(|party| party.kind.as_str())),
        text(behalf.and_then(|party| party.id.as_deref())),
        text(entry.tenant.as_deref()),
        text(entry.source.as_deref()),
        text(entry.request.as_deref()),
        text(facts.address),
        details,
        text(entry.personal.as_ref().map(|personal| personal.subject.as_str())),
        entry.signed_in_by.join(" "),
    ])
}

fn line(cells: [String; NAMES.len()]) -> String {
    cells.map(|cell| quoted(&cell)).join(",") + "\r\n"
}

fn quoted(cell: &str) -> String {
    let guard = if cell.starts_with(FORMULA_STARTS) { "'" } else { "" };
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}
