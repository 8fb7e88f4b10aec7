//! `blockhouse claims template`: the template of a page that the server keeps, with its answers.

use std::fs;
use std::path::PathBuf;

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Common, KEY_HINT, ask, parsed};
use crate::client::failure::Failure;
use crate::client::output::{Output, Style, printable};
use crate::client::units;

const KEPT_HINT: &str = "`blockhouse claims template keep FILE` keeps one";

#[derive(Debug, clap::Subcommand)]
pub(super) enum What {
    /// Show the template: its sections, what is wrong with it, what is still open
    Show(Common),
    /// Keep a template (Markdown), in the place of the one before
    Keep {
        file: PathBuf,
        #[command(flatten)]
        common: Common,
    },
    /// Answer the template, in the place of the answers before
    Answer {
        /// `{"domain": "example.org", "choices": {"SECTION/1#1": "…"}, "deleted": ["SECTION"], "reworded": {"SECTION/2": "…"}}`
        file: PathBuf,
        /// The version that is answered, as `show` says it: refused where somebody else answered since. Default: the one now
        #[arg(long)]
        version: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Print the page that is made of the template, as Markdown; stops at whatever is left open
    Draft(Common),
    /// Forget the template and its answers
    Discard(Common),
}

#[derive(Deserialize)]
struct Kept {
    template: Option<Template>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Template {
    version: String,
    kept_at: String,
    sections: Vec<Section>,
    findings: Vec<Finding>,
    open: Vec<Open>,
}

#[derive(Deserialize)]
struct Section {
    id: String,
    title: String,
    offered: bool,
    sentences: Vec<Value>,
}

#[derive(Deserialize)]
struct Finding {
    severity: String,
    at: Option<Position>,
    wrong: String,
    instead: String,
}

#[derive(Deserialize)]
struct Position {
    line: u64,
    column: u64,
}

#[derive(Deserialize)]
struct Open {
    words: String,
}

#[derive(Deserialize)]
struct Draft {
    markdown: String,
}

pub(super) async fn run(what: What, output: &mut Output) -> Result<(), Failure> {
    // Before anything is asked.
    let file = what.file().map(|file| fs::read(file).map_err(Failure::file("read", file))).transpose()?;
    let (method, below, common) = what.call();
    let server = common.server.open(KEY_HINT)?;
    let path = common.of_page(&[&["template"], below].concat());
    let request = server.request(method, &path, &[]);
    let request = match (&what, file) {
        (What::Answer { file: name, version, .. }, Some(answers)) => {
            let answers: Value = serde_json::from_slice(&answers)
                .map_err(|error| Failure::usage(format!("{}: {error}", name.display()), "the answers are one JSON object"))?;
            let version = match version {
                Some(version) => version.clone(),
                None => {
                    let now = ask(&server, server.request(Method::GET, &common.of_page(&["template"]), &[])).await?;
                    let kept = parsed::<Kept>(now)?.template;
                    kept.ok_or_else(|| Failure::usage("there is no template to answer", KEPT_HINT))?.version
                }
            };
            request.json(&json!({ "version": version, "answers": answers }))
        }
        (_, Some(template)) => request.header(CONTENT_TYPE, "text/markdown").body(template),
        (_, None) => request,
    };
    let answer = ask(&server, request).await?;
    match &what {
        What::Discard(_) if common.json => output.line("{}"),
        _ if common.json => output.line(&answer.to_string()),
        What::Discard(_) => output.line("forgotten"),
        What::Draft(_) => output.text(&parsed::<Draft>(answer)?.markdown),
        What::Show(_) | What::Keep { .. } | What::Answer { .. } => match parsed::<Kept>(answer)?.template {
            Some(template) => template.print(output),
            None => output.line(&format!("no template: {KEPT_HINT}")),
        },
    }
}

// === impl What ===

impl What {
    pub(super) fn common(&self) -> &Common {
        match self {
            Self::Show(common) | Self::Draft(common) | Self::Discard(common) => common,
            Self::Keep { common, .. } | Self::Answer { common, .. } => common,
        }
    }

    fn call(&self) -> (Method, &'static [&'static str], &Common) {
        let (method, below): (_, &[&str]) = match self {
            Self::Show(_) => (Method::GET, &[]),
            Self::Keep { .. } => (Method::PUT, &[]),
            Self::Answer { .. } => (Method::PUT, &["answers"]),
            Self::Draft(_) => (Method::GET, &["draft"]),
            Self::Discard(_) => (Method::DELETE, &[]),
        };
        (method, below, self.common())
    }

    fn file(&self) -> Option<&PathBuf> {
        match self {
            Self::Keep { file, .. } | Self::Answer { file, .. } => Some(file),
            Self::Show(_) | Self::Draft(_) | Self::Discard(_) => None,
        }
    }
}

// === impl Template ===

impl Template {
    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        output.line(&format!("version {}, kept {}", printable(&self.version), printable(&self.kept_at)))?;
        for Section { id, title, offered, sentences } in &self.sections {
            let left_out = if *offered { "" } else { ", left out by the filter" };
            let count = units::counted(sentences.len() as u64, "sentence");
            output.line(&format!("  {} ({}): {count}{left_out}", printable(title), printable(id)))?;
        }
        for Finding { severity, at, wrong, instead } in &self.findings {
            let at = at.as_ref().map_or_else(|| "-".to_owned(), |Position { line, column }| format!("{line}:{column}"));
            let severity = output.paint().styled(Style::Bold, severity);
            output.line(&format!("{at:>8}  {severity} {}", printable(wrong)))?;
            output.line(&format!("          instead: {}", printable(instead)))?;
        }
        for Open { words } in &self.open {
            output.line(&format!("open: {}", printable(words)))?;
        }
        let ready = "nothing is open: `blockhouse claims template draft` prints the page";
        if self.open.is_empty() { output.line(ready) } else { Ok(()) }
    }
}
