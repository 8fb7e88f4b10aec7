//! `blockhouse tenant`: a tenant itself, what it demands of sign-ins and allows to staff, how much may come in, and its keys.

use clap::{ArgGroup, Subcommand, ValueEnum};
use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::data_keys;
use super::failure::Failure;
use super::output::{ColourArgs, Output, printable};
use super::person;
use super::quota::{Quota, QuotaArgs};
use super::server::Server;
use super::table;
use super::tenant::{self, Hints, Tenant, TenantArgs};
use super::units;

const HINTS: Hints = Hints {
    permission: "seeing needs the permission tenant:view; sign-in takes sign-in:manage, staff-access access:configure, quota \
        sources:create, and list and create are for operators of the installation",
    list: "--tenant (BLOCKHOUSE_TENANT) names the tenant by its id; `blockhouse me` shows those that you are in",
};

/// Look after a tenant: how people sign in, what staff may ask for, how much may come in, which data keys there are
///
///   blockhouse tenant sign-in --second-factor required
///   blockhouse tenant sign-in --single-sign-on enforced --break-glass-owner ada@example.com
///   blockhouse tenant quota --set 1000000000 --period day
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
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
    /// Show the tenants of the installation; for its operators
    List,
    /// Make a tenant; for operators of the installation
    Create { name: String },
    /// Show the tenant, and how it is set
    Show,
    /// Say how people sign in; what is not named stays as it is
    SignIn(SignInArgs),
    /// Say what staff of the installation may ask for
    StaffAccess {
        #[arg(value_enum)]
        level: Level,
        /// How many of your people have to approve; without it, as many as now
        #[arg(long, value_name = "N")]
        approvals: Option<u8>,
    },
    /// Show how much came in and may come in for all sources together, or change it
    Quota(QuotaArgs),
    /// Show which data keys the sources have, by UTC day, and what each seals
    DataKeys,
}

