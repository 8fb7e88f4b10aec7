//! What the figures are drawn from, beside the overview itself.
//!
//! Always holds: no figure names a source, a person or an access; they are numbered. Each part is drawn where there is one,
//! and a part that is there but empty says so.

use model::{Day, Timestamp};

/// What the server knows and the overview does not say.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    pub keys: Option<KeyTimeline>,
    pub isolation: Option<IsolationMap>,
    pub grants: Option<GrantBars>,
}

/// The data keys of each source, by their UTC day.
#[derive(Debug, Clone, Default)]
pub struct KeyTimeline {
    /// One list for each source that is drawn, in an order that does not tell which it is.
    pub sources: Vec<Vec<KeyDay>>,
    /// Sources that there are.
    pub whole: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyDay {
    pub day: Day,
    pub state: KeyState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Seals what comes in.
    Sealing,
    /// Opens what it sealed, and seals nothing any more.
    Ended,
    /// Is no more; neither is what it sealed.
    Destroyed,
}

/// What was tried to get from one source to another.
#[derive(Debug, Clone, Default)]
pub struct IsolationMap {
    pub walls: Vec<Wall>,
}

/// One way that was tried.
#[derive(Debug, Clone)]
pub struct Wall {
    /// A few words for everybody: `search with another source's key`.
    pub what: String,
    pub tried: u64,
    pub refused: u64,
}

/// When staff could reach data, because a tenant had approved.
#[derive(Debug, Clone)]
pub struct GrantBars {
    pub from: Timestamp,
    pub to: Timestamp,
    /// Oldest first.
    pub grants: Vec<Grant>,
}

#[derive(Debug, Clone, Copy)]
pub struct Grant {
    pub from: Timestamp,
    pub to: Timestamp,
    /// Questions that were asked under it.
    pub readings: u64,
}
