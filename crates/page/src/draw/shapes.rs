//! The mark, and one shape for each standing, so that none is told by its colour alone.

use maud::{Markup, html};

use crate::standing::Standing;

/// Three horizontal beams that cross two uprights.
pub(crate) fn mark() -> Markup {
    html! {
        svg.mark width="40" height="40" viewBox="0 0 40 40" aria-hidden="true" {
            path.beam d="M9 3h6v34h-6zM25 3h6v34h-6z" {}
            path.beam d="M2 7h36v6h-36zM2 17h36v6h-36zM2 27h36v6h-36z" {}
        }
    }
}

/// Beside the word that says the same.
pub(crate) fn shape(standing: Standing) -> Markup {
    let line = match standing {
        Standing::Verified => "M2.5 8.5l3.5 3.5L13.5 4",
        Standing::Failing => "M3 3l10 10M13 3L3 13",
        // The cross within a box that is shut.
        Standing::Sealed => "M1.5 1.5h13v13h-13zM5 5l6 6M11 5l-6 6",
        Standing::Unmeasured => "M5 5.5c0-4 6-4 6-.5 0 2.5-3 2.5-3 5M8 13v1",
        Standing::Stale => "M8 1.5a6.5 6.5 0 1 1-.01 0M8 4.5V8l2.5 2",
        Standing::Ended => "M8 1.5a6.5 6.5 0 1 1-.01 0M5 8h6",
        Standing::Withdrawn => "M8 1.5a6.5 6.5 0 1 1-.01 0M3.5 12.5l9-9",
        Standing::Follows => "M2 8h11M9 4l4 4-4 4",
        // A line that somebody wrote on.
        Standing::Signed => "M2 13.5h12M3 10c2-8 4-8 3-3s2 3 3 1 2 2 4 1",
        Standing::Documented => "M3.5 1.5h6l3 3v10h-9zM6 8h4M6 11h4",
        Standing::NotClaimed => "M8 2.5a5.5 5.5 0 1 1-.01 0",
    };
    html! {
        svg.shape width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" { path d=(line) {} }
    }
}
