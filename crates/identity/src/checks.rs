//! The falsifiers of what is said about people, roles, keys, staff and the trail, beside the controls that they look at.
//!
//! Always holds: a look changes nothing of the live catalog but the time until which its trail is signed; what has to be done
//! to be seen is done in a scratch catalog under a root key of its own, with the engine and the settings in force, and the
//! summary says so. A twin is a scratch catalog with one control broken, and goes through the code of the look itself.
//! Does not decide when checks run.

mod digests;
mod files;
mod guessing;
mod openings;
mod own_roles;
mod passphrases;
mod roles;
mod rows;
mod scratch;
mod sealed;
mod second_factor;
mod staff;
mod tenants;
mod told;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use audit::{Log, Report, Trails};
use model::{Check, Observation, Timestamp, Vantage};
use parking_lot::Mutex;

use crate::Identity;
use crate::catalog::{CatalogError, OpenError};

use openings::Openings;
use rows::Walks;
use scratch::{Scratch, Town};

/// All checks of this crate and of those that decide for it. `scratch` is a folder of theirs alone: it is emptied now.
pub fn checks(identity: &Arc<Identity>, scratch: &Path) -> io::Result<Vec<Box<dyn Check>>> {
    match std::fs::remove_dir_all(scratch) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Err(_) | Ok(()) => {}
    }
    let mut checks = policy::checks(Arc::clone(&identity.engine), Arc::clone(&identity.entropy));
    checks.extend(audit::checks(Arc::clone(identity) as Arc<dyn Trails>, Arc::clone(&identity.entropy)));
    checks.extend(oidc::checks(Arc::clone(&identity.entropy)));
    for (id, look, spoil) in LOOKS {
        let (identity, scratch) = (Arc::clone(identity), scratch.to_owned());
        checks.push(Box::new(CatalogCheck { id, look, spoil, identity, scratch, seen: Mutex::default() }));
    }
    for (id, run) in DRILLS {
        checks.push(Box::new(Drill { id, run, identity: Arc::clone(identity), scratch: scratch.to_owned() }));
    }
    Ok(checks)
}

/// What a look needs, and how a scratch catalog is broken so that it has to be found out.
type Look = fn(&Looked<'_>, &mut Seen, Timestamp) -> Result<Observation, CheckError>;
type Spoil = fn(&Identity, &Town, Timestamp) -> Result<(), CheckError>;
type Run = fn(&Scratch, Control, Timestamp) -> Result<Observation, CheckError>;

const LOOKS: [(&str, Look, Spoil); 10] = [
    ("identity.keys-digested", digests::look, digests::spoil),
    ("identity.catalog-sealed", sealed::look, sealed::spoil),
    ("identity.passphrases-hashed", passphrases::look, passphrases::spoil),
    ("identity.second-factor-told", told::look, told::spoil),
    ("identity.roles-everywhere", roles::look, roles::spoil),
    ("identity.tenants-counted", tenants::look, tenants::spoil),
    ("identity.staff-listed", staff::look_at_list, staff::spoil_list),
    ("identity.staff-kinds-apart", staff::look_at_kinds, staff::spoil_kinds),
    ("identity.staff-with-approval", openings::look_at_approvals, openings::spoil_approvals),
    ("identity.staff-openings-counted", openings::look_at_counts, openings::spoil_counts),
];

const DRILLS: [(&str, Run); 4] = [
    ("identity.second-factor-drill", second_factor::run),
    ("identity.guessing-drill", guessing::run),
    ("identity.own-roles-drill", own_roles::run),
    ("identity.staff-attempts-told", staff::run_attempts),
];

/// Looks at a catalog as it is.
struct CatalogCheck {
    id: &'static str,
    look: Look,
    spoil: Spoil,
    identity: Arc<Identity>,
    scratch: PathBuf,
    seen: Mutex<Seen>,
}

/// Does something in a scratch catalog, and sees what comes of it.
struct Drill {
    id: &'static str,
    run: Run,
    identity: Arc<Identity>,
    scratch: PathBuf,
}

/// The catalog that is looked at, and where another one can be made.
struct Looked<'a> {
    identity: &'a Identity,
    scratch: &'a Path,
}

