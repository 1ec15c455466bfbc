//! Rules of the sidecars -> queries that return offending rows.

pub mod offending;

use arrow::array::RecordBatch;
use arrow::util::pretty::pretty_format_batches;

use crate::config::sidecar::{Check, Severity};
use crate::engine::{Engine, spawn_planning, sql_errors};
use crate::error::{Error, Problem, Result};
use crate::plan::query::QueryPlan;

/// How many offending rows are shown.
const SHOWN_ROWS: usize = 5;

/// What one check found.
#[derive(Clone, Debug)]
pub struct CheckResult {
    /// Table that was looked at.
    pub table: String,
    /// The rule in words.
    pub rule: String,
    /// What a find means.
    pub severity: Severity,
    /// Rows that break the rule; for a row count, 1 when it is outside the bounds.
    pub offending_rows: u64,
    /// Some of them, drawn as a table.
    pub shown: String,
}

impl CheckResult {
    /// Whether nothing was found.
    pub fn passed(&self) -> bool {
        self.offending_rows == 0
    }

    /// Whether the find ends the run.
    pub fn stops_the_run(&self) -> bool {
        !self.passed() && self.severity == Severity::Stop
    }

    /// The error that a failed stopping check ends the run with.
    pub fn into_error(self) -> Error {
        Error::data(
            Problem::new(format!(
                "check failed on `{}`: {} ({} offending row{})\n{}",
                self.table,
                self.rule,
                self.offending_rows,
                if self.offending_rows == 1 { "" } else { "s" },
                self.shown
            ))
            .hint("look at the inputs; nothing was published, what was published before is still there"),
        )
    }
}

/// Runs the checks of `query` on its table, which `engine` has.
///
/// # Errors
/// The table cannot be read. A failed check is a result, not an error.
pub async fn run(query: &QueryPlan, engine: &Engine) -> Result<Vec<CheckResult>> {
    let mut results = Vec::new();
    // When that fails, one of them does, and it is named below.
    let counts = offending::counts(&query.name, &query.checks, engine).await.unwrap_or_default();
    for (index, plan) in query.checks.iter().enumerate() {
        let check = &plan.check;
        let activity = format!("checking `{}`: {}", query.name, rule(&check.value));
        let failed = |error| sql_errors::running_error(&activity, error);
        let rows = || async { offending::rows(&query.name, plan, engine).await.map_err(failed) };
        let offending_rows = match counts.get(index).copied().flatten() {
            Some(counted) => counted,
            None => spawn_planning(rows().await?.count()).await.map_err(failed)? as u64,
        };
        let shown = if offending_rows == 0 {
            String::new()
        } else {
            draw(&rows().await?.limit(0, Some(SHOWN_ROWS)).map_err(failed)?.collect().await.map_err(failed)?)
        };
        results.push(CheckResult {
            table: query.name.clone(),
            rule: rule(&check.value),
            severity: severity(&check.value),
            offending_rows,
            shown,
        });
    }
    Ok(results)
}

/// The columns that a check names.
pub fn columns(check: &Check) -> Vec<&str> {
    match check {
        Check::NotNull(check) => check.columns.iter().map(String::as_str).collect(),
        Check::Unique(check) => check.columns.iter().map(String::as_str).collect(),
        Check::AcceptedValues(check) => vec![&check.column],
        Check::Range(check) => vec![&check.column],
        Check::Relationship(check) => vec![&check.column],
        Check::Expression(_) | Check::RowCount(_) => Vec::new(),
    }
}

fn severity(check: &Check) -> Severity {
    match check {
        Check::NotNull(check) => check.severity,
        Check::Unique(check) => check.severity,
        Check::AcceptedValues(check) => check.severity,
        Check::Range(check) => check.severity,
        Check::Expression(check) => check.severity,
        Check::RowCount(check) => check.severity,
        Check::Relationship(check) => check.severity,
    }
}

/// The rule in words.
pub fn rule(check: &Check) -> String {
    match check {
        Check::NotNull(check) => format!("{} not null", check.columns.join(", ")),
        Check::Unique(check) => format!("{} unique", check.columns.join(", ")),
        Check::AcceptedValues(check) => {
            let values: Vec<String> = check.values.iter().map(ToString::to_string).collect();
            format!("{} one of {}", check.column, values.join(", "))
        }
        Check::Range(check) => match (&check.min, &check.max) {
            (Some(min), Some(max)) => format!("{} from {min} to {max}", check.column),
            (Some(min), None) => format!("{} at least {min}", check.column),
            (None, Some(max)) => format!("{} at most {max}", check.column),
            (None, None) => format!("{} in any range", check.column),
        },
        Check::Expression(check) => check.name.clone(),
        Check::RowCount(check) => match (check.min, check.max) {
            (Some(min), Some(max)) => format!("{min} to {max} rows"),
            (Some(min), None) => format!("at least {min} rows"),
            (None, Some(max)) => format!("at most {max} rows"),
            (None, None) => "any number of rows".to_owned(),
        },
        Check::Relationship(check) => {
            format!("{} found in {}.{}", check.column, check.table.value, check.to)
        }
    }
}

fn draw(batches: &[RecordBatch]) -> String {
    pretty_format_batches(batches).map_or_else(|error| error.to_string(), |table| table.to_string())
}
