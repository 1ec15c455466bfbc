//! Plans every query against empty tables: column names, types, sidecars, checks and sort orders are checked before any
//! data is read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::datatypes::{DataType as ArrowType, Field, Schema, SchemaRef};

use super::query_shape::QueryShape;
use super::{Engine, loyalty_tables, questionnaire_items, report_check};
use crate::checks;
use crate::config::sidecar::Sidecar;
use crate::error::{Error, Problem, Result, did_you_mean};
use crate::plan::query::QueryPlan;
use crate::plan::{OutputPlan, PREVIOUS, Plan, canonical};

/// What planning against empty tables told.
#[derive(Debug, Default)]
pub struct TypeCheck {
    /// The schema of every query that could be checked.
    pub schemas: BTreeMap<String, SchemaRef>,
    /// How every query that could be checked is computed.
    pub shapes: BTreeMap<String, QueryShape>,
    /// Queries that could not be checked, because they read a source without declared columns.
    pub unchecked: BTreeSet<String>,
    /// The type of customer identifiers, for the tables that are empty.
    pub customer_id: Option<ArrowType>,
}

/// Checks every query of `plan`; `sources` are the schemas of the sources whose columns are known.
///
/// # Errors
/// [`Error::Invalid`] with everything that is wrong.
pub async fn type_check(plan: &Plan, sources: &BTreeMap<String, SchemaRef>) -> Result<TypeCheck> {
    let first = pass(plan, sources, &ArrowType::Utf8).await?;
    let has_integer_customers = first.checked.customer_id == Some(ArrowType::Int64);
    let done = if has_integer_customers { pass(plan, sources, &ArrowType::Int64).await? } else { first };
    if done.problems.is_empty() { Ok(done.checked) } else { Err(Error::Invalid(done.problems)) }
}

/// Registers every table that is not a source or a query: the definitions, canonical tables nobody defines, and earlier
/// outputs, which are empty until the run replaces them.
///
/// # Errors
/// The catalog refuses a table.
pub fn register_given_tables(engine: &Engine, plan: &Plan, customer_id: &ArrowType) -> Result<()> {
    let pipeline = &plan.pipeline;
    questionnaire_items::register(engine, pipeline.questionnaire.as_ref().map(|file| &file.content))?;
    loyalty_tables::register(engine, pipeline.loyalty_definition.as_ref().map(|file| &file.content))?;
    for name in &plan.absent_canonical {
        if let Some(table) = canonical::table(name) {
            engine.register_empty(name, table.empty_schema(customer_id))?;
        }
    }
    for output in &plan.previous {
        engine.register_empty(&format!("{PREVIOUS}{output}"), previous_schema(plan, output, customer_id))?;
    }
    Ok(())
}

/// The columns that an earlier output has: those that its sidecar declares.
pub fn previous_schema(plan: &Plan, output: &str, customer_id: &ArrowType) -> SchemaRef {
    let file = plan.pipeline.queries.iter().find(|query| query.name == output);
    let columns = file.and_then(|file| file.sidecar.as_ref()).map(|(_, sidecar)| &sidecar.columns);
    let fields: Vec<Field> = columns
        .into_iter()
        .flatten()
        .map(|(name, column)| {
            let is_customer = name.value.ends_with("customer_id");
            let data_type = if is_customer { customer_id.clone() } else { column.data_type.arrow() };
            Field::new(name.value.as_str(), data_type, true)
        })
        .collect();
    Arc::new(Schema::new(fields))
}

struct Pass {
    checked: TypeCheck,
    problems: Vec<Problem>,
}

async fn pass(plan: &Plan, sources: &BTreeMap<String, SchemaRef>, customer_id: &ArrowType) -> Result<Pass> {
    let engine = Engine::for_planning()?;
    register_given_tables(&engine, plan, customer_id)?;
    for (name, schema) in sources {
        engine.register_empty(name, Arc::clone(schema))?;
    }
    let mut done = Pass { checked: TypeCheck::default(), problems: Vec::new() };
    let mut failed = BTreeSet::new();
    for query in &plan.queries {
        let reads_unknown = |table: &String| {
            let is_open_source = plan.sources.iter().any(|s| s.name == *table) && !sources.contains_key(table);
            is_open_source || done.checked.unchecked.contains(table)
        };
        if query.reads.iter().any(|table| failed.contains(table)) {
            failed.insert(query.name.clone());
            continue;
        }
        if query.reads.iter().any(reads_unknown) {
            done.checked.unchecked.insert(query.name.clone());
            continue;
        }
        match engine.plan(query, plan.pipeline.time_zone).await {
            Ok(logical) => {
                let schema: SchemaRef = Arc::new(logical.schema().as_arrow().clone());
                done.problems.extend(sidecar_problems(query, &schema));
                done.problems.extend(report_check::problems(query, &schema));
                engine.register_empty(&query.name, Arc::clone(&schema))?;
                note_customer_id(query, &schema, &mut done.checked.customer_id);
                done.checked.shapes.insert(query.name.clone(), QueryShape::of(&logical)?);
                done.checked.schemas.insert(query.name.clone(), schema);
            }
            Err(problem) => {
                done.problems.push(problem);
                failed.insert(query.name.clone());
            }
        }
    }
    for query in &plan.queries {
        if done.checked.schemas.contains_key(&query.name) {
            done.problems.extend(checks::problems(query, &engine, &done.checked.schemas).await);
        }
    }
    for output in &plan.outputs {
        if let Some(schema) = done.checked.schemas.get(&output.name) {
            done.problems.extend(sort_problems(plan, output, schema));
        }
    }
    Ok(done)
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
    (!missing.is_empty()).then(|| {
        Problem::new(format!("the sidecar of `{}` does not describe `{}`", query.name, missing.join("`, `")))
            .at(crate::error::Place::file(file.path.display().to_string()))
            .hint("list every column of the result under `columns`")
    })
}

fn sort_problems(plan: &Plan, output: &OutputPlan, schema: &Schema) -> Vec<Problem> {
    let file = &plan.pipeline.file;
    let written = plan.pipeline.definition.outputs.get(output.name.as_str());
    let columns = written.into_iter().flat_map(|definition| &definition.sort_by);
    columns
        .filter(|column| schema.field_with_name(column).is_err())
        .map(|column| {
            let mut problem = Problem::new(format!(
                "`{}` cannot be sorted by `{}`, which it does not have",
                output.name, column.value
            ))
            .at(file.place_of(column));
            problem.hint = did_you_mean(column, schema.fields().iter().map(|field| field.name().as_str()));
            problem
        })
        .collect()
}
