//! The parts of the report in the order of the catalogue: what the program shows itself, and tables that sidecars describe.

use serde::Serialize;

use super::context::{ReportContext, ReportSection};
use super::formats::Pictures;
use super::shown_table::ShownTable;
use super::table_view::{EmptyTable, TableView, empty_table, table_view};
use crate::config::catalogue::{BuiltInPart, Document};
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
    pub(super) shows: Option<BuiltInPart>,
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
    title: String,
    pub(super) sentence: String,
}

/// The parts of a document that are not empty. Tables of a section that is not there are left out; `validate` refuses
/// such a section.
pub(super) fn parts(
    context: &ReportContext,
    tables: &[ShownTable],
    document: Document,
    pictures: Pictures,
    texts: &Messages,
) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    for section in context.sections.iter().filter(|section| section.document == document) {
        let mut part = Part::new(section, texts)?;
        for table in tables.iter().filter(|table| table.section == section.name) {
            if table.is_empty {
                part.empty.push(empty_table(table, texts)?);
            } else {
                part.tables.push(table_view(table, pictures, texts, context)?);
            }
        }
        part.titles = part.tables.iter().map(TableView::title).collect();
        if part.shows.is_some() || !part.tables.is_empty() || !part.empty.is_empty() {
            parts.push(part);
        }
    }
    Ok(parts)
}

impl Part {
    /// Whether it shows the table.
    pub(super) fn has_table(&self, name: &str) -> bool {
        self.titles.iter().any(|(table, _)| table == name)
    }

    /// What the table found, where it is in this part.
    pub(super) fn finding_of(&self, name: &str) -> Option<Finding> {
        self.tables.iter().find_map(|table| {
            let (found, sentence) = table.finding()?;
            let (_, title) = table.title();
            (found == name).then(|| Finding { table: found.to_owned(), title, sentence: sentence.to_owned() })
        })
    }

    pub(super) fn heading(&self) -> &str {
        &self.heading
    }

    /// Names of its tables with numbers, each with what to know about the table.
    pub(super) fn tables_with_lines(&self) -> impl Iterator<Item = (String, Vec<String>)> {
        self.tables.iter().map(|table| (table.title().0, table.lines()))
    }

    /// Titles of its tables without numbers, and why they have none.
    pub(super) fn empty_tables(&self) -> Vec<(String, String)> {
        self.empty.iter().map(EmptyTable::reason).collect()
    }

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
