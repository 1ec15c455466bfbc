//! The parts of the report in the order of the catalogue: what the program shows itself, and tables that sidecars describe.

use serde::Serialize;

use super::context::{ReportContext, ReportSection};
use super::shown_table::ShownTable;
use super::table_view::{EmptyTable, TableView, empty_table, table_view};
use crate::config::catalogue::BuiltInPart;
use crate::error::Result;
use crate::render::Messages;

/// A part of the report.
#[derive(Debug, Serialize)]
pub(super) struct Part {
    /// Identifier of its heading in HTML.
    anchor: String,
    heading: String,
    /// Its heading in a word.
    short: String,
    /// What the program shows at its beginning.
    shows: Option<BuiltInPart>,
    /// Tables with numbers.
    tables: Vec<TableView>,
    /// Tables without numbers, each with the reason.
    empty: Vec<EmptyTable>,
    /// Names and titles of the tables, for the list of contents.
    titles: Vec<(String, String)>,
}

/// A finding of a table, for the head of the report.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    table: String,
    section: String,
    sentence: String,
}

/// The parts that are not empty. Tables of a section that is not there are left out; `validate` refuses
/// such a section.
pub(super) fn parts(context: &ReportContext, tables: &[ShownTable], texts: &Messages) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    for section in &context.sections {
        let mut part = Part::new(section, texts)?;
        for table in tables.iter().filter(|table| table.section == section.name) {
            if table.is_empty {
                part.empty.push(empty_table(table, texts)?);
            } else {
                part.tables.push(table_view(table, texts, context)?);
            }
        }
        part.titles = part.tables.iter().map(TableView::title).collect();
        if part.shows.is_some() || !part.tables.is_empty() || !part.empty.is_empty() {
            parts.push(part);
        }
    }
    Ok(parts)
}

/// What the tables found, in the order of the report.
pub(super) fn findings(parts: &[Part]) -> Vec<Finding> {
    let finding = |part: &Part, table: &TableView| {
        let (table, sentence) = table.finding()?;
        Some(Finding { table: table.to_owned(), section: part.short.clone(), sentence: sentence.to_owned() })
    };
    parts.iter().flat_map(|part| part.tables.iter().filter_map(move |table| finding(part, table))).collect()
}

impl Part {
    fn new(section: &ReportSection, texts: &Messages) -> Result<Self> {
        let heading = match (&section.heading, section.shows) {
            (Some(heading), _) => heading.clone(),
            (None, Some(part)) => texts.text(&format!("{}-heading", words_of(part)))?,
            (None, None) => section.name.clone(),
        };
        Ok(Self {
            anchor: section.shows.map_or_else(|| format!("part-{}", section.name), |part| words_of(part).to_owned()),
            short: section.short.clone().unwrap_or_else(|| heading.clone()),
            heading,
            shows: section.shows,
            tables: Vec::new(),
            empty: Vec::new(),
            titles: Vec::new(),
        })
    }
}

/// The first part of the names of the texts of a part, which is its anchor too.
pub(super) fn words_of(part: BuiltInPart) -> &'static str {
    match part {
        BuiltInPart::InputQuality => "quality",
        other => other.name(),
    }
}
