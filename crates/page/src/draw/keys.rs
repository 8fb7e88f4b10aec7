//! The key timeline: a row for each source, a cell for each UTC day that had a data key.

use std::collections::BTreeMap;

use maud::{Markup, html};
use model::{Day, limits};

use super::Frame;
use crate::figures::{KeyDay, KeyState, KeyTimeline};
use crate::text::number;

const LEFT: usize = 74;
const CELL: usize = 12;
const ROW: usize = 18;
const TOP: usize = 20;
/// Room for one date over the cells.
const DATE: usize = 66;

struct Drawn<'a> {
    /// First day drawn.
    first: Day,
    days: usize,
    rows: Vec<&'a [KeyDay]>,
}

pub(crate) fn keys(timeline: &KeyTimeline) -> Markup {
    let Some(drawn) = Drawn::of(timeline) else {
        return html! { p.quiet { "No source has a data key yet." } };
    };
    let told = describe(timeline, &drawn);
    let (first, last) = (drawn.first, day_after(drawn.first, drawn.days - 1));
    let frame = Frame {
        id: "figure-keys",
        class: "drawn",
        width: LEFT + (CELL * drawn.days).max(DATE) + 2,
        height: TOP + ROW * drawn.rows.len(),
        title: &format!("Data keys by UTC day, {first} to {last}"),
        description: &told,
    };
    let body = html! {
        text x=(LEFT) y="12" { (first) }
        // Two dates need room; where there is none, the caption says both.
        @if drawn.days > 11 {
            text.end x=(LEFT + CELL * drawn.days) y="12" { (last) }
        }
        @for (row, source) in drawn.rows.iter().enumerate() { (drawn.row(row, source)) }
    };
    html! {
        figure {
            (frame.around(&body))
            figcaption { (told) }
            ul.legend {
                @for state in KeyState::ALL { li { (sample(state)) " " (state.word()) } }
            }
            (table(&drawn))
        }
    }
}

// === impl Drawn ===

impl<'a> Drawn<'a> {
    fn of(timeline: &'a KeyTimeline) -> Option<Self> {
        let rows: Vec<&[KeyDay]> = timeline.sources.iter().take(limits::PAGE_FIGURE_ROWS_MAX).map(Vec::as_slice).collect();
        let all = || rows.iter().flat_map(|row| row.iter().map(|one| one.day));
        let (first, last) = (all().min()?, all().max()?);
        let whole = usize::try_from(i64::from(last.number()) - i64::from(first.number()) + 1).ok()?;
        let days = whole.min(limits::PAGE_KEY_DAYS_MAX);
        Some(Self { first: day_before(last, days - 1), days, rows })
    }

    /// The keys of a row that lie within the days that are drawn, each with its column. A day has one cell; the key that
    /// still does most decides.
    fn cells(&self, row: &[KeyDay]) -> BTreeMap<usize, KeyState> {
        let mut cells = BTreeMap::new();
        for one in row {
            let column = usize::try_from(i64::from(one.day.number()) - i64::from(self.first.number()));
            if let Some(column) = column.ok().filter(|column| *column < self.days) {
                let held = cells.entry(column).or_insert(one.state);
                if one.state.rank() < held.rank() {
                    *held = one.state;
                }
            }
        }
        cells
    }

    fn row(&self, row: usize, source: &[KeyDay]) -> Markup {
        let top = TOP + ROW * row;
        let end = LEFT + CELL * self.days;
        html! {
            text x="0" y=(top + 13) { "source " (row + 1) }
            path.ground d={ "M" (LEFT) " " (top + ROW - 2) "H" (end) } {}
            @for (column, state) in self.cells(source) { (cell(LEFT + CELL * column + 1, top + 2, state)) }
        }
    }
}

// === impl KeyState ===

impl KeyState {
    const ALL: [Self; 3] = [Self::Sealing, Self::Ended, Self::Destroyed];

    fn word(self) -> &'static str {
        match self {
            Self::Sealing => "seals now",
            Self::Ended => "only opens what it sealed",
            Self::Destroyed => "destroyed",
        }
    }

    fn rank(self) -> u8 {
        match self {
            Self::Sealing => 0,
            Self::Ended => 1,
            Self::Destroyed => 2,
        }
    }
}

