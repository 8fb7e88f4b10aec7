//! What is watched: an alert's rule and its state, what is said of a change, views that people saved, and what short links
//! lead to.
//!
//! Always holds: what is said of a change names the alert, counts and where to look, and holds nothing of any record, nor the
//! query, in which somebody's name may stand; a state changes by a count alone, so that a look which failed neither raises
//! an alert nor calms one. Pure: asks no logs, sends nothing, knows nobody's rights.

mod link;
mod preview;
mod rule;
mod said;
mod standing;
mod view;

pub use link::{Linked, LinkedError};
pub use preview::Preview;
pub use rule::{Comparison, Rule, RuleError};
pub use said::{Named, Said, What};
pub use standing::{Change, Look, Standing, State, Stopped, Trouble};
pub use view::{Graph, Measure, Shape, View, ViewError};
