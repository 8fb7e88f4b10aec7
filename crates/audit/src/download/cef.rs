//! A line of ArcSight's Common Event Format, version 0:
//!
//! | `CEF:0` | vendor | product | version | event | its name | severity 0 to 10 | `key=value` with spaces between |
//!
//! with `|` between the fields. A field escapes `|` and `\`, a value `=`, `\` and the ends of lines.

use serde_json::Value;

use super::Facts;

const DONE: u8 = 3;
const REFUSED: u8 = 6;

pub(super) fn line(facts: &Facts<'_>) -> String {
    let severity = if facts.code.is_some() { REFUSED } else { DONE };
    let head: Vec<String> = [
        "Blockhouse",
        "Blockhouse",
        env!("CARGO_PKG_VERSION"),
        &facts.event,
        &facts.event.replace('_', " "),
        &severity.to_string(),
    ]
    .iter()
    .map(|field| escaped_field(field))
    .collect();
    let pairs: Vec<String> = extension(facts).iter().map(|(key, value)| format!("{key}={}", escaped_value(value))).collect();
    format!("CEF:0|{}|{}\n", head.join("|"), pairs.join(" "))
}

/// Keys are those of the format's dictionary; what has none is a custom string with its label.
fn extension(facts: &Facts<'_>) -> Vec<(&'static str, String)> {
    let entry = facts.entry;
    let mut pairs = vec![("externalId", facts.uid()), ("outcome", facts.result().to_owned())];
    let mut add = |key: &'static str, value: Option<&str>| {
        pairs.extend(value.map(|value| (key, value.to_owned())));
    };
    let millis = entry.at().map(|at| at.nanos().div_euclid(1_000_000).to_string());
    add("rt", millis.as_deref());
    add("reason", facts.code);
    add("suser", Some(&facts.actor.kind));
    add("suid", facts.actor.id.as_deref());
    // An address may be of either version, and each has its key.
    let address = facts.address;
    add("src", address.filter(|address| !address.contains(':')));
    add("c6a2Label", address.filter(|address| address.contains(':')).map(|_| "Source IPv6 Address"));
    add("c6a2", address.filter(|address| address.contains(':')));
    let details = (!facts.details.is_empty()).then(|| Value::from(facts.details.clone()).to_string());
    let behalf = facts.on_behalf_of.as_ref();
    let behalf = behalf.map(|party| format!("{} {}", party.kind, party.id.as_deref().unwrap_or_default()));
    for (label_key, label, key, value) in [
        ("cs1Label", "tenant", "cs1", entry.tenant.as_deref()),
        ("cs2Label", "source", "cs2", entry.source.as_deref()),
        ("cs3Label", "request", "cs3", entry.request.as_deref()),
        ("cs4Label", "onBehalfOf", "cs4", behalf.as_deref().map(str::trim)),
    ] {
        add(label_key, value.map(|_| label));
        add(key, value);
    }
    add("msg", details.as_deref());
    pairs
}

fn escaped_field(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace(['\r', '\n'], " ")
}

fn escaped_value(text: &str) -> String {
    text.replace('\\', "\\\\").replace('=', "\\=").replace('\r', "\\r").replace('\n', "\\n")
}
