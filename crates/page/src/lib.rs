//! The public page: what is promised and what was found, as HTML, figures, a feed, a badge and OSCAL, made from
//! `claims::document::Overview`.
//!
//! | function | what it makes | where the page links to it |
//! |---|---|---|
//! | [`html`] | the page | the overview's `url` |
//! | [`claim_html`] | one claim with its history | `URL/claims/ID` |
//! | [`STYLE`] | the style sheet of both | `URL/page.css` |
//! | [`feed`] | changes of states, as Atom 1.0 | `URL/feed.atom` |
//! | [`badge`] | numbers by state, as an SVG image | `URL/badge.svg` |
//! | [`oscal_component_definition`] | what is promised, for tools | `URL/oscal/component-definition.json` |
//! | [`oscal_assessment_results`] | what was found, for tools | `URL/oscal/assessment-results.json` |
//!
//! The page links to the signed document at `URL.json` and to evidence at `URL/evidence/DIGEST` as well.
//!
//! Always holds: nothing here runs a script, carries a style of its own or loads anything but the style sheet, so that
//! `default-src 'none'; style-src 'self'` is all the policy it needs; a sentence is shown as verified only with a result
//! whose looks all held and whose broken twins were all found; whatever was put in is escaped, and characters that are not
//! seen or change the direction of others are spelt out. Pure: knows no time but the document's, reads and sends nothing.

mod badge;
mod draw;
mod feed;
mod figures;
mod history;
mod html;
mod links;
mod oscal;
mod standing;
mod text;

pub use badge::badge;
pub use feed::feed;
pub use figures::{Figures, Grant, GrantBars, IsolationMap, KeyDay, KeyState, KeyTimeline, Wall};
pub use history::{Change, claim_html};
pub use html::html;
pub use oscal::{oscal_assessment_results, oscal_component_definition};

/// The style sheet, served beside the page.
pub const STYLE: &str = include_str!("page.css");
