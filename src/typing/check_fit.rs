//! Whether a check fits its table: valid bounds, values of the column's type, a condition that is true or false for
//! each row.

use std::collections::BTreeMap;

use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::TreeNode;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};

use super::condition_problems;
use crate::checks::{columns, offending, rule};
use crate::config::PipelineText;
use crate::config::scalar::Scalar;
use crate::config::sidecar::Check;
use crate::engine::{Engine, sql_errors};
use crate::error::{Problem, did_you_mean};
use crate::plan::query::{CheckPlan, QueryPlan};

/// The problems of the checks of `query`: columns and tables that do not exist, values and conditions that do not fit.
pub async fn problems(query: &QueryPlan, engine: &Engine, schemas: &BTreeMap<String, SchemaRef>) -> Vec<Problem> {
    let Some((file, _)) = &query.file.sidecar else { return Vec::new() };
    let Some(schema) = schemas.get(&query.name) else { return Vec::new() };
    let mut problems = Vec::new();
    for plan in &query.checks {
        let check = &plan.check;
        let at = file.place(check.line, check.column);
        let names = || schema.fields().iter().map(|field| field.name().as_str());
        let unknown = columns(&check.value).into_iter().filter(|column| schema.field_with_name(column).is_err());
        let before = problems.len();
        for column in unknown {
            let mut problem =
                Problem::new(format!("a check names `{column}`, which `{}` does not have", query.name)).at(at.clone());
            problem.hint = did_you_mean(column, names());
            problems.push(problem);
        }
        if let Check::Relationship(relationship) = &check.value
            && !matches!(engine.context.table_exist(relationship.table.value.as_str()), Ok(true))
        {
            problems.push(
                Problem::new(format!("a check names the table `{}`, which does not exist", relationship.table.value))
                    .at(file.place_of(&relationship.table)),
            );
        }
        if let Check::Expression(written) = &check.value {
            let at = file.place(written.sql.line, written.sql.column);
            problems.extend(condition_faults(&query.name, plan, file, engine).await.into_iter().map(|mut problem| {
                problem.message = format!("the check `{}` is wrong: {}", written.name, problem.message);
                problem.at(at.clone())
            }));
        }
        if problems.len() > before {
            continue;
        }
        let misfit = match misfit(&query.name, plan, engine, schemas).await {
            Ok(misfit) => misfit,
            Err(error) => Some(sql_errors::planning_problem(file, &error).message),
        };
        problems.extend(
            misfit
                .map(|message| Problem::new(format!("the check `{}` is wrong: {message}", rule(&check.value))).at(at)),
        );
    }
    problems
}

/// Why a check whose columns and tables exist does not fit, in words.
///
/// # Errors
/// The engine cannot plan its condition.
async fn misfit(
    table: &str,
    plan: &CheckPlan,
    engine: &Engine,
    schemas: &BTreeMap<String, SchemaRef>,
) -> datafusion::common::Result<Option<String>> {
    let type_of = |table: &str, column: &str| {
        schemas.get(table).and_then(|schema| schema.field_with_name(column).ok()).map(|field| field.data_type().clone())
    };
    let found = match &plan.check.value {
        Check::NotNull(_) | Check::Unique(_) if columns(&plan.check.value).is_empty() => {
            Some("it names no column".to_owned())
        }
        Check::AcceptedValues(check) if check.values.is_empty() => Some("it names no value".to_owned()),
        Check::AcceptedValues(check) => mismatched_value(table, &check.column, check.values.iter(), type_of),
        Check::Range(check) => match (&check.min, &check.max) {
            (None, None) => Some("it has neither `min` nor `max`".to_owned()),
            (Some(min), Some(max)) if are_reversed(min, max) => Some(format!("{min} is more than {max}")),
            (min, max) => mismatched_value(table, &check.column, min.iter().chain(max), type_of),
        },
        Check::RowCount(check) => match (check.min, check.max) {
            (None, None) => Some("it has neither `min` nor `max`".to_owned()),
            (Some(min), Some(max)) if min > max => Some(format!("{min} is more than {max}")),
            _ => None,
        },
        Check::Relationship(check) => {
            offending::rows(table, plan, engine).await?;
            let types = type_of(table, &check.column).zip(type_of(&check.table.value, &check.to));
            types.filter(|(own, other)| kind(own) != kind(other)).map(|(own, other)| {
                format!("`{}` is {own} and `{}.{}` is {other}", check.column, check.table.value, check.to)
            })
        }
        Check::Expression(_) => return not_a_condition(table, plan, engine).await,
        Check::NotNull(_) | Check::Unique(_) => None,
    };
    Ok(found)
}

