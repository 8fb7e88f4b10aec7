//! The page as a reader has it: the HTML, and the signed document beside it.
//!
//! Does not verify signatures and proofs; a reader's own program does.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::clock::{Deadline, pause};
use crate::house::House;
use crate::person::text;

/// A page is served for half a minute as it was made; a change of a state makes it anew at once.
const SERVED_FOR: Duration = Duration::from_secs(35);

pub(super) struct Page {
    pub(super) claims: Vec<Value>,
    html: String,
}

// === impl Page ===

impl Page {
    pub(super) fn of(house: &House) -> Self {
        let mut client = house.visitor();
        Self::with(|path| {
            let answer = client.get(path, "").unwrap();
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            answer.text()
        })
    }

    /// By whatever gets the body of a path.
    pub(super) fn with(mut get: impl FnMut(&str) -> String) -> Self {
        let envelope: Value = serde_json::from_str(&get("/security.json")).unwrap();
        let statement: Value = serde_json::from_slice(&STANDARD.decode(text(&envelope["payload"])).unwrap()).unwrap();
        let claims = statement["predicate"]["claims"].as_array().expect("claims").clone();
        Self { claims, html: get("/security") }
    }

    fn find(&self, claim: &str) -> Option<&Value> {
        self.claims.iter().find(|one| one["id"] == claim)
    }

    /// How the HTML marks a claim.
    fn mark(&self, claim: &str) -> Option<&str> {
        let (_, article) = self.html.split_once(&format!("id=\"claim-{}\" class=\"card claim ", claim.to_lowercase()))?;
        article.split('"').next()
    }
}

/// The checks that stand behind a claim in the signed document.
pub(super) fn checks_of(claim: &Value) -> impl Iterator<Item = &Value> {
    claim["measured"]["checks"].as_array().into_iter().flatten()
}

/// Whether the page comes to show a claim in this state. What breaks a claim must not take it off the page.
pub(super) fn shows(page: &dyn Fn() -> Page, claim: &str, state: &str) -> Result<(), String> {
    let mark = match state {
        "PASS" => "verified",
        "FAIL" => "failing",
        other => unreachable!("nobody waits for {other}"),
    };
    let deadline = Deadline::after(SERVED_FOR);
    loop {
        let page = page();
        let shown = page.find(claim).map(|shown| text(&shown["state"]));
        if shown.as_deref() == Some(state) && page.mark(claim) == Some(mark) {
            return Ok(());
        }
        if deadline.passed() {
            return Err(format!("{claim} is {shown:?} and marked {:?}, not {state}", page.mark(claim)));
        }
        pause(200);
    }
}

/// Whether the history of a claim that holds tells that it did not.
pub(super) fn remembers(house: &House, claim: &str) -> Result<(), String> {
    let page = Page::of(house);
    let worst = page.find(claim).and_then(|claim| claim["days"].as_array()?.last()?["worst"].as_str());
    if worst != Some("FAIL") {
        return Err(format!("{claim}: the day is shown as {worst:?}"));
    }
    let mut client = house.visitor();
    let history = client.get(&format!("/security/claims/{claim}"), "").unwrap().text();
    let (_, broken) = history.split_once("id=\"broken\"").ok_or_else(|| format!("{claim}: no history of failures"))?;
    let row = broken.split_once("<tr class=\"failing\">").and_then(|(_, row)| row.split("</tr>").next());
    match row {
        Some(row) if !row.contains("<td>now</td>") => Ok(()),
        row => Err(format!("{claim}: its failure is told as {row:?}")),
    }
}
