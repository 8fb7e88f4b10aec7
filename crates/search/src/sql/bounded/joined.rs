//! `||` as a function, so that it is bounded like one.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::Result;
use datafusion::logical_expr::binary::BinaryTypeCoercer;
use datafusion::logical_expr::{ColumnarValue, Operator, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{BinaryExpr, Column};

/// DataFusion's own operator over two columns.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Joined(Signature);

impl Default for Joined {
    fn default() -> Self {
        // Types were made to fit before it comes into a plan.
        Self(Signature::any(2, Volatility::Immutable))
    }
}

impl ScalarUDFImpl for Joined {
    fn name(&self) -> &'static str {
        "||"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types {
            [left, right] => BinaryTypeCoercer::new(left, &Operator::StringConcat, right).get_result_type(),
            _ => datafusion::common::plan_err!("|| joins two values"),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let mut fields = Vec::with_capacity(2);
        let mut columns = Vec::with_capacity(2);
        for (value, name) in args.args.into_iter().zip(["left", "right"]) {
            let column = value.into_array(rows)?;
            fields.push(Field::new(name, column.data_type().clone(), true));
            columns.push(column);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)?;
        let column = |name, at| Arc::new(Column::new(name, at)) as Arc<dyn PhysicalExpr>;
        BinaryExpr::new(column("left", 0), Operator::StringConcat, column("right", 1)).evaluate(&batch)
    }
}
