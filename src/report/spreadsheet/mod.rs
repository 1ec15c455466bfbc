//! A table as a spreadsheet that people work through: one row a line, typed, with a filter, and a sheet that explains it.
//!
//! A sidecar's `working_list` adds what people fill in, colours what is overdue, and gives each owner a sheet. Rows that do not
//! fit under a header go on in another sheet. The rows are written as they come and never held in memory, so their numbers
//! ([`OwnerRows`]) are known before.
//!
//! The same rows give the same bytes: the only date in the file is that of the run's data. Text stays text, whatever it
//! looks like: nothing is a formula or a link, and editing a cell does not turn it into one.

pub(super) mod cells;
mod columns;
mod people;
pub(super) mod sheet_names;

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use chrono::{NaiveDate, NaiveTime};
use rust_xlsxwriter::{Format, IgnoreError, Workbook, Worksheet, XlsxError};

use super::context::CodeLabels;
use super::texts::texts;
use super::values::{self, ColumnName};
use crate::config::language::Language;
use crate::config::sidecar::Sidecar;
use crate::config::working_list::WorkingList;
use crate::error::{Error, Problem, Result};
use crate::render::Messages;
use cells::NARROWEST;
use columns::{Kind, SheetColumn, Values, columns};
use sheet_names::SheetNames;

/// Rows that fit under the header of a sheet of Excel.
pub const SHEET_ROWS: u32 = 1_048_575;
/// With more owners than this, nobody has a sheet: each sheet keeps a temporary file open.
const MOST_OWNERS: usize = 200;

/// Name of the file with the spreadsheet of a table.
pub fn file_name(table: &str, language: Language) -> String {
    format!("{table}.{}.xlsx", language.code())
}

/// What a spreadsheet says about itself.
pub struct SheetDescription<'a> {
    /// Name of the table.
    pub name: &'a str,
    /// What it and its columns mean, and how people work through it.
    pub sidecar: Option<&'a Sidecar>,
    /// ISO 4217 code of all amounts.
    pub currency: Option<&'a str>,
    /// The day the rows are about.
    pub as_of_date: NaiveDate,
    /// What codes are called, and the language.
    pub labels: &'a CodeLabels,
}

impl SheetDescription<'_> {
    fn working_list(&self) -> Option<&WorkingList> {
        self.sidecar?.working_list.as_ref()
    }

    /// Name of the sheet with all rows: the title of the table in the report.
    fn title(&self) -> &str {
        let report = self.sidecar.and_then(|sidecar| sidecar.report.as_ref());
        report.map_or(self.name, |report| report.title.text(self.labels.language))
    }
}

/// How many rows an owner has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerRows {
    /// The owner; none where nobody is named, or the list has no owners.
    pub owner: Option<String>,
    /// Rows.
    pub rows: u64,
}

/// A spreadsheet that is being written.
pub struct Spreadsheet {
    name: String,
    workbook: Workbook,
    columns: Vec<SheetColumn>,
    labels: CodeLabels,
    /// Column with the owners.
    owner: Option<String>,
    all: Pages,
    by_owner: BTreeMap<Option<String>, Pages>,
    choices: Vec<(u16, Vec<String>)>,
    choices_sheet: String,
    /// When a row is overdue.
    overdue: Option<String>,
    sheet_rows: u32,
}

/// The sheets that hold the rows of everybody or of one owner, each filled before the next.
struct Pages {
    sheets: Vec<usize>,
    rows_count: u64,
}

