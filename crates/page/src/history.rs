//! One claim with its history: when its state changed, and for how long it did not hold.
//!
//! Always holds: a time in which it did not hold ends when it passed again or was withdrawn, and not when nobody could look.

use claims::State;
use claims::document::Overview;
use maud::{Markup, html};
use model::{Timestamp, limits};

use crate::draw;
use crate::html::{Context, Frame, card, plain_title};
use crate::standing::Standing;
use crate::text::{columns, moment, number, span, spelt_out};

/// A state that became another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub claim: String,
    pub title: String,
    pub at: Timestamp,
    /// `None` when it was first published.
    pub from: Option<State>,
    pub to: State,
    /// Digest of the evidence that changed it.
    pub statement: Option<String>,
}

/// A time in which a claim did not hold.
#[derive(Debug, PartialEq, Eq)]
struct Broken {
    from: Timestamp,
    /// `None` while it lasts.
    to: Option<Timestamp>,
    /// What ended it.
    by: Option<State>,
}

/// The page of the claim of this id, or nothing where the overview has none. Changes of other claims are left out.
#[must_use]
pub fn claim_html(overview: &Overview, id: &str, changes: &[Change]) -> Option<String> {
    let one = overview.claims.iter().find(|one| one.id == id)?;
    let context = Context::of(overview);
    let mut changes: Vec<&Change> = changes.iter().filter(|change| change.claim == id).collect();
    changes.sort_by_key(|change| change.at);
    let frame = Frame { title: &format!("{} - {}", plain_title(one), overview.publisher), context: &context };
    let sealed = one.sealed.as_ref().map(|sealed| &sealed.proof);
    let proof = sealed.or(one.measured.as_ref().map(|measured| &measured.proof));
    let body = html! {
        header.top {
            div.name { (draw::mark()) h1 { bdi { (plain_title(one)) } } }
            p { a href=(context.links.page()) { "All sentences of " bdi { (overview.publisher) } } }
        }
        main #main.alone {
            h2 { "Now" }
            (card(&context, one))
            (broken_times(&context, &changes))
            (all_changes(&context, &changes))
            @if let Some(proof) = proof {
                section #proof aria-labelledby="proof-heading" {
                    h2 #proof-heading { "Proof" }
                    div.card { (draw::merkle(&overview.log, proof)) }
                }
            }
        }
    };
    Some(spelt_out(frame.around(&body).into_string()))
}

// === impl Broken ===

impl Broken {
    /// Of changes in the order of their times.
    fn all(changes: &[&Change]) -> Vec<Self> {
        let mut times: Vec<Self> = Vec::new();
        for change in changes {
            let open = times.last_mut().filter(|one| one.to.is_none());
            match (change.to, open) {
                (State::Fail | State::SealedFail, None) => times.push(Self { from: change.at, to: None, by: None }),
                (State::Pass | State::Withdrawn, Some(open)) => (open.to, open.by) = (Some(change.at), Some(change.to)),
                (State::Fail | State::SealedFail, Some(_)) | (State::Pass | State::Withdrawn, None) => {}
                (State::Stale | State::Unknown | State::Expired | State::NotClaimed, _) => {}
            }
        }
        times
    }

    fn seconds(&self, made: Option<Timestamp>) -> Option<i64> {
        Some(self.to.or(made)?.seconds_since(self.from))
    }
}

