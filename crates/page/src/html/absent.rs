//! What is not claimed, and how to verify what is.

use claims::Group;
use claims::document::{NotClaimed, Overview};
use maud::{Markup, html};

use super::Context;
use crate::draw;

pub(super) fn not_claimed(overview: &Overview) -> Markup {
    let of_group = |group: Group| overview.not_claimed.iter().filter(move |one| one.group == group);
    let withheld = match overview.withheld {
        1 => "The publisher keeps back the details of 1 claim.".to_owned(),
        n => format!("The publisher keeps back the details of {n} claims."),
    };
    html! {
        section #not-claimed aria-labelledby="not-claimed-heading" {
            h2 #not-claimed-heading { "Not claimed here" }
            p { "What pages like this often say and this one does not, with the reason. " (withheld) }
            @for group in Group::ALL {
                @let count = of_group(group).count();
                @if count > 0 {
                    details.card {
                        summary { (group) " " span.quiet { (count) } }
                        dl { @for one in of_group(group) { (reason(one)) } }
                    }
                }
            }
        }
    }
}

fn reason(one: &NotClaimed) -> Markup {
    html! {
        dt { bdi { (one.title) } " " code.quiet { (one.id) } }
        dd { bdi { (one.reason) } }
    }
}

pub(super) fn verify(context: &Context<'_>) -> Markup {
    let overview = context.overview;
    let log = &overview.log;
    html! {
        section #verify aria-labelledby="verify-heading" {
            h2 #verify-heading { "Verify it yourself" }
            div.card {
                p {
                    "One line, on your own machine, checks the signatures, the words, the age of each result and its place in "
                    "the public log:"
                }
                pre { "blockhouse verify-overview " (shell_word(&overview.url)) }
                p { "Compare the key with one that you were given elsewhere; a page cannot vouch for itself." }
                dl {
                    dt { "Log" } dd { code { (log.origin) } }
                    dt { "Public key" } dd { pre { (log.key) } }
                    dt { "Checkpoint" } dd { pre { (log.checkpoint) } }
                }
                @if let Some(proof) = &log.page {
                    h3 { "Where the log says what this page says" }
                    (draw::merkle(log, proof))
                } @else {
                    p { "The log does not say yet what this page says. It will within a minute." }
                }
            }
        }
    }
}

/// An address as a shell takes it for one word.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | ':' | '.' | '-' | '_' | '~');
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}
