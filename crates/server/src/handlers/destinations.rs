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
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use identity::{Destination, DestinationTarget, Errand, ManageDestinations, NewTarget, StreamAddress, ViewAlerts};
use model::limits::{ALERT_AUTHORITY_BYTES_MAX, ALERT_TEST_SECONDS_MIN, ALERT_URL_BYTES_MAX};
use model::{DestinationId, UserId};
use serde::Deserialize;
use serde_json::{Value, json};

use super::me::display_name;
use super::streams::{refuse_own, way};
use super::who::{Who, answer, nothing, ok};
use crate::app::App;
use crate::problem::Problem;
use crate::watching::try_once;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Mail,
    Webhook,
    Slack,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DestinationForm {
    name: String,
    kind: Kind,
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    authority: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirmation {
    code: String,
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

pub(crate) async fn destinations(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let all = identity.destinations(&who.tenant_permit::<ViewAlerts>()?)?;
        Ok(ok(json!({"destinations": all.iter().map(shown).collect::<Vec<_>>()})))
    })
    .await
}

pub(crate) async fn create(who: Who, body: Body) -> Result<Response, Problem> {
    let form: DestinationForm = who.json(body).await?;
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ManageDestinations>()?;
        let name = display_name(&form.name)?;
        let made = identity.create_destination(&permit, &name, form.target(&who.app)?)?;
        Ok(answer(StatusCode::CREATED, with_secret(&made)))
    })
    .await
}

pub(crate) async fn rotate(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ManageDestinations>()?;
        Ok(ok(with_secret(&identity.rotate_destination(&permit, who.id("destination")?)?)))
    })
    .await
}

pub(crate) async fn confirm(who: Who, body: Body) -> Result<Response, Problem> {
    let form: Confirmation = who.json(body).await?;
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ViewAlerts>()?;
        identity.confirm_destination(&permit, who.id("destination")?, form.code.trim())?;
        Ok(nothing())
    })
    .await
}

pub(crate) async fn test(who: Who) -> Result<Response, Problem> {
    let app = Arc::clone(&who.app);
    let errand = who
        .run(|who, identity| {
            let (permit, id) = (who.tenant_permit::<ManageDestinations>()?, who.id("destination")?);
            not_too_soon(&who.app, &[id])?;
            Ok(identity.test_destination(&permit, id)?)
        })
        .await?;
    Ok(ok(json!({"messages": sent(&app, vec![errand]).await})))
}

pub(crate) async fn remove(who: Who) -> Result<Response, Problem> {
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
pub(super) async fn sent(app: &Arc<App>, errands: Vec<Errand>) -> Vec<Value> {
    let each = errands.into_iter().map(|errand| async move {
        let (id, destination) = (errand.id.to_string(), errand.destination.to_string());
        let failure = try_once(app, errand).await.failure;
        json!({"id": id, "destination": destination, "sent": failure.is_none(), "failure": failure})
    });
    futures_util::future::join_all(each).await
}

fn shown(destination: &Destination) -> Value {
    let (kind, user, confirmed) = match &destination.target {
        DestinationTarget::Mail(mail) => ("mail", Some(mail.user.to_string()), Some(mail.is_confirmed())),
        DestinationTarget::Webhook(_) => ("webhook", None, None),
        DestinationTarget::Chat(_) => ("slack", None, None),
    };
    json!({
        "id": destination.id.to_string(),
        "name": destination.name.as_str(),
        "kind": kind,
        "to": destination.to(),
        "user": user,
        "confirmed": confirmed,
        "created_at": destination.created_at.to_string(),
    })
}

fn with_secret(destination: &Destination) -> Value {
    let mut shown = shown(destination);
    if let DestinationTarget::Webhook(address) = &destination.target {
        shown["secret"] = json!(address.secret.reveal());
    }
    shown
}
