//! Which stretch of time a command looks at.

use model::{Clock, Timestamp};

use super::failure::Failure;

const HINT: &str = "--last takes 15m, 24h or 7d; --from and --to take 2026-01-31T12:00:00Z, 2026-01-31, yesterday or now-2h";

#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct TimeArgs {
    /// Only this long before now: 15m, 24h, 7d
    #[arg(long, value_name = "DURATION", conflicts_with_all = ["from", "to"])]
    last: Option<String>,
    /// Only at or after this time: RFC 3339, a date, `now-2h` or `yesterday`; UTC where it names no zone
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Only before this time
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
}

/// Times at or after `from` and before `to`, as the server is asked for them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Times {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

// === impl TimeArgs ===

impl TimeArgs {
    /// Relative times become absolute here, so that every page of an answer means the same ones.
    pub(super) fn resolve(&self, clock: &dyn Clock) -> Result<Times, Failure> {
        let now = clock.now();
        if let Some(last) = &self.last {
            let seconds = search::query::parse_last(last).map_err(|error| refused("--last", last, &error))?;
            return Ok(Times { from: Some(now.plus_seconds(-seconds)), to: None });
        }
        let time = |flag, text: &Option<String>| {
            let parse = |text: &String| search::query::parse_time(text, now).map_err(|error| refused(flag, text, &error));
            text.as_ref().map(parse).transpose()
        };
        let times = Times { from: time("--from", &self.from)?, to: time("--to", &self.to)? };
        match times {
            Times { from: Some(from), to: Some(to) } if from >= to => {
                Err(Failure::usage(format!("--from {from} is not before --to {to}"), HINT))
            }
            times => Ok(times),
        }
    }
}

fn refused(flag: &str, text: &str, error: &dyn std::error::Error) -> Failure {
    Failure::usage(format!("{flag} {text}: {error}"), HINT)
}

// === impl Times ===

impl Times {
    /// As parameters of a request.
    pub(super) fn parameters(&self) -> Vec<(&'static str, String)> {
        let named = [("from", self.from), ("to", self.to)];
        named.into_iter().filter_map(|(name, time)| Some((name, time?.to_string()))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Noon;

    impl Clock for Noon {
        fn now(&self) -> Timestamp {
            Timestamp::parse("2026-01-31T12:00:00Z").unwrap()
        }
    }

    fn check(last: &str, from: &str, to: &str, expected: &str) {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let args = TimeArgs { last: given(last), from: given(from), to: given(to) };
        let resolved = match args.resolve(&Noon) {
            Ok(times) => times.parameters().iter().map(|(name, time)| format!("{name}={time}")).collect::<Vec<_>>().join(" "),
            Err(failure) => failure.to_string(),
        };
        assert!(
            resolved == expected || (expected.ends_with('…') && resolved.starts_with(expected.trim_end_matches('…'))),
            "{resolved}"
        );
    }

    #[test]
    fn times_are_absolute_when_they_are_asked_for() {
        check("", "", "", "");
        check("24h", "", "", "from=2026-01-30T12:00:00Z");
        check("90m", "", "", "from=2026-01-31T10:30:00Z");
        check("", "2026-01-31T10:00:00+01:00", "now", "from=2026-01-31T09:00:00Z to=2026-01-31T12:00:00Z");
        check("", "now-2h", "", "from=2026-01-31T10:00:00Z");
        check("", "", "2026-01-01", "to=2026-01-01T00:00:00Z");
    }

    #[test]
    fn what_is_no_time_is_refused_with_its_flag() {
        check("soon", "", "", "--last soon: …");
        check("", "2026-13-01", "", "--from 2026-13-01: …");
        check("", "now", "now-1h", "--from 2026-01-31T12:00:00Z is not before --to 2026-01-31T11:00:00Z");
    }
}
