//! The report as a workbook: a sheet that says it all in short, a list of contents, and a sheet for every table, with numbers as
//! numbers and charts that Excel draws itself.
//!
//! A report is small, so the workbook is built in memory. Working lists are written in [`crate::report::Spreadsheet`].

mod built_in;
mod charts;
mod first_sheet;
mod heat_map;
mod table_sheet;

use rust_xlsxwriter::{Format as CellFormat, Url, Workbook, Worksheet, XlsxError};

use super::{Format, Page, Pictures};
use crate::config::catalogue::Document;
use crate::error::Result;
use crate::report::LoyaltyReport;
use crate::report::spreadsheet::cells;
use crate::report::spreadsheet::not_written;
use crate::report::spreadsheet::sheet_names::{SheetNames, quoted};
use crate::report::texts::texts;
use crate::report::view::View;
use charts::ChartData;

/// A workbook with both documents of the report.
pub(super) struct Xlsx;

impl Format for Xlsx {
    fn extension(&self) -> &'static str {
        "xlsx"
    }

    fn is_one_file(&self) -> bool {
        true
    }

    fn write(&self, report: &LoyaltyReport, page: &Page<'_>) -> Result<Vec<u8>> {
        let texts = texts(report.context.language())?;
        // Excel draws the charts itself.
        let view_of = |document: Document| View::new(report, &Page { document, ..*page }, Pictures::LeftOut, &texts);
        let (view, quality) = (view_of(Document::Report)?, view_of(Document::Quality)?);
        let mut parts = Vec::new();
        for view in [&view, &quality] {
            parts.extend(table_sheet::parts(report, view, &texts)?);
        }
        let contents = texts.text("contents")?;
        let title = texts.text("title")?;
        let mut names = SheetNames::default();
        let first_name = names.take(&title);
        let contents_name = names.take(&contents);
        let data_name = names.take(&texts.text("workbook-chart-data")?);

        let failed = |error: XlsxError| not_written(&report.context.pipeline, error);
        let mut workbook = Workbook::new();
        cells::describe(&mut workbook, &title, report.context.as_of_date).map_err(failed)?;
        let first = first_sheet::first(report, &view, &texts)?;
        first.write(workbook.add_worksheet(), &first_name).map_err(failed)?;
        // The contents name the sheets, so they are filled in when these have their names.
        workbook.add_worksheet().set_name(&contents_name).map_err(failed)?;
        let mut data = ChartData::new(&data_name);
        let mut entries = Vec::new();
        for part in &parts {
            entries.push(Entry::Heading(part.heading.clone()));
            for table in &part.tables {
                let name = names.take(&table.title);
                let sheet = workbook.add_worksheet();
                table.write(sheet, &name, (&contents, &contents_name)).map_err(failed)?;
                charts::insert(sheet, table, report, &texts, &mut data)?.map_err(failed)?;
                entries.push(Entry::Table { title: table.title.clone(), sheet: name });
            }
            for (title, reason) in &part.empty {
                entries.push(Entry::Empty { title: title.clone(), reason: reason.clone() });
            }
        }
        let sheet = workbook.worksheet_from_name(&contents_name).map_err(failed)?;
        list(sheet, &contents, &entries).map_err(failed)?;
        if let Some(data) = data.sheet() {
            workbook.push_worksheet(data);
        }
        workbook.save_to_buffer().map_err(failed)
    }
}

/// A line of the list of contents.
enum Entry {
    Heading(String),
    Table {
        title: String,
        sheet: String,
    },
    /// A table without numbers, and why.
    Empty {
        title: String,
        reason: String,
    },
}

fn list(sheet: &mut Worksheet, title: &str, entries: &[Entry]) -> Result<(), XlsxError> {
    let bold = CellFormat::new().set_bold();
    sheet.set_column_width(0, 60)?.set_column_width(1, 90)?;
    sheet.write_string_with_format(0, 0, title, &bold.clone().set_font_size(14))?;
    for (line, entry) in (2_u32..).zip(entries) {
        match entry {
            Entry::Heading(heading) => sheet.write_string_with_format(line, 0, heading, &bold)?,
            Entry::Table { title, sheet: name } => sheet.write_url_with_text(line, 0, link(name), title.as_str())?,
            Entry::Empty { title, reason } => {
                sheet.write_string_with_format(line, 0, title, &cells::text_format())?;
                sheet.write_string_with_format(line, 1, reason, &cells::text_format())?
            }
        };
    }
    Ok(())
}

/// A link to the beginning of a sheet.
fn link(sheet: &str) -> Url {
    Url::new(format!("internal:{}!A1", quoted(sheet)))
}

#[cfg(test)]
mod tests;
