//! Reports: numbers and tables without formatting first ([`LoyaltyReport`]), then one file per format.
//!
//! [`build`] reads a run's own small tables and decides what may be shown: groups of fewer than `min_cell` customers leave
//! here without their numbers, so that no format can show them by mistake. A [`Format`] writes the same report as a file.
//! Percent, rounding and thousands separators exist only in [`crate::render`]; all wording is in `texts/`, one file per
//! language, and the headings of sections and names of figures and codes in the catalogue. A report is built once per
//! language: the numbers are the same.
//!
//! Beside the tables that it knows, the report shows every published table whose sidecar says how ([`show`]): nothing in
//! here knows what those are about.
//!
//! [`Spreadsheet`] is for lists that people work through.
//!
//! Any table may be absent and any column missing: the report then says what it lacks.

mod against;
mod build;
mod charts;
mod code_words;
mod context;
mod first_view;
mod formats;
mod headline;
mod key_figures;
mod model;
mod nps_words;
mod parts;
mod privacy;
mod row_filter;
mod rules;
mod show;
mod shown_table;
mod small_groups;
mod spreadsheet;
mod table;
mod table_view;
mod texts;
mod trends;
mod untranslated;
mod values;
mod view;

use crate::config::language::Language;
use crate::config::sidecar::Check;
use crate::error::Result;

pub use against::against;
pub use build::{SEGMENT_ORDER, build};
pub use context::{
    CheckLine, CodeLabels, InputLine, LoyaltyRules, RecommendScale, ReportBlock, ReportContext, ReportSection,
    WantedFigure,
};
pub use formats::{Format, Page, documents, of as format, read_json, to_json};
pub use model::{
    Amount, Count, CoverageLine, IndicatorLine, KeyFigureLine, LoyaltyReport, MissingPart, NewestLine, NpsLine,
    QualityLine, ReasonLine, SegmentGroup, Segments,
};
pub(crate) use row_filter::widest;
pub use show::{TableToShow, first_row, show};
pub use shown_table::{AbsentInput, Cell, ShownChart, ShownColumn, ShownRow, ShownTable};
pub use spreadsheet::{OwnerRows, SHEET_ROWS, SheetDescription, Spreadsheet, file_name as spreadsheet_name};
pub use trends::{Change, ChangeLine, Figure, NightFigures, TrendPoint, times_margin};
pub use untranslated::untranslated;

/// The table whose figures of earlier nights are the report's trends.
pub const FIGURES_TABLE: &str = table::INDICATORS;

/// The tables that the report `loyalty` reads, one record batch each; any of them may be absent.
pub const TABLES: &[&str] = &[
    table::SEGMENT_SHARES,
    table::MEASUREMENT_COUNTS,
    table::NPS,
    table::INDICATORS,
    table::INPUT_QUALITY,
    table::NEWEST_DATA,
];

/// The rule of a check in the words of a language.
///
/// # Errors
/// The texts of the language have a mistake, which is a defect of the program.
pub fn rule(check: &Check, language: Language) -> Result<String> {
    rules::in_words(check, &texts::texts(language)?)
}

/// What is so when the rule of a check is broken, in the words of a language.
///
/// # Errors
/// The texts of the language have a mistake, which is a defect of the program.
pub fn found(check: &Check, language: Language) -> Result<String> {
    rules::broken(check, &texts::texts(language)?)
}

#[cfg(test)]
mod tests;
