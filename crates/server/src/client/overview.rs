//! `blockhouse overview`: a tenant's page about its own product, as a file in a repository and a job keep it.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::failure::Failure;
use super::output::Output;
use super::tenant::{Hints, Tenant, TenantArgs, read};

const HINTS: Hints = Hints {
    permission: "looking needs the permission overview:view, changing overview:manage, and a claim over logs to read them",
    list: "`blockhouse overview show` lists what there is",
};
const LOOKS: &str = "the first look follows within a minute";

/// Look after the page on which a tenant says what its own product does
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    /// The server's answer as it is
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    tenant: TenantArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The page, its claims with what each is worth, its hosts
    Show,
    /// Give the page its name, for ever
    Found {
        /// In the page's address: a-z, 0-9 and hyphens
        slug: String,
        /// Who speaks there
        #[arg(long)]
        publisher: String,
    },
    /// Keep a claim as a draft, in the place of the one with its id
    Write {
        /// The claim as JSON; docs/own-claims.md has its fields
        file: PathBuf,
    },
    /// Forget a draft that is not on the page
    Discard { id: String },
    /// Look once at what a draft measures; nobody else sees it. The exit code is 1 if it would not be verified
    Try { id: String },
    /// Say a draft on the page
    Publish { id: String },
    /// Take a claim back; one that did not hold stays on the page as withdrawn
    Unpublish { id: String },
    /// Hosts that claims are about
    #[command(subcommand)]
    Host(HostWhat),
}

#[derive(Debug, Subcommand)]
enum HostWhat {
    /// Name a host, and learn what it has to show
    Add { host: String },
    /// Ask a host now whether it shows that it is yours; the exit code is 1 if it does not
    Show { host: String },
    /// Forget a host
    Remove { host: String },
}

#[derive(Deserialize)]
struct Shown {
    page: Option<Page>,
    claims: Vec<Claim>,
    hosts: Vec<Host>,
}

#[derive(Deserialize)]
struct Page {
    publisher: String,
    url: String,
}

#[derive(Deserialize)]
struct Claim {
    id: String,
    draft: Written,
    published: Option<Box<RawValue>>,
    state: Option<String>,
}

#[derive(Deserialize)]
struct Written {
    title: String,
}

#[derive(Deserialize)]
struct Host {
    host: String,
    is_shown: bool,
}

#[derive(Deserialize)]
struct Challenge {
    record: String,
    url: String,
    token: String,
}

#[derive(Deserialize)]
struct Tried {
    verdict: String,
    twin: String,
    summary: String,
    counts: Vec<Counted>,
    details: Vec<String>,
}

#[derive(Deserialize)]
struct Counted {
    what: String,
    counted: u64,
    whole: Option<u64>,
}

#[derive(Deserialize)]
struct TakenBack {
    became: String,
    until: Option<String>,
}

#[derive(Deserialize)]
struct Showed {
    showed: String,
}

/// The page of one tenant at a server.
struct Overview(Tenant);

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let overview = Overview(args.tenant.open(HINTS).await?);
    let answer = overview.ask(&args.what).await?;
    if args.json {
        output.line(answer.get())?;
    } else {
        args.what.print(&answer, output)?;
    }
    args.what.check(&answer)
}

// === impl Overview ===

impl Overview {
    async fn ask(&self, what: &What) -> Result<Box<RawValue>, Failure> {
        let body = |value: serde_json::Value| Some(value.to_string().into_bytes());
        match what {
            What::Show => self.call(Method::GET, &[], None).await,
            What::Found { slug, publisher } => {
                self.call(Method::POST, &[], body(json!({"slug": slug, "publisher": publisher}))).await
            }
            What::Write { file } => {
                let draft = fs::read(file).map_err(Failure::file("read", file))?;
                let id = id_of(file, &draft)?;
                self.call(Method::PUT, &["claims", &id], Some(draft)).await
            }
            What::Discard { id } => self.call(Method::DELETE, &["claims", id], None).await,
            What::Try { id } => self.call(Method::POST, &["claims", id, "try"], None).await,
            What::Publish { id } => self.call(Method::POST, &["claims", id, "publish"], None).await,
            What::Unpublish { id } => self.call(Method::POST, &["claims", id, "unpublish"], None).await,
            What::Host(HostWhat::Add { host }) => self.call(Method::POST, &["hosts"], body(json!({"host": host}))).await,
            What::Host(HostWhat::Show { host }) => self.call(Method::POST, &["hosts", host, "show"], None).await,
            What::Host(HostWhat::Remove { host }) => self.call(Method::DELETE, &["hosts", host], None).await,
        }
    }

