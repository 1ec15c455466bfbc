//! Plans every query against empty tables: column names, types, sidecars, checks and sort orders are checked before any
//! data is read.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow::datatypes::{DataType as ArrowType, Schema, SchemaRef};
use datafusion::logical_expr::LogicalPlan;
use futures::StreamExt;
use futures::stream::FuturesUnordered;

use super::given_tables::register_given_tables;
use super::{chart_check, check_fit, computable, finding_check, report_check, working_list_check};
use crate::catalog::canonical;
use crate::config::sidecar::Sidecar;
use crate::engine::{Engine, between_queries};
use crate::error::{Error, Problem, Result, did_you_mean};
use crate::plan::query::QueryPlan;
use crate::plan::schedule::Schedule;
use crate::plan::{OutputPlan, Plan};

/// The result of planning against empty tables.
#[derive(Debug)]
pub struct TypeCheck {
    /// The schema of every query that could be checked.
    pub schemas: BTreeMap<String, SchemaRef>,
    /// The plan of every query that could be checked.
    pub plans: BTreeMap<String, LogicalPlan>,
    /// Queries that could not be checked, because they read a source without declared columns.
    pub unchecked: BTreeSet<String>,
    /// The type of customer identifiers that the empty tables were given.
    pub customer_id: ArrowType,
}

/// How far queries are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Makes the logical plan of every query. A run needs no more, because it makes the physical plans anyway.
    LogicalPlans,
    /// Also makes the physical plan of every query.
    PhysicalPlans,
}

/// Checks every query of `plan`; `sources` are the schemas of the sources whose columns are known.
///
/// # Errors
/// [`Error::Invalid`] with everything that is wrong.
pub async fn type_check(plan: &Plan, sources: &BTreeMap<String, SchemaRef>, depth: Depth) -> Result<TypeCheck> {
    let first = pass(plan, sources, &ArrowType::Utf8, depth).await?;
    let done = if must_repeat(&first) { pass(plan, sources, &ArrowType::Int64, depth).await? } else { first };
    if done.problems.is_empty() { Ok(done.checked) } else { Err(Error::Invalid(done.problems)) }
}

struct Pass {
    checked: TypeCheck,
    /// The type of customer identifiers in the canonical tables that queries define.
    customer_id: Option<ArrowType>,
    problems: Vec<Problem>,
}

/// Whether the pass must be repeated, because its empty tables had text for customer identifiers that are integers.
fn must_repeat(pass: &Pass) -> bool {
    pass.customer_id == Some(ArrowType::Int64) && pass.checked.customer_id != ArrowType::Int64
}

async fn pass(
    plan: &Plan,
    sources: &BTreeMap<String, SchemaRef>,
    customer_id: &ArrowType,
    depth: Depth,
) -> Result<Pass> {
    let engine = Engine::for_planning()?;
    register_given_tables(&engine, plan, customer_id)?;
    for (name, schema) in sources {
        engine.register_empty(name, Arc::clone(schema))?;
    }
    let mut planned = plan_queries(plan, sources, &engine).await?;
    let checked = TypeCheck {
        schemas: BTreeMap::new(),
        plans: BTreeMap::new(),
        unchecked: BTreeSet::new(),
        customer_id: customer_id.clone(),
    };
    let mut done = Pass { checked, customer_id: None, problems: Vec::new() };
    for query in &plan.queries {
        match planned.remove(query.name.as_str()) {
            Some(Planned::Plan(logical, problems)) => {
                done.problems.extend(problems);
                let schema: SchemaRef = Arc::new(logical.schema().as_arrow().clone());
                done.problems.extend(sidecar_problems(query, &schema));
                done.problems.extend(report_check::problems(query, &schema));
                done.problems.extend(chart_check::problems(query, &schema));
                done.problems.extend(finding_check::problems(query, &schema, &engine));
                done.problems.extend(working_list_check::problems(query, &schema));
                note_customer_id(query, &schema, &mut done.customer_id);
                done.checked.schemas.insert(query.name.clone(), schema);
                done.checked.plans.insert(query.name.clone(), logical);
            }
            Some(Planned::Problems(problems)) => done.problems.extend(problems),
            Some(Planned::ReadsUnknown) => {
                done.problems.extend(super::sql_problems(query, None, &engine, plan));
                done.checked.unchecked.insert(query.name.clone());
            }
            Some(Planned::ReadsProblem) => done.problems.extend(super::sql_problems(query, None, &engine, plan)),
            None => {}
        }
    }
    for query in &plan.queries {
        if done.checked.schemas.contains_key(&query.name) {
            done.problems.extend(check_fit::problems(query, &engine, &done.checked.schemas).await);
        }
    }
    if depth == Depth::PhysicalPlans && !must_repeat(&done) && done.problems.is_empty() {
        done.problems.extend(uncomputable(plan, &done.checked.plans, &engine).await);
    }
    for output in &plan.outputs {
        if let Some(schema) = done.checked.schemas.get(&output.name) {
            done.problems.extend(sort_problems(output, schema));
        }
    }
    Ok(done)
}

/// The problems of queries that can be planned but not computed.
async fn uncomputable(plan: &Plan, plans: &BTreeMap<String, LogicalPlan>, engine: &Engine) -> Vec<Problem> {
    let planned = plan.queries.iter().filter_map(|query| Some((query, plans.get(&query.name)?)));
    let at_once = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let quick = computable::quick_session(engine);
    let decided = planned.map(|(query, logical)| computable::problem(query, logical, engine, &quick));
    futures::stream::iter(decided).buffered(at_once).filter_map(std::future::ready).collect().await
}

