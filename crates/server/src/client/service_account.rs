//! `blockhouse service-account`: accounts of programs, with roles and keys.

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
    permission: "this needs the permission services:manage, and nobody gives a role that allows more than they may do",
    list: "`blockhouse service-account list` shows the accounts, and `blockhouse service-account keys ID` the keys of one",
};
const KEY_ONCE: &str = "the key is shown this once";

/// Look after accounts of programs: their roles and their keys
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
    /// Show the accounts and their roles
    List,
    /// Make an account, without keys yet
    Create {
        name: String,
        #[command(flatten)]
        roles: RoleArgs,
    },
    /// Give an account these roles in the place of all that it has
    SetRoles {
        id: String,
        #[command(flatten)]
        roles: RoleArgs,
    },
    /// Remove an account, and end its keys at once
    Remove { id: String },
    /// Show the keys of an account, without what they are
    Keys { id: String },
    /// Make a key for an account; it is shown this once
    CreateKey {
        id: String,
        /// Days until it ends; 90 unless said
        #[arg(long, conflicts_with = "forever")]
        days: Option<i64>,
        /// It does not end by itself
        #[arg(long)]
        forever: bool,
    },
    /// End a key at once
    RevokeKey {
        id: String,
        /// The key, by its id
        #[arg(value_name = "KEY")]
        key_id: String,
    },
}

#[derive(Deserialize)]
struct Accounts {
    service_accounts: Vec<Account>,
}

#[derive(Deserialize)]
struct Account {
    id: String,
    name: String,
    roles: Vec<Grant>,
    created_at: String,
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Key {
    id: String,
    prefix: String,
    created_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
    revoked_at: Option<String>,
}

#[derive(Deserialize)]
struct Made {
    id: String,
    key: String,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let tenant = args.tenant.open(HINTS).await?;
    let answer = args.what.ask(&tenant).await?;
    if args.json { output.line(answer.get()) } else { args.what.print(&answer, output) }
}

// === impl What ===

impl What {
    async fn ask(&self, tenant: &Tenant) -> Result<Box<RawValue>, Failure> {
        let (method, path, body) = match self {
            Self::List => (Method::GET, vec![], None),
            Self::Create { name, roles } => {
                let mut body = roles.body();
                body["name"] = json!(name);
                (Method::POST, vec![], Some(body))
            }
            Self::SetRoles { id, roles } => (Method::PUT, vec![id.as_str()], Some(roles.body())),
            Self::Remove { id } => (Method::DELETE, vec![id.as_str()], None),
            Self::Keys { id } => (Method::GET, vec![id.as_str(), "keys"], None),
            Self::CreateKey { id, days, forever } => {
                let said = *forever || days.is_some();
                let body = if said { json!({ "days": days }) } else { json!({}) };
                (Method::POST, vec![id.as_str(), "keys"], Some(body))
            }
            Self::RevokeKey { id, key_id } => (Method::DELETE, vec![id.as_str(), "keys", key_id.as_str()], None),
        };
        tenant.call(method, &[&["service-accounts"][..], &path].concat(), body).await
    }

    fn print(&self, answer: &RawValue, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::List => print_list(&tenant::read::<Accounts>(answer)?.service_accounts, output),
            Self::Create { .. } | Self::SetRoles { .. } => tenant::read::<Account>(answer)?.print(output),
            Self::Remove { .. } => output.line("removed"),
            Self::Keys { id } => print_keys(&tenant::read::<Keys>(answer)?.keys, id, output),
            Self::CreateKey { .. } => {
                let made: Made = tenant::read(answer)?;
                output.line(&printable(&made.id))?;
                output.line(&printable(&made.key))?;
                output.note(KEY_ONCE);
                Ok(())
            }
            Self::RevokeKey { .. } => output.line("ended"),
        }
    }
}

fn print_list(accounts: &[Account], output: &mut Output) -> Result<(), Failure> {
    if accounts.is_empty() {
        return output.line("no service accounts: `blockhouse service-account create NAME ROLE` makes one");
    }
    let row = |one: &Account| vec![json!(one.id), json!(one.name), json!(granted::told(&one.roles)), json!(one.created_at)];
    let rows: Vec<Vec<Value>> = accounts.iter().map(row).collect();
    table::print(&["id", "name", "roles", "made"], &rows, output)
}

fn print_keys(keys: &[Key], account: &str, output: &mut Output) -> Result<(), Failure> {
    if keys.is_empty() {
        return output.line(&format!("no keys: `blockhouse service-account create-key {}` makes one", printable(account)));
    }
    let row = |key: &Key| {
        let begins = format!("{}…", key.prefix);
        let times = [Some(&key.created_at), key.expires_at.as_ref(), key.last_used_at.as_ref(), key.revoked_at.as_ref()];
        [json!(key.id), json!(begins)].into_iter().chain(times.map(|at| json!(at))).collect()
    };
    let rows: Vec<Vec<Value>> = keys.iter().map(row).collect();
    table::print(&["id", "begins", "made", "ends", "last used", "revoked"], &rows, output)
}

// === impl Account ===

impl Account {
    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        output.line(&format!("{} {}", printable(&self.id), printable(&self.name)))?;
        output.line(&format!("roles are {}", printable(&granted::told(&self.roles))))
    }
}
