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

use factor::Passphrase;
use identity::{Method, OpenedSession, PasskeyCeremony, PlainKey, SignInStep, SignedInNow, Stage};
use model::Email;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::me::{ShownSession, shown_session};
use super::who::{Who, with_session, with_sign_in, without_session};
use crate::api::{Answer, Done, Form, nothing, ok};
use crate::problem::Problem;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WithPassphrase {
    email: String,
    #[schemars(with = "String")]
    passphrase: zeroize::Zeroizing<String>,
    #[serde(default)]
    token: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WithCode {
    #[schemars(with = "String")]
    code: zeroize::Zeroizing<String>,
    #[serde(default)]
    token: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OnlyPassphrase {
    #[schemars(with = "String")]
    passphrase: zeroize::Zeroizing<String>,
    #[serde(default)]
    token: bool,
}

/// The token of a ceremony, and the browser's answer as it is.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WithPasskey {
    pub(super) ceremony: String,
    pub(super) answer: Value,
    #[serde(default)]
    pub(super) token: bool,
}

/// What the browser is asked for, as `navigator.credentials` takes it, and the token to give back with its answer.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Ceremony {
    ceremony: String,
    options: Value,
}

/// How far a sign-in has come.
#[derive(Serialize, JsonSchema)]
pub(crate) struct SignIn {
    state: SignInState,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<ShownSession>,
    /// By which of these a second factor can be proved, while it is awaited.
    #[serde(skip_serializing_if = "Option::is_none")]
    methods: Option<Vec<Method>>,
    /// The session's, where it was asked for; else it is in the cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum SignInState {
    SignedIn,
    SecondFactor,
}

// === impl Ceremony ===

impl From<PasskeyCeremony> for Ceremony {
    fn from(asked: PasskeyCeremony) -> Self {
        Self { ceremony: asked.token, options: asked.options }
    }
}

// === impl SignIn ===

impl SignIn {
    fn of(opened: &OpenedSession, token: Option<String>) -> Self {
        let session = &opened.session;
        let state = match session.stage {
            Stage::SignedIn => SignInState::SignedIn,
            Stage::FirstFactor => SignInState::SecondFactor,
        };
        Self { state, session: Some(shown_session(session, Some(session.id))), methods: None, token }
    }
}

pub(crate) async fn passphrase(who: Who, Form(form): Form<WithPassphrase>) -> Result<Answer<SignIn>, Problem> {
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
            let state = SignInState::SecondFactor;
            let step = |token| SignIn { state, session: None, methods: Some(methods), token };
            Ok(with_token(&session.token, form.token, step))
        }
    }
}

pub(crate) async fn passkey_start(who: Who) -> Result<Answer<Ceremony>, Problem> {
    let now = who.app.clock.now();
    let asked = who.run(move |_, identity| Ok(identity.start_passkey_sign_in(now)?)).await?;
    Ok(ok(asked.into()))
}

pub(crate) async fn passkey_finish(who: Who, Form(form): Form<WithPasskey>) -> Result<Answer<SignIn>, Problem> {
    let wants_token = form.token;
    let done = who
        .run(move |who, identity| {
            let bytes = form.answer.to_string();
            Ok(identity.sign_in_with_passkey(&form.ceremony, bytes.as_bytes(), &who.client(), &who.deed())?)
        })
        .await?;
    Ok(signed_in(&done, wants_token))
}

pub(crate) async fn code(who: Who, Form(form): Form<WithCode>) -> Result<Answer<SignIn>, Problem> {
    let wants_token = form.token;
    let done = who
        .run(move |who, identity| Ok(identity.prove_with_code(&who.session()?, &form.code, &who.client(), &who.deed())?))
        .await?;
    Ok(signed_in(&done, wants_token))
}

pub(crate) async fn prove_passphrase(who: Who, Form(form): Form<OnlyPassphrase>) -> Result<Answer<SignIn>, Problem> {
    let passphrase = parse_passphrase(&form.passphrase)?;
    let done = who
        .run_hashing(move |who, identity| {
            Ok(identity.prove_with_passphrase(&who.session()?, &passphrase, &who.client(), &who.deed())?)
        })
        .await?;
    Ok(signed_in(&done, form.token))
}

pub(crate) async fn prove_passkey_start(who: Who) -> Result<Answer<Ceremony>, Problem> {
    let now = who.app.clock.now();
    let asked = who.run(move |who, identity| Ok(identity.start_passkey_proof(&who.session()?, now)?)).await?;
    Ok(ok(asked.into()))
}

pub(crate) async fn prove_passkey_finish(who: Who, Form(form): Form<WithPasskey>) -> Result<Answer<SignIn>, Problem> {
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

pub(crate) async fn sign_out(who: Who) -> Result<Done, Problem> {
    who.run(|who, identity| Ok(identity.sign_out(&who.session()?, &who.deed())?)).await?;
    Ok(without_session(nothing()))
}

/// A complete sign-in, as a browser or another client wants it.
fn signed_in(done: &SignedInNow, wants_token: bool) -> Answer<SignIn> {
    if wants_token {
        return opened(&done.session, true);
    }
    with_sign_in(done, ok(SignIn::of(&done.session, None)))
}

/// A session that was opened without a sign-in.
pub(super) fn opened(opened: &OpenedSession, wants_token: bool) -> Answer<SignIn> {
    with_token(&opened.token, wants_token, |token| SignIn::of(opened, token))
}

/// A session's token in the answer, or as a cookie.
pub(super) fn with_token<T>(token: &PlainKey, wants_token: bool, body: impl FnOnce(Option<String>) -> T) -> Answer<T> {
    if wants_token {
        return ok(body(Some(token.reveal().to_owned())));
    }
    with_session(token, ok(body(None)))
}

pub(super) fn email(text: &str) -> Result<Email, Problem> {
    Email::parse(text).map_err(|error| Problem::bad_request("email_invalid", error.to_string()))
}

pub(super) fn parse_passphrase(text: &str) -> Result<Passphrase, Problem> {
    Passphrase::parse(text).map_err(|error| Problem::bad_request("passphrase_invalid", error.to_string()))
}
