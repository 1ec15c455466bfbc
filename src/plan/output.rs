//! What is published: tables and reports.

use std::collections::BTreeSet;

use super::HISTORY;
use super::query::QueryPlan;
use crate::config::language::{Language, Words};
use crate::config::located::Located;
use crate::config::report_format::{Headline, ReportFormat};
use crate::config::schema::{Compatibility, OnEmptyOutput};
use crate::config::sidecar::{Check, Label, Severity};
use crate::config::{Pipeline, PipelineText};
use crate::error::{Place, Problem, did_you_mean};

/// A table to publish.
#[derive(Clone, Debug)]
pub struct OutputPlan {
    /// Table name.
    pub name: String,
    /// Columns to sort by, the grain last.
    pub sort_by: Vec<String>,
    /// The sort columns that the pipeline file names, each with its place.
    pub written_sort: Vec<(String, Place)>,
    /// Whether the sort columns are unique, which a check that stops the run ensures.
    pub is_unique: bool,
    /// Whether it is also written as a spreadsheet.
    pub has_spreadsheet: bool,
    /// What may change from one night to the next.
    pub compatibility: Compatibility,
    /// What happens when it becomes empty.
    pub on_empty: OnEmptyOutput,
}

/// A report to publish.
#[derive(Clone, Debug)]
pub struct ReportPlan {
    /// Its name, the start of its file names.
    pub name: String,
    /// What it says it is about; the description of the pipeline where it is not given.
    pub description: Label,
    /// What readers must know about the data.
    pub caveats: Vec<Words>,
    /// What it begins with.
    pub headline: Headline,
    /// The formats to write.
    pub formats: Vec<ReportFormat>,
    /// The languages to write each format in.
    pub languages: Vec<Language>,
}

/// The outputs of `selection`, all of them when it is empty; what is wrong is added to `problems`.
pub(super) fn outputs(
    pipeline: &Pipeline,
    queries: &[QueryPlan],
    selection: &[String],
    query_names: &BTreeSet<&str>,
    problems: &mut Vec<Problem>,
) -> Vec<OutputPlan> {
    let declared = &pipeline.definition.outputs;
    for name in declared.keys().filter(|name| !query_names.contains(name.value.as_str())) {
        let mut problem =
            Problem::new(format!("no query produces the output `{}`", name.value)).at(pipeline.file.place_of(name));
        problem.hint = did_you_mean(name, query_names.iter().copied())
            .or_else(|| Some(format!("add {}.sql to one of the query folders", name.value)));
        problems.push(problem);
    }
    let of_history =
        |name: &str| name.strip_prefix(HISTORY).filter(|output| declared.contains_key(*output)).map(str::to_owned);
    for (name, output) in declared.keys().filter_map(|name| Some((name, of_history(&name.value)?))) {
        problems.push(
            Problem::new(format!("`{}` is the name of the view over all nights of `{output}`", name.value))
                .at(pipeline.file.place_of(name))
                .hint("rename the query"),
        );
    }
    for name in selection.iter().filter(|name| !declared.contains_key(name.as_str())) {
        let mut problem = Problem::new(format!("`{name}` is not an output of the pipeline"));
        problem.hint = did_you_mean(name, declared.keys().map(|known| known.value.as_str()));
        problems.push(problem);
    }
    let is_selected = |name: &str| selection.is_empty() || selection.iter().any(|wanted| wanted == name);
    let selected = declared.iter().filter(|(name, _)| is_selected(name));
    selected
        .map(|(name, definition)| {
            let query = queries.iter().find(|query| query.name == name.value);
            let grain =
                query.and_then(|query| query.file.sidecar.as_ref()).map(|(_, sidecar)| sidecar.grain.as_slice());
            let written_sort: Vec<(String, Place)> = definition
                .sort_by
                .iter()
                .map(|column| (column.value.clone(), pipeline.file.place_of(column)))
                .collect();
            let mut sort_by: Vec<String> = written_sort.iter().map(|(column, _)| column.clone()).collect();
            for column in grain.unwrap_or_default() {
                if !sort_by.contains(&column.value) {
                    sort_by.push(column.value.clone());
                }
            }
            let is_unique =
                query.is_some_and(|query| query.checks.iter().any(|plan| is_key(&plan.check.value, &sort_by)));
            OutputPlan {
                name: name.value.clone(),
                sort_by,
                written_sort,
                is_unique,
                has_spreadsheet: definition.spreadsheet,
                compatibility: definition.compatibility.unwrap_or(pipeline.definition.publish.compatibility),
                on_empty: definition.on_empty,
            }
        })
        .collect()
}

/// The reports of the pipeline file; what is wrong is added to `problems`.
pub(super) fn reports(pipeline: &Pipeline, problems: &mut Vec<Problem>) -> Vec<ReportPlan> {
    let mut plans = Vec::new();
    for (name, report) in &pipeline.definition.reports {
        let file = &pipeline.file;
        problems.extend(name_problem(file, name));
        problems.extend(list_problem(file, name, "formats", &report.formats));
        problems.extend(list_problem(file, name, "languages", &report.languages));
        plans.push(ReportPlan {
            name: name.value.clone(),
            description: report.description.clone(),
            caveats: report.caveats.clone(),
            headline: report.headline,
            formats: report.formats.iter().map(|format| format.value).collect(),
            languages: report.languages.iter().map(|language| language.value).collect(),
        });
    }
    plans
}

/// A name that cannot begin the names of files.
fn name_problem(file: &PipelineText, report: &Located<String>) -> Option<Problem> {
    let is_plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
    if report.value.starts_with(char::is_alphanumeric) && report.value.chars().all(is_plain) {
        return None;
    }
    Some(
        Problem::new(format!("`{}` cannot be the name of a report", report.value))
            .at(file.place_of(report))
            .hint("its files are called after it: use letters, digits, `_` and `-`"),
    )
}

/// A list that is empty, or names something twice, which would write the same file twice.
fn list_problem<T: PartialEq>(
    file: &PipelineText,
    report: &Located<String>,
    list: &str,
    values: &[Located<T>],
) -> Option<Problem> {
    if values.is_empty() {
        let problem = Problem::new(format!(
            "`{list}` of the report `{}` is empty, so that nothing would be written",
            report.value
        ));
        return Some(problem.at(file.place_of(report)).hint("name at least one, or leave the key out"));
    }
    let repeated = values
        .iter()
        .enumerate()
        .find(|(index, value)| values[..*index].iter().any(|earlier| earlier.value == value.value));
    repeated.map(|(_, value)| {
        Problem::new(format!("`{list}` of the report `{}` names one of its entries twice", report.value))
            .at(file.place(value.line, value.column))
            .hint("leave one of them out")
    })
}

/// Whether a check stops the run when two rows have the same `columns`.
fn is_key(check: &Check, columns: &[String]) -> bool {
    match check {
        Check::Unique(unique) => {
            unique.severity == Severity::Stop && unique.columns.iter().all(|column| columns.contains(column))
        }
        _ => false,
    }
}
