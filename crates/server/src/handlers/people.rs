//! People of a tenant, their roles, and invitations.

use std::sync::Arc;

use identity::{
    Credential, Invitation, InvitationState, ManagePeople, Member, PlainKey, RoleGrant, RoleRef, UserState, ViewPeople,
};
use model::SourceId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::me::{Sessions, display_name, shown_session};
use super::roles::{Abilities, shown_abilities};
use super::shown::Time;
use super::sign_in::{SignIn, email, opened};
use super::tenants::Named;
use super::who::Who;
use crate::api::{Answer, Done, Form, Made, made, nothing, ok};
use crate::app::App;
use crate::problem::Problem;

/// A role with its reach: the whole tenant, or one source.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Grant")]
pub(super) struct GrantForm {
    role: String,
    #[serde(default)]
    source: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InviteForm {
    email: String,
    roles: Vec<GrantForm>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RolesForm {
    roles: Vec<GrantForm>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InvitationForm {
    #[schemars(with = "String")]
    invitation: zeroize::Zeroizing<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcceptForm {
    #[schemars(with = "String")]
    invitation: zeroize::Zeroizing<String>,
    /// Of somebody who has no account yet.
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    token: bool,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct People {
    people: Vec<ShownMember>,
}

/// Somebody who is a member of the tenant.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Person")]
pub(crate) struct ShownMember {
    id: String,
    email: String,
    name: String,
    state: UserState,
    roles: Vec<GrantForm>,
    joined_at: Time,
    /// Whether the account can prove a second factor.
    second_factor: bool,
    passkeys: usize,
    seen_at: Option<Time>,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Invitations {
    invitations: Vec<ShownInvitation>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Invitation")]
struct ShownInvitation {
    id: String,
    email: String,
    roles: Vec<GrantForm>,
    invited_by: Option<String>,
    created_at: Time,
    expires_at: Time,
    state: InvitationState,
}

/// An invitation with its link, which is in this answer and nowhere else.
#[derive(Serialize, JsonSchema)]
pub(crate) struct InvitationWithLink {
    #[serde(flatten)]
    shown: ShownInvitation,
    link: String,
}

/// What an invitation is for.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Invited {
    tenant: Named,
    email: String,
    has_account: bool,
}

/// What became of an invitation: an account that is signed in, or a tenant more for the one that was.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Accepted {
    Made(Box<SignIn>),
    Joined { tenant: String },
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

    pub(super) fn of(grant: &RoleGrant) -> Self {
        Self { role: grant.role.to_string(), source: grant.source.map(|id| id.to_string()) }
    }

    pub(super) fn shown(grants: &[RoleGrant]) -> Vec<Self> {
        grants.iter().map(Self::of).collect()
    }
}

pub(crate) async fn people(who: Who) -> Result<Answer<People>, Problem> {
    who.run(|who, identity| {
        let all = identity.members(&who.tenant_permit::<ViewPeople>()?)?;
        Ok(ok(People { people: all.iter().map(shown_member).collect() }))
    })
    .await
}

pub(crate) async fn person(who: Who) -> Result<Answer<ShownMember>, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ViewPeople>()?;
        let member = identity.member(&permit, who.id("user")?)?.ok_or_else(Problem::not_found)?;
        Ok(ok(shown_member(&member)))
    })
    .await
}

pub(crate) async fn set_roles(who: Who, Form(form): Form<RolesForm>) -> Result<Done, Problem> {
    let grants = GrantForm::parse(&form.roles)?;
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ManagePeople>()?;
        identity.set_grants(&permit, who.id("user")?, &grants)?;
        Ok(nothing())
    })
    .await
}

pub(crate) async fn remove(who: Who) -> Result<Done, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ManagePeople>()?;
        identity.remove_member(&permit, who.id("user")?)?;
        Ok(nothing())
    })
    .await
}

/// Where a member is signed in to this tenant.
pub(crate) async fn sessions(who: Who) -> Result<Answer<Sessions>, Problem> {
    who.run(|who, identity| {
        let all = identity.sessions_of_member(&who.tenant_permit::<ManagePeople>()?, who.id("user")?)?;
        Ok(ok(Sessions { sessions: all.iter().map(|session| shown_session(session, None)).collect() }))
    })
    .await
}

pub(crate) async fn end_session(who: Who) -> Result<Done, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ManagePeople>()?;
        identity.end_session_of_member(&permit, who.id("user")?, who.id("session")?)?;
        Ok(nothing())
    })
    .await
}

