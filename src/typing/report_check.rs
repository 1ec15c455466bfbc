//! Checks the key `report` of a sidecar: columns that do not exist, and rows that would reveal customers.

use arrow::datatypes::{DataType as ArrowType, Schema};

use crate::config::PipelineText;
use crate::config::column_role::ColumnRole;
use crate::config::data_type::DataType;
use crate::config::located::Located;
use crate::config::sidecar::Sidecar;
use crate::config::table_report::{CUSTOMERS_COUNT, CUSTOMERS_SHARE, TableReport};
use crate::error::{Problem, did_you_mean};
use crate::plan::query::QueryPlan;

/// What is wrong with the key `report` of the query's sidecar; `schema` is that of the query's result.
pub(super) fn problems(query: &QueryPlan, schema: &Schema) -> Vec<Problem> {
    let Some((file, sidecar)) = &query.file.sidecar else { return Vec::new() };
    let mut problems = role_problems(query, file, sidecar);
    let Some(report) = &sidecar.report else { return problems };
    problems.extend(unknown_columns(query, file, report, schema));
    problems.extend(missing_roles(query, file, sidecar, report));
    problems.extend(shown_customers(query, file, sidecar, report));
    problems.extend(sums_of_non_numbers(query, file, report, schema));
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
    let columns = columns.chain(report.order_by.iter().map(|order| &order.column)).chain(report.column_notes.keys());
    let mut problems: Vec<Problem> = columns.filter_map(|column| unknown(column, column)).collect();
    let is_shown = |name: &str| {
        let listed = [&report.columns, &report.count_by, &report.sums];
        let is_listed = listed.iter().any(|columns| columns.iter().any(|column| column.value == name));
        let is_counted = !report.count_by.is_empty() && [CUSTOMERS_COUNT, CUSTOMERS_SHARE].contains(&name);
        let are_all_shown = listed.iter().all(|columns| columns.is_empty());
        is_listed || is_counted || (are_all_shown && schema.field_with_name(name).is_ok())
    };
    problems.extend(report.placeholders().filter(|(_, name)| !is_shown(name)).map(|(text, name)| {
        Problem::new(format!(
            "the finding of `{}` has the placeholder `{{{name}}}`, which is not a shown column",
            query.name
        ))
        .at(file.place_of(text))
        .hint("a placeholder is the name of a column in braces; add it to `columns`")
    }));
    problems
}

/// Roles that do not fit the type of their column, and roles that only one column may have.
fn role_problems(query: &QueryPlan, file: &PipelineText, sidecar: &Sidecar) -> Vec<Problem> {
    let with_roles = || sidecar.columns.iter().filter_map(|(name, column)| Some((name, column, column.role?)));
    let mut problems = Vec::new();
    for (index, (name, column, role)) in with_roles().enumerate() {
        if !role.fits(column.data_type) {
            problems.push(
                Problem::new(format!(
                    "column `{}` of `{}` is of type {} and cannot have the role `{}`",
                    name.value,
                    query.name,
                    column.data_type,
                    role.name()
                ))
                .at(file.place_of(name)),
            );
        }
        let is_taken = with_roles().take(index).any(|(_, _, earlier)| earlier == role);
        if role.is_single() && is_taken {
            problems.push(
                Problem::new(format!("two columns of `{}` have the role `{}`", query.name, role.name()))
                    .at(file.place_of(name))
                    .hint("give the role to the one that the row is about"),
            );
        }
    }
    problems
}

