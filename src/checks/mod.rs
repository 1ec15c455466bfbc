//! Checks of the sidecars -> queries that return the rows that break them.

pub mod offending;

use arrow::array::RecordBatch;
use arrow::util::pretty::pretty_format_batches;
use datafusion::error::DataFusionError;

use crate::config::sidecar::{Check, RowCountCheck, Severity};
use crate::engine::{Engine, spawn_planning, sql_errors};
use crate::error::{Error, Problem, Result};
use crate::plan::query::QueryPlan;
use crate::progress::row_count;

/// How many offending rows are shown.
const SHOWN_ROWS: usize = 5;

/// The outcome of one check.
#[derive(Clone, Debug)]
pub struct CheckResult {
    /// The table that was checked.
    pub table: String,
    /// The rule in words.
    pub rule: String,
    /// What is so when the rule is broken, in words.
    pub found: String,
    /// Whether offending rows stop the run or only warn.
    pub severity: Severity,
    /// Whether the rule is broken.
    pub is_broken: bool,
    /// Rows that break the rule; none for a rule about the table as a whole.
    pub offending_rows: u64,
    /// Some of them, drawn as a table.
    pub shown: String,
}

impl CheckResult {
    /// Whether the rule holds.
    pub fn passed(&self) -> bool {
        !self.is_broken
    }

    /// Whether the rule is broken and its severity stops the run.
    pub fn stops_the_run(&self) -> bool {
        !self.passed() && self.severity == Severity::Stop
    }

    /// What is wrong when the rule is broken, with some of the rows.
    fn described(&self) -> String {
        let rows = match self.offending_rows {
            0 => String::new(),
            1 => " (1 offending row)".to_owned(),
            several => format!(" ({several} offending rows)"),
        };
        format!("check failed on `{}`: {}{rows}\n{}", self.table, self.rule, self.shown)
    }
}

/// The error that ends the run when these rules are broken; `None` when there are none.
pub fn into_error(failed: Vec<CheckResult>) -> Option<Error> {
    let described: Vec<String> = failed.iter().map(CheckResult::described).collect();
    let message = match described.as_slice() {
        [] => return None,
        [one] => one.clone(),
        several => format!("{} checks failed\n\n{}", several.len(), several.join("\n\n")),
    };
    let hint = "check the inputs; nothing was published, and what was published before is unchanged";
    Some(Error::data(Problem::new(message).hint(hint)))
}

/// The rule that an output which had rows must not become empty.
pub fn never_empty(severity: Severity) -> Check {
    Check::RowCount(RowCountCheck { min: Some(1), max: None, severity })
}

/// Runs the checks of `query` on its table, which is registered with `engine`.
///
/// # Errors
/// The table cannot be read. A failed check is a result, not an error.
pub async fn run(query: &QueryPlan, engine: &Engine) -> Result<Vec<CheckResult>> {
    // One scan counts the rows of all checks that look at one row at a time. When it fails, running each check by
    // itself shows which of them failed.
    let (counts, together) = match offending::counts(&query.name, &query.checks, engine).await {
        Ok(counts) => (counts, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    let results = run_each(query, engine, &counts).await;
    if let Some(together) = together {
        report_separation(&query.name, together, results.as_ref().err());
    }
    results
}

/// Logs why the checks of `query` could not be computed together, unless the error of a single check says it already.
fn report_separation(query: &str, together: DataFusionError, alone: Option<&Error>) {
    let error = sql_errors::running_error(&format!("checking `{query}`"), together);
    let reason = |error: &Error| error.problems().first().map(|problem| problem.cause_chain());
    if alone.is_none_or(|alone| reason(alone) != reason(&error)) {
        let cause = reason(&error).unwrap_or_default();
        tracing::warn!(
            cause,
            "the checks of `{query}` were run one by one, since running them together failed: {error}"
        );
    }
}

/// Runs the checks of `query` one after the other; `counts` holds the offending rows of those that are counted already.
async fn run_each(query: &QueryPlan, engine: &Engine, counts: &[Option<u64>]) -> Result<Vec<CheckResult>> {
    let mut results = Vec::new();
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
            found: found(&check.value),
            severity: check.value.severity(),
            is_broken: offending_rows > 0,
            offending_rows: if matches!(check.value, Check::RowCount(_)) { 0 } else { offending_rows },
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
            (Some(min), Some(max)) => format!("{min} to {}", row_count(max)),
            (Some(min), None) => format!("at least {}", row_count(min)),
            (None, Some(max)) => format!("at most {}", row_count(max)),
            (None, None) => "any number of rows".to_owned(),
        },
        Check::Relationship(check) => {
            format!("{} found in {}.{}", check.column, check.table.value, check.to)
        }
    }
}

