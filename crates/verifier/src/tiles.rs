//! The hashes and entries of a log that is served as C2SP tlog-tiles, each checked on its way in.
//!
//! Always holds: a hash or entry that is given out is the one under the root of the checkpoint that the tiles were opened
//! with: the tiles of the right edge give that root, and every other tile is the one that its parent names.

use std::cell::RefCell;
use std::collections::BTreeMap;

use audit::{Checkpoint, Hash, Nodes};

const WIDTH: u64 = 256;
const HEIGHT: u32 = 8;
/// Levels of tiles that a log whose size is a `u64` can have.
const LEVELS: u32 = 8;
const HASH_BYTES: usize = 32;

/// Gives the bytes at a path below the log's own, such as `tile/0/000`.
pub(crate) type Fetch<'a> = Box<dyn FnMut(&str) -> Result<Vec<u8>, String> + 'a>;

pub(crate) struct Tiles<'a> {
    fetch: RefCell<Fetch<'a>>,
    size: u64,
    root: Hash,
    known: RefCell<BTreeMap<(u32, u64), Vec<Hash>>>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TileError {
    #[error("{path} could not be fetched: {reason}")]
    Missing { path: String, reason: String },
    #[error("{0} is not what the log's signed root says")]
    Altered(String),
}

// === impl Tiles ===

impl<'a> Tiles<'a> {
    /// Fetches the right edge and holds it against the root.
    pub(crate) fn open(fetch: Fetch<'a>, checkpoint: &Checkpoint) -> Result<Self, TileError> {
        let (size, root) = (checkpoint.size, checkpoint.root);
        let tiles = Self { fetch: RefCell::new(fetch), size, root, known: RefCell::default() };
        for level in 0..LEVELS {
            let count = size >> (HEIGHT * level);
            let (index, width) = (count / WIDTH, count % WIDTH);
            if width > 0 {
                let hashes = tiles.fetch_hashes(level, index, width)?;
                tiles.known.borrow_mut().insert((level, index), hashes);
            }
        }
        // Only hashes of the edge are needed for the root, and each of them is.
        if audit::root(&tiles, size)? == root { Ok(tiles) } else { Err(TileError::Altered("the right edge".to_owned())) }
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Whether the log of this size and root is a beginning of this one.
    pub(crate) fn begins_with(&self, earlier: &Checkpoint) -> Result<bool, TileError> {
        if earlier.size > self.size {
            return Ok(false);
        }
        let proof = audit::consistency(self, earlier.size, self.size)?;
        Ok(audit::verify_consistency((earlier.size, earlier.root), (self.size, self.root), &proof))
    }

    /// The entries of bundle `index` from the one at `first` on, each with its place. One of which retention ended the
    /// body is left out.
    pub(crate) fn entries(&self, index: u64) -> Result<Vec<(u64, Vec<u8>)>, TileError> {
        let first = index * WIDTH;
        let width = WIDTH.min(self.size.saturating_sub(first));
        let path = path("entries", index, width);
        let bundle = self.fetch_wide(&path, "entries", index)?;
        let bodies = split(&bundle).filter(|bodies| bodies.len() as u64 >= width);
        let bodies = bodies.ok_or_else(|| TileError::Altered(path.clone()))?;
        let mut entries = Vec::new();
        for (sequence, body) in (first..first + width).zip(bodies) {
            if body.is_empty() {
                continue;
            }
            if Hash::of_leaf(body) != self.node(0, sequence)? {
                return Err(TileError::Altered(format!("entry {sequence}")));
            }
            entries.push((sequence, body.to_vec()));
        }
        Ok(entries)
    }

    /// A tile that is complete, checked against its parent.
    fn full(&self, level: u32, index: u64) -> Result<(), TileError> {
        if self.known.borrow().contains_key(&(level, index)) {
            return Ok(());
        }
        let hashes = self.fetch_hashes(level, index, WIDTH)?;
        if whole(&hashes) != self.node(HEIGHT * (level + 1), index)? {
            return Err(TileError::Altered(path(&level.to_string(), index, WIDTH)));
        }
        self.known.borrow_mut().insert((level, index), hashes);
        Ok(())
    }

    fn fetch_hashes(&self, level: u32, index: u64, width: u64) -> Result<Vec<Hash>, TileError> {
        let path = path(&level.to_string(), index, width);
        let bytes = self.fetch_wide(&path, &level.to_string(), index)?;
        let hashes: Vec<Hash> = bytes.chunks_exact(HASH_BYTES).take(width as usize).filter_map(Hash::from_slice).collect();
        if hashes.len() as u64 == width { Ok(hashes) } else { Err(TileError::Altered(path)) }
    }

    /// A partial tile may have ended when it became complete.
    fn fetch_wide(&self, narrow: &str, kind: &str, index: u64) -> Result<Vec<u8>, TileError> {
        let mut fetch = self.fetch.borrow_mut();
        let wide = path(kind, index, WIDTH);
        match fetch(narrow) {
            Ok(bytes) => Ok(bytes),
            Err(_) if narrow != wide => fetch(&wide).map_err(|reason| TileError::Missing { path: wide, reason }),
            Err(reason) => Err(TileError::Missing { path: wide, reason }),
        }
    }
}

impl Nodes for Tiles<'_> {
    type Error = TileError;

