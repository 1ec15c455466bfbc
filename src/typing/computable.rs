//! Whether the engine can compute what it can plan: makes the physical plan, and computes every expression on no rows.
//!
//! Some errors appear only then: a `like` with its own escape character, an invalid regular expression, a part of a
//! date that does not exist, an aggregate that does not support sliding windows. None of them depends on data, so they
//! are reported before data is read.

use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, DataFusionError, Result, Span};
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::optimizer::OptimizerRule;
use datafusion::physical_expr::window::{
    PlainAggregateWindowExpr, SlidingAggregateWindowExpr, StandardWindowExpr, WindowExpr,
};
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateInputMode};
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::windows::{BoundedWindowAggExec, WindowAggExec};
use datafusion::physical_plan::{ExecutionPlan, PhysicalExpr};

use super::impossible_arguments;
use crate::engine::{Engine, spawn_planning, sql_errors};
use crate::error::Problem;
use crate::plan::query::QueryPlan;

/// The optimiser rules without which a plan cannot be computed. The engine's other rules only make it faster, and take
/// most of the time.
const REQUIRED_OPTIMIZER_RULES: [&str; 7] = [
    "decorrelate_lateral_join",
    "decorrelate_predicate_subquery",
    "extract_equijoin_predicate",
    "replace_distinct_aggregate",
    "rewrite_set_comparison",
    "scalar_subquery_to_join",
    "simplify_expressions",
];

/// A session that spends no more effort on a physical plan than it takes to find out whether the query can be computed.
pub fn quick_session(engine: &Engine) -> SessionState {
    let mut state = engine.context.state();
    state.config_mut().options_mut().optimizer.max_passes = 1;
    let is_needed = |rule: &&Arc<dyn OptimizerRule + Send + Sync>| REQUIRED_OPTIMIZER_RULES.contains(&rule.name());
    let needed = state.optimizers().iter().filter(is_needed).cloned().collect();
    SessionStateBuilder::new_from_existing(state)
        .with_optimizer_rules(needed)
        .with_physical_optimizer_rules(Vec::new())
        .build()
}

/// The problem of a query that the engine has planned against empty tables and cannot compute; `quick` is its
/// [`quick_session`].
pub async fn problem(
    query: &QueryPlan,
    logical: &LogicalPlan,
    engine: &Engine,
    quick: &SessionState,
) -> Option<Problem> {
    let (planner, quick, plan) = (engine.clone(), quick.clone(), logical.clone());
    let decided = spawn_planning(async move {
        let is_quickly_computed = match quick.create_physical_plan(&plan).await {
            Ok(physical) => each_node(&physical, &compute_node).is_ok(),
            Err(_) => false,
        };
        if is_quickly_computed {
            return Ok(());
        }
        // The query may still be computable with all optimiser rules.
        each_node(&planner.physical_plan(plan).await?, &compute_node)
    });
    let Err(error) = decided.await else {
        let (call, error) = impossible_arguments::first(logical, &engine.context.state())?;
        return Some(sql_errors::cannot_compute(&query.file.sql, &error, place_of(&call)));
    };
    // A scalar subquery has no value before it has run, so internal errors say nothing about the query.
    if matches!(error.find_root(), DataFusionError::Internal(_)) {
        return None;
    }
    let culprit = culprit(logical, &engine.context.state());
    Some(sql_errors::cannot_compute(&query.file.sql, &error, culprit.as_ref().and_then(place_of)))
}

fn each_node(plan: &Arc<dyn ExecutionPlan>, look: &impl Fn(&Arc<dyn ExecutionPlan>) -> Result<()>) -> Result<()> {
    look(plan)?;
    plan.children().into_iter().try_for_each(|child| each_node(child, look))
}

