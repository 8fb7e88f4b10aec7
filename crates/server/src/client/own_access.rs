//! `blockhouse access own`: what an engineer of the installation asked of tenants. Does not begin: a passkey answers in a
//! browser.

use clap::{Subcommand, ValueEnum};
use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{Output, printable};
use super::server::Server;
use super::table;
use super::tenant::{self, Hints};

const HINTS: Hints = Hints {
    permission: "this is for engineers of the installation, and reaches what the tenant lets them ask for",
    list: "`blockhouse access own list` shows what you asked for; a tenant and a source go by their ids",
};

#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Show what you asked for, and what became of it
    List,
    /// Ask to read a source of a tenant; its people have to approve
    Ask(AskArgs),
    /// End your access before its time is over
    Leave { id: String },
}

#[derive(Debug, clap::Args)]
pub(super) struct AskArgs {
    /// The tenant, by its id
    #[arg(value_name = "TENANT")]
    of: String,
    /// The source, by its id
    source: String,
    /// Why, in one word
    #[arg(long, value_enum)]
    reason: Reason,
    /// Why, in a sentence that the tenant's people read
    #[arg(long, value_name = "TEXT")]
    explanation: String,
    /// Where it was asked for
    #[arg(long)]
    ticket: String,
    /// For how long, from when it begins
    #[arg(long, value_name = "N", default_value_t = 60)]
    minutes: i64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Reason {
    /// The tenant asked for help
    Support,
    /// Something of the tenant's does not work
    Incident,
    /// Suspected abuse of the service
    Abuse,
    /// A legal order
    Legal,
}

#[derive(Deserialize)]
struct Requests {
    requests: Vec<Request>,
}

#[derive(Deserialize)]
struct Request {
    id: String,
    tenant: String,
    source: String,
    ticket: String,
    state: String,
    until: String,
    approvals_needed: u64,
    approvals: Vec<Value>,
}

// === impl What ===

impl What {
    pub(super) async fn ask(&self, server: &Server) -> Result<Box<RawValue>, Failure> {
        let (method, path, body) = match self {
            Self::List => (Method::GET, vec![], None),
            Self::Ask(args) => (Method::POST, vec![], Some(args.body())),
            Self::Leave { id } => (Method::POST, vec![id.as_str(), "end"], None),
        };
        let path = [&["v1", "access"][..], &path].concat();
        let body = body.map(|body| body.to_string().into_bytes());
        server.call(method, &path, body).await.map_err(|failure| HINTS.hinted(failure))
    }

    pub(super) fn print(&self, answer: &RawValue, server: &Server, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::List => print_list(&tenant::read::<Requests>(answer)?.requests, output),
            Self::Ask(_) => {
                output.line(&tenant::read::<Request>(answer)?.id)?;
                output.flush()?;
                output
                    .note(&format!("once it is approved, a passkey begins it in a browser: {}", server.page(&["app", "access"])));
                Ok(())
            }
            Self::Leave { .. } => output.line("ended"),
        }
    }
}

fn print_list(requests: &[Request], output: &mut Output) -> Result<(), Failure> {
    if requests.is_empty() {
        return output.line("no requests: `blockhouse access own ask` makes one");
    }
    let row = |one: &Request| {
        let approvals = format!("{} of {}", one.approvals.len(), one.approvals_needed);
        let texts = [&one.id, &one.tenant, &one.source, &one.state, &approvals, &one.until, &one.ticket];
        texts.map(|text| json!(printable(text))).to_vec()
    };
    let rows: Vec<Vec<Value>> = requests.iter().map(row).collect();
    table::print(&["id", "tenant", "source", "state", "approved", "until", "ticket"], &rows, output)
}

// === impl AskArgs ===

impl AskArgs {
    fn body(&self) -> Value {
        let reason = self.reason.to_possible_value().map(|reason| reason.get_name().to_owned());
        json!({
            "tenant": self.of, "source": self.source, "reason": reason, "explanation": self.explanation,
            "ticket": self.ticket, "minutes": self.minutes,
        })
    }
}
