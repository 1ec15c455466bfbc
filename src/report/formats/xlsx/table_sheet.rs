//! A table of the report as a sheet.

use chrono::NaiveDateTime;
use rust_xlsxwriter::{Format, IgnoreError, Worksheet, XlsxError};

use crate::config::column_role::ColumnRole;
use crate::error::Result;
use crate::render::Messages;
use crate::report::LoyaltyReport;
use crate::report::shown_table::{Cell, ShownChart, ShownTable};
use crate::report::spreadsheet::cells;
use crate::report::table_view::{column_label, column_texts};
use crate::report::view::View;

use super::{built_in, link};

/// A section of the report.
pub(super) struct PartSheets {
    pub(super) heading: String,
    pub(super) tables: Vec<TableSheet>,
    /// Titles of tables without numbers, and why they have none.
    pub(super) empty: Vec<(String, String)>,
}

/// A table on its way to a sheet.
pub(super) struct TableSheet {
    pub(super) title: String,
    /// What to know about it, one sentence each.
    pub(super) lines: Vec<String>,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<Value>>,
    pub(super) charts: Vec<ShownChart>,
}

/// A cell.
#[derive(Clone)]
pub(super) enum Value {
    Blank,
    Text(String),
    Number(f64, Format),
    Moment(NaiveDateTime, Format),
}

impl Value {
    /// A number of a unit, as many times as people read it.
    pub(super) fn number(value: Option<f64>, unit: Option<&str>) -> Self {
        let Some(value) = value else { return Self::Blank };
        let is_integer = value.fract() == 0.0;
        Self::Number(value * scale(unit), number_format(unit, is_integer))
    }

    /// A change of a number: of a share in percentage points.
    pub(super) fn change(value: Option<f64>, unit: &str, texts: &Messages) -> Self {
        let Some(value) = value else { return Self::Blank };
        let format = match unit {
            "share" => {
                let points = texts.numbers.points_suffix();
                format!("+0.0\"{points}\";-0.0\"{points}\";0.0\"{points}\"")
            }
            "currency" => "+#,##0.00;-#,##0.00;0.00".to_owned(),
            "count" if value.fract() == 0.0 => "+#,##0;-#,##0;0".to_owned(),
            _ => "+0.0;-0.0;0.0".to_owned(),
        };
        let factor = if unit == "share" { 100.0 } else { scale(Some(unit)) };
        Self::Number(value * factor, cells::top().set_num_format(format))
    }
}

/// How many times a number of a unit people read: a score of 0.4 is read as 40.
pub(super) fn scale(unit: Option<&str>) -> f64 {
    if matches!(unit, Some("nps" | "nps_margin")) { 100.0 } else { 1.0 }
}

/// The format of the numbers of a unit, after [`scale`].
pub(super) fn number_format(unit: Option<&str>, is_integer: bool) -> Format {
    match unit {
        Some("nps") => cells::top().set_num_format("+0.0;-0.0;0.0"),
        _ => cells::number_format(unit, is_integer),
    }
}

/// The parts of a document in order.
pub(super) fn parts(report: &LoyaltyReport, view: &View, texts: &Messages) -> Result<Vec<PartSheets>> {
    let mut sheets = Vec::new();
    for part in view.parts() {
        let mut tables = Vec::new();
        if let Some(shown) = part.shows {
            tables.extend(built_in::sheets(shown, part.heading(), report, view, texts)?);
        }
        for (name, lines) in part.tables_with_lines() {
            let Some(table) = report.tables.iter().find(|table| table.name == name) else { continue };
            tables.push(of_table(table, lines, report, texts)?);
        }
        sheets.push(PartSheets { heading: part.heading().to_owned(), tables, empty: part.empty_tables() });
    }
    Ok(sheets)
}

