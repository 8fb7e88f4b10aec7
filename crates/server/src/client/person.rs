//! `blockhouse person`: the people of a tenant, what each may do, and where they are signed in.

use clap::Subcommand;
use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::failure::Failure;
use super::granted::{self, Abilities, Grant, RoleArgs};
use super::output::{ColourArgs, Output, printable};
use super::sessions::Sessions;
use super::table;
use super::tenant::{self, Hints, Tenant, TenantArgs};
use super::units;

const HINTS: Hints = Hints {
    permission: "seeing needs the permission people:view, changing people:manage, and nobody gives or takes more than they may do",
    list: "`blockhouse person list` shows who is a member, and `blockhouse person sessions` where each is signed in",
};

/// Look after the people of a tenant: who is there, what each may do, where they are signed in
///
/// A person goes by id or by address; `blockhouse invitation` brings new ones.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    /// The server's answer as it is; of `show`, the person with their abilities
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    pub(super) colours: ColourArgs,
    #[command(flatten)]
    tenant: TenantArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show who is a member, with roles, second factor and when each was last seen
    List,
    /// Show somebody, and what they may do
    Show { person: String },
    /// Give somebody these roles in the place of all that they have
    SetRoles {
        person: String,
        #[command(flatten)]
        roles: RoleArgs,
    },
    /// Remove somebody from the tenant
    Remove { person: String },
    /// Show where somebody is signed in to the tenant
    Sessions { person: String },
    /// Sign somebody out of one session
    EndSession { person: String, session: String },
}

#[derive(Deserialize)]
struct People {
    people: Vec<Person>,
}

#[derive(Deserialize)]
struct Person {
    id: String,
    email: String,
    name: String,
    state: String,
    roles: Vec<Grant>,
    joined_at: String,
    second_factor: bool,
    passkeys: u64,
    seen_at: Option<String>,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let tenant = args.tenant.open(HINTS).await?;
    let answer = args.what.ask(&tenant).await?;
    if args.json { output.line(answer.get()) } else { args.what.print(&answer, output) }
}

/// By the address, where it is one.
pub(super) async fn id_of(person: &str, tenant: &Tenant) -> Result<String, Failure> {
    if !person.contains('@') {
        return Ok(person.to_owned());
    }
    let answer = tenant.get(&["people"]).await?;
    let People { people } = tenant::read(&answer)?;
    let found = people.into_iter().find(|one| one.email.eq_ignore_ascii_case(person));
    found.map(|one| one.id).ok_or_else(|| Failure::usage(format!("nobody here has the address {person:?}"), HINTS.list))
}

// === impl What ===

impl What {
    async fn ask(&self, tenant: &Tenant) -> Result<Box<RawValue>, Failure> {
        match self {
            Self::List => tenant.get(&["people"]).await,
            Self::Show { person } => {
                let id = id_of(person, tenant).await?;
                let shown = tenant.get(&["people", &id]).await?;
                let mut shown: Value = tenant::read(&shown)?;
                let may = tenant.get(&["people", &id, "abilities"]).await?;
                let may: Value = tenant::read(&may)?;
                if let Some(shown) = shown.as_object_mut() {
                    shown.insert("abilities".to_owned(), may["abilities"].clone());
                }
                tenant::raw(&shown)
            }
            Self::SetRoles { person, roles } => {
                let id = id_of(person, tenant).await?;
                tenant.call(Method::PUT, &["people", &id], Some(roles.body())).await
            }
            Self::Remove { person } => {
                let id = id_of(person, tenant).await?;
                tenant.call(Method::DELETE, &["people", &id], None).await
            }
            Self::Sessions { person } => {
                let id = id_of(person, tenant).await?;
                tenant.get(&["people", &id, "sessions"]).await
            }
            Self::EndSession { person, session } => {
                let id = id_of(person, tenant).await?;
                tenant.call(Method::DELETE, &["people", &id, "sessions", session], None).await
            }
        }
    }

    fn print(&self, answer: &RawValue, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::List => print_list(&tenant::read::<People>(answer)?.people, output),
            Self::Show { .. } => {
                tenant::read::<Person>(answer)?.print(output)?;
                tenant::read::<Abilities>(answer)?.print(output)
            }
            Self::SetRoles { roles, .. } => output.line(&format!("roles are {} now", printable(&roles.told()))),
            Self::Remove { .. } => output.line("removed"),
            Self::Sessions { .. } => tenant::read::<Sessions>(answer)?.print(output),
            Self::EndSession { .. } => output.line("ended"),
        }
    }
}

fn print_list(people: &[Person], output: &mut Output) -> Result<(), Failure> {
    if people.is_empty() {
        return output.line("nobody: `blockhouse invitation create ADDRESS ROLE` invites somebody");
    }
    let row = |one: &Person| {
        vec![
            json!(one.id),
            json!(one.name),
            json!(one.email),
            json!(one.state),
            json!(granted::told(&one.roles)),
            json!(one.second_factor()),
            json!(one.seen_at),
        ]
    };
    let rows: Vec<Vec<Value>> = people.iter().map(row).collect();
    table::print(&["id", "name", "address", "state", "roles", "second factor", "last seen"], &rows, output)
}

// === impl Person ===

impl Person {
    fn second_factor(&self) -> String {
        match (self.second_factor, self.passkeys) {
            (false, _) => "no".to_owned(),
            (true, 0) => "yes".to_owned(),
            (true, passkeys) => format!("yes, {}", units::counted(passkeys, "passkey")),
        }
    }

    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        output.line(&format!("{} {}", printable(&self.id), printable(&self.name)))?;
        output.line(&format!("address        {}", printable(&self.email)))?;
        output.line(&format!("state          {}", printable(&self.state)))?;
        output.line(&format!("roles          {}", printable(&granted::told(&self.roles))))?;
        output.line(&format!("second factor  {}", self.second_factor()))?;
        output.line(&format!("joined         {}", printable(&self.joined_at)))?;
        let seen = self.seen_at.as_deref().unwrap_or("never");
        output.line(&format!("last seen      {}", printable(seen)))?;
        output.line("")
    }
}
