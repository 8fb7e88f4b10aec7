//! `blockhouse role`: what the roles of a tenant allow, and roles of its own.

use clap::{ArgGroup, Subcommand};
use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::failure::Failure;
use super::granted::{Abilities, RoleArgs};
use super::output::{ColourArgs, Output, printable};
use super::table;
use super::tenant::{self, Hints, Tenant, TenantArgs};

const HINTS: Hints = Hints {
    permission: "seeing needs the permission roles:view, changing roles:manage, and a role allows no more than you may do",
    list: "`blockhouse role list` shows the roles, and `blockhouse role permissions` what there is to allow",
};
const BUILT_IN_HINT: &str = "built-in roles stay as they are; `blockhouse role create` makes one of your own";

/// Look after roles: what each allows, and roles of your own
///
/// A built-in role goes by its name, one of your own by its id.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    /// The server's answer as it is; of `show`, the one role of it
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    pub(super) colours: ColourArgs,
    #[command(flatten)]
    tenant: TenantArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show the roles, built-in ones and your own, with what they allow
    List,
    /// Show one role with all that it allows
    Show { id: String },
    /// Show what there is to allow
    Permissions,
    /// Show what somebody with these roles could do
    Preview {
        #[command(flatten)]
        roles: RoleArgs,
    },
    /// Make a role of your own
    Create {
        name: String,
        /// What it allows, as `blockhouse role permissions` names it
        #[arg(required = true, value_name = "PERMISSION")]
        permissions: Vec<String>,
        /// What it is for
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        description: String,
        /// It counts only for whoever signed in with a second factor
        #[arg(long)]
        second_factor: bool,
    },
    /// Change a role of your own, from the next request of whoever has it on; what is not named stays as it is
    Change {
        id: String,
        #[command(flatten)]
        changes: Changes,
    },
    /// Remove a role of your own that nobody has
    Remove { id: String },
}

#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("some").required(true).multiple(true))]
struct Changes {
    #[arg(long, group = "some")]
    name: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT", group = "some")]
    description: Option<String>,
    /// Allow this from now on; may be given again
    #[arg(long, value_name = "PERMISSION", group = "some")]
    allow: Vec<String>,
    /// Allow this no more; may be given again
    #[arg(long, value_name = "PERMISSION", group = "some")]
    deny: Vec<String>,
    /// Whether it counts only for whoever signed in with a second factor
    #[arg(long, value_name = "BOOL", group = "some")]
    second_factor: Option<bool>,
}

#[derive(Deserialize)]
struct Roles {
    roles: Vec<Role>,
}

#[derive(Deserialize)]
struct Role {
    id: String,
    name: String,
    built_in: bool,
    description: String,
    permissions: Vec<String>,
    second_factor: bool,
}

#[derive(Deserialize)]
struct Permissions {
    permissions: Vec<Permission>,
}

#[derive(Deserialize)]
struct Permission {
    name: String,
    description: String,
    object: String,
    sensitive: bool,
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
            Self::List => tenant.get(&["roles"]).await,
            Self::Show { id } => tenant::raw(&tenant::one_of(&tenant.get(&["roles"]).await?, "roles", id, HINTS.list)?),
            Self::Permissions => tenant.get(&["permissions"]).await,
            Self::Preview { roles } => tenant.call(Method::POST, &["roles", "preview"], Some(roles.body())).await,
            Self::Create { name, permissions, description, second_factor } => {
                let body = json!({
                    "name": name, "description": description, "permissions": permissions, "second_factor": second_factor,
                });
                tenant.call(Method::POST, &["roles"], Some(body)).await
            }
            Self::Change { id, changes } => {
                let now = tenant::raw(&tenant::one_of(&tenant.get(&["roles"]).await?, "roles", id, HINTS.list)?)?;
                let body = changes.body(&tenant::read::<Role>(&now)?)?;
                tenant.call(Method::PUT, &["roles", id], Some(body)).await
            }
            Self::Remove { id } => tenant.call(Method::DELETE, &["roles", id], None).await,
        }
    }

    fn print(&self, answer: &RawValue, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::List => print_list(&tenant::read::<Roles>(answer)?.roles, output),
            Self::Show { .. } | Self::Create { .. } | Self::Change { .. } => tenant::read::<Role>(answer)?.print(output),
            Self::Permissions => print_permissions(&tenant::read::<Permissions>(answer)?.permissions, output),
            Self::Preview { .. } => tenant::read::<Abilities>(answer)?.print(output),
            Self::Remove { .. } => output.line("removed"),
        }
    }
}

