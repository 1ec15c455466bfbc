//! The report as numbers, for programs: one JSON document with everything, as its published schema says.
//!
//! Shares and rates are 0 to 1, dates ISO 8601. Groups that are too small have no numbers, as in all formats.

use super::{Format, Page};
use crate::error::{Error, Problem, Result};
use crate::report::LoyaltyReport;

/// Reads a report back that this program wrote as JSON.
///
/// # Errors
/// `Error::Data` when it is no report, or one of another version of the program that this one cannot read.
pub fn read(document: &[u8]) -> Result<LoyaltyReport> {
    serde_json::from_slice(document)
        .map_err(|error| Error::data(Problem::new("the stored report cannot be read").caused_by(error)))
}

/// A document for programs.
pub(super) struct Json;

impl Format for Json {
    fn extension(&self) -> &'static str {
        "json"
    }

    fn is_one_file(&self) -> bool {
        true
    }

    fn write(&self, report: &LoyaltyReport, _: &Page<'_>) -> Result<Vec<u8>> {
        let mut text = serde_json::to_vec_pretty(report).map_err(cannot_write)?;
        text.push(b'\n');
        Ok(text)
    }
}

/// The report as [`read`] reads it, without spaces.
///
/// # Errors
/// `Error::Execution` when the report cannot be written, which is a defect of the program.
pub fn write(report: &LoyaltyReport) -> Result<Vec<u8>> {
    serde_json::to_vec(report).map_err(cannot_write)
}

fn cannot_write(error: serde_json::Error) -> Error {
    Error::execution(Problem::new("cannot write the report as JSON").caused_by(error))
}
