//! The manifest of a run, `manifest.json` in its folder: inputs, versions of queries and definitions, checks and
//! outputs.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::run_folder::run_file;
use super::run_id::RunId;
use crate::config::sidecar::Severity;

/// Name of the file.
pub(super) const FILE_NAME: &str = "manifest.json";

/// Everything that is needed to understand, compare and repeat a run. JSON keys keep the order of these fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the program.
    pub staunch_version: String,
    /// Name of the pipeline.
    pub pipeline: String,
    /// Name of the run.
    pub run_id: RunId,
    /// The day the run is for.
    pub as_of_date: NaiveDate,
    /// Who published it: user and host; `None` in runs of older versions.
    #[serde(default)]
    pub published_by: Option<String>,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// When its tables and reports were written, just before the commit.
    pub finished_at: DateTime<Utc>,
    /// Values of all parameters, as text.
    pub parameters: IndexMap<String, String>,
    /// Definitions that queries read as tables: the questionnaire, the definition of a loyal customer.
    #[serde(default)]
    pub definitions: Vec<DefinitionVersion>,
    /// Files that were read.
    pub inputs: Vec<InputFile>,
    /// Queries that were run.
    pub queries: Vec<QueryVersion>,
    /// Queries that an override of the pipeline replaced.
    #[serde(default)]
    pub overrides: Vec<OverriddenQuery>,
    /// Tables that are published.
    pub tables: Vec<PublishedTable>,
    /// Reports that are published, and the other files that go into `latest/` beside the tables.
    pub reports: Vec<PublishedReport>,
    /// The reports as numbers, from which they can be rendered again. They stay in the folder of the run.
    #[serde(default)]
    pub models: Vec<PublishedReport>,
    /// Rejected rows, a file for each source that had any.
    #[serde(default)]
    pub rejects: Vec<PublishedTable>,
    /// What the summary told about the sources.
    #[serde(default)]
    pub notes: Vec<String>,
    /// How old the data of the sources was that declare `freshness`, by source.
    #[serde(default)]
    pub freshness: BTreeMap<String, SourceFreshness>,
    /// Checks and what they found.
    pub checks: Vec<CheckResult>,
    /// The earlier run that this one is compared with.
    pub compared_to: Option<ComparedRun>,
    /// The earlier nights that the trends of its reports show, oldest first.
    #[serde(default)]
    pub trend_runs: Vec<ComparedRun>,
}

impl Manifest {
    /// Path of its file, relative to the publish location.
    pub fn path(&self) -> String {
        run_file(self.run_id.as_str(), FILE_NAME)
    }
}

/// One file that a run read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputFile {
    /// Name of the source it belongs to.
    pub source: String,
    /// Path or URL.
    pub location: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// The store's ETag of this content, if it has one.
    pub etag: Option<String>,
    /// When it was last written, as the store says.
    pub last_modified: Option<DateTime<Utc>>,
    /// The store's version of it, when the store keeps versions.
    #[serde(default)]
    pub version: Option<String>,
    /// SHA-256 of the file; of a Parquet file, of its footer.
    #[serde(default)]
    pub sha256: Option<String>,
    /// SHA-256 of the names and types of its columns; `None` in JSON files, whose rows name them.
    #[serde(default)]
    pub columns_sha256: Option<String>,
    /// Time of the earliest row, by the source's column of times, local to the pipeline; `None` without such a column.
    #[serde(default)]
    pub first_event_at: Option<NaiveDateTime>,
    /// Time of the latest row.
    #[serde(default)]
    pub last_event_at: Option<NaiveDateTime>,
    /// Rows that went into the table; `None` in runs that did not count them.
    pub rows: Option<u64>,
    /// Rows that the file has: those in the table, rejected, left out and duplicate.
    #[serde(default)]
    pub rows_read: u64,
    /// Rows that broke the contract.
    #[serde(default)]
    pub rows_rejected: u64,
    /// Rows that are no data, by `drop_where` or `skip_last`.
    #[serde(default)]
    pub rows_left_out: u64,
    /// Rows left out because another row has the same `unique` values, or another file the same content.
    #[serde(default)]
    pub rows_duplicate: u64,
}

/// How old the data of a source was when the run started.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct SourceFreshness {
    /// Time of its latest row or file, local to the pipeline; `null` if it has none.
    #[schemars(with = "Option<String>")]
    pub latest: Option<NaiveDateTime>,
    /// Seconds since then.
    pub age_seconds: Option<i64>,
    /// What that means.
    pub state: FreshnessState,
    /// Seconds of the limit that was passed, if any.
    pub limit_seconds: Option<u64>,
}

/// What the age of data means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FreshnessState {
    /// Younger than every limit.
    Fresh,
    /// Older than `warn_after`.
    Late,
    /// Older than `stop_after`.
    Stale,
}

/// The exact text of a definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinitionVersion {
    /// Key of the pipeline file that refers to it.
    pub key: String,
    /// File as the pipeline writes it.
    pub file: String,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// The exact text of a query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryVersion {
    /// Name of the query and its table.
    pub name: String,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// A query that an override of the pipeline replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverriddenQuery {
    /// Name of the query and its table.
    pub name: String,
    /// The file that defines it, as the pipeline writes it.
    pub file: String,
    /// The file that it replaces.
    pub replaces: String,
}

/// A table's file in the run's folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublishedTable {
    /// Name of the table.
    pub name: String,
    /// Path relative to the publish location.
    pub path: String,
    /// Number of rows.
    pub rows: u64,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Seconds that computing it took; filled in by the caller.
    pub seconds: Option<f64>,
    /// Columns, in order.
    pub columns: Vec<PublishedColumn>,
    /// Columns that together identify a row; empty if none are declared, and in runs of older versions.
    #[serde(default)]
    pub key: Vec<String>,
    /// Columns that the rows are sorted by, ascending with NULLs last; empty in runs of older versions.
    #[serde(default)]
    pub sorted_by: Vec<String>,
}

/// A column of a published table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedColumn {
    /// Name.
    pub name: String,
    /// Type as sidecars write it.
    #[serde(rename = "type")]
    pub data_type: String,
    /// Whether values may be missing: false if a check that stops the run ensures that they are there.
    #[serde(default = "yes")]
    pub nullable: bool,
    /// Unit of the values.
    pub unit: Option<String>,
    /// What the values mean.
    pub description: String,
}

fn yes() -> bool {
    true
}

/// A report's file in the run's folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedReport {
    /// Name of the file, such as `loyalty.en.html`.
    pub name: String,
    /// Path relative to the publish location.
    pub path: String,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// The table that was checked.
    pub table: String,
    /// The check, in words.
    pub check: String,
    /// What is so since rows break the rule, in words; nothing where it holds, and in manifests of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// What happens if the rule is broken.
    pub severity: CheckSeverity,
    /// Rows that break the rule; none for a rule about the table as a whole.
    pub offending_rows: u64,
    /// Whether the rule holds.
    pub passed: bool,
}

/// What happens when a check finds something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckSeverity {
    /// The run is published with a warning.
    Warn,
    /// The run is not published.
    Stop,
}

impl From<Severity> for CheckSeverity {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Warn => Self::Warn,
            Severity::Stop => Self::Stop,
        }
    }
}

/// An earlier run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparedRun {
    /// Name of the run.
    pub run_id: RunId,
    /// The day it was for.
    pub as_of_date: NaiveDate,
}
