//! Messages of alerts: what is on its way to a destination, and what became of it.
//!
//! Always holds: a message is written with the change that it tells, and sent after; it is tried again, each time after
//! twice as long, until it arrived, cannot arrive, or was tried often enough, and how it ended is kept; whether it may go is
//! asked at each try. One that arrived in the moment of a crash is sent again under the same id.

use audit::{Event, Watched};
use model::limits::{ALERT_MESSAGES_KEPT_MAX, ALERT_RETRY_SECONDS, ALERT_RETRY_SECONDS_MAX, ALERT_TRIES_MAX};
use model::{AlertId, AlertMessageId, DestinationId, Email, TenantId, Timestamp};
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};
use watch::Said;
use zeroize::Zeroizing;

use super::{Alert, AlertError, Destination, DestinationError, DestinationTarget, MailTarget};
use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::document::Spot;
use crate::permit::{ManageAlerts, ManageDestinations, Permit, ViewAlerts};
use crate::trail::StreamAddress;

/// Messages that are taken on at once. More: a moment later, those that wait longest first.
const DUE_MAX: i64 = 64;
const COLUMNS: &str = "id, tenant, alert, change, created_at, due_at, document";

/// A message as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertMessage {
    pub id: AlertMessageId,
    pub tenant: TenantId,
    pub alert: Option<AlertId>,
    /// The change that it tells, by its number.
    pub change: Option<i64>,
    pub created_at: Timestamp,
    /// When it is tried next.
    pub due_at: Option<Timestamp>,
    pub destination: DestinationId,
    pub tries: u32,
    pub sent_at: Option<Timestamp>,
    /// Why it did not arrive, the last time that it was tried.
    pub failure: Option<String>,
    /// What it tells; nothing: it asks for an address to be confirmed.
    said: Option<Said>,
}

/// One message that goes out now.
#[derive(Debug)]
pub struct Errand {
    pub id: AlertMessageId,
    pub tenant: TenantId,
    pub destination: DestinationId,
    /// `Err`: why it may not go, as a code that is stable.
    pub to: Result<MessageTo, &'static str>,
    pub body: MessageBody,
}

#[derive(Debug)]
pub enum MessageTo {
    Mail(Email),
    Webhook(StreamAddress),
    Chat(StreamAddress),
}

pub enum MessageBody {
    Said(Said),
    /// A member is asked whether they read this.
    Code {
        code: Zeroizing<String>,
        until: Timestamp,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MessageDocument {
    destination: String,
    said: Option<Said>,
    tries: u32,
    sent_at: Option<i64>,
    failure: Option<String>,
}

/// Marks in `change` that a message asks for an address to be confirmed.
const ASKS: i64 = 0;

impl std::fmt::Debug for MessageBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Said(_) => "Said(..)",
            Self::Code { .. } => "Code(..)",
        })
    }
}

// === impl AlertMessage ===

impl AlertMessage {
    fn new(id: AlertMessageId, (tenant, destination): (TenantId, DestinationId), said: Option<Said>, now: Timestamp) -> Self {
        Self {
            id,
            tenant,
            alert: None,
            change: None,
            created_at: now,
            due_at: Some(now),
            destination,
            tries: 0,
            sent_at: None,
            failure: None,
            said,
        }
    }

    fn spot(&self) -> Spot {
        Spot::new("alert_messages", self.id, self.tenant)
    }

    fn document(&self) -> MessageDocument {
        MessageDocument {
            destination: self.destination.to_string(),
            said: self.said.clone(),
            tries: self.tries,
            sent_at: self.sent_at.map(Timestamp::nanos),
            failure: self.failure.clone(),
        }
    }

    /// Seconds until it is tried again, after so many tries.
    fn wait(tries: u32) -> i64 {
        let doubled = ALERT_RETRY_SECONDS.checked_shl(tries.saturating_sub(1).min(30)).unwrap_or(ALERT_RETRY_SECONDS_MAX);
        doubled.min(ALERT_RETRY_SECONDS_MAX)
    }
}

// === impl Identity ===

impl Identity {
    /// What has to go out now. A row that does not open is set aside, so that it holds up no other, and told once.
    pub fn due_messages(&self, now: Timestamp) -> Result<(Vec<Errand>, Vec<CatalogError>), CatalogError> {
        let sql = format!("SELECT {COLUMNS} FROM alert_messages WHERE due_at <= ?1 ORDER BY due_at, id LIMIT ?2");
        let found = self.catalog.read(|db| {
            let (due, damaged) = catalog::whole(db, &sql, (now.nanos(), DUE_MAX), |row| self.read_message(row))?;
            let errands = due.into_iter().map(|message| self.errand(db, message)).collect::<Result<Vec<_>, _>>()?;
            Ok::<_, CatalogError>((errands, damaged))
        })?;
        self.set_aside("UPDATE alert_messages SET due_at = NULL WHERE id = ?1", &found.1)?;
        Ok(found)
    }

