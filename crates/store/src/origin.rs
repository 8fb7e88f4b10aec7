//! Where one record came from, and what it is sealed in.

use std::sync::Arc;

use seal::ObjectName;

use crate::arrivals::{Arrivals, Sender};
use crate::live::LivePart;
use crate::part::PartError;
use crate::store::Store;
use crate::view::View;

/// What is known of a record beside what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Who sent it, and the second in which it came, counted from 1970. `None` of what came before senders were kept.
    pub arrived: Option<(Sender, i64)>,
    /// The part that has it; or, while it is in none, the journal's segments that have its table.
    pub sealed_in: Vec<ObjectName>,
}

// === impl Origin ===

impl Origin {
    fn new(arrivals: &Arrivals, sequence: u64, sealed_in: Vec<ObjectName>) -> Self {
        Self { arrived: arrivals.of(sequence).map(|(sender, at)| (sender.clone(), at)), sealed_in }
    }
}

// === impl Store ===

impl Store {
    /// The origin of the record that has this sequence, of which the view's source has one.
    pub fn origin(&self, view: &View, sequence: u64) -> Result<Option<Origin>, PartError> {
        let state = view.source.state.lock();
        let has_it = |part: &&Arc<LivePart>| (part.row().sequences.0..=part.row().sequences.1).contains(&sequence);
        let Some(part) = state.parts.iter().find(has_it).cloned() else {
            let table = state.tables.iter().find(|table| table.durable_rows > 0 && sequence <= table.last_sequence);
            // Between the two looks its part may have ended.
            let table = table.filter(|table| table.arrivals.first().is_none_or(|first| first <= sequence));
            return Ok(table.map(|table| Origin::new(&table.arrivals, sequence, table.segments.clone())));
        };
        drop(state);
        Ok(Some(Origin::new(&part.open()?.arrivals()?, sequence, vec![part.row().name])))
    }
}
