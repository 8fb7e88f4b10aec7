//! Where alerts of a tenant tell what changed.
//!
//! | route | does |
//! |---|---|
//! | `GET /v1/tenants/{tenant}/alert-destinations` | lists them, without secrets |
//! | `POST …/alert-destinations` | `{name, kind: mail, user}`, `{name, kind: webhook or slack, url, authority}` |
//! | `POST …/{destination}/confirm` | `{code}`: the member shows that they read what comes to their address |
//! | `POST …/{destination}/rotate` | gives a webhook another secret, which is shown once |
//! | `POST …/{destination}/test` | sends a message that tells nothing, now |
//! | `DELETE …/{destination}` | ends one; alerts that told it tell the others |

use std::sync::Arc;

use audit::StreamSecret;
use axum::http::StatusCode;
use identity::{Destination, DestinationTarget, Errand, ManageDestinations, NewTarget, StreamAddress, ViewAlerts};
use model::limits::{ALERT_AUTHORITY_BYTES_MAX, ALERT_TEST_SECONDS_MIN, ALERT_URL_BYTES_MAX};
use model::{DestinationId, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::me::display_name;
use super::shown::Time;
use super::streams::{refuse_own, way};
use super::who::Who;
use crate::api::{Answer, Done, Form, Made, made, nothing, ok};
use crate::app::App;
use crate::problem::Problem;
use crate::watching::try_once;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "AlertDestinationKind")]
enum Kind {
    Mail,
    Webhook,
    Slack,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DestinationForm {
    name: String,
    kind: Kind,
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    authority: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirmation {
    code: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AlertDestinations")]
pub(crate) struct Destinations {
    destinations: Vec<ShownDestination>,
}

/// Where alerts tell, without its secret.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AlertDestination")]
struct ShownDestination {
    id: String,
    name: String,
    kind: Kind,
    /// In words for people.
    to: String,
    /// Of mail: the member.
    user: Option<String>,
    /// Of mail: whether they showed that they read it.
    confirmed: Option<bool>,
    created_at: Time,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NewAlertDestination")]
pub(crate) struct DestinationWithSecret {
    #[serde(flatten)]
    shown: ShownDestination,
    /// Of a webhook: what it verifies messages with; shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// Messages that tell nothing, and what became of them.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AlertTest")]
pub(crate) struct Sent {
    pub(super) messages: Vec<SentMessage>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AlertTestMessage")]
pub(super) struct SentMessage {
    id: String,
    destination: String,
    sent: bool,
    /// Why it did not arrive, as a code that is stable.
    failure: Option<String>,
}

// === impl DestinationForm ===

impl DestinationForm {
    fn target(self, app: &App) -> Result<NewTarget, Problem> {
        let invalid = "mail goes to a `user`; a webhook and slack have a `url`, with its `authority`";
        match (self.kind, self.user, self.url) {
            (Kind::Mail, Some(user), None) if self.authority.is_none() => {
                if app.mailer.is_none() {
                    let detail = "this installation has no mail server: blockhouse up --mail-host names one";
                    return Err(Problem::new(StatusCode::CONFLICT, "mail_not_configured", detail));
                }
                let unknown = |_| Problem::from(identity::DestinationError::NoMember);
                Ok(NewTarget::Mail(UserId::parse(&user).map_err(unknown)?))
            }
            (Kind::Webhook, None, Some(url)) => {
                let secret = StreamSecret::for_webhook(&*app.entropy);
                Ok(NewTarget::Webhook(address(app, url, self.authority, secret)?))
            }
            (Kind::Slack, None, Some(url)) => {
                Ok(NewTarget::Chat(address(app, url, self.authority, StreamSecret::from_text(""))?))
            }
            (Kind::Mail | Kind::Webhook | Kind::Slack, _, _) => Err(Problem::bad_request("target_invalid", invalid)),
        }
    }
}

/// What is wrong with an address shows now, and not when something is to be told.
fn address(app: &App, url: String, authority: Option<String>, secret: StreamSecret) -> Result<StreamAddress, Problem> {
    let too_long = url.len() > ALERT_URL_BYTES_MAX;
    if too_long || authority.as_ref().is_some_and(|pem| pem.len() > ALERT_AUTHORITY_BYTES_MAX) {
        return Err(Problem::bad_request("address_invalid", "the address or its authority is too long"));
    }
    refuse_own(app, &url)?;
    way(app, &url, authority.as_deref())?;
    Ok(StreamAddress { url, authority, secret })
}

pub(crate) async fn destinations(who: Who) -> Result<Answer<Destinations>, Problem> {
    who.run(|who, identity| {
        let all = identity.destinations(&who.tenant_permit::<ViewAlerts>()?)?;
        Ok(ok(Destinations { destinations: all.iter().map(shown).collect() }))
    })
    .await
}

pub(crate) async fn create(who: Who, Form(form): Form<DestinationForm>) -> Result<Made<DestinationWithSecret>, Problem> {
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ManageDestinations>()?;
        let name = display_name(&form.name)?;
        let destination = identity.create_destination(&permit, &name, form.target(&who.app)?)?;
        Ok(made(with_secret(&destination)))
    })
    .await
}

pub(crate) async fn rotate(who: Who) -> Result<Answer<DestinationWithSecret>, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ManageDestinations>()?;
        Ok(ok(with_secret(&identity.rotate_destination(&permit, who.id("destination")?)?)))
    })
    .await
}

pub(crate) async fn confirm(who: Who, Form(form): Form<Confirmation>) -> Result<Done, Problem> {
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ViewAlerts>()?;
        identity.confirm_destination(&permit, who.id("destination")?, form.code.trim())?;
        Ok(nothing())
    })
    .await
}

