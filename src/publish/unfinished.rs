//! Completes what the log says is missing in `latest/` and `history/`, for this run and for earlier ones.
//!
//! `_staunch/shown.json` holds the number of a log entry: the files of all entries up to it were shown. A run that was
//! killed after its commit leaves a number that is too small, and the next run shows the entries above it. A number that is
//! too small only costs copies, so nothing depends on when it is written.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::location::PublishLocation;
use super::log::{Log, LogEntry, Standing, to_json};
use super::refresh::copy;
use crate::error::Result;
use crate::storage::folder::Folder;
use crate::storage::retry::{ATTEMPTS, pause};

/// The number of the last entry whose files were shown.
pub(super) const SHOWN: &str = "_staunch/shown.json";

/// Times that the log may grow while files are copied. The lock makes even one rare.
const ROUNDS: u32 = 16;

#[derive(Serialize, Deserialize)]
struct Shown {
    version: u64,
}

/// What showing runs came to.
#[derive(Debug, Default)]
pub struct ShownRuns {
    /// Files of `latest/` that show the run now; empty when `latest/` shows a later day.
    pub latest: Vec<String>,
    /// What could not be shown of earlier runs, in words.
    pub warnings: Vec<String>,
    /// Whether trying again would show no more.
    is_complete: bool,
}

/// Shows all runs that the log has and `latest/` and `history/` lack. Failures of the store are retried.
///
/// # Errors
/// Those of the run `own`. What cannot be shown of other runs is a warning; without `own`, everything is.
pub(super) async fn show_all(location: &PublishLocation, own: Option<&LogEntry>) -> Result<ShownRuns> {
    let mut attempt = 1;
    loop {
        match show_once(location, own).await {
            Err(error) if error.exit_code() == 1 && attempt < ATTEMPTS => {
                tracing::debug!(%error, "trying again to show the run");
                pause(attempt).await;
                attempt += 1;
            }
            result => return result,
        }
    }
}

async fn show_once(location: &PublishLocation, own: Option<&LogEntry>) -> Result<ShownRuns> {
    let folder = &location.folder;
    let mut shown = ShownRuns::default();
    for round in 0..ROUNDS {
        let log = Log::open(folder).await?;
        let Some(highest) = log.highest() else { break };
        let mut entries = unshown(folder, &log, own).await?;
        // A run that was suspended while others committed may have put an older file into `latest/`.
        if round > 0 && !entries.iter().any(|entry| entry.version == highest.latest.version) {
            entries.push(log.read(highest.latest.version).await?);
        }
        if entries.is_empty() {
            break;
        }
        shown = show_entries(folder, &log, &entries, own).await?;
        if !log.has_grown().await? {
            if shown.is_complete {
                note_shown(folder, highest.version).await;
            }
            break;
        }
    }
    Ok(shown)
}

async fn show_entries(folder: &Folder, log: &Log, entries: &[LogEntry], own: Option<&LogEntry>) -> Result<ShownRuns> {
    let mut shown = ShownRuns { is_complete: true, ..ShownRuns::default() };
    for entry in entries {
        let is_own = own.is_some_and(|own| own.version == entry.version);
        match copy(folder, log, entry).await {
            Ok(Some(refreshed)) if is_own => shown.latest = refreshed.latest,
            Ok(Some(_)) => {}
            // The next round shows the newer log.
            Ok(None) => break,
            Err(error) if is_own => return Err(error),
            Err(error) => {
                // Files that are lost or damaged stay so; a store may answer tomorrow.
                shown.is_complete &= error.exit_code() == 3;
                let day = entry.as_of_date;
                shown.warnings.push(format!("`latest/` or `history/` lacks files of the run for {day}: {error}"));
            }
        }
    }
    Ok(shown)
}

/// The newest entry of each day above the number that was noted, and `own`, oldest first. Without a note, as in a location
/// of an older version of the program, the highest entry counts as not shown.
async fn unshown(folder: &Folder, log: &Log, own: Option<&LogEntry>) -> Result<Vec<LogEntry>> {
    let noted = match folder.read(SHOWN).await? {
        Some((bytes, _)) => serde_json::from_slice(&bytes).ok().map(|Shown { version }| version),
        None => None,
    };
    let highest = log.highest().map_or(0, |highest| highest.version);
    let mut above = log.entries_above(noted.unwrap_or_else(|| highest.saturating_sub(1))).await?;
    // What a rollback withdrew is not shown again.
    let mut standing = Standing::default();
    above.retain(|entry| standing.includes(entry));
    let mut by_day: BTreeMap<NaiveDate, LogEntry> = BTreeMap::new();
    for entry in above.into_iter().chain(own.cloned()) {
        if by_day.get(&entry.as_of_date).is_none_or(|other| other.version < entry.version) {
            by_day.insert(entry.as_of_date, entry);
        }
    }
    let mut entries: Vec<LogEntry> = by_day.into_values().collect();
    entries.sort_by_key(|entry| entry.version);
    Ok(entries)
}

/// Best effort: without the note, the next run copies the same files again.
async fn note_shown(folder: &Folder, version: u64) {
    let noted = match to_json("the number of the last entry shown", &Shown { version }) {
        Ok(bytes) => folder.replace(SHOWN, bytes).await,
        Err(error) => Err(error),
    };
    if let Err(error) = noted {
        tracing::debug!(%error, "the next run will copy the same files again");
    }
}
