//! Alerts of a tenant.
//!
//! | route | does |
//! |---|---|
//! | `GET`, `POST /v1/tenants/{tenant}/alerts` | lists them with where they stand; makes one |
//! | `POST …/alerts/preview` | how often a rule would have alerted within a day |
//! | `GET`, `PUT`, `DELETE …/alerts/{alert}` | gives one, says it anew, forgets it |
//! | `GET …/alerts/{alert}/history` | its changes, and what became of each message |
//! | `POST …/alerts/{alert}/test` | sends a message that tells nothing to each of its destinations, now |

use std::sync::Arc;

use audit::Question;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use identity::{Alert, AlertChange, AlertMessage, AlertSpec, ManageAlerts, Permit, Read, Refused, ViewAlerts};
use model::limits::{ALERT_PREVIEW_HOURS, ALERT_ROUND_SECONDS};
use model::{DestinationId, TimeRange, Timestamp};
use search::{Predicate, Query, Steps};
use serde::Deserialize;
use serde_json::{Value, json};
use watch::{Comparison, Preview, Rule};

use super::destinations::{self, sent};
use super::me::display_name;
use super::query::{run, warnings};
use super::source_id;
use super::views::shown_keeper;
use super::who::{Who, answer, nothing, ok};
use crate::problem::Problem;

const MINUTE_NANOS: i64 = 60_000_000_000;
/// Rounds that one point of a preview stands for.
const ROUNDS_SHOWN: usize = 5;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AlertForm {
    name: String,
    source: String,
    #[serde(default)]
    query: String,
    comparison: Comparison,
    threshold: u64,
    window_minutes: u32,
    #[serde(default)]
    destinations: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PreviewForm {
    source: String,
    #[serde(default)]
    query: String,
    comparison: Comparison,
    threshold: u64,
    window_minutes: u32,
}

// === impl AlertForm ===

impl AlertForm {
    fn spec(self) -> Result<AlertSpec, Problem> {
        let Self { name, source, query, comparison, threshold, window_minutes, destinations } = self;
        let rule = readable(Rule { query, comparison, threshold, window_minutes })?;
        let unknown = |_| Problem::from(identity::AlertError::Destinations);
        let destinations: Result<Vec<_>, _> = destinations.iter().map(|id| DestinationId::parse(id)).collect();
        let destinations = destinations.map_err(unknown)?;
        Ok(AlertSpec { name: display_name(&name)?, source: source_id(&source)?, rule, destinations })
    }
}

fn readable(rule: Rule) -> Result<Rule, Problem> {
    rule.hold()?;
    Query::parse(&rule.query)?;
    Ok(rule)
}

pub(crate) async fn alerts(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let all = identity.alerts(&who.tenant_permit::<ViewAlerts>()?)?;
        Ok(ok(json!({"alerts": all.iter().map(shown).collect::<Vec<_>>()})))
    })
    .await
}

pub(crate) async fn alert(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ViewAlerts>()?;
        let found = identity.alert(&permit, who.id("alert")?)?.ok_or_else(Problem::not_found)?;
        Ok(ok(shown(&found)))
    })
    .await
}

pub(crate) async fn create(who: Who, body: Body) -> Result<Response, Problem> {
    let form: AlertForm = who.json(body).await?;
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ManageAlerts>()?;
        Ok(answer(StatusCode::CREATED, shown(&identity.create_alert(&permit, form.spec()?)?)))
    })
    .await
}

pub(crate) async fn change(who: Who, body: Body) -> Result<Response, Problem> {
    let form: AlertForm = who.json(body).await?;
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ManageAlerts>()?;
        Ok(ok(shown(&identity.change_alert(&permit, who.id("alert")?, form.spec()?)?)))
    })
    .await
}

pub(crate) async fn remove(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ManageAlerts>()?;
        identity.remove_alert(&permit, who.id("alert")?)?;
        Ok(nothing())
    })
    .await
}

pub(crate) async fn history(who: Who) -> Result<Response, Problem> {
    who.run(|who, identity| {
        let (permit, id) = (who.tenant_permit::<ViewAlerts>()?, who.id("alert")?);
        let changes = identity.alert_changes(&permit, id)?.ok_or_else(Problem::not_found)?;
        let messages = identity.alert_messages(&permit, id)?;
        let of = |change: Option<i64>| -> Vec<Value> {
            messages.iter().filter(|message| message.change == change).map(shown_message).collect()
        };
        let changes: Vec<Value> = changes.iter().map(|change| shown_change(change, &of(Some(change.number)))).collect();
        Ok(ok(json!({"changes": changes, "tests": of(None)})))
    })
    .await
}

pub(crate) async fn test(who: Who) -> Result<Response, Problem> {
    let app = Arc::clone(&who.app);
    let errands = who
        .run(|who, identity| {
            let (permit, id) = (who.tenant_permit::<ManageAlerts>()?, who.id("alert")?);
            let viewing = who.tenant_permit::<ViewAlerts>()?;
            let alert = identity.alert(&viewing, id)?.ok_or_else(Problem::not_found)?;
            destinations::not_too_soon(&who.app, &alert.spec.destinations)?;
            Ok(identity.test_alert(&permit, id)?)
        })
        .await?;
    Ok(ok(json!({"messages": sent(&app, errands).await})))
}