    async fn call(&self, method: Method, path: &[&str], body: Option<Vec<u8>>) -> Result<Box<RawValue>, Failure> {
        self.0.send(method, &[&["overview"], path].concat(), body).await
    }
}

/// The address of a draft has its id; what else is wrong with it the server says.
fn id_of(file: &Path, draft: &[u8]) -> Result<String, Failure> {
    #[derive(Deserialize)]
    struct Named {
        id: String,
    }
    let named: Result<Named, _> = serde_json::from_slice(draft);
    let what = |error| Failure::usage(format!("{}: {error}", file.display()), "the file is one claim as JSON, with its `id`");
    named.map(|named| named.id).map_err(what)
}

// === impl What ===

impl What {
    fn print(&self, answer: &RawValue, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Show => read::<Shown>(answer)?.print(output),
            Self::Found { .. } => output.line(&format!("the page is at {}", read::<Page>(answer)?.url)),
            Self::Write { .. } => output.line("kept; nobody sees it until it is published"),
            Self::Discard { .. } => output.line("discarded"),
            Self::Try { .. } => read::<Tried>(answer)?.print(output),
            Self::Publish { .. } => output.line(&format!("on the page; {LOOKS}")),
            Self::Unpublish { .. } => {
                let taken: TakenBack = read(answer)?;
                let until = taken.until.map(|until| format!(" until {until}")).unwrap_or_default();
                output.line(&format!("{}{until}", taken.became))
            }
            Self::Host(HostWhat::Add { .. }) => read::<Challenge>(answer)?.print(output),
            Self::Host(HostWhat::Show { .. }) => output.line(match read::<Showed>(answer)?.showed.as_str() {
                "shown" => "the host shows that it is yours",
                "not_shown" => "the host was asked, and does not show its token",
                _ => "the host could not be asked at one of the two places, and does not show its token at the other",
            }),
            Self::Host(HostWhat::Remove { .. }) => output.line("forgotten"),
        }
    }

    /// For a job, the exit code says what was found.
    fn check(&self, answer: &RawValue) -> Result<(), Failure> {
        match self {
            Self::Try { .. } if read::<Tried>(answer)?.would() != "PASS" => Err(Failure::NotSo("it would not be verified")),
            Self::Host(HostWhat::Show { .. }) if read::<Showed>(answer)?.showed != "shown" => {
                Err(Failure::NotSo("claims about the host cannot be measured until it shows its token"))
            }
            _ => Ok(()),
        }
    }
}

// === impl Shown ===

impl Shown {
    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        let Some(page) = &self.page else {
            return output.line("there is no page yet: `blockhouse overview found NAME --publisher WHO` names it");
        };
        output.line(&format!("{} ({})", page.url, page.publisher))?;
        for claim in &self.claims {
            let state = match (&claim.published, &claim.state) {
                (None, _) => "draft",
                (Some(_), Some(state)) => state,
                (Some(_), None) => "not looked at",
            };
            output.line(&format!("{state:<14} {:<24} {}", claim.id, claim.draft.title))?;
        }
        for host in &self.hosts {
            let state = if host.is_shown { "shown" } else { "not shown" };
            output.line(&format!("{state:<14} {}", host.host))?;
        }
        if self.claims.is_empty() {
            output.line("no claims yet: `blockhouse overview write FILE` keeps one")?;
        }
        Ok(())
    }
}

// === impl Challenge ===

impl Challenge {
    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        output.line(&format!("put      {}", self.token))?;
        output.line(&format!("into     a TXT record of {}", self.record))?;
        output.line(&format!("or into  a file at {}", self.url))?;
        output.line("and then `blockhouse overview host show HOST`")
    }
}

// === impl Tried ===

impl Tried {
    /// The state that a claim would have.
    fn would(&self) -> &'static str {
        match (self.twin.as_str(), self.verdict.as_str()) {
            ("broken", "held") => "PASS",
            ("broken", "broken") => "FAIL",
            (_, _) => "UNKNOWN",
        }
    }

    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        output.line(&format!("{}: {}", self.would(), self.summary))?;
        for Counted { what, counted, whole } in &self.counts {
            let whole = whole.map(|whole| format!(" of {whole}")).unwrap_or_default();
            output.line(&format!("  {counted}{whole} {what}"))?;
        }
        self.details.iter().try_for_each(|detail| output.line(&format!("  {detail}")))
    }
}
