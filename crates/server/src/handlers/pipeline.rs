//! The rules that a source's records go through before they are written, and what rules would do that are not saved yet.
//!
//! Always holds: a trial changes nothing, and is a reading of records: it takes the right to read them beside that to
//! configure the source, and is in the trail before a record is looked at.

use std::collections::BTreeMap;
use std::sync::Arc;

use audit::Question;
use identity::pipeline::RuleSpec;
use identity::{ConfigureSource, Counts, Permit, Pipeline, Read, Redaction, RuleCount, SetTreatmentError, ViewSource};
use model::{RecordId, TimeRange, Timestamp, limits};
use schemars::JsonSchema;
use search::{Cancel, Find, Order, Predicate, Query, Stats};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::query::{Warning, run, warnings};
use super::shown::Time;
use super::who::Who;
use crate::api::{Answer, Form, ok};
use crate::app::App;
use crate::problem::Problem;

/// All rules of a source, in their order.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PipelineForm")]
pub(crate) struct AskedPipeline {
    pub(crate) rules: Vec<RuleSpec>,
}

/// Rules to be tried, and on how many of the newest records.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PipelineTrialForm")]
pub(crate) struct AskedTrial {
    rules: Vec<RuleSpec>,
    #[serde(default)]
    records: Option<usize>,
}

/// The rules that a source's records go through, in their order.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Pipeline")]
pub(crate) struct ShownPipeline {
    rules: Vec<RuleSpec>,
    /// Of each rule, since one of its name was first made.
    counts: Vec<ShownCount>,
}

/// Records that a rule changed or dropped, and those that it should have and could not.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PipelineRuleCount")]
struct ShownCount {
    name: String,
    touched: u64,
    failed: u64,
}

/// What rules would do to the newest records.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PipelineTrial")]
pub(crate) struct ShownTrial {
    /// How many were looked at.
    records: u64,
    /// Of them, those that any rule would change or drop.
    touched: u64,
    dropped: u64,
    oldest: Option<Time>,
    newest: Option<Time>,
    counts: Vec<ShownCount>,
    examples: Vec<ShownExample>,
    warnings: Vec<Warning>,
}

/// A record as it is, and as it would be.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PipelineExample")]
struct ShownExample {
    id: String,
    /// The names of the rules that touch it.
    rules: Vec<String>,
    #[schemars(with = "BTreeMap<String, Value>")]
    before: Box<RawValue>,
    /// Nothing where it would be dropped.
    #[schemars(with = "Option<BTreeMap<String, Value>>")]
    after: Option<Box<RawValue>>,
}

/// What a trial has found out so far.
struct Trial {
    pipeline: Pipeline,
    redaction: Redaction,
    arrived: Timestamp,
    seen: ShownTrial,
    counts: Vec<RuleCount>,
    /// How many examples each rule has.
    shown: Vec<usize>,
}

pub(crate) async fn pipeline(who: Who) -> Result<Answer<ShownPipeline>, Problem> {
    who.run(|who, identity| {
        let permit = who.source_permit::<ViewSource>()?;
        let pipeline = identity.treatment(permit.scope())?.pipeline;
        Ok(ok(shown_pipeline(&pipeline, &identity.counts(permit.scope())?)))
    })
    .await
}

/// What the body does not name is no rule any more.
pub(crate) async fn set_pipeline(who: Who, Form(asked): Form<AskedPipeline>) -> Result<Answer<ShownPipeline>, Problem> {
    who.run(move |who, identity| {
        let permit = who.source_permit::<ConfigureSource>()?;
        let pipeline = Pipeline::new(asked.rules).map_err(SetTreatmentError::from)?;
        let pipeline = identity.set_pipeline(permit.scope(), pipeline, permit.deed())?;
        Ok(ok(shown_pipeline(&pipeline, &identity.counts(permit.scope())?)))
    })
    .await
}

pub(crate) async fn try_pipeline(who: Who, Form(asked): Form<AskedTrial>) -> Result<Answer<ShownTrial>, Problem> {
    let app = Arc::clone(&who.app);
    let (permit, trial, wanted) = who
        .run(move |who, identity| {
            let scope = who.source_permit::<ConfigureSource>()?.scope();
            let wanted = asked.records.unwrap_or(limits::PIPELINE_TRIAL_RECORDS_DEFAULT);
            if !(1..=limits::PAGE_RECORDS_MAX).contains(&wanted) {
                let detail = format!("`records` is a number from 1 to {}", limits::PAGE_RECORDS_MAX);
                return Err(Problem::bad_request("limit_invalid", detail));
            }
            let pipeline = Pipeline::new(asked.rules).map_err(SetTreatmentError::from)?;
            let (credential, deed) = (who.credential()?, who.deed());
            let permit = identity.authorize_read(credential.as_ref(), Some(scope.source), &deed, Question::PipelineTrial)?;
            let redaction = identity.treatment(permit.scope())?.redaction;
            Ok((permit, Trial::new(pipeline, redaction, deed.at), wanted))
        })
        .await?;
    run(&app, permit, move |app, permit, cancel| Ok(ok(trial.look(app, permit, wanted, cancel)?))).await
}

