//! `blockhouse archive`: where the days of a source are written, once they are over.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Subcommand};
use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::failure::Failure;
use super::output::{ColourArgs, Output, printable};
use super::server::{Server, ServerArgs};
use super::table::{self, Cells};
use super::tenant::{self, Hints, KEY_HINT};
use super::units;

const HINTS: Hints = Hints {
    permission: "seeing needs source:view, changing source:configure with a fresh sign-in, and to read the logs of the source",
    list: "--source (BLOCKHOUSE_SOURCE) names the source by its id; `blockhouse archive set` gives it an archive",
};
const SECRET_HINT: &str = "--secret-file or BLOCKHOUSE_ARCHIVE_SECRET_ACCESS_KEY gives the secret of the access key";

/// Write each day of a source to a bucket or folder, once it is over
///
/// docs/archives.md says what is written, and how to read it.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    /// The source, by its id
    #[arg(long, env = "BLOCKHOUSE_SOURCE", value_name = "ID", global = true)]
    source: Option<String>,
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
    /// Show where the days are written, and how far that came
    Show,
    /// Say where; the destination is tried before anything is changed
    Set(Box<SetArgs>),
    /// End it; what was written stays where it is
    Remove,
    /// Have a day that is over written anew
    Run {
        /// In UTC, as YYYY-MM-DD
        day: String,
    },
}

#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("target").required(true))]
struct SetArgs {
    /// The bucket's name
    #[arg(long, group = "target", requires = "endpoint", requires = "access_key_id")]
    bucket: Option<String>,
    /// The object store, as https://HOST or https://HOST:PORT
    #[arg(long, value_name = "URL", requires = "bucket")]
    endpoint: Option<String>,
    #[arg(long, default_value = "us-east-1", requires = "bucket")]
    region: String,
    /// A folder in the bucket
    #[arg(long, requires = "bucket")]
    prefix: Option<String>,
    /// A key that may put objects there
    #[arg(long, value_name = "ID", requires = "bucket")]
    access_key_id: Option<String>,
    /// A file that holds the key's secret and nothing else; not needed where it stays
    #[arg(long, value_name = "FILE", requires = "bucket")]
    secret_file: Option<PathBuf>,
    #[arg(long, env = "BLOCKHOUSE_ARCHIVE_SECRET_ACCESS_KEY", hide_env_values = true, hide = true)]
    secret_access_key: Option<String>,
    /// The only authorities that vouch for the endpoint, in PEM
    #[arg(long, value_name = "FILE", requires = "bucket")]
    authority: Option<PathBuf>,
    /// Instead of a bucket: the name of a folder of this installation
    #[arg(long, group = "target", requires = "recipient")]
    folder: Option<String>,
    /// A key of age that files are encrypted to, as `age-keygen` prints it
    #[arg(long, value_name = "age1…")]
    recipient: Option<String>,
    /// The first day, as YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
}

#[derive(Deserialize)]
struct Setting {
    archive: Option<Archive>,
}

#[derive(Deserialize)]
struct Archive {
    bucket: Option<Bucket>,
    folder: Option<String>,
    recipient: Option<String>,
    from: String,
    next_day: String,
    next_at: Option<String>,
    asked: Vec<String>,
    failing: Option<Failing>,
    stopped: Option<String>,
    days: Vec<Day>,
}

#[derive(Deserialize)]
struct Bucket {
    endpoint: String,
    name: String,
    prefix: Option<String>,
    access_key_id: String,
}

#[derive(Deserialize)]
struct Failing {
    code: String,
    since: String,
    retry_at: String,
}

