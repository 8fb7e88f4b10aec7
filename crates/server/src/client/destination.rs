//! `blockhouse alert destination`: members' addresses and webhooks that alerts are told to.

use std::fs;
use std::path::PathBuf;

use clap::Subcommand;
use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{Output, printable};
use super::table::{self, Cells};
use super::tenant::{self, Tenant};

const SECRET_ONCE: &str = "the secret is shown this once; docs/alerts.md says how the receiver checks signatures with it";

#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Show the destinations, without secrets
    List,
    /// Tell a member by mail, once they confirmed their address
    AddMail {
        /// What it is called
        name: String,
        /// The member, by their id
        #[arg(long, value_name = "ID")]
        user: String,
    },
    /// Tell an https address, in JSON with a signature
    AddWebhook(AddressArgs),
    /// Tell an incoming webhook of Slack, or of a chat that takes the same
    AddSlack(AddressArgs),
    /// Confirm your own address with the code that came there
    Confirm { id: String, code: String },
    /// Give a webhook another secret, at once
    Rotate { id: String },
    /// Send a message that tells nothing; the exit code is 1 if it does not arrive
    Test { id: String },
    /// End a destination, for every alert
    Remove { id: String },
}

#[derive(Debug, clap::Args)]
pub(super) struct AddressArgs {
    /// What it is called
    name: String,
    /// A file that holds the https address and nothing else: that of a chat is a secret
    #[arg(value_name = "FILE")]
    url_file: PathBuf,
    /// The only authorities that vouch for it, in PEM
    #[arg(long, value_name = "FILE")]
    authority: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Listed {
    destinations: Vec<Destination>,
}

#[derive(Deserialize)]
struct Destination {
    id: String,
    name: String,
    kind: String,
    to: String,
    confirmed: Option<bool>,
    secret: Option<String>,
}

#[derive(Deserialize)]
struct Sent {
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    destination: String,
    sent: bool,
    failure: Option<String>,
}

// === impl What ===

impl What {
    pub(super) async fn ask(&self, tenant: &Tenant) -> Result<Box<RawValue>, Failure> {
        let (method, path, body) = match self {
            Self::List => (Method::GET, vec![], None),
            Self::AddMail { name, user } => (Method::POST, vec![], Some(json!({"name": name, "kind": "mail", "user": user}))),
            Self::AddWebhook(address) => (Method::POST, vec![], Some(address.body("webhook")?)),
            Self::AddSlack(address) => (Method::POST, vec![], Some(address.body("slack")?)),
            Self::Confirm { id, code } => (Method::POST, vec![id.as_str(), "confirm"], Some(json!({"code": code}))),
            Self::Rotate { id } => (Method::POST, vec![id.as_str(), "rotate"], None),
            Self::Test { id } => (Method::POST, vec![id.as_str(), "test"], None),
            Self::Remove { id } => (Method::DELETE, vec![id.as_str()], None),
        };
        tenant.call(method, &[&["alert-destinations"][..], &path].concat(), body).await
    }

    pub(super) fn print(&self, answer: &RawValue, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::List => print_list(&tenant::read::<Listed>(answer)?.destinations, output),
            Self::AddMail { .. } => {
                let made: Destination = tenant::read(answer)?;
                output.line(&made.id)?;
                output.note("a code is on its way to the member's address; they confirm it signed in as themselves");
                Ok(())
            }
            Self::AddWebhook(_) | Self::AddSlack(_) | Self::Rotate { .. } => {
                let made: Destination = tenant::read(answer)?;
                output.line(&made.id)?;
                let Some(secret) = made.secret else { return Ok(()) };
                output.line(&secret)?;
                output.note(SECRET_ONCE);
                Ok(())
            }
            Self::Confirm { .. } => output.line("confirmed"),
            Self::Test { .. } => print_sent(answer, output),
            Self::Remove { .. } => output.line("ended"),
        }
    }
}

// === impl AddressArgs ===

impl AddressArgs {
    fn body(&self, kind: &str) -> Result<Value, Failure> {
        let url = fs::read_to_string(&self.url_file).map_err(Failure::file("read", &self.url_file))?;
        let read = |file: &PathBuf| fs::read_to_string(file).map_err(Failure::file("read", file));
        let authority = self.authority.as_ref().map(read).transpose()?;
        Ok(json!({"name": self.name, "kind": kind, "url": url.trim(), "authority": authority}))
    }
}

fn print_list(destinations: &[Destination], output: &mut Output) -> Result<(), Failure> {
    if destinations.is_empty() {
        return output.line("no destinations: `blockhouse alert destination add-webhook NAME FILE` makes one");
    }
    let kind = |one: &Destination| match one.confirmed {
        Some(false) => format!("{}, not confirmed", one.kind),
        Some(true) | None => one.kind.clone(),
    };
    let row = |one: &Destination| vec![json!(one.id), json!(one.name), json!(kind(one)), json!(one.to)];
    let rows: Vec<Vec<Value>> = destinations.iter().map(row).collect();
    let lines = table::aligned(&["id", "name", "kind", "to"], &rows, Cells::Cut, output.paint());
    lines.iter().try_for_each(|line| output.line(line))
}

/// What became of each message of a test.
pub(super) fn print_sent(answer: &RawValue, output: &mut Output) -> Result<(), Failure> {
    let sent: Sent = tenant::read(answer)?;
    if sent.messages.is_empty() {
        return output.line("the alert tells no destination");
    }
    sent.messages.iter().try_for_each(|message| {
        let ended = if message.sent { "arrived" } else { message.failure.as_deref().unwrap_or("did not arrive") };
        output.line(&format!("{} {}", printable(&message.destination), printable(ended)))
    })
}

/// For a job, the exit code says whether all arrived.
pub(super) fn all_sent(answer: &RawValue) -> Result<(), Failure> {
    let sent: Sent = tenant::read(answer)?;
    if sent.messages.iter().all(|message| message.sent) { Ok(()) } else { Err(Failure::NotSo("a message did not arrive")) }
}
