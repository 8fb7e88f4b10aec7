//! The own account: profile, sessions, ways to sign in, notices.

use identity::{Method, Notice, OpenedSession, Session, UserKind};
use model::{DisplayName, SessionId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::roles::{Abilities, shown_abilities};
use super::shown::Time;
use super::sign_in::{Ceremony, parse_passphrase, with_token};
use super::who::Who;
use crate::api::{Answer, Done, Form, Made, made, nothing, ok};
use crate::problem::Problem;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewName {
    name: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPassphrase {
    #[schemars(with = "String")]
    passphrase: zeroize::Zeroizing<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCode {
    #[schemars(with = "String")]
    code: zeroize::Zeroizing<String>,
    #[serde(default)]
    token: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnterTenant {
    tenant: String,
    #[serde(default)]
    token: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPasskey {
    ceremony: String,
    answer: Value,
    name: String,
    #[serde(default)]
    token: bool,
}

/// Who is signed in.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Me {
    id: String,
    email: String,
    name: String,
    kind: UserKind,
    created_at: Time,
    /// The one that the session works in.
    tenant: Option<String>,
    tenants: Vec<Membership>,
    session: ShownSession,
    /// Whether who it is was proved just now, as what is sensitive asks for.
    fresh: bool,
    sign_in: WaysIn,
}

/// A tenant that somebody is a member of.
#[derive(Serialize, JsonSchema)]
struct Membership {
    id: String,
    name: String,
    /// Each a role's name, with `@` and a source's id where it reaches no farther.
    roles: Vec<String>,
}

/// By what somebody can sign in.
#[derive(Serialize, JsonSchema)]
struct WaysIn {
    passphrase: bool,
    totp: bool,
    passkeys: usize,
    /// So many are left.
    recovery_codes: usize,
    single_sign_on: usize,
}

/// A session, to whoever it is of.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Session")]
pub(super) struct ShownSession {
    id: String,
    /// Whether it is the one that asks.
    own: bool,
    tenant: Option<String>,
    methods: Vec<Method>,
    second_factor: bool,
    proved_at: Time,
    created_at: Time,
    seen_at: Time,
    ends_at: Time,
    /// What the client said of itself.
    agent: String,
    address: Option<String>,
    /// The request of staff that it reads under.
    access: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Sessions {
    pub(super) sessions: Vec<ShownSession>,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct SessionsEnded {
    ended: u64,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Notices {
    notices: Vec<ShownNotice>,
}

/// What somebody has to be told.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NoticeAt")]
struct ShownNotice {
    at: Time,
    #[serde(flatten)]
    notice: Notice,
}

/// For an app that shows one-time codes.
#[derive(Serialize, JsonSchema)]
pub(crate) struct TotpOffer {
    /// `otpauth://…`.
    url: String,
    secret: String,
}

/// Codes that are shown this once.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RecoveryCodes {
    codes: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Passkeys {
    passkeys: Vec<ShownPasskey>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Passkey")]
struct ShownPasskey {
    id: String,
    name: String,
    created_at: Time,
    used_at: Option<Time>,
}

/// The same session under a new token.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Renewed {
    session: ShownSession,
    /// Where it was asked for; else it is in the cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

pub(crate) async fn me(who: Who) -> Result<Answer<Me>, Problem> {
    who.run(|who, identity| {
        let signed_in = who.signed_in()?;
        let (user, session) = (signed_in.user(), signed_in.session());
        let ways = identity.ways_in(&signed_in)?;
        let memberships = identity.memberships_of(&signed_in)?;
        let membership = |one: &identity::Membership| Membership {
            id: one.tenant.to_string(),
            name: one.name.as_str().to_owned(),
            roles: one.grants.iter().map(ToString::to_string).collect(),
        };
        Ok(ok(Me {
            id: user.id.to_string(),
            email: user.email.as_str().to_owned(),
            name: user.name.as_str().to_owned(),
            kind: user.kind,
            created_at: user.created_at.into(),
            tenant: session.tenant.map(|id| id.to_string()),
            tenants: memberships.iter().map(membership).collect(),
            session: shown_session(session, Some(session.id)),
            fresh: session.is_fresh(signed_in.deed().at),
            sign_in: WaysIn {
                passphrase: ways.passphrase,
                totp: ways.totp,
                passkeys: ways.passkeys,
                recovery_codes: ways.recovery_codes,
                single_sign_on: ways.single_sign_on,
            },
        }))
    })
    .await
}

/// What could be done in the tenant that the session works in; a proof may be asked for first.
pub(crate) async fn abilities(who: Who) -> Result<Answer<Abilities>, Problem> {
    who.run(|who, identity| {
        let abilities = identity.own_abilities(&who.signed_in()?)?;
        Ok(ok(Abilities { abilities: shown_abilities(&abilities) }))
    })
    .await
}

pub(crate) async fn rename(who: Who, Form(form): Form<NewName>) -> Result<Done, Problem> {
    let name = display_name(&form.name)?;
    who.run(move |who, identity| Ok(identity.rename(&who.signed_in()?, &name)?)).await?;
    Ok(nothing())
}

pub(crate) async fn notices(who: Who) -> Result<Answer<Notices>, Problem> {
    who.run(|who, identity| {
        let all = identity.notices(&who.signed_in()?)?;
        let notices = all.into_iter().map(|one| ShownNotice { at: one.at.into(), notice: one.notice });
        Ok(ok(Notices { notices: notices.collect() }))
    })
    .await
}

pub(crate) async fn sessions(who: Who) -> Result<Answer<Sessions>, Problem> {
    who.run(|who, identity| {
        let signed_in = who.signed_in()?;
        let own = Some(signed_in.session().id);
        let all = identity.sessions(&signed_in)?;
        Ok(ok(Sessions { sessions: all.iter().map(|session| shown_session(session, own)).collect() }))
    })
    .await
}

pub(crate) async fn end_session(who: Who) -> Result<Done, Problem> {
    who.run(|who, identity| {
        let signed_in = who.signed_in()?;
        Ok(identity.end_session(&signed_in, who.id("session")?)?)
    })
    .await?;
    Ok(nothing())
}

pub(crate) async fn end_other_sessions(who: Who) -> Result<Answer<SessionsEnded>, Problem> {
    let ended = who.run(|who, identity| Ok(identity.end_other_sessions(&who.signed_in()?)?)).await?;
    Ok(ok(SessionsEnded { ended }))
}

pub(crate) async fn enter_tenant(who: Who, Form(form): Form<EnterTenant>) -> Result<Answer<Renewed>, Problem> {
    let wants_token = form.token;
    let opened = who
        .run(move |who, identity| {
            let tenant = model::TenantId::parse(&form.tenant).map_err(|_| Problem::not_found())?;
            Ok(identity.enter_tenant(&who.signed_in()?, tenant)?)
        })
        .await?;
    Ok(renewed(&opened, wants_token))
}

pub(crate) async fn set_passphrase(who: Who, Form(form): Form<NewPassphrase>) -> Result<Done, Problem> {
    let passphrase = parse_passphrase(&form.passphrase)?;
    who.run_hashing(move |who, identity| Ok(identity.set_passphrase(&who.signed_in()?.fresh()?, &passphrase)?)).await?;
    Ok(nothing())
}

pub(crate) async fn remove_passphrase(who: Who) -> Result<Done, Problem> {
    who.run(|who, identity| Ok(identity.remove_passphrase(&who.signed_in()?.fresh()?)?)).await?;
    Ok(nothing())
}

pub(crate) async fn offer_totp(who: Who) -> Result<Answer<TotpOffer>, Problem> {
    let offer = who.run(|who, identity| Ok(identity.offer_totp(&who.signed_in()?.fresh()?)?)).await?;
    Ok(ok(TotpOffer { url: offer.url.to_string(), secret: offer.secret.to_string() }))
}

pub(crate) async fn confirm_totp(who: Who, Form(form): Form<NewCode>) -> Result<Answer<Renewed>, Problem> {
    let wants_token = form.token;
    let opened = who.run(move |who, identity| Ok(identity.confirm_totp(&who.signed_in()?.fresh()?, &form.code)?)).await?;
    Ok(renewed(&opened, wants_token))
}

pub(crate) async fn remove_totp(who: Who) -> Result<Done, Problem> {
    who.run(|who, identity| Ok(identity.remove_totp(&who.signed_in()?.fresh()?)?)).await?;
    Ok(nothing())
}

pub(crate) async fn make_recovery_codes(who: Who) -> Result<Made<RecoveryCodes>, Problem> {
    let codes = who.run(|who, identity| Ok(identity.make_recovery_codes(&who.signed_in()?.fresh()?)?)).await?;
    Ok(made(RecoveryCodes { codes: codes.iter().map(|code| code.as_str().to_owned()).collect() }))
}

pub(crate) async fn passkeys(who: Who) -> Result<Answer<Passkeys>, Problem> {
    who.run(|who, identity| {
        let all = identity.passkeys(&who.signed_in()?)?;
        let shown = all.iter().map(|one| ShownPasskey {
            id: one.id.to_string(),
            name: one.name.as_str().to_owned(),
            created_at: one.created_at.into(),
            used_at: one.used_at.map(Time::from),
        });
        Ok(ok(Passkeys { passkeys: shown.collect() }))
    })
    .await
}

pub(crate) async fn start_passkey(who: Who) -> Result<Answer<Ceremony>, Problem> {
    let asked = who.run(|who, identity| Ok(identity.start_passkey_registration(&who.signed_in()?.fresh()?)?)).await?;
    Ok(ok(asked.into()))
}

pub(crate) async fn finish_passkey(who: Who, Form(form): Form<NewPasskey>) -> Result<Answer<Renewed>, Problem> {
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

pub(crate) async fn rename_passkey(who: Who, Form(form): Form<NewName>) -> Result<Done, Problem> {
    let name = display_name(&form.name)?;
    who.run(move |who, identity| Ok(identity.rename_passkey(&who.signed_in()?, who.id("passkey")?, &name)?)).await?;
    Ok(nothing())
}

pub(crate) async fn remove_passkey(who: Who) -> Result<Done, Problem> {
    who.run(|who, identity| Ok(identity.remove_passkey(&who.signed_in()?.fresh()?, who.id("passkey")?)?)).await?;
    Ok(nothing())
}

pub(super) fn renewed(opened: &OpenedSession, wants_token: bool) -> Answer<Renewed> {
    let session = shown_session(&opened.session, Some(opened.session.id));
    with_token(&opened.token, wants_token, |token| Renewed { session, token })
}

pub(super) fn shown_session(session: &Session, own: Option<SessionId>) -> ShownSession {
    ShownSession {
        id: session.id.to_string(),
        own: own == Some(session.id),
        tenant: session.tenant.map(|id| id.to_string()),
        methods: session.methods.clone(),
        second_factor: session.second_factor,
        proved_at: session.proved_at.into(),
        created_at: session.created_at.into(),
        seen_at: session.seen_at.into(),
        ends_at: session.ends_at.into(),
        agent: session.agent.clone(),
        address: session.address.clone(),
        access: session.access.map(|id| id.to_string()),
    }
}

pub(super) fn display_name(text: &str) -> Result<DisplayName, Problem> {
    DisplayName::parse(text).map_err(|error| Problem::bad_request("name_invalid", error.to_string()))
}
