//! Runs the queries of a plan: each table is computed once, independent ones side by side, and given to a sink as soon as
//! it is there.

mod budget;
mod held_table;
pub mod kept_table;
mod views;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use datafusion::datasource::ViewTable;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::DataFrame;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use serde::Serialize;

use crate::engine::query_shape::QueryShape;
use crate::engine::{Engine, aside, sql_errors};
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::plan::query::QueryPlan;
use kept_table::Keeper;
use views::views;

/// Queries that run at the same time; each of them uses all threads.
const QUERIES_AT_ONCE: usize = 2;

/// What computing one table took.
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

/// Computes every query of `plan`, whose shapes are `shapes`, against the tables of `engine`.
///
/// `is_kept` says which tables something beside queries looks at; a table that nothing else looks at and that is scanned
/// once is computed within its reader, and one that only picks and renames columns and rows within each of its readers.
/// `check` is awaited once per kept table before its readers start; the future that it gives, such as writing the table, runs beside
/// them. Tables that nobody needs any longer are forgotten.
///
/// # Errors
/// The first error of a query, of `check` or of what it gave; what is still running is stopped.
pub async fn run<'a, F, G, R>(
    plan: &'a Plan,
    shapes: &BTreeMap<String, QueryShape>,
    engine: &'a Engine,
    keeper: &'a Keeper,
    is_kept: impl Fn(&str) -> bool,
    check: impl Fn(&'a QueryPlan, TableRecord) -> F,
) -> Result<Vec<R>>
where
    F: Future<Output = Result<G>>,
    G: Future<Output = Result<R>>,
{
    let views = views(&plan.queries, shapes, &is_kept);
    let mut waiting: Vec<&QueryPlan> = plan.queries.iter().collect();
    let mut unfinished: BTreeSet<&str> = plan.queries.iter().map(|query| query.name.as_str()).collect();
    let mut running = FuturesUnordered::new();
    let mut finishing = FuturesUnordered::new();
    let mut results = Vec::new();
    while !(waiting.is_empty() && running.is_empty() && finishing.is_empty()) {
        while running.len() < QUERIES_AT_ONCE {
            let ready = waiting.iter().position(|query| is_ready(query, &unfinished));
            let Some(position) = ready else { break };
            let query = waiting.remove(position);
            let logical = engine.plan(query, plan.pipeline.time_zone).await.map_err(Error::invalid)?;
            if views.contains(query.name.as_str()) {
                engine.register(&query.name, Arc::new(ViewTable::new(logical, None)))?;
                unfinished.remove(query.name.as_str());
                continue;
            }
            let doing = doing(query, plan, &views);
            let check = &check;
            running.push(async move {
                let record = compute(query, &doing, logical, engine, keeper).await?;
                Ok::<_, Error>((query, check(query, record).await?))
            });
        }
        let computed = tokio::select! {
            Some(computed) = running.next() => computed?,
            Some(result) = finishing.next() => {
                results.push(result?);
                continue;
            }
            else => continue,
        };
        let (query, finish) = computed;
        finishing.push(finish);
        unfinished.remove(query.name.as_str());
        let still_read: BTreeSet<String> = unfinished
            .iter()
            .filter_map(|name| plan.query(name))
            .flat_map(|query| tables_behind(query, plan, &views))
            .collect();
        for table in tables_behind(query, plan, &views) {
            if !still_read.contains(&table) && !is_kept(&table) {
                engine.deregister(&table)?;
            }
        }
    }
    Ok(results)
}

/// A query can start when all it reads and all that its checks look at is there.
fn is_ready(query: &QueryPlan, unfinished: &BTreeSet<&str>) -> bool {
    query.reads.iter().map(String::as_str).chain(query.tables_of_checks()).all(|t| !unfinished.contains(t))
}

/// What is being done when `query` is computed, for messages: what is wrong may be in a view that is computed with it.
fn doing(query: &QueryPlan, plan: &Plan, views: &BTreeSet<&str>) -> String {
    let named = |query: &QueryPlan| format!("`{}` ({})", query.name, query.file.sql.path.display());
    let behind = tables_behind(query, plan, views);
    let inside: BTreeSet<&str> = behind.iter().map(String::as_str).filter(|table| views.contains(table)).collect();
    if inside.is_empty() {
        return format!("computing {}", named(query));
    }
    let inside: Vec<String> = inside.into_iter().filter_map(|view| plan.query(view)).map(named).collect();
    format!("computing {}, together with {},", named(query), inside.join(", "))
}

async fn compute(
    query: &QueryPlan,
    doing: &str,
    logical: LogicalPlan,
    engine: &Engine,
    keeper: &Keeper,
) -> Result<TableRecord> {
    let started = Instant::now();
    let frame = DataFrame::new(engine.context.state(), logical);
    let physical = aside(async move { frame.create_physical_plan().await })
        .await
        .map_err(|error| sql_errors::running_error(doing, error))?;
    let kept = keeper.keep(&query.name, doing, physical, engine.context.task_ctx()).await?;
    let record = TableRecord {
        name: query.name.clone(),
        rows: kept.rows(),
        bytes: kept.bytes(),
        seconds: started.elapsed().as_secs_f64(),
        is_spilled: kept.is_spilled(),
    };
    engine.register(&query.name, kept.provider(engine).await?)?;
    Ok(record)
}

/// The tables that `query` read, those behind views included.
fn tables_behind(query: &QueryPlan, plan: &Plan, views: &BTreeSet<&str>) -> Vec<String> {
    let mut tables = Vec::new();
    for table in &query.reads {
        if let Some(view) = plan.query(table).filter(|_| views.contains(table.as_str())) {
            tables.extend(tables_behind(view, plan, views));
        }
        tables.push(table.clone());
    }
    tables
}
