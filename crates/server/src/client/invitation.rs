//! `blockhouse invitation`: who was invited to a tenant, and with which roles.

use clap::Subcommand;
use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::failure::Failure;
use super::granted::{self, Grant, RoleArgs};
use super::output::{ColourArgs, Output, printable};
use super::table;
use super::tenant::{self, Hints, Tenant, TenantArgs};

const HINTS: Hints = Hints {
    permission: "seeing needs the permission people:view, inviting people:manage, and nobody gives a role that allows more than they may do",
    list: "`blockhouse invitation list` shows the invitations, of which only open ones can be sent again or withdrawn",
};
const LINK_ONCE: &str = "the link is shown this once: give it to whoever it is for, who alone can use it, once";

/// Invite people to a tenant
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    /// The server's answer as it is
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    pub(super) colours: ColourArgs,
    #[command(flatten)]
    tenant: TenantArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show the newest invitations, ended ones too, without their links
    List,
    /// Invite an address; the link is shown this once
    Create {
        /// Of whoever is invited
        #[arg(value_name = "ADDRESS")]
        email: String,
        #[command(flatten)]
        roles: RoleArgs,
    },
    /// Make a new link for an invitation, which ends the one before; it is shown this once
    Resend { id: String },
    /// Take an open invitation back
    Withdraw { id: String },
}

#[derive(Deserialize)]
struct Invitations {
    invitations: Vec<Invitation>,
}

#[derive(Deserialize)]
struct Invitation {
    id: String,
    email: String,
    roles: Vec<Grant>,
    invited_by: Option<String>,
    expires_at: String,
    state: String,
}

#[derive(Deserialize)]
struct Made {
    id: String,
    link: String,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let tenant = args.tenant.open(HINTS).await?;
    let answer = args.what.ask(&tenant).await?;
    if args.json { output.line(answer.get()) } else { args.what.print(&answer, output) }
}

// === impl What ===

impl What {
    async fn ask(&self, tenant: &Tenant) -> Result<Box<RawValue>, Failure> {
        match self {
            Self::List => tenant.get(&["invitations"]).await,
            Self::Create { email, roles } => {
                let mut body = roles.body();
                body["email"] = json!(email);
                tenant.call(Method::POST, &["invitations"], Some(body)).await
            }
            Self::Resend { id } => tenant.call(Method::POST, &["invitations", id, "resend"], None).await,
            Self::Withdraw { id } => tenant.call(Method::DELETE, &["invitations", id], None).await,
        }
    }

    fn print(&self, answer: &RawValue, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::List => print_list(&tenant::read::<Invitations>(answer)?.invitations, output),
            Self::Create { .. } | Self::Resend { .. } => {
                let made: Made = tenant::read(answer)?;
                output.line(&printable(&made.id))?;
                output.line(&printable(&made.link))?;
                output.note(LINK_ONCE);
                Ok(())
            }
            Self::Withdraw { .. } => output.line("withdrawn"),
        }
    }
}

fn print_list(invitations: &[Invitation], output: &mut Output) -> Result<(), Failure> {
    if invitations.is_empty() {
        return output.line("no invitations: `blockhouse invitation create ADDRESS ROLE` makes one");
    }
    let row = |one: &Invitation| {
        let roles = granted::told(&one.roles);
        vec![json!(one.state), json!(one.id), json!(one.email), json!(roles), json!(one.invited_by), json!(one.expires_at)]
    };
    let rows: Vec<Vec<Value>> = invitations.iter().map(row).collect();
    table::print(&["state", "id", "address", "roles", "invited by", "ends"], &rows, output)
}
