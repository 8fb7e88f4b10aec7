//! `blockhouse template`: an annotated template of a security page, or a page made from one, is read, filtered, answered,
//! linted and held against the library. Works on files; asks no server.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use claims::Library;
use claims::lint::{Severity, Standing, lint};
use claims::matching::{Match, Reason, Wording, diff, match_page};
use claims::template::{Answers, Audience, Customization, Filter, Page, resolve};
use clap::{Args, Subcommand};
use model::limits;
use serde_json::json;

use crate::print::line;

#[derive(Debug, Args)]
pub(crate) struct TemplateArgs {
    #[command(subcommand)]
    command: TemplateCommand,
}

#[derive(Debug, Subcommand)]
enum TemplateCommand {
    /// Show its sections with their guidance, the choices to make and the claims of each sentence
    Show {
        #[command(flatten)]
        page: PageArgs,
        /// Only sections for this audience and those before it: everyone, growing, established
        #[arg(long, value_parser = audience)]
        audience: Option<Audience>,
        /// Only sections that need no more changing than this: none, low, medium, high
        #[arg(long, value_parser = customization)]
        customization: Option<Customization>,
    },
    /// Say what must not be published as it is; the exit code is 1 if something blocks it
    Lint {
        #[command(flatten)]
        page: PageArgs,
    },
    /// Show how its sentences differ from the library's: weaker, stronger, or in words of their own
    Diff {
        #[command(flatten)]
        page: PageArgs,
    },
    /// Make a page of it with answers (JSON); stops at whatever is left open
    Resolve {
        #[command(flatten)]
        page: PageArgs,
        /// `{"domain": "example.org", "choices": {"SECTION/1#1": "…"}, "deleted": ["SECTION"], "reworded": {"SECTION/2": "…"}}`
        #[arg(long, value_name = "FILE")]
        answers: PathBuf,
    },
}

#[derive(Debug, Args)]
struct PageArgs {
    /// Markdown, or the text of a published page; `-` reads standard input
    file: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn template(args: &TemplateArgs) -> ExitCode {
    match run(&args.command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Nobody is left to tell when standard error is gone.
            let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("error: {error:#}\n"));
            ExitCode::from(2)
        }
    }
}

/// Whether the page is fit to be published, as far as the command looks.
fn run(command: &TemplateCommand) -> anyhow::Result<bool> {
    match command {
        TemplateCommand::Show { page, audience, customization } => {
            show(&page.read()?, Filter { audience: *audience, customization: *customization }, page.json)?;
            Ok(true)
        }
        TemplateCommand::Lint { page } => findings(&page.read()?, page.json),
        TemplateCommand::Diff { page } => {
            differences(&page.read()?, page.json)?;
            Ok(true)
        }
        TemplateCommand::Resolve { page, answers } => resolved(&page.read()?, answers, page.json),
    }
}

fn show(page: &Page, filter: Filter, as_json: bool) -> anyhow::Result<()> {
    let matched = match_page(page);
    if as_json {
        let sections: Vec<_> = page.filtered(filter).map(|(_, section)| section).collect();
        let claims: serde_json::Map<_, _> = matched.iter().map(|one| (one.sentence.id.clone(), json!(one.found))).collect();
        return line(&json!({"format": page.format, "sections": sections, "claims": claims}).to_string());
    }
    for (place, section) in page.filtered(filter) {
        line(&format!("\n{} ({})", section.title, section.id))?;
        let guidance = &section.guidance;
        for (what, text) in
            [("for", &guidance.recommended_for), ("why", &guidance.explanation), ("to change", &guidance.how_to_customize)]
        {
            if !text.is_empty() {
                line(&format!("  {what}: {text}"))?;
            }
        }
        for one in matched.iter().filter(|one| one.section == place) {
            let claims = match &one.found {
                Match::Claims(claims) => claims.join(", "),
                Match::LeadIn => "opens a list".to_owned(),
                Match::Unmatched => "NO CLAIM".to_owned(),
            };
            line(&format!("  {:>4}  {}\n        {claims}", one.sentence.at.line, one.sentence.text))?;
            for choice in &one.sentence.choices {
                line(&format!("        choose {}: {}", choice.id, choice.options.join(" | ")))?;
            }
        }
    }
    Ok(())
}

