//! Streams of a tenant's trail: where the tenant has it carried as it grows, and how far each stream came.
//!
//! | target | what arrives there |
//! |---|---|
//! | a source of the tenant | a record for each entry |
//! | an https address | the entries, signed with a secret of the stream |
//!
//! Always holds: how far a stream came is written down after the entries arrived, so each arrives at least once, in order,
//! and again where the writing down was interrupted; carrying writes nothing into the trail, so no stream feeds itself; a
//! stream to a source carries into a source of its own tenant. Does not carry: a job of the server does.

use audit::{Event, Log, Recorded, StreamSecret};
use model::{AuditStreamId, Scope, SourceId, TenantId, Timestamp, limits};
use rusqlite::{Connection, Row};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::document::Spot;
use crate::notices::Notice;
use crate::permit::{ConfigureSource, ExportAudit, Permit, StreamAudit};

/// Where a tenant's trail is carried.
#[derive(Debug)]
pub struct AuditStream {
    pub id: AuditStreamId,
    pub tenant: TenantId,
    pub created_at: Timestamp,
    pub target: StreamTarget,
    /// The last entry that arrived there, or that the stream began after.
    pub last: Option<u64>,
    pub arrived_at: Option<Timestamp>,
    pub failing: Option<Failing>,
}

#[derive(Debug)]
pub enum StreamTarget {
    Source(SourceId),
    Address(StreamAddress),
}

/// An address on the network. Whoever made it has seen that it may be asked.
#[derive(Debug)]
pub struct StreamAddress {
    /// An https URL.
    pub url: String,
    /// The only authorities that vouch for the address, in PEM; none: those that this machine trusts.
    pub authority: Option<String>,
    pub secret: StreamSecret,
}

/// What keeps a stream from going on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// A code that is stable.
    pub code: String,
    since: i64,
    /// How many times in a row.
    pub failures: u32,
    retry_at: i64,
}

/// Which entries a new stream carries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StreamFrom {
    /// Those that come, from the one that tells of the stream.
    #[default]
    Now,
    /// All that there are.
    Start,
}

#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    #[error("the organization has no such stream")]
    NoStream,
    #[error("the organization has {} streams already", limits::AUDIT_STREAMS_PER_TENANT_MAX)]
    TooMany,
    #[error("the trail is carried into a source of the organization that it is of")]
    OtherTenant,
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

#[derive(Serialize, Deserialize)]
struct StreamDocument {
    target: TargetDocument,
    last: Option<u64>,
    arrived_at: Option<i64>,
    failing: Option<Failing>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TargetDocument {
    Source(String),
    Address { url: String, authority: Option<String>, secret: zeroize::Zeroizing<String> },
}

const SELECT: &str = "SELECT id, tenant, created_at, document FROM audit_streams WHERE id = ?1";
const SELECT_BY_TENANT: &str =
    "SELECT id, tenant, created_at, document FROM audit_streams WHERE tenant = ?1 ORDER BY created_at, id";
const SELECT_ALL: &str = "SELECT id, tenant, created_at, document FROM audit_streams ORDER BY created_at, id";

// === impl Failing ===

impl Failing {
    #[must_use]
    pub fn since(&self) -> Timestamp {
        Timestamp::from_nanos(self.since)
    }

    #[must_use]
    pub fn retry_at(&self) -> Timestamp {
        Timestamp::from_nanos(self.retry_at)
    }

    /// Once more, or for the first time: it is tried again after twice as long.
    pub(crate) fn again(before: Option<&Self>, code: &str, now: Timestamp) -> Self {
        let (since, failures) = before.map_or((now.nanos(), 1), |before| (before.since, before.failures.saturating_add(1)));
        let wait = 1_i64
            .checked_shl(failures.min(30))
            .map_or(limits::AUDIT_STREAM_RETRY_SECONDS_MAX, |seconds| seconds.min(limits::AUDIT_STREAM_RETRY_SECONDS_MAX));
        Self { code: code.to_owned(), since, failures, retry_at: now.plus_seconds(wait).nanos() }
    }
}

// === impl AuditStream ===

impl AuditStream {
    fn spot(&self) -> Spot {
        Spot::new("audit_streams", self.id, self.tenant)
    }

