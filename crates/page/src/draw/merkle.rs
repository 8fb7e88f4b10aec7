//! The way from one entry of the public log to the root that the checkpoint signs (RFC 6962, section 2.1.1).
//!
//! Always holds: the sides follow from the entry's place and the tree's size, and a proof that does not lead from one to
//! the other is not drawn as if it did. Computes no hash: whether the hashes fit is for the reader's verifier.

use claims::document::{LogProof, PublicLog};
use maud::{Markup, html};

use super::Frame;
use crate::text::{columns, number, shortened};

const WIDTH: usize = 344;
const LEVEL: usize = 40;
const MIDDLE: usize = WIDTH / 2;
const BOX: usize = 100;
const HASH_CHARS: usize = 10;
const ROOT_CHARS: usize = 6;
/// Hashes of a path in a tree of 2^64 entries; a longer proof belongs to none.
const LEVELS_MAX: usize = 64;

/// A proof whose length fits its place.
#[derive(Debug, PartialEq, Eq)]
struct Path<'a> {
    entry: u64,
    size: u64,
    root: &'a str,
    /// From the entry upwards.
    given: Vec<(Side, &'a str)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

// === impl Path ===

impl<'a> Path<'a> {
    fn of(log: &'a PublicLog, proof: &'a LogProof) -> Option<Self> {
        let mut lines = log.checkpoint.lines().skip(1);
        let (size, root) = (lines.next()?.parse::<u64>().ok()?, lines.next()?);
        if proof.entry >= size || proof.proof.len() > LEVELS_MAX {
            return None;
        }
        let (mut place, mut last) = (proof.entry, size - 1);
        let mut given = Vec::new();
        for hash in &proof.proof {
            if last == 0 {
                return None;
            }
            // At the edge of the tree, levels without a neighbour are passed over.
            let left = place % 2 == 1 || place == last;
            if left {
                while place.is_multiple_of(2) && place != 0 {
                    (place, last) = (place >> 1, last >> 1);
                }
            }
            given.push((if left { Side::Left } else { Side::Right }, hash.as_str()));
            (place, last) = (place >> 1, last >> 1);
        }
        (last == 0).then_some(Self { entry: proof.entry, size, root, given })
    }

    fn told(&self) -> String {
        let (entry, size) = (number(self.entry), number(self.size));
        let lead = match self.given.len() {
            1 => "1 given hash leads".to_owned(),
            n => format!("{n} given hashes lead"),
        };
        format!("From entry {entry} in a log of {size}, {lead} to the root that the checkpoint signs.")
    }
}

/// The figure, or that there is none.
pub(crate) fn merkle(log: &PublicLog, proof: &LogProof) -> Markup {
    let Some(path) = Path::of(log, proof) else {
        return html! { p.failing { "This proof does not lead to the checkpoint of this page." } };
    };
    let told = path.told();
    let height = LEVEL * (path.given.len() + 1);
    let frame = Frame {
        id: "figure-proof",
        class: "drawn",
        width: WIDTH,
        height,
        title: "From an entry of the public log to its root",
        description: &told,
    };
    let body = html! {
        @for (i, (side, hash)) in path.given.iter().enumerate() { (level(height - LEVEL * (i + 1), *side, hash)) }
        (node(MIDDLE, 4, "computed", &format!("root {}", shortened(path.root, ROOT_CHARS))))
        (node(MIDDLE, height - LEVEL + 4, "computed", &format!("entry {}", number(path.entry))))
        @for i in 1..path.given.len() { (node(MIDDLE, height - LEVEL * (i + 1) + 4, "computed", "computed")) }
    };
    html! {
        figure {
            (frame.around(&body))
            figcaption { (told) }
            (table(&path))
        }
    }
}

/// A given hash beside the path, and the two lines that meet above.
fn level(top: usize, side: Side, hash: &str) -> Markup {
    let x = match side {
        Side::Left => BOX / 2 + 1,
        Side::Right => WIDTH - BOX / 2 - 1,
    };
    html! {
        path.branch d={ "M" (MIDDLE) " " (top + 4) "V" (top - 12) "M" (x) " " (top + 4) "V" (top - 4) "H" (MIDDLE) } {}
        (node(x, top + 4, "given", &shortened(hash, HASH_CHARS)))
    }
}

fn node(x: usize, y: usize, class: &str, label: &str) -> Markup {
    html! {
        rect class=(class) x=(x - BOX / 2) y=(y) width=(BOX) height="24" rx="4" {}
        text.middle x=(x) y=(y + 16) { (label) }
    }
}

fn table(path: &Path<'_>) -> Markup {
    let word = |side: &Side| match side {
        Side::Left => "left",
        Side::Right => "right",
    };
    html! {
        details {
            summary { "The same as a table" }
            div.scrolled tabindex="0" role="region" aria-label="The proof's hashes" {
                table {
                    (columns(&["Step", "Side", "Given hash, in base 64"]))
                    tbody {
                        @for (i, (side, hash)) in path.given.iter().enumerate() {
                            tr { th scope="row" { (i + 1) } td { (word(side)) } td { code { (hash) } } }
                        }
                        tr { th scope="row" { "Root" } td {} td { code { (path.root) } } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of RFC 6962, section 2.1.3: a tree of seven entries.
    #[test]
    fn the_sides_are_those_of_the_tree_in_the_rfc() {
        use Side::{Left, Right};
        check(7, 0, &[Right, Right, Right]);
        check(7, 3, &[Left, Left, Right]);
        check(7, 4, &[Right, Right, Left]);
        check(7, 6, &[Left, Left]);
        check(1, 0, &[]);
    }

    #[test]
    fn a_proof_that_leads_elsewhere_is_not_drawn() {
        for (size, entry, hashes) in [(7, 0, 2), (7, 0, 4), (7, 6, 3), (7, 7, 3), (1, 0, 1), (0, 0, 0), (u64::MAX, 0, 65)] {
            let (log, proof) = fixture(size, entry, hashes);
            assert_eq!(Path::of(&log, &proof), None, "{entry} of {size} with {hashes}");
            assert!(merkle(&log, &proof).into_string().contains("does not lead to the checkpoint"));
        }
    }

    #[test]
    fn a_checkpoint_that_is_none_is_no_trouble() {
        let (mut log, proof) = fixture(7, 0, 3);
        for checkpoint in ["", "origin", "origin\nmany\nroot", "origin\n7"] {
            log.checkpoint = checkpoint.to_owned();
            assert_eq!(Path::of(&log, &proof), None);
        }
    }

    #[test]
    fn given_hashes_stand_beside_the_way_up() {
        let (log, proof) = fixture(2, 1, 1);
        let drawn = merkle(&log, &proof).into_string();
        assert!(drawn.contains(concat!(
            r#"<path class="branch" d="M172 44V28M51 44V36H172"></path>"#,
            r#"<rect class="given" x="1" y="44" width="100" height="24" rx="4"></rect>"#,
            r#"<text class="middle" x="51" y="60">hash0</text>"#,
        )));
        assert!(drawn.contains("From entry 1 in a log of 2, 1 given hash leads to the root"));
    }

    fn check(size: u64, entry: u64, sides: &[Side]) {
        let (log, proof) = fixture(size, entry, sides.len());
        let path = Path::of(&log, &proof).unwrap();
        assert_eq!(path.given.iter().map(|(side, _)| *side).collect::<Vec<_>>(), sides);
    }

    fn fixture(size: u64, entry: u64, hashes: usize) -> (PublicLog, LogProof) {
        let checkpoint = format!("origin\n{size}\nroot\n");
        let log = PublicLog { origin: "origin".to_owned(), key: "key".to_owned(), checkpoint, page: None };
        let proof = (0..hashes).map(|i| format!("hash{i}")).collect();
        (log, LogProof { entry, leaf: String::new(), proof })
    }
}
