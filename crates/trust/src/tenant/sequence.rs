//! The check of an answer: after a burst of records another one follows in time.
//!
//! Records that go on without a pause are one burst, and it has to be answered within its seconds after the record that
//! made it one. A burst that may have begun before the window, or whose seconds are not over, is left to another look.
//!
//! Always holds: a window without a burst shows nothing; a burst is answered only by a record of its own group; of a burst
//! nothing is told but when it was.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::limits::OWN_MOMENTS_MAX;
use model::{Check, Observation, Scope, TimeRange, Timestamp, Vantage};

use super::evidence::window;
use super::outside::{LogQuestions, LookError, Moment, Moments, Question};

#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) trigger: String,
    pub(crate) burst: usize,
    pub(crate) within_seconds: i64,
    pub(crate) follows: String,
    pub(crate) answer_seconds: i64,
    pub(crate) group_by: Option<String>,
    pub(crate) window_seconds: i64,
}

pub(crate) struct SequenceCheck {
    name: &'static str,
    scope: Scope,
    rule: Rule,
    logs: Arc<dyn LogQuestions>,
}

/// Logs with these records.
struct Recorded<'a> {
    trigger: &'a str,
    triggers: Vec<Moment>,
    follows: Vec<Moment>,
}

type Groups = BTreeMap<Option<String>, Vec<Timestamp>>;

// === impl Rule ===

impl Rule {
    /// When each burst became one, of times in their order; a run that may have begun before `from` is left out.
    fn bursts(&self, times: &[Timestamp], from: Timestamp) -> Vec<Timestamp> {
        let within = |one: Timestamp, other: Timestamp| other <= one.plus_seconds(self.within_seconds);
        let is_whole = |run: &&[Timestamp]| run.first().is_some_and(|first| !within(from, *first));
        let became = |run: &[Timestamp]| {
            let full = run.windows(self.burst).find(|some| matches!(some, [first, .., last] if within(*first, *last)))?;
            full.last().copied()
        };
        times.chunk_by(|one, other| within(*one, *other)).filter(is_whole).filter_map(became).collect()
    }
}

// === impl SequenceCheck ===

impl SequenceCheck {
    pub(crate) fn new(name: &'static str, scope: Scope, rule: Rule, logs: Arc<dyn LogQuestions>) -> Self {
        Self { name, scope, rule, logs }
    }

    fn look_at(&self, logs: &dyn LogQuestions, now: Timestamp) -> Observation {
        let range = window(now, self.rule.window_seconds);
        let asked = self.times(logs, &self.rule.trigger, range);
        match asked.and_then(|triggers| Ok((triggers, self.times(logs, &self.rule.follows, range)?))) {
            Ok((Some(triggers), Some(follows))) => self.judged(&triggers, &follows, range),
            Ok((_, _)) => Observation::not_run("too many records match for their times to be looked at"),
            Err(error) => Observation::not_run("the logs could not be asked").detail(error.to_string()),
        }
    }

    fn times(&self, logs: &dyn LogQuestions, query: &str, range: TimeRange) -> Result<Option<Groups>, LookError> {
        let question = Question { scope: self.scope, query, range };
        let all = match logs.times(&question, self.rule.group_by.as_deref(), OWN_MOMENTS_MAX)? {
            Moments::All(all) if all.len() <= OWN_MOMENTS_MAX => all,
            Moments::All(_) | Moments::TooMany => return Ok(None),
        };
        let mut groups = Groups::new();
        for moment in all {
            groups.entry(moment.group).or_default().push(moment.at);
        }
        groups.values_mut().for_each(|times| times.sort_unstable());
        Ok(Some(groups))
    }

    fn judged(&self, triggers: &Groups, follows: &Groups, range: TimeRange) -> Observation {
        let (mut whole, mut unanswered) = (0, Vec::new());
        for (group, times) in triggers {
            let answers = follows.get(group).map_or(&[] as &[Timestamp], Vec::as_slice);
            for became in self.rule.bursts(times, range.from) {
                let until = became.plus_seconds(self.rule.answer_seconds);
                if until >= range.to {
                    continue;
                }
                whole += 1;
                let next = answers.get(answers.partition_point(|at| *at < became));
                if next.is_none_or(|at| *at > until) {
                    unanswered.push(became);
                }
            }
        }
        let answered = whole - unanswered.len() as u64;
        unanswered.sort_unstable();
        Observation::all("bursts were answered in time", answered, whole)
            .with_details(unanswered.into_iter().map(|at| format!("the burst of {at} was not")))
    }

    /// A burst in the middle of the window, in a group.
    fn burst(&self, now: Timestamp) -> (Vec<Moment>, Timestamp, Option<String>) {
        let range = window(now, self.rule.window_seconds);
        let at = range.from.plus_seconds(self.rule.window_seconds / 2);
        let group = self.rule.group_by.as_ref().map(|_| "a".to_owned());
        (vec![Moment { at, group: group.clone() }; self.rule.burst], at, group)
    }
}

impl Check for SequenceCheck {
    fn id(&self) -> &'static str {
        self.name
    }

    fn vantage(&self) -> Vantage {
        Vantage::Inside
    }

    fn look(&self, now: Timestamp) -> Observation {
        self.look_at(&*self.logs, now)
    }

    /// A burst with no answer, with one before it, with one too late, and, where there are groups, with another group's.
    fn look_at_twin(&self, now: Timestamp) -> Observation {
        let (triggers, at, group) = self.burst(now);
        let late = at.plus_seconds(self.rule.answer_seconds + 1);
        let other = group.as_ref().map(|_| Moment { at, group: Some("b".to_owned()) });
        let before = Moment { at: at.plus_seconds(-1), group: group.clone() };
        let answers = [vec![], vec![before], vec![Moment { at: late, group }]];
        let twins = answers.into_iter().chain(other.map(|other| vec![other]));
        let twin = |follows| Recorded { trigger: &self.rule.trigger, triggers: triggers.clone(), follows };
        Observation::of_twins(twins.map(|follows| self.look_at(&twin(follows), now)))
    }
}

impl LogQuestions for Recorded<'_> {
    fn count(&self, _: &Question<'_>) -> Result<u64, LookError> {
        Ok(self.triggers.len() as u64)
    }

    fn has_any(&self, _: Scope, _: TimeRange) -> Result<bool, LookError> {
        Ok(true)
    }

    fn times(&self, question: &Question<'_>, _: Option<&str>, _: usize) -> Result<Moments, LookError> {
        Ok(Moments::All(if question.query == self.trigger { self.triggers.clone() } else { self.follows.clone() }))
    }
}
