//! Figures as SVG: each is one function from plain data to markup.
//!
//! Always holds: a figure has a title, a description that says in words what it shows, and a table with the same numbers
//! beside it; what differs in colour differs in shape or height too. Colours come from classes of the style sheet.

mod grants;
mod keys;
mod merkle;
mod shapes;
mod strip;
mod walls;

use maud::{Markup, html};

pub(crate) use grants::grants;
pub(crate) use keys::keys;
pub(crate) use merkle::merkle;
pub(crate) use shapes::{mark, shape};
pub(crate) use strip::{runs, strip};
pub(crate) use walls::walls;

/// What every figure has.
struct Frame<'a> {
    /// Of its element; its title and description get ids from it.
    id: &'a str,
    class: &'static str,
    width: usize,
    height: usize,
    title: &'a str,
    description: &'a str,
}

// === impl Frame ===

impl Frame<'_> {
    fn around(&self, drawn: &Markup) -> Markup {
        let (title, description) = (format!("{}-title", self.id), format!("{}-description", self.id));
        html! {
            svg class=(self.class) role="img" width=(self.width) height=(self.height)
                viewBox={ "0 0 " (self.width) " " (self.height) } aria-labelledby={ (title) " " (description) } {
                title id=(title) { (self.title) }
                desc id=(description) { (self.description) }
                (drawn)
            }
        }
    }
}
