//! `server.headers`: every page, and pages that do not exist, as a stranger gets them.

use model::{Check, Observation, Timestamp, Vantage};
use reqwest::Method;

use super::Outside;
use super::outside::Answer;

/// Every route that answers with HTML or what a page loads, and two that are not there.
const PAGES: [&str; 15] = [
    "/",
    "/setup",
    "/sign-in",
    "/join",
    "/me",
    "/overview",
    "/app/",
    "/app/not.there",
    "/claims",
    "/security",
    "/security/t/not-there",
    "/pages/page.css",
    "/pages/page.js",
    "/not/there",
    "/pages/not-there",
];

/// A header, and what has to be in it.
const DEMANDED: [(&str, &[&str]); 7] = [
    ("content-security-policy", &["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]),
    ("x-content-type-options", &["nosniff"]),
    ("referrer-policy", &["no-referrer"]),
    ("x-frame-options", &["DENY"]),
    ("permissions-policy", &["camera=()", "microphone=()", "geolocation=()"]),
    ("cross-origin-opener-policy", &["same-origin"]),
    ("cross-origin-resource-policy", &["same-origin"]),
];
/// What no policy may say.
const FORBIDDEN: [&str; 4] = ["unsafe-inline", "unsafe-eval", "http:", "*"];

pub(super) struct Headers {
    outside: Outside,
}

// === impl Headers ===

impl Headers {
    pub(super) fn new(outside: Outside) -> Self {
        Self { outside }
    }

    fn pages(&self) -> Result<Vec<(&'static str, Answer)>, String> {
        PAGES.iter().map(|path| Ok((*path, self.outside.ask(&Method::GET, path, "", ("", Vec::new()))?))).collect()
    }

    fn judge(&self, spoil: impl Fn(&mut Answer)) -> Observation {
        let mut pages = match self.pages() {
            Ok(pages) => pages,
            Err(reason) => return Observation::not_run("the pages could not be fetched").detail(reason),
        };
        pages.iter_mut().for_each(|(_, answer)| spoil(answer));
        let named = self.outside.origin.host_str().unwrap_or_default();
        let hsts = crate::headers::Hsts::of(named) == crate::headers::Hsts::Sent;
        let missing: Vec<String> =
            pages.iter().filter_map(|(path, answer)| Some(format!("{path}: {}", lack(answer, hsts)?))).collect();
        let whole = pages.len() as u64;
        Observation::all("pages, errors among them, carry the strict headers", whole - missing.len() as u64, whole)
            .with_details(missing)
    }
}

impl Check for Headers {
    fn id(&self) -> &'static str {
        "server.headers"
    }

    fn vantage(&self) -> Vantage {
        Vantage::Outside
    }

    fn look(&self, _now: Timestamp) -> Observation {
        self.judge(|_| {})
    }

    /// Pages whose policy lets a script stand in their text.
    fn look_at_twin(&self, _now: Timestamp) -> Observation {
        self.judge(|answer| {
            for (name, value) in &mut answer.headers {
                if name == "content-security-policy" {
                    value.push_str("; script-src 'unsafe-inline'");
                }
            }
        })
    }
}

/// What is missing or weak.
fn lack(answer: &Answer, hsts: bool) -> Option<String> {
    let header = |name: &str| answer.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    for (name, parts) in DEMANDED {
        let Some(value) = header(name) else { return Some(format!("no {name}")) };
        if let Some(part) = parts.iter().find(|part| !value.contains(**part)) {
            return Some(format!("{name} without {part}"));
        }
    }
    let policy = header("content-security-policy").unwrap_or_default();
    if let Some(weak) = FORBIDDEN.iter().find(|weak| policy.contains(**weak)) {
        return Some(format!("content-security-policy with {weak}"));
    }
    (hsts && header("strict-transport-security").is_none()).then(|| "no strict-transport-security".to_owned())
}