    fn document(&self) -> StreamDocument {
        let target = match &self.target {
            StreamTarget::Source(source) => TargetDocument::Source(source.to_string()),
            StreamTarget::Address(StreamAddress { url, authority, secret }) => TargetDocument::Address {
                url: url.clone(),
                authority: authority.clone(),
                secret: zeroize::Zeroizing::new(secret.reveal().to_owned()),
            },
        };
        StreamDocument {
            target,
            last: self.last,
            arrived_at: self.arrived_at.map(Timestamp::nanos),
            failing: self.failing.clone(),
        }
    }

    /// Where it goes, without what could be a secret: the source, or the scheme, host and port of the address.
    #[must_use]
    pub fn to(&self) -> String {
        match &self.target {
            StreamTarget::Source(source) => format!("source:{source}"),
            StreamTarget::Address(address) => address.host(),
        }
    }
}

// === impl StreamAddress ===

impl StreamAddress {
    /// Its scheme, host and port; what stands behind them is often a secret.
    pub(crate) fn host(&self) -> String {
        self.url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/")
    }
}

// === impl Identity ===

impl Identity {
    pub fn audit_streams(&self, permit: &Permit<ExportAudit>) -> Result<Vec<AuditStream>, CatalogError> {
        let tenant = permit.tenant().to_string();
        self.catalog.read(|db| catalog::all(db, SELECT_BY_TENANT, [tenant], |row| self.read_stream(row)))
    }

    /// Has the trail carried into a source of the tenant, whose readers then read it.
    pub fn stream_audit_to_source(
        &self,
        permit: &Permit<StreamAudit>,
        source: &Permit<ConfigureSource>,
        from: StreamFrom,
    ) -> Result<AuditStream, StreamError> {
        if source.scope().tenant != permit.tenant() {
            return Err(StreamError::OtherTenant);
        }
        self.add_stream(permit, StreamTarget::Source(source.scope().source), from)
    }

    /// Has the trail carried to an address.
    pub fn stream_audit_to_address(
        &self,
        permit: &Permit<StreamAudit>,
        address: StreamAddress,
        from: StreamFrom,
    ) -> Result<AuditStream, StreamError> {
        self.add_stream(permit, StreamTarget::Address(address), from)
    }

    pub fn end_audit_stream(&self, permit: &Permit<StreamAudit>, id: AuditStreamId) -> Result<(), StreamError> {
        let tenant = permit.tenant();
        self.catalog.write(|tx| {
            let ids = [id.to_string(), tenant.to_string()];
            if catalog::change(tx, "DELETE FROM audit_streams WHERE id = ?1 AND tenant = ?2", ids)? == 0 {
                return Err(StreamError::NoStream);
            }
            let event = Event::AuditStreamRemoved { stream: id.to_string() };
            Ok(self.record(tx, &permit.deed().clone().of_tenant(tenant), event)?)
        })
    }

    fn add_stream(
        &self,
        permit: &Permit<StreamAudit>,
        target: StreamTarget,
        from: StreamFrom,
    ) -> Result<AuditStream, StreamError> {
        let (tenant, now) = (permit.tenant(), permit.deed().at);
        self.catalog.write(|tx| {
            let count = "SELECT count(*) FROM audit_streams WHERE tenant = ?1";
            if catalog::count(tx, count, [tenant.to_string()])? >= limits::AUDIT_STREAMS_PER_TENANT_MAX {
                return Err(StreamError::TooMany);
            }
            let last = match from {
                StreamFrom::Now => audit::size(tx, Log::Tenant(tenant)).map_err(CatalogError::from)?.checked_sub(1),
                StreamFrom::Start => None,
            };
            let id = AuditStreamId::generate(&*self.entropy);
            let stream = AuditStream { id, tenant, created_at: now, target, last, arrived_at: None, failing: None };
            catalog::change(
                tx,
                "INSERT INTO audit_streams (id, tenant, created_at, document) VALUES (?1, ?2, ?3, ?4)",
                (id.to_string(), tenant.to_string(), now.nanos(), stream.spot().seal(&self.sealer, &stream.document())?),
            )?;
            let event = Event::AuditStreamAdded { stream: id.to_string(), to: stream.to() };
            self.record(tx, &permit.deed().clone().of_tenant(tenant), event)?;
            // Whoever took over a session must not have the trail carried away unseen.
            let notice = Notice::AuditStreamAdded { tenant: tenant.to_string(), to: stream.to() };
            self.tell_owners(tx, tenant, &notice, now)?;
            Ok(stream)
        })
    }