fn findings(page: &Page, as_json: bool) -> anyhow::Result<bool> {
    let library = Library::shipped().context("the library of claims is not well formed")?;
    let findings = lint(page, &Standing::of(&library));
    let blocks = findings.iter().any(|finding| finding.severity == Severity::Blocks);
    if as_json {
        line(&json!({"publishable": !blocks, "findings": findings}).to_string())?;
        return Ok(!blocks);
    }
    for finding in &findings {
        let at = finding.at.map_or_else(|| "-".to_owned(), |at| format!("{}:{}", at.line, at.column));
        let severity = match finding.severity {
            Severity::Blocks => "blocks",
            Severity::Reword => "reword",
            Severity::Note => "note",
        };
        line(&format!("{at:>8}  {severity:<7} {:<24} {}", finding.code.as_str(), finding.wrong))?;
        if !finding.words.is_empty() {
            line(&format!("          \"{}\"", finding.words))?;
        }
        line(&format!("          instead: {}", finding.instead))?;
        if !finding.claims.is_empty() {
            line(&format!("          about: {}", finding.claims.join(", ")))?;
        }
    }
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    line(&format!(
        "\n{} that block, {} to reword, {} notes",
        count(Severity::Blocks),
        count(Severity::Reword),
        count(Severity::Note)
    ))?;
    Ok(!blocks)
}

fn differences(page: &Page, as_json: bool) -> anyhow::Result<()> {
    let library = Library::shipped().context("the library of claims is not well formed")?;
    let differences = diff(page, &library);
    if as_json {
        return line(&serde_json::to_string(&differences)?);
    }
    for one in &differences {
        line(&format!("{:<18} {}", one.claim, in_words(&one.wording)))?;
        line(&format!("  own      {}\n  library  {}", one.own, one.library))?;
    }
    line(&format!("\n{} sentences held against the library", differences.len()))
}

fn in_words(wording: &Wording) -> String {
    let all = |reasons: &[Reason]| reasons.iter().map(|reason| format!("{reason:?}")).collect::<Vec<_>>().join(", ");
    match wording {
        Wording::Same => "says the same".to_owned(),
        Wording::Weaker(reasons) => format!("weaker: {}", all(reasons)),
        Wording::Stronger(reasons) => format!("stronger: {}", all(reasons)),
        Wording::Both(weaker, stronger) => format!("weaker: {}; stronger: {}", all(weaker), all(stronger)),
        Wording::Own(weaker, stronger) if weaker.is_empty() && stronger.is_empty() => "in words of its own".to_owned(),
        Wording::Own(weaker, stronger) => {
            format!("in words of its own, of which count: weaker: {}; stronger: {}", all(weaker), all(stronger))
        }
    }
}

fn resolved(page: &Page, answers: &Path, as_json: bool) -> anyhow::Result<bool> {
    let answers = Answers::from_json(&read(answers)?).context("could not read the answers")?;
    match resolve(page, &answers) {
        Ok(draft) if as_json => line(&serde_json::to_string(&draft)?).map(|()| true),
        Ok(draft) => line(&draft.to_markdown()).map(|()| true),
        Err(problems) if as_json => line(&json!({"problems": problems}).to_string()).map(|()| false),
        Err(problems) => {
            for problem in &problems {
                line(&problem.to_string())?;
            }
            line(&format!("\nno page: {} left open or refused", problems.len()))?;
            Ok(false)
        }
    }
}

fn audience(text: &str) -> Result<Audience, String> {
    match text {
        "everyone" => Ok(Audience::Everyone),
        "growing" => Ok(Audience::Growing),
        "established" => Ok(Audience::Established),
        _ => Err("expected everyone, growing or established".to_owned()),
    }
}

fn customization(text: &str) -> Result<Customization, String> {
    match text {
        "none" => Ok(Customization::None),
        "low" => Ok(Customization::Low),
        "medium" => Ok(Customization::Medium),
        "high" => Ok(Customization::High),
        _ => Err("expected none, low, medium or high".to_owned()),
    }
}

/// A file, or standard input, up to what a page may have.
fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = limits::TEMPLATE_BYTES_MAX as u64 + 1;
    if file == Path::new("-") {
        std::io::stdin().take(most).read_to_end(&mut bytes).context("could not read standard input")?;
    } else {
        let opened = fs::File::open(file).with_context(|| format!("could not read {}", file.display()))?;
        opened.take(most).read_to_end(&mut bytes).with_context(|| format!("could not read {}", file.display()))?;
    }
    Ok(bytes)
}

// === impl PageArgs ===

impl PageArgs {
    fn read(&self) -> anyhow::Result<Page> {
        let bytes = read(&self.file)?;
        if bytes.is_empty() {
            bail!("{} is empty", self.file.display());
        }
        Page::read(&bytes).with_context(|| format!("could not read {}", self.file.display()))
    }
}
