//! Functions of SQL within the memory of a query.
//!
//! DataFusion counts what its operators keep, and not what functions make, of which each can make much of a few bytes.
//! Always holds: a function is only called on rows of which it makes no more than a query may have, what functions made is
//! counted for as long as it lives, and each call looks first whether the query still goes on.

mod growth;
mod joined;

use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Weak};

use arrow::array::{Array, ArrayData, ArrayRef};
use arrow::compute::concat;
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::interval_arithmetic::Interval;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::sort_properties::{ExprProperties, SortProperties};
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Documentation, Expr, ExprSchemable, ExpressionPlacement, LogicalPlan, Operator, ReturnFieldArgs,
    ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};
use datafusion::optimizer::{AnalyzerRule, OptimizerConfig, OptimizerRule};
use model::limits;
use parking_lot::Mutex;

use crate::cancel::Cancel;
use growth::Growth;
use joined::Joined;

/// What functions are given at once may come to this much.
const SLICE_BYTES: usize = 16 << 20;

/// What the functions of one query made and what still lives of it.
#[derive(Debug)]
struct Made {
    cancel: Cancel,
    live: Mutex<Vec<(Weak<dyn Array>, usize)>>,
}

/// Puts every function of a plan under the bound.
#[derive(Debug, Clone)]
pub(super) struct BoundFunctions(Arc<Made>);

/// A function that does what it did, within bounds.
#[derive(Debug)]
struct Bounded {
    function: ScalarUDF,
    made: Arc<Made>,
}

// === impl Made ===

impl Made {
    /// Counts what a call made, for as long as it lives.
    fn add(&self, result: &ArrayRef, given: &[ColumnarValue]) -> Result<()> {
        let mut known = HashSet::new();
        for value in given {
            if let ColumnarValue::Array(array) = value {
                buffers(&array.to_data(), &mut |at, _| {
                    known.insert(at);
                });
            }
        }
        let mut bytes = 0;
        // A function may give out a part of what it was given.
        buffers(&result.to_data(), &mut |at, size| bytes += if known.insert(at) { size } else { 0 });
        let mut live = self.live.lock();
        live.retain(|(array, _)| array.strong_count() > 0);
        live.push((Arc::downgrade(result), bytes));
        match live.iter().map(|(_, bytes)| bytes).sum::<usize>() <= limits::QUERY_MEMORY_BYTES {
            true => Ok(()),
            false => Err(too_much()),
        }
    }

    fn check(&self) -> Result<()> {
        self.cancel.check().map_err(|cancelled| DataFusionError::External(Box::new(cancelled)))
    }
}

fn too_much() -> DataFusionError {
    DataFusionError::ResourcesExhausted("functions of the statement make too much".to_owned())
}

fn buffers(data: &ArrayData, each: &mut dyn FnMut(usize, usize)) {
    for buffer in data.buffers() {
        each(buffer.as_ptr() as usize, buffer.capacity());
    }
    for child in data.child_data() {
        buffers(child, each);
    }
}

// === impl BoundFunctions ===

impl BoundFunctions {
    pub(super) fn new(cancel: &Cancel) -> Self {
        Self(Arc::new(Made { cancel: cancel.clone(), live: Mutex::default() }))
    }

    fn bound(&self, function: ScalarUDF, args: Vec<Expr>) -> Transformed<Expr> {
        let bounded = Bounded { function, made: Arc::clone(&self.0) };
        Transformed::yes(Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(ScalarUDF::new_from_impl(bounded)), args)))
    }

    fn expression(&self, expression: Expr) -> Result<Transformed<Expr>> {
        Ok(match expression {
            Expr::ScalarFunction(ScalarFunction { func, args }) if !func.inner().is::<Bounded>() => {
                self.bound(ScalarUDF::clone(&func), args)
            }
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::StringConcat, right }) => {
                self.bound(ScalarUDF::new_from_impl(Joined::default()), vec![*left, *right])
            }
            other => Transformed::no(other),
        })
    }

    fn plan(&self, plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
        plan.transform_up_with_subqueries(|node| {
            if let LogicalPlan::Window(window) = &node {
                for function in &window.window_expr {
                    hold_window(&function.get_type(window.input.schema())?)?;
                }
            }
            let names = NamePreserver::new(&node);
            let node = node.map_expressions(|expression| {
                let name = names.save(&expression);
                let bounded = expression.transform_up(|one| self.expression(one))?;
                Ok(bounded.update_data(|expression| name.restore(expression)))
            })?;
            if !node.transformed {
                return Ok(node);
            }
            node.map_data(LogicalPlan::recompute_schema)
        })
    }
}

/// A text of each row may be that of all rows before it.
fn hold_window(kind: &DataType) -> Result<()> {
    match kind.is_primitive() || matches!(kind, DataType::Boolean | DataType::Null) {
        true => Ok(()),
        false => plan_err!("a window function (over) gives numbers, booleans or times; {kind} is none of them"),
    }
}

/// Before the optimizer, which computes what is constant.
impl AnalyzerRule for BoundFunctions {
    fn name(&self) -> &'static str {
        "bound_functions"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        Ok(self.plan(plan)?.data)
    }
}

/// After it, since it puts functions in the place of others.
impl OptimizerRule for BoundFunctions {
    fn name(&self) -> &'static str {
        "bound_functions"
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(&self, plan: LogicalPlan, _config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        self.plan(plan)
    }
}

