//! What checks found of a claim: the numbers, the days, what was seen from inside and outside, and where the evidence is.

use claims::document::{CheckShown, Counted, Measured, Published, Vantages};
use maud::{Markup, html};
use model::Timestamp;

use super::Context;
use super::card::{about, limits};
use crate::draw;
use crate::standing::Standing;
use crate::text::{columns, element_id, number, span, time};

/// The body of a card under its sentence.
pub(super) fn found(context: &Context<'_>, one: &Published, standing: Standing) -> Markup {
    html! {
        @match &one.measured {
            Some(measured) => {
                @if standing.is_doubtful() { p.quiet { "What the last result counted:" } }
                (counts(measured))
                @if standing != Standing::Verified && !measured.reason.is_empty() {
                    p { b { "Why: " } bdi { (measured.reason) } }
                }
                @if standing.is_failing() { (looks(measured)) }
            }
            None if standing == Standing::Follows => p.quiet {
                "It has no check of its own: it follows from other sentences, or stops this page from being built where it "
                "does not hold."
            }
            None => p.quiet { "It has no result of its own." }
        }
        (draw::strip(&element_id(&one.id), &one.days))
        p { b { "How: " } bdi { (one.control) } }
        (limits(one))
        @if let Some(measured) = &one.measured { (when(context, measured)) }
        details {
            summary { "How it is looked at" }
            @if let Some(measured) = &one.measured {
                @if !standing.is_failing() { (looks(measured)) }
            }
            dl { (about(one)) }
            (days(one))
        }
        p.links {
            @if let Some(measured) = &one.measured {
                a href=(context.links.evidence(&measured.statement)) { "Evidence (JSON)" } " "
                a href={ (context.links.claim(&one.id)) "#proof" } { "Proof" } " "
            }
            a href=(context.links.claim(&one.id)) { "History" }
        }
    }
}

/// All counts of all checks, each said once.
fn counts(measured: &Measured) -> Markup {
    let mut told: Vec<&Counted> = Vec::new();
    for count in measured.checks.iter().flat_map(|check| &check.look.counts) {
        if !told.contains(&count) {
            told.push(count);
        }
    }
    html! {
        @if !told.is_empty() {
            ul.counts { @for count in told { li { (counted(count)) } } }
        }
    }
}

fn counted(count: &Counted) -> Markup {
    html! {
        b { (number(count.counted)) @if let Some(whole) = count.whole { " of " (number(whole)) } }
        " " bdi { (count.what) }
    }
}

fn when(context: &Context<'_>, measured: &Measured) -> Markup {
    let age = match (Timestamp::parse(&measured.at), context.made) {
        (Ok(at), Some(made)) => Some(made.seconds_since(at)),
        _ => None,
    };
    html! {
        p.quiet {
            "Looked at " (time(&measured.at))
            @if let Some(age) = age { ", " (span(age)) " before this page was made" }
            ". A result counts for " (span(i64::from(measured.budget_minutes) * 60)) "."
        }
    }
}

/// From inside and outside, side by side.
fn looks(measured: &Measured) -> Markup {
    let from = |vantage| measured.checks.iter().filter(move |check| check.vantage == vantage);
    html! {
        div.looks {
            @for (vantage, heading, absent) in [
                (Vantages::Inside, "From inside", "Nothing was looked at from inside."),
                (Vantages::Outside, "From outside", "Nobody looked from outside."),
            ] {
                div {
                    @if from(vantage).next().is_none() {
                        h4 { (heading) }
                        p.quiet { (absent) }
                    } @else {
                        h4 { (heading) " " span.quiet { (time(&measured.at)) } }
                        @for check in from(vantage) { (look(check)) }
                    }
                }
            }
        }
    }
}

fn look(check: &CheckShown) -> Markup {
    html! {
        p { b { (verdict(&check.look.verdict)) } " " bdi { (check.look.summary) } }
        @if !check.look.counts.is_empty() {
            ul { @for count in &check.look.counts { li { (counted(count)) } } }
        }
        p.quiet { (twin(&check.twin)) " " code { (check.check) } }
    }
}

fn verdict(verdict: &str) -> &str {
    match verdict {
        "held" => "As promised.",
        "broken" => "Not as promised.",
        "not-run" => "Could not look.",
        other => other,
    }
}

/// What the same check said of the copy that was broken on purpose.
fn twin(twin: &str) -> &'static str {
    match twin {
        "broken" => "The check was also run against a copy that was broken on purpose, and found it.",
        "held" => "The check was also run against a copy that was broken on purpose, and did not find it. What it said is void.",
        _ => "The check could not be run against a copy that was broken on purpose. What it said is void.",
    }
}

/// The table beside the strip.
fn days(one: &Published) -> Markup {
    html! {
        @if !one.days.is_empty() {
            table {
                caption { "The days of the strip" }
                (columns(&["From", "To", "Days", "Worst of them"]))
                tbody {
                    @for run in draw::runs(&one.days) {
                        tr { td { (run.first) } td { (run.last) } td { (run.days) } td { (run.kind.word()) } }
                    }
                }
            }
        }
    }
}