pub(crate) async fn test(who: Who) -> Result<Answer<Sent>, Problem> {
    let app = Arc::clone(&who.app);
    let errand = who
        .run(|who, identity| {
            let (permit, id) = (who.tenant_permit::<ManageDestinations>()?, who.id("destination")?);
            not_too_soon(&who.app, &[id])?;
            Ok(identity.test_destination(&permit, id)?)
        })
        .await?;
    Ok(ok(Sent { messages: sent(&app, vec![errand]).await }))
}

pub(crate) async fn remove(who: Who) -> Result<Done, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ManageDestinations>()?;
        identity.remove_destination(&permit, who.id("destination")?)?;
        Ok(nothing())
    })
    .await
}

/// Nobody lets this server write to somebody again and again.
pub(super) fn not_too_soon(app: &App, destinations: &[DestinationId]) -> Result<(), Problem> {
    let now = app.clock.now();
    let mut tested = app.tested.lock();
    tested.retain(|_, at| (0..ALERT_TEST_SECONDS_MIN).contains(&now.seconds_since(*at)));
    if destinations.iter().any(|id| tested.contains_key(id)) {
        let detail = format!("a destination is tested every {ALERT_TEST_SECONDS_MIN} seconds at most");
        let wait = u32::try_from(ALERT_TEST_SECONDS_MIN).unwrap_or(1);
        return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_soon", detail).retry_after(wait));
    }
    tested.extend(destinations.iter().map(|id| (*id, now)));
    Ok(())
}

/// Sends each once, all at the same time, and says what became of it.
pub(super) async fn sent(app: &Arc<App>, errands: Vec<Errand>) -> Vec<SentMessage> {
    let each = errands.into_iter().map(|errand| async move {
        let (id, destination) = (errand.id.to_string(), errand.destination.to_string());
        let failure = try_once(app, errand).await.failure;
        SentMessage { id, destination, sent: failure.is_none(), failure }
    });
    futures_util::future::join_all(each).await
}

fn shown(destination: &Destination) -> ShownDestination {
    let (kind, user, confirmed) = match &destination.target {
        DestinationTarget::Mail(mail) => (Kind::Mail, Some(mail.user.to_string()), Some(mail.is_confirmed())),
        DestinationTarget::Webhook(_) => (Kind::Webhook, None, None),
        DestinationTarget::Chat(_) => (Kind::Slack, None, None),
    };
    ShownDestination {
        id: destination.id.to_string(),
        name: destination.name.as_str().to_owned(),
        kind,
        to: destination.to(),
        user,
        confirmed,
        created_at: destination.created_at.into(),
    }
}

fn with_secret(destination: &Destination) -> DestinationWithSecret {
    let secret = match &destination.target {
        DestinationTarget::Webhook(address) => Some(address.secret.reveal().to_owned()),
        DestinationTarget::Mail(_) | DestinationTarget::Chat(_) => None,
    };
    DestinationWithSecret { shown: shown(destination), secret }
}
