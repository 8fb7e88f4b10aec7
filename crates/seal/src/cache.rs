//! A map of bounded size that forgets what was used longest ago. What it forgets is dropped at once, so keys are wiped.

use std::collections::HashMap;
use std::hash::Hash;

pub(crate) struct Cache<K, V> {
    entries: HashMap<K, (V, u64)>,
    uses: u64,
    max: usize,
}

// === impl Cache ===

impl<K: Eq + Hash + Clone, V: Clone> Cache<K, V> {
    pub(crate) fn new(max: usize) -> Self {
        Self { entries: HashMap::new(), uses: 0, max }
    }

    pub(crate) fn get(&mut self, key: &K) -> Option<V> {
        self.uses += 1;
        let (value, used) = self.entries.get_mut(key)?;
        *used = self.uses;
        Some(value.clone())
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        // Only a miss that has just read a disk pays for this walk.
        if self.entries.len() >= self.max
            && !self.entries.contains_key(&key)
            && let Some(oldest) = self.entries.iter().min_by_key(|(_, (_, used))| *used).map(|(key, _)| key.clone())
        {
            self.entries.remove(&oldest);
        }
        self.uses += 1;
        self.entries.insert(key, (value, self.uses));
    }

    pub(crate) fn remove(&mut self, key: &K) {
        self.entries.remove(key);
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(&K) -> bool) {
        self.entries.retain(|key, _| keep(key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_used_longest_ago_makes_room() {
        let mut cache = Cache::new(2);
        cache.insert('a', 1);
        cache.insert('b', 2);
        assert_eq!(cache.get(&'a'), Some(1));
        cache.insert('c', 3);
        assert_eq!((cache.get(&'a'), cache.get(&'b'), cache.get(&'c')), (Some(1), None, Some(3)));
    }
}
