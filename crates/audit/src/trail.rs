//! The logs in the catalog: append, read, sign.
//!
//! Always holds: an entry is appended in the caller's transaction, so what it tells of and the entry are durable together
//! or not at all; nothing here changes or removes one (the schema refuses it too).

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::{Entropy, Id, ObjectId, TenantId, Timestamp};
use rusqlite::{Connection, OptionalExtension};
use seal::{Field, FieldError, FieldSealer, PersonKey};
use zeroize::Zeroizing;

use crate::cosignatures;
use crate::deed::{Actor, Deed, Outcome};
use crate::entry::{Entry, FORMAT, Personal};
use crate::event::Event;
use crate::note::{Checkpoint, NoteError, Signer, Verifier};
use crate::tile::ENTRY_BYTES_MAX;
use crate::tree::{self, Hash, Nodes};

/// The tables of the trail, for the migrations of the catalog that holds it: the first step and the second.
pub const SCHEMA: &str = include_str!("schema.sql");
pub const SCHEMA_2: &str = include_str!("schema_2.sql");

/// Which log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Log {
    /// What concerns the installation and no tenant.
    Installation,
    /// What a tenant may read of itself.
    Tenant(TenantId),
    /// What everybody may read: counts, hashes, and what promises are worth.
    Public,
}

/// Writes and reads the logs of one catalog. Stateless but for its keys: every connection sees the same.
pub struct Trail {
    name: String,
    signer: Signer,
    pub(crate) sealer: Arc<FieldSealer>,
    entropy: Arc<dyn Entropy>,
}