fn broken_times(context: &Context<'_>, changes: &[&Change]) -> Markup {
    let times = Broken::all(changes);
    let total: i64 = times.iter().filter_map(|one| one.seconds(context.made)).fold(0, i64::saturating_add);
    html! {
        section #broken aria-labelledby="broken-heading" {
            h2 #broken-heading { "When it did not hold" }
            @if times.is_empty() {
                p { "At no time that is in this history." }
            } @else {
                p { (times.len()) @if times.len() == 1 { " time" } @else { " times" } ", " (span(total)) " together." }
                div.scrolled tabindex="0" role="region" aria-label="When it did not hold" {
                    table {
                        (columns(&["From", "To", "For", "Ended"]))
                        tbody {
                            @for one in times.iter().rev().take(limits::PAGE_CHANGES_MAX) {
                                tr.failing {
                                    td { (moment(one.from)) }
                                    td { @if let Some(to) = one.to { (moment(to)) } @else { "now" } }
                                    td { @if let Some(seconds) = one.seconds(context.made) { (span(seconds)) } }
                                    td { (ended(one.by)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn ended(by: Option<State>) -> &'static str {
    match by {
        Some(State::Pass) => "it held again",
        Some(State::Withdrawn) => "it was withdrawn",
        Some(State::Fail | State::SealedFail | State::Stale | State::Unknown | State::Expired | State::NotClaimed) | None => {
            "not yet"
        }
    }
}

fn all_changes(context: &Context<'_>, changes: &[&Change]) -> Markup {
    html! {
        section #changes aria-labelledby="changes-heading" {
            h2 #changes-heading { "Changes" }
            @if changes.len() > limits::PAGE_CHANGES_MAX {
                p { "The newest " (number(limits::PAGE_CHANGES_MAX as u64)) " of " (number(changes.len() as u64)) "." }
            }
            @if changes.is_empty() { p { "None yet." } }
            @else {
                div.scrolled tabindex="0" role="region" aria-label="Changes" {
                    table {
                        (columns(&["At", "From", "To", "Evidence"]))
                        tbody { @for change in changes.iter().rev().take(limits::PAGE_CHANGES_MAX) { (row(context, change)) } }
                    }
                }
            }
        }
    }
}

fn row(context: &Context<'_>, change: &Change) -> Markup {
    html! {
        tr {
            td { (moment(change.at)) }
            td { @if let Some(from) = change.from { (word(from)) } @else { "first published" } }
            td { (word(change.to)) }
            td { @if let Some(digest) = &change.statement { a href=(context.links.evidence(digest)) { "JSON" } } }
        }
    }
}

/// A state by itself, when it is not known what carried it.
pub(crate) fn word(state: State) -> &'static str {
    match state {
        State::Pass => "holds",
        State::Fail => "failing",
        State::SealedFail => Standing::Sealed.counted(),
        State::Stale => Standing::Stale.counted(),
        State::Unknown => Standing::Unmeasured.counted(),
        State::Expired => Standing::Ended.counted(),
        State::NotClaimed => Standing::NotClaimed.counted(),
        State::Withdrawn => Standing::Withdrawn.counted(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_ends_when_it_passes_again_and_not_when_nobody_can_look() {
        use State::{Fail, Pass, SealedFail, Stale, Unknown, Withdrawn};
        check(&[Pass, Fail, Unknown, Pass], &[(1, Some(3))]);
        check(&[Fail, SealedFail, Fail, Stale], &[(0, None)]);
        check(&[Fail, Pass, Fail, Withdrawn, Pass], &[(0, Some(1)), (2, Some(3))]);
        check(&[Pass, Unknown, Pass], &[]);
    }

    fn check(states: &[State], expected: &[(i64, Option<i64>)]) {
        let hour = |n: i64| Timestamp::from_nanos(0).plus_seconds(n * 3_600);
        let changes: Vec<Change> = (0..)
            .zip(states)
            .map(|(n, to)| Change {
                claim: "A".to_owned(),
                title: String::new(),
                at: hour(n),
                from: None,
                to: *to,
                statement: None,
            })
            .collect();
        let found = Broken::all(&changes.iter().collect::<Vec<_>>());
        let found: Vec<_> = found.iter().map(|one| (one.from, one.to)).collect();
        assert_eq!(found, expected.iter().map(|(from, to)| (hour(*from), to.map(hour))).collect::<Vec<_>>());
    }
}
