//! Changes of states as a feed (Atom 1.0, RFC 4287).
//!
//! Always holds: the id of an entry depends on the page's address, the claim, the time and the new state alone, so a reader
//! sees each change once; every change is told, in either direction.

use claims::document::Overview;
use maud::{Markup, html};
use model::{Timestamp, limits};

use crate::history::{Change, word};
use crate::links::Links;
use crate::text::{day_and_minute, spelt_out};

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";

/// The newest changes of all claims.
#[must_use]
pub fn feed(overview: &Overview, changes: &[Change]) -> String {
    let links = Links::of(&overview.url);
    let mut newest: Vec<&Change> = changes.iter().collect();
    newest.sort_by_key(|change| std::cmp::Reverse(change.at));
    newest.truncate(limits::FEED_ENTRIES_MAX);
    let made = Timestamp::parse(&overview.made).unwrap_or(Timestamp::from_nanos(0));
    let updated = newest.first().map_or(made, |change| change.at);
    let page = links.absolute(links.page());
    let body = html! {
        feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en" {
            id { "urn:uuid:" (crate::text::uuid(&overview.url, "feed")) }
            title { "What " (overview.publisher) " promises: changes" }
            updated { (updated) }
            author { name { (overview.publisher) } }
            link rel="self" type="application/atom+xml" href=(links.absolute(&links.feed())) {}
            link rel="alternate" type="text/html" href=(page) {}
            @for change in newest { (entry(overview, &links, change)) }
        }
    };
    spelt_out(format!("{DECLARATION}{}", body.into_string()))
}

fn entry(overview: &Overview, links: &Links, change: &Change) -> Markup {
    let what = format!("change {} {} {}", change.claim, change.at, change.to);
    let title = if change.title.is_empty() { &change.claim } else { &change.title };
    let before = change.from.map_or("first published", word);
    let (day, minute) = day_and_minute(change.at);
    html! {
        entry {
            id { "urn:uuid:" (crate::text::uuid(&overview.url, &what)) }
            title { (title) ": " (word(change.to)) }
            updated { (change.at) }
            link rel="alternate" type="text/html" href=(links.absolute(&links.claim(&change.claim))) {}
            category term=(change.to) {}
            summary { (change.claim) " at " (day) " " (minute) " UTC: before, " (before) "; now, " (word(change.to)) "." }
        }
    }
}
