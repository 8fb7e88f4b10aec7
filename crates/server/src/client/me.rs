//! `blockhouse me`: who is signed in, where, what they may do, and what they have to be told.

use clap::Subcommand;
use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::factors;
use super::failure::Failure;
use super::granted::Abilities;
use super::kept_token::Renewal;
use super::output::{ColourArgs, Output, printable};
use super::server::{Server, ServerArgs};
use super::sessions::{Session, Sessions};
use super::table;
use super::tenant::{self, Hints};
use super::trail;
use super::units;

const HINTS: Hints = Hints {
    permission: "a session of a provider ends no other; sign in by a way of the account's own",
    list: "`blockhouse me sessions` shows where you are signed in",
};
const KEY_HINT: &str =
    "--key-file or BLOCKHOUSE_KEY gives the token of a session, which `blockhouse login` makes; a key is nobody";
const TENANT_HINT: &str = "`blockhouse me` shows the tenants that you are in";

/// See who is signed in, and look after your own sessions and ways to sign in
///
/// Without a command: who the session is of, in which tenants, and how they can sign in.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// The server's answer as it is
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    pub(super) colours: ColourArgs,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Say what you are called
    Rename { name: String },
    /// Work in another of your tenants from now on; the session has another token then, which is kept or shown
    Enter {
        /// The tenant, by its id
        tenant: String,
    },
    /// Show where you are signed in
    Sessions,
    /// End one of your sessions
    EndSession { id: String },
    /// End all of your sessions but this one
    EndOthers,
    /// Show what you have to be told, the newest first
    Notices,
    /// Show what you may do in the tenant that the session works in
    Abilities,
    #[command(flatten)]
    Factors(factors::What),
}

#[derive(Deserialize)]
pub(super) struct Me {
    id: String,
    email: String,
    name: String,
    kind: String,
    tenant: Option<String>,
    tenants: Vec<Membership>,
    session: Session,
    fresh: bool,
    pub(super) sign_in: WaysIn,
}