/// What is wrong with the SQL of a check's condition beside its types.
async fn condition_faults(table: &str, plan: &CheckPlan, file: &PipelineText, engine: &Engine) -> Vec<Problem> {
    let Some(condition) = &plan.condition else { return Vec::new() };
    let state = engine.context.state();
    // A condition that cannot be planned is reported as such.
    let planned = match engine.table(table).await {
        Ok(frame) => offending::expression(&frame, condition, &state).ok(),
        Err(_) => None,
    };
    condition_problems(file, condition, planned.as_ref(), &state)
}

async fn not_a_condition(table: &str, plan: &CheckPlan, engine: &Engine) -> datafusion::common::Result<Option<String>> {
    let Some(sql) = &plan.condition else { return Ok(None) };
    let frame = engine.table(table).await?;
    let state = engine.context.state();
    let condition = offending::expression(&frame, sql, &state)?;
    let looks_at_other_rows =
        condition.exists(|part| Ok(matches!(part, Expr::AggregateFunction(_) | Expr::WindowFunction(_))))?;
    if looks_at_other_rows {
        return Ok(Some("it aggregates several rows; it must hold for each row by itself".to_owned()));
    }
    let selected =
        LogicalPlanBuilder::from(frame.into_unoptimized_plan()).project([condition.alias("holds")])?.build()?;
    let analyzed = state.analyzer().execute_and_check(selected, state.config_options(), |_, _| {})?;
    let data_type = analyzed.schema().field(0).data_type();
    let is_condition = matches!(data_type, DataType::Boolean | DataType::Null);
    Ok((!is_condition).then(|| format!("it is {data_type}, not true or false")))
}

/// The kinds of values that can be compared with each other.
#[derive(PartialEq, Eq)]
enum Kind {
    Number,
    Text,
    Time,
    Boolean,
    Other,
}

fn kind(data_type: &DataType) -> Kind {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Kind::Text,
        DataType::Boolean => Kind::Boolean,
        other if other.is_numeric() => Kind::Number,
        other if other.is_temporal() => Kind::Time,
        _ => Kind::Other,
    }
}

/// The first value that a column of this type cannot hold, in words.
fn mismatched_value<'a>(
    table: &str,
    column: &str,
    mut values: impl Iterator<Item = &'a Scalar>,
    type_of: impl Fn(&str, &str) -> Option<DataType>,
) -> Option<String> {
    let data_type = type_of(table, column)?;
    let fits = |value: &&Scalar| match (kind(&data_type), value) {
        (Kind::Number, Scalar::Integer(_) | Scalar::Number(_))
        | (Kind::Text, Scalar::Text(_))
        | (Kind::Boolean, Scalar::Boolean(_))
        | (Kind::Other, _) => true,
        (Kind::Time, Scalar::Text(text)) => ScalarValue::from(text.as_str()).cast_to(&data_type).is_ok(),
        _ => false,
    };
    let value = values.find(|value| !fits(value))?;
    Some(format!("`{column}` is {data_type}, and `{value}` is not a value of that type"))
}

fn are_reversed(min: &Scalar, max: &Scalar) -> bool {
    let number = |scalar: &Scalar| match scalar {
        Scalar::Integer(value) => Some(*value as f64),
        Scalar::Number(value) => Some(*value),
        _ => None,
    };
    number(min).zip(number(max)).is_some_and(|(min, max)| min > max)
}