/// An entry, and what is known of the person in it unless that was erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    pub entry: Entry,
    pub address: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum TrailError {
    #[error("the audit trail could not be read or written")]
    Database(#[from] rusqlite::Error),
    #[error("a value of the audit trail could not be sealed or opened")]
    Seal(#[from] FieldError),
    #[error("entry {sequence} of the audit trail is damaged")]
    Damaged { sequence: u64 },
    #[error("the audit trail lacks a hash it must have")]
    NodeMissing,
    #[error("the audit trail has no usable signing key")]
    NoKey,
    #[error("an entry of the audit trail would be too long")]
    TooLong,
}

/// Where the signing key is, from which everything in the trail hangs.
const SEED: Field<'static> = Field { table: "audit_installation", column: "seed", row: b"1", scope: b"" };

// === impl Log ===

impl Log {
    fn of(deed: &Deed) -> Self {
        deed.tenant.map_or(Self::Installation, Self::Tenant)
    }

    pub(crate) fn key(self) -> String {
        match self {
            Self::Installation => "installation".to_owned(),
            Self::Tenant(tenant) => format!("tenant/{tenant}"),
            Self::Public => "public".to_owned(),
        }
    }

    pub(crate) fn parse(key: &str) -> Option<Self> {
        match key {
            "installation" => Some(Self::Installation),
            "public" => Some(Self::Public),
            key => Id::parse(key.strip_prefix("tenant/")?).ok().map(Self::Tenant),
        }
    }
}

// === impl Trail ===

impl Trail {
    /// Takes the signing key from the catalog, or makes it with the installation's name.
    pub fn open(db: &Connection, sealer: Arc<FieldSealer>, entropy: Arc<dyn Entropy>) -> Result<Self, TrailError> {
        let (name, sealed) = match sealed_seed(db)? {
            Some(found) => found,
            None => {
                let mut seed = Zeroizing::new([0; 32]);
                entropy.fill(seed.as_mut_slice());
                let name = format!("blockhouse-{}", ObjectId::generate(&*entropy));
                let sealed = sealer.seal(&SEED, seed.as_slice())?;
                db.execute("INSERT INTO audit_installation (id, name, seed) VALUES (1, ?1, ?2)", (&name, &sealed))?;
                (name, sealed)
            }
        };
        let seed = sealer.open(&SEED, &sealed)?;
        let seed: Zeroizing<[u8; 32]> = Zeroizing::new(seed.as_slice().try_into().map_err(|_| TrailError::NoKey)?);
        let signer = Signer::new(&name, &seed).ok_or(TrailError::NoKey)?;
        Ok(Self { name, signer, sealer, entropy })
    }

    /// Whether the trail in this catalog is sealed under that root key; `None` where there is no trail yet.
    pub fn fits(db: &Connection, sealer: &FieldSealer) -> Result<Option<bool>, TrailError> {
        let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'audit_installation'";
        if db.query_row(sql, [], |_| Ok(())).optional()?.is_none() {
            return Ok(None);
        }
        Ok(sealed_seed(db)?.map(|(_, sealed)| sealer.open(&SEED, &sealed).is_ok()))
    }

    /// Checks this trail's checkpoints; to be given to whoever verifies.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        self.signer.verifier()
    }

    /// Signs what DSSE signs of a payload, with the key of the checkpoints.
    pub fn sign_envelope(&self, pre_authentication: &[u8]) -> Result<Vec<u8>, NoteError> {
        self.signer.sign_envelope(pre_authentication)
    }

    /// The name of a log in its checkpoints.
    #[must_use]
    pub fn origin(&self, log: Log) -> String {
        format!("{}/{}", self.name, log.key())
    }

    /// Adds an entry; gives its place.
    pub fn append(&self, db: &Connection, deed: &Deed, told: (Event, Outcome)) -> Result<u64, TrailError> {
        self.append_to(db, Log::of(deed), deed, told)
    }

    /// Adds an entry to the public log. Nothing of who caused it goes there.
    pub fn publish(&self, db: &Connection, event: Event, now: Timestamp) -> Result<u64, TrailError> {
        self.append_to(db, Log::Public, &Deed::by(Actor::Server, now), (event, Outcome::Done))
    }

    fn append_to(&self, db: &Connection, log: Log, deed: &Deed, (event, outcome): (Event, Outcome)) -> Result<u64, TrailError> {
        let sequence = size(db, log)?;
        let entry = Entry {
            format: FORMAT,
            log: self.origin(log),
            sequence,
            time: deed.at.to_string(),
            salt: Entry::salt(&*self.entropy),
            event,
            outcome,
            actor: deed.actor.clone(),
            on_behalf_of: deed.on_behalf_of.clone(),
            signed_in_by: deed.signed_in_by.iter().map(|&way| way.to_owned()).collect(),
            tenant: deed.tenant.map(|id| id.to_string()),
            source: deed.source.map(|id| id.to_string()),
            request: deed.request.clone(),
            personal: self.personal(db, log, deed, sequence)?,
        };
        let bytes = entry.to_bytes();
        if bytes.len() > ENTRY_BYTES_MAX {
            return Err(TrailError::TooLong);
        }
        let sealed = self.sealer.seal(&entry_field(&log.key(), &row(sequence)), &bytes)?;
        let mut insert = db.prepare_cached("INSERT INTO audit_entries (log, sequence, at, entry) VALUES (?1, ?2, ?3, ?4)")?;
        insert.execute((log.key(), sequence as i64, deed.at.nanos(), sealed))?;
        grow(db, log, sequence, Hash::of_leaf(&bytes))?;
        Ok(sequence)
    }

    fn personal(&self, db: &Connection, log: Log, deed: &Deed, sequence: u64) -> Result<Option<Personal>, TrailError> {
        let Some(address) = deed.address else { return Ok(None) };
        let subject = subject(log, deed);
        let key = self.subject_key(db, &subject, Missing::Make)?.ok_or(TrailError::NoKey)?;
        let sealed = key.seal(&*self.entropy, &place(log, sequence), address.to_string().as_bytes())?;
        Ok(Some(Personal { subject, sealed: STANDARD.encode(sealed) }))
    }

    fn subject_key(&self, db: &Connection, subject: &str, missing: Missing) -> Result<Option<PersonKey>, TrailError> {
        let field = Field { table: "audit_subjects", column: "key", row: subject.as_bytes(), scope: b"" };
        let mut select = db.prepare_cached("SELECT key FROM audit_subjects WHERE subject = ?1")?;
        let found: Option<Vec<u8>> = select.query_row([subject], |row| row.get(0)).optional()?;
        match (found, missing) {
            (Some(wrapped), _) => Ok(Some(PersonKey::unwrap(&self.sealer, &field, &wrapped)?)),
            (None, Missing::Stays) => Ok(None),
            (None, Missing::Make) => {
                let key = PersonKey::generate(&*self.entropy);
                let wrapped = key.wrap(&self.sealer, &field)?;
                db.execute("INSERT INTO audit_subjects (subject, key) VALUES (?1, ?2)", (subject, wrapped))?;
                Ok(Some(key))
            }
        }
    }

    /// Destroys the key of a subject: what is known of it cannot be read any more, in no copy of the log. Says whether
    /// there was one.
    pub fn forget(&self, db: &Connection, subject: &str) -> Result<bool, TrailError> {
        Ok(db.execute("DELETE FROM audit_subjects WHERE subject = ?1", [subject])? > 0)
    }

    pub(crate) fn address(&self, db: &Connection, log: Log, entry: &Entry) -> Result<Option<String>, TrailError> {
        let Some(personal) = &entry.personal else { return Ok(None) };
        let Some(key) = self.subject_key(db, &personal.subject, Missing::Stays)? else { return Ok(None) };
        let damaged = TrailError::Damaged { sequence: entry.sequence };
        let Ok(sealed) = STANDARD.decode(&personal.sealed) else { return Err(damaged) };
        let opened = key.open(&place(log, entry.sequence), &sealed)?;
        Ok(Some(String::from_utf8_lossy(&opened).into_owned()))
    }

    pub(crate) fn open_entry(&self, log: Log, sequence: u64, sealed: &[u8]) -> Result<Entry, TrailError> {
        let bytes = self.open_bytes(log, sequence, sealed)?;
        Entry::from_bytes(&bytes).ok_or(TrailError::Damaged { sequence })
    }

    pub(crate) fn open_bytes(&self, log: Log, sequence: u64, sealed: &[u8]) -> Result<Vec<u8>, TrailError> {
        let opened = self.sealer.open(&entry_field(&log.key(), &row(sequence)), sealed);
        Ok(opened.map_err(|_| TrailError::Damaged { sequence })?.to_vec())
    }

    /// A signed checkpoint of the log as it is; kept, so that later ones can be held against it. Under it is what witnesses
    /// signed of it.
    pub fn checkpoint(&self, db: &Connection, log: Log, now: Timestamp) -> Result<String, TrailError> {
        let size = size(db, log)?;
        if let Some((kept, note)) = newest_checkpoint(db, log)?
            && kept == size
        {
            return Ok(note);
        }
        let root = tree::root(&StoredNodes { db, log }, size)?;
        let note = self.signer.sign(&Checkpoint { origin: self.origin(log), size, root });
        db.execute(
            "INSERT INTO audit_checkpoints (log, size, at, note) VALUES (?1, ?2, ?3, ?4)",
            (log.key(), size as i64, now.nanos(), &note),
        )?;
        Ok(note)
    }

    /// Whether the log begins with what this earlier checkpoint signed. One that is not ours is never fitting.
    pub fn extends(&self, db: &Connection, log: Log, note: &str) -> Result<bool, TrailError> {
        let Ok(earlier) = Checkpoint::open(note, &self.signer.verifier()) else { return Ok(false) };
        let fits = earlier.origin == self.origin(log) && earlier.size <= size(db, log)?;
        Ok(fits && tree::root(&StoredNodes { db, log }, earlier.size)? == earlier.root)
    }

    /// The logs that have entries.
    pub fn logs(&self, db: &Connection) -> Result<Vec<Log>, TrailError> {
        let mut select = db.prepare_cached("SELECT DISTINCT log FROM audit_entries ORDER BY log")?;
        let keys = select.query_map([], |row| row.get::<_, String>(0))?;
        let mut logs = Vec::new();
        for key in keys {
            let key = key?;
            logs.extend(Log::parse(&key));
        }
        Ok(logs)
    }

    /// Proves that an entry is in the log of this size.
    pub fn prove_inclusion(
        &self,
        db: &Connection,
        log: Log,
        (sequence, of): (u64, u64),
    ) -> Result<Option<Vec<Hash>>, TrailError> {
        if sequence >= of || of > size(db, log)? {
            return Ok(None);
        }
        tree::inclusion(&StoredNodes { db, log }, sequence, of).map(Some)
    }

    /// The bytes of an entry, over which its leaf hash is; `None` where the log has none or retention ended it.
    pub fn entry_bytes(&self, db: &Connection, log: Log, sequence: u64) -> Result<Option<Vec<u8>>, TrailError> {
        let mut select = db.prepare_cached("SELECT entry FROM audit_entries WHERE log = ?1 AND sequence = ?2")?;
        let sealed: Option<Vec<u8>> = select.query_row((log.key(), sequence as i64), |row| row.get(0)).optional()?;
        sealed.map(|sealed| self.open_bytes(log, sequence, &sealed)).transpose()
    }

    /// Proves that the log of the older size is a beginning of the newer one.
    pub fn prove_consistency(&self, db: &Connection, log: Log, (old, new): (u64, u64)) -> Result<Option<Vec<Hash>>, TrailError> {
        if old > new || new > size(db, log)? {
            return Ok(None);
        }
        tree::consistency(&StoredNodes { db, log }, old, new).map(Some)
    }
}

impl std::fmt::Debug for Trail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trail").field("name", &self.name).finish_non_exhaustive()
    }
}

