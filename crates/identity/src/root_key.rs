//! Who took the recovery kit of the root key, and who has shown that it opens this installation.
//!
//! | what | who may |
//! |---|---|
//! | take the kit over the network, once | the session of the setup link, with a second factor, lately proved, within an hour of the setup |
//! | prove the words | one of staff who runs the installation, lately proved; wrong ones have to wait |
//! | either at any time | the shell of the machine, where the root key can be read anyway |
//!
//! Always holds: neither a word nor the key comes here, only ids that are derived from keys; what happens and its entry in
//! the installation's trail are one transaction. A session that is stolen after the first setup gets no kit.

use std::net::{IpAddr, Ipv4Addr};

use audit::{Deed, Event, Outcome, Recovered};
use factor::{Attempt, Decision};
use model::{Timestamp, UserId, limits};
use rusqlite::Connection;
use seal::RootKeyId;
use serde::{Deserialize, Serialize};

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::document::Spot;
use crate::permit::{OperateSystem, Permit, ViewSystem};
use crate::refused::Refused;
use crate::sessions::Method;
use crate::signed_in::{Fresh, SignedIn};
use crate::users::User;

const ROW: &str = "root-key";
const DAY_SECONDS: i64 = 24 * 3_600;

/// What is known of the root key's kit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryState {
    /// When a kit was made last, and by whom.
    pub kit: Option<Recovering>,
    /// When its words were proved last, and by whom.
    pub proof: Option<Recovering>,
}

/// When somebody did something with the kit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovering {
    pub at: Timestamp,
    /// `None`: at the shell of the machine. An account that is gone is told by its id alone.
    pub by: Option<(UserId, Option<User>)>,
}

#[derive(Debug, thiserror::Error)]
pub enum KitError {
    #[error("the recovery kit is offered during the first setup only; on the machine, run: blockhouse root-key kit")]
    NotOffered,
    #[error("a recovery kit was made already; for another one run on the machine: blockhouse root-key kit")]
    Taken,
    #[error("the first setup is over; for a recovery kit run on the machine: blockhouse root-key kit")]
    Over,
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    #[error("these are the words of another root key, not of this installation's")]
    Wrong,
    #[error("too many tries: try again in {seconds} seconds")]
    Wait { seconds: u32 },
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct RecoveryDocument {
    kit: Option<Step>,
    proof: Option<Step>,
}

#[derive(Serialize, Deserialize)]
struct Step {
    at: i64,
    by: Option<String>,
}

// === impl RecoveryState ===

impl RecoveryState {
    /// Whether nobody has shown lately that the words of a kit are at hand.
    #[must_use]
    pub fn is_proof_old(&self, now: Timestamp) -> bool {
        let days = |at: Timestamp| now.seconds_since(at) / DAY_SECONDS;
        self.proof.as_ref().is_none_or(|proof| days(proof.at) >= limits::RECOVERY_PROOF_DAYS)
    }
}

// === impl Identity ===

impl Identity {
    /// Whether whoever is signed in would be given the kit, but for a proof of who it is.
    pub fn kit_offer(&self, who: &SignedIn) -> Result<(), KitError> {
        self.catalog.read(|db| self.check_offer(db, who))
    }

    /// The kit goes out to whoever did the first setup: told before it does, and never again.
    pub fn take_kit(&self, fresh: &Fresh<'_>, key: &RootKeyId) -> Result<(), KitError> {
        let who = fresh.who();
        self.catalog.write(|tx| {
            self.check_offer(tx, who)?;
            let deed = Deed { tenant: None, source: None, ..who.deed().clone() };
            let event = Recovered::RootKeyKitMade { key: key.to_string() };
            Ok(self.write_recovery(tx, (&deed, Some(who.user().id)), event)?)
        })
    }

