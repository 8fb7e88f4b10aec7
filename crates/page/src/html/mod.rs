//! The page as HTML: the numbers by state, what is failing, the sentences by group, what is not claimed, and how to
//! verify all of it elsewhere.
//!
//! Always holds: a failing claim comes first and is not folded; there is no score; whatever the overview holds is on the
//! page, the claims of the library that are not made and the number of those that are kept back among it.

mod absent;
mod attested;
mod card;
mod frame;
mod measured;

use claims::Group;
use claims::document::{Overview, Published};
use maud::{Markup, html};
use model::Timestamp;

use crate::draw;
use crate::figures::Figures;
use crate::links::Links;
use crate::standing::{self, Standing};
use crate::text::{element_id, spelt_out};

pub(crate) use card::{card, plain_title};
pub(crate) use frame::{Frame, head};

/// What all parts of one page look up.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) overview: &'a Overview,
    pub(crate) links: Links,
    /// When the page was made; results are held against it.
    pub(crate) made: Option<Timestamp>,
}

/// The page.
#[must_use]
pub fn html(overview: &Overview, figures: &Figures) -> String {
    let context = Context::of(overview);
    let frame = Frame { title: &format!("What {} promises, and what was found", overview.publisher), context: &context };
    let body = html! {
        header.top {
            div.name { (draw::mark()) h1 { "What " bdi { (overview.publisher) } " promises, and what was found" } }
            (head(&context))
            (tally(overview))
        }
        (contents(&context))
        main #main {
            (failing(&context))
            @for group in Group::ALL { (group_section(&context, figures, group)) }
            (absent::not_claimed(overview))
            (absent::verify(&context))
        }
    };
    spelt_out(frame.around(&body).into_string())
}

// === impl Context ===

impl<'a> Context<'a> {
    pub(crate) fn of(overview: &'a Overview) -> Self {
        Self { overview, links: Links::of(&overview.url), made: Timestamp::parse(&overview.made).ok() }
    }

    pub(crate) fn standing(&self, one: &Published) -> Standing {
        Standing::of(one, self.made)
    }

    /// The claims of a group: what is in doubt before what stands, else in the order of the document.
    fn of_group(&self, group: Group) -> Vec<&'a Published> {
        let mut claims: Vec<&Published> = self.overview.claims.iter().filter(|one| one.group == group).collect();
        claims.sort_by_key(|one| self.standing(one));
        claims
    }

    fn failing(&self) -> Vec<&'a Published> {
        self.overview.claims.iter().filter(|one| self.standing(one).is_failing()).collect()
    }
}

fn tally(overview: &Overview) -> Markup {
    let whole = overview.claims.len();
    html! {
        ul.tally aria-label="Sentences by state" {
            @for (standing, n) in standing::tally(overview) {
                li class=(standing.class()) {
                    (draw::shape(standing)) b { (n) " of " (whole) } " " (standing.counted())
                }
            }
            @if whole == 0 { li { "Nothing is claimed here." } }
            @if !overview.not_claimed.is_empty() {
                li { a href="#not-claimed" { b { (overview.not_claimed.len()) } " of the library not claimed here" } }
            }
            li { a href="#not-claimed" { b { (overview.withheld) } " with details kept back by the publisher" } }
        }
    }
}

fn contents(context: &Context<'_>) -> Markup {
    html! {
        nav.contents aria-label="On this page" {
            ul {
                li { a href="#failing" { "Failing now" } " " span.quiet { (context.failing().len()) } }
                @for group in Group::ALL {
                    @let claims = context.of_group(group);
                    @if !claims.is_empty() {
                        li { a href={ "#" (group_id(group)) } { (group) } " " span.quiet { (claims.len()) } }
                    }
                }
                li { a href="#not-claimed" { "Not claimed here" } " " span.quiet { (context.overview.not_claimed.len()) } }
                li { a href="#verify" { "Verify it yourself" } }
            }
        }
    }
}

/// First, and said even where there is nothing.
fn failing(context: &Context<'_>) -> Markup {
    let claims = context.failing();
    html! {
        section #failing aria-labelledby="failing-heading" {
            h2 #failing-heading { "Failing now" }
            @if claims.is_empty() {
                p { "0 of " (context.overview.claims.len()) " sentences are failing." }
            }
            @for one in claims { (card(context, one)) }
        }
    }
}

fn group_section(context: &Context<'_>, figures: &Figures, group: Group) -> Markup {
    let claims = context.of_group(group);
    let figure = group_figure(figures, group);
    if claims.is_empty() && figure.is_none() {
        return Markup::default();
    }
    let id = group_id(group);
    let (failing, others): (Vec<_>, Vec<_>) = claims.into_iter().partition(|one| context.standing(one).is_failing());
    html! {
        section id=(id) aria-labelledby={ (id) "-heading" } {
            h2 id={ (id) "-heading" } { (group) }
            @for one in failing {
                p.pointer.failing {
                    (draw::shape(context.standing(one))) "Failing: "
                    a href={ "#" (card_id(&one.id)) } { bdi { (plain_title(one)) } }
                }
            }
            @for one in others { (card(context, one)) }
            @if let Some((heading, figure)) = figure { div.card { h3 { (heading) } (figure) } }
        }
    }
}

fn group_figure(figures: &Figures, group: Group) -> Option<(&'static str, Markup)> {
    match group {
        Group::AtRest => figures.keys.as_ref().map(|keys| ("Data keys, day by day", draw::keys(keys))),
        Group::Isolation => figures.isolation.as_ref().map(|map| ("Tried from one source to another", draw::walls(map))),
        Group::StaffAccess => figures.grants.as_ref().map(|bars| ("When staff had access", draw::grants(bars))),
        Group::InTransit
        | Group::ApiKeys
        | Group::Network
        | Group::Users
        | Group::Monitoring
        | Group::Incidents
        | Group::Backups
        | Group::Retention
        | Group::Development
        | Group::Disclosure
        | Group::Infrastructure
        | Group::Organisation
        | Group::Compliance
        | Group::Page => None,
    }
}

fn group_id(group: Group) -> String {
    format!("group-{}", element_id(group.title()))
}

fn card_id(claim: &str) -> String {
    format!("claim-{}", element_id(claim))
}
