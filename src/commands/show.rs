//! `staunch show`: computes one query on the real inputs and prints its rows.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::logical_expr::LogicalPlanBuilder;
use datafusion::physical_plan::collect;

use super::printed_rows::formatted;
use super::{Invocation, load, resources, write};
use crate::catalog::{canonical, definition_tables};
use crate::cli::ShowArguments;
use crate::config::query_files::QueryFile;
use crate::config::{Pipeline, PipelineText};
use crate::engine::sql_errors;
use crate::error::{Error, Problem, Result, did_you_mean};
use crate::plan::{self, Wanted};
use crate::publish::PublishLocation;
use crate::run::earlier::EarlierRun;
use crate::run::inputs;
use crate::run::session::Session;
use crate::transform;
use crate::typing::{self, type_check::Depth};

/// Name of the query that `show` adds to the pipeline; no file can have it.
const SHOWN: &str = "--sql";

/// Prints the rows of a table, or of a SELECT, of the pipeline.
pub async fn execute(
    arguments: &ShowArguments,
    invocation: &Invocation,
    output: &mut (dyn Write + Send),
) -> Result<()> {
    let mut pipeline = load(&arguments.pipeline, &arguments.parameters, invocation)?;
    let sql = match (&arguments.sql, &arguments.table) {
        (Some(sql), _) => sql.clone(),
        (None, Some(table)) => select_all(table, &pipeline)?,
        (None, None) => return Err(Error::invalid(Problem::new("name a table, or give `--sql`"))),
    };
    let text = PipelineText { path: PathBuf::from("--sql"), text: Arc::from(sql) };
    pipeline.queries.push(QueryFile { name: SHOWN.to_owned(), sql: text, sidecar: None });
    let mut plan = plan::make(pipeline, &Wanted::Table(SHOWN))?;
    let resources = resources::resources(&plan.limits, &arguments.resources)?;
    let declared = inputs::check_declared(&plan, Depth::LogicalPlans).await?;

    let session = Session::open(&resources)?;
    let Session { engine, tables, .. } = &session;
    let location = PublishLocation::open(&plan.publish)?;
    let log = location.log().await?;
    let earlier = EarlierRun::find(location, &log, &plan).await?;
    // Whether an earlier run read a source only matters to a scheduler.
    let read_before = BTreeSet::new();
    let progress = &invocation.progress;
    let read = inputs::read(&plan, declared, &session, &earlier, &read_before, progress, invocation.started_at).await?;
    let Some(position) = plan.queries.iter().position(|query| query.name == SHOWN) else {
        return Err(Error::execution(Problem::new("the plan does not contain the query to show")));
    };
    let shown = plan.queries.remove(position);
    let is_kept = |table: &str| shown.reads.contains(table);
    transform::run(&plan, read.types.plans, engine, tables, is_kept, |_, _| async { Ok(async { Ok(()) }) }).await?;

    let logical = typing::plan(&shown, engine, &plan).await.map_err(Error::Invalid)?;
    let failed = |error| sql_errors::running_error("showing the rows", error);
    let limited = LogicalPlanBuilder::from(logical);
    let limited = match arguments.limit {
        0 => limited,
        limit => limited.limit(0, Some(limit)).map_err(failed)?,
    };
    let physical = engine.physical_plan(limited.build().map_err(failed)?).await.map_err(failed)?;
    let schema = physical.schema();
    let mut batches = collect(physical, engine.context.task_ctx()).await.map_err(failed)?;
    if batches.is_empty() {
        batches.push(RecordBatch::new_empty(schema));
    }
    write(output, &formatted(&batches, arguments.format).map_err(|error| failed(error.into()))?)
}

fn select_all(table: &str, pipeline: &Pipeline) -> Result<String> {
    let queries = pipeline.queries.iter().map(|query| query.name.as_str());
    let known: Vec<&str> =
        queries.chain(pipeline.source_names()).chain(canonical::names()).chain(definition_tables::NAMES).collect();
    if known.contains(&table) {
        let sidecar =
            pipeline.queries.iter().find(|query| query.name == table).and_then(|query| query.sidecar.as_ref());
        let grain: Vec<String> = sidecar
            .iter()
            .flat_map(|(_, sidecar)| &sidecar.grain)
            .map(|column| format!("\"{}\"", column.value))
            .collect();
        let order = if grain.is_empty() { String::new() } else { format!(" order by {}", grain.join(", ")) };
        return Ok(format!("select * from \"{table}\"{order}"));
    }
    let mut problem = Problem::new(format!("there is no table `{table}` in the pipeline"));
    problem.hint = did_you_mean(table, known)
        .or_else(|| Some("`staunch plan` lists the tables; `--sql` runs any SELECT on them".to_owned()));
    Err(Error::invalid(problem))
}
