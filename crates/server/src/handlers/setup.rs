//! The first tenant and source, with the one-time token: `POST /v1/setup`. Gone once a tenant exists.

use std::sync::Arc;
use std::time::Duration;

use audit::Actor;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use identity::{Bootstrapped, Client, FirstOwner, SetupError};
use model::DisplayName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shown::Revealed;
use super::who;
use crate::api::{JsonOf, Made, Sent, made};
use crate::app::App;
use crate::body;
use crate::caller::Caller;
use crate::problem::Problem;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setup {
    token: String,
    tenant: String,
    #[serde(default = "first")]
    source: String,
    /// Who becomes the owner, and sets up a way to sign in with the session of the answer.
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    name: Option<String>,
}

/// The first tenant and source, and the source's keys, which are shown this once.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Founded {
    tenant_id: String,
    source_id: String,
    write_key: Revealed,
    read_key: Revealed,
}

fn first() -> String {
    "first".to_owned()
}

pub(crate) async fn setup(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Sent<JsonOf<Setup>>,
) -> Result<Made<Founded>, Problem> {
    if !app.identity.is_setup_open().map_err(|error| Problem::internal(&error))? {
        return Err(SetupError::Closed.into());
    }
    let mut share = app.bodies.share();
    let bytes = body::read_up_to(body.0, &headers, 4096, &mut share).await?;
    let setup: Setup = serde_json::from_slice(&bytes).map_err(|error| {
        Problem::bad_request("invalid_json", format!("expected {{\"token\", \"tenant\", \"source\"}}: {error}"))
    })?;
    let name = |text: &str, code| DisplayName::parse(text).map_err(|error| Problem::bad_request(code, error.to_string()));
    let (tenant, source) = (name(&setup.tenant, "tenant_invalid")?, name(&setup.source, "source_invalid")?);
    let owner = match (&setup.email, &setup.name) {
        (Some(email), Some(owner)) => {
            Some(FirstOwner { email: super::sign_in::email(email)?, name: name(owner, "name_invalid")? })
        }
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            return Err(Problem::bad_request("owner_incomplete", "an owner has an `email` and a `name`"));
        }
    };
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let client = Client { agent: agent.to_owned(), device: None };
    let deed = caller.deed(Actor::SetupLink, app.clock.now());
    let owner = owner.as_ref().map(|owner| (owner, &client));
    match app.identity.complete_setup(&setup.token, (&tenant, &source), owner, &deed) {
        Ok((first, None)) => Ok(made(founded(&first))),
        Ok((first, Some(opened))) => Ok(who::with_session(&opened.token, made(founded(&first)))),
        Err(SetupError::WrongOrExpired { wait_seconds }) => {
            tokio::time::sleep(Duration::from_secs(wait_seconds as u64)).await;
            Err(SetupError::WrongOrExpired { wait_seconds }.into())
        }
        Err(error) => Err(error.into()),
    }
}

fn founded(made: &Bootstrapped) -> Founded {
    Founded {
        tenant_id: made.tenant_id.to_string(),
        source_id: made.source_id.to_string(),
        write_key: (&made.write_key).into(),
        read_key: (&made.read_key).into(),
    }
}
