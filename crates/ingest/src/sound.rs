//! Records that will not reach `store` as they came, because they are dropped or changed: whether it would have taken them.
//!
//! Always holds: what `store` would refuse is found, so that a request is refused for it whatever would become of the record.

use crate::records::Unreadable;

/// So many are looked at together.
const PIECE_BYTES: usize = 1 << 20;

#[derive(Debug, Default)]
pub(crate) struct Sound(Vec<u8>);

// === impl Sound ===

impl Sound {
    pub(crate) fn add(&mut self, record: &[u8]) -> Result<(), Unreadable> {
        self.0.extend_from_slice(record);
        self.0.push(b'\n');
        if self.0.len() >= PIECE_BYTES { self.look() } else { Ok(()) }
    }

    pub(crate) fn finish(mut self) -> Result<(), Unreadable> {
        self.look()
    }

    fn look(&mut self) -> Result<(), Unreadable> {
        if self.0.is_empty() {
            return Ok(());
        }
        let refused = store::refusal(&self.0).is_some();
        self.0.clear();
        if refused { Err(Unreadable) } else { Ok(()) }
    }
}
