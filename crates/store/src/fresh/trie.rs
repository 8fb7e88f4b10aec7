//! The tree of a table's keys: finds the node of a key under its parent, most often by trying the one that came next
//! last time.
//!
//! Always holds: nodes are in the order of the row that first had them, so that dropping the newest rows drops a tail.
//! The number of nodes is bounded; a key that gets none is the caller's to keep elsewhere.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use model::limits;

use super::candidates::CANDIDATES;
use super::text;
use crate::columns::{FieldPath, Kind};

/// Nodes beside the candidates: those with columns, and as many again thrice that only lead to them or never get one.
const NODES_MAX: usize = 4 * limits::COLUMNS_MAX;
/// How many keys of the last records' order are tried before the hash table.
const GUESSES: usize = 4;
/// No column of that kind.
const NONE: u16 = u16::MAX;

const _: () = assert!(limits::COLUMNS_MAX + super::rows::RESERVED < NONE as usize);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NodeId(u32);

pub(super) struct Trie {
    nodes: Vec<Node>,
    names: Vec<Name>,
    index: HashTable<NodeId>,
    hasher: RandomState,
}

/// What every key of every record touches.
struct Node {
    /// The first 16 bytes of the key as it stands in JSON with its closing quote and colon, and which of them count.
    head: u128,
    mask: u128,
    length: u32,
    /// The record that had the key last.
    stamp: u32,
    next: Option<NodeId>,
    first: Option<NodeId>,
    /// By `Kind`.
    slots: [u16; 5],
    is_raw: bool,
}

/// What only a new or unexpected key touches.
struct Name {
    parent: NodeId,
    key: Box<str>,
    in_json: Box<[u8]>,
    /// Of the dotted name, without escapes.
    path_bytes: usize,
    /// The row that the node was made for; `None` for the root and the candidates, which stay.
    row: Option<usize>,
}

// === impl NodeId ===

impl NodeId {
    pub(super) const ROOT: Self = Self(0);

    /// The place among the `CANDIDATES`, if the node is one of them.
    #[inline]
    pub(super) fn candidate(self) -> Option<usize> {
        let place = (self.0 as usize).wrapping_sub(1);
        (place < CANDIDATES.len()).then_some(place)
    }

    pub(super) fn of_candidate(place: usize) -> Self {
        Self(place as u32 + 1)
    }
}

// === impl Trie ===

impl Trie {
    pub(super) fn new() -> Self {
        let mut trie = Self { nodes: Vec::new(), names: Vec::new(), index: HashTable::new(), hasher: RandomState::new() };
        trie.push(Name { parent: NodeId::ROOT, key: "".into(), in_json: [].into(), path_bytes: 0, row: None });
        for keys in CANDIDATES {
            let mut parent = NodeId::ROOT;
            let (key, above) = keys.split_last().expect("a candidate has a key");
            for key in above {
                parent = trie.find(parent, key).expect("a candidate stands after its parent");
            }
            trie.insert(parent, key, None);
        }
        trie
    }

    /// The child that stands at `at` in `bytes`, just after a quote, if it is one that came after `previous` before,
    /// and how many bytes its key, quote and colon take.
    #[inline]
    pub(super) fn guess(&self, parent: NodeId, previous: Option<NodeId>, bytes: &[u8], at: usize) -> Option<(NodeId, usize)> {
        let window = u128::from_le_bytes(*bytes.get(at..)?.first_chunk::<16>()?);
        let mut guess = match previous {
            Some(previous) => self.node(previous).next?,
            None => self.node(parent).first?,
        };
        for _ in 0..GUESSES {
            let node = self.node(guess);
            if (window ^ node.head) & node.mask == 0 {
                let length = node.length as usize;
                if length <= 16 || self.tail_matches(guess, bytes, at) {
                    return Some((guess, length));
                }
            }
            guess = node.next?;
        }
        None
    }

    #[inline]
    fn tail_matches(&self, node: NodeId, bytes: &[u8], at: usize) -> bool {
        let tail = self.names[node.0 as usize].in_json.get(16..).unwrap_or_default();
        bytes.get(at + 16..at + 16 + tail.len()) == Some(tail)
    }

    pub(super) fn find(&self, parent: NodeId, key: &str) -> Option<NodeId> {
        let hash = self.hasher.hash_one((parent.0, key));
        self.index.find(hash, |node| self.is(*node, parent, key)).copied()
    }

