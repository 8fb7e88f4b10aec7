//! What a run found: named steps, each with what was compared, and the word for the whole.
//!
//! Always holds: a disagreement outweighs what could not be looked at, and that outweighs what agrees; nothing that the
//! server sent reaches a terminal as anything but visible text.

use std::io::{self, Write};

use serde::Serialize;

/// How a run ended, and the exit code that says so.
///
/// | code | meaning |
/// |---|---|
/// | 0 | everything that was looked at agrees |
/// | 1 | something disagrees |
/// | 2 | nothing disagrees, and something could not be looked at |
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Agrees,
    CouldNotLook,
    Disagrees,
}

/// What is looked at, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The page and the signed overview, over verified TLS 1.3.
    Fetched,
    /// The key, and its signature over the overview.
    Signed,
    /// The HTML shows the signed sentences and states, and no others.
    Shown,
    /// The public log only grew.
    Grew,
    /// Each result is in the log, signed, fresh, and says what the page says.
    Proved,
    /// The log's own days, against the page's.
    Remembered,
    OldTls,
    Certificate,
    PlainText,
    Headers,
    Routes,
    SecurityTxt,
    /// Hosts that claims of a tenant's page are about.
    Hosts,
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    pub outcome: Outcome,
    /// The claim that it is about, where it is about one.
    pub claim: Option<String>,
    pub page_says: String,
    pub i_saw: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepReport {
    pub step: Step,
    pub outcome: Outcome,
    /// What was gone through.
    pub told: String,
    /// What does not agree, and what is worth a word although it does.
    pub findings: Vec<Finding>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub url: String,
    /// When it was looked at, by the reader's own clock.
    pub at: String,
    pub outcome: Outcome,
    pub steps: Vec<StepReport>,
}

// === impl Outcome ===

impl Outcome {
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Agrees => 0,
            Self::Disagrees => 1,
            Self::CouldNotLook => 2,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::CouldNotLook => "could not look",
            Self::Disagrees => "DISAGREES",
        }
    }
}

// === impl Step ===

impl Step {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fetched => "fetched",
            Self::Signed => "signed",
            Self::Shown => "shown",
            Self::Grew => "log only grew",
            Self::Proved => "results proved",
            Self::Remembered => "history",
            Self::OldTls => "old TLS refused",
            Self::Certificate => "certificate",
            Self::PlainText => "plain text refused",
            Self::Headers => "headers",
            Self::Routes => "routes want keys",
            Self::SecurityTxt => "security.txt",
            Self::Hosts => "hosts",
        }
    }
}

// === impl StepReport ===

impl StepReport {
    pub(crate) fn new(step: Step) -> Self {
        Self { step, outcome: Outcome::Agrees, told: String::new(), findings: Vec::new() }
    }

    pub(crate) fn tell(&mut self, told: impl Into<String>) {
        self.told = told.into();
    }

    pub(crate) fn disagrees(&mut self, claim: Option<&str>, page_says: impl Into<String>, i_saw: impl Into<String>) {
        self.add(Outcome::Disagrees, claim, (page_says.into(), i_saw.into()));
    }

    pub(crate) fn could_not(&mut self, claim: Option<&str>, i_saw: impl Into<String>) {
        self.add(Outcome::CouldNotLook, claim, (String::new(), i_saw.into()));
    }

    /// What a reader should know, and which is no disagreement.
    pub(crate) fn note(&mut self, claim: Option<&str>, page_says: impl Into<String>, i_saw: impl Into<String>) {
        self.add(Outcome::Agrees, claim, (page_says.into(), i_saw.into()));
    }

    fn add(&mut self, outcome: Outcome, claim: Option<&str>, (page_says, i_saw): (String, String)) {
        self.outcome = self.outcome.max(outcome);
        self.findings.push(Finding { outcome, claim: claim.map(str::to_owned), page_says, i_saw });
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{:<14}  {:<18}  {}", self.outcome.word(), self.step.name(), visible(&self.told))?;
        for finding in &self.findings {
            let claim = finding.claim.as_deref().map(|id| format!("{}: ", visible(id))).unwrap_or_default();
            let saw = visible(&finding.i_saw);
            match finding.page_says.as_str() {
                "" => writeln!(out, "                {claim}{saw}")?,
                says => writeln!(out, "                {claim}page says: {}\n                  I saw: {saw}", visible(says))?,
            }
        }
        Ok(())
    }
}

// === impl Report ===

impl Report {
    pub(crate) fn new(url: String, at: String) -> Self {
        Self { url, at, outcome: Outcome::Agrees, steps: Vec::new() }
    }

    pub(crate) fn add(&mut self, step: StepReport) {
        self.outcome = self.outcome.max(step.outcome);
        self.steps.push(step);
    }

    #[must_use]
    pub fn step(&self, step: Step) -> Option<&StepReport> {
        self.steps.iter().find(|one| one.step == step)
    }

    /// As a table with a line that sums up.
    pub fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}  looked at {}\n", visible(&self.url), self.at)?;
        self.steps.iter().try_for_each(|step| step.write(out))?;
        let count = |outcome| self.steps.iter().filter(|step| step.outcome == outcome).count();
        let (agree, disagree, not) = (count(Outcome::Agrees), count(Outcome::Disagrees), count(Outcome::CouldNotLook));
        let summary = match self.outcome {
            Outcome::Agrees => "the page says what I saw",
            Outcome::Disagrees => "the page does not say what I saw",
            Outcome::CouldNotLook => "nothing disagrees, and not everything could be looked at",
        };
        writeln!(out, "\n{agree} steps agree, {disagree} disagree, {not} could not be looked at: {summary}")
    }

    pub fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, self)?;
        writeln!(out)
    }
}

/// With everything replaced that a terminal would obey or that changes the order of other characters.
fn visible(text: &str) -> String {
    let moves = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    text.chars().map(|c| if c.is_control() || moves(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_all_steps_is_the_outcome() {
        let mut report = Report::new("https://a".to_owned(), "now".to_owned());
        let mut step = StepReport::new(Step::Grew);
        step.could_not(None, "x");
        report.add(step);
        assert_eq!(report.outcome.exit_code(), 2);
        let mut step = StepReport::new(Step::Shown);
        step.disagrees(None, "a", "b");
        step.could_not(None, "x");
        report.add(step);
        report.add(StepReport::new(Step::Headers));
        assert_eq!(report.outcome.exit_code(), 1);
    }

    #[test]
    fn nothing_a_server_sent_moves_the_cursor() {
        let mut step = StepReport::new(Step::Shown);
        step.disagrees(Some("A\u{1b}[2J"), "x\u{202e}y\r", "z\n");
        let mut report = Report::new("https://a".to_owned(), "now".to_owned());
        report.add(step);
        let mut out = Vec::new();
        report.write_text(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']), "{text}");
    }
}
