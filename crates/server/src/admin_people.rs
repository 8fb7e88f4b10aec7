//! `blockhouse admin`, about people: invitations, staff, recovery.

use anyhow::{Context, bail};
use audit::Deed;
use clap::{Subcommand, ValueEnum};
use identity::{ManagePeople, OpenedSession, RoleGrant, RoleRef, StaffMember, UserKind, UserState};
use model::{DisplayName, Email, limits};
use serde_json::{Value, json};

use crate::admin::tenant_named;
use crate::bootstrap::name;
use crate::node::Node;

#[derive(Debug, Subcommand)]
pub(crate) enum PeopleCommand {
    /// Invite somebody to a tenant; the link's token is shown once
    Invite {
        #[arg(long, value_parser = name)]
        tenant: DisplayName,
        #[arg(long, value_parser = email)]
        email: Email,
        /// owner, admin, member, read-only, auditor, or the id of a role of the tenant
        #[arg(long, default_value = "owner", value_parser = role)]
        role: RoleRef,
    },
    /// Make an account of staff; the session's token, to set up its passkey with, is shown once
    CreateStaff {
        #[arg(long, value_enum)]
        kind: Kind,
        #[arg(long, value_parser = email)]
        email: Email,
        #[arg(long, value_parser = name)]
        name: DisplayName,
    },
    /// List accounts of staff
    Staff,
    /// Confirm that one of staff may go on using granted access
    CertifyStaff {
        #[arg(long, value_parser = email)]
        email: Email,
    },
    /// End an account's sessions and let it sign in no more
    DisableAccount {
        #[arg(long, value_parser = email)]
        email: Email,
    },
    /// Let a disabled account sign in again
    EnableAccount {
        #[arg(long, value_parser = email)]
        email: Email,
    },
    /// Void every way in of an account that lost them; the token of a session to set up new ones is shown once
    RecoverAccount {
        #[arg(long, value_parser = email)]
        email: Email,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Kind {
    /// Runs the installation and reaches no data
    Operator,
    /// Reads data when a tenant grants it, and reaches no system
    Engineer,
}

fn email(text: &str) -> Result<Email, String> {
    Email::parse(text).map_err(|error| error.to_string())
}

fn role(text: &str) -> Result<RoleRef, String> {
    RoleRef::parse(text).ok_or_else(|| "expected owner, admin, member, read-only, auditor, or a role's id".to_owned())
}

pub(crate) fn run(command: &PeopleCommand, node: &Node, deed: &Deed) -> anyhow::Result<Value> {
    let identity = &node.identity;
    Ok(match command {
        PeopleCommand::Invite { tenant, email, role } => {
            let tenant = tenant_named(node, tenant)?;
            let permit = identity.by_shell::<ManagePeople>(tenant.id, deed);
            let (token, invitation) = identity.invite(&permit, email, &[RoleGrant { role: *role, source: None }])?;
            json!({
                "invitation": invitation.id.to_string(),
                "token": token.reveal(),
                "expires_at": invitation.expires_at.to_string(),
                "use": "append it to /join# of the server's address",
            })
        }
        PeopleCommand::CreateStaff { kind, email, name } => {
            let kind = match kind {
                Kind::Operator => UserKind::Operator,
                Kind::Engineer => UserKind::Engineer,
            };
            let opened = identity.create_staff(email, name, kind, deed)?;
            session(&opened.context("the address has an account already")?)
        }
        PeopleCommand::Staff => identity.staff()?.iter().map(staff_json).collect(),
        PeopleCommand::CertifyStaff { email } => {
            if !identity.certify_staff(email, deed)? {
                bail!("there is nobody of staff with this address");
            }
            json!({"certified": email.as_str(), "days": limits::STAFF_CERTIFIED_DAYS})
        }
        PeopleCommand::DisableAccount { email } => set_state(node, email, UserState::Disabled, deed)?,
        PeopleCommand::EnableAccount { email } => set_state(node, email, UserState::Active, deed)?,
        PeopleCommand::RecoverAccount { email } => {
            session(&identity.recover_account(email, deed)?.context("there is no account with this address")?)
        }
    })
}

fn set_state(node: &Node, email: &Email, state: UserState, deed: &Deed) -> anyhow::Result<Value> {
    if !node.identity.set_account_state(email, state, deed)? {
        bail!("there is no account with this address");
    }
    Ok(json!({"email": email.as_str(), "state": state}))
}

fn session(opened: &OpenedSession) -> Value {
    json!({
        "user": opened.session.user.to_string(),
        "token": opened.token.reveal(),
        "use": format!(
            "append it to /join# of the server's address within {} minutes, and set up a passkey",
            limits::STEP_UP_MINUTES
        ),
    })
}

fn staff_json(staff: &StaffMember) -> Value {
    json!({
        "user": staff.user.id.to_string(),
        "email": staff.user.email.as_str(),
        "name": staff.user.name.as_str(),
        "kind": staff.user.kind.as_str(),
        "state": staff.user.state,
        "certified_at": staff.certified_at.map(|at| at.to_string()),
        "passkeys": staff.passkeys,
    })
}
