//! What stands around the body of every page, and its head and foot.

use maud::{DOCTYPE, Markup, html};

use super::Context;
use crate::text::time;

#[derive(Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) title: &'a str,
    pub(crate) context: &'a Context<'a>,
}

// === impl Frame ===

impl Frame<'_> {
    pub(crate) fn around(&self, body: &Markup) -> Markup {
        let links = &self.context.links;
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="referrer" content="no-referrer";
                    title { (self.title) }
                    link rel="stylesheet" href=(links.style());
                    link rel="alternate" type="application/atom+xml" title="Changes of states" href=(links.feed());
                    link rel="alternate" type="application/json" title="The signed document" href=(links.document());
                }
                body {
                    a.skip href="#main" { "Skip to the sentences" }
                    (body)
                    (self.foot())
                }
            }
        }
    }

    fn foot(&self) -> Markup {
        let links = &self.context.links;
        html! {
            footer {
                h2 { "The same for programs" }
                ul.row {
                    li { a href=(links.document()) { "Signed document (JSON)" } }
                    li { a href=(links.feed()) { "Changes (Atom)" } }
                    li { a href=(links.badge()) { "Badge (SVG)" } }
                    li { a href=(links.component_definition()) { "What is promised (OSCAL)" } }
                    li { a href=(links.assessment_results()) { "What was found (OSCAL)" } }
                }
                p.quiet {
                    "Made " (time(&self.context.overview.made)) " by Blockhouse. This page runs no script, sets no cookie and "
                    "loads nothing from elsewhere."
                }
            }
        }
    }
}

/// Who speaks, and how to read what follows.
pub(crate) fn head(context: &Context<'_>) -> Markup {
    let overview = context.overview;
    html! {
        p {
            "Made " (time(&overview.made)) ". A sentence with a tick was checked by the software that runs here, and "
            "the check was shown to find a copy that was broken on purpose. What only people can say is a signed statement "
            "and has no tick. There is no overall score."
        }
    }
}
