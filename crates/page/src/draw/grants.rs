//! Accesses by staff as bars over time.

use maud::{Markup, html};
use model::{Timestamp, limits};

use super::Frame;
use crate::figures::{Grant, GrantBars};
use crate::text::{columns, moment, number, span};

const WIDTH: usize = 344;
const LEFT: usize = 70;
const ROW: usize = 18;
const TOP: usize = 20;
/// What an access of minutes is still seen by.
const BAR_MIN: i64 = 3;

pub(crate) fn grants(bars: &GrantBars) -> Markup {
    let told = describe(bars);
    let newest = bars.grants.len().saturating_sub(limits::PAGE_FIGURE_ROWS_MAX);
    let shown = bars.grants.get(newest..).unwrap_or_default();
    if shown.is_empty() {
        return html! { p.quiet { (told) } };
    }
    let frame = Frame {
        id: "figure-grants",
        class: "drawn",
        width: WIDTH,
        height: TOP + ROW * shown.len(),
        title: "Accesses by staff",
        description: &told,
    };
    let body = html! {
        text x=(LEFT) y="12" { (bars.from.day()) }
        text.end x=(WIDTH) y="12" { (bars.to.day()) }
        @for (i, grant) in shown.iter().enumerate() {
            @let y = TOP + ROW * i;
            text x="0" y=(y + 13) { "access " (newest + i + 1) }
            path.ground d={ "M" (LEFT) " " (y + ROW - 2) "H" (WIDTH) } {}
            (bar(bars, grant, y))
        }
    };
    html! {
        figure {
            (frame.around(&body))
            figcaption { (told) }
            (table(shown, newest))
        }
    }
}

fn bar(bars: &GrantBars, grant: &Grant, y: usize) -> Markup {
    let from = place(bars, grant.from).min((WIDTH as i64) - BAR_MIN);
    let width = (place(bars, grant.to) - from).max(BAR_MIN);
    html! { path.grant d={ "M" (from) " " (y + 3) "h" (width) "v10h-" (width) "z" } {} }
}

/// Where a time lies; what is outside lies at the edge.
fn place(bars: &GrantBars, at: Timestamp) -> i64 {
    let whole = bars.to.seconds_since(bars.from).max(1);
    let passed = at.seconds_since(bars.from).clamp(0, whole);
    let room = (WIDTH - LEFT) as i64;
    LEFT as i64 + passed.saturating_mul(room) / whole
}

fn describe(bars: &GrantBars) -> String {
    let (from, to) = (bars.from.day(), bars.to.day());
    if bars.grants.is_empty() {
        return format!("From {from} to {to} staff had no access to anybody's data.");
    }
    let readings = bars.grants.iter().map(|grant| grant.readings).fold(0, u64::saturating_add);
    let accesses = match bars.grants.len() {
        1 => "1 access".to_owned(),
        n => format!("{n} accesses"),
    };
    let drawn = if bars.grants.len() > limits::PAGE_FIGURE_ROWS_MAX {
        format!(" The newest {} are drawn.", limits::PAGE_FIGURE_ROWS_MAX)
    } else {
        String::new()
    };
    format!("From {from} to {to} tenants approved {accesses}, under which staff asked {} questions.{drawn}", number(readings))
}

fn table(shown: &[Grant], before: usize) -> Markup {
    html! {
        details {
            summary { "The same as a table" }
            div.scrolled tabindex="0" role="region" aria-label="Accesses by staff" {
                table {
                    (columns(&["Access", "From", "For", "Questions"]))
                    tbody {
                        @for (i, grant) in shown.iter().enumerate() {
                            tr {
                                th scope="row" { (before + i + 1) }
                                td { (moment(grant.from)) }
                                td { (span(grant.to.seconds_since(grant.from))) }
                                td { (number(grant.readings)) }
                            }
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

    const DAY: i64 = 86_400;

    #[test]
    fn an_access_is_a_bar_at_its_time_and_a_short_one_is_still_seen() {
        let from = Timestamp::parse("2026-08-27").unwrap();
        let grant = |day: i64, seconds| Grant {
            from: from.plus_seconds(day * DAY),
            to: from.plus_seconds(day * DAY + seconds),
            readings: 6,
        };
        let bars = GrantBars { from, to: from.plus_seconds(90 * DAY), grants: vec![grant(45, 60), grant(80, 30 * DAY)] };
        let drawn = grants(&bars).into_string();
        assert!(drawn.contains("tenants approved 2 accesses, under which staff asked 12 questions."));
        assert!(drawn.contains(r#"<path class="grant" d="M207 23h3v10h-3z"></path>"#));
        assert!(drawn.contains(r#"<path class="grant" d="M313 41h31v10h-31z"></path>"#));
    }

    #[test]
    fn that_there_was_none_is_said() {
        let bars = GrantBars { from: Timestamp::MIN, to: Timestamp::MAX, grants: Vec::new() };
        assert!(
            grants(&bars).into_string().contains("staff had no access to anybody&#39;s data")
                || grants(&bars).into_string().contains("staff had no access to anybody's data")
        );
    }
}
