//! Runs the queries of a plan. Each table is computed once, independent tables at the same time, and a table is handed
//! on as soon as it is complete.

mod readers;
mod retry_alone;
mod shared_parts;
mod views;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use datafusion::datasource::ViewTable;
use datafusion::logical_expr::LogicalPlan;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use serde::Serialize;

use crate::engine::{Engine, spawn_planning, sql_errors};
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::plan::query::QueryPlan;
use crate::plan::schedule::Schedule;
use crate::tables::{Keeper, KeptTable};
use crate::typing;
use readers::Readers;
use retry_alone::RetryAlone;
use shared_parts::Steps;
use views::views;

/// The cost of computing one table.
#[derive(Clone, Debug, Serialize)]
pub struct TableRecord {
    /// Table name.
    pub name: String,
    /// Rows.
    pub rows: u64,
    /// Bytes in memory, or on disk when it did not fit.
    pub bytes: u64,
    /// Seconds from the first row asked for to the last row kept.
    pub seconds: f64,
    /// Whether it did not fit into memory.
    pub is_spilled: bool,
}

/// Computes every query of `plan` against the tables of `engine`, several of them at the same time. `plans` are the
/// plans of the queries that were already planned, against tables with the same columns.
///
/// `is_kept` says which tables are needed by anything other than queries. Any other table becomes a view, computed
/// within its readers, if it is scanned only once or if it only picks and renames columns and rows. A common table
/// expression that a query reads several times is kept as a table while that query is computed. `check` is awaited once
/// per kept table before its readers start; the future that it returns, such as writing the table, runs concurrently
/// with them. Tables that no query needs any more are deregistered.
///
/// # Errors
/// The first error of a query, of `check` or of the future that it returned; everything still running is cancelled.
pub async fn run<'a, F, G, R>(
    plan: &'a Plan,
    plans: BTreeMap<String, LogicalPlan>,
    engine: &'a Engine,
    tables: &'a Keeper,
    is_kept: impl Fn(&str) -> bool,
    check: impl Fn(&'a QueryPlan, TableRecord) -> F,
) -> Result<Vec<R>>
where
    F: Future<Output = Result<G>>,
    G: Future<Output = Result<R>>,
{
    let divided = |(name, plan): (String, LogicalPlan)| Ok((name.clone(), Steps::of(&name, plan)?));
    let mut steps: BTreeMap<String, Steps> = plans.into_iter().map(divided).collect::<Result<_>>()?;
    let shape = |(name, steps): (&String, &Steps)| Ok((name.clone(), steps.shape()?));
    let shapes = steps.iter().map(shape).collect::<Result<_>>()?;
    let views = views(&plan.queries, &shapes, &is_kept);
    let mut readers = Readers::new(&plan.queries, &views);
    // The tables that a query reads and those that its checks refer to.
    let needs = |query: &'a QueryPlan| query.reads.iter().map(String::as_str).chain(query.tables_of_checks());
    let mut schedule = Schedule::new(&plan.queries, needs);
    let retry_alone = RetryAlone::default();
    let mut running = FuturesUnordered::new();
    let mut finishing = FuturesUnordered::new();
    let mut results = Vec::new();
    loop {
        while running.len() < engine.settings.queries_at_once.max(1) {
            let Some(query) = schedule.next_ready() else { break };
            let activity = activity(query, plan, &readers, &views);
            let steps = match steps.remove(&query.name) {
                Some(steps) => steps,
                None => {
                    let planned = typing::plan(query, engine, plan).await.map_err(Error::Invalid)?;
                    Steps::of(&query.name, planned)?
                }
            };
            if views.contains(query.name.as_str()) {
                let bound = engine.bind(steps.result).await;
                let logical = bound.map_err(|error| sql_errors::running_error(&activity, error))?;
                engine.register(&query.name, Arc::new(ViewTable::new(logical, None)), None)?;
                schedule.finish(&query.name);
                deregister_unread(readers.finish(&query.name), engine, &is_kept)?;
                continue;
            }
            let check = &check;
            let computation = Computation { query, activity, engine, tables, retry_alone: &retry_alone };
            running.push(async move {
                let record = computation.run(steps).await?;
                Ok::<_, Error>((query, check(query, record).await?))
            });
        }
        let computed = tokio::select! {
            Some(computed) = running.next() => computed?,
            Some(result) = finishing.next() => {
                results.push(result?);
                continue;
            }
            else => return Ok(results),
        };
        let (query, finish) = computed;
        finishing.push(finish);
        schedule.finish(&query.name);
        deregister_unread(readers.finish(&query.name), engine, &is_kept)?;
    }
}

/// Deregisters `tables`, which no query reads any more.
fn deregister_unread(tables: Vec<&str>, engine: &Engine, is_kept: impl Fn(&str) -> bool) -> Result<()> {
    tables.into_iter().filter(|table| !is_kept(table)).try_for_each(|table| engine.deregister(table))
}

/// What computing `query` is called in messages. It names the views that are computed with it, because the mistake may
/// be in one of them.
fn activity(query: &QueryPlan, plan: &Plan, readers: &Readers<'_>, views: &BTreeSet<&str>) -> String {
    let named = |query: &QueryPlan| format!("`{}` ({})", query.name, query.file.sql.path.display());
    let inside = readers.tables_behind(&query.name).filter(|table| views.contains(table));
    let inside: Vec<String> = inside.filter_map(|view| plan.query(view)).map(named).collect();
    if inside.is_empty() {
        return format!("computing {}", named(query));
    }
    format!("computing {}, together with {},", named(query), inside.join(", "))
}

/// How a query is computed.
struct Computation<'a> {
    query: &'a QueryPlan,
    /// What the computation is called in messages.
    activity: String,
    engine: &'a Engine,
    tables: &'a Keeper,
    retry_alone: &'a RetryAlone,
}

impl Computation<'_> {
    /// Computes the query's table by `steps`, and registers it.
    async fn run(self, steps: Steps) -> Result<TableRecord> {
        let started = Instant::now();
        let mut parts = Vec::new();
        for (part, plan) in steps.parts {
            self.keep(&part, plan).await?.register(self.engine)?;
            parts.push(part);
        }
        let kept = self.keep(&self.query.name, steps.result).await?;
        parts.iter().try_for_each(|part| self.engine.deregister(part))?;
        let record = TableRecord {
            name: self.query.name.clone(),
            rows: kept.rows(),
            bytes: kept.bytes(),
            seconds: started.elapsed().as_secs_f64(),
            is_spilled: kept.is_spilled(),
        };
        kept.register(self.engine)?;
        Ok(record)
    }

    /// Computes the table `name`, planned against tables with the columns of those that the engine has.
    async fn keep(&self, name: &str, plan: LogicalPlan) -> Result<KeptTable> {
        let Self { query, activity, engine, tables, retry_alone } = self;
        let bound = engine.bind(plan).await.map_err(|error| sql_errors::running_error(activity, error))?;
        let compute = || async {
            let (planner, bound) = (Engine::clone(engine), bound.clone());
            let physical = spawn_planning(async move { planner.physical_plan(bound).await })
                .await
                .map_err(|error| sql_errors::physical_planning_error(activity, &query.file.sql, error))?;
            tables.keep(name, activity, physical, engine.context.task_ctx()).await
        };
        retry_alone.run(compute).await
    }
}