    /// Whoever it went to has it.
    pub fn note_message_sent(&self, id: AlertMessageId, now: Timestamp) -> Result<(), CatalogError> {
        self.change_message(id, |message| AlertMessage {
            tries: message.tries.saturating_add(1),
            sent_at: Some(now),
            failure: None,
            due_at: None,
            ..message
        })
    }

    /// It did not arrive, for this reason. It is tried again unless that is in vain, or it was never to be.
    pub fn note_message_not_sent(
        &self,
        id: AlertMessageId,
        (code, in_vain): (&str, bool),
        now: Timestamp,
    ) -> Result<(), CatalogError> {
        self.change_message(id, |message| {
            let tries = message.tries.saturating_add(1);
            let again = !in_vain && tries < ALERT_TRIES_MAX && message.due_at.is_some();
            let due_at = again.then(|| now.plus_seconds(AlertMessage::wait(tries)));
            AlertMessage { tries, failure: Some(code.to_owned()), due_at, ..message }
        })
    }

    /// The messages of an alert, the newest first, as far as they are kept.
    pub fn alert_messages(&self, permit: &Permit<ViewAlerts>, id: AlertId) -> Result<Vec<AlertMessage>, CatalogError> {
        let sql = format!("SELECT {COLUMNS} FROM alert_messages WHERE alert = ?1 ORDER BY created_at DESC, id");
        self.catalog.read(|db| match self.alert_for(db, permit, id)? {
            Some(_) => catalog::all(db, &sql, [id.to_string()], |row| self.read_message(row)),
            None => Ok(Vec::new()),
        })
    }

    /// One message to each destination of an alert that tells nothing. They are tried once, by whoever asked.
    pub fn test_alert(&self, permit: &Permit<ManageAlerts>, id: AlertId) -> Result<Vec<Errand>, AlertError> {
        let now = permit.deed().at;
        self.catalog.write(|tx| {
            let alert = self.alert_for(tx, permit, id)?.ok_or(AlertError::NoAlert)?;
            let said = Said::test(&alert.tenant.to_string(), Some(self.about(tx, &alert)?), now);
            let mut errands = Vec::new();
            for destination in &alert.spec.destinations {
                let made = self.new_message(tx, (alert.tenant, *destination), Some(said.clone()), now)?;
                let message = AlertMessage { alert: Some(id), due_at: None, ..made };
                self.insert_message(tx, &message)?;
                let event = Event::Watched(Watched::AlertDestinationTested { destination: destination.to_string() });
                self.record(tx, permit.deed(), event)?;
                errands.push(self.errand(tx, message)?);
            }
            Ok(errands)
        })
    }

    pub fn test_destination(&self, permit: &Permit<ManageDestinations>, id: DestinationId) -> Result<Errand, DestinationError> {
        let (tenant, now) = (permit.tenant(), permit.deed().at);
        self.catalog.write(|tx| {
            let found = self.find_destination(tx, id)?.filter(|destination| destination.tenant == tenant);
            found.ok_or(DestinationError::NoDestination)?;
            let said = Said::test(&tenant.to_string(), None, now);
            let made = self.new_message(tx, (tenant, id), Some(said), now)?;
            let message = AlertMessage { due_at: None, ..made };
            self.insert_message(tx, &message)?;
            let event = Event::Watched(Watched::AlertDestinationTested { destination: id.to_string() });
            self.record(tx, permit.deed(), event)?;
            Ok(self.errand(tx, message)?)
        })
    }

    /// Has a change told to every destination of the alert. Gives how many there are.
    pub(super) fn send_to_all(
        &self,
        tx: &Connection,
        alert: &Alert,
        (said, change): (&Said, Option<i64>),
        now: Timestamp,
    ) -> Result<u64, CatalogError> {
        for destination in &alert.spec.destinations {
            let made = self.new_message(tx, (alert.tenant, *destination), Some(said.clone()), now)?;
            self.insert_message(tx, &AlertMessage { alert: Some(alert.id), change, ..made })?;
        }
        Ok(alert.spec.destinations.len() as u64)
    }

    /// Asks a member whether they read what comes to their address.
    pub(super) fn send_code(&self, tx: &Connection, to: &Destination, now: Timestamp) -> Result<(), CatalogError> {
        let made = self.new_message(tx, (to.tenant, to.id), None, now)?;
        self.insert_message(tx, &AlertMessage { change: Some(ASKS), ..made })
    }

    fn new_message(
        &self,
        tx: &Connection,
        to: (TenantId, DestinationId),
        said: Option<Said>,
        now: Timestamp,
    ) -> Result<AlertMessage, CatalogError> {
        // The oldest make room, also those that are still on their way: what is newer tells more.
        let sql = "DELETE FROM alert_messages WHERE id IN
            (SELECT id FROM alert_messages WHERE tenant = ?1 ORDER BY created_at DESC, id LIMIT -1 OFFSET ?2)";
        catalog::change(tx, sql, (to.0.to_string(), ALERT_MESSAGES_KEPT_MAX - 1))?;
        Ok(AlertMessage::new(AlertMessageId::generate(&*self.entropy), to, said, now))
    }