/// What could this person do? From the engine that decides.
pub(crate) async fn abilities(who: Who) -> Result<Answer<Abilities>, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ViewPeople>()?;
        let abilities = identity.abilities_of_member(&permit, who.id("user")?)?.ok_or_else(Problem::not_found)?;
        Ok(ok(Abilities { abilities: shown_abilities(&abilities) }))
    })
    .await
}

pub(crate) async fn invitations(who: Who) -> Result<Answer<Invitations>, Problem> {
    who.run(|who, identity| {
        let all = identity.invitations(&who.tenant_permit::<ViewPeople>()?)?;
        Ok(ok(Invitations { invitations: all.iter().map(shown_invitation).collect() }))
    })
    .await
}

pub(crate) async fn invite(who: Who, Form(form): Form<InviteForm>) -> Result<Made<InvitationWithLink>, Problem> {
    let (email, grants) = (email(&form.email)?, GrantForm::parse(&form.roles)?);
    let app = Arc::clone(&who.app);
    let made = who.run(move |who, identity| Ok(identity.invite(&who.tenant_permit::<ManagePeople>()?, &email, &grants)?));
    let (token, invitation) = made.await?;
    Ok(with_link(&app, &token, &invitation))
}

pub(crate) async fn resend(who: Who) -> Result<Made<InvitationWithLink>, Problem> {
    let app = Arc::clone(&who.app);
    let made = who.run(|who, identity| {
        let permit = who.tenant_permit::<ManagePeople>()?;
        Ok(identity.resend_invitation(&permit, who.id("invitation")?)?)
    });
    let (token, invitation) = made.await?;
    Ok(with_link(&app, &token, &invitation))
}

pub(crate) async fn revoke_invitation(who: Who) -> Result<Done, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ManagePeople>()?;
        identity.revoke_invitation(&permit, who.id("invitation")?)?;
        Ok(nothing())
    })
    .await
}

/// What an invitation's link is for; whoever holds it may look.
pub(crate) async fn look(who: Who, Form(form): Form<InvitationForm>) -> Result<Answer<Invited>, Problem> {
    who.run(move |who, identity| {
        let invited = identity.look_at_invitation(&invitation_token(&form.invitation)?, who.app.clock.now())?;
        Ok(ok(Invited {
            tenant: Named { id: invited.tenant.to_string(), name: invited.tenant_name.as_str().to_owned() },
            email: invited.email.as_str().to_owned(),
            has_account: invited.has_account,
        }))
    })
    .await
}

/// With a name: makes an account and signs in, to set up a way to sign in. Without: joins with the account signed in.
pub(crate) async fn accept(who: Who, Form(form): Form<AcceptForm>) -> Result<Answer<Accepted>, Problem> {
    let name = form.name.as_deref().map(display_name).transpose()?;
    who.run(move |who, identity| {
        let token = invitation_token(&form.invitation)?;
        let Some(name) = name else {
            let tenant = identity.accept_invitation_as(&who.signed_in()?, &token)?;
            return Ok(ok(Accepted::Joined { tenant: tenant.to_string() }));
        };
        let session = identity.accept_invitation(&token, &name, &who.client(), &who.deed())?;
        Ok(opened(&session, form.token).map(|signed_in| Accepted::Made(Box::new(signed_in))))
    })
    .await
}

fn invitation_token(text: &str) -> Result<Credential, Problem> {
    Credential::from_key(text.trim()).map_err(|_| identity::InviteError::NoInvitation.into())
}

/// The link is in this answer and nowhere else: whoever invites gives it to the person.
fn with_link(app: &App, token: &PlainKey, invitation: &Invitation) -> Made<InvitationWithLink> {
    let link = format!("{}/join#{}", app.origin, token.reveal());
    made(InvitationWithLink { shown: shown_invitation(invitation), link })
}

fn shown_invitation(invitation: &Invitation) -> ShownInvitation {
    ShownInvitation {
        id: invitation.id.to_string(),
        email: invitation.email.as_str().to_owned(),
        roles: GrantForm::shown(&invitation.grants),
        invited_by: invitation.invited_by.map(|id| id.to_string()),
        created_at: invitation.created_at.into(),
        expires_at: invitation.expires_at.into(),
        state: invitation.state,
    }
}

fn shown_member(member: &Member) -> ShownMember {
    ShownMember {
        id: member.user.id.to_string(),
        email: member.user.email.as_str().to_owned(),
        name: member.user.name.as_str().to_owned(),
        state: member.user.state,
        roles: GrantForm::shown(&member.grants),
        joined_at: member.joined_at.into(),
        second_factor: member.second_factor,
        passkeys: member.passkeys,
        seen_at: member.seen_at.map(Time::from),
    }
}
