//! One claim.

use claims::document::Published;
use claims::{Class, Speaks, page_of};
use maud::{Markup, html};

use super::{Context, attested, card_id, measured};
use crate::draw;
use crate::standing::{Standing, is_statement};
use crate::text::{element_id, number, time};

pub(crate) fn card(context: &Context<'_>, one: &Published) -> Markup {
    let standing = context.standing(one);
    let id = card_id(&one.id);
    let kind = if is_statement(one) { "statement" } else { "claim" };
    html! {
        article id=(id) class={ "card " (kind) " " (standing.class()) } aria-labelledby={ (id) "-title" } {
            div.state {
                p { (draw::shape(standing)) b { (standing.word()) } " " span.quiet { "since " (time(&one.since)) } }
                p.quiet { code { (one.id) } }
            }
            h3 id={ (id) "-title" } { bdi { (plain_title(one)) } }
            @if standing == Standing::Sealed { (sealed(context, one)) }
            @else {
                (sentence(standing, one))
                @if is_statement(one) { (attested::statement(context, one)) }
                @else { (measured::found(context, one, standing)) }
            }
        }
    }
}

/// Its title, or its id where it has none.
pub(crate) fn plain_title(one: &Published) -> &str {
    if one.title.is_empty() { &one.id } else { &one.title }
}

fn sentence(standing: Standing, one: &Published) -> Markup {
    html! {
        @if let Some(lead) = standing.lead() {
            p.lead { (lead) }
            @if standing == Standing::Withdrawn {
                blockquote.sentence { s { bdi { (one.sentence) } } }
            } @else {
                blockquote.sentence { bdi { (one.sentence) } }
            }
        } @else {
            p.sentence { bdi { (one.sentence) } }
        }
    }
}

/// Nothing of what was found, whatever the document holds: only that it is in the log.
fn sealed(context: &Context<'_>, one: &Published) -> Markup {
    html! {
        @if let Some(lead) = Standing::Sealed.lead() { p.lead { (lead) } }
        @if !is_statement(one) { (draw::strip(&element_id(&one.id), &one.days)) }
        @if let Some(sealed) = &one.sealed {
            p { "Failing since " (time(&sealed.since)) "; told by " (time(&sealed.until)) " at the latest." }
            p {
                "What was found is committed to in the public log, as entry " (number(sealed.proof.entry)) ": "
                code { (sealed.commitment) }
            }
        }
        p.links { a href=(context.links.claim(&one.id)) { "History" } }
    }
}

/// What it does not say. It stands beside the sentence and is not folded.
pub(super) fn limits(one: &Published) -> Markup {
    html! { @if !one.limits.is_empty() { p.quiet { b { "Limits: " } bdi { (one.limits) } } } }
}

/// What every kind of claim says of itself.
pub(super) fn about(one: &Published) -> Markup {
    html! {
        dt { "What would show it to be untrue" } dd { bdi { (one.falsifier) } }
        @if let Some(denominator) = &one.denominator { dt { "Counted over" } dd { bdi { (denominator) } } }
        dt { "Speaks of" } dd { (subject(one)) }
        @if !one.frameworks.is_empty() {
            dt { "Frameworks" } dd { ul.row { @for id in &one.frameworks { li { code { (id) } } } } }
        }
        @if !one.covers.is_empty() {
            dt { "Also answers" } dd { ul.row { @for id in &one.covers { li { code { (id) } } } } }
        }
        @if let Some(hours) = one.embargo_hours {
            dt { "If it fails" } dd { "That it does is told at once; what was found may be kept back for " (hours) " h." }
        }
        dt { "Digest of the sentence (SHA-256)" } dd { code { (one.sentence_digest) } }
    }
}

/// About what it speaks, and who can know.
fn subject(one: &Published) -> String {
    match page_of(&one.id) {
        Some(_) => of_owner(one.class).to_owned(),
        None => format!("{}; {}", speaks(one.speaks), class(one.class)),
    }
}

/// A tenant's claim about its own product.
fn of_owner(class: Class) -> &'static str {
    match class {
        Class::Software | Class::Deployment => "the product of whoever speaks here; what its logs or hosts show is looked at",
        Class::Organisational => "those who speak here; only people can say it",
        Class::Inherited => "the product of whoever speaks here; somebody else's document says it",
    }
}

fn speaks(speaks: Speaks) -> &'static str {
    match speaks {
        Speaks::Product => "this release of the product",
        Speaks::Deployment => "this installation",
        Speaks::Organisation => "those who operate it",
        Speaks::ThirdParty => "somebody else, who is named",
    }
}

fn class(class: Class) -> &'static str {
    match class {
        Class::Software => "the software enforces it and looks itself",
        Class::Deployment => "where it runs decides, and is looked at",
        Class::Organisational => "only people can say it",
        Class::Inherited => "somebody else's document says it",
    }
}
