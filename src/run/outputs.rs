//! What happens to a computed table: its checks, and its file in the run's folder when it is an output.

use std::collections::BTreeMap;
use std::future::Future;

use chrono::NaiveDate;
use datafusion::common::DataFusionError;
use datafusion::logical_expr::SortExpr;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::prelude::DataFrame;
use futures::TryStreamExt;

use super::failed_checks::FailedChecks;
use super::reported_tables::by;
use super::spreadsheets;
use crate::checks::{self, CheckResult};
use crate::config::schema::OnEmptyOutput;
use crate::config::sidecar::Severity;
use crate::engine::{Engine, spawn_planning, sql_errors};
use crate::error::{Error, Result};
use crate::plan::query::QueryPlan;
use crate::plan::{OutputPlan, Plan};
use crate::progress::{Progress, row_count};
use crate::publish::{PublishedReport, PublishedTable, RunFolder, TableDescription};
use crate::transform::TableRecord;

/// Checks computed tables and writes outputs.
pub struct Sink<'a> {
    pub plan: &'a Plan,
    pub engine: &'a Engine,
    pub folder: &'a RunFolder,
    pub progress: &'a Progress,
    /// Rows of the tables of the run compared with, and its day.
    pub earlier: Option<(NaiveDate, BTreeMap<String, u64>)>,
    /// Checks that stop the run.
    pub failed: FailedChecks,
}

/// The result of checking and writing one computed table.
pub struct TableOutcome {
    /// Its checks.
    pub checks: Vec<CheckResult>,
    /// Its file, when it is an output.
    pub published: Option<PublishedTable>,
    /// Its spreadsheets, one per language, when the pipeline asks for them.
    pub spreadsheets: Vec<PublishedReport>,
}

impl Sink<'_> {
    /// Whether anything other than a query needs the table.
    pub fn is_wanted(&self, table: &str) -> bool {
        let plan = self.plan;
        let is_output = plan.outputs.iter().any(|output| output.name == table);
        let has_checks = plan.query(table).is_some_and(|query| !query.checks.is_empty());
        let is_related = || plan.queries.iter().flat_map(QueryPlan::tables_of_checks).any(|related| related == table);
        is_output || has_checks || crate::report::TABLES.contains(&table) || is_related()
    }

    /// Checks a table; the returned future writes the table's file.
    ///
    /// A check that stops the run is noted in `failed`, and the table is then not written.
    ///
    /// # Errors
    /// A check cannot be computed. From the returned future: the file cannot be written.
    pub async fn take<'a>(
        &'a self,
        query: &'a QueryPlan,
        record: TableRecord,
    ) -> Result<impl Future<Output = Result<TableOutcome>> + 'a> {
        let mut checks = checks::run(query, self.engine).await?;
        checks.extend(self.emptied(&record));
        let is_failed = self.failed.note(&checks);
        let warned = checks.iter().filter(|check| !check.passed() && !check.stops_the_run());
        for CheckResult { table, found, shown, .. } in warned {
            self.progress.say(&format!("check on `{table}` warns: {found}\n{shown}"));
        }
        Ok(async move {
            let output = self.plan.outputs.iter().find(|output| output.name == query.name);
            let Some(output) = output.filter(|_| !is_failed) else {
                return Ok(TableOutcome { checks, published: None, spreadsheets: Vec::new() });
            };
            let published = Some(self.write(query, output, record.seconds).await?);
            let spreadsheets = if output.has_spreadsheet {
                let rows = self.sorted(output, spreadsheets::order(query)).await?;
                spreadsheets::write(self.plan, self.engine, self.folder, query, rows).await?
            } else {
                Vec::new()
            };
            Ok(TableOutcome { checks, published, spreadsheets })
        })
    }

    /// The finding that an output which had rows in the run compared with has none now.
    fn emptied(&self, record: &TableRecord) -> Option<CheckResult> {
        let output = self.plan.outputs.iter().find(|output| output.name == record.name)?;
        let severity = match output.on_empty {
            OnEmptyOutput::Allow => return None,
            OnEmptyOutput::Warn => Severity::Warn,
            OnEmptyOutput::Stop => Severity::Stop,
        };
        let (day, rows) = self.earlier.as_ref()?;
        let had = rows.get(&record.name).copied().filter(|had| *had > 0 && record.rows == 0)?;
        let rule = checks::never_empty(severity);
        Some(CheckResult {
            table: record.name.clone(),
            rule: checks::rule(&rule),
            found: checks::found(&rule),
            severity,
            is_broken: true,
            offending_rows: 0,
            shown: format!("it had {} on {day}", row_count(had)),
        })
    }

    /// The rows of an output by `first`, and then in the order of its file.
    async fn sorted(&self, output: &OutputPlan, first: Vec<SortExpr>) -> Result<DataFrame> {
        let failed = |error| sql_errors::running_error(&format!("sorting `{}`", output.name), error);
        let frame = self.engine.table(&output.name).await.map_err(failed)?;
        let mut names = output.sort_by.clone();
        if !output.is_unique {
            // Without a unique key, all columns together decide the order.
            let columns = frame.schema().fields().iter().map(|field| field.name().clone());
            let others: Vec<String> = columns.filter(|column| !names.contains(column)).collect();
            names.extend(others);
        }
        let order = first.into_iter().chain(names.iter().map(|name| by(name, false))).collect();
        frame.sort(order).map_err(failed)
    }

    async fn write(&self, query: &QueryPlan, output: &OutputPlan, seconds: f64) -> Result<PublishedTable> {
        let activity = format!("sorting `{}`", output.name);
        let failed = |error| sql_errors::running_error(&activity, error);
        let rows = spawn_planning(self.sorted(output, Vec::new()).await?.execute_stream()).await.map_err(failed)?;
        let schema = rows.schema();
        let rows = rows.map_err(move |error| external(sql_errors::running_error(&activity, error)));
        let rows = Box::pin(RecordBatchStreamAdapter::new(schema, rows));
        let mut published = self.folder.write_table(&description(query, output), rows).await?;
        published.seconds = Some(seconds);
        Ok(published)
    }
}

fn external(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// What the file of an output says about itself.
pub(super) fn description(query: &QueryPlan, output: &OutputPlan) -> TableDescription {
    let described = match &query.file.sidecar {
        Some((_, sidecar)) => TableDescription::of_query(&query.name, sidecar),
        None => TableDescription { name: query.name.clone(), ..TableDescription::default() },
    };
    TableDescription { sorted_by: output.sort_by.clone(), ..described }
}
