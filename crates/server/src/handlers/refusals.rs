//! `GET /v1/sources/{id}/refusals`: what was refused at the source's door since somebody has been looking, and connections
//! that ended before it.
//!
//! A connection without TLS is of no source and of no tenant, and its address may be of another tenant's sender. Always
//! holds: one is shown only where its address is that of whoever looks, or stands in this very list of refusals already, or
//! where the installation has one tenant alone.

use std::collections::HashSet;
use std::net::IpAddr;

use guard::Reason;
use identity::{Identity, ViewKeys};
use schemars::JsonSchema;
use serde::Serialize;

use super::shown::Time;
use super::who::Who;
use crate::api::{Answer, ok};
use crate::problem::Problem;
use crate::refusals::{Refusal, Watch};
use crate::turned_away::{Attempt, Port};

/// What was refused, the newest first.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Refusals {
    /// Since when somebody has been looking.
    since: Time,
    refusals: Vec<ShownRefusal>,
    /// Older ones that there was no room for.
    left_out: u64,
    /// Connections of the last ten minutes that ended before TLS was there, and so before anything could be refused: from
    /// the address of whoever looks, or one of these refusals; where there is one organization alone, from all.
    connections: Vec<ShownConnection>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Refusal")]
struct ShownRefusal {
    at: Time,
    status: u16,
    code: &'static str,
    detail: String,
    /// What may be shown of the key.
    key: Option<String>,
    /// How often; more than once only where an address is told to wait.
    times: u64,
    address: Option<String>,
}

/// A connection that was turned away; those of one address, port and kind are one.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TurnedAwayConnection")]
struct ShownConnection {
    /// When the newest came.
    at: Time,
    kind: ConnectionKind,
    port: ShownPort,
    address: String,
    detail: String,
    times: u64,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ConnectionKind {
    /// A request without TLS.
    PlainHttp,
    /// Something else than TLS.
    NotTls,
    /// No common version, group or cipher suite.
    TlsIncompatible,
    /// The client does not trust the server's certificate.
    CertificateNotTrusted,
    /// The handshake failed for another reason.
    HandshakeFailed,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ConnectionPort")]
enum ShownPort {
    Https,
    Syslog,
    Forward,
}

pub(crate) async fn refusals(who: Who) -> Result<Answer<Refusals>, Problem> {
    who.run(|who, identity| {
        let permit = who.source_permit::<ViewKeys>()?;
        let (source, now) = (permit.scope().source, permit.deed().at);
        let watch = who.app.refusals.look(source, now);
        let attempts = visible(who.app.refusals.attempts.all(now), permit.deed().address, &watch, identity)?;
        Ok(ok(Refusals {
            since: watch.since.into(),
            refusals: watch.kept.iter().map(shown).collect(),
            left_out: watch.left_out,
            connections: attempts.iter().map(shown_connection).collect(),
        }))
    })
    .await
}

/// Those that may be shown to whoever looks from `own` at this source.
fn visible(attempts: Vec<Attempt>, own: Option<IpAddr>, watch: &Watch, identity: &Identity) -> Result<Vec<Attempt>, Problem> {
    let known: HashSet<IpAddr> = watch.kept.iter().filter_map(|refusal| refusal.address).chain(own).collect();
    if attempts.iter().all(|one| known.contains(&one.address)) || identity.has_one_tenant()? {
        return Ok(attempts);
    }
    Ok(attempts.into_iter().filter(|one| known.contains(&one.address)).collect())
}

fn shown(one: &Refusal) -> ShownRefusal {
    ShownRefusal {
        at: one.at.into(),
        status: one.status,
        code: one.code,
        detail: one.detail.clone(),
        key: one.key.clone(),
        times: one.times,
        address: one.address.map(|address| address.to_string()),
    }
}

fn shown_connection(one: &Attempt) -> ShownConnection {
    let (kind, detail) = match one.reason {
        Reason::PlainHttp => (ConnectionKind::PlainHttp, "a request without TLS came to a port that speaks TLS only".to_owned()),
        Reason::NotTls => (ConnectionKind::NotTls, "what came was not TLS, and the port speaks nothing else".to_owned()),
        Reason::Incompatible => (
            ConnectionKind::TlsIncompatible,
            "the client offered no version, group or cipher suite of TLS that is spoken here".to_owned(),
        ),
        Reason::Distrusted(alert) => {
            (ConnectionKind::CertificateNotTrusted, format!("the client does not trust the server's certificate ({alert})"))
        }
        Reason::GaveUp(alert) => (ConnectionKind::HandshakeFailed, format!("the client gave up during the handshake ({alert})")),
        Reason::Broken => (ConnectionKind::HandshakeFailed, "the connection ended during the handshake".to_owned()),
    };
    let port = match one.port {
        Port::Https => ShownPort::Https,
        Port::Syslog => ShownPort::Syslog,
        Port::Forward => ShownPort::Forward,
    };
    ShownConnection { at: one.at.into(), kind, port, address: one.address.to_string(), detail, times: one.times }
}