    /// Makes a node for a key that has none. `None` where the tree is full or the path too long.
    pub(super) fn make(&mut self, parent: NodeId, key: &str, row: usize) -> Option<NodeId> {
        let path_bytes = self.path_bytes(parent, key);
        let is_full = self.nodes.len() > NODES_MAX + CANDIDATES.len();
        (!is_full && path_bytes <= limits::FIELD_NAME_BYTES_MAX).then(|| self.insert(parent, key, Some(row)))
    }

    fn path_bytes(&self, parent: NodeId, key: &str) -> usize {
        match parent {
            NodeId::ROOT => key.len(),
            NodeId(parent) => self.names[parent as usize].path_bytes + 1 + key.len(),
        }
    }

    fn insert(&mut self, parent: NodeId, key: &str, row: Option<usize>) -> NodeId {
        let mut in_json = Vec::with_capacity(key.len() + 2);
        text::escape_into(key, &mut in_json);
        in_json.extend_from_slice(b"\":");
        let path_bytes = self.path_bytes(parent, key);
        let node = self.push(Name { parent, key: key.into(), in_json: in_json.into(), path_bytes, row });
        let hash = self.hasher.hash_one((parent.0, key));
        let rehash = |node: &NodeId| {
            let name = &self.names[node.0 as usize];
            self.hasher.hash_one((name.parent.0, &*name.key))
        };
        self.index.insert_unique(hash, node, rehash);
        node
    }

    fn push(&mut self, name: Name) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        let (mut head, mut mask) = ([0; 16], [0; 16]);
        for (i, byte) in name.in_json.iter().take(16).enumerate() {
            (head[i], mask[i]) = (*byte, 0xff);
        }
        self.nodes.push(Node {
            head: u128::from_le_bytes(head),
            mask: u128::from_le_bytes(mask),
            length: name.in_json.len() as u32,
            stamp: 0,
            next: None,
            first: None,
            slots: [NONE; 5],
            is_raw: name.key.ends_with("_json"),
        });
        self.names.push(name);
        id
    }

    /// Remembers that `node` came after `previous`, or first in `parent`.
    pub(super) fn learn(&mut self, parent: NodeId, previous: Option<NodeId>, node: NodeId) {
        match previous {
            Some(previous) => self.node_mut(previous).next = Some(node),
            None => self.node_mut(parent).first = Some(node),
        }
    }

    /// Marks the node as present in a record; `false` where it was already.
    #[inline]
    pub(super) fn enter(&mut self, node: NodeId, stamp: u32) -> bool {
        let node = self.node_mut(node);
        let is_first = node.stamp != stamp;
        node.stamp = stamp;
        is_first
    }

    /// Whether the values of the key are kept as JSON text.
    #[inline]
    pub(super) fn is_raw(&self, node: NodeId) -> bool {
        self.node(node).is_raw
    }

    #[inline]
    pub(super) fn slot(&self, node: NodeId, kind: Kind) -> Option<usize> {
        let slot = self.node(node).slots[kind as usize];
        (slot != NONE).then_some(usize::from(slot))
    }

    pub(super) fn set_slot(&mut self, node: NodeId, kind: Kind, slot: Option<usize>) {
        self.node_mut(node).slots[kind as usize] = slot.map_or(NONE, |slot| slot as u16);
    }

    pub(super) fn path(&self, node: NodeId) -> FieldPath {
        let (mut keys, mut at) = (Vec::new(), node);
        while at != NodeId::ROOT {
            let name = &self.names[at.0 as usize];
            keys.push(&*name.key);
            at = name.parent;
        }
        FieldPath::from_keys(keys.into_iter().rev())
    }

    /// Drops the nodes that were made for `row` or a later one.
    pub(super) fn truncate(&mut self, row: usize) {
        let kept = self.names.iter().rposition(|name| name.row.is_none_or(|made| made < row)).map_or(0, |last| last + 1);
        if kept == self.nodes.len() {
            return;
        }
        self.index.retain(|node| (node.0 as usize) < kept);
        self.nodes.truncate(kept);
        self.names.truncate(kept);
        for node in &mut self.nodes {
            node.next = node.next.filter(|next| (next.0 as usize) < kept);
            node.first = node.first.filter(|first| (first.0 as usize) < kept);
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.nodes.capacity() * size_of::<Node>() + self.names.capacity() * (size_of::<Name>() + 32)
    }

    fn is(&self, node: NodeId, parent: NodeId, key: &str) -> bool {
        let name = &self.names[node.0 as usize];
        name.parent == parent && &*name.key == key
    }

    #[inline]
    fn node(&self, node: NodeId) -> &Node {
        &self.nodes[node.0 as usize]
    }

    #[inline]
    fn node_mut(&mut self, node: NodeId) -> &mut Node {
        &mut self.nodes[node.0 as usize]
    }
}