/// What earlier looks of one check saw.
#[derive(Default)]
struct Seen {
    walks: Walks,
    openings: Openings,
}

/// Whether the control that a drill is about is as it is, or broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Control {
    InForce,
    Broken,
}

/// Why nothing could be seen.
#[derive(Debug, thiserror::Error)]
enum CheckError {
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error("a scratch catalog could not be opened: {0}")]
    Open(#[from] OpenError),
    #[error("a file could not be read or written")]
    File(#[from] io::Error),
    #[error("a scratch catalog could not be made ready: {0}")]
    Step(String),
}

// === impl CheckError ===

impl CheckError {
    /// For results that a drill takes for granted.
    fn step(error: impl std::fmt::Display) -> Self {
        Self::Step(error.to_string())
    }
}

impl From<rusqlite::Error> for CheckError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Catalog(error.into())
    }
}

impl From<audit::TrailError> for CheckError {
    fn from(error: audit::TrailError) -> Self {
        Self::Catalog(error.into())
    }
}

// === impl CatalogCheck ===

impl Check for CatalogCheck {
    fn id(&self) -> &'static str {
        self.id
    }

    fn vantage(&self) -> Vantage {
        Vantage::Inside
    }

    fn look(&self, now: Timestamp) -> Observation {
        let looked = Looked { identity: &self.identity, scratch: &self.scratch };
        told((self.look)(&looked, &mut self.seen.lock(), now))
    }

    fn look_at_twin(&self, now: Timestamp) -> Observation {
        let seen = || {
            let scratch = Scratch::new(&self.identity, &self.scratch, factor::Cost::FLOOR)?;
            let town = scratch.town(now)?;
            (self.spoil)(&scratch.identity, &town, now)?;
            let looked = Looked { identity: &scratch.identity, scratch: &self.scratch };
            (self.look)(&looked, &mut Seen::default(), now)
        };
        told(seen())
    }
}

// === impl Drill ===

impl Drill {
    fn run(&self, control: Control, now: Timestamp) -> Observation {
        let cost = self.identity.passphrases.cost();
        told(Scratch::new(&self.identity, &self.scratch, cost).and_then(|scratch| (self.run)(&scratch, control, now)))
    }
}

impl Check for Drill {
    fn id(&self) -> &'static str {
        self.id
    }

    fn vantage(&self) -> Vantage {
        Vantage::Inside
    }

    fn look(&self, now: Timestamp) -> Observation {
        self.run(Control::InForce, now)
    }

    fn look_at_twin(&self, now: Timestamp) -> Observation {
        self.run(Control::Broken, now)
    }
}

fn told(seen: Result<Observation, CheckError>) -> Observation {
    seen.unwrap_or_else(|error| {
        let chain = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
        let chain: Vec<String> = chain.map(ToString::to_string).collect();
        Observation::not_run("it could not be looked at").detail(chain.join(": "))
    })
}

// === impl Identity ===

impl Trails for Identity {
    fn logs(&self) -> Result<Vec<(Log, u64)>, String> {
        let sized = |log| self.catalog.read(|db| Ok::<_, CatalogError>((log, audit::size(db, log)?)));
        let logs = self.audit_logs().and_then(|logs| logs.into_iter().map(sized).collect());
        logs.map_err(|error| error.to_string())
    }

    fn verify(&self, log: Log, earlier: &[String], now: Timestamp) -> Result<(Report, String), String> {
        let seen = || {
            let report = self.verify_audit(log, (earlier, audit::Witnesses::default()), now)?;
            Ok::<_, CatalogError>((report, self.audit_checkpoint(log, now)?))
        };
        seen().map_err(|error| error.to_string())
    }
}
