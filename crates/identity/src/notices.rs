//! Notices: what a person has to be told about the own account and tenants.
//!
//! Always holds: a notice is written in the transaction of what it tells of; only its person reads it.

use model::{TenantId, Timestamp, UserId};
use policy::BuiltInRole;
use rusqlite::{Connection, Row};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::document::Spot;
use crate::roles::RoleGrant;
use crate::settings::StaffAccess;
use crate::signed_in::SignedIn;

/// Notices of one person that are kept; the oldest go.
const NOTICES_MAX: i64 = 200;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// Somebody tries to sign in to the account, again and again.
    AccountAttacked {
        failures: u32,
    },
    /// The account was signed in to from a network and a browser that it was not signed in from before.
    UnusualSignIn {
        address: Option<String>,
        agent: String,
    },
    PassphraseChanged,
    PasskeyAdded {
        name: String,
    },
    PasskeyRemoved {
        name: String,
    },
    TotpEnabled,
    TotpDisabled,
    RecoveryCodesMade,
    /// One of the codes was used; so many are left.
    RecoveryCodeUsed {
        left: usize,
    },
    StaffAccessConfigured {
        level: StaffAccess,
    },
    StaffAccessRequested {
        tenant: String,
        request: String,
    },
    StaffAccessStarted {
        tenant: String,
        request: String,
    },
    StaffAccessEnded {
        tenant: String,
        request: String,
        readings: u64,
    },
    /// A provider that the person signed in through was removed or is another one now; what came from it ended.
    ProviderEnded {
        tenant: String,
        name: String,
    },
    AuditRetentionChanged {
        tenant: String,
        days: u32,
    },
    /// The tenant's trail is carried to a source or an address from now on.
    AuditStreamAdded {
        tenant: String,
        to: String,
    },
    /// Alerts of the tenant can tell a member or an address from now on.
    AlertDestinationAdded {
        tenant: String,
        to: String,
    },
    /// Nobody looks for this alert any more: whoever kept it may not read its source, or the source is gone.
    AlertStopped {
        tenant: String,
        alert: String,
        name: String,
        code: String,
    },
    /// So many percent of what may come in have: of a source, or else of all sources of the tenant.
    QuotaReached {
        tenant: String,
        source: Option<String>,
        percent: u32,
    },
    /// Nothing of a source's archive could be written for a day, because of this.
    ArchiveFailing {
        tenant: String,
        source: String,
        code: String,
    },
    /// Nothing of a source's archive is written any more: whoever set it may not read the source.
    ArchiveStopped {
        tenant: String,
        source: String,
        code: String,
    },
    /// Staff used the emergency way; it has to be reviewed within 72 hours.
    BreakGlassUsed {
        tenant: String,
        request: String,
    },
    StatementEnds(StatementEnd),
}

/// What somebody signed in public ends soon.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct StatementEnd {
    /// The address of the page that it is on.
    pub page: String,
    pub claim: String,
    pub title: String,
    pub until: String,
    /// So many days before, somebody is told; fewer can be left.
    pub days: i64,
}

/// A notice and when it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedNotice {
    pub at: Timestamp,
    pub notice: Notice,
}

// === impl Identity ===

impl Identity {
    /// The newest notices of whoever is signed in.
    pub fn notices(&self, who: &SignedIn) -> Result<Vec<DatedNotice>, CatalogError> {
        self.catalog.read(|db| self.notices_of(db, who.user().id))
    }

    /// Tells whoever signed that it ends soon; each of them once, however often this is called, while it is among the notices
    /// that are kept of them. Gives how many were told now.
    pub fn remind_signers(&self, signers: &[UserId], end: &StatementEnd, now: Timestamp) -> Result<usize, CatalogError> {
        let notice = Notice::StatementEnds(end.clone());
        self.catalog.write(|tx| {
            let mut told = 0;
            for &signer in signers {
                // What was signed outlives the account.
                if self.find_account(tx, signer)?.is_none() || self.notices_of(tx, signer)?.iter().any(|one| one.notice == notice)
                {
                    continue;
                }
                self.tell(tx, signer, &notice, now)?;
                told += 1;
            }
            Ok(told)
        })
    }

    fn notices_of(&self, db: &Connection, user: UserId) -> Result<Vec<DatedNotice>, CatalogError> {
        let sql = "SELECT user, at, number, document FROM notices WHERE user = ?1 ORDER BY at DESC, number DESC";
        catalog::all(db, sql, [user.to_string()], |row| self.read_notice(row))
    }

    pub(crate) fn read_notice(&self, row: &Row<'_>) -> Result<DatedNotice, CatalogError> {
        let (at, number): (i64, i64) = (row.get("at")?, row.get("number")?);
        let spot = spot(catalog::id(row, "user", "notices")?, at, number);
        Ok(DatedNotice { at: Timestamp::from_nanos(at), notice: spot.read(&self.sealer, row)? })
    }

    pub(crate) fn tell(&self, db: &Connection, user: UserId, notice: &Notice, now: Timestamp) -> Result<(), CatalogError> {
        let id = user.to_string();
        let number = catalog::count(db, "SELECT coalesce(max(number), 0) + 1 FROM notices WHERE user = ?1", [&id])?;
        let sealed = spot(user, now.nanos(), number).seal(&self.sealer, notice)?;
        let sql = "INSERT INTO notices (user, at, number, document) VALUES (?1, ?2, ?3, ?4)";
        catalog::change(db, sql, (&id, now.nanos(), number, sealed))?;
        catalog::change(db, "DELETE FROM notices WHERE user = ?1 AND number <= ?2", (&id, number - NOTICES_MAX))?;
        Ok(())
    }

    /// Tells every owner of a tenant.
    pub(crate) fn tell_owners(
        &self,
        db: &Connection,
        tenant: TenantId,
        notice: &Notice,
        now: Timestamp,
    ) -> Result<(), CatalogError> {
        for user in self.users_with(db, tenant, RoleGrant::everywhere(BuiltInRole::Owner))? {
            self.tell(db, user, notice, now)?;
        }
        Ok(())
    }
}

fn spot(user: UserId, at: i64, number: i64) -> Spot {
    Spot::new("notices", format!("{at}/{number}"), user)
}
