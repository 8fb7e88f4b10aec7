//! The headers that tell a browser what a page may do: of the page, and of an answer to a path that does not exist.

use model::limits;

use super::Saw;
use crate::site::{Answer, Site};

/// Half a year: with less, a browser forgets soon that it may not speak in clear.
const HSTS_SECONDS_MIN: u64 = 15_552_000;
const NOWHERE: &str = "/verify-overview-asks-for-nothing";

pub(crate) fn probe(site: &mut Site<'_>, page: &Answer) -> Vec<Saw> {
    // On `localhost` it would break whatever else somebody runs there.
    let local = site.address.host == "localhost" || site.address.host.ends_with(".localhost");
    let mut saw = vec![judge("the page", &missing(page, local))];
    let error = site.get(NOWHERE, limits::OVERVIEW_ANSWER_BYTES_MAX);
    saw.push(match error {
        Ok(answer) => judge("an error page", &missing(&answer, local)),
        Err(error) => Saw::Nothing(format!("an error page: {error}")),
    });
    saw
}

fn judge(what: &str, missing: &[&str]) -> Saw {
    match missing {
        [] => Saw::AsSaid(format!("{what} has them")),
        missing => Saw::Otherwise(format!("{what} lacks: {}", missing.join(", "))),
    }
}

/// What is missing or weak.
fn missing(answer: &Answer, local: bool) -> Vec<&'static str> {
    let value = |name: &str| answer.header(name).unwrap_or_default().to_ascii_lowercase();
    let mut missing = Vec::new();
    let mut demand = |holds: bool, what| {
        if !holds {
            missing.push(what)
        }
    };
    let is_html = value("content-type").starts_with("text/html");
    demand(value("x-content-type-options") == "nosniff", "X-Content-Type-Options: nosniff");
    let referrer = ["no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"];
    demand(referrer.contains(&value("referrer-policy").as_str()), "a strict Referrer-Policy");
    let hsts = hsts_seconds(&value("strict-transport-security")) >= HSTS_SECONDS_MIN;
    demand(local || hsts, "Strict-Transport-Security for half a year");
    // What is no page runs nothing, and needs no policy for it.
    if is_html {
        let policy = value("content-security-policy");
        demand(is_strict(&policy), "a Content-Security-Policy without inline scripts, eval and foreign hosts");
        demand(directive(&policy, "frame-ancestors").is_some_and(|who| matches!(who, "'none'" | "'self'")), "frame-ancestors");
    }
    missing
}

pub(super) fn hsts_seconds(value: &str) -> u64 {
    let age = value.split(';').find_map(|part| part.trim().strip_prefix("max-age="));
    age.and_then(|age| age.trim_matches('"').parse().ok()).unwrap_or(0)
}

/// Whether nothing runs but what this host serves as a file.
fn is_strict(policy: &str) -> bool {
    let sources = directive(policy, "script-src").or_else(|| directive(policy, "default-src"));
    let allowed = |source: &str| {
        let digested = source.starts_with("'sha") || source.starts_with("'nonce-") || source == "'strict-dynamic'";
        matches!(source, "'none'" | "'self'") || digested
    };
    directive(policy, "default-src").is_some() && sources.is_some_and(|sources| sources.split_whitespace().all(allowed))
}

pub(super) fn directive<'a>(policy: &'a str, name: &str) -> Option<&'a str> {
    policy.split(';').map(str::trim).find_map(|one| one.strip_prefix(name).filter(|rest| rest.starts_with(' '))).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&str, &str)], expected: &[&str]) {
        let good = [
            ("content-type", "text/html; charset=utf-8"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("strict-transport-security", "max-age=31536000; includeSubDomains"),
            ("content-security-policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'"),
        ];
        let headers = headers.iter().chain(&good).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let found = missing(&Answer { status: 200, headers: headers.collect(), body: Vec::new() }, false);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        assert!(found.iter().zip(expected).all(|(found, expected)| found.contains(expected)), "{found:?}");
    }

    #[test]
    fn a_header_that_is_missing_or_weak_is_named() {
        check(&[], &[]);
        check(&[("x-content-type-options", "")], &["nosniff"]);
        check(&[("Strict-Transport-Security", "max-age=60")], &["Strict-Transport-Security"]);
        check(&[("referrer-policy", "unsafe-url")], &["Referrer-Policy"]);
        check(&[("content-security-policy", "")], &["inline", "frame-ancestors"]);
        let inline = "default-src 'self'; script-src 'self' 'unsafe-inline'; frame-ancestors 'self'";
        check(&[("content-security-policy", inline)], &["inline"]);
        check(&[("content-security-policy", "default-src https:; frame-ancestors 'self'")], &["inline"]);
        check(&[("content-type", "application/json"), ("content-security-policy", "")], &[]);
    }
}
