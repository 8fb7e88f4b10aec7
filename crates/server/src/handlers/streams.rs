//! How long audit trails are kept, and where tenants have theirs carried.
//!
//! | route | does |
//! |---|---|
//! | `PUT /v1/tenants/{tenant}/audit/retention` | `{days}`: how long the tenant's trail keeps the bodies of its entries |
//! | `GET`, `PUT /v1/audit/retention` | the same of the installation's, for operators |
//! | `GET`, `POST /v1/tenants/{tenant}/audit/streams` | `{source}` or `{url, authority}`, and `{from}`: `now` or `start` |
//! | `DELETE /v1/tenants/{tenant}/audit/streams/{stream}` | ends one |

use audit::StreamSecret;
use axum::http::Uri;
use identity::{
    AuditStream, ConfigureAccess, ConfigureSource, ExportAudit, Identity, OperateSystem, ReadInstallationAudit, StreamAddress,
    StreamAudit, StreamFrom, StreamTarget,
};
use model::{SourceId, limits};
use oidc::{Addresses, Egress};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shown::Time;
use super::tenants::{ShownSettings, shown_settings};
use super::who::Who;
use crate::api::{Answer, Done, Form, Made, made, nothing, ok};
use crate::app::App;
use crate::problem::Problem;

const HTTPS_PORT: u16 = 443;

/// For how many days the bodies of entries are kept.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AuditRetention")]
pub(crate) struct Retention {
    days: u32,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StreamForm {
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    authority: Option<String>,
    #[serde(default)]
    from: StreamFrom,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Streams {
    streams: Vec<ShownStream>,
}

/// Where a trail is carried: to a source, or to an address.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AuditStream")]
struct ShownStream {
    id: String,
    created_at: Time,
    source: Option<String>,
    /// Without what stands behind its question mark.
    url: Option<String>,
    /// The last entry that arrived there.
    last: Option<u64>,
    arrived_at: Option<Time>,
    failing: Option<ShownFailing>,
}

/// What keeps it from going on.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AuditStreamFailing")]
struct ShownFailing {
    code: String,
    since: Time,
    /// How many times in a row.
    failures: u32,
    retry_at: Time,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NewAuditStream")]
pub(crate) struct NewStream {
    #[serde(flatten)]
    shown: ShownStream,
    /// What entries sent to an address are signed with; shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// What a form asks for.
enum Asked {
    Source(SourceId),
    Address(StreamAddress),
}

// === impl StreamForm ===

impl StreamForm {
    fn asked(self, app: &App) -> Result<Asked, Problem> {
        match (self.source, self.url) {
            (Some(source), None) if self.authority.is_none() => Ok(Asked::Source(super::source_id(&source)?)),
            (None, Some(url)) => {
                refuse_own(app, &url)?;
                // What is wrong with it shows now and not at the first entry.
                way(app, &url, self.authority.as_deref())?;
                let secret = StreamSecret::generate(&*app.entropy);
                Ok(Asked::Address(StreamAddress { url, authority: self.authority, secret }))
            }
            _ => Err(Problem::bad_request("target_invalid", "a stream goes to a `source`, or to a `url` with its `authority`")),
        }
    }
}

pub(crate) async fn set_retention(who: Who, Form(form): Form<Retention>) -> Result<Answer<ShownSettings>, Problem> {
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ConfigureAccess>()?;
        Ok(ok(shown_settings(&identity.set_audit_retention(&permit, form.days)?)))
    })
    .await
}

pub(crate) async fn installation_retention(who: Who) -> Result<Answer<Retention>, Problem> {
    who.run(|who, identity| {
        let permit = who.installation_permit::<ReadInstallationAudit>()?;
        Ok(ok(Retention { days: identity.installation_audit_retention(&permit)? }))
    })
    .await
}

pub(crate) async fn set_installation_retention(who: Who, Form(form): Form<Retention>) -> Result<Answer<Retention>, Problem> {
    who.run(move |who, identity| {
        let permit = who.installation_permit::<OperateSystem>()?;
        identity.set_installation_audit_retention(&permit, form.days)?;
        Ok(ok(form))
    })
    .await
}

pub(crate) async fn streams(who: Who) -> Result<Answer<Streams>, Problem> {
    who.run(|who, identity| {
        let all = identity.audit_streams(&who.tenant_permit::<ExportAudit>()?)?;
        Ok(ok(Streams { streams: all.iter().map(shown).collect() }))
    })
    .await
}

pub(crate) async fn add(who: Who, Form(form): Form<StreamForm>) -> Result<Made<NewStream>, Problem> {
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<StreamAudit>()?;
        let from = form.from;
        let stream = match form.asked(&who.app)? {
            Asked::Source(source) => {
                let source = source_permit(who, identity, source)?;
                identity.stream_audit_to_source(&permit, &source, from)?
            }
            Asked::Address(address) => identity.stream_audit_to_address(&permit, address, from)?,
        };
        let secret = match &stream.target {
            StreamTarget::Address(address) => Some(address.secret.reveal().to_owned()),
            StreamTarget::Source(_) => None,
        };
        Ok(made(NewStream { shown: shown(&stream), secret }))
    })
    .await
}

pub(crate) async fn remove(who: Who) -> Result<Done, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<StreamAudit>()?;
        identity.end_audit_stream(&permit, who.id("stream")?)?;
        Ok(nothing())
    })
    .await
}

/// The way to an address. It is private only where whoever runs the installation allows this host.
pub(crate) fn way(app: &App, url: &str, authority: Option<&str>) -> Result<Egress, oidc::ConfigError> {
    let host = url.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default();
    let addresses =
        if app.private_hosts.iter().any(|private| private.name == host) { Addresses::PrivateToo } else { Addresses::Public };
    Egress::to_url(url, authority, addresses)
}

/// Whoever may see the target's settings and change them lets the trail into it.
fn source_permit(who: &Who, identity: &Identity, source: SourceId) -> Result<identity::Permit<ConfigureSource>, Problem> {
    Ok(identity.authorize_source::<ConfigureSource>(who.credential()?.as_ref(), Some(source), &who.deed())?)
}

/// A stream that comes back here would feed itself with what it is refused.
pub(super) fn refuse_own(app: &App, url: &str) -> Result<(), Problem> {
    let at = |url: &str| -> Option<(String, u16)> {
        let uri: Uri = url.parse().ok()?;
        Some((uri.host()?.to_ascii_lowercase(), uri.port_u16().unwrap_or(HTTPS_PORT)))
    };
    let place = at(url).filter(|_| url.len() <= limits::AUDIT_STREAM_URL_BYTES_MAX);
    let place = place.ok_or_else(|| Problem::bad_request("address_invalid", "expected an https URL"))?;
    if at(&app.origin).as_ref() == Some(&place) {
        return Err(Problem::bad_request("address_invalid", "this is this server: name a source instead"));
    }
    Ok(())
}

fn shown(stream: &AuditStream) -> ShownStream {
    let (source, url) = match &stream.target {
        StreamTarget::Source(source) => (Some(source.to_string()), None),
        // What stands behind the question mark is often a secret.
        StreamTarget::Address(address) => (None, address.url.split('?').next().map(str::to_owned)),
    };
    let failing = stream.failing.as_ref().map(|failing| ShownFailing {
        code: failing.code.clone(),
        since: failing.since().into(),
        failures: failing.failures,
        retry_at: failing.retry_at().into(),
    });
    ShownStream {
        id: stream.id.to_string(),
        created_at: stream.created_at.into(),
        source,
        url,
        last: stream.last,
        arrived_at: stream.arrived_at.map(Time::from),
        failing,
    }
}
