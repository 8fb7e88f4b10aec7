//! Questions of tenants' pages to logs.
//!
//! Always holds: each has a permit for one source of the page's tenant, which is in the tenant's trail before it is given; a
//! place among the queries that run at once; and an end. What it counts is exact or not said.

use std::sync::Arc;

use identity::{Identity, Look, Permit};
use model::limits::{OWN_QUESTION_SECONDS_MAX, OWN_QUESTION_WAIT_SECONDS_MAX};
use model::{Clock, Scope, TimeRange};
use search::{Cancel, Predicate, Query, ScanError, Seen};
use store::Store;
use trust::tenant::{LogQuestions, LookError, Moment, Moments, Question};

use crate::app::Places;
use crate::problem::Chain;

pub(super) struct Logs {
    pub(super) store: Arc<Store>,
    pub(super) identity: Arc<Identity>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) places: Places,
}

// === impl Logs ===

impl Logs {
    fn ask<T>(
        &self,
        scope: Scope,
        look: impl FnOnce(&Permit<Look>, &Cancel) -> Result<T, search::LookError>,
    ) -> Result<T, LookError> {
        let _place = self.places.take(OWN_QUESTION_WAIT_SECONDS_MAX).ok_or(LookError::TooMuch)?;
        let permit = self.identity.look(scope, self.clock.now()).map_err(|error| failed(&error))?;
        let permit = permit.ok_or(LookError::NoSource)?;
        let deadline = self.places.deadline(OWN_QUESTION_SECONDS_MAX);
        look(&permit, &deadline.cancel()).map_err(|error| match error {
            search::LookError::Scan(ScanError::Source(error)) => failed(&error),
            search::LookError::Scan(ScanError::Cancelled(_)) | search::LookError::TooMany => LookError::TooMuch,
            error @ (search::LookError::Unreadable(_) | search::LookError::LongValue) => LookError::Failed(error.to_string()),
        })
    }

    fn compiled(&self, question: &Question<'_>) -> Result<(Predicate, TimeRange), LookError> {
        let query = Query::parse(question.query).map_err(|_| LookError::Query)?;
        let predicate = Predicate::compile(&query, self.clock.now());
        let (range, bounds) = (question.range, predicate.time_bounds());
        let range = TimeRange { from: range.from.max(bounds.from), to: range.to.min(bounds.to) };
        Ok((predicate, range))
    }
}

impl LogQuestions for Logs {
    fn count(&self, question: &Question<'_>) -> Result<u64, LookError> {
        let (predicate, range) = self.compiled(question)?;
        self.ask(question.scope, |permit, cancel| search::count(&self.store, permit, &predicate, range, cancel))
    }

    fn has_any(&self, scope: Scope, range: TimeRange) -> Result<bool, LookError> {
        self.ask(scope, |permit, cancel| search::any(&self.store, permit, range, cancel))
    }

    fn times(&self, question: &Question<'_>, group_by: Option<&str>, limit: usize) -> Result<Moments, LookError> {
        let (predicate, range) = self.compiled(question)?;
        let asked = self.ask(question.scope, |permit, cancel| {
            match search::moments(&self.store, permit, (&predicate, group_by), (range, limit), cancel) {
                Err(search::LookError::TooMany) => Ok(None),
                found => found.map(Some),
            }
        });
        let moment = |Seen { at, group }: Seen| Moment { at, group };
        Ok(asked?.map_or(Moments::TooMany, |seen| Moments::All(seen.into_iter().map(moment).collect())))
    }
}

/// What is ours to mend is in the server's own log; the tenant is told that it failed.
fn failed(error: &dyn std::error::Error) -> LookError {
    tracing::error!(error = %Chain(error), "a tenant's page could not ask the logs");
    LookError::Failed("the server could not do this; its log says why".to_owned())
}
