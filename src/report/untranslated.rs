//! Words that a report shows in English because its language has none.

use std::collections::BTreeSet;

use crate::config::catalogue::Catalogue;
use crate::config::language::{Language, Words};
use crate::config::sidecar::{Check, Label, Sidecar};
use crate::config::table_report::TableReport;
use crate::plan::{Plan, ReportPlan};

/// What the files of a plan do not say in a language, so that a report shows it in English; one line per file, in order.
pub fn untranslated(plan: &Plan, report: &ReportPlan, language: Language) -> Vec<String> {
    if language == Language::English {
        return Vec::new();
    }
    let mut lines = Vec::new();
    if report.description.given(language).is_none() && !plan.description.is_empty() {
        lines.push(format!("report `{}`: description", report.name));
    }
    for query in &plan.queries {
        let Some((_, sidecar)) = &query.file.sidecar else { continue };
        let is_output = plan.outputs.iter().any(|output| output.name == query.name);
        let shown = sidecar.report.as_ref().filter(|_| is_output);
        let mut missing = of_sidecar(sidecar, shown, language);
        let has_spreadsheet = plan.outputs.iter().any(|output| output.name == query.name && output.has_spreadsheet);
        if has_spreadsheet {
            missing.extend(of_spreadsheet(sidecar, language));
        }
        if !missing.is_empty() {
            lines.push(format!("query `{}`: {}", query.name, missing.join(", ")));
        }
    }
    let missing = of_catalogue(&plan.catalogue, language);
    if !missing.is_empty() {
        lines.push(format!("catalogue: {}", missing.join(", ")));
    }
    lines
}

/// The words of a sidecar that are missing: those of its checks and, where the report shows the table, of that.
pub(super) fn of_sidecar(sidecar: &Sidecar, shown: Option<&TableReport>, language: Language) -> Vec<String> {
    let mut missing = Vec::new();
    if let Some(report) = shown {
        let texts = [
            ("title", Some(&report.title)),
            ("note", report.note.as_ref()),
            ("finding", report.finding.as_ref()),
            ("empty", report.empty.as_ref()),
        ];
        let is_missing = |words: &Words| words.given(language).is_none();
        missing.extend(report.findings.iter().filter(|finding| is_missing(&finding.say)).map(|_| "findings".into()));
        let notes = report.column_notes.iter().filter(|(_, words)| is_missing(words));
        missing.extend(notes.map(|(column, _)| format!("note of `{}`", column.value)));
        missing.extend(texts.into_iter().filter(|(_, words)| words.is_some_and(is_missing)).map(|(key, _)| key.into()));
        let listed: Vec<&str> = [&report.columns, &report.count_by, &report.sums]
            .into_iter()
            .flatten()
            .map(|name| name.value.as_str())
            .collect();
        let is_shown = |name: &str| listed.is_empty() || listed.contains(&name);
        let columns = sidecar.columns.iter().filter(|(name, _)| is_shown(name));
        let without = columns.filter(|(_, column)| column.label.given(language).is_none());
        missing.extend(without.map(|(name, _)| format!("label of `{}`", name.value)));
    }
    let new_columns = sidecar.working_list.iter().flat_map(|list| &list.fill_in);
    let unnamed = new_columns.filter(|entry| entry.label.en.is_some() && entry.label.given(language).is_none());
    missing.extend(unnamed.map(|entry| format!("label of `{}`", entry.column.value)));
    // The name of an expression is English.
    let is_told = |label: &Label| language == Language::English || label.given(language).is_some();
    missing.extend(sidecar.checks.iter().filter_map(|check| match &check.value {
        Check::Expression(check) if !is_told(&check.label) => Some(format!("check `{}`", check.name)),
        _ => None,
    }));
    missing
}

/// The meanings that are missing on the sheet that explains a spreadsheet.
pub(super) fn of_spreadsheet(sidecar: &Sidecar, language: Language) -> Vec<String> {
    let is_missing = |meaning: &Label, description: &str| meaning.given(language).is_none() && !description.is_empty();
    let mut missing = Vec::new();
    if is_missing(&sidecar.meaning, &sidecar.description) {
        missing.push("meaning".to_owned());
    }
    let columns = sidecar.columns.iter().filter(|(_, column)| is_missing(&column.meaning, &column.description));
    missing.extend(columns.map(|(name, _)| format!("meaning of `{}`", name.value)));
    let new_columns = sidecar.working_list.iter().flat_map(|list| &list.fill_in);
    let new_columns = new_columns.filter(|entry| is_missing(&entry.meaning, &entry.description));
    missing.extend(new_columns.map(|entry| format!("meaning of `{}`", entry.column.value)));
    missing
}

/// The sections, figures and codes without words.
pub(super) fn of_catalogue(catalogue: &Catalogue, language: Language) -> Vec<String> {
    let is_missing = |words: &Words| words.given(language).is_none();
    let mut missing = Vec::new();
    for (name, section) in &catalogue.sections {
        let texts = [("heading", &section.heading), ("short", &section.short)];
        let without = texts.into_iter().filter(|(_, words)| words.as_ref().is_some_and(is_missing));
        missing.extend(without.map(|(key, _)| format!("{key} of section `{name}`")));
    }
    let names = catalogue.first_screen.key_figures.iter().filter_map(|figure| figure.name.as_ref());
    let headings = catalogue.first_screen.blocks.iter().map(|block| &block.heading);
    missing
        .extend(names.chain(headings).filter(|words| is_missing(words)).map(|words| format!("`{}`", words.en.value)));
    let figures = catalogue.figures.iter().filter(|(_, words)| is_missing(words));
    missing.extend(figures.map(|(name, _)| format!("figure `{name}`")));
    // A list of codes may stand for several columns.
    let codes = catalogue.codes.values().flatten().filter(|(_, words)| is_missing(words));
    let codes: BTreeSet<&str> = codes.map(|(code, _)| code.as_str()).collect();
    missing.extend(codes.into_iter().map(|code| format!("code `{code}`")));
    missing
}
