//! `staunch rejects`: shows the rows that a run rejected, with the reasons.

use std::io::Write;

use arrow::array::RecordBatch;
use datafusion::logical_expr::col;
use datafusion::prelude::SessionContext;

use super::printed_rows::formatted;
use super::{Invocation, load, plan_of_a_run, write};
use crate::cli::RejectsArguments;
use crate::engine::sql_errors;
use crate::error::{Error, Problem, Result, did_you_mean};
use crate::publish::{LoggedTable, Manifest, PublishLocation, PublishedTable};
use crate::sources::reject_schema;

/// Columns that the rows are ordered by.
const ORDER: [&str; 5] = ["file", "line", "column_name", "rule", "record"];

/// Prints the rejected rows of a run, in the order of sources, files and lines.
pub async fn execute(
    arguments: &RejectsArguments,
    invocation: &Invocation,
    output: &mut (dyn Write + Send),
) -> Result<()> {
    let plan = plan_of_a_run(load(&arguments.pipeline, &arguments.parameters, invocation)?, &[])?;
    let location = PublishLocation::open(&plan.publish)?;
    let entry = location.log().await?.named(&arguments.run).await?;
    let manifest = location.manifest_of(&entry).await?.ok_or_else(|| {
        Error::data(
            Problem::new(format!("the manifest `{}` of run {} is missing", entry.manifest, entry.version))
                .hint("restore it from a backup, or choose another run"),
        )
    })?;
    let tables = chosen(&manifest, arguments.source.as_deref())?;
    let rows: u64 = tables.iter().map(|table| table.rows).sum();
    invocation.progress.say(&format!("run {} rejected {rows} rows", manifest.run_id));

    let failed = |error| sql_errors::running_error("reading the rejected rows", error);
    let context = SessionContext::new();
    let mut left = if arguments.limit == 0 { i32::MAX as usize } else { arguments.limit };
    let mut batches = Vec::new();
    for table in tables {
        let provider = location.scan_table(&LoggedTable::from(table), reject_schema(), &context).await?;
        // The file is in order; a scan of several parts need not be.
        let found = context
            .read_table(provider)
            .and_then(|rows| rows.sort(ORDER.map(|column| col(column).sort(true, true)).to_vec()))
            .and_then(|rows| rows.limit(0, Some(left)))
            .map_err(failed)?
            .collect()
            .await
            .map_err(failed)?;
        left -= found.iter().map(RecordBatch::num_rows).sum::<usize>().min(left);
        batches.extend(found);
    }
    if batches.is_empty() {
        batches.push(RecordBatch::new_empty(reject_schema()));
    }
    write(output, &formatted(&batches, arguments.format).map_err(|error| failed(error.into()))?)
}

/// The tables of rejected rows, of one source or of all.
fn chosen<'a>(manifest: &'a Manifest, source: Option<&str>) -> Result<Vec<&'a PublishedTable>> {
    let Some(source) = source else { return Ok(manifest.rejects.iter().collect()) };
    if !manifest.inputs.iter().any(|input| input.source == source) {
        let mut problem = Problem::new(format!("run {} read no source `{source}`", manifest.run_id));
        problem.hint = did_you_mean(source, manifest.inputs.iter().map(|input| input.source.as_str()));
        return Err(Error::invalid(problem));
    }
    Ok(manifest.rejects.iter().filter(|table| table.name == source).collect())
}