/// Filled, in outline, or crossed out.
fn cell(x: usize, y: usize, state: KeyState) -> Markup {
    html! {
        @match state {
            KeyState::Sealing => { path.sealing d={ "M" (x) " " (y) "h10v12h-10z" } {} }
            KeyState::Ended => { path.ended d={ "M" (x) ".5 " (y) ".5h9v11h-9z" } {} }
            KeyState::Destroyed => { path.destroyed d={ "M" (x + 2) " " (y + 3) "l6 6m0-6l-6 6" } {} }
        }
    }
}

fn sample(state: KeyState) -> Markup {
    html! { svg.drawn width="12" height="14" viewBox="0 0 12 14" aria-hidden="true" { (cell(1, 1, state)) } }
}

fn describe(timeline: &KeyTimeline, drawn: &Drawn<'_>) -> String {
    let sealing = drawn.rows.iter().filter(|row| row.iter().any(|one| one.state == KeyState::Sealing)).count();
    let rows = drawn.rows.len();
    let of = if timeline.whole > rows as u64 {
        format!(" {rows} of {} sources are drawn.", number(timeline.whole))
    } else {
        String::new()
    };
    format!("{sealing} of {rows} sources have a data key that seals now; each cell is the key of one source and one day.{of}")
}

fn table(drawn: &Drawn<'_>) -> Markup {
    let count = |row: &[KeyDay], state| drawn.cells(row).values().filter(|one| **one == state).count();
    html! {
        details {
            summary { "The same as a table" }
            div.scrolled tabindex="0" role="region" aria-label="Data keys by source" {
                table {
                    thead { tr { th scope="col" { "Source" } @for state in KeyState::ALL { th scope="col" { (state.word()) } } } }
                    tbody {
                        @for (i, row) in drawn.rows.iter().enumerate() {
                            tr {
                                th scope="row" { "source " (i + 1) }
                                @for state in KeyState::ALL { td { (count(row, state)) " of " (drawn.days) " days" } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn day_after(day: Day, days: usize) -> Day {
    Day::from_number(day.number().saturating_add(i32::try_from(days).unwrap_or(i32::MAX)))
}

fn day_before(day: Day, days: usize) -> Day {
    Day::from_number(day.number().saturating_sub(i32::try_from(days).unwrap_or(i32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_without_a_name_has_a_cell_for_each_day() {
        let day = Day::from_number(20_000);
        let row = vec![KeyDay { day, state: KeyState::Ended }, KeyDay { day: day.next(), state: KeyState::Sealing }];
        let drawn = keys(&KeyTimeline { sources: vec![row], whole: 9 }).into_string();
        assert!(drawn.contains("1 of 1 sources have a data key that seals now"));
        assert!(drawn.contains("1 of 9 sources are drawn."));
        assert!(drawn.contains(concat!(
            r#"<text x="0" y="33">source 1</text><path class="ground" d="M74 36H98"></path>"#,
            r#"<path class="ended" d="M75.5 22.5h9v11h-9z"></path><path class="sealing" d="M87 22h10v12h-10z"></path></svg>"#,
        )));
        assert!(drawn.contains(r#"<th scope="row">source 1</th><td>1 of 2 days</td><td>1 of 2 days</td><td>0 of 2 days</td>"#));
    }

    #[test]
    fn the_newest_days_are_drawn_and_days_that_are_far_apart_are_no_trouble() {
        let day = |number, state| KeyDay { day: Day::from_number(number), state };
        let row = vec![day(i32::MIN, KeyState::Destroyed), day(i32::MAX, KeyState::Sealing)];
        let drawn = keys(&KeyTimeline { sources: vec![row], whole: 1 }).into_string();
        assert!(drawn.contains("1 of 30 days") && drawn.matches("class=\"destroyed\"").count() == 1);
        assert!(keys(&KeyTimeline::default()).into_string().contains("No source has a data key yet"));
    }
}