#[derive(Deserialize)]
struct Day {
    day: String,
    number: u32,
    records: u64,
    objects: u32,
    bytes: u64,
    written_at: String,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let server = args.server.open(KEY_HINT)?;
    let source = args.source.ok_or_else(|| Failure::usage("which source is missing", HINTS.list))?;
    let answer = args.what.ask(&server, &source).await.map_err(|failure| HINTS.hinted(failure))?;
    if args.json {
        return output.line(answer.get());
    }
    match args.what {
        What::Remove => output.line("ended; what was written stays where it is"),
        What::Show | What::Set(_) | What::Run { .. } => match tenant::read::<Setting>(&answer)?.archive {
            Some(archive) => archive.print(output),
            None => output.line("no archive: `blockhouse archive set` makes one"),
        },
    }
}

// === impl What ===

impl What {
    async fn ask(&self, server: &Server, source: &str) -> Result<Box<RawValue>, Failure> {
        let path = ["v1", "sources", source, "archive"];
        match self {
            Self::Show => server.call(Method::GET, &path, None).await,
            Self::Remove => server.call(Method::DELETE, &path, None).await,
            Self::Set(args) => server.call(Method::PUT, &path, Some(args.body()?)).await,
            Self::Run { day } => {
                let path = [&path[..], &["run"]].concat();
                server.ask(server.request(Method::POST, &path, &[("day", day.clone())])).await
            }
        }
    }
}

// === impl SetArgs ===

impl SetArgs {
    fn body(&self) -> Result<Vec<u8>, Failure> {
        let read = |file: &Path| fs::read_to_string(file).map_err(Failure::file("read", file));
        let secret = match &self.secret_file {
            Some(file) => Some(Zeroizing::new(read(file)?.trim().to_owned())),
            None => self.secret_access_key.clone().map(Zeroizing::new),
        };
        if secret.as_ref().is_some_and(|secret| secret.is_empty()) {
            return Err(Failure::usage("the secret is empty", SECRET_HINT));
        }
        let bucket = match &self.bucket {
            Some(name) => json!({
                "endpoint": self.endpoint,
                "region": self.region,
                "name": name,
                "prefix": self.prefix,
                "access_key_id": self.access_key_id,
                "secret_access_key": secret.as_ref().map(|secret| secret.as_str()),
                "authority": self.authority.as_deref().map(read).transpose()?,
            }),
            None => Value::Null,
        };
        let body = json!({"bucket": bucket, "folder": self.folder, "recipient": self.recipient, "from": self.from});
        Ok(body.to_string().into_bytes())
    }
}

// === impl Archive ===

impl Archive {
    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        let mut line = |name: &str, text: &str| output.line(&format!("{name:<10} {}", printable(text)));
        if let Some(bucket) = &self.bucket {
            let prefix = bucket.prefix.as_ref().map(|prefix| format!("/{prefix}")).unwrap_or_default();
            line("bucket", &format!("{}/{}{prefix} as {}", bucket.endpoint, bucket.name, bucket.access_key_id))?;
        }
        if let Some(folder) = &self.folder {
            line("folder", folder)?;
        }
        line("recipient", self.recipient.as_deref().unwrap_or("none: the object store is asked to encrypt"))?;
        line("from", &self.from)?;
        line("next", &format!("{}, at {}", self.next_day, self.next_at.as_deref().unwrap_or("no time")))?;
        if !self.asked.is_empty() {
            line("anew", &self.asked.join(", "))?;
        }
        if let Some(Failing { code, since, retry_at }) = &self.failing {
            line("failing", &format!("{code} since {since}, tried again at {retry_at}"))?;
        }
        if let Some(code) = &self.stopped {
            line("stopped", code)?;
        }
        if self.days.is_empty() {
            return Ok(());
        }
        let row = |day: &Day| {
            let (records, bytes) = (units::count(day.records), units::bytes(day.bytes));
            vec![json!(day.day), json!(day.number), json!(records), json!(day.objects), json!(bytes), json!(day.written_at)]
        };
        let rows: Vec<Vec<Value>> = self.days.iter().map(row).collect();
        let lines =
            table::aligned(&["day", "manifest", "records", "objects", "bytes", "written"], &rows, Cells::Cut, output.paint());
        lines.iter().try_for_each(|line| output.line(line))
    }
}
