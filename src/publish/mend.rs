//! Restores a damaged copy of a published file from an intact one, and removes what a rollback should have removed.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::location::PublishLocation;
use super::lock::Lock;
use super::log::LogEntry;
use super::refresh::{copy_checked, history_path};
use super::verify::VerifiedFile;
use crate::error::Result;
use crate::storage::upload::Fingerprint;

impl PublishLocation {
    /// Copies the intact file over the damaged one, if it still has the checksum of the published file.
    ///
    /// # Errors
    /// The lock was lost, the intact file changed meanwhile, or the store failed.
    pub async fn mend(&self, damaged: &VerifiedFile, intact: &VerifiedFile, lock: &Lock) -> Result<()> {
        lock.verify().await?;
        let published = Fingerprint { bytes: intact.bytes, sha256: intact.sha256.clone() };
        copy_checked(&self.folder, &intact.path, &damaged.path, &published).await
    }

    /// Files of `history/` that a rollback withdrew and that are still there; `standing` are the days that have a run.
    ///
    /// # Errors
    /// The store fails.
    pub async fn withdrawn_files(&self, entries: &[LogEntry], standing: &BTreeSet<NaiveDate>) -> Result<Vec<String>> {
        let nights =
            entries.iter().filter_map(|entry| entry.rollback.as_ref()).flat_map(|rollback| &rollback.withdrawn);
        let gone = nights.filter(|night| !standing.contains(&night.as_of_date));
        let paths: BTreeSet<String> =
            gone.flat_map(|night| night.tables.iter().map(|table| history_path(table, night.as_of_date))).collect();
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        let present = self.folder.list_below("history").await?.into_iter().map(|file| format!("history/{}", file.path));
        Ok(present.filter(|path| paths.contains(path)).collect())
    }

    /// Removes a file of `history/` that [`PublishLocation::withdrawn_files`] named.
    ///
    /// # Errors
    /// The lock was lost, or the store failed.
    pub async fn remove_withdrawn_file(&self, path: &str, lock: &Lock) -> Result<()> {
        lock.verify().await?;
        self.folder.delete_with_folders(path).await
    }
}