/// The result of planning one query.
enum Planned {
    /// Its plan, and the problems that did not prevent planning.
    Plan(LogicalPlan, Vec<Problem>),
    /// It cannot be planned.
    Problems(Vec<Problem>),
    /// It reads a table that has a problem.
    ReadsProblem,
    /// It reads, perhaps through others, a source whose columns are not known.
    ReadsUnknown,
}

/// Plans every query as soon as those that it reads are planned.
async fn plan_queries<'a>(
    plan: &'a Plan,
    sources: &BTreeMap<String, SchemaRef>,
    engine: &Engine,
) -> Result<BTreeMap<&'a str, Planned>> {
    let is_open = |table: &str| plan.sources.iter().any(|s| s.name == table) && !sources.contains_key(table);
    let mut schedule = Schedule::new(&plan.queries, |query| query.reads.iter().map(String::as_str));
    let mut planned: BTreeMap<&str, Planned> = BTreeMap::new();
    let mut planning = FuturesUnordered::new();
    loop {
        while let Some(query) = schedule.next_ready() {
            let reads = || query.reads.iter().map(|table| planned.get(table.as_str()));
            let unplanned = if reads().any(|read| matches!(read, Some(Planned::Problems(_) | Planned::ReadsProblem))) {
                Some(Planned::ReadsProblem)
            } else if query.reads.iter().any(|table| is_open(table))
                || reads().any(|read| matches!(read, Some(Planned::ReadsUnknown)))
            {
                Some(Planned::ReadsUnknown)
            } else {
                None
            };
            match unplanned {
                Some(unplanned) => {
                    planned.insert(&query.name, unplanned);
                    schedule.finish(&query.name);
                }
                None => planning.push(async move { (query, super::judged(query, engine, plan).await) }),
            }
        }
        let Some((query, result)) = planning.next().await else { return Ok(planned) };
        let (logical, problems) = result;
        let result = match logical {
            Some(logical) => {
                engine.register_empty(&query.name, between_queries(logical.schema().as_arrow()))?;
                Planned::Plan(logical, problems)
            }
            None => Planned::Problems(problems),
        };
        planned.insert(&query.name, result);
        schedule.finish(&query.name);
    }
}

fn note_customer_id(query: &QueryPlan, schema: &Schema, customer_id: &mut Option<ArrowType>) {
    if customer_id.is_none()
        && canonical::table(&query.name).is_some()
        && let Ok(field) = schema.field_with_name("customer_id")
    {
        *customer_id = Some(field.data_type().clone());
    }
}

fn sidecar_problems(query: &QueryPlan, schema: &Schema) -> Vec<Problem> {
    let Some((file, sidecar)) = &query.file.sidecar else { return Vec::new() };
    let names = || schema.fields().iter().map(|field| field.name().as_str());
    let mut problems = Vec::new();
    for column in sidecar.grain.iter().filter(|column| schema.field_with_name(column).is_err()) {
        let mut problem =
            Problem::new(format!("the grain names `{}`, which `{}` does not have", column.value, query.name))
                .at(file.place_of(column));
        problem.hint = did_you_mean(column, names());
        problems.push(problem);
    }
    for (name, column) in &sidecar.columns {
        match schema.field_with_name(name) {
            Err(_) => {
                let mut problem =
                    Problem::new(format!("`{}` has no column `{}`", query.name, name.value)).at(file.place_of(name));
                problem.hint = did_you_mean(name, names());
                problems.push(problem);
            }
            Ok(field) if !column.data_type.accepts(field.data_type()) => problems.push(
                Problem::new(format!(
                    "the column `{}` of `{}` is {}, not {}",
                    name.value,
                    query.name,
                    field.data_type(),
                    column.data_type
                ))
                .at(file.place_of(name))
                .hint("correct the sidecar, or cast the column in the query"),
            ),
            Ok(_) => {}
        }
    }
    problems.extend(undescribed(query, sidecar, schema));
    problems
}

fn undescribed(query: &QueryPlan, sidecar: &Sidecar, schema: &Schema) -> Option<Problem> {
    if sidecar.columns.is_empty() {
        return None;
    }
    let missing: Vec<&str> = schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .filter(|name| !sidecar.columns.contains_key(*name) && canonical::table(&query.name).is_none())
        .collect();
    let (file, _) = query.file.sidecar.as_ref()?;
    let new_sidecar = match query.file.has_sidecar_of_replaced() {
        true => format!(" in a sidecar next to `{}`", query.file.sql.path.display()),
        false => String::new(),
    };
    (!missing.is_empty()).then(|| {
        Problem::new(format!("the sidecar of `{}` does not describe `{}`", query.name, missing.join("`, `")))
            .at(crate::error::Place::file(file.path.display().to_string()))
            .hint(format!("list every column of the result under `columns`{new_sidecar}"))
    })
}

fn sort_problems(output: &OutputPlan, schema: &Schema) -> Vec<Problem> {
    let written = output.written_sort.iter();
    written
        .filter(|(column, _)| schema.field_with_name(column).is_err())
        .map(|(column, place)| {
            let mut problem =
                Problem::new(format!("`{}` cannot be sorted by `{column}`, which it does not have", output.name))
                    .at(place.clone());
            problem.hint = did_you_mean(column, schema.fields().iter().map(|field| field.name().as_str()));
            problem
        })
        .collect()
}