fn of_table(
    table: &ShownTable,
    mut lines: Vec<String>,
    report: &LoyaltyReport,
    texts: &Messages,
) -> Result<TableSheet> {
    let context = &report.context;
    let labels = table.columns.iter().map(|column| column_label(column, texts, context.currency.as_deref()));
    let columns = labels.collect::<Result<_>>()?;
    let mut values = Vec::new();
    for (index, column) in table.columns.iter().enumerate() {
        let words = column_texts(table, index, texts, &context.labels)?;
        let mut numbers = table.rows.iter().filter_map(|row| match row.cells[index] {
            Cell::Number(number) => Some(number),
            _ => None,
        });
        let are_integers = numbers.all(|number| number.fract() == 0.0);
        let is_month = column.role == Some(ColumnRole::Month);
        let of_row = table.rows.iter().zip(words).map(|(row, words)| match &row.cells[index] {
            Cell::Unknown => Value::Blank,
            Cell::Number(number) => {
                let own = row.unit.as_deref().filter(|_| column.unit.is_none());
                let unit = column.unit.as_deref().or(own);
                let is_integer = if own.is_some() { number.fract() == 0.0 } else { are_integers };
                Value::Number(number * scale(unit), number_format(unit, is_integer))
            }
            Cell::Date(day) => {
                let format = if is_month { cells::top().set_num_format("yyyy-mm") } else { cells::day_format() };
                Value::Moment(day.and_time(chrono::NaiveTime::MIN), format)
            }
            Cell::Time(moment) => Value::Moment(*moment, cells::moment_format()),
            Cell::Hidden | Cell::Below(_) | Cell::Text(_) | Cell::Boolean(_) => Value::Text(words),
        });
        values.push(of_row.collect::<Vec<_>>());
    }
    let is_hidden = |cell: &Cell| matches!(cell, Cell::Hidden | Cell::Below(_));
    if table.rows.iter().flat_map(|row| &row.cells).any(is_hidden) {
        lines.push(texts.sentence("tables-hidden-note", &[("min_cell", context.min_cell.into())])?);
    }
    if table.columns.iter().any(|column| column.is_textbook()) {
        lines.push(texts.text("tables-textbook-note")?);
    }
    let rows = (0..table.rows.len()).map(|row| values.iter().map(|column| column[row].clone()).collect());
    Ok(TableSheet { title: table.title.clone(), lines, columns, rows: rows.collect(), charts: table.charts.clone() })
}

impl TableSheet {
    /// The line of the header: the title, what to know, and a blank line stand above it.
    fn header_line(&self) -> u32 {
        u32::try_from(self.lines.len()).unwrap_or_default() + 2
    }

    /// The first column to the right of the table, with one left free.
    pub(super) fn right(&self) -> u16 {
        u16::try_from(self.columns.len()).unwrap_or(u16::MAX).saturating_add(1)
    }

    /// Writes it, with a link back to the contents: their title, and the name of their sheet.
    pub(super) fn write(
        &self,
        sheet: &mut Worksheet,
        name: &str,
        (contents, contents_sheet): (&str, &str),
    ) -> Result<(), XlsxError> {
        sheet.set_name(name)?.set_landscape().set_print_fit_to_pages(1, 0);
        sheet.write_string_with_format(0, 0, &self.title, &Format::new().set_bold().set_font_size(14))?;
        let last_column = u16::try_from(self.columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
        sheet.write_url_with_text(0, last_column.max(1), link(contents_sheet), contents)?;
        for (line, text) in (1_u32..).zip(&self.lines) {
            sheet.write_string(line, 0, text)?;
        }
        let header = self.header_line();
        sheet.set_freeze_panes(header + 1, 1)?;
        let format = cells::header();
        for (index, label) in (0_u16..).zip(&self.columns) {
            sheet.write_string_with_format(header, index, label, &format)?;
        }
        let last_line = header + u32::try_from(self.rows.len()).unwrap_or_default();
        if !self.rows.is_empty() {
            sheet.autofilter(header, 0, last_line, last_column)?;
            sheet.ignore_error_range(header + 1, 0, last_line, last_column, IgnoreError::NumberStoredAsText)?;
        }
        let mut widths: Vec<usize> = self.columns.iter().map(|label| cells::heading_width(label)).collect();
        for (line, row) in (header + 1..).zip(&self.rows) {
            for ((index, value), width) in (0_u16..).zip(row).zip(&mut widths) {
                *width = (*width).max(write(sheet, (line, index), value)?);
            }
        }
        for (index, width) in (0_u16..).zip(widths) {
            cells::set_width(sheet, index, width)?;
        }
        Ok(())
    }
}

/// Writes a cell. Returns how wide it is.
pub(super) fn write(sheet: &mut Worksheet, (line, index): (u32, u16), value: &Value) -> Result<usize, XlsxError> {
    Ok(match value {
        Value::Blank => 0,
        Value::Text(text) => {
            sheet.write_string_with_format(line, index, text, &cells::text_format())?;
            cells::text_width(text)
        }
        Value::Number(number, format) => {
            sheet.write_number_with_format(line, index, *number, format)?;
            format!("{number:.0}").len() + 5
        }
        Value::Moment(moment, format) => cells::write_time(sheet, (line, index), *moment, format)?,
    })
}
