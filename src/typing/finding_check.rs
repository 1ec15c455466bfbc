//! Checks the conditions of a sidecar's findings.

use arrow::datatypes::{DataType as ArrowType, Field, Schema};
use datafusion::common::DFSchema;
use datafusion::logical_expr::ExprSchemable;

use crate::config::PipelineText;
use crate::config::located::Located;
use crate::config::sidecar::Sidecar;
use crate::config::table_report::{CUSTOMERS_COUNT, TableReport};
use crate::engine::{Engine, sql_errors};
use crate::error::Problem;
use crate::plan::query::QueryPlan;

/// What is wrong with the findings of the query's report; `schema` is that of the query's result.
pub(super) fn problems(query: &QueryPlan, schema: &Schema, engine: &Engine) -> Vec<Problem> {
    let Some((file, Sidecar { report: Some(report), .. })) = &query.file.sidecar else { return Vec::new() };
    let mut problems = Vec::new();
    if let (Some(finding), false) = (&report.finding, report.findings.is_empty()) {
        problems.push(
            Problem::new(format!("the report of `{}` has both `finding` and `findings`", query.name))
                .at(file.place_of(&finding.en))
                .hint("make it the last of `findings`, without `when`"),
        );
    }
    if let Some((index, unconditional)) = report.findings.iter().enumerate().find(|(_, finding)| finding.when.is_none())
        && index + 1 < report.findings.len()
    {
        problems.push(
            Problem::new(format!("the findings of `{}` after this one are never said", query.name))
                .at(file.place_of(&unconditional.say.en))
                .hint("give it a condition with `when`, or move it to the end"),
        );
    }
    let Ok(rows) = DFSchema::try_from(first_row(report, schema)) else { return problems };
    let conditions = report.findings.iter().filter_map(|finding| finding.when.as_ref());
    problems.extend(conditions.filter_map(|condition| condition_problem(condition, file, &rows, engine)));
    problems
}

fn condition_problem(
    condition: &Located<String>,
    file: &PipelineText,
    rows: &DFSchema,
    engine: &Engine,
) -> Option<Problem> {
    let found = engine.context.parse_sql_expr(condition, rows).and_then(|parsed| parsed.get_type(rows));
    match found {
        Ok(ArrowType::Boolean) => None,
        Ok(other) => Some(
            Problem::new(format!("the condition `{}` is {other}, not true or false", condition.value))
                .at(file.place_of(condition)),
        ),
        Err(error) => {
            let (message, hint) = sql_errors::words(error.find_root());
            let mut problem = Problem::new(format!("the condition `{}`: {message}", condition.value));
            problem.hint = hint.or_else(|| Some("it may use the columns of the table's first row".to_owned()));
            Some(problem.at(file.place_of(condition)))
        }
    }
}

/// The columns of the rows that the report shows.
fn first_row(report: &TableReport, schema: &Schema) -> Schema {
    if report.count_by.is_empty() {
        return schema.clone();
    }
    let of_table = report.count_by.iter().chain(&report.sums);
    let mut fields: Vec<Field> = of_table.filter_map(|column| schema.field_with_name(column).ok().cloned()).collect();
    fields.push(Field::new(CUSTOMERS_COUNT, ArrowType::Int64, false));
    Schema::new(fields)
}
