//! `blockhouse key`: the API keys of a source.

use clap::{Subcommand, ValueEnum};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{ColourArgs, Output, printable};
use super::server::ServerArgs;
use super::table::{self, Cells};
use super::tenant::{self, Hints, KEY_HINT};

const HINTS: Hints = Hints {
    permission: "seeing needs the permission keys:view, making and ending keys:manage, and a key allows no more than you may",
    list: "`blockhouse key list` shows the source's keys",
};
const KEY_ONCE: &str = "the key is shown this once";

/// Look after the API keys of a source
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    /// The source, by its id
    #[arg(long, env = "BLOCKHOUSE_SOURCE", value_name = "ID", global = true, default_value = "", hide_default_value = true)]
    source: String,
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
    /// Show the keys, without what they are
    List,
    /// Make a key; it is shown this once
    Create {
        /// What it is for: to write, or to read
        #[arg(value_enum)]
        kind: Kind,
        name: String,
        /// Days until it ends; 90 unless said
        #[arg(long, conflicts_with = "forever")]
        days: Option<i64>,
        /// It does not end by itself
        #[arg(long)]
        forever: bool,
    },
    /// Make another in the place of one, which goes on for a while
    Rotate {
        id: String,
        /// How long the old one goes on
        #[arg(long, value_name = "SECONDS")]
        overlap: Option<i64>,
    },
    /// End a key at once
    Revoke { id: String },
    /// Show what a sender of Fluent's forward protocol shares with the server, for a write key
    Shared { id: String },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Write,
    Read,
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Key {
    id: String,
    kind: String,
    name: String,
    prefix: String,
    state: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
    #[serde(default)]
    used_from: Vec<Use>,
    made_by: Option<Maker>,
}

#[derive(Deserialize)]
struct Use {
    address: String,
}

#[derive(Deserialize)]
struct Maker {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Made {
    id: String,
    key: String,
}

#[derive(Deserialize)]
struct Shared {
    username: String,
    shared_key: String,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    if args.source.is_empty() {
        return Err(Failure::usage("which source is missing", "--source or BLOCKHOUSE_SOURCE names it by its id"));
    }
    let server = args.server.open(KEY_HINT)?;
    let (method, path, body) = match &args.what {
        What::List => (Method::GET, vec![], None),
        What::Create { kind, name, days, forever } => {
            let kind = kind.to_possible_value();
            let mut body = json!({ "kind": kind.map(|kind| kind.get_name().to_owned()), "name": name });
            if *forever || days.is_some() {
                body["days"] = json!(days);
            }
            (Method::POST, vec![], Some(body))
        }
        What::Rotate { id, overlap } => {
            let body = overlap.map_or(json!({}), |seconds| json!({ "overlap_seconds": seconds }));
            (Method::POST, vec![id.as_str(), "rotate"], Some(body))
        }
        What::Revoke { id } => (Method::DELETE, vec![id.as_str()], None),
        What::Shared { id } => (Method::POST, vec![id.as_str(), "shared-key"], None),
    };
    let path = [&["v1", "sources", &args.source, "keys"][..], &path].concat();
    let called = server.call(method, &path, body.map(|body| body.to_string().into_bytes())).await;
    let answer = called.map_err(|failure| HINTS.hinted(failure))?;
    if args.json {
        return output.line(answer.get());
    }
    match args.what {
        What::List => print_list(&tenant::read::<Keys>(&answer)?.keys, output),
        What::Create { .. } | What::Rotate { .. } => {
            let made: Made = tenant::read(&answer)?;
            output.line(&made.id)?;
            output.line(&made.key)?;
            output.note(KEY_ONCE);
            Ok(())
        }
        What::Revoke { .. } => output.line("ended"),
        What::Shared { .. } => {
            let Shared { username, shared_key } = tenant::read(&answer)?;
            output.line(&format!("username   {username}"))?;
            output.line(&format!("shared key {shared_key}"))
        }
    }
}

fn print_list(keys: &[Key], output: &mut Output) -> Result<(), Failure> {
    if keys.is_empty() {
        return output.line("no keys: `blockhouse key create write NAME` makes one");
    }
    let row = |key: &Key| {
        let begins = format!("{}…", key.prefix);
        let texts = [&key.id, &key.kind, &printable(&key.name).into_owned(), &key.state, &begins].map(|text| json!(text));
        texts.into_iter().chain([json!(key.expires_at), json!(key.last_used_at), from(key), made_by(key)]).collect()
    };
    let rows: Vec<Vec<Value>> = keys.iter().map(row).collect();
    let lines = table::aligned(
        &["id", "kind", "name", "state", "begins", "ends", "last used", "from", "made by"],
        &rows,
        Cells::Cut,
        output.paint(),
    );
    lines.iter().try_for_each(|line| output.line(line))
}

/// The address that it was used from last, and how many others there were.
fn from(key: &Key) -> Value {
    let [newest, others @ ..] = key.used_from.as_slice() else { return Value::Null };
    match others.len() {
        0 => json!(newest.address),
        others => json!(format!("{} +{others}", newest.address)),
    }
}

fn made_by(key: &Key) -> Value {
    json!(key.made_by.as_ref().and_then(|maker| maker.name.as_deref()).map(printable))
}
