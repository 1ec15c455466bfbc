//! `latest/` and `history/`: copies of a published run under names that do not change.

use std::fmt::Display;

use futures::{StreamExt, TryStreamExt};
use object_store::ObjectStoreExt;

use super::location::PublishLocation;
use super::log::{LogEntry, LoggedReport, LoggedTable};
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
    let folder = &location.folder;
    let shown = location.latest_commit().await?.map_or(entry.latest, |highest| highest.latest);
    let mut refreshed =
        Refreshed { history: copy_tables(folder, &entry.tables, history_of(entry)).await?, ..Refreshed::default() };
    refreshed.removed = remove_withdrawn(folder, entry).await?;
    if shown.version == entry.version {
        refreshed.latest =
            copy_tables(folder, &entry.tables, |table| latest_path(&table_file_name(&table.name))).await?;
        let is_last = |report: &&LoggedReport| report.name == STATUS;
        refreshed.latest.extend(copy_reports(folder, entry.reports.iter().filter(|report| !is_last(report))).await?);
        refreshed.removed.extend(remove_retired(folder, entry).await?);
        refreshed.latest.extend(copy_reports(folder, entry.reports.iter().filter(is_last)).await?);
    }
    Ok(refreshed)
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

async fn copy_tables(
    folder: &Folder,
    tables: &[LoggedTable],
    target: impl Fn(&LoggedTable) -> String,
) -> Result<Vec<String>> {
    // Collected first: a future that borrows from the closure could not move between threads.
    let copies: Vec<_> = tables.iter().map(|table| copy_table(folder, table, target(table))).collect();
    futures::stream::iter(copies).buffered(COPIES_AT_ONCE).try_collect().await
}

async fn copy_table(folder: &Folder, table: &LoggedTable, target: String) -> Result<String> {
    let expected = Fingerprint { bytes: table.bytes, sha256: table.sha256.clone() };
    copy_checked(folder, &table.path, &target, &expected).await?;
    Ok(target)
}

async fn copy_reports(folder: &Folder, reports: impl Iterator<Item = &LoggedReport>) -> Result<Vec<String>> {
    let mut copied = Vec::new();
    for report in reports {
        let Some((bytes, _)) = folder.read(&report.path).await? else {
            return Err(damaged(folder, &report.path, "is missing"));
        };
        if Fingerprint::of(&bytes) != (Fingerprint { bytes: report.bytes, sha256: report.sha256.clone() }) {
            return Err(damaged(folder, &report.path, "is damaged"));
        }
        let target = latest_path(&report.name);
        folder.replace(&target, bytes).await?;
        copied.push(target);
    }
    Ok(copied)
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
