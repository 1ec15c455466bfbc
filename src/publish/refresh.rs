//! `latest/` and `history/`: copies of a published run under names that do not change.

use std::fmt::Display;

use futures::{StreamExt, TryStreamExt};
use object_store::ObjectStoreExt;

use super::location::PublishLocation;
use super::log::{Log, LogEntry, LoggedReport, LoggedTable};
use super::open_table::changed;
use super::rollback::remove_withdrawn;
use crate::error::{Error, Result};
use crate::storage::folder::Folder;
use crate::storage::request_error::Purpose;
use crate::storage::secrets;
use crate::storage::upload::{Fingerprint, Upload};

const COPIES_AT_ONCE: usize = 4;

/// The file of `latest/` that changes last, so that whoever sees it new finds all others new.
pub const STATUS: &str = "status.json";

/// What a refresh changed; paths are relative to the publish location.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// Files of `latest/` that show the run now; empty when `latest/` shows a later day.
    pub latest: Vec<String>,
    /// Files of `history/` that hold the run now.
    pub history: Vec<String>,
    /// Files removed from `latest/` because their output is no longer in the pipeline, and from `history/` because a
    /// rollback withdrew their day.
    pub removed: Vec<String>,
}

/// Copies a committed run to `history/`, and to `latest/` unless that shows a later day (or a later run of the same
/// day). Each file is replaced atomically, but not all files at once; [`STATUS`] is the last one. An interrupted refresh
/// can be repeated.
///
/// # Errors
/// `Error::Data` when a file of the run is missing or damaged, `Error::Execution` when the store failed. The run stays
/// published either way.
pub async fn refresh(location: &PublishLocation, entry: &LogEntry) -> Result<Refreshed> {
    loop {
        let log = location.log().await?;
        if let Some(refreshed) = copy(&location.folder, &log, entry).await? {
            return Ok(refreshed);
        }
    }
}

/// Copies a run to `history/`, and to `latest/` if `log` says that it is shown there. `None` when the log has grown
/// meanwhile, so that this run may no longer be the one to show: the log is looked at before each file.
pub(super) async fn copy(folder: &Folder, log: &Log, entry: &LogEntry) -> Result<Option<Refreshed>> {
    let shown = log.highest().map_or(entry.latest, |highest| highest.latest);
    let copier = Copier { folder, log };
    let mut refreshed = Refreshed::default();
    if !copier.copy_tables(&entry.tables, history_of(entry), &mut refreshed.history).await? {
        return Ok(None);
    }
    refreshed.removed = remove_withdrawn(folder, entry).await?;
    if shown.version == entry.version {
        let in_latest = |table: &LoggedTable| latest_path(&table_file_name(&table.name));
        let (last, others): (Vec<_>, Vec<_>) = entry.reports.iter().partition(|report| report.name == STATUS);
        if !copier.copy_tables(&entry.tables, in_latest, &mut refreshed.latest).await?
            || !copier.copy_reports(&others, &mut refreshed.latest).await?
        {
            return Ok(None);
        }
        refreshed.removed.extend(remove_retired(folder, entry).await?);
        if !copier.copy_reports(&last, &mut refreshed.latest).await? {
            return Ok(None);
        }
    }
    Ok(Some(refreshed))
}

/// Name of a table's file.
pub fn table_file_name(table: &str) -> String {
    format!("{table}.parquet")
}

/// Path of a file in `latest/`, relative to the publish location.
pub fn latest_path(file_name: &str) -> String {
    format!("latest/{file_name}")
}

/// Path of a table in `history/`, relative to the publish location; of the tables of all days when `day` is `*`.
pub fn history_path(table: &str, day: impl Display) -> String {
    format!("history/{table}/as_of_date={day}/{}", table_file_name(table))
}

fn history_of(entry: &LogEntry) -> impl Fn(&LoggedTable) -> String {
    let day = entry.as_of_date;
    move |table| history_path(&table.name, day)
}

