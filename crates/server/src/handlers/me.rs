//! The own account: profile, sessions, ways to sign in, notices.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use identity::{Notice, OpenedSession, Session};
use model::{DisplayName, SessionId};
use serde::Deserialize;
use serde_json::{Value, json};

use super::sign_in::{parse_passphrase, with_token};
use super::who::{Who, answer, nothing, ok};
use crate::problem::Problem;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPassphrase {
    passphrase: zeroize::Zeroizing<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    code: zeroize::Zeroizing<String>,
    #[serde(default)]
    token: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tenant {
    tenant: String,
    #[serde(default)]
    token: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPasskey {
    ceremony: String,
    answer: Value,
    name: String,
    #[serde(default)]
    token: bool,
}

pub(crate) async fn me(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let signed_in = who.signed_in()?;
        let (user, session) = (signed_in.user(), signed_in.session());
        let ways = identity.ways_in(&signed_in)?;
        let tenants: Vec<Value> = identity
            .memberships_of(&signed_in)?
            .iter()
            .map(|one| {
                let roles: Vec<String> = one.grants.iter().map(ToString::to_string).collect();
                json!({"id": one.tenant.to_string(), "name": one.name.as_str(), "roles": roles})
            })
            .collect();
        Ok(ok(json!({
            "id": user.id.to_string(),
            "email": user.email.as_str(),
            "name": user.name.as_str(),
            "kind": user.kind.as_str(),
            "created_at": user.created_at.to_string(),
            "tenant": session.tenant.map(|id| id.to_string()),
            "tenants": tenants,
            "session": shown_session(session, Some(session.id)),
            "fresh": session.is_fresh(signed_in.deed().at),
            "sign_in": {
                "passphrase": ways.passphrase,
                "totp": ways.totp,
                "passkeys": ways.passkeys,
                "recovery_codes": ways.recovery_codes,
                "single_sign_on": ways.single_sign_on,
            },
        })))
    })
    .await
}

/// What could be done in the tenant that the session works in; a proof may be asked for first.
pub(crate) async fn abilities(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let abilities = identity.own_abilities(&who.signed_in()?)?;
        Ok(ok(json!({"abilities": super::roles::shown_abilities(&abilities)})))
    })
    .await
}

pub(crate) async fn rename(who: Who, body: Body) -> Result<Response, Problem> {
    let form: Named = who.json(body).await?;
    let name = display_name(&form.name)?;
    who.run(move |who, identity| Ok(identity.rename(&who.signed_in()?, &name)?)).await?;
    Ok(nothing())
}

pub(crate) async fn notices(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let all = identity.notices(&who.signed_in()?)?;
        let shown = |at: model::Timestamp, notice: &Notice| {
            let mut shown = serde_json::to_value(notice).unwrap_or_default();
            shown["at"] = json!(at.to_string());
            shown
        };
        Ok(ok(json!({"notices": all.iter().map(|one| shown(one.at, &one.notice)).collect::<Vec<_>>()})))
    })
    .await
}

pub(crate) async fn sessions(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let signed_in = who.signed_in()?;
        let own = Some(signed_in.session().id);
        let all = identity.sessions(&signed_in)?;
        Ok(ok(json!({"sessions": all.iter().map(|session| shown_session(session, own)).collect::<Vec<_>>()})))
    })
    .await
}

pub(crate) async fn end_session(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let signed_in = who.signed_in()?;
        Ok(identity.end_session(&signed_in, who.id("session")?)?)
    })
    .await?;
    Ok(nothing())
}

pub(crate) async fn end_other_sessions(who: Who) -> Result<Response, Problem> {
    let ended = who.run(|who, identity| Ok(identity.end_other_sessions(&who.signed_in()?)?)).await?;
    Ok(ok(json!({"ended": ended})))
}

pub(crate) async fn enter_tenant(who: Who, body: Body) -> Result<Response, Problem> {
    let form: Tenant = who.json(body).await?;
    let wants_token = form.token;
    let opened = who
        .run(move |who, identity| {
            let tenant = model::TenantId::parse(&form.tenant).map_err(|_| Problem::not_found())?;
            Ok(identity.enter_tenant(&who.signed_in()?, tenant)?)
        })
        .await?;
    Ok(renewed(&opened, wants_token))
}

pub(crate) async fn set_passphrase(who: Who, body: Body) -> Result<Response, Problem> {
    let form: NewPassphrase = who.json(body).await?;
    let passphrase = parse_passphrase(&form.passphrase)?;
    who.run_hashing(move |who, identity| Ok(identity.set_passphrase(&who.signed_in()?.fresh()?, &passphrase)?)).await?;
    Ok(nothing())
}