/// What is so when the rule is broken, in words.
pub fn found(check: &Check) -> String {
    match check {
        Check::NotNull(check) => format!("{} empty", check.columns.join(", ")),
        Check::Unique(check) => format!("{} not unique", check.columns.join(", ")),
        Check::AcceptedValues(check) => {
            let values: Vec<String> = check.values.iter().map(ToString::to_string).collect();
            format!("{} none of {}", check.column, values.join(", "))
        }
        Check::Range(check) => match (&check.min, &check.max) {
            (Some(min), Some(max)) => format!("{} outside {min} to {max}", check.column),
            (Some(min), None) => format!("{} below {min}", check.column),
            (None, Some(max)) => format!("{} above {max}", check.column),
            (None, None) => format!("{} outside any range", check.column),
        },
        Check::Expression(check) => {
            check.found.en.clone().unwrap_or_else(|| format!("this does not hold: {}", check.name))
        }
        Check::RowCount(check) => match (check.min, check.max) {
            (Some(min), Some(max)) => format!("fewer than {min} or more than {}", row_count(max)),
            (Some(min), None) => format!("fewer than {}", row_count(min)),
            (None, Some(max)) => format!("more than {}", row_count(max)),
            (None, None) => "no number of rows".to_owned(),
        },
        Check::Relationship(check) => {
            format!("{} not found in {}.{}", check.column, check.table.value, check.to)
        }
    }
}

fn draw(batches: &[RecordBatch]) -> String {
    pretty_format_batches(batches).map_or_else(|error| error.to_string(), |table| table.to_string())
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};

    use arrow::array::{ArrayRef, Int64Array, RecordBatch};
    use arrow::datatypes::SchemaRef;
    use async_trait::async_trait;
    use datafusion::catalog::{Session, TableProvider};
    use datafusion::common::resources_datafusion_err;
    use datafusion::datasource::MemTable;
    use datafusion::logical_expr::{Expr, TableType};
    use datafusion::physical_plan::ExecutionPlan;

    use super::*;
    use crate::config::query_files::QueryFile;
    use crate::config::{PipelineText, yaml};

    /// A table whose first scans fail.
    #[derive(Debug)]
    struct Unready {
        rows: MemTable,
        failures: AtomicUsize,
    }

    #[async_trait]
    impl TableProvider for Unready {
        fn schema(&self) -> SchemaRef {
            self.rows.schema()
        }

        fn table_type(&self) -> TableType {
            TableType::Base
        }

        async fn scan(
            &self,
            state: &dyn Session,
            projection: Option<&Vec<usize>>,
            filters: &[Expr],
            limit: Option<usize>,
        ) -> datafusion::common::Result<Arc<dyn ExecutionPlan>> {
            let is_first = |left: usize| left.checked_sub(1);
            if self.failures.fetch_update(Ordering::Relaxed, Ordering::Relaxed, is_first).is_ok() {
                return Err(resources_datafusion_err!("all checks at once are too many"));
            }
            self.rows.scan(state, projection, filters, limit).await
        }
    }

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn query(checks: &str) -> QueryPlan {
        let text = |name: &str, text: &str| PipelineText { path: PathBuf::from(name), text: text.into() };
        let sidecar = format!("grain: [n]\nchecks:\n{checks}");
        let parsed = yaml::parse("q.yml", &Arc::from(sidecar.as_str())).unwrap();
        let sidecar = Some((text("q.yml", &sidecar), parsed));
        QueryPlan::parse(&QueryFile { name: "q".into(), sql: text("q.sql", "select n from t"), sidecar }, &[]).unwrap()
    }

    /// The results of the checks on the numbers 1 and 2, when the first `failures` scans fail, and the log.
    async fn results(checks: &str, failures: usize) -> (Result<Vec<u64>>, String) {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
        let batch = RecordBatch::try_from_iter([("n", numbers)]).unwrap();
        let rows = MemTable::try_new(batch.schema(), vec![vec![batch]]).unwrap();
        let engine = Engine::for_planning().unwrap();
        engine.register("q", Arc::new(Unready { rows, failures: failures.into() }), Some(2)).unwrap();
        let results = run(&query(checks), &engine).await;
        let counts = results.map(|results| results.iter().map(|result| result.offending_rows).collect());
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        (counts, text)
    }

    const CHECKS: &str = "  - range: {column: n, max: 1}\n  - not_null: {columns: [n]}\n";

    #[tokio::test]
    async fn why_checks_were_not_computed_together_is_said() {
        let (found, log) = results(CHECKS, 0).await;
        assert_eq!((found.unwrap(), log.as_str()), (vec![1, 0], ""));
        let (found, log) = results(CHECKS, 1).await;
        assert_eq!(found.unwrap(), [1, 0]);
        assert!(log.contains("WARN"), "{log}");
        assert!(log.contains("the checks of `q` were run one by one, since running them together failed"), "{log}");
        assert!(log.contains("all checks at once are too many"), "{log}");
    }

    #[tokio::test]
    async fn an_error_of_one_check_is_said_once() {
        let checks = format!("{CHECKS}  - expression: {{name: whole, sql: 1 / (n - 1) > 0}}\n");
        let (found, log) = results(&checks, 0).await;
        let error = found.unwrap_err();
        assert_eq!(error.problems()[0].message, "checking `q`: whole divides by zero");
        assert_eq!(log, "");
        let (found, log) = results(&checks, 1).await;
        assert!(found.is_err());
        assert!(log.contains("all checks at once are too many"), "{log}");
    }
}
