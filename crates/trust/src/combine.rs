//! What several looks together say of a claim.
//!
//! Always holds: a claim passes only if every check held and found its broken twin; one that found the running system
//! broken outweighs everything, also that it missed its twin.

use claims::State;
use model::{Vantage, Verdict};

use crate::look::Seen;

/// What the looks say, and why.
pub(crate) fn combine(seen: &[Seen]) -> (State, String) {
    let whole = seen.len();
    let count = |verdict| seen.iter().filter(|one| one.look.verdict == verdict).count();
    let (broken, not_run) = (count(Verdict::Broken), count(Verdict::NotRun));
    if broken > 0 {
        return (State::Fail, disagreement(seen).unwrap_or_else(|| format!("{broken} of {whole} checks found it broken")));
    }
    if not_run > 0 || whole == 0 {
        return (State::Unknown, format!("{not_run} of {whole} checks could not run"));
    }
    let void = seen.iter().filter(|one| one.twin != Verdict::Broken).count();
    if void > 0 {
        return (State::Unknown, format!("{void} of {whole} checks did not find their broken twin, so what they say is void"));
    }
    (State::Pass, format!("{whole} of {whole} checks held, and each found its broken twin"))
}

/// Whether everything held from one vantage and something is broken from the other.
fn disagreement(seen: &[Seen]) -> Option<String> {
    let all_held = |vantage| {
        let mut there = seen.iter().filter(|one| one.vantage == vantage).peekable();
        there.peek().is_some() && there.all(|one| one.look.verdict == Verdict::Held)
    };
    let says = |held: Vantage, broken: Vantage| {
        format!("the views disagree: everything held from the {}, not from the {}", held.as_str(), broken.as_str())
    };
    match (all_held(Vantage::Inside), all_held(Vantage::Outside)) {
        (true, false) => Some(says(Vantage::Inside, Vantage::Outside)),
        (false, true) => Some(says(Vantage::Outside, Vantage::Inside)),
        (true, true) | (false, false) => None,
    }
    .filter(|_| seen.iter().any(|one| one.vantage != seen[0].vantage))
}

#[cfg(test)]
mod tests {
    use model::{Observation, Timestamp};

    use super::*;

    fn seen(vantage: Vantage, verdict: Verdict, twin: Verdict) -> Seen {
        let look = match verdict {
            Verdict::Held => Observation::held(""),
            Verdict::Broken => Observation::broken(""),
            Verdict::NotRun => Observation::not_run(""),
        };
        let (started, finished) = (Timestamp::default(), Timestamp::default());
        Seen { check: "c".to_owned(), vantage, look, twin, started, finished }
    }

    fn check(seen: &[(Vantage, Verdict, Verdict)], expected: (State, &str)) {
        let seen: Vec<Seen> = seen.iter().map(|&(vantage, verdict, twin)| self::seen(vantage, verdict, twin)).collect();
        let (state, reason) = combine(&seen);
        assert_eq!(state, expected.0, "{reason}");
        assert!(reason.contains(expected.1), "{reason}");
    }

    #[test]
    fn only_what_held_everywhere_with_every_twin_found_passes() {
        use Vantage::{Inside, Outside};
        use Verdict::{Broken, Held, NotRun};
        check(&[(Inside, Held, Broken), (Outside, Held, Broken)], (State::Pass, "2 of 2 checks held"));
        check(&[(Inside, Held, Broken), (Inside, Broken, Broken)], (State::Fail, "1 of 2 checks found it broken"));
        check(&[(Inside, Held, Broken), (Outside, Broken, Broken)], (State::Fail, "held from the inside"));
        check(&[(Inside, Broken, Broken), (Outside, Held, Broken)], (State::Fail, "held from the outside"));
        check(&[(Inside, NotRun, Broken), (Inside, Broken, NotRun)], (State::Fail, "1 of 2"));
        check(&[(Inside, Held, Held)], (State::Unknown, "void"));
        check(&[(Inside, Held, NotRun)], (State::Unknown, "void"));
        check(&[(Inside, Held, Broken), (Outside, NotRun, Broken)], (State::Unknown, "could not run"));
        check(&[], (State::Unknown, "0 of 0"));
    }
}
