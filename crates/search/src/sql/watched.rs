//! The filter of a join, which looks whether anybody still waits.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{FieldRef, Schema};
use arrow::record_batch::RecordBatch;
use datafusion::common::Result;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::utils::JoinFilter;
use datafusion::physical_plan::joins::{HashJoinExec, NestedLoopJoinExec, NestedLoopJoinExecBuilder};

use crate::cancel::Cancel;

/// An expression that ends with an error once its query is cancelled. A join whose filter lets no row through gives nothing
/// out between one pair of batches and the next, so its filter is the only place to look.
#[derive(Debug)]
struct Watched {
    inner: Arc<dyn PhysicalExpr>,
    cancel: Cancel,
}

/// The join with its filter watched; any other node as it is.
pub(super) fn watched(node: Arc<dyn ExecutionPlan>, cancel: &Cancel) -> Result<Arc<dyn ExecutionPlan>> {
    let filter = |filter: &JoinFilter| {
        let inner = Arc::clone(filter.expression());
        let watched = Arc::new(Watched { inner, cancel: cancel.clone() });
        JoinFilter::new(watched, filter.column_indices().to_vec(), Arc::clone(filter.schema()))
    };
    if let Some(join) = node.downcast_ref::<NestedLoopJoinExec>()
        && let Some(given) = join.filter()
    {
        let join = NestedLoopJoinExecBuilder::from(join).with_filter(Some(filter(given))).build()?;
        return Ok(Arc::new(join));
    }
    if let Some(join) = node.downcast_ref::<HashJoinExec>()
        && let Some(given) = join.filter()
    {
        return join.builder().with_filter(Some(filter(given))).build_exec();
    }
    Ok(node)
}

impl PhysicalExpr for Watched {
    fn return_field(&self, schema: &Schema) -> Result<FieldRef> {
        self.inner.return_field(schema)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        self.cancel.check().map_err(|cancelled| DataFusionError::External(Box::new(cancelled)))?;
        self.inner.evaluate(batch)
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.inner]
    }

    fn with_new_children(self: Arc<Self>, mut children: Vec<Arc<dyn PhysicalExpr>>) -> Result<Arc<dyn PhysicalExpr>> {
        let inner = children.pop().unwrap_or_else(|| Arc::clone(&self.inner));
        Ok(Arc::new(Self { inner, cancel: self.cancel.clone() }))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt_sql(f)
    }
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl PartialEq for Watched {
    fn eq(&self, other: &Self) -> bool {
        self.inner.eq(&other.inner)
    }
}

impl Eq for Watched {}

impl Hash for Watched {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}
