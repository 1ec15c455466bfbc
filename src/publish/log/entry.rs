//! One entry of the log: what a run published.

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::by_date::ByDate;
use crate::error::{Error, Problem, Result};
use crate::publish::manifest::{ComparedRun, Manifest, PublishedTable};
use crate::publish::refresh::table_file_name;
use crate::publish::run_id::RunId;

/// A published run, as recorded in `_staunch/log/<version>.json`. All paths are relative to the publish location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// Number of the entry, from 1. Each number is given once; those of damaged files are left out.
    pub version: u64,
    /// Name of the run.
    pub run_id: RunId,
    /// Name of the pipeline.
    pub pipeline: String,
    /// The day the run is for.
    pub as_of_date: NaiveDate,
    /// When it was committed.
    pub committed_at: DateTime<Utc>,
    /// Path of the manifest.
    pub manifest: String,
    /// Tables, by name.
    pub tables: Vec<LoggedTable>,
    /// Reports and the other files beside the tables, by name.
    pub reports: Vec<LoggedReport>,
    /// The run that `latest/` shows once this entry exists: this one, unless it is for an older day.
    pub latest: LatestPointer,
    /// Names of the files that earlier runs put into `latest/` and this run does not publish.
    pub retired: Vec<String>,
    /// The earlier run that it compares itself with; `None` without one, and in logs of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared_to: Option<ComparedRun>,
    /// What was undone, when the entry brings an earlier run back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<Rollback>,
    /// Where the newest entry of every day is; `None` in logs of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_date: Option<ByDate>,
}

/// The run that `latest/` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatestPointer {
    /// Number of its log entry.
    pub version: u64,
    /// The day it is for.
    pub as_of_date: NaiveDate,
}

/// What the entry of a rollback undid. All other fields of such an entry are those of the run that came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollback {
    /// Number of the entry whose run came back.
    pub to: u64,
    /// Who did it: user and host.
    pub by: String,
    /// The newest runs of all later days. Readers and later runs no longer see them.
    pub withdrawn: Vec<WithdrawnNight>,
}

/// A night that a rollback withdrew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawnNight {
    /// The day.
    pub as_of_date: NaiveDate,
    /// Number of its newest entry.
    pub version: u64,
    /// Its tables, whose copies in `history/` go.
    pub tables: Vec<String>,
}

/// A table of a published run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedTable {
    /// Name of the table.
    pub name: String,
    /// Path of its file.
    pub path: String,
    /// Number of rows.
    pub rows: u64,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// A report of a published run, or another file that it puts into `latest/` beside its tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedReport {
    /// Name of the file, such as `loyalty.en.html`.
    pub name: String,
    /// Path of the file.
    pub path: String,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// SHA-256 of the file.
    pub sha256: String,
}

impl From<&PublishedTable> for LoggedTable {
    fn from(table: &PublishedTable) -> Self {
        Self {
            name: table.name.clone(),
            path: table.path.clone(),
            rows: table.rows,
            bytes: table.bytes,
            sha256: table.sha256.clone(),
        }
    }
}

impl LogEntry {
    /// The entry number `version` that a run adds after `previous`, the highest one.
    pub(in crate::publish) fn following(
        version: u64,
        previous: Option<&LogEntry>,
        manifest: &Manifest,
        manifest_path: String,
        committed_at: DateTime<Utc>,
        by_date: Option<ByDate>,
    ) -> Self {
        let own = LatestPointer { version, as_of_date: manifest.as_of_date };
        let shown = previous.map(|entry| entry.latest).filter(|shown| shown.as_of_date > manifest.as_of_date);
        let mut tables: Vec<LoggedTable> = manifest.tables.iter().map(LoggedTable::from).collect();
        tables.sort_by(|left, right| left.name.cmp(&right.name));
        let mut reports: Vec<LoggedReport> = manifest
            .reports
            .iter()
            .map(|report| LoggedReport {
                name: report.name.clone(),
                path: report.path.clone(),
                bytes: report.bytes,
                sha256: report.sha256.clone(),
            })
            .collect();
        reports.sort_by(|left, right| left.name.cmp(&right.name));
        let mut entry = Self {
            version,
            run_id: manifest.run_id.clone(),
            pipeline: manifest.pipeline.clone(),
            as_of_date: manifest.as_of_date,
            committed_at,
            manifest: manifest_path,
            tables,
            reports,
            latest: shown.unwrap_or(own),
            retired: Vec::new(),
            compared_to: manifest.compared_to.clone(),
            rollback: None,
            by_date,
        };
        entry.retire_files_of(previous);
        entry
    }

    /// The entry that brings the run of `restored` back after `previous`, the highest one.
    pub(in crate::publish) fn restoring(
        previous: &LogEntry,
        restored: &LogEntry,
        committed_at: DateTime<Utc>,
        rollback: Rollback,
        by_date: ByDate,
    ) -> Self {
        let version = previous.version + 1;
        let mut entry = Self {
            version,
            committed_at,
            latest: LatestPointer { version, as_of_date: restored.as_of_date },
            retired: Vec::new(),
            rollback: Some(rollback),
            by_date: Some(by_date),
            ..restored.clone()
        };
        entry.retire_files_of(Some(previous));
        entry
    }

    /// Notes the files that earlier runs put into `latest/` and this run does not.
    fn retire_files_of(&mut self, previous: Option<&LogEntry>) {
        let Some(previous) = previous else { return };
        let kept = self.latest_files();
        let mut retired = previous.latest_files();
        retired.extend(previous.retired.iter().cloned());
        retired.retain(|file| !kept.contains(file));
        retired.sort();
        retired.dedup();
        self.retired = retired;
    }

    /// Names of the files that this run puts into `latest/`.
    pub fn latest_files(&self) -> Vec<String> {
        let tables = self.tables.iter().map(|table| table_file_name(&table.name));
        tables.chain(self.reports.iter().map(|report| report.name.clone())).collect()
    }

    /// The table of this name.
    pub fn table(&self, name: &str) -> Option<&LoggedTable> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The entry as the bytes of its file.
    pub(in crate::publish) fn to_bytes(&self) -> Result<Bytes> {
        to_json("the log entry", self)
    }
}

/// Pretty JSON with a line break at the end.
///
/// # Errors
/// The value has a key that is no text, which is a defect.
pub fn to_json(what: &str, value: &impl Serialize) -> Result<Bytes> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|error| {
        Error::execution(Problem::new(format!("{what} cannot be written as JSON")).caused_by(error))
    })?;
    text.push(b'\n');
    Ok(Bytes::from(text))
}