fn print_list(roles: &[Role], output: &mut Output) -> Result<(), Failure> {
    let row = |role: &Role| {
        let (kind, factor) = (role.kind(), if role.second_factor { "needed" } else { "" });
        vec![json!(role.id), json!(role.name), json!(kind), json!(factor), json!(role.permissions.join(", "))]
    };
    let rows: Vec<Vec<Value>> = roles.iter().map(row).collect();
    table::print(&["id", "name", "kind", "second factor", "allows"], &rows, output)?;
    if roles.iter().all(|role| role.built_in) {
        output.line("no roles of your own: `blockhouse role create NAME PERMISSION…` makes one")?;
    }
    Ok(())
}

fn print_permissions(permissions: &[Permission], output: &mut Output) -> Result<(), Failure> {
    let row = |one: &Permission| {
        let proof = if one.sensitive { "fresh" } else { "" };
        vec![json!(one.name), json!(one.object), json!(proof), json!(one.description)]
    };
    let rows: Vec<Vec<Value>> = permissions.iter().map(row).collect();
    table::print(&["permission", "about", "proof", "allows to"], &rows, output)
}

// === impl Changes ===

impl Changes {
    /// The role as a whole, since the server is told nothing less.
    fn body(&self, now: &Role) -> Result<Value, Failure> {
        if now.built_in {
            return Err(Failure::usage(format!("the role {:?} is built in", now.id), BUILT_IN_HINT));
        }
        if let Some(missing) = self.deny.iter().find(|name| !now.permissions.contains(name)) {
            return Err(Failure::usage(
                format!("it does not allow {missing:?}"),
                "`blockhouse role show ID` shows what it allows",
            ));
        }
        let kept = now.permissions.iter().filter(|name| !self.deny.contains(name));
        let added = self.allow.iter().filter(|name| !now.permissions.contains(name));
        Ok(json!({
            "name": self.name.as_ref().unwrap_or(&now.name),
            "description": self.description.as_ref().unwrap_or(&now.description),
            "permissions": kept.chain(added).collect::<Vec<_>>(),
            "second_factor": self.second_factor.unwrap_or(now.second_factor),
        }))
    }
}

// === impl Role ===

impl Role {
    fn kind(&self) -> &'static str {
        if self.built_in { "built in" } else { "own" }
    }

    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        output.line(&format!("{} {}", printable(&self.id), printable(&self.name)))?;
        if !self.description.is_empty() {
            output.line(&printable(&self.description))?;
        }
        let factor = if self.second_factor { "; counts with a second factor only" } else { "" };
        output.line(&format!("{}{factor}; allows", self.kind()))?;
        self.permissions.iter().try_for_each(|name| output.line(&format!("  {}", printable(name))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role() -> Role {
        let permissions = ["logs:read", "source:view"].map(str::to_owned).to_vec();
        let (id, name) = ("0123456789abcdef".to_owned(), "on call".to_owned());
        Role { id, name, built_in: false, description: String::new(), permissions, second_factor: true }
    }

    fn changes(allow: &[&str], deny: &[&str]) -> Changes {
        let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Changes { name: None, description: None, allow: named(allow), deny: named(deny), second_factor: None }
    }

    #[test]
    fn what_is_not_named_stays_as_it_is() {
        let body = changes(&["logs:read", "logs:write"], &["source:view"]).body(&role()).unwrap();
        let expected = json!({
            "name": "on call", "description": "", "permissions": ["logs:read", "logs:write"], "second_factor": true,
        });
        assert_eq!(body, expected);
        assert!(changes(&[], &["keys:view"]).body(&role()).is_err(), "it is not allowed");
        assert!(changes(&["keys:view"], &[]).body(&Role { built_in: true, ..role() }).is_err());
    }
}
