//! Routes that hold data or change something, asked for without a key.

use model::limits;

use super::Saw;
use crate::site::{Ask, Site};

/// A sample of each kind. The ids are those of nothing.
const ROUTES: [(&str, &str); 14] = [
    ("GET", "/v1/me"),
    ("GET", "/v1/tenants"),
    ("GET", "/v1/access"),
    ("GET", "/v1/audit"),
    ("GET", "/v1/tenants/0000000000000000/people"),
    ("GET", "/v1/tenants/0000000000000000/audit"),
    ("GET", "/v1/sources/0000000000000000/search"),
    ("GET", "/v1/sources/0000000000000000/fields"),
    ("GET", "/v1/sources/0000000000000000/tail"),
    ("POST", "/v1/sources/0000000000000000/sql"),
    ("GET", "/v1/sources/0000000000000000/keys"),
    ("POST", "/sources/0000000000000000/frames"),
    ("POST", "/frames"),
    ("POST", "/v1/logs"),
];

pub(crate) fn probe(site: &mut Site<'_>) -> Vec<Saw> {
    let mut saw = Vec::new();
    let mut refused = 0;
    for (method, path) in ROUTES {
        let ask =
            Ask { method, path, body: if method == "POST" { "{}" } else { "" }, bytes_max: limits::OVERVIEW_ANSWER_BYTES_MAX };
        match site.ask(&ask).map(|answer| answer.status) {
            Ok(401 | 403) => refused += 1,
            Ok(status) if status < 400 => saw.push(Saw::Otherwise(format!("{method} {path} without a key: status {status}"))),
            // Nothing was given, and nothing was said about keys either.
            Ok(status) => saw.push(Saw::Nothing(format!("{method} {path} without a key: status {status}"))),
            Err(error) => saw.push(Saw::Nothing(format!("{method} {path} without a key: {error}"))),
        }
    }
    saw.insert(0, Saw::AsSaid(format!("{refused} of {} routes refused without a key", ROUTES.len())));
    saw
}