#[derive(Clone, Copy)]
enum Missing {
    Make,
    Stays,
}

/// Whose key seals the address: that of the person, program or API key, or where nobody is known, that of the log and
/// month.
/// The installation's name, and the sealed seed of its signing key.
fn sealed_seed(db: &Connection) -> Result<Option<(String, Vec<u8>)>, TrailError> {
    let sql = "SELECT name, seed FROM audit_installation WHERE id = 1";
    Ok(db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

fn subject(log: Log, deed: &Deed) -> String {
    match &deed.actor {
        Actor::ApiKey { id } => format!("key/{id}"),
        Actor::Person { id } => format!("person/{id}"),
        Actor::ServiceAccount { id } => format!("service/{id}"),
        Actor::Staff { id } => format!("staff/{id}"),
        Actor::Server | Actor::Shell | Actor::SetupLink | Actor::AccessRequest { .. } | Actor::Stranger => {
            let time = deed.at.to_string();
            format!("{}/{}", log.key(), time.get(..7).unwrap_or_default())
        }
    }
}

fn place(log: Log, sequence: u64) -> Vec<u8> {
    format!("{}/{sequence}", log.key()).into_bytes()
}

pub(crate) fn row(sequence: u64) -> [u8; 8] {
    sequence.to_be_bytes()
}

pub(crate) fn entry_field<'a>(log: &'a str, row: &'a [u8; 8]) -> Field<'a> {
    Field { table: "audit_entries", column: "entry", row, scope: log.as_bytes() }
}

// --- rows ---

/// How many entries the log has.
pub fn size(db: &Connection, log: Log) -> Result<u64, TrailError> {
    let mut select = db.prepare_cached("SELECT coalesce(max(place) + 1, 0) FROM audit_nodes WHERE log = ?1 AND level = 0")?;
    Ok(select.query_row([log.key()], |row| row.get::<_, i64>(0))? as u64)
}

/// The newest checkpoint with its size, and under it what witnesses signed of it.
pub(crate) fn newest_checkpoint(db: &Connection, log: Log) -> Result<Option<(u64, String)>, TrailError> {
    let mut select = db.prepare_cached("SELECT size, note FROM audit_checkpoints WHERE log = ?1 ORDER BY size DESC LIMIT 1")?;
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)? as u64, row.get::<_, String>(1)?));
    let Some((size, note)) = select.query_row([log.key()], read).optional()? else { return Ok(None) };
    let lines = cosignatures::lines(db, log, size)?;
    Ok(Some((size, note + &lines)))
}

