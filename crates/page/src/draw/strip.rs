//! The strip of a claim: a stroke for each day, taller where it was broken and short and grey where nothing was measured.

use claims::State;
use claims::document::DayState;
use maud::{Markup, html};

use super::Frame;

const STEP: usize = 5;
const HEIGHT: usize = 24;

/// What a day was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Kept,
    Broken,
    Doubtful,
    Unmeasured,
}

/// Days after one another that were the same.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run<'a> {
    pub(crate) first: &'a str,
    pub(crate) last: &'a str,
    pub(crate) days: usize,
    pub(crate) kind: Kind,
}

/// The figure with its caption.
pub(crate) fn strip(id: &str, days: &[DayState]) -> Markup {
    let Some(last) = days.last() else {
        return html! { p.quiet { "No day has been measured yet." } };
    };
    let told = describe(days);
    let frame = Frame {
        id: &format!("strip-{id}"),
        class: "strip",
        width: STEP * days.len(),
        height: HEIGHT,
        title: &format!("{} days to {}", days.len(), last.day),
        description: &told,
    };
    let drawn = html! {
        @for kind in Kind::ALL {
            @let line = strokes(days, kind);
            @if !line.is_empty() { path class=(kind.class()) d=(line) {} }
        }
    };
    html! {
        figure.days {
            (frame.around(&drawn))
            figcaption { (days.len()) " days to " (last.day) ": " (told) }
        }
    }
}

/// The same days for a table.
pub(crate) fn runs(days: &[DayState]) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    for day in days {
        let kind = Kind::of(day.worst);
        match runs.last_mut() {
            Some(run) if run.kind == kind => {
                run.last = &day.day;
                run.days += 1;
            }
            _ => runs.push(Run { first: &day.day, last: &day.day, days: 1, kind }),
        }
    }
    runs
}

// === impl Kind ===

impl Kind {
    const ALL: [Self; 4] = [Self::Kept, Self::Broken, Self::Doubtful, Self::Unmeasured];

    fn of(worst: Option<State>) -> Self {
        match worst {
            Some(State::Pass) => Self::Kept,
            Some(State::Fail | State::SealedFail) => Self::Broken,
            Some(State::Stale | State::Unknown | State::Expired) => Self::Doubtful,
            Some(State::NotClaimed | State::Withdrawn) | None => Self::Unmeasured,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Kept => "as promised",
            Self::Broken => "broken",
            Self::Doubtful => "in doubt",
            Self::Unmeasured => "not measured",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Broken => "broken",
            Self::Doubtful => "in-doubt",
            Self::Unmeasured => "unmeasured",
        }
    }

    fn height(self) -> usize {
        match self {
            Self::Kept => 14,
            Self::Broken => HEIGHT,
            Self::Doubtful => 9,
            Self::Unmeasured => 4,
        }
    }
}

/// `45 as promised, 1 broken, 44 not measured`.
fn describe(days: &[DayState]) -> String {
    let count = |kind: Kind| days.iter().filter(|day| Kind::of(day.worst) == kind).count();
    let told = Kind::ALL.into_iter().map(|kind| (kind, count(kind))).filter(|(kind, n)| *n > 0 || *kind == Kind::Broken);
    let told: Vec<String> = told.map(|(kind, n)| format!("{n} {}", kind.word())).collect();
    told.join(", ")
}

/// One upright stroke for each day of a kind, standing on the ground.
fn strokes(days: &[DayState], kind: Kind) -> String {
    let mut line = String::new();
    for (i, _) in days.iter().enumerate().filter(|(_, day)| Kind::of(day.worst) == kind) {
        let half = STEP / 2;
        line.push_str(&format!("M{}.5 {HEIGHT}v-{}", STEP * i + half, kind.height()));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_taller_and_days_that_nobody_measured_are_not_green() {
        let drawn = strip("x", &days(&[Some(State::Pass), None, Some(State::Fail), Some(State::Stale)])).into_string();
        assert_eq!(
            drawn,
            concat!(
                r#"<figure class="days"><svg class="strip" role="img" width="20" height="24" viewBox="0 0 20 24" "#,
                r#"aria-labelledby="strip-x-title strip-x-description">"#,
                r#"<title id="strip-x-title">4 days to 2026-11-04</title>"#,
                r#"<desc id="strip-x-description">1 as promised, 1 broken, 1 in doubt, 1 not measured</desc>"#,
                r#"<path class="kept" d="M2.5 24v-14"></path><path class="broken" d="M12.5 24v-24"></path>"#,
                r#"<path class="in-doubt" d="M17.5 24v-9"></path><path class="unmeasured" d="M7.5 24v-4"></path></svg>"#,
                r#"<figcaption>4 days to 2026-11-04: 1 as promised, 1 broken, 1 in doubt, 1 not measured</figcaption></figure>"#,
            )
        );
    }

    #[test]
    fn only_a_day_that_passed_is_as_promised() {
        for state in State::ALL {
            assert_eq!(Kind::of(Some(state)) == Kind::Kept, state == State::Pass, "{state}");
        }
        assert_eq!(Kind::of(None), Kind::Unmeasured);
    }

    #[test]
    fn equal_days_after_one_another_are_one_row() {
        let days = days(&[None, None, Some(State::Fail), Some(State::SealedFail), Some(State::Pass)]);
        let told: Vec<_> = runs(&days).iter().map(|run| (run.first.to_owned(), run.days, run.kind)).collect();
        let expected = [("2026-11-01", 2, Kind::Unmeasured), ("2026-11-03", 2, Kind::Broken), ("2026-11-05", 1, Kind::Kept)];
        assert_eq!(told, expected.map(|(day, n, kind)| (day.to_owned(), n, kind)));
    }

    fn days(states: &[Option<State>]) -> Vec<DayState> {
        (1..).zip(states).map(|(day, worst)| DayState { day: format!("2026-11-{day:02}"), worst: *worst }).collect()
    }
}
