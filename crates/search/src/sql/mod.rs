//! SQL over one source: read-only, bounded in time, memory and rows.
//!
//! Always holds: a statement sees one table, that of the permit's source, and nothing else; whatever is not a query is
//! refused before it is planned. Nothing is spilled: a query that needs more memory than it may have ends with an error.

mod bounded;
mod fields;
mod held;
mod percentile;
mod rewrite;
mod rows;
mod table;
mod watched;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::DataFusionError;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::registry::FunctionRegistry;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::{SessionConfig, SessionContext};
use futures_util::StreamExt;
use identity::{Permit, Read};
use model::{SourceId, TimeRange, limits};
use parking_lot::Mutex;
use store::Store;
use tokio::time::MissedTickBehavior;

pub use rewrite::SqlRefused;
pub use rows::SqlRows;

use crate::cancel::{Cancel, Cancelled};
use crate::scan::Stats;
use table::LogTable;

/// The name under which every source is queried; `source_<id>` is another.
const TABLE: &str = "logs";
const SOURCE: &str = "source_";
/// Parts are shared among this many streams, which the query's threads serve.
const PARTITIONS: usize = 2;
/// How long a query that gives no rows goes on after it was cancelled.
const CANCEL_POLL: Duration = Duration::from_millis(50);

/// Functions that make much of a few bytes, outside the memory that is counted, or take hours for two texts.
const FUNCTIONS_WITHOUT_BOUND: [&str; 8] =
    ["array_repeat", "array_resize", "generate_series", "levenshtein", "lpad", "range", "repeat", "rpad"];

/// An answer.
#[derive(Debug)]
pub struct SqlAnswer {
    pub rows: SqlRows,
    pub stats: Stats,
}

#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    #[error(transparent)]
    Refused(#[from] SqlRefused),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("the source could not be opened")]
    Source(#[from] store::RecoverError),
    /// The statement is at fault: an unknown column or function, types that do not fit, a division by zero.
    #[error("{0}")]
    Statement(String),
    #[error("the query needs more than {} MiB of memory; group by fewer values or ask for a shorter time range", limits::QUERY_MEMORY_BYTES >> 20)]
    Memory,
}

/// Runs one query. Must be called on a runtime of its own: it computes on the threads that poll it.
pub async fn sql(store: &Arc<Store>, permit: &Permit<Read>, text: &str, cancel: &Cancel) -> Result<SqlAnswer, SqlError> {
    let statement = rewrite::parse(text)?;
    let view = store.view(permit.scope(), TimeRange::ALL)?;
    let stats = Arc::new(Mutex::new(Stats { parts_unreadable: view.quarantined, ..Stats::default() }));
    let named = statement.fields();
    let schema = fields::schema(&view, &named);
    let table = Arc::new(LogTable::new(Arc::clone(store), view, schema, cancel.clone(), Arc::clone(&stats)));
    let query = statement.rewrite(permit.scope().source, &table.names())?;
    let context = SessionContext::new_with_state(state(cancel)?);
    context.register_table(TABLE, table)?;
    let plan = context.state().statement_to_plan(query).await?;
    let read_only = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    read_only.verify_plan(&plan)?;
    let plan = context.state().create_physical_plan(&plan).await?;
    let rows = collect(plan, &context, cancel).await?;
    let stats = *stats.lock();
    Ok(SqlAnswer { rows, stats })
}

/// The sources that a statement names by their tables, for whoever may read several and asks one.
pub fn sources_named(text: &str) -> Result<BTreeSet<SourceId>, SqlRefused> {
    Ok(rewrite::parse(text)?.sources())
}

async fn collect(plan: Arc<dyn ExecutionPlan>, context: &SessionContext, cancel: &Cancel) -> Result<SqlRows, SqlError> {
    let mut rows = SqlRows::new(&plan.schema());
    let mut stream = execute_stream(yielding(plan, cancel)?, context.task_ctx())?;
    let mut polls = tokio::time::interval(CANCEL_POLL);
    polls.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            // Looked at first: whoever computes gives the thread back when its share of it is used up.
            biased;
            _ = polls.tick() => cancel.check()?,
            batch = stream.next() => match batch {
                Some(batch) => {
                    cancel.check()?;
                    rows.add(&batch?);
                    if rows.truncated {
                        break;
                    }
                }
                None => break,
            },
        }
    }
    cancel.check()?;
    Ok(rows.finish())
}

/// A join makes many batches of one that it reads, so it has to give the thread back by itself; and where it makes none, to
/// look by itself.
fn yielding(plan: Arc<dyn ExecutionPlan>, cancel: &Cancel) -> Result<Arc<dyn ExecutionPlan>, SqlError> {
    let wrap = |node: Arc<dyn ExecutionPlan>| match node.children().len() {
        0 => Ok(Transformed::no(node)),
        1 => Ok(Transformed::yes(held::held(node)?)),
        _ => {
            let node = watched::watched(node, cancel)?;
            Ok(Transformed::yes(Arc::new(CooperativeExec::new(node)) as Arc<dyn ExecutionPlan>))
        }
    };
    Ok(plan.transform_up(wrap)?.data)
}

fn state(cancel: &Cancel) -> Result<SessionState, SqlError> {
    let bounds = Arc::new(bounded::BoundFunctions::new(cancel));
    let runtime = RuntimeEnvBuilder::new()
        // Spill files would be the one place where records lie in clear.
        .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled))
        .with_memory_pool(Arc::new(GreedyMemoryPool::new(limits::QUERY_MEMORY_BYTES)))
        .build_arc()?;
    let mut config = SessionConfig::new().with_target_partitions(PARTITIONS).with_information_schema(false);
    // Field names keep their case, as people sent them.
    config.options_mut().sql_parser.enable_ident_normalization = false;
    // They need not end.
    config.options_mut().execution.enable_recursive_ctes = false;
    let mut state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_default_features()
        // Sources of rows other than the one table.
        .with_table_function_list(Vec::new())
        .with_table_functions(std::collections::HashMap::new())
        .with_analyzer_rule(Arc::clone(&bounds) as _)
        .with_optimizer_rule(bounds)
        .build();
    for name in FUNCTIONS_WITHOUT_BOUND {
        state.deregister_udf(name)?;
    }
    state.register_udaf(percentile::approximate_percentile())?;
    Ok(state)
}

/// The names of the table of a source.
fn names_table(name: &str, source: SourceId) -> bool {
    name.eq_ignore_ascii_case(TABLE) || name.strip_prefix(SOURCE).is_some_and(|id| id == source.to_string())
}

impl From<DataFusionError> for SqlError {
    fn from(error: DataFusionError) -> Self {
        match error.find_root() {
            DataFusionError::ResourcesExhausted(_) => Self::Memory,
            DataFusionError::External(inner) => match inner.downcast_ref::<Cancelled>() {
                Some(cancelled) => Self::Cancelled(*cancelled),
                None => Self::Statement(error.strip_backtrace()),
            },
            _ => Self::Statement(error.strip_backtrace()),
        }
    }
}

#[cfg(test)]
mod tests;