#[derive(Deserialize)]
struct Membership {
    id: String,
    name: String,
    roles: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct WaysIn {
    pub(super) passphrase: bool,
    pub(super) totp: bool,
    passkeys: u64,
    pub(super) recovery_codes: u64,
    single_sign_on: u64,
}

#[derive(Deserialize)]
struct Others {
    ended: u64,
}

#[derive(Deserialize)]
pub(super) struct Renewed {
    pub(super) token: Zeroizing<String>,
}

#[derive(Deserialize)]
struct Notices {
    notices: Vec<Notice>,
}

#[derive(Deserialize)]
struct Notice {
    at: String,
    notice: String,
    #[serde(flatten)]
    about: Map<String, Value>,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let server = args.server.open(KEY_HINT)?;
    match &args.what {
        Some(What::Enter { tenant }) => return enter(tenant, &server, &args, output).await,
        Some(What::Factors(what)) => {
            let renewal = what.renews().then(|| Renewal::open(args.server.key_file())).transpose()?;
            return factors::run(what, (&server, renewal), args.json, output).await;
        }
        _ => {}
    }
    let answer = ask(args.what.as_ref(), &server).await.map_err(hinted)?;
    if args.json {
        return output.line(answer.get());
    }
    match args.what {
        None | Some(What::Enter { .. } | What::Factors(_)) => tenant::read::<Me>(&answer)?.print(output),
        Some(What::Rename { name }) => output.line(&format!("you are called {} now", printable(&name))),
        Some(What::Sessions) => tenant::read::<Sessions>(&answer)?.print(output),
        Some(What::EndSession { .. }) => output.line("ended"),
        Some(What::EndOthers) => {
            output.line(&format!("{} ended", units::counted(tenant::read::<Others>(&answer)?.ended, "session")))
        }
        Some(What::Notices) => print_notices(&tenant::read::<Notices>(&answer)?.notices, output),
        Some(What::Abilities) => tenant::read::<Abilities>(&answer)?.print(output),
    }
}

async fn ask(what: Option<&What>, server: &Server) -> Result<Box<RawValue>, Failure> {
    let (method, path, body) = match what {
        None | Some(What::Enter { .. } | What::Factors(_)) => (Method::GET, vec![], None),
        Some(What::Rename { name }) => (Method::PATCH, vec![], Some(json!({ "name": name }))),
        Some(What::Sessions) => (Method::GET, vec!["sessions"], None),
        Some(What::EndSession { id }) => (Method::DELETE, vec!["sessions", id.as_str()], None),
        Some(What::EndOthers) => (Method::POST, vec!["sessions", "end-others"], None),
        Some(What::Notices) => (Method::GET, vec!["notices"], None),
        Some(What::Abilities) => (Method::GET, vec!["abilities"], None),
    };
    server.call(method, &[&["v1", "me"][..], &path].concat(), body.map(|body: Value| body.to_string().into_bytes())).await
}

/// The token goes where the one before it was.
async fn enter(tenant: &str, server: &Server, args: &Args, output: &mut Output) -> Result<(), Failure> {
    let renewal = Renewal::open(args.server.key_file())?;
    let body = json!({ "tenant": tenant, "token": true }).to_string().into_bytes();
    let answer =
        server.call(Method::POST, &["v1", "me", "tenant"], Some(body)).await.map_err(|failure| match hinted(failure) {
            Failure::Refused(mut problem) if problem.status == 404 => {
                problem.hint = Some(TENANT_HINT.to_owned());
                Failure::Refused(problem)
            }
            failure => failure,
        })?;
    renewal.finish(&tenant::read::<Renewed>(&answer)?.token, args.json, output)?;
    if args.json { output.line(answer.get()) } else { Ok(()) }
}

/// Only a session is of somebody.
pub(super) fn hinted(failure: Failure) -> Failure {
    match HINTS.hinted(failure) {
        Failure::Refused(mut problem) if problem.status == 401 => {
            problem.hint = Some(KEY_HINT.to_owned());
            Failure::Refused(problem)
        }
        failure => failure,
    }
}

fn print_notices(notices: &[Notice], output: &mut Output) -> Result<(), Failure> {
    if notices.is_empty() {
        return output.line("no notices");
    }
    let row = |one: &Notice| vec![json!(one.at), json!(one.notice.replace('_', " ")), json!(trail::details(&one.about))];
    let rows: Vec<Vec<Value>> = notices.iter().map(row).collect();
    table::print(&["at", "notice", "about"], &rows, output)
}

// === impl Me ===

impl Me {
    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        output.line(&format!("{} {}", printable(&self.id), printable(&self.name)))?;
        output.line(&format!("address    {}", printable(&self.email)))?;
        output.line(&format!("kind       {}", printable(&self.kind)))?;
        for Membership { id, name, roles } in &self.tenants {
            let here = if self.tenant.as_ref() == Some(id) { ", where the session works" } else { "" };
            let roles = roles.join(", ");
            output.line(&format!("tenant     {} {}: {}{here}", printable(id), printable(name), printable(&roles)))?;
        }
        output.line(&format!("sign-in    {}", self.sign_in.told()))?;
        output.line(&format!("session    {}", printable(&self.session.told())))?;
        let proof = if self.fresh {
            "fresh enough for what is sensitive"
        } else {
            "too old for what is sensitive: `blockhouse me prove` renews it"
        };
        output.line(&format!("proof      {proof}"))
    }
}

// === impl WaysIn ===

impl WaysIn {
    fn told(&self) -> String {
        let counted = |number: u64, noun: &str| (number > 0).then(|| units::counted(number, noun));
        let ways = [
            self.passphrase.then(|| "passphrase".to_owned()),
            self.totp.then(|| "one-time codes".to_owned()),
            counted(self.passkeys, "passkey"),
            counted(self.recovery_codes, "recovery code"),
            counted(self.single_sign_on, "provider"),
        ];
        let ways = ways.into_iter().flatten().collect::<Vec<_>>().join(", ");
        if ways.is_empty() { "no way is set up yet: the session is all there is".to_owned() } else { ways }
    }
}
