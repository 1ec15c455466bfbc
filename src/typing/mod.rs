//! What `validate` checks before any data is read: types, determinism, clauses without effect, rules on parameters,
//! whether checks fit their tables, and what sidecars say about the report and working lists.

mod chart_check;
mod check_fit;
mod computable;
mod conform;
mod determinism;
mod finding_check;
pub mod given_tables;
mod ignored_clauses;
mod impossible_arguments;
pub mod parameter_rules;
mod report_check;
pub mod type_check;
mod working_list_check;

use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::sql::sqlparser::ast::Expr as SqlExpr;

use crate::config::PipelineText;
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
    problems.extend(sql_problems(query, logical.as_ref(), engine, plan));
    match logical.map(|logical| conform::conform(query, logical, plan.time_zone)).transpose() {
        Ok(logical) => (logical, problems),
        Err(problem) => {
            problems.push(problem);
            (None, problems)
        }
    }
}

/// What is wrong with the SQL of a query beside its types: clauses without effect, and what makes its rows differ between
/// runs. Without its plan, only what its text shows.
fn sql_problems(query: &QueryPlan, logical: Option<&LogicalPlan>, engine: &Engine, plan: &Plan) -> Vec<Problem> {
    // Tied rows may change places in rows that are only printed.
    let is_looked_at = plan.looked_at.as_ref() == Some(&query.name);
    let grain = |table: &str| plan.grain(table).filter(|_| !is_looked_at);
    let state = engine.context.state();
    let ignored = query.body().map(|body| ignored_clauses::problems(&query.file.sql, body, &state));
    let mut problems = ignored.unwrap_or_default();
    problems.extend(determinism::of_query(query, logical, &grain, &state));
    problems
}

/// [`sql_problems`] of a condition.
fn condition_problems(sql: &PipelineText, text: &SqlExpr, plan: Option<&Expr>, state: &SessionState) -> Vec<Problem> {
    let mut problems = ignored_clauses::problems(sql, text, state);
    problems.extend(determinism::of_condition(sql, text, plan, state));
    problems
}
