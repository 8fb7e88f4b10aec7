//! `blockhouse provider`: identity providers through which the people of a tenant sign in (OpenID Connect).

use std::fs;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::document;
use super::failure::Failure;
use super::granted::{self, Grant};
use super::output::{ColourArgs, Output, printable};
use super::table;
use super::tenant::{self, Hints, Tenant, TenantArgs};

const HINTS: Hints = Hints {
    permission: "this needs the permission sign-in:manage, and nobody lets a provider give a role that allows more than they may do",
    list: "`blockhouse provider list` shows the providers",
};
const FILE_HINT: &str = "a document of a provider is {\"name\":…,\"issuer\":…,\"client_id\":…}, as docs/people.md has it and \
    `blockhouse provider show ID --json` prints it";
/// What a provider has beside what it was made of.
const NOT_SET: [&str; 6] = ["id", "has_secret", "created_at", "sign_in", "callback", "logout"];

/// Look after the providers through which people sign in: Okta, Entra, Google and whatever else speaks OpenID Connect
///
/// A provider is a document, as docs/people.md has it; its secret comes from a file of its own.
///
///   blockhouse provider add okta.json --secret-file okta.secret
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    /// The server's answer as it is; of `show`, the one provider of it
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    pub(super) colours: ColourArgs,
    #[command(flatten)]
    tenant: TenantArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show the providers, without their secrets
    List,
    /// Show one provider, and the addresses that it has to know
    Show { id: String },
    /// Add a provider; it is looked at before it is kept
    Add(DocumentArgs),
    /// Say a provider anew; its secret stays where none is given, and its sessions end where its issuer changes
    Change {
        id: String,
        #[command(flatten)]
        document: DocumentArgs,
    },
    /// Look at a provider as the next sign-in would
    Test { id: String },
    /// Remove a provider; the sessions that came from it end at once
    Remove { id: String },
}

#[derive(Debug, clap::Args)]
struct DocumentArgs {
    /// A document with the provider; standard input where it is left out or `-`
    file: Option<PathBuf>,
    /// A file that holds the client's secret and nothing else
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Providers {
    providers: Vec<Provider>,
}

#[derive(Deserialize)]
struct Provider {
    id: String,
    name: String,
    issuer: String,
    client_id: String,
    has_secret: bool,
    domains: Vec<String>,
    groups_claim: String,
    group_roles: Vec<GroupRole>,
    default_roles: Vec<Grant>,
    creates_accounts: bool,
    counts_as_second_factor: bool,
    sign_in: String,
    callback: String,
    logout: String,
}

#[derive(Deserialize)]
struct GroupRole {
    group: String,
    #[serde(flatten)]
    grant: Grant,
}

#[derive(Deserialize)]
struct Tested {
    issuer: String,
    looked_at: String,
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
            Self::Show { id } => {
                let all = tenant.get(&["providers"]).await?;
                return tenant::raw(&tenant::one_of(&all, "providers", id, HINTS.list)?);
            }
            Self::Add(document) => (Method::POST, vec![], Some(document.body()?)),
            Self::Change { id, document } => (Method::PUT, vec![id.as_str()], Some(document.body()?)),
            Self::Test { id } => (Method::POST, vec![id.as_str(), "test"], None),
            Self::Remove { id } => (Method::DELETE, vec![id.as_str()], None),
        };
        tenant.call(method, &[&["providers"][..], &path].concat(), body).await
    }

    fn print(&self, answer: &RawValue, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::List => print_list(&tenant::read::<Providers>(answer)?.providers, output),
            Self::Show { .. } | Self::Add(_) | Self::Change { .. } => tenant::read::<Provider>(answer)?.print(output),
            Self::Test { .. } => {
                let Tested { issuer, looked_at } = tenant::read(answer)?;
                output.line(&format!("{} answers as it should, at {}", printable(&issuer), printable(&looked_at)))
            }
            Self::Remove { .. } => output.line("removed"),
        }
    }
}

fn print_list(providers: &[Provider], output: &mut Output) -> Result<(), Failure> {
    if providers.is_empty() {
        return output.line("no providers: `blockhouse provider add FILE` adds one");
    }
    let row = |one: &Provider| {
        let [id, name, issuer] = [&one.id, &one.name, &one.issuer].map(|text| json!(text));
        vec![id, name, issuer, json!(one.domains.join(", ")), json!(one.roles())]
    };
    let rows: Vec<Vec<Value>> = providers.iter().map(row).collect();
    table::print(&["id", "name", "issuer", "domains", "roles"], &rows, output)
}

// === impl DocumentArgs ===

impl DocumentArgs {
    /// What `show` prints may be set again.
    fn body(&self) -> Result<Value, Failure> {
        let mut document: Map<String, Value> = document::read(self.file.as_deref(), FILE_HINT)?;
        document.retain(|name, _| !NOT_SET.contains(&name.as_str()));
        if let Some(file) = &self.secret_file {
            document.insert("client_secret".to_owned(), json!(secret_in(file)?.trim()));
        }
        Ok(Value::Object(document))
    }
}

fn secret_in(file: &Path) -> Result<Zeroizing<String>, Failure> {
    Ok(Zeroizing::new(fs::read_to_string(file).map_err(Failure::file("read", file))?))
}

// === impl Provider ===

impl Provider {
    /// Those of everybody, and those of each group.
    fn roles(&self) -> String {
        let of_group = |one: &GroupRole| format!("{}: {}", one.group, granted::told(std::slice::from_ref(&one.grant)));
        let everybody = (!self.default_roles.is_empty()).then(|| granted::told(&self.default_roles));
        everybody.into_iter().chain(self.group_roles.iter().map(of_group)).collect::<Vec<_>>().join("; ")
    }

    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        let yes = |so| if so { "yes" } else { "no" };
        let mut line = |name: &str, text: &str| output.line(&format!("{name:<17} {}", printable(text)));
        line(&self.id, &self.name)?;
        line("issuer", &self.issuer)?;
        line("client", &format!("{}, {} a secret", self.client_id, if self.has_secret { "with" } else { "without" }))?;
        if !self.domains.is_empty() {
            line("domains", &self.domains.join(", "))?;
        }
        if !self.groups_claim.is_empty() {
            line("groups are in", &self.groups_claim)?;
        }
        line("roles", &self.roles())?;
        line("makes accounts", yes(self.creates_accounts))?;
        line("is second factor", yes(self.counts_as_second_factor))?;
        line("people sign in at", &self.sign_in)?;
        line("it comes back to", &self.callback)?;
        line("it logs out at", &self.logout)
    }
}
