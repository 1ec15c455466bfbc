//! Orders that leave rows tied: a window, an ordered aggregate or a `limit` whose order does not contain the key of the
//! rows it is over, so that the result depends on the order in which tied rows arrive.
//!
//! Rows without a known key ([`super::keys`]) are not checked.

use std::collections::BTreeSet;

use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::logical_expr::expr::{AggregateFunction, Sort, WindowFunction};
use datafusion::logical_expr::{Aggregate, Expr, Limit, LogicalPlan, Window};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::finding::placed;
use super::keys::{Grain, column, columns, key, positions};
use super::nature::{Nature, ResolvedFunction};
use super::planned::{has_order, picks_rows};
use super::written::Written;
use crate::config::PipelineText;
use crate::engine::sql_errors;
use crate::error::Problem;

/// The orders in `plan` that leave rows tied, placed in `sql` with the help of `written`.
///
/// # Errors
/// The plan cannot be walked.
pub fn problems(plan: &LogicalPlan, grain: Grain<'_>, written: &Written, sql: &PipelineText) -> Result<Vec<Problem>> {
    let mut ties = Vec::new();
    plan.apply_with_subqueries(|node| {
        match node {
            LogicalPlan::Window(window) => of_windows(window, grain, &mut ties),
            LogicalPlan::Aggregate(aggregate) => of_aggregates(aggregate, grain, &mut ties),
            LogicalPlan::Limit(limit) => ties.extend(of_limit(limit, grain)),
            _ => {}
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    let mut problems: Vec<Problem> = Vec::new();
    for tie in ties {
        let problem = tie.problem(written, sql);
        // A common table expression that is read several times appears several times in the plan.
        if problems.iter().all(|known| known.to_string() != problem.to_string()) {
            problems.push(problem);
        }
    }
    Ok(problems)
}

struct Tie {
    /// The engine's name of the function; `None` for a `limit`.
    function: Option<String>,
    /// Columns of the key that are not in the order.
    missing: Vec<String>,
    /// Where the SQL names columns of the order.
    spans: Vec<Span>,
}

impl Tie {
    /// The tie that the order `ordered` leaves among the rows of `input`, whose key is `key`.
    fn of(
        function: Option<String>,
        input: &LogicalPlan,
        key: &BTreeSet<usize>,
        ordered: &[&Expr],
        grouped: &BTreeSet<usize>,
    ) -> Option<Self> {
        let covered: BTreeSet<usize> =
            ordered.iter().filter_map(|expression| column(expression, input)).chain(grouped.iter().copied()).collect();
        let name = |position: &usize| input.schema().field(*position).name().clone();
        let missing: Vec<String> = key.difference(&covered).map(name).collect();
        let spans = ordered.iter().flat_map(|expression| spans(expression)).collect();
        (!missing.is_empty()).then_some(Self { function, missing, spans })
    }

    fn problem(&self, written: &Written, sql: &PipelineText) -> Problem {
        let missing: Vec<String> = self.missing.iter().map(|column| format!("`{column}`")).collect();
        let missing = missing.join(", ");
        let (what, span) = match &self.function {
            Some(function) => {
                let call = written.call(function, &self.spans);
                let name = call.map_or(function, |call| &call.written);
                (format!("the order of `{name}`"), call.map(|call| call.region.name))
            }
            None => ("`limit`".to_owned(), written.limit(&self.spans).map(|region| region.name)),
        };
        Problem::new(format!("{what} leaves rows tied that differ in {missing}"))
            .at(placed(sql, span))
            .hint(format!("end its order with {missing}"))
    }
}

fn of_windows(node: &Window, grain: Grain<'_>, ties: &mut Vec<Tie>) {
    let Some(key) = key(&node.input, grain) else { return };
    for expression in &node.window_expr {
        let Some(window) = window_of(expression) else { continue };
        let known = ResolvedFunction::of_window(window);
        let is_told_apart = known.nature == Nature::Ordered { tells_ties_apart: true }
            || (picks_rows(&window.params.window_frame) && known.nature == Nature::Deterministic);
        // A window without `order by` is reported by another rule.
        if !is_told_apart || !has_order(&window.params.order_by) {
            continue;
        }
        let ordered: Vec<&Expr> = window.params.partition_by.iter().chain(sorted(&window.params.order_by)).collect();
        ties.extend(Tie::of(Some(known.name), &node.input, &key, &ordered, &BTreeSet::new()));
    }
}

fn of_aggregates(node: &Aggregate, grain: Grain<'_>, ties: &mut Vec<Tie>) {
    let Some(key) = key(&node.input, grain) else { return };
    let grouped: BTreeSet<usize> =
        node.group_expr.iter().filter_map(|expression| column(expression, &node.input)).collect();
    for expression in &node.aggr_expr {
        let Some(call) = aggregate_of(expression) else { continue };
        let Some(known) = ResolvedFunction::called_by(&Expr::AggregateFunction(call.clone())) else { continue };
        if known.nature != (Nature::Ordered { tells_ties_apart: true }) || !has_order(&call.params.order_by) {
            continue;
        }
        let ordered: Vec<&Expr> = sorted(&call.params.order_by).collect();
        // Tied rows that are equal in every kept column are interchangeable.
        let kept: BTreeSet<usize> =
            call.params.args.iter().flat_map(|argument| positions(argument, &node.input)).collect();
        let covered: BTreeSet<usize> =
            ordered.iter().filter_map(|expression| column(expression, &node.input)).collect();
        if !kept.is_subset(&covered) {
            ties.extend(Tie::of(Some(known.name), &node.input, &key, &ordered, &grouped));
        }
    }
}

fn of_limit(node: &Limit, grain: Grain<'_>) -> Option<Tie> {
    // The columns that leave the sort: all of them, or those that a projection above it picks.
    let (sort, kept) = match node.input.as_ref() {
        LogicalPlan::Sort(sort) => (sort, (0..sort.input.schema().fields().len()).collect()),
        LogicalPlan::Projection(projection) => match projection.input.as_ref() {
            LogicalPlan::Sort(sort) => (sort, columns(&projection.expr, &sort.input)),
            _ => return None,
        },
        _ => return None,
    };
    let key = key(&sort.input, grain)?;
    let ordered: Vec<&Expr> = sorted(&sort.expr).collect();
    let covered: BTreeSet<usize> = ordered.iter().filter_map(|expression| column(expression, &sort.input)).collect();
    if kept.is_subset(&covered) || !has_order(&sort.expr) {
        return None;
    }
    Tie::of(None, &sort.input, &key, &ordered, &BTreeSet::new())
}

fn sorted(order: &[Sort]) -> impl Iterator<Item = &Expr> {
    order.iter().map(|sort| &sort.expr)
}

fn window_of(expression: &Expr) -> Option<&WindowFunction> {
    match expression {
        Expr::WindowFunction(window) => Some(window),
        Expr::Alias(alias) => window_of(&alias.expr),
        _ => None,
    }
}

fn aggregate_of(expression: &Expr) -> Option<&AggregateFunction> {
    match expression {
        Expr::AggregateFunction(call) => Some(call),
        Expr::Alias(alias) => aggregate_of(&alias.expr),
        _ => None,
    }
}

/// Where the SQL names the columns of an expression.
fn spans(expression: &Expr) -> Vec<Span> {
    let columns = expression.column_refs().into_iter();
    columns.filter_map(|column| column.spans().first()).map(sql_errors::written_span).collect()
}
