//! What the clients of one source know, and what must hold of what is found there.

use std::collections::BTreeMap;

/// A request: some records that only it has.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) markers: Vec<String>,
    pub(crate) known_by: KnownBy,
    pub(crate) fate: Fate,
    /// Another request was acknowledged after this one was refused: it may not come back any more.
    pub(crate) fenced: bool,
    /// A crash came after a refusal and before anything was acknowledged again: what was refused may have come back.
    pub(crate) may_be_back: bool,
}

/// What tells a repetition of the request from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KnownBy {
    Nothing,
    Name(String),
    /// What is in them; sent at this time.
    Records(i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Taken, not answered.
    Pending,
    Acknowledged,
    /// Answered with an error: it must not be found, unless it may be back.
    Refused,
    /// The server crashed before it answered: found or not, but as a whole.
    Unknown,
}

/// How often each marker was found.
pub(crate) type Found = BTreeMap<String, usize>;

/// Checks one request against what was found.
pub(crate) fn check(request: &Request, found: &Found) -> Result<(), String> {
    let counts: Vec<usize> = request.markers.iter().map(|marker| found.get(marker).copied().unwrap_or(0)).collect();
    let whole = counts.windows(2).all(|pair| pair[0] == pair[1]);
    let count = counts.first().copied().unwrap_or(0);
    let holds = whole
        && match (request.fate, request.may_be_back) {
            (Fate::Acknowledged, _) => count == 1,
            (Fate::Refused, false) | (Fate::Pending, _) => count == 0,
            (Fate::Refused, true) | (Fate::Unknown, _) => count <= 1,
        };
    if holds { Ok(()) } else { Err(format!("{request:?} was found {counts:?} times")) }
}