/// Adds a leaf, and every subtree that it completes.
fn grow(db: &Connection, log: Log, sequence: u64, leaf: Hash) -> Result<(), TrailError> {
    let nodes = StoredNodes { db, log };
    let (mut level, mut place, mut hash) = (0, sequence, leaf);
    loop {
        let mut insert = db.prepare_cached("INSERT INTO audit_nodes (log, level, place, hash) VALUES (?1, ?2, ?3, ?4)")?;
        insert.execute((log.key(), level, place as i64, hash.as_bytes().as_slice()))?;
        if place.is_multiple_of(2) {
            return Ok(());
        }
        hash = Hash::of_node(&nodes.node(level, place - 1)?, &hash);
        (level, place) = (level + 1, place / 2);
    }
}

pub(crate) struct StoredNodes<'a> {
    pub(crate) db: &'a Connection,
    pub(crate) log: Log,
}

impl Nodes for StoredNodes<'_> {
    type Error = TrailError;

    fn node(&self, level: u32, index: u64) -> Result<Hash, TrailError> {
        let mut select = self.db.prepare_cached("SELECT hash FROM audit_nodes WHERE log = ?1 AND level = ?2 AND place = ?3")?;
        let hash: Option<Vec<u8>> = select.query_row((self.log.key(), level, index as i64), |row| row.get(0)).optional()?;
        hash.and_then(|hash| Hash::from_slice(&hash)).ok_or(TrailError::NodeMissing)
    }
}
