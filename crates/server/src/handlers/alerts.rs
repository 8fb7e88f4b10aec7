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
use identity::{Alert, AlertChange, AlertMessage, AlertSpec, ManageAlerts, Permit, Read, Refused, ViewAlerts};
use model::limits::{ALERT_PREVIEW_HOURS, ALERT_ROUND_SECONDS};
use model::{DestinationId, TimeRange};
use schemars::JsonSchema;
use search::{Predicate, Query, Steps};
use serde::{Deserialize, Serialize};
use watch::{Comparison, Preview, Rule, State};

use super::destinations::{self, Sent, sent};
use super::me::display_name;
use super::query::{Warning, run, warnings};
use super::shown::Time;
use super::source_id;
use super::views::{ShownKeeper, shown_keeper};
use super::who::Who;
use crate::api::{Answer, Done, Form, Made, made, nothing, ok};
use crate::problem::Problem;

const MINUTE_NANOS: i64 = 60_000_000_000;
/// Rounds that one point of a preview stands for.
const ROUNDS_SHOWN: usize = 5;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlertForm {
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

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AlertPreviewForm")]
pub(crate) struct PreviewForm {
    source: String,
    #[serde(default)]
    query: String,
    comparison: Comparison,
    threshold: u64,
    window_minutes: u32,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Alerts {
    alerts: Vec<ShownAlert>,
}

/// An alert, and where it stands.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Alert")]
pub(crate) struct ShownAlert {
    id: String,
    name: String,
    source: String,
    query: String,
    comparison: Comparison,
    threshold: u64,
    window_minutes: u32,
    destinations: Vec<String>,
    created_at: Time,
    keeper: ShownKeeper,
    state: State,
    since: Time,
    /// The newest look that gave a count.
    last: Option<ShownLook>,
    missed_rounds: u64,
    /// Why looks give no count.
    trouble: Option<ShownTrouble>,
    /// Nobody looks any more.
    stopped: Option<ShownStop>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AlertLook")]
struct ShownLook {
    at: Time,
    count: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AlertTrouble")]
struct ShownTrouble {
    code: String,
    since: Time,
    failures: u32,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AlertStopped")]
struct ShownStop {
    code: String,
    at: Time,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AlertHistory")]
pub(crate) struct History {
    changes: Vec<ShownChange>,
    /// Messages that tell nothing.
    tests: Vec<ShownMessage>,
}

/// One state became the other.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AlertChange")]
struct ShownChange {
    number: i64,
    state: State,
    at: Time,
    count: u64,
    /// What was counted.
    from: Time,
    to: Time,
    messages: Vec<ShownMessage>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AlertMessage")]
struct ShownMessage {
    id: String,
    destination: String,
    created_at: Time,
    tries: u32,
    sent_at: Option<Time>,
    /// Why it did not arrive, the last time that it was tried.
    failure: Option<String>,
    retry_at: Option<Time>,
}

/// What a rule would have done.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AlertPreview")]
pub(crate) struct Previewed {
    hours: i64,
    /// How often it would have begun to alert.
    fired: usize,
    alerting_minutes: usize,
    now: Option<u64>,
    most: Option<u64>,
    least: Option<u64>,
    points: Vec<PreviewPoint>,
    warnings: Vec<Warning>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AlertPreviewPoint")]
struct PreviewPoint {
    time: Time,
    count: Option<u64>,
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

pub(crate) async fn alerts(who: Who) -> Result<Answer<Alerts>, Problem> {
    who.run(|who, identity| {
        let all = identity.alerts(&who.tenant_permit::<ViewAlerts>()?)?;
        Ok(ok(Alerts { alerts: all.iter().map(shown).collect() }))
    })
    .await
}

pub(crate) async fn alert(who: Who) -> Result<Answer<ShownAlert>, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ViewAlerts>()?;
        let found = identity.alert(&permit, who.id("alert")?)?.ok_or_else(Problem::not_found)?;
        Ok(ok(shown(&found)))
    })
    .await
}

pub(crate) async fn create(who: Who, Form(form): Form<AlertForm>) -> Result<Made<ShownAlert>, Problem> {
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ManageAlerts>()?;
        Ok(made(shown(&identity.create_alert(&permit, form.spec()?)?)))
    })
    .await
}

pub(crate) async fn change(who: Who, Form(form): Form<AlertForm>) -> Result<Answer<ShownAlert>, Problem> {
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ManageAlerts>()?;
        Ok(ok(shown(&identity.change_alert(&permit, who.id("alert")?, form.spec()?)?)))
    })
    .await
}

pub(crate) async fn remove(who: Who) -> Result<Done, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ManageAlerts>()?;
        identity.remove_alert(&permit, who.id("alert")?)?;
        Ok(nothing())
    })
    .await
}

