//! `approx_percentile_cont`, kept for each group in a histogram. `DataFusion`'s own sorts every batch of every group once
//! for each percentile that is asked for, which was most of the time of a query by service and hour.

use std::mem::size_of;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Float64Array};
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type, Schema};
use arrow::record_batch::RecordBatch;
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, plan_err};
use datafusion::functions_aggregate::approx_percentile_cont::ApproxPercentileCont;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, ColumnarValue, EmitTo, GroupsAccumulator, Signature,
};

use crate::sketch::Sketch;

/// Has the names and types of `DataFusion`'s function, and hands it what is not a plain percentile of doubles.
#[derive(Debug, PartialEq, Eq, Hash)]
struct ApproximatePercentile {
    inner: ApproxPercentileCont,
}

/// The sketch of each group.
#[derive(Debug)]
struct Groups {
    rank: f64,
    sketches: Vec<Sketch>,
}

/// The sketch of all rows.
#[derive(Debug)]
struct Whole {
    rank: f64,
    sketch: Sketch,
}

pub(super) fn approximate_percentile() -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::from(ApproximatePercentile { inner: ApproxPercentileCont::new() }))
}

// === impl ApproximatePercentile ===

impl AggregateUDFImpl for ApproximatePercentile {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        self.inner.return_type(arguments)
    }

    fn supports_within_group_clause(&self) -> bool {
        true
    }

    fn state_fields(&self, arguments: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        if !is_plain(arguments.input_fields) {
            return self.inner.state_fields(arguments);
        }
        Ok(vec![Arc::new(Field::new(format_state_name(arguments.name, "sketch"), DataType::Binary, false))])
    }

    fn accumulator(&self, arguments: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        if !is_plain(arguments.expr_fields) {
            return self.inner.accumulator(arguments);
        }
        Ok(Box::new(Whole { rank: rank(&arguments)?, sketch: Sketch::new() }))
    }

    fn groups_accumulator_supported(&self, arguments: AccumulatorArgs<'_>) -> bool {
        is_plain(arguments.expr_fields)
    }

    fn create_groups_accumulator(&self, arguments: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Groups { rank: rank(&arguments)?, sketches: Vec::new() }))
    }
}

/// Without a third argument, which is the size of a t-digest.
fn is_plain(arguments: &[FieldRef]) -> bool {
    arguments.len() == 2 && arguments[0].data_type() == &DataType::Float64
}

fn rank(arguments: &AccumulatorArgs<'_>) -> Result<f64> {
    let nothing = RecordBatch::new_empty(Arc::new(Schema::empty()));
    let rank = match arguments.exprs[1].evaluate(&nothing) {
        Ok(ColumnarValue::Scalar(ScalarValue::Float64(Some(rank)))) if (0.0..=1.0).contains(&rank) => rank,
        _ => return plan_err!("the percentile of approx_percentile_cont is a number from 0 to 1"),
    };
    let descending = arguments.order_bys.first().is_some_and(|order| order.options.descending);
    Ok(if descending { 1.0 - rank } else { rank })
}

fn merge_state(sketch: &mut Sketch, state: &[u8]) -> Result<()> {
    sketch.merge_bytes(state).map_err(|error| exec_datafusion_err!("{error}"))
}

// === impl Groups ===

impl Groups {
    fn of_groups(&mut self, count: usize) -> &mut [Sketch] {
        if self.sketches.len() < count {
            self.sketches.resize_with(count, Sketch::new);
        }
        &mut self.sketches
    }
}

impl GroupsAccumulator for Groups {
    fn update_batch(&mut self, values: &[ArrayRef], groups: &[usize], filter: Option<&BooleanArray>, count: usize) -> Result<()> {
        let sketches = self.of_groups(count);
        let values = values[0].as_primitive::<Float64Type>();
        for (row, (value, group)) in values.iter().zip(groups).enumerate() {
            let counts = filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row));
            if let (Some(value), true) = (value, counts) {
                sketches[*group].add(value);
            }
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], count: usize) -> Result<()> {
        let sketches = self.of_groups(count);
        for (state, group) in states[0].as_binary::<i32>().iter().zip(groups) {
            merge_state(&mut sketches[*group], state.unwrap_or_default())?;
        }
        Ok(())
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let emitted = emit.take_needed(&mut self.sketches);
        Ok(Arc::new(emitted.iter().map(|sketch| sketch.percentile(self.rank)).collect::<Float64Array>()))
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let emitted = emit.take_needed(&mut self.sketches);
        Ok(vec![Arc::new(BinaryArray::from_iter_values(emitted.iter().map(Sketch::to_bytes)))])
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let mut rows = Self { rank: self.rank, sketches: Vec::new() };
        let groups: Vec<usize> = (0..values[0].len()).collect();
        rows.update_batch(values, &groups, filter, groups.len())?;
        rows.state(EmitTo::All)
    }

    fn size(&self) -> usize {
        self.sketches.capacity() * size_of::<Sketch>() + self.sketches.iter().map(Sketch::heap_bytes).sum::<usize>()
    }
}

// === impl Whole ===

impl Accumulator for Whole {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        values[0].as_primitive::<Float64Type>().iter().flatten().for_each(|value| self.sketch.add(value));
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        states[0].as_binary::<i32>().iter().flatten().try_for_each(|state| merge_state(&mut self.sketch, state))
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Float64(self.sketch.percentile(self.rank)))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Binary(Some(self.sketch.to_bytes()))])
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.sketch.heap_bytes()
    }
}