impl Spreadsheet {
    /// Starts a spreadsheet for rows of this schema, `counts` of them, in sheets of `sheet_rows`; what does not fit into memory
    /// goes to `temporary`, or to the system's temporary folder.
    ///
    /// # Errors
    /// The temporary folder cannot be written.
    pub fn new(
        description: &SheetDescription<'_>,
        schema: &Schema,
        counts: &[OwnerRows],
        sheet_rows: u32,
        temporary: Option<&Path>,
    ) -> Result<Self> {
        let name = description.name.to_owned();
        let texts = texts(description.labels.language)?;
        let labels = description.labels;
        let columns = columns(description, schema, &texts)?;
        let choices = people::choices(&columns, labels, &texts)?;
        let list = description.working_list();
        let due = list.and_then(|list| list.due.as_ref());
        let today = description.as_of_date;
        let overdue = due.map(|due| people::overdue(due, today, &columns, labels, &texts)).transpose()?.flatten();
        let owner = list.and_then(|list| list.owner.as_ref()).map(|owner| owner.value.clone());

        let failed = |error| not_written(&name, error);
        let mut workbook = Workbook::new();
        if let Some(folder) = temporary {
            workbook.set_tempdir(folder).map_err(failed)?;
        }
        cells::describe(&mut workbook, &name, description.as_of_date).map_err(failed)?;
        let mut names = SheetNames::default();
        // What explains the list comes last, and nobody takes its name.
        let about = names.take(&texts.text("list-about")?);
        let choices_sheet = names.take(&texts.text("list-choices")?);
        let mut pages = |workbook: &mut Workbook, title: &str, rows: u64| -> Result<Pages, XlsxError> {
            let sheets_count = rows.div_ceil(u64::from(sheet_rows)).max(1);
            let sheets = (0..sheets_count).map(|_| {
                let place = workbook.worksheets().len();
                let sheet = workbook.add_worksheet_with_constant_memory()?;
                start(sheet, &names.take(title), &columns)?;
                Ok(place)
            });
            Ok(Pages { sheets: sheets.collect::<Result<_, XlsxError>>()?, rows_count: 0 })
        };
        let rows_count = counts.iter().map(|count| count.rows).sum();
        let all = pages(&mut workbook, description.title(), rows_count).map_err(failed)?;
        let mut by_owner = BTreeMap::new();
        let has_sheets = owner.is_some() && counts.len() <= MOST_OWNERS;
        for OwnerRows { owner, rows } in counts.iter().filter(|_| has_sheets) {
            let title = owner.clone().map_or_else(|| texts.text("list-nobody"), Ok)?;
            by_owner.insert(owner.clone(), pages(&mut workbook, &title, *rows).map_err(failed)?);
        }
        let words = About {
            name: about,
            as_of: texts.text("meta-as-of")?,
            date: texts.numbers.date(description.as_of_date),
            column: texts.text("list-column")?,
            meaning: texts.text("list-meaning")?,
            notes: notes(&texts, &columns, overdue.is_some(), owner.is_some(), has_sheets)?,
        };
        explain(workbook.add_worksheet(), description, &columns, &words).map_err(failed)?;
        if !choices.is_empty() {
            people::add_choices(&mut workbook, &choices_sheet, &choices).map_err(failed)?;
        }
        let labels = labels.clone();
        let owner = owner.filter(|_| has_sheets);
        Ok(Self { name, workbook, columns, labels, owner, all, by_owner, choices, choices_sheet, overdue, sheet_rows })
    }

    /// Adds rows at the end.
    ///
    /// # Errors
    /// `Error::Data` when a text is longer than a cell can hold, or a value is not of the kind of its column.
    pub fn append(&mut self, rows: &RecordBatch) -> Result<()> {
        let name = self.name.as_str();
        let values = self.columns.iter().map(|column| column.values(rows, name, &self.labels));
        let values = values.collect::<Result<Vec<_>>>()?;
        let owners = match &self.owner {
            Some(column) => {
                let column = ColumnName { table: name, column };
                Some(values::texts(values::column(rows, column)?, column)?)
            }
            None => None,
        };
        for row in 0..rows.num_rows() {
            let places = [
                Some(self.all.next(self.sheet_rows)),
                match &owners {
                    Some(owners) => self.by_owner.get_mut(&owners[row]).map(|pages| pages.next(self.sheet_rows)),
                    None => None,
                },
            ];
            for (sheet, line) in places.into_iter().flatten() {
                let sheet = sheet.ok_or_else(|| uncounted(name))?;
                let sheet = self.workbook.worksheet_from_index(sheet).map_err(|error| not_written(name, error))?;
                for ((index, column), values) in (0_u16..).zip(&mut self.columns).zip(&values) {
                    let written = write_cell(sheet, (line, index), column, values, row);
                    written.map_err(|error| not_written_cell(name, &column.label, line, error))?;
                }
            }
        }
        Ok(())
    }

