//! One check as a query whose rows are the offending ones.

use datafusion::common::{Column, JoinType, Result};
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{Expr, lit};
use datafusion::prelude::{DataFrame, SessionContext};

use crate::config::scalar::Scalar;
use crate::config::sidecar::Check;
use crate::engine::table_reference;

/// The offending rows of `table`.
pub async fn rows(table: &str, check: &Check, context: &SessionContext) -> Result<DataFrame> {
    let frame = context.table(table_reference(table)).await?;
    match check {
        Check::NotNull(check) => {
            let any_null = check.columns.iter().map(|name| column(name).is_null()).reduce(Expr::or);
            frame.filter(any_null.unwrap_or_else(|| lit(false)))
        }
        Check::Unique(check) => {
            let keys: Vec<Expr> = check.columns.iter().map(|name| column(name)).collect();
            frame.aggregate(keys, vec![count(lit(1)).alias("rows")])?.filter(column("rows").gt(lit(1)))
        }
        Check::AcceptedValues(check) => {
            let values: Vec<Expr> = check.values.iter().filter_map(literal).collect();
            let found = column(&check.column);
            frame.filter(found.clone().is_not_null().and(found.in_list(values, true)))
        }
        Check::Range(check) => {
            let below = check.min.as_ref().and_then(literal).map(|min| column(&check.column).lt(min));
            let above = check.max.as_ref().and_then(literal).map(|max| column(&check.column).gt(max));
            frame.filter(below.into_iter().chain(above).reduce(Expr::or).unwrap_or_else(|| lit(false)))
        }
        Check::Expression(check) => {
            let holds = frame.parse_sql_expr(&check.sql)?;
            frame.filter(holds.is_false())
        }
        Check::RowCount(check) => {
            let counted = frame.aggregate(Vec::new(), vec![count(lit(1)).alias("rows")])?;
            let bound = |rows: u64| lit(i64::try_from(rows).unwrap_or(i64::MAX));
            let few = check.min.map(|min| column("rows").lt(bound(min)));
            let many = check.max.map(|max| column("rows").gt(bound(max)));
            counted.filter(few.into_iter().chain(many).reduce(Expr::or).unwrap_or_else(|| lit(false)))
        }
        Check::Relationship(check) => {
            let other = context.table(table_reference(&check.table.value)).await?;
            let other = other.select(vec![column(&check.to).alias("found_in_other_table")])?;
            frame.filter(column(&check.column).is_not_null())?.join(
                other,
                JoinType::LeftAnti,
                &[&check.column],
                &["found_in_other_table"],
                None,
            )
        }
    }
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
