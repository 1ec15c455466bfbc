//! Calls whose constant arguments fail on every row, such as `split_part(name, ' ', 0)`, `amount % 0`, or a format of
//! `to_char` that does not exist.
//!
//! The engine looks at these arguments only when it computes a row. So each call is computed on sample rows: its constants
//! stay, and sample values of the right types take the place of what depends on the row. A call that fails in the same
//! words on every sample fails on all data. Branches that may never be computed (`case`, `coalesce`, the parts of `and`
//! and `or`) are not tried, because a query may guard its call there.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, DataFusionError, Result, ScalarValue};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, Operator};
use datafusion::prelude::ident;

use super::computable::{can_be_tried, input_schema};

/// Values of every type, as text. Their variety keeps a valid format or pattern from failing on all of them alike.
const SAMPLES: [&str; 8] = ["", "a", "1", "0", "-1", "2020-01-02", "2021-12-31T23:59:58", "true"];

/// The first call of `plan` that fails on every row, and its error.
pub fn first(plan: &LogicalPlan, state: &SessionState) -> Option<(Expr, DataFusionError)> {
    let mut found = None;
    let walked = plan.apply_with_subqueries(|node| {
        let schema = input_schema(node);
        node.apply_expressions(|expression| {
            expression.apply(|part| {
                if may_be_skipped(part) {
                    return Ok(TreeNodeRecursion::Jump);
                }
                found = error_on_every_row(part, &schema, state).map(|error| (part.clone(), error));
                Ok(if found.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
            })
        })
    });
    walked.ok().and(found)
}

/// Whether the engine computes parts of an expression only for some rows.
fn may_be_skipped(expression: &Expr) -> bool {
    match expression {
        Expr::Case(_) => true,
        Expr::BinaryExpr(binary) => matches!(binary.op, Operator::And | Operator::Or),
        Expr::ScalarFunction(call) => call.func.short_circuits(),
        _ => false,
    }
}

fn error_on_every_row(call: &Expr, schema: &DFSchema, state: &SessionState) -> Option<DataFusionError> {
    let is_call = match call {
        Expr::ScalarFunction(_) => true,
        Expr::BinaryExpr(binary) => binary.op.is_numerical_operators(),
        _ => false,
    };
    if !is_call || !can_be_tried(call) || call.is_volatile() {
        return None;
    }
    let mut constants = 0;
    let mut types = Vec::new();
    let with_samples = call.clone().map_children(|argument| {
        if argument.column_refs().is_empty() {
            constants += 1;
            return Ok(Transformed::no(argument));
        }
        types.push(argument.get_type(schema)?);
        Ok(Transformed::yes(ident(sample_name(types.len() - 1))))
    });
    let call = with_samples.ok()?.data;
    if constants == 0 || types.is_empty() {
        return None;
    }
    error_on_every_sample(call, &types, state)
}

fn sample_name(index: usize) -> String {
    format!("sample_{index}")
}

/// The error of a call whose columns are named by [`sample_name`], if all samples give the same.
fn error_on_every_sample(call: Expr, types: &[DataType], state: &SessionState) -> Option<DataFusionError> {
    let samples: Vec<Vec<ScalarValue>> = types.iter().map(samples).collect();
    if samples.iter().any(Vec::is_empty) {
        return None;
    }
    let fields = types.iter().enumerate().map(|(index, kind)| Field::new(sample_name(index), kind.clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let physical = state.create_physical_expr(call, &DFSchema::try_from(Arc::clone(&schema)).ok()?).ok()?;
    let rows = samples.iter().map(Vec::len).max()?;
    let columns = |row: usize| samples.iter().map(move |values| values[row % values.len()].to_array_of_size(1));
    let mut words = HashSet::new();
    let mut last = None;
    for row in 0..rows {
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns(row).collect::<Result<_>>().ok()?).ok()?;
        let error = physical.evaluate(&batch).err()?;
        let mut message = error.strip_backtrace();
        for values in &samples {
            message = message.replace(&format!("'{}'", values[row % values.len()]), "'?'");
        }
        words.insert(message);
        last = Some(error);
    }
    last.filter(|_| words.len() == 1)
}

/// The samples that are values of a type.
fn samples(kind: &DataType) -> Vec<ScalarValue> {
    let typed = |text: &&str| ScalarValue::from(*text).cast_to(kind).ok();
    SAMPLES.iter().filter_map(typed).filter(|value| !value.is_null()).collect()
}
