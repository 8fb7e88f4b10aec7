//! A question of a client of Loki: who asks, and its parameters.
//!
//! Always holds: the source is the one that the key is bound to; `X-Scope-OrgID` and everything else that a client sends
//! choose none. A parameter that is not understood is refused.

use std::sync::Arc;

use audit::{Actor, Deed, Question};
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use identity::{Credential, Permit, Read};
use logql::parse_duration;
use model::{TimeRange, Timestamp, limits};
use search::{Moments, Order};

use super::super::credential;
use super::super::who::refused_cross_site;
use crate::app::App;
use crate::body;
use crate::caller::Caller;
use crate::problem::Problem;

const SECOND: i64 = 1_000_000_000;
/// What is looked at where no start is said.
const LOOK_BACK: i64 = 3_600 * SECOND;
/// Moments of a range where no step is said.
const STEPS_DEFAULT: i64 = 250;
/// Seconds have at most as many digits.
const SECOND_DIGITS_MAX: usize = 10;

pub(crate) struct Asked {
    pub(super) app: Arc<App>,
    headers: HeaderMap,
    caller: Caller,
    method: Method,
    query: String,
}

/// Names and values, in the order in which they were sent.
pub(super) struct Params(Vec<(String, String)>);

impl FromRequestParts<Arc<App>> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        Ok(Self {
            app: Arc::clone(app),
            headers: parts.headers.clone(),
            caller: parts.extensions.get::<Caller>().cloned().unwrap_or_else(|| Caller::new(None, "")),
            method: parts.method.clone(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
        })
    }
}

// === impl Asked ===

impl Asked {
    /// Whose question it is, to be asked again while an answer goes on.
    pub(super) fn asker(&self) -> Result<(Option<Credential>, Deed), Problem> {
        Ok((credential(&self.app, &self.headers)?, self.caller.deed(Actor::Stranger, self.app.clock.now())))
    }

    /// The reading is in the audit trail when this returns.
    pub(super) async fn permit(&self, question: Question) -> Result<Permit<Read>, Problem> {
        let (credential, deed) = self.asker()?;
        let app = Arc::clone(&self.app);
        let decide = move || app.identity.authorize_read(credential.as_ref(), None, &deed, question);
        Ok(tokio::task::spawn_blocking(decide).await.map_err(|error| Problem::internal(&error))??)
    }

    /// Browsers name the page that opens a WebSocket, and send along what they remember for this server. No page of ours
    /// opens one, and clients that are no browsers name none.
    pub(super) fn refuse_pages(&self) -> Result<(), Problem> {
        match self.headers.contains_key(header::ORIGIN) {
            true => Err(refused_cross_site()),
            false => Ok(()),
        }
    }

