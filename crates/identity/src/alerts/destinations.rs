//! Where alerts of a tenant tell what changed: members by mail, and addresses on the network.
//!
//! | target | what arrives there |
//! |---|---|
//! | mail | a message to the member's own address, after they answered from it |
//! | webhook | JSON, signed with a secret of the destination |
//! | chat | a text, as incoming webhooks of Slack and of those like it take it |
//!
//! Always holds: mail goes to a member who confirmed the address that their account has now, and to nobody else; whoever
//! adds a destination is told to the owners; the secret and the address of a chat are shown to nobody after they were given.

use audit::{Event, StreamSecret, Watched};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{DestinationId, DisplayName, Email, TenantId, Timestamp, UserId, limits};
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::document::Spot;
use crate::notices::Notice;
use crate::permit::{ManageDestinations, Permit, Principal, ViewAlerts};
use crate::trail::StreamAddress;

const CODE_BYTES: usize = 16;
const HOUR_SECONDS: i64 = 3_600;

#[derive(Debug)]
pub struct Destination {
    pub id: DestinationId,
    pub tenant: TenantId,
    pub created_at: Timestamp,
    pub name: DisplayName,
    pub target: DestinationTarget,
}

#[derive(Debug)]
pub enum DestinationTarget {
    Mail(MailTarget),
    Webhook(StreamAddress),
    /// Its address is the secret, and signs nothing.
    Chat(StreamAddress),
}

#[derive(Debug)]
pub struct MailTarget {
    pub user: UserId,
    /// The address that the member answered from.
    pub(crate) confirmed: Option<Email>,
    pub(crate) asked: Option<Asked>,
}

/// The address that is to be answered from, and with what.
pub(crate) struct Asked {
    pub(crate) email: Email,
    pub(crate) code: Zeroizing<String>,
    pub(crate) until: Timestamp,
}

/// What somebody wants to have told. Whoever made an address has seen that it may be asked.
#[derive(Debug)]
pub enum NewTarget {
    Mail(UserId),
    Webhook(StreamAddress),
    Chat(StreamAddress),
}

#[derive(Debug, thiserror::Error)]
pub enum DestinationError {
    #[error("the organization has no such destination")]
    NoDestination,
    #[error("the organization has {} destinations already", limits::ALERT_DESTINATIONS_PER_TENANT_MAX)]
    TooMany,
    #[error("the organization has no such person, or none who signs in")]
    NoMember,
    #[error("the organization asked for {} addresses to be confirmed within an hour", limits::ALERT_CONFIRMS_PER_HOUR_MAX)]
    TooManyAsked,
    #[error("only a webhook has a secret")]
    NoSecret,
    #[error("the code is wrong, or its time is over, or the address of the account is another one now")]
    WrongCode,
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DestinationDocument {
    name: String,
    target: TargetDocument,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum TargetDocument {
    Mail { user: String, confirmed: Option<String>, asked: Option<AskedDocument> },
    Webhook { url: String, authority: Option<String>, secret: Zeroizing<String> },
    Chat { url: Zeroizing<String>, authority: Option<String> },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedDocument {
    email: String,
    code: Zeroizing<String>,
    until: i64,
}

const SELECT: &str = "SELECT id, tenant, created_at, document FROM alert_destinations WHERE id = ?1";
const SELECT_BY_TENANT: &str =
    "SELECT id, tenant, created_at, document FROM alert_destinations WHERE tenant = ?1 ORDER BY created_at, id";

// === impl MailTarget ===

impl MailTarget {
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        self.confirmed.is_some()
    }
}

impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Asked(..)")
    }
}

// === impl Destination ===

impl Destination {
    fn spot(&self) -> Spot {
        Spot::new("alert_destinations", self.id, self.tenant)
    }

    /// Where it goes, without what could be a secret.
    #[must_use]
    pub fn to(&self) -> String {
        match &self.target {
            DestinationTarget::Mail(mail) => format!("mail:{}", mail.user),
            DestinationTarget::Webhook(address) | DestinationTarget::Chat(address) => address.host(),
        }
    }

    fn document(&self) -> DestinationDocument {
        let target = match &self.target {
            DestinationTarget::Mail(mail) => TargetDocument::Mail {
                user: mail.user.to_string(),
                confirmed: mail.confirmed.as_ref().map(|email| email.as_str().to_owned()),
                asked: mail.asked.as_ref().map(|asked| AskedDocument {
                    email: asked.email.as_str().to_owned(),
                    code: asked.code.clone(),
                    until: asked.until.nanos(),
                }),
            },
            DestinationTarget::Webhook(StreamAddress { url, authority, secret }) => TargetDocument::Webhook {
                url: url.clone(),
                authority: authority.clone(),
                secret: Zeroizing::new(secret.reveal().to_owned()),
            },
            DestinationTarget::Chat(StreamAddress { url, authority, .. }) => {
                TargetDocument::Chat { url: Zeroizing::new(url.clone()), authority: authority.clone() }
            }
        };
        DestinationDocument { name: self.name.as_str().to_owned(), target }
    }
}

