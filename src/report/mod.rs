//! Reports: numbers and tables without formatting first ([`LoyaltyReport`]), then one file per format.
//!
//! [`build`] reads a run's own small tables and decides what may be shown: groups of fewer than `min_cell` customers leave
//! here without their numbers, so that no format can show them by mistake. [`render`] turns the same report into HTML or
//! Markdown. Percent, rounding and thousands separators exist only in
//! [`crate::render`]; all wording is in `templates/wording.en.yml`.
//!
//! Beside the tables that it knows, the report shows every published table whose sidecar says how ([`show`]): nothing in
//! here knows what those are about.
//!
//! [`Spreadsheet`] is for lists that people work through.
//!
//! Any table may be absent and any column missing: the report then says what it lacks.

mod build;
mod contents;
mod context;
mod html;
mod markdown;
mod model;
mod page;
mod privacy;
mod show;
mod shown_table;
mod spreadsheet;
mod table;
mod table_view;
mod view;

pub use build::build;
pub use context::{CheckLine, InputLine, ReportContext};
pub use model::{
    Amount, Count, CoverageLine, IndicatorLine, LoyaltyReport, MissingPart, NpsLine, QualityLine, ReasonLine,
    SegmentGroup, Segments,
};
pub use show::{CUSTOMERS_COUNT, TableToShow, show};
pub use shown_table::{AbsentInput, Cell, ShownColumn, ShownRow, ShownTable};
pub use spreadsheet::{SheetDescription, Spreadsheet};

use crate::config::schema::ReportFormat;
use crate::error::Result;

/// The tables that the report `loyalty` reads, one record batch each; any of them may be absent.
pub const TABLES: &[&str] =
    &[table::SEGMENT_SHARES, table::MEASUREMENT_COUNTS, table::NPS, table::INDICATORS, table::INPUT_QUALITY];

/// The report as a document in UTF-8.
///
/// # Errors
///
/// [`crate::error::Error::Execution`] when a template of ours does not fit the report, which is a defect of the program.
pub fn render(report: &LoyaltyReport, format: ReportFormat) -> Result<String> {
    match format {
        ReportFormat::Html => html::render(report),
        ReportFormat::Markdown => markdown::render(report),
    }
}

#[cfg(test)]
mod tests;