/// Computes the expressions of one operator on no rows, and creates its aggregates and windows.
fn compute_node(node: &Arc<dyn ExecutionPlan>) -> Result<()> {
    let Some(input) = node.children().first().map(|child| child.schema()) else { return Ok(()) };
    let none = RecordBatch::new_empty(input);
    let compute = |expression: &Arc<dyn PhysicalExpr>| expression.evaluate(&none).map(|_| ());
    if let Some(projection) = node.downcast_ref::<ProjectionExec>() {
        projection.expr().iter().try_for_each(|projected| compute(&projected.expr))
    } else if let Some(filter) = node.downcast_ref::<FilterExec>() {
        compute(filter.predicate())
    } else if let Some(aggregate) = node.downcast_ref::<AggregateExec>() {
        aggregate.aggr_expr().iter().try_for_each(|function| function.create_accumulator().map(|_| ()))?;
        if aggregate.mode().input_mode() == AggregateInputMode::Partial {
            return Ok(());
        }
        aggregate.group_expr().expr().iter().try_for_each(|(group, _)| compute(group))?;
        aggregate.filter_expr().iter().flatten().try_for_each(compute)?;
        aggregate.aggr_expr().iter().flat_map(|function| function.expressions()).try_for_each(|part| compute(&part))
    } else if let Some(window) = node.downcast_ref::<WindowAggExec>() {
        window.window_expr().iter().try_for_each(|window| compute_window(window, &none))
    } else if let Some(window) = node.downcast_ref::<BoundedWindowAggExec>() {
        window.window_expr().iter().try_for_each(|window| compute_window(window, &none))
    } else {
        Ok(())
    }
}

fn compute_window(window: &Arc<dyn WindowExpr>, none: &RecordBatch) -> Result<()> {
    window.evaluate_args(none)?;
    window.partition_by().iter().try_for_each(|part| part.evaluate(none).map(|_| ()))?;
    let kind = window.as_any();
    if let Some(sliding) = kind.downcast_ref::<SlidingAggregateWindowExpr>() {
        sliding.get_aggregate_expr().create_sliding_accumulator()?;
    } else if let Some(plain) = kind.downcast_ref::<PlainAggregateWindowExpr>() {
        plain.get_aggregate_expr().create_accumulator()?;
    } else if let Some(standard) = kind.downcast_ref::<StandardWindowExpr>() {
        standard.get_standard_func_expr().create_evaluator()?;
    }
    Ok(())
}

/// The smallest expression of the SQL that cannot be computed by itself, where there is one that can be tried.
fn culprit(plan: &LogicalPlan, state: &SessionState) -> Option<Expr> {
    let mut found = None;
    let walked = plan.apply_with_subqueries(|node| {
        let schema = input_schema(node);
        node.apply_expressions(|expression| {
            expression.apply(|part| {
                if can_be_tried(part) && fails(part, &schema, state) {
                    found = Some(part.clone());
                }
                Ok(TreeNodeRecursion::Continue)
            })?;
            Ok(if found.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })
    });
    walked.ok().and(found)
}

/// The columns that the expressions of an operator can name.
pub(super) fn input_schema(node: &LogicalPlan) -> DFSchema {
    node.inputs().into_iter().fold(DFSchema::empty(), |mut all, input| {
        all.merge(input.schema());
        all
    })
}

/// Where the SQL names the columns of an expression.
fn place_of(expression: &Expr) -> Option<Span> {
    Span::union_iter(expression.column_refs().into_iter().filter_map(|column| column.spans().first()))
}

/// Whether an expression is computed row by row, without queries inside it.
pub(super) fn can_be_tried(expression: &Expr) -> bool {
    let is_row_by_row = |part: &Expr| {
        let is_other = matches!(
            part,
            Expr::AggregateFunction(_)
                | Expr::WindowFunction(_)
                | Expr::Unnest(_)
                | Expr::GroupingSet(_)
                | Expr::ScalarSubquery(_)
                | Expr::InSubquery(_)
                | Expr::Exists(_)
                | Expr::SetComparison(_)
                | Expr::OuterReferenceColumn(..)
        );
        Ok::<_, DataFusionError>(is_other)
    };
    !expression.exists(is_row_by_row).unwrap_or(true)
}

fn fails(expression: &Expr, schema: &DFSchema, state: &SessionState) -> bool {
    let none = RecordBatch::new_empty(Arc::clone(schema.inner()));
    let computed = state.create_physical_expr(expression.clone(), schema).and_then(|physical| physical.evaluate(&none));
    computed.is_err()
}
