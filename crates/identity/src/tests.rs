//! Claims about the whole crate, against a real file.

mod access;
mod access_ends;
mod alerts;
mod archives;
mod attacks;
mod attesting;
mod checks;
mod codes;
mod decisions;
mod demands;
mod emergency;
mod invitations;
mod jobs;
mod links;
mod passkeys;
mod passphrases;
mod people;
mod providers;
mod quotas;
mod reach;
mod recording;
mod roles;
mod root_key;
mod secrecy;
mod services;
mod sessions;
mod setup;
mod shared_keys;
mod sharing;
mod staff;
mod streams;
mod tampering;
mod treatments;
mod walls;

use std::path::PathBuf;
use std::sync::Arc;

use audit::{Actor, Deed};
use factor::{Cost, Passkeys, Passphrases, RelyingParty};
use model::{DisplayName, Scope, Timestamp, limits};
use seal::{FieldSealer, Pepper, RootKey, SystemEntropy};
use tempfile::TempDir;

use crate::{ApiKey, Credential, Expiry, Identity, KeyKind, Means, NewKey, OpenError, Peppers, PlainKey, SourceChange};

pub(super) const NOW: Timestamp = Timestamp::from_nanos(1_790_000_000_000_000_000);
pub(super) const DAY: i64 = 24 * 3_600;
pub(super) const ORIGIN: &str = "https://localhost:8443";

pub(super) fn by(at: Timestamp) -> Deed {
    Deed::by(Actor::Shell, at)
}

/// A data folder, and everything needed to open it again as another process would.
pub(super) struct House {
    pub(super) folder: TempDir,
    pub(super) root: RootKey,
}

impl House {
    pub(super) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), root: RootKey::generate(&SystemEntropy) }
    }

    pub(super) fn file(&self) -> PathBuf {
        self.folder.path().join("identity.sqlite")
    }

    pub(super) fn open(&self) -> Identity {
        self.open_with(Pepper::new(&self.root, 1))
    }

    pub(super) fn open_with(&self, peppers: impl Into<Peppers>) -> Identity {
        self.try_open_with(peppers).unwrap()
    }

    /// With another cost of passphrases than the least.
    pub(super) fn open_at(&self, cost: Cost) -> Identity {
        self.try_open_at(Pepper::new(&self.root, 1), cost).unwrap()
    }

    pub(super) fn try_open(&self) -> Result<Identity, OpenError> {
        self.try_open_with(Pepper::new(&self.root, 1))
    }

    fn try_open_with(&self, peppers: impl Into<Peppers>) -> Result<Identity, OpenError> {
        self.try_open_at(peppers, Cost::FLOOR)
    }

    fn try_open_at(&self, peppers: impl Into<Peppers>, cost: Cost) -> Result<Identity, OpenError> {
        let means = Means {
            sealer: FieldSealer::new(&self.root, Arc::new(SystemEntropy)),
            peppers: peppers.into(),
            passphrases: Passphrases::new(Pepper::new(&self.root, 1), None, cost),
            passkeys: Passkeys::new(&party()).unwrap(),
        };
        Identity::open(&self.file(), means, Arc::new(SystemEntropy))
    }

    /// Changes the file as somebody who holds it, but not the root key, could.
    pub(super) fn tamper(&self, sql: &str) {
        let connection = rusqlite::Connection::open(self.file()).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        assert!(connection.execute(sql, []).unwrap() > 0, "{sql}");
    }
}

fn party() -> RelyingParty {
    RelyingParty { id: "localhost".to_owned(), origins: vec![ORIGIN.to_owned()], name: "Blockhouse".to_owned() }
}

pub(super) fn name(text: &str) -> DisplayName {
    DisplayName::parse(text).unwrap()
}

pub(super) fn new_key(kind: KeyKind) -> NewKey {
    NewKey { kind, name: name("collector"), expiry: Expiry::default() }
}

pub(super) fn kept(days: u32) -> SourceChange {
    SourceChange { retention_days: Some(days), ..SourceChange::default() }
}

pub(super) fn called(text: &str) -> SourceChange {
    SourceChange { name: Some(name(text)), ..SourceChange::default() }
}

/// A tenant, a source of it and a key, in a house that may have others.
pub(super) fn source(identity: &Identity, tenant: &str, source: &str) -> Scope {
    let tenant = identity.find_or_create_tenant(&name(tenant), &by(NOW)).unwrap();
    identity.create_source(tenant.id, &name(source), limits::RETENTION_DAYS_DEFAULT, &by(NOW)).unwrap().scope()
}

pub(super) fn key(identity: &Identity, scope: Scope, kind: KeyKind) -> (Credential, ApiKey) {
    let (plain, key) = identity.create_key(scope, &new_key(kind), &by(NOW)).unwrap();
    (credential(&plain), key)
}

pub(super) fn credential(plain: &PlainKey) -> Credential {
    Credential::from_key(plain.reveal()).unwrap()
}