    // --- for the job that carries ---

    /// The streams that nothing keeps from going on now.
    pub fn due_audit_streams(&self, now: Timestamp) -> Result<Vec<AuditStream>, CatalogError> {
        let all = self.catalog.read(|db| catalog::all(db, SELECT_ALL, [], |row| self.read_stream(row)))?;
        Ok(all.into_iter().filter(|stream| stream.failing.as_ref().is_none_or(|failing| failing.retry_at() <= now)).collect())
    }

    /// What a stream has to carry next, a bounded number of entries.
    pub fn audit_to_carry(&self, stream: &AuditStream) -> Result<Vec<Recorded>, CatalogError> {
        self.audit_follow(Log::Tenant(stream.tenant), stream.last, limits::AUDIT_STREAM_ENTRIES_MAX)
    }

    /// Everything up to this entry arrived.
    pub fn note_audit_carried(&self, id: AuditStreamId, last: u64, now: Timestamp) -> Result<(), CatalogError> {
        self.change_stream(id, |stream| AuditStream { last: Some(last), arrived_at: Some(now), failing: None, ..stream })
    }

    pub fn note_audit_not_carried(&self, id: AuditStreamId, code: &str, now: Timestamp) -> Result<(), CatalogError> {
        self.change_stream(id, |stream| {
            let failing = Failing::again(stream.failing.as_ref(), code, now);
            AuditStream { failing: Some(failing), ..stream }
        })
    }

    /// The source that a stream carries into, while both are there and of one tenant.
    pub(crate) fn source_of_stream(&self, db: &Connection, id: AuditStreamId) -> Result<Option<Scope>, CatalogError> {
        let Some(stream) = catalog::one(db, SELECT, [id.to_string()], |row| self.read_stream(row))? else { return Ok(None) };
        let source = match stream.target {
            StreamTarget::Source(source) => source,
            StreamTarget::Address(_) => return Ok(None),
        };
        Ok(self.scope_of(db, source)?.filter(|scope| scope.tenant == stream.tenant))
    }

    /// One that was removed meanwhile stays so.
    fn change_stream(&self, id: AuditStreamId, change: impl FnOnce(AuditStream) -> AuditStream) -> Result<(), CatalogError> {
        self.catalog.write(|tx| {
            let Some(stream) = catalog::one(tx, SELECT, [id.to_string()], |row| self.read_stream(row))? else { return Ok(()) };
            let stream = change(stream);
            stream.spot().update(tx, &self.sealer, &stream.document())
        })
    }

    fn read_stream(&self, row: &Row<'_>) -> Result<AuditStream, CatalogError> {
        let (id, tenant) = (catalog::id(row, "id", "audit_streams")?, catalog::id(row, "tenant", "audit_streams")?);
        let spot = Spot::new("audit_streams", id, tenant);
        let document: StreamDocument = spot.read(&self.sealer, row)?;
        let target = match document.target {
            TargetDocument::Source(source) => StreamTarget::Source(SourceId::parse(&source).map_err(|_| spot.tampered())?),
            TargetDocument::Address { url, authority, secret } => {
                StreamTarget::Address(StreamAddress { url, authority, secret: StreamSecret::from_text(&secret) })
            }
        };
        Ok(AuditStream {
            id,
            tenant,
            created_at: catalog::time(row, "created_at")?,
            target,
            last: document.last,
            arrived_at: document.arrived_at.map(Timestamp::from_nanos),
            failing: document.failing,
        })
    }
}