pub(crate) async fn remove_passphrase(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| Ok(identity.remove_passphrase(&who.signed_in()?.fresh()?)?)).await?;
    Ok(nothing())
}

pub(crate) async fn offer_totp(who: Who) -> Result<Response, Problem> {
    let offer = who.run(|who, identity| Ok(identity.offer_totp(&who.signed_in()?.fresh()?)?)).await?;
    Ok(ok(json!({"url": &*offer.url, "secret": &*offer.secret})))
}

pub(crate) async fn confirm_totp(who: Who, body: Body) -> Result<Response, Problem> {
    let form: Code = who.json(body).await?;
    let wants_token = form.token;
    let opened = who.run(move |who, identity| Ok(identity.confirm_totp(&who.signed_in()?.fresh()?, &form.code)?)).await?;
    Ok(renewed(&opened, wants_token))
}

pub(crate) async fn remove_totp(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| Ok(identity.remove_totp(&who.signed_in()?.fresh()?)?)).await?;
    Ok(nothing())
}

pub(crate) async fn make_recovery_codes(who: Who) -> Result<Response, Problem> {
    let codes = who.run(|who, identity| Ok(identity.make_recovery_codes(&who.signed_in()?.fresh()?)?)).await?;
    let codes: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    Ok(answer(StatusCode::CREATED, json!({"codes": codes})))
}

pub(crate) async fn passkeys(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let all = identity.passkeys(&who.signed_in()?)?;
        let shown = all.iter().map(|one| {
            json!({
                "id": one.id.to_string(),
                "name": one.name.as_str(),
                "created_at": one.created_at.to_string(),
                "used_at": one.used_at.map(|at| at.to_string()),
            })
        });
        Ok(ok(json!({"passkeys": shown.collect::<Vec<_>>()})))
    })
    .await
}

pub(crate) async fn start_passkey(who: Who) -> Result<Response, Problem> {
    let asked = who.run(|who, identity| Ok(identity.start_passkey_registration(&who.signed_in()?.fresh()?)?)).await?;
    Ok(ok(json!({"ceremony": asked.token, "options": asked.options})))
}

pub(crate) async fn finish_passkey(who: Who, body: Body) -> Result<Response, Problem> {
    let form: NewPasskey = who.json(body).await?;
    let (name, wants_token) = (display_name(&form.name)?, form.token);
    let opened = who
        .run(move |who, identity| {
            let bytes = form.answer.to_string();
            let given = (form.ceremony.as_str(), bytes.as_bytes());
            Ok(identity.finish_passkey_registration(&who.signed_in()?.fresh()?, given, &name)?)
        })
        .await?;
    Ok(renewed(&opened, wants_token))
}

pub(crate) async fn rename_passkey(who: Who, body: Body) -> Result<Response, Problem> {
    let form: Named = who.json(body).await?;
    let name = display_name(&form.name)?;
    who.run(move |who, identity| Ok(identity.rename_passkey(&who.signed_in()?, who.id("passkey")?, &name)?)).await?;
    Ok(nothing())
}

pub(crate) async fn remove_passkey(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| Ok(identity.remove_passkey(&who.signed_in()?.fresh()?, who.id("passkey")?)?)).await?;
    Ok(nothing())
}

/// The same session under a new token.
pub(super) fn renewed(opened: &OpenedSession, wants_token: bool) -> Response {
    let session = &opened.session;
    with_token(&opened.token, json!({"session": shown_session(session, Some(session.id))}), wants_token)
}

pub(super) fn shown_session(session: &Session, own: Option<SessionId>) -> Value {
    let methods: Vec<&str> = session.methods.iter().map(|method| method.as_str()).collect();
    json!({
        "id": session.id.to_string(),
        "own": own == Some(session.id),
        "tenant": session.tenant.map(|id| id.to_string()),
        "methods": methods,
        "second_factor": session.second_factor,
        "proved_at": session.proved_at.to_string(),
        "created_at": session.created_at.to_string(),
        "seen_at": session.seen_at.to_string(),
        "ends_at": session.ends_at.to_string(),
        "agent": session.agent,
        "address": session.address,
        "access": session.access.map(|id| id.to_string()),
    })
}

pub(super) fn display_name(text: &str) -> Result<DisplayName, Problem> {
    DisplayName::parse(text).map_err(|error| Problem::bad_request("name_invalid", error.to_string()))
}