    fn insert_message(&self, tx: &Connection, message: &AlertMessage) -> Result<(), CatalogError> {
        let sealed = message.spot().seal(&self.sealer, &message.document())?;
        let sql = format!("INSERT INTO alert_messages ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        let values = (
            message.id.to_string(),
            message.tenant.to_string(),
            message.alert.map(|alert| alert.to_string()),
            message.change,
            message.created_at.nanos(),
            message.due_at.map(Timestamp::nanos),
            sealed,
        );
        catalog::change(tx, &sql, values)?;
        Ok(())
    }

    /// Whether it may go, and where to, as things are now.
    fn errand(&self, db: &Connection, message: AlertMessage) -> Result<Errand, CatalogError> {
        let AlertMessage { id, tenant, destination, said, .. } = message;
        let found = match self.find_destination(db, destination) {
            // Where it went is not known any more, which is no reason to hold up the others.
            Err(CatalogError::Tampered { .. }) => None,
            found => found?.filter(|found| found.tenant == tenant),
        };
        let (to, body) = match (found.map(|found| found.target), said) {
            (Some(DestinationTarget::Mail(mail)), None) => self.question(db, tenant, mail)?,
            (Some(DestinationTarget::Mail(MailTarget { user, confirmed, .. })), Some(said)) => {
                let email = self.address_of_member(db, tenant, user)?.filter(|email| Some(email) == confirmed.as_ref());
                (email.map(MessageTo::Mail).ok_or("address_not_confirmed"), MessageBody::Said(said))
            }
            (Some(DestinationTarget::Webhook(address)), Some(said)) => (Ok(MessageTo::Webhook(address)), MessageBody::Said(said)),
            (Some(DestinationTarget::Chat(address)), Some(said)) => (Ok(MessageTo::Chat(address)), MessageBody::Said(said)),
            (None, Some(said)) => (Err("destination_gone"), MessageBody::Said(said)),
            (_, None) => (Err("destination_gone"), no_code()),
        };
        Ok(Errand { id, tenant, destination, to, body })
    }

    fn question(
        &self,
        db: &Connection,
        tenant: TenantId,
        mail: MailTarget,
    ) -> Result<(Result<MessageTo, &'static str>, MessageBody), CatalogError> {
        let email = self.address_of_member(db, tenant, mail.user)?;
        Ok(match mail.asked.filter(|asked| Some(&asked.email) == email.as_ref()) {
            Some(asked) => (Ok(MessageTo::Mail(asked.email)), MessageBody::Code { code: asked.code, until: asked.until }),
            None => (Err("nothing_to_confirm"), no_code()),
        })
    }

    /// One that was removed meanwhile stays so.
    fn change_message(&self, id: AlertMessageId, change: impl FnOnce(AlertMessage) -> AlertMessage) -> Result<(), CatalogError> {
        let sql = format!("SELECT {COLUMNS} FROM alert_messages WHERE id = ?1");
        self.catalog.write(|tx| {
            let Some(message) = catalog::one(tx, &sql, [id.to_string()], |row| self.read_message(row))? else { return Ok(()) };
            let message = change(message);
            message.spot().update(tx, &self.sealer, &message.document())?;
            let due = message.due_at.map(Timestamp::nanos);
            catalog::change(tx, "UPDATE alert_messages SET due_at = ?1 WHERE id = ?2", (due, id.to_string()))?;
            Ok(())
        })
    }

    pub(crate) fn read_message(&self, row: &Row<'_>) -> Result<AlertMessage, CatalogError> {
        let (id, tenant) = (catalog::id(row, "id", "alert_messages")?, catalog::id(row, "tenant", "alert_messages")?);
        let spot = Spot::new("alert_messages", id, tenant);
        let document: MessageDocument = spot.read(&self.sealer, row)?;
        let alert = row.get::<_, Option<String>>("alert")?.map(|id| AlertId::parse(&id)).transpose();
        Ok(AlertMessage {
            id,
            tenant,
            alert: alert.map_err(|_| spot.tampered())?,
            change: row.get("change")?,
            created_at: catalog::time(row, "created_at")?,
            due_at: catalog::optional_time(row, "due_at")?,
            destination: DestinationId::parse(&document.destination).map_err(|_| spot.tampered())?,
            tries: document.tries,
            sent_at: document.sent_at.map(Timestamp::from_nanos),
            failure: document.failure,
            said: document.said,
        })
    }
}

fn no_code() -> MessageBody {
    MessageBody::Code { code: Zeroizing::new(String::new()), until: Timestamp::MIN }
}