/// Counts the matches of each minute of the last day as whoever asks, and looks when the rule would have alerted.
pub(crate) async fn preview(who: Who, body: Body) -> Result<Response, Problem> {
    let PreviewForm { source, query, comparison, threshold, window_minutes } = who.json(body).await?;
    let app = Arc::clone(&who.app);
    let (permit, rule) = who
        .run(move |who, identity| {
            let tenant = who.tenant_permit::<ViewAlerts>()?.tenant();
            let rule = readable(Rule { query, comparison, threshold, window_minutes })?;
            let (source, credential) = (source_id(&source)?, who.credential()?);
            let permit = identity.authorize_read(credential.as_ref(), Some(source), &who.deed(), Question::Series)?;
            if permit.scope().tenant != tenant {
                return Err(Refused::WrongSource.into());
            }
            Ok((permit, rule))
        })
        .await?;
    previewed(&app, permit, rule).await
}

async fn previewed(app: &Arc<crate::app::App>, permit: Permit<Read>, rule: Rule) -> Result<Response, Problem> {
    let now = app.clock.now();
    let predicate = Predicate::compile(&Query::parse(&rule.query)?, now);
    let rounds = (ALERT_PREVIEW_HOURS * 3_600 / ALERT_ROUND_SECONDS) as usize;
    let minutes = rounds + rule.window_minutes as usize;
    let to = rule.window(now).to;
    let from = to.plus_seconds(-60 * minutes as i64);
    let bounds = predicate.time_bounds();
    let range = TimeRange { from, to };
    let steps = Steps::Exactly { count: minutes, nanos: MINUTE_NANOS };
    let series = run(app, permit, move |app, permit, cancel| {
        let series = search::series(&app.store, permit, (&predicate, None), (range, steps), cancel)?;
        Ok(series)
    })
    .await?;
    // What the query itself says of time leaves minutes out, as it does at a look.
    let at = |minute: usize| from.plus_seconds(60 * minute as i64);
    let within = |minute: usize| at(minute) < bounds.to && at(minute + 1) > bounds.from;
    let counts: Vec<u64> =
        series.points.iter().enumerate().map(|(minute, point)| if within(minute) { point.count } else { 0 }).collect();
    let preview = Preview::of(&rule, &counts);
    let extreme = |counts: &[u64]| match rule.comparison {
        Comparison::AtLeast => counts.iter().max().copied(),
        Comparison::AtMost => counts.iter().min().copied(),
    };
    let end = |round: usize| from.plus_seconds(60 * (rule.window_minutes as usize + round + 1) as i64);
    let points: Vec<Value> = preview
        .counts
        .chunks(ROUNDS_SHOWN)
        .enumerate()
        .map(|(at, counts)| json!({"time": end(at * ROUNDS_SHOWN + counts.len() - 1).to_string(), "count": extreme(counts)}))
        .collect();
    Ok(ok(json!({
        "hours": ALERT_PREVIEW_HOURS,
        "fired": preview.fired,
        "alerting_minutes": preview.alerting,
        "now": preview.counts.last(),
        "most": preview.counts.iter().max(),
        "least": preview.counts.iter().min(),
        "points": points,
        "warnings": warnings(&series.stats),
    })))
}

// --- what is shown ---

fn shown(alert: &Alert) -> Value {
    let (spec, standing) = (&alert.spec, &alert.standing);
    let time = |at: Timestamp| at.to_string();
    json!({
        "id": alert.id.to_string(),
        "name": spec.name.as_str(),
        "source": spec.source.to_string(),
        "query": spec.rule.query,
        "comparison": spec.rule.comparison,
        "threshold": spec.rule.threshold,
        "window_minutes": spec.rule.window_minutes,
        "destinations": spec.destinations.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "created_at": time(alert.created_at),
        "keeper": shown_keeper(alert.keeper),
        "state": standing.state,
        "since": time(standing.since()),
        "last": standing.last.map(|look| json!({"at": time(look.at()), "count": look.count})),
        "missed_rounds": standing.missed,
        "trouble": standing.trouble.as_ref().map(|one| {
            json!({"code": one.code, "since": time(one.since()), "failures": one.failures})
        }),
        "stopped": standing.stopped.as_ref().map(|one| json!({"code": one.code, "at": time(one.at())})),
    })
}

fn shown_change(change: &AlertChange, messages: &[Value]) -> Value {
    json!({
        "number": change.number,
        "state": change.to,
        "at": change.at.to_string(),
        "count": change.count,
        "from": change.window.from.to_string(),
        "to": change.window.to.to_string(),
        "messages": messages,
    })
}

fn shown_message(message: &AlertMessage) -> Value {
    json!({
        "id": message.id.to_string(),
        "destination": message.destination.to_string(),
        "created_at": message.created_at.to_string(),
        "tries": message.tries,
        "sent_at": message.sent_at.map(|at| at.to_string()),
        "failure": message.failure,
        "retry_at": message.due_at.map(|at| at.to_string()),
    })
}