/// Whether the roles of the columns determine which groups are too small to be shown. Names do not count.
fn missing_roles(query: &QueryPlan, file: &PipelineText, sidecar: &Sidecar, report: &TableReport) -> Vec<Problem> {
    if !report.count_by.is_empty() {
        return Vec::new();
    }
    let without_role = sidecar.columns.iter().filter(|(_, column)| column.role.is_none());
    let mut problems: Vec<Problem> = without_role
        .filter(|(_, column)| column.data_type == DataType::Id)
        .map(|(name, _)| {
            Problem::new(format!(
                "the report would show rows of `{}`, and the identifier `{}` has no role",
                query.name, name.value
            ))
            .at(file.place_of(name))
            .hint("give it `role: customer_id`, `personal_id` (an order, an answer) or `item_id` (a product)")
        })
        .collect();
    let place = file.place_of(&report.title.en);
    let count = sidecar.columns_with(ColumnRole::is_count).next();
    let is_counted = sidecar.column_with(ColumnRole::CustomersCount).is_some();
    let is_personal = sidecar.columns_with(ColumnRole::is_personal).next().is_some();
    if report.about_customers && !is_counted && !is_personal {
        problems.push(
            Problem::new(format!(
                "the report would show rows of `{}`, and no column says how many customers a row is about",
                query.name
            ))
            .at(place)
            .hint(
                "give the column that counts them `role: customers_count`, so that small groups are suppressed; \
                 or write `about_customers: false` if no number is about a group of customers",
            ),
        );
    } else if let (false, Some(count)) = (report.about_customers, count) {
        problems.push(
            Problem::new(format!(
                "the report of `{}` has `about_customers: false`, but the column `{}` counts customers",
                query.name, count.value
            ))
            .at(file.place_of(count))
            .hint("leave `about_customers` out, so that small groups are suppressed"),
        );
    }
    problems
}

fn shown_customers(query: &QueryPlan, file: &PipelineText, sidecar: &Sidecar, report: &TableReport) -> Vec<Problem> {
    let place = file.place_of(&report.title.en);
    let mut problems = Vec::new();
    if report.count_by.is_empty() {
        if sidecar.columns_with(ColumnRole::is_personal).next().is_some() {
            problems.push(
                Problem::new(format!("the report would show rows of `{}`, which identify customers", query.name))
                    .at(place)
                    .hint("count its customers instead, such as `count_by: [segment]`"),
            );
        }
        if let Some(column) = report.sums.first() {
            problems.push(
                Problem::new("`sums` is for a table whose customers are counted")
                    .at(file.place_of(column))
                    .hint("add `count_by`, or leave `sums` out"),
            );
        }
        return problems;
    }
    if sidecar.column_with(ColumnRole::CustomerId).is_none() {
        problems.push(
            Problem::new(format!("`count_by` counts customers, and no column of `{}` identifies them", query.name))
                .at(place.clone())
                .hint(
                    "give the column that identifies a customer `role: customer_id`; \
                     without one, leave `count_by` out: rows of a summary are shown as they are",
                ),
        );
    }
    if !report.columns.is_empty() {
        problems.push(
            Problem::new(format!("the report of `{}` has both `columns` and `count_by`", query.name))
                .at(place)
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
    let is_added = |column: &&Located<String>| [CUSTOMERS_COUNT, CUSTOMERS_SHARE].contains(&column.value.as_str());
    for column in report.count_by.iter().chain(&report.sums).filter(is_added) {
        problems.push(
            Problem::new(format!("the report adds a column `{}` where it counts customers", column.value))
                .at(file.place_of(column))
                .hint("leave it out, or give the column of the query another name"),
        );
    }
    let declared = |column: &Located<String>| sidecar.columns.get(column.value.as_str());
    let is_personal = |column: &&Located<String>| {
        declared(column).is_some_and(|found| match found.role {
            Some(role) => role.is_personal(),
            None => found.data_type == DataType::Id,
        })
    };
    for column in report.count_by.iter().filter(is_personal) {
        problems.push(
            Problem::new(format!("the report would show customers by their `{}`", column.value))
                .at(file.place_of(column))
                .hint("count by a column with few values; for an identifier of things, write `role: item_id`"),
        );
    }
    problems
}

fn sums_of_non_numbers(query: &QueryPlan, file: &PipelineText, report: &TableReport, schema: &Schema) -> Vec<Problem> {
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