pub(crate) fn shown_pipeline(pipeline: &Pipeline, counts: &Counts) -> ShownPipeline {
    let count = |number: u32| counts.rules.get(&number).copied().unwrap_or_default();
    ShownPipeline {
        rules: pipeline.rules().iter().map(|rule| rule.spec().clone()).collect(),
        counts: pipeline.rules().iter().map(|rule| shown_count(rule.name(), count(rule.number()))).collect(),
    }
}

fn shown_count(name: &str, RuleCount { touched, failed }: RuleCount) -> ShownCount {
    ShownCount { name: name.to_owned(), touched, failed }
}

// === impl Trial ===

impl Trial {
    fn new(pipeline: Pipeline, redaction: Redaction, arrived: Timestamp) -> Self {
        let as_stored = Warning {
            code: "as_stored",
            detail: "the records are seen as they were stored: read, masked, and changed by the rules of that time".to_owned(),
            at: None,
            length: None,
        };
        let seen = ShownTrial {
            records: 0,
            touched: 0,
            dropped: 0,
            oldest: None,
            newest: None,
            counts: Vec::new(),
            examples: Vec::new(),
            warnings: vec![as_stored],
        };
        let rules = pipeline.rules().len();
        Self { pipeline, redaction, arrived, seen, counts: vec![RuleCount::default(); rules], shown: vec![0; rules] }
    }

    /// Looks at the newest records, a page at a time.
    fn look(mut self, app: &App, permit: &Permit<Read>, wanted: usize, cancel: &Cancel) -> Result<ShownTrial, Problem> {
        let predicate = Predicate::compile(&Query::parse("")?, self.arrived);
        let range = TimeRange { from: Timestamp::MIN, to: Timestamp::MAX };
        let (mut after, mut stats): (Option<RecordId>, Stats) = (None, Stats::default());
        loop {
            let limit = wanted - usize::try_from(self.seen.records).unwrap_or(wanted).min(wanted);
            if limit == 0 {
                break;
            }
            let find = Find { predicate: &predicate, range, order: Order::NewestFirst, limit, after };
            let found = search::find(&app.store, permit, &find, cancel)?;
            stats.parts_unreadable = stats.parts_unreadable.max(found.stats.parts_unreadable);
            for record in &found.records {
                cancel.check()?;
                self.record(record);
            }
            after = found.next;
            if after.is_none() || found.records.is_empty() {
                break;
            }
        }
        self.seen.warnings.extend(warnings(&stats));
        let rules = self.pipeline.rules().iter().zip(&self.counts);
        self.seen.counts = rules.map(|(rule, count)| shown_count(rule.name(), *count)).collect();
        Ok(self.seen)
    }

    fn record(&mut self, record: &[u8]) {
        self.seen.records += 1;
        let Some((id, before)) = ingest::pipeline::as_sent(record) else { return };
        let Some(tried) = ingest::pipeline::try_on(&before, &self.pipeline, self.redaction, self.arrived) else { return };
        if let Ok(at) = id.parse::<RecordId>() {
            self.seen.newest.get_or_insert_with(|| at.timestamp.into());
            self.seen.oldest = Some(at.timestamp.into());
        }
        for rule in &tried.failed {
            self.counts[*rule].failed += 1;
        }
        for rule in &tried.touched {
            self.counts[*rule].touched += 1;
        }
        if !tried.touched.is_empty() {
            self.seen.touched += 1;
            self.seen.dropped += u64::from(tried.after.is_none());
            self.example(id, before, tried);
        }
    }

    /// Shows a record, unless rules that touch it have had their share of examples.
    fn example(&mut self, id: String, before: Vec<u8>, tried: ingest::pipeline::Tried) {
        let share = (limits::PIPELINE_EXAMPLES_MAX / self.shown.len().max(1)).max(1);
        let is_wanted = tried.touched.iter().any(|rule| self.shown[*rule] < share);
        let is_small = |json: &[u8]| json.len() <= limits::PIPELINE_EXAMPLE_BYTES_MAX;
        let are_small = is_small(&before) && tried.after.as_deref().is_none_or(is_small);
        if !is_wanted || !are_small || self.seen.examples.len() >= limits::PIPELINE_EXAMPLES_MAX {
            return;
        }
        let raw = |json: Vec<u8>| String::from_utf8(json).ok().and_then(|json| RawValue::from_string(json).ok());
        let after = tried.after.map(raw);
        let (Some(before), Some(after)) = (raw(before), after.map_or(Some(None), |after| after.map(Some))) else { return };
        for rule in &tried.touched {
            self.shown[*rule] += 1;
        }
        let rules = tried.touched.iter().map(|rule| self.pipeline.rules()[*rule].name().to_owned()).collect();
        self.seen.examples.push(ShownExample { id, rules, before, after });
    }
}