    fn node(&self, level: u32, index: u64) -> Result<Hash, TileError> {
        // Within the size every tile has a parent up to the edge, so that checking one comes to an end.
        if index >= self.size.checked_shr(level).unwrap_or(0) {
            return Err(TileError::Altered(format!("what lies beyond entry {}", self.size)));
        }
        let (tile_level, inside) = (level / HEIGHT, level % HEIGHT);
        let tile = (index << inside) / WIDTH;
        if !self.known.borrow().contains_key(&(tile_level, tile)) {
            self.full(tile_level, tile)?;
        }
        let known = self.known.borrow();
        let first = ((index << inside) % WIDTH) as usize;
        let below = known.get(&(tile_level, tile)).and_then(|hashes| hashes.get(first..first + (1 << inside)));
        below.map(whole).ok_or_else(|| TileError::Altered(path(&tile_level.to_string(), tile, WIDTH)))
    }
}

/// The hash over a power of two of hashes.
fn whole(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => Hash::of_nothing(),
        [one] => *one,
        many => {
            let (left, right) = many.split_at(many.len() / 2);
            Hash::of_node(&whole(left), &whole(right))
        }
    }
}

fn path(kind: &str, index: u64, width: u64) -> String {
    let mut number = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        number = format!("x{:03}/{number}", rest % 1000);
        rest /= 1000;
    }
    let part = if width < WIDTH { format!(".p/{width}") } else { String::new() };
    format!("tile/{kind}/{number}{part}")
}

/// The entries of a bundle; `None` where a length leads beyond its end.
fn split(mut bundle: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    while !bundle.is_empty() {
        let (length, rest) = bundle.split_first_chunk::<2>()?;
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry);
        bundle = rest;
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    /// A log in memory that is served as tiles.
    struct Log(Vec<Vec<u8>>);

    impl Nodes for Log {
        type Error = Infallible;

        fn node(&self, level: u32, index: u64) -> Result<Hash, Infallible> {
            Ok(match level {
                0 => Hash::of_leaf(&self.0[index as usize]),
                _ => Hash::of_node(&self.node(level - 1, index * 2)?, &self.node(level - 1, index * 2 + 1)?),
            })
        }
    }

    impl Log {
        fn of(size: u64) -> Self {
            Self((0..size).map(|place| place.to_be_bytes().to_vec()).collect())
        }

        fn checkpoint(&self, size: u64) -> Checkpoint {
            let Ok(root) = audit::root(self, size);
            Checkpoint { origin: "log".to_owned(), size, root }
        }

        fn serve(&self, asked: &str, changed: Option<&str>) -> Result<Vec<u8>, String> {
            let (kind, number) = asked.strip_prefix("tile/").and_then(|rest| rest.split_once('/')).unwrap();
            let (index, width) = number.split_once(".p/").unwrap_or((number, "256"));
            let (index, width): (u64, u64) = (index.parse().unwrap(), width.parse().unwrap());
            let places = index * WIDTH..index * WIDTH + width;
            let mut bytes: Vec<u8> = match kind {
                "entries" => places
                    .flat_map(|place| {
                        let entry = &self.0[place as usize];
                        [(entry.len() as u16).to_be_bytes().to_vec(), entry.clone()].concat()
                    })
                    .collect(),
                level => places
                    .flat_map(|place| {
                        let Ok(hash) = self.node(HEIGHT * level.parse::<u32>().unwrap(), place);
                        *hash.as_bytes()
                    })
                    .collect(),
            };
            if changed == Some(asked) {
                *bytes.last_mut().unwrap() ^= 1;
            }
            Ok(bytes)
        }

        fn tiles<'a>(&'a self, changed: Option<&'a str>) -> Result<Tiles<'a>, TileError> {
            Tiles::open(Box::new(move |path| self.serve(path, changed)), &self.checkpoint(self.0.len() as u64))
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn every_beginning_is_one_and_every_entry_is_read(size in 1_u64..700, old in 0_u64..700) {
            let (log, old) = (Log::of(size), old % (size + 1));
            let tiles = log.tiles(None).unwrap();
            prop_assert_eq!(tiles.begins_with(&log.checkpoint(old)), Ok(true));
            if old > 0 {
                let other = Checkpoint { root: Hash::of_leaf(b"other"), ..log.checkpoint(old) };
                prop_assert_eq!(tiles.begins_with(&other), Ok(false));
            }
            let read: Vec<_> = (0..size.div_ceil(WIDTH)).flat_map(|index| tiles.entries(index).unwrap()).collect();
            prop_assert_eq!(read.len() as u64, size);
            prop_assert!(read.iter().all(|(place, body)| body == &log.0[*place as usize]));
        }
    }

    #[test]
    fn a_log_may_be_longer_than_a_tile_of_tiles() {
        let log = Log::of(256 * 256 + 300);
        let tiles = log.tiles(None).unwrap();
        assert_eq!(tiles.begins_with(&log.checkpoint(40_000)), Ok(true));
        assert_eq!(tiles.entries(257).unwrap().len(), 44);
    }

    #[test]
    fn a_tile_or_bundle_that_was_changed_is_named() {
        let log = Log::of(600);
        let changed = |path: &str| log.tiles(Some(path)).and_then(|tiles| tiles.begins_with(&log.checkpoint(100)));
        assert_eq!(changed("tile/0/000"), Err(TileError::Altered("tile/0/000".to_owned())));
        for edge in ["tile/0/002.p/88", "tile/1/000.p/2"] {
            assert_eq!(changed(edge), Err(TileError::Altered("the right edge".to_owned())), "{edge}");
        }
        let tiles = log.tiles(Some("tile/entries/001")).unwrap();
        assert_eq!(tiles.entries(1), Err(TileError::Altered("entry 511".to_owned())));
        assert_eq!(tiles.entries(0).map(|read| read.len()), Ok(256));
    }

    #[test]
    fn a_log_that_is_smaller_does_not_begin_with_a_larger_one() {
        let (small, large) = (Log::of(100), Log::of(101));
        assert_eq!(small.tiles(None).unwrap().begins_with(&large.checkpoint(101)), Ok(false));
    }
}
