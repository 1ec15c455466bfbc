//! The commit log: one small file per published run, numbered, never changed. The highest number is current.

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use futures::{StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use super::manifest::Manifest;
use super::run_id::RunId;
use crate::error::{Error, Problem, Result};
use crate::storage::folder::Folder;

const LOG_FOLDER: &str = "_staunch/log";
/// How far back the log is searched for an earlier date: more than two years of nights.
const SEARCHED_ENTRIES: usize = 800;
const READS_AT_ONCE: usize = 8;

/// A published run, as `_staunch/log/<version>.json` has it. All paths are relative to the publish location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// Number of the entry, from 1 without gaps.
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
    /// Reports, by name.
    pub reports: Vec<LoggedReport>,
    /// The run that `latest/` shows once this entry is there: this one, unless it is for an older day.
    pub latest: LatestPointer,
    /// Files that earlier runs put into `latest/` and this run does not publish, by name.
    pub retired: Vec<String>,
}

/// The run that `latest/` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatestPointer {
    /// Number of its log entry.
    pub version: u64,
    /// The day it is for.
    pub as_of_date: NaiveDate,
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

/// A report of a published run.
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

impl LogEntry {
    /// The entry that a run would add after `previous`, the highest one.
    pub(super) fn following(
        previous: Option<&LogEntry>,
        manifest: &Manifest,
        manifest_path: String,
        committed_at: DateTime<Utc>,
    ) -> Self {
        let version = previous.map_or(1, |entry| entry.version + 1);
        let own = LatestPointer { version, as_of_date: manifest.as_of_date };
        let shown = previous.map(|entry| entry.latest).filter(|shown| shown.as_of_date > manifest.as_of_date);
        let mut tables: Vec<LoggedTable> = manifest
            .tables
            .iter()
            .map(|table| LoggedTable {
                name: table.name.clone(),
                path: table.path.clone(),
                rows: table.rows,
                bytes: table.bytes,
                sha256: table.sha256.clone(),
            })
            .collect();
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
        };
        if let Some(previous) = previous {
            let kept = entry.latest_files();
            let mut retired = previous.latest_files();
            retired.extend(previous.retired.iter().cloned());
            retired.retain(|file| !kept.contains(file));
            retired.sort();
            retired.dedup();
            entry.retired = retired;
        }
        entry
    }

    /// Names of the files that this run puts into `latest/`.
    pub fn latest_files(&self) -> Vec<String> {
        let tables = self.tables.iter().map(|table| format!("{}.parquet", table.name));
        tables.chain(self.reports.iter().map(|report| report.name.clone())).collect()
    }

    /// The table of this name.
    pub fn table(&self, name: &str) -> Option<&LoggedTable> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The entry as the bytes of its file.
    pub(super) fn to_bytes(&self) -> Result<Bytes> {
        to_json("the log entry", self)
    }
}

/// Pretty JSON with a line break at the end.
pub(super) fn to_json(what: &str, value: &impl Serialize) -> Result<Bytes> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|error| {
        Error::execution(Problem::new(format!("{what} cannot be written as JSON")).caused_by(error))
    })?;
    text.push(b'\n');
    Ok(Bytes::from(text))
}

/// Path of an entry relative to the publish location.
pub(super) fn entry_path(version: u64) -> String {
    format!("{LOG_FOLDER}/{version:012}.json")
}

/// The highest entry; `None` when nothing was published yet.
pub(super) async fn highest(folder: &Folder) -> Result<Option<LogEntry>> {
    match versions(folder).await?.first() {
        Some(version) => Ok(Some(read(folder, *version).await?)),
        None => Ok(None),
    }
}

/// One entry.
pub(super) async fn read(folder: &Folder, version: u64) -> Result<LogEntry> {
    let path = entry_path(version);
    let broken = |what: &str| {
        Problem::new(format!("log entry `{}` {what}", folder.name(&path)))
            .hint("restore the file; the run folders below `_staunch/runs` say what was published")
    };
    let Some((bytes, _)) = folder.read(&path).await? else {
        return Err(Error::data(broken("is missing")));
    };
    let entry: LogEntry =
        serde_json::from_slice(&bytes).map_err(|error| Error::data(broken("cannot be read").caused_by(error)))?;
    if entry.version != version {
        return Err(Error::data(broken(&format!("says it is version {}", entry.version))));
    }
    Ok(entry)
}

/// The published run with the latest day before `before`; of several for that day, the last committed.
///
/// Days, not commits, decide, so that a backfill of older days does not become what tonight is compared with. Reads
/// the log newest first, stops at the day just before, and gives up after [`SEARCHED_ENTRIES`].
pub(super) async fn latest_before(folder: &Folder, before: NaiveDate) -> Result<Option<LogEntry>> {
    let searched: Vec<u64> = versions(folder).await?.into_iter().take(SEARCHED_ENTRIES).collect();
    let mut entries = futures::stream::iter(searched).map(|version| read(folder, version)).buffered(READS_AT_ONCE);
    let mut best: Option<LogEntry> = None;
    while let Some(entry) = entries.try_next().await? {
        let is_earlier = entry.as_of_date < before;
        if is_earlier && best.as_ref().is_none_or(|best| entry.as_of_date > best.as_of_date) {
            let cannot_be_beaten = entry.as_of_date.succ_opt() == Some(before);
            best = Some(entry);
            if cannot_be_beaten {
                break;
            }
        }
    }
    Ok(best)
}

/// All versions in the log, highest first.
async fn versions(folder: &Folder) -> Result<Vec<u64>> {
    let names = folder.list_names(LOG_FOLDER).await?;
    let mut versions: Vec<u64> = names.iter().filter_map(|name| version_in(name)).collect();
    versions.sort_unstable_by(|left, right| right.cmp(left));
    Ok(versions)
}

fn version_in(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".json").filter(|digits| digits.len() == 12)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbered_files_are_log_entries() {
        assert_eq!(version_in("000000000042.json"), Some(42));
        assert_eq!(version_in("42.json"), None);
        assert_eq!(version_in("000000000042.json.bak"), None);
        assert_eq!(version_in("00000000004+.json"), None);
    }
}