// === impl Bounded ===

impl Bounded {
    fn call(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        self.made.check()?;
        let given = args.args.clone();
        let result = self.function.invoke_with_args(args)?;
        match &result {
            ColumnarValue::Array(array) => self.made.add(array, &given)?,
            // One value of a constant, which is computed a few times at most.
            ColumnarValue::Scalar(value) => match value.size() <= limits::QUERY_MEMORY_BYTES {
                true => (),
                false => return Err(too_much()),
            },
        }
        Ok(result)
    }
}

fn rows(value: &ColumnarValue, at: usize, count: usize) -> ColumnarValue {
    match value {
        ColumnarValue::Array(array) => ColumnarValue::Array(array.slice(at, count)),
        ColumnarValue::Scalar(value) => ColumnarValue::Scalar(value.clone()),
    }
}

#[warn(clippy::missing_trait_methods)]
impl ScalarUDFImpl for Bounded {
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let growth = Growth::of(self.function.name(), &args.args);
        let constant = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let count = if constant { 1 } else { args.number_rows };
        let mut slices = growth.slices(count, SLICE_BYTES, limits::QUERY_MEMORY_BYTES).ok_or_else(too_much)?;
        if constant || slices.len() < 2 {
            return self.call(args);
        }
        let mut made = Vec::with_capacity(slices.len());
        for (at, count) in slices.drain(..) {
            let part = ScalarFunctionArgs {
                args: args.args.iter().map(|arg| rows(arg, at, count)).collect(),
                arg_fields: args.arg_fields.clone(),
                number_rows: count,
                return_field: Arc::clone(&args.return_field),
                config_options: Arc::clone(&args.config_options),
            };
            made.push(self.call(part)?.into_array(count)?);
        }
        let all = concat(&made.iter().map(AsRef::as_ref).collect::<Vec<_>>())?;
        drop(made);
        self.made.add(&all, &[])?;
        Ok(ColumnarValue::Array(all))
    }

    /// What grows is not left to be put in another form, which would lose its bound.
    fn simplify(&self, args: Vec<Expr>, info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        match self.function.name() {
            "concat" | "concat_ws" => Ok(ExprSimplifyResult::Original(args)),
            _ => self.function.simplify(args, info),
        }
    }

    fn name(&self) -> &str {
        self.function.name()
    }
    fn aliases(&self) -> &[String] {
        self.function.aliases()
    }
    fn display_name(&self, args: &[Expr]) -> Result<String> {
        #[expect(deprecated, reason = "every method is handed on")]
        self.function.inner().display_name(args)
    }
    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        self.function.schema_name(args)
    }
    fn signature(&self) -> &Signature {
        self.function.signature()
    }
    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.function.return_type(types)
    }
    fn with_updated_config(&self, config: &ConfigOptions) -> Option<ScalarUDF> {
        let function = self.function.inner().with_updated_config(config)?;
        Some(ScalarUDF::new_from_impl(Self { function, made: Arc::clone(&self.made) }))
    }
    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.function.return_field_from_args(args)
    }
    fn is_nullable(&self, args: &[Expr], schema: &dyn datafusion::common::ExprSchema) -> bool {
        #[expect(deprecated, reason = "every method is handed on")]
        self.function.inner().is_nullable(args, schema)
    }
    fn is_strict(&self) -> bool {
        self.function.inner().is_strict()
    }
    fn preimage(
        &self,
        args: &[Expr],
        literal: &Expr,
        info: &SimplifyContext,
    ) -> Result<datafusion::logical_expr::preimage::PreimageResult> {
        self.function.inner().preimage(args, literal, info)
    }
    fn short_circuits(&self) -> bool {
        self.function.short_circuits()
    }
    fn conditional_arguments<'a>(&self, args: &'a [Expr]) -> Option<(Vec<&'a Expr>, Vec<&'a Expr>)> {
        self.function.conditional_arguments(args)
    }
    fn evaluate_bounds(&self, input: &[&Interval]) -> Result<Interval> {
        self.function.evaluate_bounds(input)
    }
    fn propagate_constraints(&self, interval: &Interval, inputs: &[&Interval]) -> Result<Option<Vec<Interval>>> {
        self.function.propagate_constraints(interval, inputs)
    }
    fn output_ordering(&self, inputs: &[ExprProperties]) -> Result<SortProperties> {
        self.function.output_ordering(inputs)
    }
    fn preserves_lex_ordering(&self, inputs: &[ExprProperties]) -> Result<bool> {
        self.function.preserves_lex_ordering(inputs)
    }
    fn strictly_order_preserving(&self, inputs: &[ExprProperties]) -> Result<bool> {
        self.function.inner().strictly_order_preserving(inputs)
    }
    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        self.function.coerce_types(types)
    }
    fn struct_field_mapping(&self, literals: &[Option<ScalarValue>]) -> Option<datafusion::logical_expr::StructFieldMapping> {
        self.function.inner().struct_field_mapping(literals)
    }
    fn documentation(&self) -> Option<&Documentation> {
        self.function.documentation()
    }
    fn placement(&self, args: &[ExpressionPlacement]) -> ExpressionPlacement {
        self.function.placement(args)
    }
}

impl PartialEq for Bounded {
    fn eq(&self, other: &Self) -> bool {
        self.function == other.function
    }
}

impl Eq for Bounded {}

impl Hash for Bounded {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.function.hash(state);
    }
}
