//! What `validate` checks before any data is read: types, determinism, rules on parameters, whether checks fit their
//! tables, and what sidecars say about the report.

mod check_fit;
mod computable;
mod conform;
mod determinism;
pub mod given_tables;
pub mod parameter_rules;
mod report_check;
pub mod type_check;

use datafusion::logical_expr::LogicalPlan;

use crate::engine::Engine;
use crate::error::{Problem, Result};
use crate::plan::Plan;
use crate::plan::query::QueryPlan;

/// Plans a query of `plan` against the tables that `engine` has; a canonical table is conformed to its declaration.
///
/// # Errors
/// What is wrong with the SQL, or makes its rows differ between runs, placed in its file.
pub async fn plan(query: &QueryPlan, engine: &Engine, plan: &Plan) -> Result<LogicalPlan, Vec<Problem>> {
    match judged(query, engine, plan).await {
        (Some(logical), problems) if problems.is_empty() => Ok(logical),
        (_, problems) => Err(problems),
    }
}

/// The plan of a query, when it can be planned, and all that is wrong with it.
async fn judged(query: &QueryPlan, engine: &Engine, plan: &Plan) -> (Option<LogicalPlan>, Vec<Problem>) {
    let (logical, mut problems) = match engine.plan(query).await {
        Ok(logical) => (Some(logical), Vec::new()),
        Err(problem) => (None, vec![problem]),
    };
    problems.extend(indeterminate(query, logical.as_ref(), engine, plan));
    match logical.map(|logical| conform::conform(query, logical, plan.time_zone)).transpose() {
        Ok(logical) => (logical, problems),
        Err(problem) => {
            problems.push(problem);
            (None, problems)
        }
    }
}

/// What makes the rows of a query differ between runs; without its plan, only what its text shows.
fn indeterminate(query: &QueryPlan, logical: Option<&LogicalPlan>, engine: &Engine, plan: &Plan) -> Vec<Problem> {
    // Tied rows may change places in rows that are only printed.
    let is_looked_at = plan.looked_at.as_ref() == Some(&query.name);
    let grain = |table: &str| plan.grain(table).filter(|_| !is_looked_at);
    determinism::of_query(query, logical, &grain, &engine.context.state())
}
