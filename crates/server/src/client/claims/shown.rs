//! Claims and statements as a terminal shows them; every text of the server's without its control characters.

use serde::Deserialize;
use serde_json::Value;

use crate::client::failure::Failure;
use crate::client::output::{Output, Style, printable};
use crate::client::table::{self, Cells};
use crate::client::units;

/// A claim that people sign.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Claim {
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
#[serde(rename_all = "camelCase")]
pub(super) struct Statement {
    id: String,
    sentence: String,
    document: Option<Document>,
    attachments: Vec<String>,
    from: String,
    until: String,
    by: Vec<Signer>,
    needed: u32,
    withdrawn: Option<Withdrawn>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    issuer: String,
    id: String,
    scope: String,
    valid_until: String,
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

/// A line for each claim.
pub(super) fn list(claims: &[Claim], output: &mut Output) -> Result<(), Failure> {
    let row = |one: &Claim| -> Vec<Value> {
        let ends = one.current.as_ref().map_or("", |now| now.until.get(..10).unwrap_or(&now.until));
        let waits = one.pending.len();
        let waits = if waits == 0 { Value::Null } else { waits.into() };
        vec![one.claim.as_str().into(), one.state.as_str().into(), ends.into(), waits, one.title.as_str().into()]
    };
    let rows: Vec<Vec<Value>> = claims.iter().map(row).collect();
    let cells = if output.is_terminal() { Cells::Cut } else { Cells::Whole };
    for line in table::aligned(&["claim", "state", "ends", "waits", "title"], &rows, cells, output.paint()) {
        output.line(&line)?;
    }
    output.flush()?;
    let count = units::counted(claims.len() as u64, "claim");
    output.aside(&format!("{count} that people sign; `blockhouse claims show CLAIM` says more of one"));
    Ok(())
}

// === impl Claim ===

impl Claim {
    pub(super) fn id(&self) -> String {
        printable(&self.claim).into_owned()
    }

    pub(super) fn state(&self) -> String {
        printable(&self.state).into_owned()
    }

    /// Whether the id is its own or that of one of its statements.
    pub(super) fn is(&self, id: &str) -> bool {
        self.claim == id || self.current.iter().chain(&self.pending).any(|statement| statement.id == id)
    }

    /// With its statements, and the page on which they are signed.
    pub(super) fn show(&self, page: &str, output: &mut Output) -> Result<(), Failure> {
        let name = output.paint().styled(Style::Bold, &printable(&self.claim));
        output.line(&format!("{name}  {}  {}", self.state(), printable(&self.title)))?;
        output.line(&format!("  {}", printable(&self.sentence)))?;
        let people = if self.quorum == 1 { "one person".to_owned() } else { format!("{} different people", self.quorum) };
        let carried = if self.needs_document { "; a third party's document carries it" } else { "" };
        output.line(&format!("  signed by {people} for at most {} days{carried}", self.max_days))?;
        if let Some(reason) = &self.reason {
            output.line(&format!("  {}", printable(reason)))?;
        }
        for statement in self.current.iter().chain(&self.pending) {
            output.line("")?;
            statement.show(output)?;
        }
        output.flush()?;
        if !self.pending.is_empty() {
            output.note(&format!("what waits is signed with a passkey at {page}"));
        }
        Ok(())
    }
}

// === impl Statement ===

impl Statement {
    pub(super) fn show(&self, output: &mut Output) -> Result<(), Failure> {
        let signed = format!("signed by {} of {}", self.by.len(), self.needed);
        let name = output.paint().styled(Style::Bold, &printable(&self.id));
        output.line(&format!("  statement {name}, {signed}, from {} until {}", printable(&self.from), printable(&self.until)))?;
        output.line(&format!("    {}", printable(&self.sentence)))?;
        if let Some(Document { issuer, id, scope, valid_until }) = &self.document {
            let told = format!("document {id} of {issuer}, about {scope}, valid until {valid_until}");
            output.line(&format!("    {}", printable(&told)))?;
        }
        for digest in &self.attachments {
            output.line(&format!("    file sha256 {}", printable(digest)))?;
        }
        for Signer { name, role, at } in &self.by {
            output.line(&format!("    {}", printable(&format!("{name}, {role}, signed at {at}"))))?;
        }
        if let Some(Withdrawn { at, reason }) = &self.withdrawn {
            output.line(&format!("    {}", printable(&format!("taken back at {at}: {reason}"))))?;
        }
        Ok(())
    }
}
