//! `blockhouse access`: what staff asked of a tenant, and what they read. Does not approve: a passkey answers in a browser.

use std::collections::BTreeMap;

use clap::Subcommand;
use model::limits;
use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{ColourArgs, Output, printable};
use super::own_access;
use super::table;
use super::tenant::{self, Hints, Tenant, TenantArgs};
use super::trail;
use super::units;

const HINTS: Hints = Hints {
    permission: "seeing needs the permission access:view, denying, ending and reviewing access:approve",
    list: "`blockhouse access list` shows what staff asked for",
};
const UNREAD: &str = "what they asked is in the audit trail, which needs the permission audit:read";

/// Look after what staff of the installation may read of a tenant
///
/// Approving takes a signature over the words of the request by a passkey, and so a browser: `list` and `show` say where in
/// the console. What is denied or ended needs none.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    /// The server's answer as it is; of `show`, the one request with names and, from the audit trail, what was asked
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    pub(super) colours: ColourArgs,
    #[command(flatten)]
    tenant: TenantArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show what staff asked for, and what became of it
    List,
    /// Show one request: why, who approved, what was read
    Show { id: String },
    /// Deny a request that waits
    Deny { id: String },
    /// End access at once
    End { id: String },
    /// Say that an emergency, which nobody of the tenant approved, was looked at
    Review { id: String },
    /// What you asked of tenants yourself; for engineers of the installation
    #[command(subcommand)]
    Own(own_access::What),
}

#[derive(Deserialize)]
struct Requests {
    requests: Vec<Request>,
    people: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Request {
    id: String,
    source: String,
    staff: String,
    reason: String,
    explanation: String,
    ticket: String,
    created_at: String,
    from: String,
    until: String,
    lapses_at: String,
    state: String,
    approvals_needed: u64,
    approvals: Vec<Signature>,
    started_at: Option<String>,
    ends_at: Option<String>,
    ended: Option<Ended>,
    readings: u64,
    emergency: Option<Emergency>,
}

#[derive(Deserialize)]
struct Signature {
    signer: String,
    at: String,
}

#[derive(Deserialize)]
struct Ended {
    how: String,
    at: String,
}

#[derive(Deserialize)]
struct Emergency {
    cause: String,
    second: Option<Signature>,
    reviewed_at: Option<String>,
    review_late: bool,
}

/// What `show` puts beside a request.
#[derive(Deserialize)]
struct Beside {
    people: BTreeMap<String, String>,
    /// Where the trail may be read.
    questions: Option<Vec<Question>>,
}

/// An entry of the trail.
#[derive(Deserialize)]
struct Question {
    time: String,
    event: Asked,
}

#[derive(Deserialize)]
struct Asked {
    question: String,
    text: String,
    records: u64,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    // An engineer works in no tenant.
    if let What::Own(what) = &args.what {
        let server = args.tenant.server()?;
        let answer = what.ask(&server).await?;
        return if args.json { output.line(answer.get()) } else { what.print(&answer, &server, output) };
    }
    let tenant = args.tenant.open(HINTS).await?;
    let answer = args.what.ask(&tenant).await?;
    if args.json { output.line(answer.get()) } else { args.what.print(&answer, &tenant, output) }
}

/// A request as `list` has it, with the names in it and, oldest first, what was asked under it.
async fn look(id: &str, tenant: &Tenant) -> Result<Box<RawValue>, Failure> {
    let answer = tenant.get(&["access"]).await?;
    let mut request = tenant::one_of(&answer, "requests", id, HINTS.list)?;
    let all: Value = tenant::read(&answer)?;
    let questions = match request["started_at"].as_str() {
        Some(since) => questions(id, since, tenant).await?,
        None => json!([]),
    };
    if let Some(request) = request.as_object_mut() {
        request.insert("people".to_owned(), all["people"].clone());
        request.insert("questions".to_owned(), questions);
    }
    tenant::raw(&request)
}

/// Null where the trail may not be read.
async fn questions(id: &str, since: &str, tenant: &Tenant) -> Result<Value, Failure> {
    let parameters =
        [("event", "staff_question_asked".to_owned()), ("actor", format!("access_request:{id}")), ("since", since.to_owned())];
    let (path, mut found, mut cursor) = (tenant.path(&["audit"]), Vec::new(), None);
    loop {
        let page = match trail::page(&tenant.server, &path, &parameters, (limits::AUDIT_PAGE_ENTRIES_MAX, cursor)).await {
            Ok(page) => page,
            Err(Failure::Refused(problem)) if problem.status == 403 => return Ok(Value::Null),
            Err(failure) => return Err(HINTS.hinted(failure)),
        };
        for entry in &page.entries {
            found.push(tenant::read::<Value>(entry)?);
        }
        cursor = page.next;
        if cursor.is_none() {
            found.reverse();
            return Ok(Value::Array(found));
        }
    }
}

/// By name, where that is known.
fn named<'a>(id: &'a str, people: &'a BTreeMap<String, String>) -> &'a str {
    people.get(id).map_or(id, String::as_str)
}

// === impl What ===

impl What {
    async fn ask(&self, tenant: &Tenant) -> Result<Box<RawValue>, Failure> {
        let (id, step) = match self {
            Self::List => return tenant.get(&["access"]).await,
            Self::Show { id } => return look(id, tenant).await,
            Self::Own(what) => return what.ask(&tenant.server).await,
            Self::Deny { id } => (id, "deny"),
            Self::End { id } => (id, "end"),
            Self::Review { id } => (id, "review"),
        };
        tenant.call(Method::POST, &["access", id, step], None).await
    }

