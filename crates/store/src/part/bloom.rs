//! Split-block Bloom filters: 256-bit blocks, one bit in each of a block's eight words
//! (Putze, Sanders and Singler, "Cache-, Hash- and Space-Efficient Bloom Filters"; the block layout of the Parquet specification).
//!
//! Always holds: what was inserted is found. Hashes are XXH3, so that a filter can be read by any later version.

use twox_hash::XxHash3_64;

const BLOCK_BYTES: usize = 32;
const SALT: [u32; 8] = [0x47b6_137b, 0x4497_4d91, 0x8824_ad5b, 0xa2b7_289d, 0x7054_95c7, 0x2df1_424b, 0x9efc_4947, 0x5c6b_fb31];

/// Distinct hashes of one page, gathered before the filter's size is known.
#[derive(Debug, Default)]
pub(crate) struct HashSet64 {
    slots: Vec<u64>,
    used: Vec<u32>,
}

pub(crate) fn hash(bytes: &[u8]) -> u64 {
    XxHash3_64::oneshot(bytes)
}

// === impl HashSet64 ===

impl HashSet64 {
    pub(crate) fn insert(&mut self, hash: u64) {
        if self.used.len() * 2 >= self.slots.len() {
            self.grow();
        }
        // Zero marks a free slot, so the one hash that is zero takes its neighbour's place.
        let hash = hash.max(1);
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            match self.slots[at] {
                0 => {
                    self.slots[at] = hash;
                    self.used.push(at as u32);
                    return;
                }
                same if same == hash => return,
                _ => at = (at + 1) & mask,
            }
        }
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(4096);
        let old = std::mem::replace(&mut self.slots, vec![0; size]);
        self.used.clear();
        for hash in old.into_iter().filter(|&h| h != 0) {
            let mut at = hash as usize & (size - 1);
            while self.slots[at] != 0 {
                at = (at + 1) & (size - 1);
            }
            self.slots[at] = hash;
            self.used.push(at as u32);
        }
    }

    /// Appends a filter of the gathered hashes to `out`, then forgets them.
    pub(crate) fn drain_into(&mut self, bits_per_hash: usize, out: &mut Vec<u8>) {
        let blocks = (self.used.len() * bits_per_hash).div_ceil(BLOCK_BYTES * 8);
        let start = out.len();
        out.resize(start + blocks * BLOCK_BYTES, 0);
        for at in self.used.drain(..) {
            insert(&mut out[start..], std::mem::take(&mut self.slots[at as usize]));
        }
    }
}

fn block_start(filter: &[u8], hash: u64) -> usize {
    let blocks = (filter.len() / BLOCK_BYTES) as u64;
    (((hash >> 32) * blocks) >> 32) as usize * BLOCK_BYTES
}

fn insert(filter: &mut [u8], hash: u64) {
    let start = block_start(filter, hash);
    for (i, salt) in SALT.iter().enumerate() {
        let bit = (hash as u32).wrapping_mul(*salt) >> 27;
        filter[start + i * 4 + (bit / 8) as usize] |= 1 << (bit % 8);
    }
}

/// Whether the hash may be in the filter. An empty filter holds nothing.
pub(crate) fn may_contain(filter: &[u8], hash: u64) -> bool {
    if filter.len() < BLOCK_BYTES {
        return false;
    }
    let hash = hash.max(1);
    let start = block_start(filter, hash);
    SALT.iter().enumerate().all(|(i, salt)| {
        let bit = (hash as u32).wrapping_mul(*salt) >> 27;
        filter[start + i * 4 + (bit / 8) as usize] & 1 << (bit % 8) != 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_inserted_is_found_and_little_else() {
        let mut set = HashSet64::default();
        let word = |i: u32| hash(&i.to_le_bytes());
        (0..20_000).for_each(|i| set.insert(word(i)));
        (0..20_000).for_each(|i| set.insert(word(i)));
        let mut filter = Vec::new();
        set.drain_into(10, &mut filter);
        assert!(filter.len() < 26_000, "duplicates take no room");
        assert!((0..20_000).all(|i| may_contain(&filter, word(i))));
        let wrong = (20_000..120_000).filter(|&i| may_contain(&filter, word(i))).count();
        assert!(wrong < 2_500, "{wrong} of 100,000");
        let mut empty = Vec::new();
        set.drain_into(10, &mut empty);
        assert!(empty.is_empty() && !may_contain(&empty, word(1)));
    }
}
