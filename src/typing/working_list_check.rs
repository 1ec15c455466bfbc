//! Checks the key `working_list` of a sidecar: columns that do not exist or are of the wrong type, and choices that contradict
//! each other.

use std::collections::BTreeSet;

use arrow::datatypes::{DataType as ArrowType, Schema};

use crate::config::PipelineText;
use crate::config::located::Located;
use crate::config::working_list::{FillIn, FillInType, WorkingList};
use crate::error::{Problem, did_you_mean};
use crate::plan::query::QueryPlan;

/// What is wrong with the working list of the query's sidecar; `schema` is that of the query's result.
pub(super) fn problems(query: &QueryPlan, schema: &Schema) -> Vec<Problem> {
    let Some((file, sidecar)) = &query.file.sidecar else { return Vec::new() };
    let Some(list) = &sidecar.working_list else { return Vec::new() };
    let mut problems = unknown_columns(query, file, list, schema);
    problems.extend(wrong_types(query, file, list, schema));
    problems.extend(hidden_columns(query, file, list, schema));
    problems.extend(list.fill_in.iter().flat_map(|entry| fill_in_problems(query, file, entry, schema)));
    let mut seen = BTreeSet::new();
    for column in list.fill_in.iter().map(|entry| &entry.column).filter(|column| !seen.insert(column.value.as_str())) {
        let problem = Problem::new(format!("`fill_in` of `{}` names `{}` twice", query.name, column.value));
        problems.push(problem.at(file.place_of(column)).hint("leave one of them out"));
    }
    problems
}

fn unknown_columns(query: &QueryPlan, file: &PipelineText, list: &WorkingList, schema: &Schema) -> Vec<Problem> {
    let ordered = list.order_by.iter().map(|order| &order.column);
    let columns = ordered.chain(&list.columns).chain(&list.owner).chain(&list.due);
    let unknown = columns.filter(|column| schema.field_with_name(column).is_err());
    unknown
        .map(|column| {
            let mut problem = Problem::new(format!(
                "the working list of `{}` names `{}`, which the table does not have",
                query.name, column.value
            ))
            .at(file.place_of(column));
            problem.hint = did_you_mean(column, schema.fields().iter().map(|field| field.name().as_str()));
            problem
        })
        .collect()
}

fn wrong_types(query: &QueryPlan, file: &PipelineText, list: &WorkingList, schema: &Schema) -> Vec<Problem> {
    let wanted = [("due", &list.due, "a date"), ("owner", &list.owner, "text")];
    let found = wanted.into_iter().filter_map(|(key, column, wanted)| {
        let column = column.as_ref()?;
        let found = schema.field_with_name(column).ok()?.data_type();
        let fits = match key {
            "due" => *found == ArrowType::Date32,
            _ => matches!(found, ArrowType::Utf8 | ArrowType::Utf8View | ArrowType::LargeUtf8),
        };
        (!fits).then(|| {
            Problem::new(format!(
                "`{key}` of the working list of `{}` must be {wanted}, and `{}` is {found}",
                query.name, column.value
            ))
            .at(file.place_of(column))
        })
    });
    found.collect()
}

/// Columns that the list needs in its sheets, and `columns` leaves out.
fn hidden_columns(query: &QueryPlan, file: &PipelineText, list: &WorkingList, schema: &Schema) -> Vec<Problem> {
    let is_hidden = |column: &&Located<String>| !list.columns.is_empty() && !list.columns.contains(column);
    let filled = list.fill_in.iter().map(|entry| &entry.column).filter(|name| schema.field_with_name(name).is_ok());
    let needed = list.due.iter().chain(filled).filter(is_hidden);
    needed
        .map(|column| {
            Problem::new(format!(
                "the working list of `{}` needs the column `{}`, and its `columns` leave it out",
                query.name, column.value
            ))
            .at(file.place_of(column))
            .hint("add it to `columns`")
        })
        .collect()
}

fn fill_in_problems(query: &QueryPlan, file: &PipelineText, entry: &FillIn, schema: &Schema) -> Vec<Problem> {
    let column = &entry.column;
    let problem = |message: String, at: &Located<String>| Problem::new(message).at(file.place_of(at));
    let mut problems = Vec::new();
    match schema.field_with_name(column) {
        Err(_) if entry.label.en.is_none() => problems.push(
            problem(
                format!(
                    "`{}` is a new column of the working list of `{}`, without a heading",
                    column.value, query.name
                ),
                column,
            )
            .hint("write `label: {en: ..., zh: ...}`, or name a column of the table"),
        ),
        Ok(field) => {
            let found = field.data_type();
            let fits = match entry.fill_in_type {
                FillInType::Text => matches!(found, ArrowType::Utf8 | ArrowType::Utf8View | ArrowType::LargeUtf8),
                FillInType::Date => *found == ArrowType::Date32,
            };
            if !fits {
                problems.push(
                    problem(
                        format!("people cannot fill in `{}` of `{}`, which is {found}", column.value, query.name),
                        column,
                    )
                    .hint("`type: text` needs a column of text, `type: date` one of dates"),
                );
            }
        }
        Err(_) => {}
    }
    if let Some(choice) = entry.choices.first().filter(|_| entry.fill_in_type == FillInType::Date) {
        problems.push(problem(format!("`{}` is a date and has `choices`", column.value), choice));
    }
    for code in entry.closing.iter().filter(|code| !entry.choices.contains(code)) {
        let message = format!("`closing` of `{}` names `{}`, which is none of its `choices`", column.value, code.value);
        problems.push(problem(message, code));
    }
    problems
}
