//! Removes what ended runs left behind. Nothing of it is ever read, so this is never a reason to fail.

use std::collections::HashSet;
use std::path::{Path as DiskPath, PathBuf};

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::lock_record::{LOCK, LockRecord};
use super::log::{Log, LogEntry};
use super::process::ProcessIdentity;
use super::run_folder::{RUNS, run_file};
use super::run_id::RunId;
use super::unfinished::SHOWN;
use crate::error::Result;
use crate::storage::address::Scheme;
use crate::storage::disk_writes::remove_abandoned;
use crate::storage::folder::{Folder, staging_folder};

/// Age of a small file after which nobody can be using it any more.
const OLD: TimeDelta = TimeDelta::hours(1);
/// Entries of the log that are read to learn which runs it names. Older folders were looked at by earlier runs.
const ENTRIES: u64 = 32;
/// Entries by which the order of commits may differ from the order in which runs started.
const SLACK: usize = 8;

/// A small file that is used for a moment, with who uses it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Probe {
    /// Distinguishes the bytes of several attempts.
    pub attempt: String,
    /// The process that writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<ProcessIdentity>,
}

/// Removes unfinished files, probes and claims of ended processes. Only whoever holds the lock may call it.
pub(super) async fn remove_small_files(folder: &Folder) {
    if folder.scheme == Scheme::Disk {
        let root = folder.root.to_string();
        let staging = staging_folder(&folder.root);
        // Runs of this version note what they showed.
        let is_of_older_version = folder.read(SHOWN).await.is_ok_and(|note| note.is_none());
        let removed = tokio::task::spawn_blocking(move || {
            for shown in ["latest", "history"].iter().filter(|_| is_of_older_version) {
                remove_unfinished_copies(&PathBuf::from(format!("/{root}/{shown}")));
            }
            remove_abandoned(&staging)
        });
        match removed.await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::debug!(%error, "unfinished files of ended runs remain"),
            Err(error) => tracing::debug!(%error, "unfinished files of ended runs remain"),
        }
    }
    if let Err(error) = remove_probes_and_claims(folder).await {
        tracing::debug!(%error, "probes of ended runs remain");
    }
}

async fn remove_probes_and_claims(folder: &Folder) -> Result<()> {
    // The lock of this run was written just now, by the store's clock.
    let Some((_, lock)) = folder.read(LOCK).await? else { return Ok(()) };
    for name in folder.list_names("_staunch").await? {
        if !(name.starts_with("probe-") || name.starts_with("lock-takeover-")) {
            continue;
        }
        let path = format!("_staunch/{name}");
        let Some((bytes, object)) = folder.read(&path).await? else { continue };
        let probe = serde_json::from_slice::<Probe>(&bytes).ok().and_then(|probe| probe.process);
        let claim = || serde_json::from_slice::<LockRecord>(&bytes).ok().and_then(|claim| claim.process);
        let has_ended = probe.or_else(claim).is_some_and(|process| process.has_ended());
        if has_ended || lock.last_modified - object.last_modified > OLD {
            folder.delete(&path).await?;
        }
    }
    Ok(())
}

/// Removes files such as `x.parquet#1`, which older versions of the program left beside their target when they were killed.
/// Listings of the store leave them out; other programs read them.
fn remove_unfinished_copies(folder: &DiskPath) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let is_unfinished = name.rsplit_once('#').is_some_and(|(before, number)| {
            before.contains('.') && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        });
        if path.is_dir() && !path.is_symlink() {
            remove_unfinished_copies(&path);
        } else if is_unfinished {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Removes the folders of runs that started before `run` and are not in the log.
///
/// Only a run that has just committed may call it: a run that was suspended before its own commit then finds its number
/// taken and its lock lost, so it can never publish files that are removed here.
pub(super) async fn remove_dead_runs(folder: &Folder, run: &RunId) -> Result<()> {
    let log = Log::open(folder).await?;
    let first = log.highest().map_or(0, |highest| highest.version).saturating_sub(ENTRIES);
    let entries = log.entries_above(first).await?;
    let is_whole = log.damaged().is_empty() && log.count_above(first) == entries.len();
    let named: HashSet<&str> = entries.iter().flat_map(runs_named_by).collect();
    // Runs that started after the first ones that were read cannot be in an entry that was not.
    let known_from = entries.iter().rev().take(SLACK).map(|entry| entry.run_id.as_str()).max().unwrap_or_default();
    for name in folder.list_folders(RUNS).await? {
        let is_known = first == 0 || name.as_str() > known_from;
        if name.as_str() >= run.as_str() || named.contains(name.as_str()) || !is_known {
            continue;
        }
        // A damaged entry may name a run that has a manifest.
        if !is_whole && folder.read(&run_file(&name, super::manifest::FILE_NAME)).await?.is_some() {
            continue;
        }
        folder.delete_below(&format!("{RUNS}/{name}")).await?;
    }
    Ok(())
}

/// The runs whose files an entry names: its own, and another one when it shows that run's files again.
fn runs_named_by(entry: &LogEntry) -> impl Iterator<Item = &str> {
    let tables = entry.tables.iter().map(|table| table.path.as_str());
    let paths = tables.chain(entry.reports.iter().map(|report| report.path.as_str())).chain([entry.manifest.as_str()]);
    let runs = paths.filter_map(|path| path.strip_prefix(RUNS)?.strip_prefix('/')?.split('/').next());
    runs.chain([entry.run_id.as_str()])
}