    /// The file.
    ///
    /// # Errors
    /// The temporary folder cannot be read.
    pub fn finish(mut self) -> Result<Vec<u8>> {
        let name = self.name.clone();
        let failed = |error| not_written(&name, error);
        for pages in std::iter::once(&self.all).chain(self.by_owner.values()) {
            for (number, sheet) in (0_u64..).zip(&pages.sheets) {
                let before = number * u64::from(self.sheet_rows);
                let rows = pages.rows_count.saturating_sub(before).min(u64::from(self.sheet_rows));
                let last_row = u32::try_from(rows).unwrap_or(self.sheet_rows);
                let last = (last_row, u16::try_from(self.columns.len().saturating_sub(1)).unwrap_or(u16::MAX));
                let sheet = self.workbook.worksheet_from_index(*sheet).map_err(failed)?;
                end(sheet, last, &self.columns, &self.choices).map_err(failed)?;
                if last_row == 0 {
                    continue;
                }
                people::allow(sheet, last_row, &self.columns, &self.choices, &self.choices_sheet).map_err(failed)?;
                if let Some(rule) = &self.overdue {
                    people::colour_overdue(sheet, last, rule).map_err(failed)?;
                }
            }
        }
        self.workbook.save_to_buffer().map_err(failed)
    }
}

impl Pages {
    /// Where the next row goes: the sheet, and the line below its header. None of the sheets when there are more rows than
    /// were counted.
    fn next(&mut self, sheet_rows: u32) -> (Option<usize>, u32) {
        let row = self.rows_count;
        self.rows_count += 1;
        let number = usize::try_from(row / u64::from(sheet_rows)).unwrap_or(usize::MAX);
        let line = u32::try_from(row % u64::from(sheet_rows)).unwrap_or_default();
        (self.sheets.get(number).copied(), line + 1)
    }
}

fn start(sheet: &mut Worksheet, name: &str, columns: &[SheetColumn]) -> Result<(), XlsxError> {
    sheet.set_name(name)?;
    sheet.set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    sheet.set_freeze_panes(1, 1)?;
    let header = cells::header();
    for (index, column) in (0_u16..).zip(columns) {
        sheet.write_string_with_format(0, index, column.label.as_str(), &header)?;
    }
    Ok(())
}

fn end(
    sheet: &mut Worksheet,
    (last_row, last_column): (u32, u16),
    columns: &[SheetColumn],
    choices: &[(u16, Vec<String>)],
) -> Result<(), XlsxError> {
    sheet.autofilter(0, 0, last_row, last_column)?;
    for (index, column) in (0_u16..).zip(columns) {
        let heading = cells::heading_width(&column.label);
        cells::set_width(sheet, index, column.longest.max(heading).max(people::width(choices, index)))?;
        if column.kind == Kind::Text && last_row > 0 {
            // Identifiers that look like numbers are meant as text.
            sheet.ignore_error_range(1, index, last_row, index, IgnoreError::NumberStoredAsText)?;
        }
    }
    Ok(())
}

/// The words of the sheet that explains the list.
struct About {
    name: String,
    as_of: String,
    date: String,
    column: String,
    meaning: String,
    notes: Vec<String>,
}

/// How to work through the list, one sentence each.
fn notes(
    texts: &Messages,
    columns: &[SheetColumn],
    has_due: bool,
    has_owners: bool,
    has_sheets: bool,
) -> Result<Vec<String>> {
    let filled: Vec<&str> =
        columns.iter().filter(|column| column.fill_in.is_some()).map(|column| column.label.as_str()).collect();
    let mut notes = Vec::new();
    if !filled.is_empty() {
        let filled = filled.join(texts.language.list_separator());
        notes.push(texts.sentence("list-fill-in", &[("columns", filled.into())])?);
    }
    if has_due {
        notes.push(texts.text("list-overdue")?);
    }
    if has_owners && !has_sheets {
        notes.push(texts.sentence("list-many-owners", &[("most", MOST_OWNERS.into())])?);
    }
    Ok(notes)
}

