//! Writes an output as a spreadsheet, in addition to its Parquet file.

use datafusion::prelude::DataFrame;
use futures::StreamExt;

use crate::config::language::Language;
use crate::engine::{Engine, sql_errors};
use crate::error::Result;
use crate::plan::Plan;
use crate::plan::query::QueryPlan;
use crate::publish::{PublishedReport, RunFolder};
use crate::report::{CodeLabels, SheetDescription, Spreadsheet};

/// Writes the rows, in their order, to `<table>.xlsx` in the run's folder, where it is published like a report.
///
/// # Errors
/// The rows do not fit into a sheet, cannot be computed, or the file cannot be written.
pub async fn write(
    plan: &Plan,
    engine: &Engine,
    folder: &RunFolder,
    query: &QueryPlan,
    rows: DataFrame,
) -> Result<PublishedReport> {
    let failed = |error| sql_errors::running_error(&format!("reading `{}` for its spreadsheet", query.name), error);
    // One file per table, whatever the languages of the reports.
    let labels = CodeLabels::of(&plan.catalogue, Language::English);
    let description = SheetDescription {
        name: &query.name,
        sidecar: query.file.sidecar.as_ref().map(|(_, sidecar)| sidecar),
        currency: plan.currency.as_deref(),
        as_of_date: plan.as_of_date,
        labels: &labels,
    };
    let temporary = engine.settings.spill_folder.as_deref();
    let mut spreadsheet = Spreadsheet::new(&description, rows.schema().as_arrow(), temporary)?;
    let mut batches = rows.execute_stream().await.map_err(failed)?;
    while let Some(batch) = batches.next().await {
        spreadsheet.append(&batch.map_err(failed)?)?;
    }
    folder.write_report(&format!("{}.xlsx", query.name), spreadsheet.finish()?.into()).await
}
