//! The folders below `_staunch/runs`: which there are, and removing the files of old runs.

use std::collections::BTreeMap;

use chrono::SubsecRound;
use serde::Serialize;

use super::location::PublishLocation;
use super::lock::Lock;
use super::log::to_json;
use super::manifest;
use super::run_folder::run_file;
use crate::error::Result;
use crate::storage::folder::Folder;

const RUNS: &str = "_staunch/runs";
/// Says that the files of a run were removed on purpose.
const CLEANED: &str = "cleaned.json";

/// The files of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunFiles {
    /// Files that `clean` would remove: all but the manifest and the mark.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Whether an earlier `clean` removed its files.
    pub is_cleaned: bool,
}

/// The mark of a cleaned run.
#[derive(Debug, Serialize)]
struct CleanedMark<'a> {
    cleaned_at: chrono::DateTime<chrono::Utc>,
    by: &'a str,
}

impl PublishLocation {
    /// Every folder of a run, by the run's identifier.
    ///
    /// # Errors
    /// The store fails.
    pub async fn run_folders(&self) -> Result<BTreeMap<String, RunFiles>> {
        let mut folders: BTreeMap<String, RunFiles> = BTreeMap::new();
        for object in self.folder.list_below(RUNS).await? {
            let Some((run_id, file)) = object.path.split_once('/') else { continue };
            let run = folders.entry(run_id.to_owned()).or_default();
            match file {
                CLEANED => run.is_cleaned = true,
                manifest::FILE_NAME => {}
                _ => {
                    run.files += 1;
                    run.bytes += object.bytes;
                }
            }
        }
        Ok(folders)
    }

    /// Removes the tables, reports and rejected rows of a published run; its manifest stays. A mark is written first, so
    /// that `verify` knows that they were removed on purpose. Can be repeated when it was interrupted.
    ///
    /// # Errors
    /// The lock was lost, or the store failed.
    pub async fn clean_run(&self, run_id: &str, by: &str, lock: &Lock) -> Result<()> {
        lock.verify().await?;
        let mark = CleanedMark { cleaned_at: self.clock.now().trunc_subsecs(3), by };
        self.folder.replace(&run_file(run_id, CLEANED), to_json("the mark of a cleaned run", &mark)?).await?;
        for part in ["tables", "reports", "rejects"] {
            self.folder.delete_below(&run_file(run_id, part)).await?;
        }
        Ok(())
    }

    /// Removes the folder of a run that was never published.
    ///
    /// # Errors
    /// The lock was lost, or the store failed.
    pub async fn remove_dead_run(&self, run_id: &str, lock: &Lock) -> Result<()> {
        lock.verify().await?;
        self.folder.delete_below(run_file(run_id, "").trim_end_matches('/')).await
    }

    /// Whether the files of a run were removed by `clean`.
    ///
    /// # Errors
    /// The store fails.
    pub async fn is_cleaned(&self, run_id: &str) -> Result<bool> {
        is_cleaned(&self.folder, run_id).await
    }
}

pub(super) async fn is_cleaned(folder: &Folder, run_id: &str) -> Result<bool> {
    Ok(folder.read(&run_file(run_id, CLEANED)).await?.is_some())
}
