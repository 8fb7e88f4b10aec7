//! Where a log's hashes and entries lie when it is exported: C2SP tlog-tiles.
//!
//! A tile of level L has 256 hashes of complete subtrees of 256^L leaves; an entry bundle has 256 entries, each behind
//! its length in two bytes, big-endian. The last of a level may be partial: `.p/W`.

pub(crate) const WIDTH: u64 = 256;
/// Levels of the tree between one level of tiles and the next.
pub(crate) const HEIGHT: u32 = 8;
/// Levels of tiles that a log of at most 2^63 entries can have, and the end of what their numbers may be.
const LEVELS: u32 = 8;
const INDEX_END: u64 = 1 << 55;
/// Bytes of an entry; its length has two bytes.
pub(crate) const ENTRY_BYTES_MAX: usize = u16::MAX as usize;

/// One tile or bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tile {
    /// `None` for a bundle of entries.
    pub(crate) level: Option<u32>,
    pub(crate) index: u64,
    /// 1 to 256.
    pub(crate) width: u64,
}

// === impl Tile ===

impl Tile {
    /// `tile/0/x001/234`, `tile/entries/000.p/17`.
    pub(crate) fn path(&self) -> String {
        let mut number = format!("{:03}", self.index % 1000);
        let mut rest = self.index / 1000;
        while rest > 0 {
            number = format!("x{:03}/{number}", rest % 1000);
            rest /= 1000;
        }
        let kind = self.level.map_or_else(|| "entries".to_owned(), |level| level.to_string());
        let part = if self.width < WIDTH { format!(".p/{}", self.width) } else { String::new() };
        format!("tile/{kind}/{number}{part}")
    }

    /// Reads what `path` writes, and nothing else.
    pub(crate) fn parse(path: &str) -> Option<Self> {
        let (kind, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let level = if kind == "entries" { None } else { Some(kind.parse().ok().filter(|level| *level < LEVELS)?) };
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => (number, width.parse().ok()?),
            None => (rest, WIDTH),
        };
        let digits: String = number.split('/').map(|group| group.strip_prefix('x').unwrap_or(group)).collect();
        let tile = Self { level, index: digits.parse().ok().filter(|index| *index < INDEX_END)?, width };
        ((1..=WIDTH).contains(&width) && tile.path() == path).then_some(tile)
    }

    /// Whether a log of this size has all of the tile.
    pub(crate) fn is_in(&self, size: u64) -> bool {
        let count = size >> (HEIGHT * self.level.unwrap_or(0));
        self.index * WIDTH + self.width <= count
    }

    /// Every tile and bundle of a log of this size.
    pub(crate) fn all(size: u64) -> Vec<Self> {
        let mut tiles = Vec::new();
        let mut count = size;
        let mut level = None;
        loop {
            for index in 0..count.div_ceil(WIDTH) {
                tiles.push(Self { level, index, width: WIDTH.min(count - index * WIDTH) });
            }
            level = match level {
                None => Some(0),
                Some(level) => {
                    count /= WIDTH;
                    Some(level + 1)
                }
            };
            if count == 0 {
                return tiles;
            }
        }
    }
}

pub(crate) fn bundle<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    for entry in entries {
        out.extend((entry.len() as u16).to_be_bytes());
        out.extend_from_slice(entry);
    }
    out
}

/// The entries of a bundle; `None` where a length leads beyond its end.
pub(crate) fn entries(mut bundle: &[u8]) -> Option<Vec<&[u8]>> {
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
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        let tile = |level, index, width| Tile { level, index, width }.path();
        assert_eq!(tile(Some(0), 1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(tile(Some(1), 0, 5), "tile/1/000.p/5");
        assert_eq!(tile(None, 273, 112), "tile/entries/273.p/112");
    }

    #[test]
    fn a_path_is_read_as_it_is_written_and_no_other_is() {
        for path in ["tile/0/x001/x234/067", "tile/1/000.p/5", "tile/entries/273.p/112", "tile/7/000"] {
            assert_eq!(Tile::parse(path).map(|tile| tile.path()).as_deref(), Some(path));
        }
        for wrong in ["tile/8/000", "tile/0/1", "tile/0/000.p/256", "tile/0/000.p/0", "tile/00/000", "tile/0/x000/001", "tile/0/"]
        {
            assert_eq!(Tile::parse(wrong), None, "{wrong}");
        }
        let tile = Tile::parse("tile/1/000.p/2").unwrap();
        assert!(tile.is_in(512) && !tile.is_in(511));
    }

    #[test]
    fn all_tiles_of_a_size_are_named() {
        let paths: Vec<String> = Tile::all(257).iter().map(Tile::path).collect();
        assert_eq!(paths, ["tile/entries/000", "tile/entries/001.p/1", "tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"]);
        assert!(Tile::all(0).is_empty());
    }

    #[test]
    fn a_bundle_gives_its_entries_back() {
        let bytes = bundle([b"one".as_slice(), b"", b"three"]);
        assert_eq!(entries(&bytes), Some(vec![b"one".as_slice(), b"", b"three"]));
        assert_eq!(entries(&bytes[..bytes.len() - 1]), None);
    }
}
