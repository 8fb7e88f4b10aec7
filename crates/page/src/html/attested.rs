//! What people signed or somebody's document says. It looks like a signature and not like a measurement.

use claims::document::{Attested, Document, Published};
use maud::{Markup, html};

use super::Context;
use super::card::{about, limits};
use crate::text::time;

/// The body of a card under its sentence.
pub(super) fn statement(context: &Context<'_>, one: &Published) -> Markup {
    html! {
        @match &one.attested {
            Some(attested) => {
                @if let Some(document) = &attested.document { (third_party(document)) }
                (signatures(attested))
            }
            None => p.quiet { "Nobody has signed it here." }
        }
        (limits(one))
        details {
            summary { "What stands behind it" }
            dl {
                dt { "How it is kept" } dd { bdi { (one.control) } }
                @if let Some(attested) = &one.attested { (papers(attested)) }
                (about(one))
            }
        }
        p.links { a href=(context.links.claim(&one.id)) { "History" } }
    }
}

fn signatures(attested: &Attested) -> Markup {
    html! {
        ul.signatures {
            @for one in &attested.by {
                li { span.signature { bdi { (one.name) } } bdi { (one.role) } ", " (time(&one.at)) }
            }
        }
        p {
            (attested.by.len()) " of " (attested.needed) " signatures that it needs. It counts from "
            (time(&attested.from)) " until " (time(&attested.until)) "."
        }
    }
}

fn third_party(document: &Document) -> Markup {
    html! {
        p {
            "According to " bdi { (document.issuer) } ", document " code { (document.id) } ", about " bdi { (document.scope) }
            ", valid until " (time(&document.valid_until)) "."
        }
    }
}

fn papers(attested: &Attested) -> Markup {
    html! {
        @if !attested.attachments.is_empty() {
            dt { "Digests of what was attached (SHA-256)" }
            dd { ul { @for digest in &attested.attachments { li { code { (digest) } } } } }
        }
        dt { "Not signed before this checkpoint of the public log" }
        dd { pre { (attested.not_before_checkpoint) } }
    }
}
