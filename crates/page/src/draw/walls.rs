//! The isolation map: two sources as cabins, a wall between them, and each way that was tried to get through.

use maud::{Markup, html};
use model::limits;

use super::Frame;
use crate::figures::{IsolationMap, Wall};
use crate::text::{columns, number, shortened};

const WIDTH: usize = 344;
const TOP: usize = 24;
const LANE: usize = 46;
/// Where the cabins end and begin, and where the wall stands between them.
const LEFT: usize = 36;
const WALL: usize = 284;
const RIGHT: usize = 308;
/// Characters that have room over a lane; the table has all.
const LABEL_CHARS: usize = 36;

pub(crate) fn walls(map: &IsolationMap) -> Markup {
    let shown: Vec<&Wall> = map.walls.iter().take(limits::PAGE_FIGURE_ROWS_MAX).collect();
    if shown.is_empty() {
        return html! { p.quiet { "Nothing was tried from one source to another yet." } };
    }
    let told = describe(map, shown.len());
    let height = TOP + LANE * shown.len() + 8;
    let frame = Frame {
        id: "figure-walls",
        class: "drawn",
        width: WIDTH,
        height,
        title: "What was tried to get from one source to another",
        description: &told,
    };
    let body = html! {
        text x="0" y="12" { "source A" }
        text.end x=(WIDTH) y="12" { "source B" }
        (cabin(0, LEFT, height))
        (cabin(RIGHT, WIDTH, height))
        path.wall d={ "M" (WALL) " " (TOP - 4) "V" (height - 2) } {}
        @for (i, wall) in shown.iter().enumerate() { (lane(TOP + LANE * i, wall)) }
    };
    html! {
        figure {
            (frame.around(&body))
            figcaption { (told) }
            (table(&shown))
        }
    }
}

/// Squared logs, one over the other.
fn cabin(from: usize, to: usize, height: usize) -> Markup {
    let logs: String = (TOP - 4..height.saturating_sub(8))
        .step_by(10)
        .map(|y| format!("M{}.5 {y}.5h{}v8h-{}z", from, to - from - 1, to - from - 1))
        .collect();
    html! { path.cabin d=(logs) {} }
}

fn lane(top: usize, wall: &Wall) -> Markup {
    let y = top + 22;
    let through = wall.refused < wall.tried;
    html! {
        text x=(LEFT + 8) y=(top + 14) { (shortened(&wall.what, LABEL_CHARS)) }
        @if wall.tried == 0 {
            path.untried d={ "M" (LEFT + 8) " " (y) "H" (WALL - 8) } {}
        } @else if through {
            path.through d={ "M" (LEFT + 8) " " (y) "H" (RIGHT - 2) "m-6-5l6 5l-6 5" } {}
        } @else {
            path.refused d={ "M" (LEFT + 8) " " (y) "H" (WALL - 5) "m0-5v10" } {}
        }
        text.quiet x=(LEFT + 8) y=(y + 15) { (number(wall.refused)) " of " (number(wall.tried)) " refused" }
    }
}

fn describe(map: &IsolationMap, shown: usize) -> String {
    let sum = |of: fn(&Wall) -> u64| map.walls.iter().map(of).fold(0_u64, u64::saturating_add);
    let (tried, refused) = (sum(|wall| wall.tried), sum(|wall| wall.refused.min(wall.tried)));
    let ways =
        if map.walls.len() > shown { format!("{shown} of {} ways are drawn", map.walls.len()) } else { format!("{shown} ways") };
    format!("{} of {} tries to get from one source to another were refused; {ways}.", number(refused), number(tried))
}

fn table(shown: &[&Wall]) -> Markup {
    html! {
        details {
            summary { "The same as a table" }
            div.scrolled tabindex="0" role="region" aria-label="What was tried and refused" {
                table {
                    (columns(&["What was tried", "Refused"]))
                    tbody {
                        @for wall in shown {
                            tr { th scope="row" { (wall.what) } td { (number(wall.refused)) " of " (number(wall.tried)) } }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_ends_at_the_wall_and_what_is_not_goes_through() {
        let wall = |what: &str, tried, refused| Wall { what: what.to_owned(), tried, refused };
        let map = IsolationMap { walls: vec![wall("search", 12, 12), wall("tail", 12, 11), wall("SQL", 0, 0)] };
        let drawn = walls(&map).into_string();
        assert!(drawn.contains("23 of 24 tries to get from one source to another were refused; 3 ways."));
        for part in [
            r#"<text x="44" y="38">search</text><path class="refused" d="M44 46H279m0-5v10"></path>"#,
            r#"<text class="quiet" x="44" y="61">12 of 12 refused</text>"#,
            r#"<text x="44" y="84">tail</text><path class="through" d="M44 92H306m-6-5l6 5l-6 5"></path>"#,
            r#"<text class="quiet" x="44" y="107">11 of 12 refused</text>"#,
            r#"<text x="44" y="130">SQL</text><path class="untried" d="M44 138H276"></path>"#,
            r#"<text class="quiet" x="44" y="153">0 of 0 refused</text>"#,
        ] {
            assert!(drawn.contains(part), "{part}");
        }
    }
}
