//! One source as a table: each stream takes the next part or fresh table, reads the pages that the filters leave, and
//! gives them as batches of the query's columns.

use std::collections::HashSet;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::{DataFusionError, Result as DfResult};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use futures_util::Stream;
use parking_lot::Mutex;
use store::{ColumnKey, Columns, FreshRows, LivePart, Projection, RowRanges, Store, View};

use super::{PARTITIONS, fields};
use crate::cancel::Cancel;
use crate::scan::Stats;

mod filters;

pub(super) struct LogTable {
    schema: SchemaRef,
    shared: Arc<Shared>,
}

struct Shared {
    store: Arc<Store>,
    view: View,
    cancel: Cancel,
    stats: Arc<Mutex<Stats>>,
}

// === impl LogTable ===

impl LogTable {
    pub(super) fn new(store: Arc<Store>, view: View, schema: SchemaRef, cancel: Cancel, stats: Arc<Mutex<Stats>>) -> Self {
        Self { schema, shared: Arc::new(Shared { store, view, cancel, stats }) }
    }

    /// The names of the table's columns.
    pub(super) fn names(&self) -> HashSet<String> {
        self.schema.fields().iter().map(|field| field.name().clone()).collect()
    }
}

impl fmt::Debug for LogTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogTable").field("schema", &self.schema).finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for LogTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Filters leave pages out; the rows of the others are filtered by the engine.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DfResult<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(columns) => Arc::new(self.schema.project(columns)?),
            None => Arc::clone(&self.schema),
        };
        let wanted = filters::Wanted::from_filters(filters);
        let mut units: Vec<Unit> = Vec::new();
        for part in &self.shared.view.parts {
            let (first, last) = part.row().times;
            if wanted.range.overlaps(first, last) {
                units.push(Unit::Part(Arc::clone(part)));
            } else {
                self.shared.stats.lock().parts_pruned += 1;
            }
        }
        units.extend(self.shared.view.fresh.iter().cloned().map(Unit::Fresh));
        let queue = Arc::new(Mutex::new(units));
        let partition = |_| {
            Arc::new(LogPartition {
                schema: Arc::clone(&schema),
                shared: Arc::clone(&self.shared),
                wanted: Arc::new(wanted.clone()),
                queue: Arc::clone(&queue),
            }) as Arc<dyn PartitionStream>
        };
        let partitions = (0..PARTITIONS).map(partition).collect();
        Ok(Arc::new(StreamingTableExec::try_new(Arc::clone(&schema), partitions, None, [], false, limit)?))
    }
}

/// What one stream reads at a time.
enum Unit {
    Part(Arc<LivePart>),
    Fresh(FreshRows),
}

struct LogPartition {
    schema: SchemaRef,
    shared: Arc<Shared>,
    wanted: Arc<filters::Wanted>,
    queue: Arc<Mutex<Vec<Unit>>>,
}

impl fmt::Debug for LogPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogPartition").finish_non_exhaustive()
    }
}

impl PartitionStream for LogPartition {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        Box::pin(LogStream {
            schema: Arc::clone(&self.schema),
            shared: Arc::clone(&self.shared),
            wanted: Arc::clone(&self.wanted),
            queue: Arc::clone(&self.queue),
            current: Box::new(std::iter::empty()),
        })
    }
}

type Batches = Box<dyn Iterator<Item = DfResult<Columns>> + Send>;

struct LogStream {
    schema: SchemaRef,
    shared: Arc<Shared>,
    wanted: Arc<filters::Wanted>,
    queue: Arc<Mutex<Vec<Unit>>>,
    current: Batches,
}

// === impl LogStream ===

impl LogStream {
    fn next_batch(&mut self) -> Option<DfResult<RecordBatch>> {
        loop {
            if let Err(cancelled) = self.shared.cancel.check() {
                return Some(Err(DataFusionError::External(Box::new(cancelled))));
            }
            if let Some(columns) = self.current.next() {
                return Some(columns.and_then(|columns| self.batch(&columns)));
            }
            let unit = self.queue.lock().pop()?;
            self.current = match unit {
                Unit::Fresh(fresh) => self.fresh(&fresh),
                Unit::Part(part) => self.part(&part),
            };
        }
    }

    fn batch(&self, columns: &Columns) -> DfResult<RecordBatch> {
        self.shared.stats.lock().rows_scanned += columns.rows() as u64;
        let arrays = self.schema.fields().iter().map(|field| fields::array(field, columns)).collect::<Result<Vec<_>, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(columns.rows()));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)?)
    }

    fn keys(&self, available: &[&ColumnKey]) -> Vec<ColumnKey> {
        let mut keys: Vec<ColumnKey> =
            self.schema.fields().iter().flat_map(|field| fields::sources(field.name(), available.iter().copied())).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    fn fresh(&self, fresh: &FreshRows) -> Batches {
        let available: Vec<ColumnKey> = fresh.columns().into_iter().map(|(key, _)| key).collect();
        Box::new(fresh.read(&Projection::Only(self.keys(&available.iter().collect::<Vec<_>>()))).into_iter().map(Ok))
    }

    fn part(&self, live: &LivePart) -> Batches {
        let opened = live.open().and_then(|part| {
            let pages = self.wanted.pages(part.index());
            let rows = RowRanges::from_pages(&pages, part.index().page_rows, part.index().rows);
            let keys = self.keys(&part.index().columns().map(|(key, _)| key).collect::<Vec<_>>());
            let mut stats = self.shared.stats.lock();
            if rows.is_empty() {
                stats.parts_pruned += 1;
            } else {
                stats.parts_read += 1;
            }
            part.read(&rows, &keys)
        });
        let shared = Arc::clone(&self.shared);
        let report = move |error: &store::PartError| {
            shared.stats.lock().parts_unreadable += 1;
            shared.store.report_part(&shared.view, error);
        };
        match opened {
            // A damaged part is reported and left out, from the batch on at which it shows.
            Ok(rows) => Box::new(rows.map_while(move |columns| columns.inspect_err(&report).ok()).map(Ok)),
            Err(error) => {
                report(&error);
                Box::new(std::iter::empty())
            }
        }
    }
}

impl Stream for LogStream {
    type Item = DfResult<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.next_batch())
    }
}

impl RecordBatchStream for LogStream {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}