    fn print(&self, answer: &RawValue, tenant: &Tenant, output: &mut Output) -> Result<(), Failure> {
        let waits = match self {
            Self::List => {
                let Requests { requests, people } = tenant::read(answer)?;
                print_list(&requests, &people, output)?;
                requests.iter().any(Request::waits)
            }
            Self::Show { .. } => {
                let (request, beside): (Request, Beside) = (tenant::read(answer)?, tenant::read(answer)?);
                request.print(&beside, output)?;
                request.waits()
            }
            Self::Deny { .. } | Self::End { .. } => {
                return output.line(&printable(&tenant::read::<Request>(answer)?.state));
            }
            Self::Review { .. } => return output.line("reviewed"),
            Self::Own(what) => return what.print(answer, &tenant.server, output),
        };
        output.flush()?;
        if waits {
            output.note(&format!("a passkey approves it in a browser, at {}", tenant.server.page(&["app", "access"])));
        }
        Ok(())
    }
}

fn print_list(requests: &[Request], people: &BTreeMap<String, String>, output: &mut Output) -> Result<(), Failure> {
    if requests.is_empty() {
        return output.line("no requests: staff asked for nothing");
    }
    let row = |one: &Request| {
        vec![
            json!(one.state),
            json!(one.id),
            json!(named(&one.staff, people)),
            json!(one.source),
            json!(one.reason),
            json!(one.created_at),
            json!(one.readings),
            json!(one.explanation),
        ]
    };
    let rows: Vec<Vec<Value>> = requests.iter().map(row).collect();
    table::print(&["state", "id", "who", "source", "reason", "asked", "questions", "explanation"], &rows, output)
}

// === impl Request ===

impl Request {
    fn waits(&self) -> bool {
        self.state == "pending" && self.emergency.is_none()
    }

    fn print(&self, beside: &Beside, output: &mut Output) -> Result<(), Failure> {
        let name = |id| named(id, &beside.people);
        let mut says = |what: &str, text: &str| output.line(&format!("{what:<11} {}", printable(text)));
        says(&self.id, &self.state)?;
        says("who", &format!("{}, {}", name(&self.staff), self.staff))?;
        says("source", &self.source)?;
        says("why", &format!("{}, ticket {}: {}", self.reason, self.ticket, self.explanation))?;
        says("asked", &format!("{}; lapses {}", self.created_at, self.lapses_at))?;
        says("for", &format!("{} to {}", self.from, self.until))?;
        if let Some(Emergency { cause, second, reviewed_at, review_late }) = &self.emergency {
            let late = if *review_late { "has to be reviewed, and is late" } else { "has to be reviewed" };
            let reviewed = reviewed_at.as_ref().map_or(late.to_owned(), |at| format!("reviewed {at}"));
            says("emergency", &format!("{}; {reviewed}", cause.replace('_', " ")))?;
            if let Some(Signature { signer, at }) = second {
                says("opened by", &format!("{}, {at}", name(signer)))?;
            }
        } else {
            says("approvals", &format!("{} of {}", self.approvals.len(), self.approvals_needed))?;
        }
        for Signature { signer, at } in &self.approvals {
            says("approved by", &format!("{}, {at}", name(signer)))?;
        }
        if let Some(at) = &self.started_at {
            says("began", &format!("{at}; ends {}", self.ends_at.as_deref().unwrap_or_default()))?;
        }
        if let Some(Ended { how, at }) = &self.ended {
            says("ended", &format!("{at}, by {how}"))?;
        }
        says("read", &units::counted(self.readings, "question"))?;
        beside.print(output)
    }
}

// === impl Beside ===

impl Beside {
    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        let Some(questions) = &self.questions else {
            output.flush()?;
            output.note(UNREAD);
            return Ok(());
        };
        if questions.is_empty() {
            return Ok(());
        }
        let row = |one: &Question| {
            let Asked { question, text, records } = &one.event;
            vec![json!(one.time), json!(question.replace('_', " ")), json!(records), json!(text)]
        };
        let rows: Vec<Vec<Value>> = questions.iter().map(row).collect();
        output.line("")?;
        table::print(&["at", "asked by", "records", "question"], &rows, output)
    }
}
