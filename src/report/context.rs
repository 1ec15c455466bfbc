//! What the run knows about itself and the tables do not.

use chrono::NaiveDate;
use serde::{Serialize, Serializer};

use crate::config::sidecar::Severity;

/// Everything a report shows that is not in a table.
#[derive(Clone, Debug, Serialize)]
pub struct ReportContext {
    /// Name of the pipeline.
    pub pipeline: String,
    /// What the pipeline is for; may be empty.
    pub description: String,
    /// The date the numbers are about.
    pub as_of_date: NaiveDate,
    /// Whole days that end with `as_of_date` in which purchases count, when the pipeline has such a window.
    pub window_days: Option<i64>,
    /// ISO 4217 code of all amounts.
    pub currency: Option<String>,
    /// The run that computed the tables.
    pub run_id: String,
    /// Version of the program.
    pub staunch_version: String,
    /// as_of_date of the earlier run that changes are measured against.
    pub compared_to: Option<NaiveDate>,
    /// Optional inputs that the pipeline does not give: the canonical table, and in words what it would give.
    pub absent_inputs: Vec<(String, String)>,
    /// Every check that ran.
    pub checks: Vec<CheckLine>,
    /// Every source that was read.
    pub inputs: Vec<InputLine>,
    /// Smallest group of customers whose numbers may be shown; 1 shows all.
    pub min_cell: u64,
}

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckLine {
    /// The table it looked at.
    pub table: String,
    /// The rule in words.
    pub rule: String,
    /// What a find means.
    #[serde(serialize_with = "severity_name")]
    pub severity: Severity,
    /// Rows that break the rule.
    pub offending_rows: u64,
    /// Whether the rule holds.
    pub passed: bool,
}

/// A source that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InputLine {
    /// Name of the source.
    pub source: String,
    /// Objects or files.
    pub objects: u64,
    /// Rows in all of them.
    pub rows: u64,
    /// Bytes in all of them, as stored.
    pub bytes: u64,
}

fn severity_name<S: Serializer>(severity: &Severity, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match severity {
        Severity::Warn => "warn",
        Severity::Stop => "stop",
    })
}
