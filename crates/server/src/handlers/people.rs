//! People of a tenant, their roles, and invitations.

use std::sync::Arc;

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use identity::{Credential, Invitation, ManagePeople, Member, PlainKey, RoleGrant, RoleRef, ViewPeople};
use model::SourceId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::me::display_name;
use super::sign_in::{email, with_token};
use super::who::{Who, answer, nothing, ok};
use crate::app::App;
use crate::problem::Problem;

/// A role with its reach: the whole tenant, or one source.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GrantForm {
    role: String,
    #[serde(default)]
    source: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InviteForm {
    email: String,
    roles: Vec<GrantForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RolesForm {
    roles: Vec<GrantForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LookForm {
    invitation: zeroize::Zeroizing<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AcceptForm {
    invitation: zeroize::Zeroizing<String>,
    /// Of somebody who has no account yet.
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    token: bool,
}

// === impl GrantForm ===

impl GrantForm {
    pub(super) fn parse(all: &[Self]) -> Result<Vec<RoleGrant>, Problem> {
        let grant = |form: &Self| {
            let unknown = || Problem::bad_request("role_unknown", format!("there is no role {:?}", form.role));
            let role = RoleRef::parse(&form.role).ok_or_else(unknown)?;
            let source = form.source.as_deref().map(SourceId::parse).transpose();
            let source = source.map_err(|error| Problem::bad_request("source_invalid", error.to_string()))?;
            Ok(RoleGrant { role, source })
        };
        all.iter().map(grant).collect()
    }

    pub(super) fn shown(grants: &[RoleGrant]) -> Vec<Self> {
        let form = |grant: &RoleGrant| Self { role: grant.role.to_string(), source: grant.source.map(|id| id.to_string()) };
        grants.iter().map(form).collect()
    }
}

pub(crate) async fn people(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let all = identity.members(&who.tenant_permit::<ViewPeople>()?)?;
        Ok(ok(json!({"people": all.iter().map(shown_member).collect::<Vec<_>>()})))
    })
    .await
}

pub(crate) async fn person(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ViewPeople>()?;
        let member = identity.member(&permit, who.id("user")?)?.ok_or_else(Problem::not_found)?;
        Ok(ok(shown_member(&member)))
    })
    .await
}

pub(crate) async fn set_roles(who: Who, body: Body) -> Result<Response, Problem> {
    let form: RolesForm = who.json(body).await?;
    let grants = GrantForm::parse(&form.roles)?;
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ManagePeople>()?;
        identity.set_grants(&permit, who.id("user")?, &grants)?;
        Ok(nothing())
    })
    .await
}

pub(crate) async fn remove(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ManagePeople>()?;
        identity.remove_member(&permit, who.id("user")?)?;
        Ok(nothing())
    })
    .await
}

/// Where a member is signed in to this tenant.
pub(crate) async fn sessions(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let all = identity.sessions_of_member(&who.tenant_permit::<ManagePeople>()?, who.id("user")?)?;
        let shown = all.iter().map(|session| super::me::shown_session(session, None));
        Ok(ok(json!({"sessions": shown.collect::<Vec<_>>()})))
    })
    .await
}

pub(crate) async fn end_session(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ManagePeople>()?;
        identity.end_session_of_member(&permit, who.id("user")?, who.id("session")?)?;
        Ok(nothing())
    })
    .await
}

/// What could this person do? From the engine that decides.
pub(crate) async fn abilities(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ViewPeople>()?;
        let abilities = identity.abilities_of_member(&permit, who.id("user")?)?.ok_or_else(Problem::not_found)?;
        Ok(ok(json!({"abilities": super::roles::shown_abilities(&abilities)})))
    })
    .await
}

pub(crate) async fn invitations(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let all = identity.invitations(&who.tenant_permit::<ViewPeople>()?)?;
        Ok(ok(json!({"invitations": all.iter().map(shown_invitation).collect::<Vec<_>>()})))
    })
    .await
}

