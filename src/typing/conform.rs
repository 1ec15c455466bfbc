//! A staging query named like a canonical table returns exactly the declared columns: cast, completed, in order.

use std::sync::Arc;

use arrow::datatypes::{DataType as ArrowType, TimeUnit};
use datafusion::common::{Column, DFSchema, DataFusionError};
use datafusion::functions::datetime::expr_fn::to_local_time;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, cast, lit};
use datafusion::scalar::ScalarValue;

use crate::catalog::canonical::{self, CanonicalTable};
use crate::config::data_type::DataType;
use crate::engine::sql_errors;
use crate::error::{Place, Problem};
use crate::plan::query::QueryPlan;

/// Conforms `plan` when the query defines a canonical table, else returns it as it is.
///
/// # Errors
/// A required column is missing, or a column cannot be cast to its declared type.
pub fn conform(query: &QueryPlan, plan: LogicalPlan, time_zone: chrono_tz::Tz) -> Result<LogicalPlan, Problem> {
    let Some(table) = canonical::table(&query.name) else { return Ok(plan) };
    let schema = Arc::clone(plan.schema());
    let missing: Vec<&str> = table
        .columns
        .iter()
        .filter(|(name, column)| column.required && !schema.has_column_with_unqualified_name(name))
        .map(|(name, _)| name.as_str())
        .collect();
    if !missing.is_empty() {
        return Err(Problem::new(format!("`{}` lacks the required column `{}`", query.name, missing.join("`, `")))
            .at(Place::file(query.file.sql.path.display().to_string()))
            .hint(format!("{}: add it to the select", table.description)));
    }
    let columns = columns(table, &schema, time_zone);
    columns
        .and_then(|columns| LogicalPlanBuilder::from(plan).project(columns)?.build())
        .map_err(|error| sql_errors::planning_problem(&query.file.sql, &error))
}

fn columns(table: &CanonicalTable, schema: &DFSchema, time_zone: chrono_tz::Tz) -> Result<Vec<Expr>, DataFusionError> {
    let mut columns = Vec::new();
    for (name, column) in &table.columns {
        let expression = match schema.qualified_fields_with_unqualified_name(name).first() {
            Some((qualifier, field)) => {
                let found = Expr::Column(Column::new(qualifier.cloned(), name));
                converted(found, field.data_type(), column.data_type, time_zone)
            }
            None => lit(ScalarValue::try_from(&column.data_type.arrow())?),
        };
        let alias = expression.alias(name);
        alias.get_type(schema)?;
        columns.push(alias);
    }
    let extra = schema.iter().filter(|(_, field)| !table.columns.contains_key(field.name()));
    columns.extend(extra.map(|(qualifier, field)| Expr::Column(Column::new(qualifier.cloned(), field.name()))));
    Ok(columns)
}

fn converted(column: Expr, found: &ArrowType, wanted: DataType, time_zone: chrono_tz::Tz) -> Expr {
    match (wanted, found) {
        (DataType::Id, ArrowType::Utf8 | ArrowType::Utf8View | ArrowType::LargeUtf8 | ArrowType::Int64) => column,
        (DataType::Id, integer) if integer.is_integer() => cast(column, ArrowType::Int64),
        (DataType::String, ArrowType::Utf8 | ArrowType::Utf8View) => column,
        (DataType::Timestamp, ArrowType::Timestamp(_, Some(_))) => {
            let local = ArrowType::Timestamp(TimeUnit::Microsecond, Some(time_zone.name().into()));
            to_local_time(vec![cast(column, local)])
        }
        _ if *found == wanted.arrow() => column,
        _ => cast(column, wanted.arrow()),
    }
}
