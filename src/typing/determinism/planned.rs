//! Finds what in the plan of a query depends on the time, on randomness or on the order of rows, however the SQL is
//! written.

use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::logical_expr::expr::Sort;
use datafusion::logical_expr::{Distinct, Expr, LogicalPlan, WindowFrame, WindowFrameUnits};

use super::finding::{Finding, Rule};
use super::nature::{Nature, ResolvedFunction, each_call};

/// Every finding in a plan and its subqueries.
///
/// # Errors
/// The plan cannot be walked.
pub fn findings(plan: &LogicalPlan) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    plan.apply_with_subqueries(|node| {
        match node {
            LogicalPlan::Limit(limit) if !is_sorted(&limit.input) => found.push(bare(Rule::LimitWithoutOrder)),
            LogicalPlan::Distinct(Distinct::On(_)) => found.push(bare(Rule::DistinctOn)),
            _ => {}
        }
        node.apply_expressions(|expression| {
            found.extend(of_expression(expression)?);
            Ok(TreeNodeRecursion::Continue)
        })
    })?;
    Ok(found)
}

/// The findings in an expression, without its subqueries.
///
/// # Errors
/// The expression cannot be walked.
pub fn of_expression(expression: &Expr) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    each_call(expression, |call, known| {
        let rule = match known.nature {
            Nature::Volatile => Some(Rule::Volatile),
            Nature::Rounds => Some(Rule::Rounds),
            Nature::Unknown => Some(Rule::Unknown),
            Nature::Ordered { .. } => (!is_ordered(call)).then_some(Rule::NoOrder),
            Nature::Deterministic => has_unordered_frame(call).then_some(Rule::RowsWithoutOrder),
        };
        found.extend(rule.map(|rule| Finding::of(rule, known)));
    })?;
    Ok(found)
}

impl Finding {
    fn of(rule: Rule, known: ResolvedFunction) -> Self {
        Self { rule, written: known.name.clone(), function: known.name, span: None }
    }
}

fn bare(rule: Rule) -> Finding {
    Finding { rule, function: String::new(), written: String::new(), span: None }
}

/// Whether the rows are sorted; a projection above the sort keeps their order.
fn is_sorted(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Sort(sort) => has_order(&sort.expr),
        LogicalPlan::Projection(projection) => is_sorted(&projection.input),
        _ => false,
    }
}

fn is_ordered(call: &Expr) -> bool {
    match call {
        Expr::WindowFunction(window) => has_order(&window.params.order_by),
        Expr::AggregateFunction(aggregate) => has_order(&aggregate.params.order_by),
        _ => true,
    }
}

fn has_unordered_frame(call: &Expr) -> bool {
    let Expr::WindowFunction(window) = call else { return false };
    picks_rows(&window.params.window_frame) && !has_order(&window.params.order_by)
}

/// Whether a frame counts rows and does not cover all of them.
pub fn picks_rows(frame: &WindowFrame) -> bool {
    let has_all = frame.start_bound.is_unbounded() && frame.end_bound.is_unbounded();
    frame.units == WindowFrameUnits::Rows && !has_all
}

/// Whether there is an order; constant expressions do not count.
pub fn has_order(order: &[Sort]) -> bool {
    order.iter().any(|sort| !sort.expr.column_refs().is_empty())
}
