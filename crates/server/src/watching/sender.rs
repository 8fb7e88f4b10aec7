//! Sends the messages of alerts: by mail, to webhooks and to chats.
//!
//! | header of a request to a webhook | what |
//! |---|---|
//! | `blockhouse-message` | the message's id, the same at each try |
//! | `blockhouse-signature` | `t=SECONDS,v1=HEX`: when it was sent, and HMAC-SHA-256 of `SECONDS.BODY` under the secret |
//!
//! Always holds: an address is asked by the rules for addresses that tenants name, and no redirect is followed; what became
//! of a message is written down, and never in words of whoever answered.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use identity::{Errand, MessageBody, MessageTo, StreamAddress};
use mail::{Again, Message};
use model::{AlertMessageId, Email, limits};
use parking_lot::Mutex;
use tokio::sync::Semaphore;
use watch::Said;

use crate::app::App;
use crate::carrier::code_of;
use crate::handlers::streams;
use crate::problem::Chain;

const TICK: Duration = Duration::from_secs(1);
const SENDING: &str = "sending messages of alerts";
/// Where the console shows an alert.
const ALERTS: &str = "/app/alerts/";
/// Where a member confirms their address.
const DESTINATIONS: &str = "/app/alerts/destinations";

pub(crate) struct Sender {
    app: Arc<App>,
    under_way: Mutex<HashSet<AlertMessageId>>,
    places: Arc<Semaphore>,
}

/// What became of a message, and whether that is written down.
pub(crate) struct Tried {
    /// A code that is stable.
    pub(crate) failure: Option<String>,
    is_noted: bool,
}

/// Why a message did not arrive, as a code that is stable.
struct NotSent {
    code: String,
    in_vain: bool,
}

// === impl NotSent ===

impl NotSent {
    fn in_vain(code: &str) -> Self {
        Self { code: code.to_owned(), in_vain: true }
    }

    fn for_now(code: &str) -> Self {
        Self { code: code.to_owned(), in_vain: false }
    }
}

// === impl Sender ===

impl Sender {
    pub(crate) fn new(app: &Arc<App>) -> Arc<Self> {
        let places = Arc::new(Semaphore::new(limits::ALERT_MESSAGES_AT_ONCE));
        Arc::new(Self { app: Arc::clone(app), under_way: Mutex::default(), places })
    }

    /// Looks for what there is to send until the server stops.
    pub(crate) async fn run(self: Arc<Self>) {
        let (mut stopping, mut tick) = (self.app.stopping.clone(), tokio::time::interval(TICK));
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                _ = stopping.changed() => return,
            }
            let now = self.app.clock.now();
            let found = self.app.ask(SENDING, move |identity| identity.due_messages(now)).await;
            let Some((due, damaged)) = found else { continue };
            damaged.iter().for_each(|error| tracing::error!(error = %Chain(error), "a message of an alert is set aside"));
            for errand in due {
                // Each in a task of its own: an address that does not answer holds up nobody.
                let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else { break };
                if self.under_way.lock().insert(errand.id) {
                    let sender = Arc::clone(&self);
                    tokio::spawn(async move {
                        let (_place, id) = (place, errand.id);
                        let Tried { failure, is_noted } = try_once(&sender.app, errand).await;
                        if let Some(code) = failure {
                            tracing::warn!(message = %id, %code, "a message of an alert did not arrive");
                        }
                        // Nobody gets a message again and again because it cannot be written down that they have it.
                        if is_noted {
                            sender.under_way.lock().remove(&id);
                        }
                    });
                }
            }
        }
    }
}

/// Sends one message and writes down what became of it.
pub(crate) async fn try_once(app: &Arc<App>, errand: Errand) -> Tried {
    let id = errand.id;
    let sent = send(app, errand).await;
    let now = app.clock.now();
    let (failure, noted) = match sent {
        Ok(()) => (None, app.ask(SENDING, move |identity| identity.note_message_sent(id, now)).await),
        Err(NotSent { code, in_vain }) => {
            let told = code.clone();
            (Some(code), app.ask(SENDING, move |identity| identity.note_message_not_sent(id, (&told, in_vain), now)).await)
        }
    };
    Tried { failure, is_noted: noted.is_some() }
}

