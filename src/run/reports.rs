//! Renders the reports of a pipeline from the run's own tables.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;

use super::reported_tables;
use crate::catalog::canonical;
use crate::config::parameters::ParameterValue;
use crate::config::sidecar::Severity;
use crate::engine::{Engine, sql_errors};
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::publish::{CheckSeverity, InputFile, Manifest};
use crate::report::{self, CheckLine, CodeLabels, InputLine, ReportContext, ReportSection};

/// Groups below this size are not shown when the pipeline has no parameter `min_cell`.
const DEFAULT_MIN_CELL: u64 = 5;

/// File names and documents of all reports.
///
/// # Errors
/// A table cannot be read, or a template does not fit.
pub async fn render(
    plan: &Plan,
    engine: &Engine,
    manifest: &Manifest,
    inputs: &[InputFile],
) -> Result<Vec<(String, Vec<u8>)>> {
    let mut documents = Vec::new();
    if plan.reports.is_empty() {
        return Ok(documents);
    }
    let tables = tables(plan, engine).await?;
    let context = context(plan, manifest, inputs);
    let shown = reported_tables::read(plan, engine, manifest, context.min_cell).await?;
    let built = report::build(context, &tables, shown)?;
    for published in &plan.reports {
        for format in &published.formats {
            let format = report::format(*format);
            documents.push((format!("{}.en.{}", published.name, format.extension()), format.write(&built)?));
        }
    }
    Ok(documents)
}

/// Smallest group of customers whose numbers are shown.
pub fn min_cell(plan: &Plan) -> u64 {
    integer(plan, "min_cell").and_then(|value| u64::try_from(value).ok()).unwrap_or(DEFAULT_MIN_CELL)
}

fn integer(plan: &Plan, name: &str) -> Option<i64> {
    plan.parameters.iter().find(|parameter| parameter.name == name).and_then(|parameter| match parameter.value {
        Some(ParameterValue::Integer(value)) => Some(value),
        _ => None,
    })
}

async fn tables(plan: &Plan, engine: &Engine) -> Result<BTreeMap<String, RecordBatch>> {
    let mut tables = BTreeMap::new();
    for name in report::TABLES.iter().filter(|name| plan.query(name).is_some()) {
        let failed = |error| sql_errors::running_error(&format!("reading `{name}` for the report"), error);
        let frame = engine.table(name).await.map_err(failed)?;
        let schema = std::sync::Arc::new(frame.schema().as_arrow().clone());
        let batches = frame.collect().await.map_err(failed)?;
        let batch = concat_batches(&schema, &batches).map_err(|error| failed(error.into()))?;
        tables.insert((*name).to_owned(), batch);
    }
    Ok::<_, Error>(tables)
}

fn context(plan: &Plan, manifest: &Manifest, inputs: &[InputFile]) -> ReportContext {
    let catalogue = &plan.catalogue;
    // Only inputs that a query of this pipeline would use are reported as missing.
    let is_read = |name: &str| plan.queries.iter().any(|query| query.reads.contains(name));
    let gives = |name: &String| {
        canonical::table(name)
            .filter(|table| is_read(name) && !table.is_setting)
            .map(|table| (name.clone(), table.gives.clone()))
    };
    let mut lines: BTreeMap<&str, InputLine> = BTreeMap::new();
    for input in inputs {
        let empty = InputLine { source: input.source.clone(), objects: 0, rows: 0, bytes: 0 };
        let line = lines.entry(input.source.as_str()).or_insert(empty);
        line.objects += 1;
        line.rows += input.rows.unwrap_or_default();
        line.bytes += input.size_bytes;
    }
    let severity = |severity| match severity {
        CheckSeverity::Warn => Severity::Warn,
        CheckSeverity::Stop => Severity::Stop,
    };
    ReportContext {
        pipeline: plan.name.clone(),
        description: plan.description.clone(),
        as_of_date: manifest.as_of_date,
        window_days: integer(plan, "window_days"),
        currency: plan.currency.clone(),
        run_id: manifest.run_id.to_string(),
        staunch_version: manifest.staunch_version.clone(),
        compared_to: manifest.compared_to.as_ref().map(|compared| compared.as_of_date),
        absent_inputs: plan.absent_canonical.iter().filter_map(gives).collect(),
        checks: manifest
            .checks
            .iter()
            .map(|check| CheckLine {
                table: check.table.clone(),
                rule: check.check.clone(),
                severity: severity(check.severity),
                offending_rows: check.offending_rows,
                passed: check.passed,
            })
            .collect(),
        inputs: lines.into_values().collect(),
        sections: ReportSection::all_of(catalogue),
        figures: catalogue.figures.iter().map(|(key, name)| (key.clone(), name.en.value.clone())).collect(),
        labels: CodeLabels::of(catalogue),
        min_cell: min_cell(plan),
    }
}
