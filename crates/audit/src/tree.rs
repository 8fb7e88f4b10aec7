//! The Merkle tree of RFC 6962, section 2.1: hashes, proofs, and how a proof is verified (RFC 9162, 2.1.3 and 2.1.4).
//!
//! Knows hashes and numbers only: neither what a leaf says nor where nodes are kept.

use std::fmt;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const BYTES: usize = 32;
const LEAF: u8 = 0;
const NODE: u8 = 1;

/// A SHA-256 hash: of a leaf, a node or a whole tree.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash([u8; BYTES]);

/// Complete subtrees of a tree.
pub trait Nodes {
    type Error;

    /// The hash of the `2^level` leaves from leaf `index * 2^level` on, all of which must be in the tree.
    fn node(&self, level: u32, index: u64) -> Result<Hash, Self::Error>;
}

// === impl Hash ===

impl Hash {
    #[must_use]
    pub fn of_leaf(entry: &[u8]) -> Self {
        Self::of(&[&[LEAF], entry])
    }

    #[must_use]
    pub fn of_node(left: &Self, right: &Self) -> Self {
        Self::of(&[&[NODE], &left.0, &right.0])
    }

    /// The root of a tree without leaves.
    #[must_use]
    pub fn of_nothing() -> Self {
        Self::of(&[])
    }

    fn of(parts: &[&[u8]]) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        parts.iter().for_each(|part| context.update(part));
        let mut hash = [0; BYTES];
        hash.copy_from_slice(context.finish().as_ref());
        Self(hash)
    }

    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    #[must_use]
    pub fn as_bytes(&self) -> &[u8; BYTES] {
        &self.0
    }

    pub(crate) fn from_base64(text: &str) -> Option<Self> {
        Self::from_slice(&STANDARD.decode(text).ok()?)
    }
}

/// In base 64, as checkpoints have it.
impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// Nodes from leaves in memory.
pub(crate) struct Leaves<'a>(pub(crate) &'a [Hash]);

/// The tree has not so many leaves.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Beyond;

impl Nodes for Leaves<'_> {
    type Error = Beyond;

    fn node(&self, level: u32, index: u64) -> Result<Hash, Beyond> {
        let (start, end) = ((index << level) as usize, ((index + 1) << level) as usize);
        let mut hashes = self.0.get(start..end).ok_or(Beyond)?.to_vec();
        while hashes.len() > 1 {
            hashes = hashes.chunks_exact(2).map(|pair| Hash::of_node(&pair[0], &pair[1])).collect();
        }
        hashes.first().copied().ok_or(Beyond)
    }
}

// --- what a tree's nodes say ---

/// The hash of the first `size` leaves.
pub fn root<N: Nodes>(nodes: &N, size: u64) -> Result<Hash, N::Error> {
    if size == 0 { Ok(Hash::of_nothing()) } else { range(nodes, 0, size) }
}

