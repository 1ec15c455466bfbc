//! The last good night, for monitoring and for tools that wait for it.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Serialize;

use crate::progress::row_count;
use crate::publish::{InputFile, Manifest, SourceFreshness, latest_path, table_file_name};

/// The last good night: `latest/status.json`. It changes after all other files of `latest/`.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Status {
    /// Version of the program.
    pub staunch_version: String,
    /// Name of the pipeline.
    pub pipeline: String,
    /// Name of the run.
    pub run_id: String,
    /// The day that the tables are about.
    #[schemars(with = "String", extend("format" = "date"))]
    pub as_of_date: NaiveDate,
    /// When the run started, UTC.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub started_at: DateTime<Utc>,
    /// When its files were written, just before the commit, UTC.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub finished_at: DateTime<Utc>,
    /// The day of the run that changes are measured against.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub compared_to: Option<NaiveDate>,
    /// Path of the manifest, which tells more; relative to the publish location, as all paths here.
    pub manifest: String,
    /// The tables of `latest/`.
    pub tables: Vec<StatusTable>,
    /// The other files of `latest/` that the run wrote before this one.
    pub files: Vec<StatusFile>,
    /// The sources that were read.
    pub inputs: Vec<StatusInput>,
    /// What the summary of the run warned of, in its order.
    pub warnings: Vec<Warning>,
}

/// A published table.
#[derive(Debug, JsonSchema, Serialize)]
pub struct StatusTable {
    /// Name of the table.
    pub name: String,
    /// Its file.
    pub path: String,
    /// Number of rows.
    pub rows: u64,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// Another published file.
#[derive(Debug, JsonSchema, Serialize)]
pub struct StatusFile {
    /// The file.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of it.
    pub sha256: String,
}

/// A source, all its files together.
#[derive(Debug, JsonSchema, Serialize)]
pub struct StatusInput {
    /// Name of the source.
    pub source: String,
    /// Number of files.
    pub files: u64,
    /// Rows that went into its table.
    pub rows: u64,
    /// Rows that broke its contract.
    pub rows_rejected: u64,
    /// When its newest file was written, as the store says, UTC.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub last_modified: Option<DateTime<Utc>>,
    /// Time of its earliest row, local to the pipeline; `null` if the source has no column of times.
    #[schemars(with = "Option<String>")]
    pub first_event_at: Option<NaiveDateTime>,
    /// Time of its latest row.
    #[schemars(with = "Option<String>")]
    pub last_event_at: Option<NaiveDateTime>,
    /// How old its data was; `null` if the source declares no `freshness`.
    pub freshness: Option<SourceFreshness>,
}

/// Something that the run warned of.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Warning {
    /// What it is about.
    pub kind: WarningKind,
    /// The warning as it was printed.
    pub message: String,
    /// The table that was checked; of a check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The rule in words; of a check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
    /// Name of the source; of rejected rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Rows that break the rule, or that were rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// The file that holds the rejected rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// What a warning is about.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningKind {
    /// A check found rows.
    Check,
    /// A source, such as one that is empty or late.
    Note,
    /// Rows of a source broke its contract and were kept out.
    Rejected,
}

impl Status {
    /// The status that a finished run leaves.
    pub fn of(manifest: &Manifest) -> Self {
        let tables = manifest.tables.iter().map(|table| StatusTable {
            name: table.name.clone(),
            path: latest_path(&table_file_name(&table.name)),
            rows: table.rows,
            bytes: table.bytes,
            sha256: table.sha256.clone(),
        });
        let files = manifest.reports.iter().map(|file| StatusFile {
            path: latest_path(&file.name),
            bytes: file.bytes,
            sha256: file.sha256.clone(),
        });
        Self {
            staunch_version: manifest.staunch_version.clone(),
            pipeline: manifest.pipeline.clone(),
            run_id: manifest.run_id.to_string(),
            as_of_date: manifest.as_of_date,
            started_at: manifest.started_at,
            finished_at: manifest.finished_at,
            compared_to: manifest.compared_to.as_ref().map(|compared| compared.as_of_date),
            manifest: manifest.path(),
            tables: tables.collect(),
            files: files.collect(),
            inputs: inputs(manifest),
            warnings: warnings(manifest),
        }
    }
}

fn inputs(manifest: &Manifest) -> Vec<StatusInput> {
    let mut sources: IndexMap<&str, Vec<&InputFile>> = IndexMap::new();
    for file in &manifest.inputs {
        sources.entry(&file.source).or_default().push(file);
    }
    sources
        .into_iter()
        .map(|(source, files)| StatusInput {
            source: source.to_owned(),
            files: files.len() as u64,
            rows: files.iter().filter_map(|file| file.rows).sum(),
            rows_rejected: files.iter().map(|file| file.rows_rejected).sum(),
            last_modified: files.iter().filter_map(|file| file.last_modified).max(),
            first_event_at: files.iter().filter_map(|file| file.first_event_at).min(),
            last_event_at: files.iter().filter_map(|file| file.last_event_at).max(),
            freshness: manifest.freshness.get(source).cloned(),
        })
        .collect()
}

/// What a check found, which older runs did not write down.
fn found(check: &crate::publish::CheckResult) -> String {
    check.found.clone().unwrap_or_else(|| format!("this does not hold: {}", check.check))
}

/// What the summary of a run warns of: checks that found rows, notes about sources, rejected rows.
pub fn warnings(manifest: &Manifest) -> Vec<Warning> {
    let of = |kind, message| Warning { kind, message, table: None, check: None, source: None, rows: None, path: None };
    let checks = manifest.checks.iter().filter(|check| !check.passed).map(|check| {
        let rows = (check.offending_rows > 0).then_some(check.offending_rows);
        let counted = rows.map(|rows| format!(" ({})", row_count(rows))).unwrap_or_default();
        Warning {
            table: Some(check.table.clone()),
            check: Some(check.check.clone()),
            rows,
            ..of(WarningKind::Check, format!("{}: {}{counted}", check.table, found(check)))
        }
    });
    let notes = manifest.notes.iter().map(|note| of(WarningKind::Note, note.clone()));
    let rejected = manifest.rejects.iter().map(|rejects| Warning {
        source: Some(rejects.name.clone()),
        rows: Some(rejects.rows),
        path: Some(rejects.path.clone()),
        ..of(WarningKind::Rejected, format!("{} of {}", row_count(rejects.rows), rejects.name))
    });
    checks.chain(notes).chain(rejected).collect()
}