#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("some").required(true).multiple(true))]
struct SignInArgs {
    /// Whether a session without a second factor counts
    #[arg(long, value_enum, value_name = "RULE", group = "some")]
    second_factor: Option<SecondFactor>,
    /// Whether people may sign in past a provider of the tenant
    #[arg(long, value_enum, value_name = "RULE", group = "some")]
    single_sign_on: Option<SingleSignOn>,
    /// The owner who can still sign in without the provider, by id or address, or `none`
    #[arg(long, value_name = "PERSON", group = "some")]
    break_glass_owner: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SecondFactor {
    Recommended,
    Required,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SingleSignOn {
    Optional,
    /// Through a provider only, but for the one owner who is named
    Enforced,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Level {
    /// Nothing; their requests are refused
    Never,
    /// One source for an hour, once your people have signed for it
    OnApproval,
    /// And in an emergency two of them open it, loudly
    BreakGlass,
}

#[derive(Deserialize)]
struct Listed {
    tenants: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
    name: String,
    created_at: Option<String>,
}

#[derive(Deserialize)]
struct Shown {
    id: String,
    name: String,
    created_at: String,
    settings: Settings,
}

#[derive(Deserialize)]
struct Settings {
    second_factor: String,
    single_sign_on: String,
    break_glass_owner: Option<String>,
    staff_access: String,
    approvals_needed: u64,
    audit_retention_days: u32,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let server = args.tenant.server()?;
    let answer = match &args.what {
        What::List => call_installation(&server, Method::GET, None).await?,
        What::Create { name } => call_installation(&server, Method::POST, Some(json!({ "name": name }))).await?,
        What::Show | What::SignIn(_) | What::StaffAccess { .. } | What::Quota(_) | What::DataKeys => {
            args.what.ask(&args.tenant.at(server, HINTS).await?).await?
        }
    };
    if args.json { output.line(answer.get()) } else { args.what.print(&answer, output) }
}

async fn call_installation(server: &Server, method: Method, body: Option<Value>) -> Result<Box<RawValue>, Failure> {
    let body = body.map(|body| body.to_string().into_bytes());
    server.call(method, &["v1", "tenants"], body).await.map_err(|failure| HINTS.hinted(failure))
}

/// As the API writes it.
fn word(value: &impl ValueEnum) -> Value {
    value.to_possible_value().map_or(Value::Null, |value| json!(value.get_name().replace('-', "_")))
}

// === impl What ===

impl What {
    async fn ask(&self, tenant: &Tenant) -> Result<Box<RawValue>, Failure> {
        match self {
            Self::List | Self::Create { .. } | Self::Show => tenant.get(&[]).await,
            Self::SignIn(args) => args.set(tenant).await,
            Self::StaffAccess { level, approvals } => {
                let now = tenant.get(&[]).await?;
                let now = tenant::read::<Shown>(&now)?.settings;
                let approvals = approvals.map_or(now.approvals_needed, u64::from);
                let body = json!({ "level": word(level), "approvals": approvals });
                tenant.call(Method::PUT, &["staff-access"], Some(body)).await
            }
            Self::Quota(quota) => {
                let body = quota.body();
                tenant.call(if body.is_some() { Method::PUT } else { Method::GET }, &["quota"], body).await
            }
            Self::DataKeys => tenant.get(&["data-keys"]).await,
        }
    }

    fn print(&self, answer: &RawValue, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::List => print_list(&tenant::read::<Listed>(answer)?.tenants, output),
            Self::Create { .. } => output.line(&tenant::read::<Named>(answer)?.id),
            Self::Show => tenant::read::<Shown>(answer)?.print(output),
            Self::SignIn(_) | Self::StaffAccess { .. } => tenant::read::<Settings>(answer)?.print(output),
            Self::Quota(_) => tenant::read::<Quota>(answer)?.print(output),
            Self::DataKeys => data_keys::print(answer, output),
        }
    }
}

fn print_list(tenants: &[Named], output: &mut Output) -> Result<(), Failure> {
    if tenants.is_empty() {
        return output.line("no tenants: `blockhouse tenant create NAME` makes one");
    }
    let row = |one: &Named| vec![json!(one.id), json!(one.name), json!(one.created_at)];
    let rows: Vec<Vec<Value>> = tenants.iter().map(row).collect();
    table::print(&["id", "name", "made"], &rows, output)
}

// === impl SignInArgs ===

impl SignInArgs {
    async fn set(&self, tenant: &Tenant) -> Result<Box<RawValue>, Failure> {
        let now = tenant.get(&[]).await?;
        let now = tenant::read::<Shown>(&now)?.settings;
        let owner = match self.break_glass_owner.as_deref() {
            None => now.break_glass_owner,
            Some("none") => None,
            Some(owner) => Some(person::id_of(owner, tenant).await?),
        };
        let body = json!({
            "second_factor": self.second_factor.as_ref().map_or(json!(now.second_factor), word),
            "single_sign_on": self.single_sign_on.as_ref().map_or(json!(now.single_sign_on), word),
            "break_glass_owner": owner,
        });
        tenant.call(Method::PUT, &["sign-in"], Some(body)).await
    }
}

// === impl Shown ===

impl Shown {
    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        output.line(&format!("{} {}", printable(&self.id), printable(&self.name)))?;
        output.line(&format!("made            {}", printable(&self.created_at)))?;
        self.settings.print(output)
    }
}

// === impl Settings ===

impl Settings {
    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        let owner = self.break_glass_owner.as_deref().map(|id| format!(", but for {id}")).unwrap_or_default();
        let staff = self.staff_access.replace('_', " ");
        let approvals = match &*self.staff_access {
            "never" => String::new(),
            _ => format!(", with {}", units::counted(self.approvals_needed, "approval")),
        };
        output.line(&format!("second factor   {}", printable(&self.second_factor)))?;
        output.line(&format!("single sign-on  {}{}", printable(&self.single_sign_on), printable(&owner)))?;
        output.line(&format!("staff access    {}{approvals}", printable(&staff)))?;
        output.line(&format!("audit trail     kept for {} days", self.audit_retention_days))
    }
}
