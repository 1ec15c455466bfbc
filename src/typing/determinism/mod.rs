//! Whether a query returns the same rows in every run, whatever the number of threads.
//!
//! The plan decides, because it shows how the engine resolved the SQL: the functions that names refer to, the windows
//! that a `window` clause defines, the sort below a `limit`. The text is examined too, because it has the places, and
//! because a query that reads undeclared columns has no plan yet.

mod finding;
mod keys;
mod nature;
mod planned;
mod ties;
mod written;

use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::sql::sqlparser::ast::Expr as SqlExpr;

use crate::config::PipelineText;
use crate::engine::sql_errors;
use crate::error::Problem;
use crate::plan::query::QueryPlan;
use finding::Finding;
use written::Written;

/// Everything that makes the rows of `query` differ between runs; without a `plan`, only what its text shows.
pub fn of_query(
    query: &QueryPlan,
    plan: Option<&LogicalPlan>,
    grain: &dyn Fn(&str) -> Option<Vec<String>>,
    state: &SessionState,
) -> Vec<Problem> {
    let sql = &query.file.sql;
    let Some(body) = query.body() else { return Vec::new() };
    let written = Written::of(body, state);
    let Some(plan) = plan else { return merged(&written, Vec::new(), sql) };
    let planned = match planned::findings(plan) {
        Ok(planned) => planned,
        Err(error) => return vec![sql_errors::planning_problem(sql, &error)],
    };
    let mut problems = merged(&written, planned, sql);
    match ties::problems(plan, grain, &written, sql) {
        Ok(found) => problems.extend(found),
        Err(error) => problems.push(sql_errors::planning_problem(sql, &error)),
    }
    problems
}

/// Everything that makes the value of a condition differ between runs; without a plan, only what its text shows.
pub fn of_condition(sql: &PipelineText, text: &SqlExpr, plan: Option<&Expr>, state: &SessionState) -> Vec<Problem> {
    let written = Written::of(text, state);
    match plan.map(planned::of_expression).transpose() {
        Ok(planned) => merged(&written, planned.unwrap_or_default(), sql),
        Err(error) => vec![sql_errors::planning_problem(sql, &error)],
    }
}

/// The problems that the text shows, and those that only the plan shows.
fn merged(written: &Written, planned: Vec<Finding>, sql: &PipelineText) -> Vec<Problem> {
    let mut found = written.findings.clone();
    for mut finding in planned {
        if found.iter().any(|known| known.is_same_kind(&finding)) {
            continue;
        }
        if let Some(call) = written.call(&finding.function, &[]) {
            finding.written = call.written.clone();
            finding.span = Some(call.region.name);
        }
        found.push(finding);
    }
    found.iter().map(|finding| finding.problem(sql)).collect()
}

#[cfg(test)]
mod tests;
