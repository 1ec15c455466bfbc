//! The key of a plan's rows: columns whose combination is unique, as far as that is known.
//!
//! The key of a table is its declared grain. It is followed through renaming, filters, semi and anti joins, windows and
//! `group by`. Other joins, unions, and tables without a declared grain have no known key.

use std::collections::BTreeSet;

use datafusion::logical_expr::{Aggregate, Distinct, Expr, JoinType, LogicalPlan, Projection};

use crate::engine::query_shape::is_work_table;

/// The declared grain of a table, when it has one.
pub type Grain<'a> = &'a dyn Fn(&str) -> Option<Vec<String>>;

/// The key of the rows of `plan`, as positions of columns in its schema.
pub fn key(plan: &LogicalPlan, grain: Grain<'_>) -> Option<BTreeSet<usize>> {
    match plan {
        LogicalPlan::TableScan(scan) => {
            if is_work_table(scan).unwrap_or(true) {
                return None;
            }
            let columns = grain(scan.table_name.table()).filter(|columns| !columns.is_empty())?;
            let fields = scan.projected_schema.fields();
            columns.iter().map(|column| fields.iter().position(|field| field.name() == column)).collect()
        }
        LogicalPlan::Projection(projection) => projected(projection, &key(&projection.input, grain)?),
        LogicalPlan::Aggregate(aggregate) => grouped(aggregate, grain),
        LogicalPlan::Distinct(Distinct::All(input)) => {
            let whole = (input.schema().fields().len() == 1).then(|| BTreeSet::from([0]));
            key(input, grain).or(whole)
        }
        LogicalPlan::Join(join) => match join.join_type {
            JoinType::LeftSemi | JoinType::LeftAnti | JoinType::LeftMark => key(&join.left, grain),
            JoinType::RightSemi | JoinType::RightAnti => key(&join.right, grain),
            _ => None,
        },
        LogicalPlan::SubqueryAlias(alias) => key(&alias.input, grain),
        LogicalPlan::Subquery(subquery) => key(&subquery.subquery, grain),
        LogicalPlan::Filter(filter) => key(&filter.input, grain),
        LogicalPlan::Sort(sort) => key(&sort.input, grain),
        LogicalPlan::Limit(limit) => key(&limit.input, grain),
        LogicalPlan::Window(window) => key(&window.input, grain),
        _ => None,
    }
}

/// The key after a projection, when the projection keeps all of its columns.
fn projected(projection: &Projection, key: &BTreeSet<usize>) -> Option<BTreeSet<usize>> {
    let kept = |wanted: &usize| {
        projection.expr.iter().position(|expression| column(expression, &projection.input) == Some(*wanted))
    };
    key.iter().map(kept).collect()
}

/// The key of the groups: that of the input when it is grouped by, or the only group column. Several group columns are
/// not taken as a key, because some may depend on the others, as a name depends on its number; an order need not
/// contain those.
fn grouped(aggregate: &Aggregate, grain: Grain<'_>) -> Option<BTreeSet<usize>> {
    if matches!(aggregate.group_expr.as_slice(), [Expr::GroupingSet(_)]) {
        return None;
    }
    let groups: Vec<Option<usize>> =
        aggregate.group_expr.iter().map(|expression| column(expression, &aggregate.input)).collect();
    let kept = |wanted: &usize| groups.iter().position(|group| group == &Some(*wanted));
    let read = key(&aggregate.input, grain).and_then(|read| read.iter().map(kept).collect());
    read.or_else(|| (groups.len() == 1).then(|| BTreeSet::from([0])))
}

/// The position of a plain column, perhaps renamed, among those of `input`.
pub fn column(expression: &Expr, input: &LogicalPlan) -> Option<usize> {
    match expression {
        Expr::Column(column) => input.schema().maybe_index_of_column(column),
        Expr::Alias(alias) => column(&alias.expr, input),
        _ => None,
    }
}

/// The positions of the columns that an expression reads.
pub fn positions(expression: &Expr, input: &LogicalPlan) -> BTreeSet<usize> {
    expression.column_refs().into_iter().filter_map(|column| input.schema().maybe_index_of_column(column)).collect()
}

/// The positions of the columns that any of several expressions reads.
pub fn columns(expressions: &[Expr], input: &LogicalPlan) -> BTreeSet<usize> {
    expressions.iter().flat_map(|expression| positions(expression, input)).collect()
}