    /// Words were typed; right ones are remembered as a proof of recovery, wrong ones are told.
    pub fn prove_root_key(
        &self,
        permit: &Permit<OperateSystem>,
        (own, offered): (&RootKeyId, &RootKeyId),
    ) -> Result<(), ProofError> {
        let (deed, user) = (permit.deed(), permit.user());
        let ticket = match user {
            Some(user) => {
                let email = self.catalog.read(|db| self.account(db, user))?.user.email;
                let address = deed.address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
                let attempt = Attempt::new(&self.peppers.current, &email, address, None);
                match self.root_tries.lock().check(&attempt, deed.at) {
                    Decision::Proceed(ticket) => Some(ticket),
                    Decision::Wait { seconds } => return Err(ProofError::Wait { seconds }),
                }
            }
            None => None,
        };
        if own == offered {
            let event = Recovered::RootKeyProved { key: own.to_string() };
            self.catalog.write(|tx| self.write_recovery(tx, (deed, user), event))?;
            if let Some(ticket) = ticket {
                self.root_tries.lock().succeeded(ticket, deed.at);
            }
            return Ok(());
        }
        // The trail tells each of them, so nobody has to be told of many.
        if let Some(ticket) = ticket {
            let _ = self.root_tries.lock().failed(ticket, deed.at);
        }
        let event = Event::Recovered(Recovered::RootKeyProofRefused { key: own.to_string() });
        let outcome = Outcome::Refused { code: "kit_words_wrong".to_owned() };
        self.catalog.write(|tx| {
            self.trail.append(tx, deed, (event, outcome))?;
            Ok::<_, CatalogError>(())
        })?;
        Err(ProofError::Wrong)
    }

    /// The same for whoever has the shell of the machine: a kit was made, its words were proved, or the key came back by them.
    pub fn note_recovery(&self, event: Recovered, deed: &Deed) -> Result<(), CatalogError> {
        self.catalog.write(|tx| self.write_recovery(tx, (deed, None), event))
    }

    pub fn recovery(&self, _permit: &Permit<ViewSystem>) -> Result<RecoveryState, CatalogError> {
        self.recovery_state()
    }

    /// For the machine's own shell and what starts there.
    pub fn recovery_state(&self) -> Result<RecoveryState, CatalogError> {
        self.catalog.read(|db| {
            let RecoveryDocument { kit, proof } = self.recovery_of(db)?;
            let step = |step: Option<Step>| step.map(|step| self.read_step(db, &step)).transpose();
            Ok(RecoveryState { kit: step(kit)?, proof: step(proof)? })
        })
    }

    fn check_offer(&self, db: &Connection, who: &SignedIn) -> Result<(), KitError> {
        let session = who.session();
        // Nobody else has such a session: it is opened by the link that the machine's terminal showed, once.
        if !session.methods.contains(&Method::SetupLink) {
            return Err(KitError::NotOffered);
        }
        if self.recovery_of(db)?.kit.is_some() {
            return Err(KitError::Taken);
        }
        if who.deed().at.seconds_since(session.created_at) >= limits::RECOVERY_KIT_MINUTES * 60 {
            return Err(KitError::Over);
        }
        if session.second_factor { Ok(()) } else { Err(Refused::SecondFactorRequired.into()) }
    }

    fn write_recovery(&self, db: &Connection, (deed, by): (&Deed, Option<UserId>), event: Recovered) -> Result<(), CatalogError> {
        let mut document = self.recovery_of(db)?;
        let step = Some(Step { at: deed.at.nanos(), by: by.map(|user| user.to_string()) });
        match event {
            Recovered::RootKeyKitMade { .. } => document.kit = step,
            // Whoever brought the key back by its words has shown that they work.
            Recovered::RootKeyProved { .. } | Recovered::RootKeyRestored { .. } => document.proof = step,
            Recovered::RootKeyProofRefused { .. } => {}
        }
        let sql = "INSERT INTO installation_settings (id, document) VALUES (?1, ?2)
            ON CONFLICT (id) DO UPDATE SET document = excluded.document";
        catalog::change(db, sql, (ROW, spot().seal(&self.sealer, &document)?))?;
        self.record(db, deed, Event::Recovered(event))
    }

    fn recovery_of(&self, db: &Connection) -> Result<RecoveryDocument, CatalogError> {
        let sql = "SELECT document FROM installation_settings WHERE id = ?1";
        Ok(catalog::one(db, sql, [ROW], |row| spot().read(&self.sealer, row))?.unwrap_or_default())
    }

    fn read_step(&self, db: &Connection, step: &Step) -> Result<Recovering, CatalogError> {
        let id = step.by.as_deref().map(UserId::parse).transpose().map_err(|_| spot().tampered())?;
        let by = id.map(|id| Ok::<_, CatalogError>((id, self.find_account(db, id)?.map(|account| account.user)))).transpose()?;
        Ok(Recovering { at: Timestamp::from_nanos(step.at), by })
    }
}

fn spot() -> Spot {
    Spot::new("installation_settings", ROW, "")
}
