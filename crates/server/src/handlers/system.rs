//! The state of the installation, for whoever runs it.
//!
//! | route | answers |
//! |---|---|
//! | `GET /v1/system` | version, since when, certificate, connections by kind, room on the disk, queries under way |
//!
//! Always holds: counts since the start, and nothing of a tenant.

use axum::response::Response;
use guard::{EdgeCounts, TlsFloor};
use identity::ViewSystem;
use model::limits;
use serde_json::{Value, json};

use super::who::{Who, ok};
use crate::app::App;
use crate::problem::Problem;

pub(crate) async fn system(who: Who) -> Result<Response, Problem> {
    who.run(|who, _| {
        let _permit = who.installation_permit::<ViewSystem>()?;
        Ok(ok(shown(&who.app)))
    })
    .await
}

fn shown(app: &App) -> Value {
    let (system, leaf) = (&app.system, app.system.certificates.current());
    let under_way = limits::QUERIES_AT_ONCE.saturating_sub(app.queries.available_permits());
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "started_at": system.started.to_string(),
        "now": app.clock.now().to_string(),
        "origin": app.origin,
        "tls": {
            "oldest": match system.floor { TlsFloor::Tls13 => "1.3", TlsFloor::Tls12 => "1.2" },
            "certificate": {
                "fingerprint": leaf.fingerprint(),
                "ends_at": leaf.not_after().to_string(),
                "authority": system.authority,
            },
        },
        "connections": counts(system.counters.counts()),
        "storage": {
            "objects": if system.in_bucket { "bucket" } else { "folder" },
            "room": app.store.room().map(|room| json!({"free_bytes": room.free, "total_bytes": room.total})),
            "takes_logs": app.store.takes_logs(),
        },
        "queries": {"under_way": under_way, "at_once": limits::QUERIES_AT_ONCE},
    })
}

fn counts(counts: EdgeCounts) -> Value {
    json!({
        "open": counts.open,
        "accepted": counts.accepted,
        "tls13": counts.tls13,
        "tls12": counts.tls12,
        "http1": counts.http1,
        "http2": counts.http2,
        "refused": {
            "plain_http": counts.plain_http,
            "tls_incompatible": counts.tls_incompatible,
            "handshake_failed": counts.handshake_failed,
            "handshake_timeout": counts.handshake_timeout,
            "over_cap": counts.refused_over_cap,
            "slow_headers": counts.slow_headers,
            "write_stalled": counts.write_stalled,
        },
    })
}
