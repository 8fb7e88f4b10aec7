//! The table: a claim's id, and the words without which no sentence makes it.
//!
//! The words are few and ours; no sentence of a template is kept here. Patterns are those of `words`.

mod overview;
mod service;

/// A sentence makes the claim if it lies `under` such a title (anywhere, if empty), has what it `needs`, and nothing of
/// `without`. Several rules for one id are alternatives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub(super) id: &'static str,
    pub(super) under: &'static str,
    pub(super) needs: &'static str,
    pub(super) without: &'static str,
}

/// Lists whose every entry makes the claim that the title does, whatever it names.
pub(super) const OF_TITLES: &[(&str, &str)] = &[
    ("TPL-SCOPE-1", "coverage"),
    ("TPL-SCOPE-2", "exclusions"),
    ("TPL-SCOPE-3", "accepted vulnerabilities"),
    ("TPL-SCOPE-4", "not include"),
];

/// What guidance asks for.
pub(super) const OF_GUIDANCE: &[(&str, &str)] = &[
    ("TPL-NET-META-1", "isolat* & private ip"),
    ("TPL-PW-1", "passwords & bcrypt | salted"),
    ("TPL-REST-4", "at rest & hard drives"),
    ("TPL-RETENTION-0", "define & usage data"),
    ("TPL-VDP-META-1", "triage & reward"),
    ("TPL-ATO-2", "rate limiting"),
    ("TPL-SSO-3", "delegate* authentication"),
    ("TPL-COMPL-META-1", "choose & compliant | certified"),
    ("TPL-EMP-4", "audit logs"),
];

/// Claims of a sentence before a list that its bullets make too.
pub(super) const CONTINUED: &[&str] = &["TPL-CLOUD-6"];

pub(super) const LEAD_IN: &str = "restrictions | following | include | includes | as follows";

pub(super) fn all() -> impl Iterator<Item = &'static Rule> {
    service::RULES.iter().chain(overview::RULES)
}

const fn anywhere(id: &'static str, needs: &'static str) -> Rule {
    Rule { id, under: "", needs, without: "" }
}

const fn unless(id: &'static str, needs: &'static str, without: &'static str) -> Rule {
    Rule { id, under: "", needs, without }
}

const fn under(id: &'static str, under: &'static str, needs: &'static str) -> Rule {
    Rule { id, under, needs, without: "" }
}
