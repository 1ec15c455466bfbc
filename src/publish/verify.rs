//! Compares the files of a published run with what its log entry and its manifest say.

use futures::{StreamExt, TryStreamExt, stream};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};

use super::location::PublishLocation;
use super::log::{LogEntry, LoggedReport, LoggedTable};
use super::manifest::{Manifest, PublishedTable};
use super::open_table::{published_file, unreadable};
use super::refresh::{history_path, latest_path, table_file_name};
use super::run_files::is_cleaned;
use crate::error::{Error, Result};
use crate::storage::folder::Folder;
use crate::storage::upload::Fingerprint;

/// Files compared at the same time.
const FILES_AT_ONCE: usize = 4;

/// Where a file of a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileCopy {
    /// The run's own folder.
    RunFolder,
    /// `history/`.
    History,
    /// `latest/`.
    Latest,
}

/// What became of a published file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedFile {
    /// Its name among the files of the run, the same for all copies.
    pub name: String,
    /// Path relative to the publish location.
    pub path: String,
    /// Which copy it is.
    pub copy: FileCopy,
    /// Its size as it was published, in bytes.
    pub bytes: u64,
    /// Its SHA-256 as it was published.
    pub sha256: String,
    /// How it differs from what was published; `None` if it does not.
    pub problem: Option<String>,
}

/// Which copies of a run are compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Copies {
    /// Its own folder.
    pub run_folder: bool,
    /// Its tables in `history/`: only the newest run of a day has them.
    pub history: bool,
    /// Its files in `latest/`: only the run that is shown has them.
    pub latest: bool,
}

/// A file to compare.
struct Expected<'a> {
    name: String,
    path: String,
    copy: FileCopy,
    fingerprint: Fingerprint,
    /// The table whose rows and columns the footer must have.
    table: Option<(&'a LoggedTable, Option<&'a PublishedTable>)>,
}

impl PublishLocation {
    /// Reads every file of a run through, and compares size, SHA-256, and the rows and columns of the footers.
    ///
    /// # Errors
    /// `Error::Execution` when the store failed. A file that is missing or differs is a result, not an error.
    pub async fn verify(
        &self,
        entry: &LogEntry,
        manifest: Option<&Manifest>,
        copies: Copies,
    ) -> Result<Vec<VerifiedFile>> {
        // Collected first: a future that borrows from the closure could not move between threads.
        let compared: Vec<_> =
            expected(entry, manifest, copies).into_iter().map(|expected| compare(&self.folder, expected)).collect();
        stream::iter(compared).buffered(FILES_AT_ONCE).try_collect().await
    }

    /// Which copies a run should have: its own folder unless `staunch clean` removed it, `history/` if it is the newest
    /// run of its day, `latest/` if that shows it.
    ///
    /// # Errors
    /// The log cannot be read, or the store fails.
    pub async fn copies_of(&self, entry: &LogEntry) -> Result<Copies> {
        let log = self.log().await?;
        let is_same = |other: Option<LogEntry>| other.is_some_and(|other| other.version == entry.version);
        Ok(Copies {
            run_folder: !is_cleaned(&self.folder, entry.run_id.as_str()).await?,
            history: is_same(log.night(entry.as_of_date).await?),
            latest: is_same(log.shown().await?),
        })
    }
}

fn expected<'a>(entry: &'a LogEntry, manifest: Option<&'a Manifest>, copies: Copies) -> Vec<Expected<'a>> {
    let mut all = Vec::new();
    for table in &entry.tables {
        let described = manifest.and_then(|manifest| manifest.tables.iter().find(|other| other.name == table.name));
        let fingerprint = Fingerprint { bytes: table.bytes, sha256: table.sha256.clone() };
        let mut add = |is_wanted: bool, copy: FileCopy, path: String| {
            if is_wanted {
                let fingerprint = fingerprint.clone();
                let name = table_file_name(&table.name);
                all.push(Expected { name, path, copy, fingerprint, table: Some((table, described)) });
            }
        };
        add(copies.run_folder, FileCopy::RunFolder, table.path.clone());
        add(copies.history, FileCopy::History, history_path(&table.name, entry.as_of_date));
        add(copies.latest, FileCopy::Latest, latest_path(&table_file_name(&table.name)));
    }
    for report in &entry.reports {
        if copies.run_folder {
            all.push(expected_report(report, FileCopy::RunFolder, report.path.clone()));
        }
        if copies.latest {
            all.push(expected_report(report, FileCopy::Latest, latest_path(&report.name)));
        }
    }
    let rejects = manifest.into_iter().flat_map(|manifest| &manifest.rejects).filter(|_| copies.run_folder);
    all.extend(rejects.map(|table| Expected {
        name: format!("rejects/{}", table_file_name(&table.name)),
        path: table.path.clone(),
        copy: FileCopy::RunFolder,
        fingerprint: Fingerprint { bytes: table.bytes, sha256: table.sha256.clone() },
        table: None,
    }));
    all
}

fn expected_report<'a>(report: &LoggedReport, copy: FileCopy, path: String) -> Expected<'a> {
    let fingerprint = Fingerprint { bytes: report.bytes, sha256: report.sha256.clone() };
    Expected { name: report.name.clone(), path, copy, fingerprint, table: None }
}

async fn compare(folder: &Folder, expected: Expected<'_>) -> Result<VerifiedFile> {
    let published = &expected.fingerprint;
    let problem = match folder.fingerprint(&expected.path).await? {
        None => Some("is missing".to_owned()),
        Some(found) if found.bytes != published.bytes => {
            Some(format!("has {} bytes instead of {}", found.bytes, published.bytes))
        }
        Some(found) if found != *published => Some("has other contents (SHA-256)".to_owned()),
        Some(_) => match expected.table {
            Some((table, described)) => footer_problem(folder, &expected.path, table, described).await?,
            None => None,
        },
    };
    let Expected { name, path, copy, fingerprint, .. } = expected;
    Ok(VerifiedFile { name, path, copy, bytes: fingerprint.bytes, sha256: fingerprint.sha256, problem })
}

/// How the footer of a table differs from the log and the manifest.
async fn footer_problem(
    folder: &Folder,
    path: &str,
    table: &LoggedTable,
    described: Option<&PublishedTable>,
) -> Result<Option<String>> {
    let mut reader = published_file(folder, path, table.bytes)?;
    let footer = match ArrowReaderMetadata::load_async(&mut reader, ArrowReaderOptions::new()).await {
        Ok(footer) => footer,
        Err(error) => {
            return match unreadable(folder, path, error) {
                Error::Data(problem) => Ok(Some(problem.message)),
                other => Err(other),
            };
        }
    };
    let rows = footer.metadata().file_metadata().num_rows();
    if u64::try_from(rows) != Ok(table.rows) {
        return Ok(Some(format!("has {rows} rows instead of {}", table.rows)));
    }
    let Some(described) = described else { return Ok(None) };
    let found = footer.schema().fields().iter().map(|field| field.name());
    let is_same = found.eq(described.columns.iter().map(|column| &column.name));
    Ok((!is_same).then(|| "has other columns than the manifest".to_owned()))
}
