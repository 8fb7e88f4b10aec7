//! Signing in and out.
//!
//! | route | does |
//! |---|---|
//! | `POST /v1/sign-in/passphrase` | `{email, passphrase}`: signed in, or a session that awaits its second factor |
//! | `POST /v1/sign-in/passkey/start`, `…/finish` | a passkey, without saying who |
//! | `POST /v1/prove/code`, `…/passphrase`, `…/passkey/start`, `…/passkey/finish` | the second factor, or a fresh proof of who is signed in |
//! | `POST /v1/sign-out` | ends the session |
//!
//! The answer sets the cookie. A client that is no browser asks for `"token": true` and gets the session's token in the
//! answer instead, to send it as `Authorization: Bearer`.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use factor::Passphrase;
use identity::{SignInStep, SignedInNow, Stage};
use model::Email;
use serde::Deserialize;
use serde_json::{Value, json};

use super::me::shown_session;
use super::who::{Who, answer, nothing, ok, with_session, with_sign_in, without_session};
use crate::problem::Problem;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WithPassphrase {
    email: String,
    passphrase: zeroize::Zeroizing<String>,
    #[serde(default)]
    token: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WithCode {
    code: zeroize::Zeroizing<String>,
    #[serde(default)]
    token: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OnlyPassphrase {
    passphrase: zeroize::Zeroizing<String>,
    #[serde(default)]
    token: bool,
}

/// The token of a ceremony, and the browser's answer as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WithPasskey {
    pub(super) ceremony: String,
    pub(super) answer: Value,
    #[serde(default)]
    pub(super) token: bool,
}

pub(crate) async fn passphrase(who: Who, body: Body) -> Result<Response, Problem> {
    let form: WithPassphrase = who.json(body).await?;
    let email = email(&form.email)?;
    let passphrase = parse_passphrase(&form.passphrase)?;
    let step = who
        .run_hashing(move |who, identity| {
            Ok(identity.sign_in_with_passphrase(&email, &passphrase, &who.client(), &who.deed())?)
        })
        .await?;
    match step {
        SignInStep::Done(done) => Ok(signed_in(&done, form.token)),
        SignInStep::SecondFactor { session, methods } => {
            let methods: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
            let body = json!({"state": "second_factor", "methods": methods});
            Ok(with_token(&session.token, body, form.token))
        }
    }
}

pub(crate) async fn passkey_start(who: Who) -> Result<Response, Problem> {
    let now = who.app.clock.now();
    let asked = who.run(move |_, identity| Ok(identity.start_passkey_sign_in(now)?)).await?;
    Ok(ok(json!({"ceremony": asked.token, "options": asked.options})))
}

pub(crate) async fn passkey_finish(who: Who, body: Body) -> Result<Response, Problem> {
    let form: WithPasskey = who.json(body).await?;
    let wants_token = form.token;
    let done = who
        .run(move |who, identity| {
            let bytes = form.answer.to_string();
            Ok(identity.sign_in_with_passkey(&form.ceremony, bytes.as_bytes(), &who.client(), &who.deed())?)
        })
        .await?;
    Ok(signed_in(&done, wants_token))
}

pub(crate) async fn code(who: Who, body: Body) -> Result<Response, Problem> {
    let form: WithCode = who.json(body).await?;
    let wants_token = form.token;
    let done = who
        .run(move |who, identity| Ok(identity.prove_with_code(&who.session()?, &form.code, &who.client(), &who.deed())?))
        .await?;
    Ok(signed_in(&done, wants_token))
}

pub(crate) async fn prove_passphrase(who: Who, body: Body) -> Result<Response, Problem> {
    let form: OnlyPassphrase = who.json(body).await?;
    let passphrase = parse_passphrase(&form.passphrase)?;
    let done = who
        .run_hashing(move |who, identity| {
            Ok(identity.prove_with_passphrase(&who.session()?, &passphrase, &who.client(), &who.deed())?)
        })
        .await?;
    Ok(signed_in(&done, form.token))
}

pub(crate) async fn prove_passkey_start(who: Who) -> Result<Response, Problem> {
    let now = who.app.clock.now();
    let asked = who.run(move |who, identity| Ok(identity.start_passkey_proof(&who.session()?, now)?)).await?;
    Ok(ok(json!({"ceremony": asked.token, "options": asked.options})))
}

pub(crate) async fn prove_passkey_finish(who: Who, body: Body) -> Result<Response, Problem> {
    let form: WithPasskey = who.json(body).await?;
    let wants_token = form.token;
    let done = who
        .run(move |who, identity| {
            let bytes = form.answer.to_string();
            let given = (form.ceremony.as_str(), bytes.as_bytes());
            Ok(identity.prove_with_passkey(&who.session()?, given, &who.client(), &who.deed())?)
        })
        .await?;
    Ok(signed_in(&done, wants_token))
}

pub(crate) async fn sign_out(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| Ok(identity.sign_out(&who.session()?, &who.deed())?)).await?;
    Ok(without_session(nothing()))
}

/// A complete sign-in, as a browser or another client wants it.
pub(super) fn signed_in(done: &SignedInNow, wants_token: bool) -> Response {
    let session = &done.session.session;
    let state = match session.stage {
        Stage::SignedIn => "signed_in",
        Stage::FirstFactor => "second_factor",
    };
    let body = json!({"state": state, "session": shown_session(session, Some(session.id))});
    if wants_token {
        return with_token(&done.session.token, body, true);
    }
    with_sign_in(done, ok(body))
}

/// A session's token in the answer, or as a cookie.
pub(super) fn with_token(token: &identity::PlainKey, mut body: Value, wants_token: bool) -> Response {
    if wants_token {
        body["token"] = json!(token.reveal());
        return answer(StatusCode::OK, body);
    }
    with_session(token, ok(body))
}

pub(super) fn email(text: &str) -> Result<Email, Problem> {
    Email::parse(text).map_err(|error| Problem::bad_request("email_invalid", error.to_string()))
}

pub(super) fn parse_passphrase(text: &str) -> Result<Passphrase, Problem> {
    Passphrase::parse(text).map_err(|error| Problem::bad_request("passphrase_invalid", error.to_string()))
}