/// The sheet that says what the table is, as of when, how to work through it, and what its columns mean.
fn explain(
    sheet: &mut Worksheet,
    description: &SheetDescription<'_>,
    columns: &[SheetColumn],
    words: &About,
) -> Result<(), XlsxError> {
    let wrapped = cells::text_format();
    let header = cells::header();
    sheet.set_name(&words.name)?;
    sheet.set_column_width(0, 30)?.set_column_width(1, 100)?;
    sheet.write_string_with_format(0, 0, description.title(), &Format::new().set_bold())?;
    let language = description.labels.language;
    let about = description.sidecar.map(|sidecar| sidecar.meaning(language)).unwrap_or_default();
    sheet.write_string_with_format(0, 1, about, &wrapped)?;
    sheet.write_string(1, 0, &words.as_of)?.write_string(1, 1, &words.date)?;
    let mut line = 2;
    for note in &words.notes {
        sheet.write_string_with_format(line, 1, note.as_str(), &wrapped)?;
        line += 1;
    }
    line += 1;
    sheet.write_string_with_format(line, 0, &words.column, &header)?;
    sheet.write_string_with_format(line, 1, &words.meaning, &header)?;
    for (row, column) in (line + 1..).zip(columns) {
        sheet.write_string_with_format(row, 0, column.label.as_str(), &wrapped)?;
        sheet.write_string_with_format(row, 1, column.meaning.as_str(), &wrapped)?;
    }
    Ok(())
}

fn write_cell(
    sheet: &mut Worksheet,
    (line, index): (u32, u16),
    column: &mut SheetColumn,
    values: &Values,
    row: usize,
) -> Result<(), XlsxError> {
    let format = &column.format;
    let written = match values {
        Values::Texts(texts) => match &texts[row] {
            Some(text) => {
                sheet.write_string_with_format(line, index, text, format)?;
                Some(cells::text_width(text))
            }
            None => None,
        },
        Values::Numbers(numbers) => match numbers[row] {
            Some(number) => {
                sheet.write_number_with_format(line, index, number, format)?;
                Some(format!("{number:.0}").len() + 4)
            }
            None => None,
        },
        Values::Booleans(booleans) => match booleans[row] {
            Some(boolean) => {
                sheet.write_boolean_with_format(line, index, boolean, format)?;
                Some(NARROWEST)
            }
            None => None,
        },
        Values::Days(days) => match days[row] {
            Some(day) => Some(cells::write_time(sheet, (line, index), day.and_time(NaiveTime::MIN), format)?),
            None => None,
        },
        Values::Moments(moments) => match moments[row] {
            Some(moment) => Some(cells::write_time(sheet, (line, index), moment, format)?),
            None => None,
        },
        Values::Blank => None,
    };
    if written.is_none() && column.fill_in.is_some() {
        sheet.write_blank(line, index, format)?;
    }
    let length = written.unwrap_or_default();
    column.longest = column.longest.max(length);
    Ok(())
}

pub(super) fn not_written(table: &str, error: XlsxError) -> Error {
    Error::execution(
        Problem::new(format!("cannot write the spreadsheet of `{table}`: {error}"))
            .hint("check the space in the folder for temporary files")
            .caused_by(error),
    )
}

fn uncounted(table: &str) -> Error {
    Error::execution(Problem::new(format!("the spreadsheet of `{table}` has more rows than were counted")))
}

fn not_written_cell(table: &str, column: &str, line: u32, error: XlsxError) -> Error {
    match error {
        XlsxError::MaxStringLengthExceeded => Error::data(
            Problem::new(format!(
                "spreadsheet of `{table}`, column `{column}`, line {}: the text is too long for a cell",
                u64::from(line) + 1
            ))
            .hint("shorten it in the query; a cell holds 32,767 characters"),
        ),
        other => not_written(table, other),
    }
}

#[cfg(test)]
mod tests;