async fn send(app: &Arc<App>, errand: Errand) -> Result<(), NotSent> {
    let Errand { id, tenant, destination, to, body } = errand;
    match (to.map_err(NotSent::in_vain)?, body) {
        (MessageTo::Mail(email), MessageBody::Said(said)) => {
            let (subject, text) = said.mail(&link(app, &said));
            mail(app, &email, &subject, &text).await
        }
        (MessageTo::Mail(email), MessageBody::Code { code, until }) => {
            let tenant = app.ask(SENDING, move |identity| identity.tenant(tenant)).await.flatten();
            let tenant = tenant.ok_or_else(|| NotSent::for_now("catalog_unavailable"))?;
            // Short lines: they are not broken on their way, so that the code can be taken from any view of the message.
            let text = format!(
                "Somebody of {}\nwants alerts told to this address.\n\
                 If you want that too, confirm it until\n{until},\nsigned in as yourself at\n\n{}{DESTINATIONS}\n\n\
                 or with\n\nblockhouse alert destination confirm ID CODE\n\nID    {destination}\nCODE  {}\n\n\
                 If not, do nothing: nothing more is sent.\n",
                tenant.name.as_str(),
                app.origin,
                *code
            );
            mail(app, &email, "Confirm that alerts may be told to you", &text).await
        }
        (MessageTo::Webhook(address), MessageBody::Said(said)) => {
            let (body, message) = (said.json(&id.to_string(), &link(app, &said)), id.to_string());
            let signature = address.secret.sign(&body, app.clock.now());
            let headers = [("blockhouse-message", message.as_str()), ("blockhouse-signature", signature.as_str())];
            post(app, &address, &headers, body).await
        }
        (MessageTo::Chat(address), MessageBody::Said(said)) => post(app, &address, &[], said.chat(&link(app, &said))).await,
        (MessageTo::Webhook(_) | MessageTo::Chat(_), MessageBody::Code { .. }) => Err(NotSent::in_vain("nothing_to_confirm")),
    }
}

async fn mail(app: &App, to: &Email, subject: &str, text: &str) -> Result<(), NotSent> {
    let mailer = app.mailer.as_ref().ok_or_else(|| NotSent::for_now("mail_not_configured"))?;
    let message = Message::new(to, subject, text, app.clock.now(), &*app.entropy);
    let message = message.map_err(|_| NotSent::in_vain("message_invalid"))?;
    match mailer.send(&message).await {
        Ok(_) => Ok(()),
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "a message of an alert was not taken by the mail server");
            Err(NotSent { code: "mail_refused".to_owned(), in_vain: error.again() == Again::Never })
        }
    }
}

async fn post(app: &App, address: &StreamAddress, headers: &[(&str, &str)], body: Vec<u8>) -> Result<(), NotSent> {
    let way = streams::way(app, &address.url, address.authority.as_deref());
    let way = way.map_err(|_| NotSent::in_vain("address_invalid"))?;
    let headers = [&[("content-type", "application/json")], headers].concat();
    match way.post(&address.url, &headers, body).await {
        Ok(200..=299) => Ok(()),
        Ok(410) => Err(NotSent::in_vain("status_410")),
        Ok(status) => Err(NotSent::for_now(&format!("status_{status}"))),
        Err(error) => Err(NotSent::for_now(code_of(&error))),
    }
}

/// The alert's page shows what it asks for, and leads to the records of each change.
fn link(app: &App, said: &Said) -> String {
    let page = said.alert.as_ref().map_or_else(|| DESTINATIONS.to_owned(), |alert| format!("{ALERTS}{}", alert.id));
    format!("{}{page}", app.origin)
}
