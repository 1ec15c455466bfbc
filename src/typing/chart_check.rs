//! Checks the key `chart` of a sidecar's report: keys that its kind needs or does not draw, and columns of the wrong type.

use arrow::datatypes::{DataType as ArrowType, Schema};

use crate::config::PipelineText;
use crate::config::chart::Chart;
use crate::config::located::Located;
use crate::config::table_report::{CUSTOMERS_COUNT, CUSTOMERS_SHARE, TableReport};
use crate::error::{Problem, did_you_mean};
use crate::plan::query::QueryPlan;

/// What is wrong with the charts of the query's report; `schema` is that of the query's result.
pub(super) fn problems(query: &QueryPlan, schema: &Schema) -> Vec<Problem> {
    let Some((file, sidecar)) = &query.file.sidecar else { return Vec::new() };
    let Some(report) = &sidecar.report else { return Vec::new() };
    report.charts.iter().flat_map(|chart| chart_problems(query, file, report, chart, schema)).collect()
}

fn chart_problems(
    query: &QueryPlan,
    file: &PipelineText,
    report: &TableReport,
    chart: &Chart,
    schema: &Schema,
) -> Vec<Problem> {
    let mut problems = key_problems(chart, |message| Problem::new(message).at(file.place_of(&chart.value)));
    let columns = chart.columns().map(|(_, column)| column).chain(chart.only.keys());
    for column in columns.filter(|column| type_of(column, report, schema).is_none()) {
        let mut problem = Problem::new(format!(
            "the chart of `{}` names `{}`, which the {} does not have",
            query.name,
            column.value,
            if report.count_by.is_empty() { "table" } else { "counted table" }
        ))
        .at(file.place_of(column));
        problem.hint = did_you_mean(column, schema.fields().iter().map(|field| field.name().as_str()));
        problems.push(problem);
    }
    let numbers =
        chart.columns().filter(|(key, _)| ["value", "low", "high", "x_low", "x_high", "beside", "size"].contains(key));
    let axis = chart.x.iter().map(|column| ("x", column));
    for (key, column) in numbers.chain(axis) {
        let Some(found) = type_of(column, report, schema) else { continue };
        let is_day = matches!(found, ArrowType::Date32 | ArrowType::Timestamp(_, _));
        if !(found.is_numeric() || (key == "x" && is_day)) {
            problems.push(
                Problem::new(format!(
                    "the chart of `{}` draws `{}` as `{key}`, and it is {found}",
                    query.name, column.value
                ))
                .at(file.place_of(column))
                .hint(if key == "x" {
                    "name a column of numbers or days"
                } else {
                    "name a column of numbers"
                }),
            );
        }
    }
    problems
}

fn key_problems(chart: &Chart, problem: impl Fn(String) -> Problem) -> Vec<Problem> {
    let kind = chart.kind;
    let has = |key: &str| chart.columns().any(|(found, _)| found == key);
    let missing = kind.needs().iter().filter(|key| !has(key));
    let missing = missing.map(|key| format!("a chart of kind `{}` needs `{key}`", kind.name()));
    let is_drawn = |key: &str| key == "value" || kind.needs().contains(&key) || kind.allows().contains(&key);
    let spare = chart.columns().filter(|(key, _)| !is_drawn(key));
    let spare = spare.map(|(key, _)| format!("a chart of kind `{}` does not draw `{key}`", kind.name()));
    let mut messages: Vec<String> = missing.chain(spare).collect();
    for (low, high) in [("low", "high"), ("x_low", "x_high")] {
        if has(low) != has(high) {
            messages.push(format!("an interval needs both `{low}` and `{high}`"));
        }
    }
    messages.into_iter().map(problem).collect()
}

/// The type of a column of the rows that the report shows.
fn type_of(column: &Located<String>, report: &TableReport, schema: &Schema) -> Option<ArrowType> {
    let of_table = schema.field_with_name(column).ok().map(|field| field.data_type().clone());
    if report.count_by.is_empty() {
        return of_table;
    }
    match column.value.as_str() {
        CUSTOMERS_COUNT => Some(ArrowType::Int64),
        CUSTOMERS_SHARE => Some(ArrowType::Float64),
        name => of_table.filter(|_| report.count_by.iter().chain(&report.sums).any(|shown| shown.value == name)),
    }
}