/// Copies files as long as the log is the one that says which.
struct Copier<'a> {
    folder: &'a Folder,
    log: &'a Log,
}

impl Copier<'_> {
    /// Copies tables and notes where to; false when the log has grown.
    async fn copy_tables(
        &self,
        tables: &[LoggedTable],
        target: impl Fn(&LoggedTable) -> String,
        copied: &mut Vec<String>,
    ) -> Result<bool> {
        // Collected first: a future that borrows from the closure could not move between threads.
        let copies: Vec<_> = tables.iter().map(|table| self.copy_table(table, target(table))).collect();
        let done: Vec<Option<String>> = futures::stream::iter(copies).buffered(COPIES_AT_ONCE).try_collect().await?;
        let is_all = done.iter().all(Option::is_some);
        copied.extend(done.into_iter().flatten());
        Ok(is_all)
    }

    async fn copy_table(&self, table: &LoggedTable, target: String) -> Result<Option<String>> {
        if self.log.has_grown().await? {
            return Ok(None);
        }
        let expected = Fingerprint { bytes: table.bytes, sha256: table.sha256.clone() };
        copy_checked(self.folder, &table.path, &target, &expected).await?;
        Ok(Some(target))
    }

    /// Copies reports and notes where to; false when the log has grown.
    async fn copy_reports(&self, reports: &[&LoggedReport], copied: &mut Vec<String>) -> Result<bool> {
        let folder = self.folder;
        for report in reports {
            let Some((bytes, _)) = folder.read(&report.path).await? else {
                return Err(damaged(folder, &report.path, "is missing"));
            };
            if Fingerprint::of(&bytes) != (Fingerprint { bytes: report.bytes, sha256: report.sha256.clone() }) {
                return Err(damaged(folder, &report.path, "is damaged"));
            }
            if self.log.has_grown().await? {
                return Ok(false);
            }
            let target = latest_path(&report.name);
            folder.replace(&target, bytes).await?;
            copied.push(target);
        }
        Ok(true)
    }
}

/// Streams a copy of a file, and makes the copy visible only if its checksum is that of the published file.
pub(super) async fn copy_checked(folder: &Folder, from: &str, to: &str, expected: &Fingerprint) -> Result<()> {
    let read_failed = |error| match error {
        missing @ object_store::Error::NotFound { .. } => {
            Error::data(changed(&folder.name(from), "is missing").caused_by(secrets::cause(missing)))
        }
        other => folder.error(Purpose::Read, from, other),
    };
    let write_failed = |error| folder.error(Purpose::Write, to, error);
    let mut bytes = folder.store.get(&folder.path(from)?).await.map_err(read_failed)?.into_stream();
    let mut upload = Upload::new(folder, to)?;
    let copied = loop {
        match bytes.next().await {
            Some(Ok(piece)) => {
                if let Err(error) = upload.append(piece).await {
                    break Err(write_failed(error));
                }
            }
            Some(Err(error)) => break Err(read_failed(error)),
            None if upload.fingerprint() == *expected => break Ok(()),
            None => break Err(damaged(folder, from, "is damaged")),
        }
    };
    match copied {
        Ok(()) => upload.finish().await.map_err(write_failed),
        Err(error) => {
            upload.abort().await;
            Err(error)
        }
    }
}

/// Removes only files that an earlier run put there according to the log. Other files in `latest/` are left alone.
async fn remove_retired(folder: &Folder, entry: &LogEntry) -> Result<Vec<String>> {
    if entry.retired.is_empty() {
        return Ok(Vec::new());
    }
    let present = folder.list_names("latest").await?;
    let mut removed = Vec::new();
    for name in entry.retired.iter().filter(|name| present.contains(name)) {
        folder.delete(&latest_path(name)).await?;
        removed.push(latest_path(name));
    }
    Ok(removed)
}

pub(super) fn damaged(folder: &Folder, path: &str, what: &str) -> Error {
    Error::data(changed(&folder.name(path), what))
}
