//! What `validate` judges before any data is read: types, rules on parameters, whether checks fit their tables, and what
//! sidecars say about the report.

mod check_fit;
mod conform;
pub mod given_tables;
pub mod parameter_rules;
mod report_check;
pub mod type_check;

use datafusion::logical_expr::LogicalPlan;

use crate::engine::Engine;
use crate::error::{Problem, Result};
use crate::plan::query::QueryPlan;

/// Plans a query against the tables that `engine` has; a canonical table is conformed to its declaration.
///
/// # Errors
/// What is wrong with the SQL, placed in its file.
pub async fn plan(query: &QueryPlan, engine: &Engine, time_zone: chrono_tz::Tz) -> Result<LogicalPlan, Problem> {
    conform::conform(query, engine.plan(query).await?, time_zone)
}
