//! Which batches of an input were taken: they come back in any order, and only what has no gap before it counts.

use std::collections::BTreeMap;

/// A place in an input: an offset, and the lines before it.
pub(super) type Place = (u64, u64);

#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// By their end, in order: whether they were taken, and where they end.
    under_way: BTreeMap<u64, (bool, Place)>,
}

// === impl Ledger ===

impl Ledger {
    pub(super) fn sent(&mut self, end: Place) {
        self.under_way.insert(end.0, (false, end));
    }

    /// The batch with this end was taken: the place before which now everything is, if that moved.
    pub(super) fn taken(&mut self, end: Place) -> Option<Place> {
        if let Some((taken, _)) = self.under_way.get_mut(&end.0) {
            *taken = true;
        }
        let mut moved = None;
        while let Some(first) = self.under_way.first_entry().filter(|first| first.get().0) {
            moved = Some(first.remove().1);
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_no_gap_before_it_counts() {
        let mut ledger = Ledger::default();
        for end in [10, 20, 30] {
            ledger.sent((end, end / 10));
        }
        assert_eq!(ledger.taken((20, 2)), None);
        assert_eq!(ledger.taken((10, 1)), Some((20, 2)));
        ledger.sent((40, 4));
        assert_eq!(ledger.taken((40, 4)), None);
        assert_eq!(ledger.taken((30, 3)), Some((40, 4)));
        assert_eq!(ledger.taken((99, 9)), None);
    }
}