pub(crate) async fn invite(who: Who, body: Body) -> Result<Response, Problem> {
    let form: InviteForm = who.json(body).await?;
    let (email, grants) = (email(&form.email)?, GrantForm::parse(&form.roles)?);
    let app = Arc::clone(&who.app);
    let made = who.run(move |who, identity| Ok(identity.invite(&who.tenant_permit::<ManagePeople>()?, &email, &grants)?));
    let (token, invitation) = made.await?;
    Ok(with_link(&app, &token, &invitation))
}

pub(crate) async fn resend(who: Who) -> Result<Response, Problem> {
    let app = Arc::clone(&who.app);
    let made = who.run(|who, identity| {
        let permit = who.tenant_permit::<ManagePeople>()?;
        Ok(identity.resend_invitation(&permit, who.id("invitation")?)?)
    });
    let (token, invitation) = made.await?;
    Ok(with_link(&app, &token, &invitation))
}

pub(crate) async fn revoke_invitation(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ManagePeople>()?;
        identity.revoke_invitation(&permit, who.id("invitation")?)?;
        Ok(nothing())
    })
    .await
}

/// What an invitation's link is for; whoever holds it may look.
pub(crate) async fn look(who: Who, body: Body) -> Result<Response, Problem> {
    let form: LookForm = who.json(body).await?;
    who.run(move |who, identity| {
        let invited = identity.look_at_invitation(&invitation_token(&form.invitation)?, who.app.clock.now())?;
        Ok(ok(json!({
            "tenant": {"id": invited.tenant.to_string(), "name": invited.tenant_name.as_str()},
            "email": invited.email.as_str(),
            "has_account": invited.has_account,
        })))
    })
    .await
}

/// With a name: makes an account and signs in, to set up a way to sign in. Without: joins with the account signed in.
pub(crate) async fn accept(who: Who, body: Body) -> Result<Response, Problem> {
    let form: AcceptForm = who.json(body).await?;
    let name = form.name.as_deref().map(display_name).transpose()?;
    who.run(move |who, identity| {
        let token = invitation_token(&form.invitation)?;
        let Some(name) = name else {
            let tenant = identity.accept_invitation_as(&who.signed_in()?, &token)?;
            return Ok(ok(json!({"tenant": tenant.to_string()})));
        };
        let opened = identity.accept_invitation(&token, &name, &who.client(), &who.deed())?;
        let session = &opened.session;
        let body = json!({"state": "signed_in", "session": super::me::shown_session(session, Some(session.id))});
        Ok(with_token(&opened.token, body, form.token))
    })
    .await
}

fn invitation_token(text: &str) -> Result<Credential, Problem> {
    Credential::from_key(text.trim()).map_err(|_| identity::InviteError::NoInvitation.into())
}

/// The link is in this answer and nowhere else: whoever invites gives it to the person.
fn with_link(app: &App, token: &PlainKey, invitation: &Invitation) -> Response {
    let mut shown = shown_invitation(invitation);
    shown["link"] = json!(format!("{}/join#{}", app.origin, token.reveal()));
    answer(StatusCode::CREATED, shown)
}

fn shown_invitation(invitation: &Invitation) -> Value {
    json!({
        "id": invitation.id.to_string(),
        "email": invitation.email.as_str(),
        "roles": GrantForm::shown(&invitation.grants),
        "invited_by": invitation.invited_by.map(|id| id.to_string()),
        "created_at": invitation.created_at.to_string(),
        "expires_at": invitation.expires_at.to_string(),
        "state": invitation.state,
    })
}

fn shown_member(member: &Member) -> Value {
    json!({
        "id": member.user.id.to_string(),
        "email": member.user.email.as_str(),
        "name": member.user.name.as_str(),
        "state": member.user.state,
        "roles": GrantForm::shown(&member.grants),
        "joined_at": member.joined_at.to_string(),
        "second_factor": member.second_factor,
        "passkeys": member.passkeys,
        "seen_at": member.seen_at.map(|at| at.to_string()),
    })
}