    /// What stands behind the question mark and, of a form, in the body.
    pub(super) async fn params(&self, body: Body) -> Result<Params, Problem> {
        let mut all: Vec<(String, String)> = form_urlencoded::parse(self.query.as_bytes()).into_owned().collect();
        if self.method == Method::POST {
            let kind = self.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
            if !kind.is_empty() && !kind.starts_with("application/x-www-form-urlencoded") {
                let detail = "a question is a form: application/x-www-form-urlencoded";
                return Err(Problem::new(axum::http::StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_content_type", detail));
            }
            let mut share = self.app.bodies.share();
            let bytes = body::read_up_to(body, &self.headers, limits::LOKI_FORM_BYTES_MAX, &mut share).await?;
            all.extend(form_urlencoded::parse(&bytes).into_owned());
        }
        Ok(Params(all))
    }

    /// Whether labels and structured metadata are to be told apart in the answer.
    pub(super) fn wants_categories(&self) -> bool {
        let flags = self.headers.get("x-loki-response-encoding-flags").and_then(|flags| flags.to_str().ok());
        flags.is_some_and(|flags| flags.split(',').any(|flag| flag.trim() == "categorize-labels"))
    }
}

// === impl Params ===

impl Params {
    /// The first value that is not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// Every value that is not empty.
    pub(super) fn all(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// The query; there has to be one.
    pub(super) fn query(&self) -> &str {
        self.text("query").unwrap_or_default()
    }

    pub(super) fn time(&self, name: &str) -> Result<Option<Timestamp>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let detail = || format!("`{name}` is no time: expected nanoseconds or seconds since 1970, or RFC 3339");
        time(text).map(Some).ok_or_else(|| Problem::bad_request("time_invalid", detail()))
    }

    /// From `start` up to `end`, or over `since`, or over the last hour.
    pub(super) fn range(&self, now: Timestamp) -> Result<TimeRange, Problem> {
        let to = self.time("end")?.unwrap_or(now);
        let back = self.text("since").map_or(Some(LOOK_BACK), |since| parse_duration(since).filter(|nanos| *nanos > 0));
        let back = back.ok_or_else(|| Problem::bad_request("time_invalid", "`since` is no duration"))?;
        let from = self.time("start")?.unwrap_or(Timestamp::from_nanos(to.nanos().saturating_sub(back)));
        if from >= to {
            let detail = "end timestamp must not be before or equal to start time";
            return Err(Problem::bad_request("time_range_invalid", detail));
        }
        Ok(TimeRange { from, to })
    }

    /// The steps of a range, the last of them not beyond its end.
    pub(super) fn steps(&self, range: &TimeRange) -> Result<Moments, Problem> {
        let span = range.to.nanos().saturating_sub(range.from.nanos());
        let step = match self.text("step") {
            None => (span / STEPS_DEFAULT / SECOND).max(1) * SECOND,
            Some(text) => duration(text).ok_or_else(|| {
                Problem::bad_request("step_invalid", "`step` is a duration or a number of seconds, and more than 0")
            })?,
        };
        let count = (span / step) as usize + 1;
        if count > limits::METRIC_STEPS_MAX {
            let detail =
                format!("exceeded maximum resolution of {} points per time series; try a greater step", limits::METRIC_STEPS_MAX);
            return Err(Problem::bad_request("too_many_steps", detail));
        }
        Ok(Moments { start: range.from, step, count })
    }

    pub(super) fn limit(&self) -> Result<usize, Problem> {
        let Some(text) = self.text("limit") else { return Ok(limits::LOKI_LINES_DEFAULT) };
        let limit = text.parse().ok().filter(|limit| (1..=limits::LOKI_LINES_MAX).contains(limit));
        let detail = || format!("`limit` is a number from 1 to {}", limits::LOKI_LINES_MAX);
        limit.ok_or_else(|| Problem::bad_request("limit_invalid", detail()))
    }

    pub(super) fn order(&self) -> Result<Order, Problem> {
        match self.text("direction").map(str::to_ascii_lowercase).as_deref() {
            None | Some("backward") => Ok(Order::NewestFirst),
            Some("forward") => Ok(Order::OldestFirst),
            Some(_) => Err(Problem::bad_request("direction_invalid", "`direction` is forward or backward")),
        }
    }

    /// Refuses a parameter that would change the answer.
    pub(super) fn refuse(&self, name: &'static str) -> Result<(), Problem> {
        match self.text(name) {
            None | Some("0") => Ok(()),
            Some(_) => Err(Problem::bad_request("parameter_unsupported", format!("`{name}` is not supported"))),
        }
    }
}

/// Nanoseconds of a duration, or of a number of seconds.
fn duration(text: &str) -> Option<i64> {
    let seconds = || text.parse().ok().filter(|seconds: &f64| seconds.is_finite()).map(|seconds| (seconds * 1e9) as i64);
    parse_duration(text).or_else(seconds).filter(|nanos| *nanos > 0)
}

fn time(text: &str) -> Option<Timestamp> {
    if let Ok(number) = text.parse::<i64>() {
        let is_seconds = text.trim_start_matches('-').len() <= SECOND_DIGITS_MAX;
        return if is_seconds { number.checked_mul(SECOND) } else { Some(number) }.map(Timestamp::from_nanos);
    }
    if let Ok(seconds) = text.parse::<f64>() {
        let (whole, rest) = (seconds.trunc(), seconds.fract());
        let nanos = (whole as i64).checked_mul(SECOND)?.checked_add((rest * 1e9).round() as i64)?;
        return seconds.is_finite().then_some(Timestamp::from_nanos(nanos));
    }
    Timestamp::parse(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_nanoseconds_or_dates() {
        let nanos = |text| time(text).map(Timestamp::nanos);
        assert_eq!(nanos("1769860800"), Some(1_769_860_800_000_000_000));
        assert_eq!(nanos("1769860800.25"), Some(1_769_860_800_250_000_000));
        assert_eq!(nanos("1769860800000000007"), Some(1_769_860_800_000_000_007));
        assert_eq!(nanos("2026-01-31T12:00:00Z"), Some(1_769_860_800_000_000_000));
        assert_eq!((nanos("1e300"), nanos("nan"), nanos("yesterday")), (None, None, None));
        assert_eq!(
            (duration("15000ms"), duration("1.5"), duration("0"), duration("x")),
            (Some(15 * SECOND), Some(SECOND * 3 / 2), None, None)
        );
    }
}
