//! Writes an output as a spreadsheet in each language of the reports, in addition to its Parquet file.

use arrow::array::AsArray;
use arrow::datatypes::{DataType as ArrowType, Int64Type};
use datafusion::common::DataFusionError;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{SortExpr, cast, lit};
use datafusion::prelude::DataFrame;
use futures::StreamExt;

use super::reported_tables::{by, named};
use crate::config::language::Language;
use crate::config::working_list::WorkingList;
use crate::engine::{Engine, sql_errors};
use crate::error::Result;
use crate::plan::Plan;
use crate::plan::query::QueryPlan;
use crate::publish::{PublishedReport, RunFolder};
use crate::report::{self, CodeLabels, OwnerRows, SHEET_ROWS, SheetDescription, Spreadsheet};

/// The order in which people work through the rows, before that of the published file.
pub fn order(query: &QueryPlan) -> Vec<SortExpr> {
    let list = working_list(query).into_iter();
    list.flat_map(|list| &list.order_by).map(|order| by(&order.column, order.descending)).collect()
}

/// Writes the rows, in their order, to `<table>.<language>.xlsx` in the run's folder, where they are published like reports.
///
/// # Errors
/// The rows do not fit into a sheet, cannot be computed, or the file cannot be written.
pub async fn write(
    plan: &Plan,
    engine: &Engine,
    folder: &RunFolder,
    query: &QueryPlan,
    rows: DataFrame,
) -> Result<Vec<PublishedReport>> {
    let failed = |error| sql_errors::running_error(&format!("reading `{}` for its spreadsheet", query.name), error);
    let counts = counts(rows.clone(), working_list(query)).await.map_err(failed)?;
    let temporary = engine.settings.spill_folder.as_deref();
    let mut spreadsheets = Vec::new();
    for language in languages(plan) {
        let labels = CodeLabels::of(&plan.catalogue, language);
        let description = SheetDescription {
            name: &query.name,
            sidecar: query.file.sidecar.as_ref().map(|(_, sidecar)| sidecar),
            currency: plan.currency.as_deref(),
            as_of_date: plan.as_of_date,
            labels: &labels,
        };
        let schema = rows.schema().as_arrow();
        spreadsheets.push((language, Spreadsheet::new(&description, schema, &counts, SHEET_ROWS, temporary)?));
    }
    let mut batches = rows.execute_stream().await.map_err(failed)?;
    while let Some(batch) = batches.next().await {
        let batch = batch.map_err(failed)?;
        for (_, spreadsheet) in &mut spreadsheets {
            spreadsheet.append(&batch)?;
        }
    }
    let mut published = Vec::new();
    for (language, spreadsheet) in spreadsheets {
        let name = report::spreadsheet_name(&query.name, language);
        published.push(folder.write_report(&name, spreadsheet.finish()?.into()).await?);
    }
    Ok(published)
}

/// The languages of the reports; English without reports.
fn languages(plan: &Plan) -> Vec<Language> {
    let mut languages = Vec::new();
    for language in plan.reports.iter().flat_map(|report| &report.languages) {
        if !languages.contains(language) {
            languages.push(*language);
        }
    }
    if languages.is_empty() { vec![Language::English] } else { languages }
}

fn working_list(query: &QueryPlan) -> Option<&WorkingList> {
    query.file.sidecar.as_ref()?.1.working_list.as_ref()
}

/// How many rows each owner has, in the order of their names; one count of all rows without owners.
async fn counts(rows: DataFrame, list: Option<&WorkingList>) -> Result<Vec<OwnerRows>, DataFusionError> {
    let Some(owner) = list.and_then(|list| list.owner.as_ref()) else {
        return Ok(vec![OwnerRows { owner: None, rows: rows.count().await? as u64 }]);
    };
    let owner = cast(named(owner), ArrowType::Utf8).alias("owner");
    let counted = rows.aggregate(vec![owner], vec![count(lit(1_i64)).alias("rows")])?;
    let mut counts = Vec::new();
    for batch in counted.sort(vec![by("owner", false)])?.collect().await? {
        let owners = batch.column(0).as_string::<i32>().iter();
        let rows = batch.column(1).as_primitive::<Int64Type>().values();
        let pairs = owners.zip(rows.iter());
        counts.extend(
            pairs.map(|(owner, rows)| OwnerRows { owner: owner.map(str::to_owned), rows: rows.unsigned_abs() }),
        );
    }
    Ok(counts)
}
