//! Checks what a sidecar says about the report: columns that do not exist, and rows that would show customers.

use arrow::datatypes::{DataType as ArrowType, Schema};

use crate::config::PipelineText;
use crate::config::located::Located;
use crate::config::sidecar::Sidecar;
use crate::config::table_report::TableReport;
use crate::error::{Problem, did_you_mean};
use crate::plan::query::QueryPlan;

/// Ends of the names of columns that stand for one customer, or for something only one customer did.
const IDENTIFIERS: [&str; 5] = ["customer_id", "order_id", "response_id", "contact_id", "case_id"];
/// What a table of customers counts.
const CUSTOMER_ID: &str = "customer_id";

/// What is wrong with the key `report` of the query's sidecar; `schema` is that of the query's result.
pub(super) fn problems(query: &QueryPlan, schema: &Schema) -> Vec<Problem> {
    let Some((file, sidecar)) = &query.file.sidecar else { return Vec::new() };
    let Some(report) = &sidecar.report else { return Vec::new() };
    let mut problems = unknown_columns(query, file, report, schema);
    problems.extend(shown_customers(query, file, sidecar, report));
    problems.extend(sums_of_words(query, file, report, schema));
    problems
}

fn unknown_columns(query: &QueryPlan, file: &PipelineText, report: &TableReport, schema: &Schema) -> Vec<Problem> {
    let names = || schema.fields().iter().map(|field| field.name().as_str());
    let unknown = |located: &Located<String>, name: &str| {
        schema.field_with_name(name).err().map(|_| {
            let mut problem =
                Problem::new(format!("the report of `{}` names `{name}`, which the table does not have", query.name))
                    .at(file.place_of(located));
            problem.hint = did_you_mean(name, names());
            problem
        })
    };
    let columns = report.columns.iter().chain(report.only.keys()).chain(&report.count_by).chain(&report.sums);
    let columns = columns.chain(report.order_by.iter().map(|order| &order.column));
    let mut problems: Vec<Problem> = columns.filter_map(|column| unknown(column, column)).collect();
    let is_shown = |gap: &str| {
        let listed = [&report.columns, &report.count_by, &report.sums];
        let is_listed = listed.iter().any(|columns| columns.iter().any(|column| column.value == gap));
        let is_counted = !report.count_by.is_empty() && ["customers_count", "customers_share"].contains(&gap);
        let are_all_shown = listed.iter().all(|columns| columns.is_empty());
        is_listed || is_counted || (are_all_shown && schema.field_with_name(gap).is_ok())
    };
    problems.extend(report.gaps().filter(|(_, gap)| !is_shown(gap)).map(|(text, gap)| {
        Problem::new(format!("the finding of `{}` has a gap `{{{gap}}}`, which is no column that is shown", query.name))
            .at(file.place_of(text))
            .hint("a gap is the name of a column in braces; add it to `columns`")
    }));
    problems
}

fn shown_customers(query: &QueryPlan, file: &PipelineText, sidecar: &Sidecar, report: &TableReport) -> Vec<Problem> {
    let is_identifier = |name: &str| IDENTIFIERS.iter().any(|end| name.ends_with(end));
    let place = file.place_of(&report.title.en);
    let mut problems = Vec::new();
    let has_customers = sidecar.columns.keys().any(|name| is_identifier(name));
    if has_customers && report.count_by.is_empty() {
        problems.push(
            Problem::new(format!("the report would show rows of `{}`, which names customers", query.name))
                .at(place.clone())
                .hint("count its customers instead, such as `count_by: [segment]`"),
        );
    }
    if !report.count_by.is_empty() {
        if !sidecar.columns.contains_key(CUSTOMER_ID) {
            problems.push(
                Problem::new(format!("`count_by` counts customers, and `{}` has no `{CUSTOMER_ID}`", query.name))
                    .at(place.clone())
                    .hint("leave `count_by` out: rows of a summary are shown as they are"),
            );
        }
        if !report.columns.is_empty() {
            problems.push(
                Problem::new(format!("the report of `{}` has both `columns` and `count_by`", query.name))
                    .at(place.clone())
                    .hint("with `count_by`, those columns, the count, the share and the `sums` are shown"),
            );
        }
        if let Some(order) = report.order_by.first() {
            problems.push(
                Problem::new("`order_by` is for rows, and here customers are counted")
                    .at(file.place_of(&order.column))
                    .hint("leave it out: the largest group comes first"),
            );
        }
    } else if let Some(column) = report.sums.first() {
        problems.push(
            Problem::new("`sums` is for a table whose customers are counted")
                .at(file.place_of(column))
                .hint("add `count_by`, or leave `sums` out"),
        );
    }
    for column in report.count_by.iter().filter(|column| is_identifier(column)) {
        problems.push(
            Problem::new(format!("the report would show customers by their `{}`", column.value))
                .at(file.place_of(column))
                .hint("count by a column with few values"),
        );
    }
    problems
}

fn sums_of_words(query: &QueryPlan, file: &PipelineText, report: &TableReport, schema: &Schema) -> Vec<Problem> {
    let is_number =
        |found: &ArrowType| matches!(found, ArrowType::Int64 | ArrowType::Float64 | ArrowType::Decimal128(_, _));
    let fields = report.sums.iter().filter_map(|column| Some((column, schema.field_with_name(column).ok()?)));
    fields
        .filter(|(_, field)| !is_number(field.data_type()))
        .map(|(column, field)| {
            Problem::new(format!(
                "`{}` of `{}` is {} and cannot be added up",
                column.value,
                query.name,
                field.data_type()
            ))
            .at(file.place_of(column))
        })
        .collect()
}
