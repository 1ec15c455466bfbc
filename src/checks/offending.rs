//! One check as a query whose rows are the offending ones.

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use datafusion::common::{Column, DFSchema, JoinType, Result};
use datafusion::execution::SessionState;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{Expr, lit, when};
use datafusion::prelude::DataFrame;
use datafusion::sql::sqlparser::ast::{Expr as SqlExpr, ExprWithAlias};

use crate::config::scalar::Scalar;
use crate::config::sidecar::Check;
use crate::engine::{Engine, spawn_planning};
use crate::plan::query::CheckPlan;

/// The offending rows of `table`.
pub async fn rows(table: &str, plan: &CheckPlan, engine: &Engine) -> Result<DataFrame> {
    let frame = engine.table(table).await?;
    match &plan.check.value {
        Check::Unique(check) => {
            let keys: Vec<Expr> = check.columns.iter().map(|name| column(name)).collect();
            let rows = new_name("rows", &[frame.schema()]);
            frame.aggregate(keys, vec![count(lit(1)).alias(&rows)])?.filter(column(&rows).gt(lit(1)))
        }
        Check::RowCount(check) => {
            let counted = frame.aggregate(Vec::new(), vec![count(lit(1)).alias("rows")])?;
            let bound = |rows: u64| lit(i64::try_from(rows).unwrap_or(i64::MAX));
            let few = check.min.map(|min| column("rows").lt(bound(min)));
            let many = check.max.map(|max| column("rows").gt(bound(max)));
            counted.filter(any(few.into_iter().chain(many)))
        }
        Check::Relationship(check) => {
            let other = engine.table(&check.table.value).await?;
            let found = new_name("found", &[frame.schema(), other.schema()]);
            let other = other.select(vec![column(&check.to).alias(&found)])?;
            let offending = frame.filter(column(&check.column).is_not_null())?;
            offending.join_on(other, JoinType::LeftAnti, [column(&check.column).eq(column(&found))])
        }
        Check::NotNull(_) | Check::AcceptedValues(_) | Check::Range(_) | Check::Expression(_) => {
            let offends = any(condition(&frame, plan, &engine.context.state())?);
            frame.filter(offends)
        }
    }
}

/// The condition that is true of offending rows, for checks that look at one row at a time; `None` for the others.
fn condition(frame: &DataFrame, plan: &CheckPlan, state: &SessionState) -> Result<Option<Expr>> {
    Ok(match &plan.check.value {
        Check::NotNull(check) => Some(any(check.columns.iter().map(|name| column(name).is_null()))),
        Check::AcceptedValues(check) => {
            let values: Vec<Expr> = check.values.iter().filter_map(literal).collect();
            let found = column(&check.column);
            Some(found.clone().is_not_null().and(found.in_list(values, true)))
        }
        Check::Range(check) => {
            let below = check.min.as_ref().and_then(literal).map(|min| column(&check.column).lt(min));
            let above = check.max.as_ref().and_then(literal).map(|max| column(&check.column).gt(max));
            Some(any(below.into_iter().chain(above)))
        }
        Check::Expression(_) => {
            plan.condition.as_ref().map(|sql| expression(frame, sql, state)).transpose()?.map(Expr::is_false)
        }
        Check::Unique(_) | Check::RowCount(_) | Check::Relationship(_) => None,
    })
}

/// The condition of a check, over the columns of `frame`.
pub fn expression(frame: &DataFrame, sql: &SqlExpr, state: &SessionState) -> Result<Expr> {
    let written = ExprWithAlias { expr: sql.clone(), alias: None };
    state.create_logical_expr_from_sql_expr(written, frame.schema())
}

/// How many rows of `table` break each of the checks that look at one row at a time, counted in one scan; `None` for
/// the other checks.
pub async fn counts(table: &str, checks: &[CheckPlan], engine: &Engine) -> Result<Vec<Option<u64>>> {
    let frame = engine.table(table).await?;
    let state = engine.context.state();
    let mut counters = Vec::new();
    let mut places = Vec::new();
    for check in checks {
        let offends = condition(&frame, check, &state)?;
        places.push(offends.is_some().then_some(counters.len()));
        if let Some(offends) = offends {
            counters.push(count(when(offends, lit(1)).end()?).alias(format!("check_{}", counters.len())));
        }
    }
    if counters.is_empty() {
        return Ok(vec![None; checks.len()]);
    }
    let counted = spawn_planning(frame.aggregate(Vec::new(), counters)?.collect()).await?;
    let count_at = |place: usize| {
        let counts = counted.first()?.column(place).as_primitive_opt::<Int64Type>()?;
        u64::try_from(counts.value(0)).ok()
    };
    Ok(places.into_iter().map(|place| place.and_then(count_at)).collect())
}

/// True where at least one of the conditions is.
fn any(conditions: impl IntoIterator<Item = Expr>) -> Expr {
    conditions.into_iter().reduce(Expr::or).unwrap_or_else(|| lit(false))
}

/// A name for a computed column next to those of `schemas`: `wanted`, or `wanted_2`, `wanted_3` and so on where a
/// column has that name.
fn new_name(wanted: &str, schemas: &[&DFSchema]) -> String {
    let is_new = |name: &String| schemas.iter().all(|schema| !schema.has_column_with_unqualified_name(name));
    let numbered = (2_u64..).map(|number| format!("{wanted}_{number}"));
    std::iter::once(wanted.to_owned()).chain(numbered).find(is_new).unwrap_or_default()
}

/// A column by its exact name.
fn column(name: &str) -> Expr {
    Expr::Column(Column::from_name(name))
}

fn literal(scalar: &Scalar) -> Option<Expr> {
    match scalar {
        Scalar::Boolean(value) => Some(lit(*value)),
        Scalar::Integer(value) => Some(lit(*value)),
        Scalar::Number(value) => Some(lit(*value)),
        Scalar::Text(value) => Some(lit(value.as_str())),
        Scalar::Null | Scalar::List(_) => None,
    }
}