// === impl Identity ===

impl Identity {
    pub fn destinations(&self, permit: &Permit<ViewAlerts>) -> Result<Vec<Destination>, CatalogError> {
        let tenant = permit.tenant().to_string();
        self.catalog.read(|db| catalog::all(db, SELECT_BY_TENANT, [tenant], |row| self.read_destination(row)))
    }

    /// A member's address counts when it was answered from: a code for it is on its way with this.
    pub fn create_destination(
        &self,
        permit: &Permit<ManageDestinations>,
        name: &DisplayName,
        target: NewTarget,
    ) -> Result<Destination, DestinationError> {
        let (tenant, now) = (permit.tenant(), permit.deed().at);
        self.catalog.write(|tx| {
            let count = "SELECT count(*) FROM alert_destinations WHERE tenant = ?1";
            if catalog::count(tx, count, [tenant.to_string()])? >= limits::ALERT_DESTINATIONS_PER_TENANT_MAX {
                return Err(DestinationError::TooMany);
            }
            let target = match target {
                NewTarget::Mail(user) => DestinationTarget::Mail(self.ask_member(tx, tenant, user, now)?),
                NewTarget::Webhook(address) => DestinationTarget::Webhook(address),
                NewTarget::Chat(address) => DestinationTarget::Chat(address),
            };
            let id = DestinationId::generate(&*self.entropy);
            let made = Destination { id, tenant, created_at: now, name: name.clone(), target };
            catalog::change(
                tx,
                "INSERT INTO alert_destinations (id, tenant, created_at, document) VALUES (?1, ?2, ?3, ?4)",
                (id.to_string(), tenant.to_string(), now.nanos(), made.spot().seal(&self.sealer, &made.document())?),
            )?;
            let event = Event::Watched(Watched::AlertDestinationCreated { destination: id.to_string(), to: made.to() });
            self.record(tx, permit.deed(), event)?;
            let notice = Notice::AlertDestinationAdded { tenant: tenant.to_string(), to: made.to() };
            self.tell_owners(tx, tenant, &notice, now)?;
            if let DestinationTarget::Mail(_) = made.target {
                self.send_code(tx, &made, now)?;
            }
            Ok(made)
        })
    }

    /// Gives a webhook another secret; the one before signs nothing more.
    pub fn rotate_destination(
        &self,
        permit: &Permit<ManageDestinations>,
        id: DestinationId,
    ) -> Result<Destination, DestinationError> {
        self.catalog.write(|tx| {
            let old = self.destination_of(tx, permit.tenant(), id)?;
            let DestinationTarget::Webhook(StreamAddress { url, authority, .. }) = old.target else {
                return Err(DestinationError::NoSecret);
            };
            let secret = StreamSecret::for_webhook(&*self.entropy);
            let new = Destination { target: DestinationTarget::Webhook(StreamAddress { url, authority, secret }), ..old };
            new.spot().update(tx, &self.sealer, &new.document())?;
            self.record(tx, permit.deed(), Event::Watched(Watched::AlertDestinationRotated { destination: id.to_string() }))?;
            Ok(new)
        })
    }

    /// The member shows that they read what comes to the address of their account.
    pub fn confirm_destination(
        &self,
        permit: &Permit<ViewAlerts>,
        id: DestinationId,
        code: &str,
    ) -> Result<(), DestinationError> {
        let now = permit.deed().at;
        self.catalog.write(|tx| {
            let old = self.destination_of(tx, permit.tenant(), id)?;
            let DestinationTarget::Mail(mail) = &old.target else { return Err(DestinationError::WrongCode) };
            if permit.principal() != Principal::Person(mail.user) {
                return Err(DestinationError::NoDestination);
            }
            let asked = mail
                .asked
                .as_ref()
                .filter(|asked| now < asked.until && seal::constant_time_eq(asked.code.as_bytes(), code.as_bytes()));
            let email = self.address_of_member(tx, permit.tenant(), mail.user)?;
            let confirmed = asked.map(|asked| &asked.email).filter(|asked| Some(*asked) == email.as_ref());
            let confirmed = Some(confirmed.ok_or(DestinationError::WrongCode)?.clone());
            let target = DestinationTarget::Mail(MailTarget { user: mail.user, confirmed, asked: None });
            let new = Destination { target, ..old };
            new.spot().update(tx, &self.sealer, &new.document())?;
            let event = Event::Watched(Watched::AlertDestinationApproved { destination: id.to_string() });
            Ok(self.record(tx, permit.deed(), event)?)
        })
    }