/// Proves that leaf `index` is in the tree of the first `size` leaves, of which it must be one.
pub fn inclusion<N: Nodes>(nodes: &N, index: u64, size: u64) -> Result<Vec<Hash>, N::Error> {
    debug_assert!(index < size);
    let (mut start, mut end, mut proof) = (0, size, Vec::new());
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            proof.push(range(nodes, middle, end)?);
            end = middle;
        } else {
            proof.push(range(nodes, start, middle)?);
            start = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// Proves that the tree of `old` leaves is a beginning of the tree of `new` leaves.
pub fn consistency<N: Nodes>(nodes: &N, old: u64, new: u64) -> Result<Vec<Hash>, N::Error> {
    debug_assert!(old <= new);
    let mut proof = Vec::new();
    if old == 0 || old == new {
        return Ok(proof);
    }
    // Down to the largest complete subtree at the old tree's edge; it is left out where it is the old tree itself.
    let (mut start, mut end) = (0, new);
    while end != old {
        let middle = start + split(end - start);
        if old <= middle {
            proof.push(range(nodes, middle, end)?);
            end = middle;
        } else {
            proof.push(range(nodes, start, middle)?);
            start = middle;
        }
    }
    if start > 0 {
        proof.push(range(nodes, start, end)?);
    }
    proof.reverse();
    Ok(proof)
}

fn range<N: Nodes>(nodes: &N, start: u64, end: u64) -> Result<Hash, N::Error> {
    let leaves = end - start;
    if leaves.is_power_of_two() && start.is_multiple_of(leaves) {
        return nodes.node(leaves.trailing_zeros(), start / leaves);
    }
    let middle = start + split(leaves);
    Ok(Hash::of_node(&range(nodes, start, middle)?, &range(nodes, middle, end)?))
}

/// The largest power of two below `leaves`, of which there are at least two.
fn split(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}

// --- what whoever has only a root can check ---

/// Whether the proof leads from the leaf's hash to the root.
#[must_use]
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, proof: &[Hash], root: Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = Hash::of_node(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            hash = Hash::of_node(&hash, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && hash == root
}

/// Whether the proof shows that nothing before `old` was changed on the way to `new`.
#[must_use]
pub fn verify_consistency(old: (u64, Hash), new: (u64, Hash), proof: &[Hash]) -> bool {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    if old_size > new_size {
        return false;
    }
    if old_size == new_size {
        return proof.is_empty() && old_root == new_root;
    }
    if old_size == 0 {
        return proof.is_empty() && old_root == Hash::of_nothing();
    }
    let (mut node, mut last) = (old_size - 1, new_size - 1);
    while node & 1 == 1 {
        (node, last) = (node >> 1, last >> 1);
    }
    let mut proof = proof.iter();
    // A complete old tree is its own first step.
    let first = if old_size.is_power_of_two() { Some(old_root) } else { proof.next().copied() };
    let Some(first) = first else { return false };
    let (mut from_old, mut from_new) = (first, first);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            from_old = Hash::of_node(sibling, &from_old);
            from_new = Hash::of_node(sibling, &from_new);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            from_new = Hash::of_node(&from_new, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && from_old == old_root && from_new == new_root
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    /// Every subtree hashed anew, one level from the other.
    struct Recursive(Vec<Hash>);

    impl Nodes for Recursive {
        type Error = Infallible;

        fn node(&self, level: u32, index: u64) -> Result<Hash, Infallible> {
            match level {
                0 => Ok(self.0[index as usize]),
                _ => Ok(Hash::of_node(&self.node(level - 1, index * 2)?, &self.node(level - 1, index * 2 + 1)?)),
            }
        }
    }

    fn leaves(count: u64) -> Recursive {
        Recursive((0..count).map(|i| Hash::of_leaf(&i.to_be_bytes())).collect())
    }

    fn ok<T>(result: Result<T, Infallible>) -> T {
        result.unwrap_or_else(|never| match never {})
    }

    #[test]
    fn roots_are_those_of_the_specification() {
        // The tree of certificate-transparency's test vectors: 8 leaves.
        let texts: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let tree = Recursive(texts.iter().map(|text| Hash::of_leaf(text)).collect());
        assert_eq!(Hash::of_nothing().to_string(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert_eq!(ok(root(&tree, 1)).to_string(), "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=");
        assert_eq!(ok(root(&tree, 8)).as_bytes()[..4], [0x5d, 0xc9, 0xda, 0x79]);
    }

    proptest! {
        #[test]
        fn every_leaf_is_proved_and_no_other(size in 1_u64..200, index in 0_u64..200, other in 0_u64..200) {
            let (index, other) = (index % size, other % size);
            let tree = leaves(size);
            let (root, proof) = (ok(root(&tree, size)), ok(inclusion(&tree, index, size)));
            prop_assert!(verify_inclusion(tree.0[index as usize], index, size, &proof, root));
            prop_assert_eq!(verify_inclusion(tree.0[other as usize], index, size, &proof, root), other == index);
            prop_assert_eq!(verify_inclusion(tree.0[index as usize], other, size, &proof, root), other == index);
        }

        #[test]
        fn a_beginning_is_proved_and_a_change_is_seen(old in 0_u64..200, more in 0_u64..200, changed in 0_u64..200) {
            let (tree, new) = (leaves(old + more), old + more);
            let (old_root, new_root) = (ok(root(&tree, old)), ok(root(&tree, new)));
            let proof = ok(consistency(&tree, old, new));
            prop_assert!(verify_consistency((old, old_root), (new, new_root), &proof));
            if old > 0 {
                let mut forged = leaves(new);
                forged.0[(changed % old) as usize] = Hash::of_leaf(b"other");
                let forged_root = ok(root(&forged, new));
                let forged_proof = ok(consistency(&forged, old, new));
                prop_assert!(!verify_consistency((old, old_root), (new, forged_root), &forged_proof));
            }
        }
    }
}