pub(crate) async fn history(who: Who) -> Result<Answer<History>, Problem> {
    who.run(|who, identity| {
        let (permit, id) = (who.tenant_permit::<ViewAlerts>()?, who.id("alert")?);
        let changes = identity.alert_changes(&permit, id)?.ok_or_else(Problem::not_found)?;
        let messages = identity.alert_messages(&permit, id)?;
        let of = |change: Option<i64>| -> Vec<ShownMessage> {
            messages.iter().filter(|message| message.change == change).map(shown_message).collect()
        };
        let changes = changes.iter().map(|change| shown_change(change, of(Some(change.number)))).collect();
        Ok(ok(History { changes, tests: of(None) }))
    })
    .await
}

pub(crate) async fn test(who: Who) -> Result<Answer<Sent>, Problem> {
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
    Ok(ok(Sent { messages: sent(&app, errands).await }))
}

/// Counts the matches of each minute of the last day as whoever asks, and looks when the rule would have alerted.
pub(crate) async fn preview(who: Who, Form(form): Form<PreviewForm>) -> Result<Answer<Previewed>, Problem> {
    let PreviewForm { source, query, comparison, threshold, window_minutes } = form;
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

async fn previewed(app: &Arc<crate::app::App>, permit: Permit<Read>, rule: Rule) -> Result<Answer<Previewed>, Problem> {
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
    let point = |(at, counts): (usize, &[u64])| PreviewPoint {
        time: end(at * ROUNDS_SHOWN + counts.len() - 1).into(),
        count: extreme(counts),
    };
    Ok(ok(Previewed {
        hours: ALERT_PREVIEW_HOURS,
        fired: preview.fired,
        alerting_minutes: preview.alerting,
        now: preview.counts.last().copied(),
        most: preview.counts.iter().max().copied(),
        least: preview.counts.iter().min().copied(),
        points: preview.counts.chunks(ROUNDS_SHOWN).enumerate().map(point).collect(),
        warnings: warnings(&series.stats),
    }))
}

// --- what is shown ---

fn shown(alert: &Alert) -> ShownAlert {
    let (spec, standing) = (&alert.spec, &alert.standing);
    let trouble = standing.trouble.as_ref();
    ShownAlert {
        id: alert.id.to_string(),
        name: spec.name.as_str().to_owned(),
        source: spec.source.to_string(),
        query: spec.rule.query.clone(),
        comparison: spec.rule.comparison,
        threshold: spec.rule.threshold,
        window_minutes: spec.rule.window_minutes,
        destinations: spec.destinations.iter().map(ToString::to_string).collect(),
        created_at: alert.created_at.into(),
        keeper: shown_keeper(alert.keeper),
        state: standing.state,
        since: standing.since().into(),
        last: standing.last.map(|look| ShownLook { at: look.at().into(), count: look.count }),
        missed_rounds: standing.missed,
        trouble: trouble.map(|one| ShownTrouble { code: one.code.clone(), since: one.since().into(), failures: one.failures }),
        stopped: standing.stopped.as_ref().map(|one| ShownStop { code: one.code.clone(), at: one.at().into() }),
    }
}

fn shown_change(change: &AlertChange, messages: Vec<ShownMessage>) -> ShownChange {
    ShownChange {
        number: change.number,
        state: change.to,
        at: change.at.into(),
        count: change.count,
        from: change.window.from.into(),
        to: change.window.to.into(),
        messages,
    }
}

fn shown_message(message: &AlertMessage) -> ShownMessage {
    ShownMessage {
        id: message.id.to_string(),
        destination: message.destination.to_string(),
        created_at: message.created_at.into(),
        tries: message.tries,
        sent_at: message.sent_at.map(Time::from),
        failure: message.failure.clone(),
        retry_at: message.due_at.map(Time::from),
    }
}