    /// Ends it at once; alerts that told it tell the others.
    pub fn remove_destination(&self, permit: &Permit<ManageDestinations>, id: DestinationId) -> Result<(), DestinationError> {
        let tenant = permit.tenant();
        self.catalog.write(|tx| {
            self.destination_of(tx, tenant, id)?;
            for mut alert in self.alerts_of(tx, tenant)? {
                if alert.spec.destinations.contains(&id) {
                    alert.spec.destinations.retain(|one| *one != id);
                    alert.spot().update(tx, &self.sealer, &alert.document())?;
                }
            }
            catalog::change(tx, "DELETE FROM alert_destinations WHERE id = ?1", [id.to_string()])?;
            let event = Event::Watched(Watched::AlertDestinationRemoved { destination: id.to_string() });
            Ok(self.record(tx, permit.deed(), event)?)
        })
    }

    /// The address of a member who signs in.
    pub(super) fn address_of_member(
        &self,
        db: &Connection,
        tenant: TenantId,
        user: UserId,
    ) -> Result<Option<Email>, CatalogError> {
        if !self.is_member(db, tenant, user)? {
            return Ok(None);
        }
        let account = self.find_account(db, user)?.filter(|account| account.is_active());
        Ok(account.map(|account| account.user.email.clone()))
    }

    fn ask_member(
        &self,
        db: &Connection,
        tenant: TenantId,
        user: UserId,
        now: Timestamp,
    ) -> Result<MailTarget, DestinationError> {
        let email = self.address_of_member(db, tenant, user)?.ok_or(DestinationError::NoMember)?;
        let asked = "SELECT count(*) FROM alert_messages WHERE tenant = ?1 AND alert IS NULL AND change = 0 AND created_at > ?2";
        let since = now.plus_seconds(-HOUR_SECONDS).nanos();
        if catalog::count(db, asked, (tenant.to_string(), since))? >= limits::ALERT_CONFIRMS_PER_HOUR_MAX {
            return Err(DestinationError::TooManyAsked);
        }
        let mut random = Zeroizing::new([0; CODE_BYTES]);
        self.entropy.fill(random.as_mut());
        let code = Zeroizing::new(URL_SAFE_NO_PAD.encode(random.as_slice()));
        let until = now.plus_seconds(limits::ALERT_CONFIRM_HOURS * HOUR_SECONDS);
        Ok(MailTarget { user, confirmed: None, asked: Some(Asked { email, code, until }) })
    }

    fn destination_of(&self, db: &Connection, tenant: TenantId, id: DestinationId) -> Result<Destination, DestinationError> {
        let found = self.find_destination(db, id)?.filter(|destination| destination.tenant == tenant);
        found.ok_or(DestinationError::NoDestination)
    }

    pub(super) fn find_destination(&self, db: &Connection, id: DestinationId) -> Result<Option<Destination>, CatalogError> {
        catalog::one(db, SELECT, [id.to_string()], |row| self.read_destination(row))
    }

    pub(crate) fn read_destination(&self, row: &Row<'_>) -> Result<Destination, CatalogError> {
        let id = catalog::id(row, "id", "alert_destinations")?;
        let tenant = catalog::id(row, "tenant", "alert_destinations")?;
        let spot = Spot::new("alert_destinations", id, tenant);
        let document: DestinationDocument = spot.read(&self.sealer, row)?;
        let email = |text: &str| Email::parse(text).map_err(|_| spot.tampered());
        let target = match document.target {
            TargetDocument::Mail { user, confirmed, asked } => {
                let asked = asked.map(|asked| {
                    Ok::<_, CatalogError>(Asked {
                        email: email(&asked.email)?,
                        code: asked.code,
                        until: Timestamp::from_nanos(asked.until),
                    })
                });
                DestinationTarget::Mail(MailTarget {
                    user: UserId::parse(&user).map_err(|_| spot.tampered())?,
                    confirmed: confirmed.as_deref().map(email).transpose()?,
                    asked: asked.transpose()?,
                })
            }
            TargetDocument::Webhook { url, authority, secret } => {
                DestinationTarget::Webhook(StreamAddress { url, authority, secret: StreamSecret::from_text(&secret) })
            }
            TargetDocument::Chat { url, authority } => {
                let secret = StreamSecret::from_text("");
                DestinationTarget::Chat(StreamAddress { url: url.as_str().to_owned(), authority, secret })
            }
        };
        let name = DisplayName::parse(&document.name).map_err(|_| spot.tampered())?;
        Ok(Destination { id, tenant, created_at: catalog::time(row, "created_at")?, name, target })
    }
}
