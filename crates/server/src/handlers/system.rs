//! The state of the installation, for whoever runs it.
//!
//! | route | answers |
//! |---|---|
//! | `GET /v1/system` | version, since when, certificate, connections by kind, room on the disk, queries under way, jobs that have not ended |
//!
//! Always holds: counts since the start, and nothing of a tenant.

use guard::{EdgeCounts, TlsFloor};
use identity::{OpenJobs, ViewSystem};
use model::limits;
use schemars::JsonSchema;
use serde::Serialize;

use super::shown::Time;
use super::who::Who;
use crate::api::{Answer, ok};
use crate::app::App;
use crate::problem::Problem;
use crate::turned_away::OfChecks;

/// What runs here.
#[derive(Serialize, JsonSchema)]
pub(crate) struct System {
    version: &'static str,
    started_at: Time,
    now: Time,
    origin: String,
    tls: Tls,
    connections: Connections,
    keys: Keys,
    storage: Storage,
    queries: Queries,
    jobs: Jobs,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SystemTls")]
struct Tls {
    /// The oldest version that is spoken.
    oldest: &'static str,
    certificate: Certificate,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SystemCertificate")]
struct Certificate {
    fingerprint: String,
    ends_at: Time,
    /// Of the local authority; none where the certificate was given.
    authority: Option<String>,
}

/// Counts since the start, but for those that are open.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SystemConnections")]
struct Connections {
    open: u64,
    accepted: u64,
    tls13: u64,
    tls12: u64,
    http1: u64,
    http2: u64,
    refused: Refused,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SystemRefused")]
struct Refused {
    plain_http: u64,
    tls_incompatible: u64,
    handshake_failed: u64,
    handshake_timeout: u64,
    over_cap: u64,
    slow_headers: u64,
    write_stalled: u64,
}

/// Keys that did not count at receivers of logs, since the start.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SystemKeys")]
struct Keys {
    failed: u64,
    /// Those of them whose address was told to wait.
    told_to_wait: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SystemStorage")]
struct Storage {
    /// `bucket` or `folder`.
    objects: &'static str,
    room: Option<Room>,
    takes_logs: bool,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SystemRoom")]
struct Room {
    free_bytes: u64,
    total_bytes: u64,
}

/// Jobs of all tenants that have not ended.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SystemJobs")]
struct Jobs {
    receiving: usize,
    waiting: usize,
    running: usize,
    at_once: usize,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SystemQueries")]
struct Queries {
    under_way: usize,
    at_once: usize,
}

pub(crate) async fn system(who: Who) -> Result<Answer<System>, Problem> {
    who.run(|who, identity| {
        let _permit = who.installation_permit::<ViewSystem>()?;
        let OpenJobs { receiving, waiting, running } = identity.count_open_jobs()?;
        Ok(ok(shown(&who.app, Jobs { receiving, waiting, running, at_once: limits::JOBS_AT_ONCE })))
    })
    .await
}

fn shown(app: &App, jobs: Jobs) -> System {
    let (system, leaf) = (&app.system, app.system.certificates.current());
    let under_way = limits::QUERIES_AT_ONCE.saturating_sub(app.queries.available_permits());
    let certificate = Certificate {
        fingerprint: leaf.fingerprint().to_string(),
        ends_at: leaf.not_after().into(),
        authority: system.authority.as_ref().map(|authority| authority.fingerprint.clone()),
    };
    let oldest = match system.floor {
        TlsFloor::Tls13 => "1.3",
        TlsFloor::Tls12 => "1.2",
    };
    let (failed, told_to_wait) = app.refusals.failed_keys.lock().counts();
    System {
        version: env!("CARGO_PKG_VERSION"),
        started_at: system.started.into(),
        now: app.clock.now().into(),
        origin: app.origin.clone(),
        tls: Tls { oldest, certificate },
        connections: counts(&system.counters.counts(), app.refusals.attempts.of_checks()),
        keys: Keys { failed, told_to_wait },
        storage: Storage {
            objects: if system.in_bucket { "bucket" } else { "folder" },
            room: app.store.room().map(|room| Room { free_bytes: room.free, total_bytes: room.total }),
            takes_logs: app.store.takes_logs(),
        },
        queries: Queries { under_way, at_once: limits::QUERIES_AT_ONCE },
        jobs,
    }
}

/// What others tried: without the server's own checks, which are turned away all day.
fn counts(counts: &EdgeCounts, of_checks: OfChecks) -> Connections {
    Connections {
        open: counts.open,
        accepted: counts.accepted.saturating_sub(of_checks.plain_http + of_checks.incompatible + of_checks.failed),
        tls13: counts.tls13,
        tls12: counts.tls12,
        http1: counts.http1,
        http2: counts.http2,
        refused: Refused {
            plain_http: counts.plain_http.saturating_sub(of_checks.plain_http),
            tls_incompatible: counts.tls_incompatible.saturating_sub(of_checks.incompatible),
            handshake_failed: counts.handshake_failed.saturating_sub(of_checks.failed),
            handshake_timeout: counts.handshake_timeout,
            over_cap: counts.refused_over_cap,
            slow_headers: counts.slow_headers,
            write_stalled: counts.write_stalled,
        },
    }
}
