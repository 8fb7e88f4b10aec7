//! `blockhouse claims`: what people say on the security page, from a shell. Does not sign: a passkey answers in a browser.

mod library;
mod template;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use model::limits;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{ColourArgs, Output, Style, printable};
use super::server::{Server, ServerArgs};
use super::table::{self, Cells};
use super::tenant::Hints;

const KEY_HINT: &str = "--key-file or BLOCKHOUSE_KEY gives the token of a session";
const CLAIM_HINT: &str = "`blockhouse claims list` shows the claims that people sign, and what waits";
const HINTS: Hints = Hints {
    permission: "the installation's are for its operators; those of a tenant's page need --tenant and the permission overview:attest",
    list: "`blockhouse claims list` shows what is signed and what waits; --tenant ID that of a tenant's page, once it says something",
};
const DOCUMENT_HINT: &str = "--issuer, --id, --scope and --valid-until go together";

/// Prepare and take back what people sign on the security page, and look after its template
///
/// The key is the token of an operator's session, from `blockhouse login` (docs/people.md), or with --tenant of one of its
/// people; what changes something needs a proof of the last 10 minutes. A signature needs a passkey, and so a browser: the command says where.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(subcommand)]
    step: Step,
}

#[derive(Debug, clap::Subcommand)]
enum Step {
    /// Show the claims that people can sign, and what they are worth now
    List(Common),
    /// Show one claim: its words, who signed, what waits
    Show {
        /// The claim or the statement, by its id
        id: String,
        #[command(flatten)]
        common: Common,
    },
    /// Begin a statement of a claim, with its files
    Propose(ProposeArgs),
    /// Take back what was signed for a claim, at once
    Withdraw {
        /// The claim or the statement, by its id
        id: String,
        /// Why; not public
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        common: Common,
    },
    /// The template of the page, which the server keeps with its answers
    #[command(subcommand)]
    Template(template::What),
    /// Show the library's sentences, to start from
    Library {
        /// Only of this part of a page, such as at-rest
        #[arg(long)]
        group: Option<String>,
        /// Only those of one class: software, deployment, organisational, inherited
        #[arg(long)]
        class: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Forget a statement that does not count yet
    Discard {
        /// The statement, by its id
        id: String,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, clap::Args)]
struct ProposeArgs {
    /// The claim, by its id
    claim: String,
    /// For how many days it counts; without it, for as long as the claim allows
    #[arg(long, value_name = "N")]
    days: Option<u32>,
    /// Who wrote the document that carries the claim
    #[arg(long)]
    issuer: Option<String>,
    /// The document's number or name
    #[arg(long)]
    id: Option<String>,
    /// What the document is about
    #[arg(long)]
    scope: Option<String>,
    /// The document's last day, as 2027-03-31
    #[arg(long, value_name = "DAY")]
    valid_until: Option<String>,
    /// A file behind the statement; several times for several
    #[arg(long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
struct Common {
    /// About the page of this tenant, by its id, instead of the installation's
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
    /// The server's answer as it is
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    colours: ColourArgs,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Claim {
    claim: String,
    title: String,
    sentence: String,
    needs_document: bool,
    max_days: u32,
    quorum: u32,
    state: String,
    reason: Option<String>,
    current: Option<Statement>,
    pending: Vec<Statement>,
}

#[derive(Debug, Deserialize)]
struct Statement {
    id: String,
    sentence: String,
    attachments: Vec<String>,
    until: String,
    by: Vec<Signer>,
    needed: u32,
    withdrawn: Option<Withdrawn>,
}

#[derive(Debug, Deserialize)]
struct Signer {
    name: String,
    role: String,
    at: String,
}

#[derive(Debug, Deserialize)]
struct Withdrawn {
    at: String,
    reason: String,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    match args.step {
        Step::List(common) => list(&common, output).await,
        Step::Show { id, common } => show(&id, &common, output).await,
        Step::Propose(args) => propose(args, output).await,
        Step::Withdraw { id, reason, common } => withdraw(&id, &reason, &common, output).await,
        Step::Template(what) => template::run(what, output).await,
        Step::Library { group, class, common } => library::run((group, class), &common, output).await,
        Step::Discard { id, common } => {
            let server = common.server.open(KEY_HINT)?;
            ask(&server, server.request(Method::DELETE, &common.below(&[&id]), &[])).await?;
            if common.json { output.line("{}") } else { output.line(&format!("{} is discarded", printable(&id))) }
        }
    }
}

async fn list(common: &Common, output: &mut Output) -> Result<(), Failure> {
    let server = common.server.open(KEY_HINT)?;
    let answer = match ask_all(&server, common).await {
        // A page that was not named yet says nothing.
        Err(Failure::Refused(problem)) if problem.code.as_deref() == Some("page_missing") => json!({ "claims": [] }),
        answer => answer?,
    };
    if common.json {
        return output.line(&answer.to_string());
    }
    if answer["claims"].as_array().is_some_and(Vec::is_empty) {
        return output.line("no claims that people sign: `blockhouse overview publish` says one, on a page of your own");
    }
    let row = |claim: Claim| {
        let until = claim.current.filter(|_| claim.state == "PASS").map(|now| now.until);
        vec![
            json!(claim.claim),
            json!(claim.state),
            json!(until),
            json!(claim.pending.len()),
            json!(claim.quorum),
            json!(claim.title),
        ]
    };
    let rows: Vec<Vec<Value>> = read(answer)?.into_iter().map(row).collect();
    let columns = ["claim", "state", "until", "waiting", "people", "about"];
    let cells = if output.is_terminal() { Cells::Cut } else { Cells::Whole };
    for line in table::aligned(&columns, &rows, cells, output.paint()) {
        output.line(&line)?;
    }
    Ok(())
}

async fn show(id: &str, common: &Common, output: &mut Output) -> Result<(), Failure> {
    let server = common.server.open(KEY_HINT)?;
    let answer = ask_all(&server, common).await?;
    let as_it_is = answer.clone();
    let place = read(answer)?.iter().position(|claim| claim.is_named(id)).ok_or_else(|| unknown(id))?;
    if common.json {
        return output.line(&as_it_is["claims"][place].to_string());
    }
    for line in read(as_it_is)?.get(place).map(|claim| claim.lines(output)).unwrap_or_default() {
        output.line(&line)?;
    }
    Ok(())
}

async fn propose(args: ProposeArgs, output: &mut Output) -> Result<(), Failure> {
    // Before anything is begun, so that what is begun can be completed.
    let files = args.files.iter().map(|path| bytes_of(path)).collect::<Result<Vec<_>, _>>()?;
    let server = args.common.server.open(KEY_HINT)?;
    // The server decides about what it does not list.
    let all = if args.common.tenant.is_some() { read(ask_all(&server, &args.common).await?)? } else { Vec::new() };
    let claim = all.iter().find(|claim| claim.is_named(&args.claim)).map_or(&args.claim, |claim| &claim.claim);
    let mut proposal = json!({"claim": claim, "days": args.days});
    match (&args.issuer, &args.id, &args.scope, &args.valid_until) {
        (Some(issuer), Some(id), Some(scope), Some(until)) => {
            proposal["document"] = json!({"issuer": issuer, "id": id, "scope": scope, "validUntil": until});
        }
        (None, None, None, None) => {}
        _ => return Err(Failure::usage("a document needs all that is said of it", DOCUMENT_HINT)),
    }
    let mut begun = ask(&server, server.request(Method::POST, &args.common.below(&[]), &[]).json(&proposal)).await?;
    let statement: Statement = parsed(begun.clone())?;
    for (path, bytes) in args.files.iter().zip(files) {
        let request = server.request(Method::POST, &args.common.below(&[&statement.id, "files"]), &[]);
        let attached = ask(&server, request.header(CONTENT_TYPE, "application/octet-stream").body(bytes)).await;
        let attached = attached.inspect_err(|_| {
            output.note(&format!("{} is begun, but {} is not attached", statement.id, path.display()));
        })?;
        if let Some(digests) = begun["attachments"].as_array_mut() {
            digests.push(attached["digest"].clone());
        }
    }
    let of = args.common.tenant.as_ref().map(|id| format!("?tenant={id}")).unwrap_or_default();
    let page = format!("{}{of}", server.page(&["claims"]));
    if args.common.json {
        begun["signAt"] = json!(page);
        return output.line(&begun.to_string());
    }
    output.line(&statement.id)?;
    output.flush()?;
    output.note(&format!("{}\nsigned with a passkey, in a browser: {page}", printable(&statement.sentence)));
    Ok(())
}

async fn withdraw(id: &str, reason: &str, common: &Common, output: &mut Output) -> Result<(), Failure> {
    let server = common.server.open(KEY_HINT)?;
    let all = read(ask_all(&server, common).await?)?;
    let claim = all.iter().find(|claim| claim.is_named(id)).ok_or_else(|| unknown(id))?;
    let statement = claim.current.as_ref().or(claim.pending.first());
    let statement = statement.ok_or_else(|| Failure::usage(format!("nothing was signed for {}", claim.claim), CLAIM_HINT))?;
    let request = server.request(Method::POST, &common.below(&[&statement.id, "withdraw"]), &[]);
    let now = ask(&server, request.json(&json!({"reason": reason}))).await?;
    if common.json {
        return output.line(&now.to_string());
    }
    output.line(&format!("{} is taken back", claim.claim))
}

async fn ask_all(server: &Server, common: &Common) -> Result<Value, Failure> {
    ask(server, server.request(Method::GET, &common.below(&[]), &[])).await
}

async fn ask(server: &Server, request: RequestBuilder) -> Result<Value, Failure> {
    server.ask(request).await.map_err(|failure| HINTS.hinted(failure))
}

fn read(mut answer: Value) -> Result<Vec<Claim>, Failure> {
    parsed(answer["claims"].take())
}

fn parsed<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, Failure> {
    serde_json::from_value(value).map_err(|error| Failure::Answer(error.to_string()))
}

fn unknown(id: &str) -> Failure {
    Failure::usage(format!("{id} is neither a claim that people sign nor a statement that is shown"), CLAIM_HINT)
}

/// Not more than the server takes.
fn bytes_of(path: &Path) -> Result<Vec<u8>, Failure> {
    let (most, mut bytes) = (limits::ATTACHMENT_BYTES_MAX, Vec::new());
    let file = File::open(path).map_err(Failure::file("read", path))?;
    file.take(most as u64 + 1).read_to_end(&mut bytes).map_err(Failure::file("read", path))?;
    match bytes.len() {
        0 => Err(Failure::usage(format!("{} is empty", path.display()), "a file has at least one byte")),
        length if length > most => Err(Failure::usage(format!("{} is too large", path.display()), "a file has at most 4 MiB")),
        _ => Ok(bytes),
    }
}

// === impl Args ===

impl Args {
    pub(super) fn colours(&self) -> ColourArgs {
        match &self.step {
            Step::List(common)
            | Step::Show { common, .. }
            | Step::Propose(ProposeArgs { common, .. })
            | Step::Withdraw { common, .. }
            | Step::Library { common, .. }
            | Step::Discard { common, .. } => common.colours,
            Step::Template(what) => what.common().colours,
        }
    }
}

// === impl Common ===

impl Common {
    /// Below the statements.
    fn below<'a>(&'a self, path: &[&'a str]) -> Vec<&'a str> {
        self.of_page(&[&["statements"], path].concat())
    }

    /// Below what belongs to the page.
    fn of_page<'a>(&'a self, path: &[&'a str]) -> Vec<&'a str> {
        match &self.tenant {
            Some(tenant) => [&["v1", "tenants", tenant, "overview"][..], path].concat(),
            None => [&["v1", "claims"][..], path].concat(),
        }
    }
}

// === impl Claim ===

impl Claim {
    fn is_named(&self, id: &str) -> bool {
        // Those of a tenant's page have its name before their own.
        let own = self.claim.split_once('.').map_or(&*self.claim, |(_, own)| own);
        self.claim.eq_ignore_ascii_case(id)
            || own.eq_ignore_ascii_case(id)
            || self.current.iter().chain(&self.pending).any(|statement| statement.id == id)
    }

    fn lines(&self, output: &Output) -> Vec<String> {
        let mut lines = vec![
            output.paint().styled(Style::Bold, &format!("{} {}: {}", self.claim, self.state, printable(&self.title))),
            format!("  {}", printable(&self.sentence)),
            format!(
                "  signed by {} of different people{}, for at most {} days",
                self.quorum,
                if self.needs_document { ", with a document" } else { "" },
                self.max_days
            ),
        ];
        lines.extend(self.reason.iter().map(|reason| format!("  {reason}")));
        for (what, statement) in
            self.current.iter().map(|now| ("signed", now)).chain(self.pending.iter().map(|one| ("waits", one)))
        {
            lines.extend(statement.lines(what));
        }
        lines
    }
}

// === impl Statement ===

impl Statement {
    fn lines(&self, what: &str) -> Vec<String> {
        let head = format!("{what}: {}, {} of {} signatures, until {}", self.id, self.by.len(), self.needed, self.until);
        let mut lines = vec![head, format!("  {}", printable(&self.sentence))];
        let by = |one: &Signer| format!("  {}, {}, {}", printable(&one.name), printable(&one.role), one.at);
        lines.extend(self.by.iter().map(by));
        lines.extend(self.attachments.iter().map(|digest| format!("  file {digest}")));
        lines.extend(self.withdrawn.iter().map(|one| format!("  taken back {}: {}", one.at, printable(&one.reason))));
        lines
    }
}
