//! Brings an earlier run back: a new entry of the log with the files of that run.

use chrono::SubsecRound;

use super::location::PublishLocation;
use super::lock::Lock;
use super::log::{LogEntry, Rollback, WithdrawnNight, entry_path};
use crate::error::{Error, Problem, Result};
use crate::storage::conditional_put::Created;
use crate::storage::folder::Folder;

impl PublishLocation {
    /// The nights after the day of `restored`, which bringing it back withdraws, oldest first.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn withdrawn_by(&self, restored: &LogEntry) -> Result<Vec<WithdrawnNight>> {
        let nights = self.log().await?.nights().await?;
        let later = nights.into_iter().filter(|night| night.as_of_date > restored.as_of_date);
        Ok(later
            .map(|night| WithdrawnNight {
                as_of_date: night.as_of_date,
                version: night.version,
                tables: night.tables.into_iter().map(|table| table.name).collect(),
            })
            .collect())
    }

    /// Adds a log entry that brings the run of `restored` back and withdraws all later days. The caller has verified
    /// the files of the run, and refreshes `latest/` and `history/` afterwards.
    ///
    /// # Errors
    /// `Error::Locked` when another run took the lock over or published meanwhile, `Error::Data` when the log is
    /// damaged, `Error::Execution` when the store failed. Nothing was changed then.
    pub async fn roll_back(&self, restored: &LogEntry, by: &str, lock: &Lock) -> Result<LogEntry> {
        let withdrawn = self.withdrawn_by(restored).await?;
        lock.verify().await?;
        let log = self.log().await?;
        let Some(highest) = log.highest() else {
            return Err(Error::invalid(Problem::new(format!("nothing is published at `{}` yet", self.written()))));
        };
        let by_date = log.by_date_with(restored.as_of_date).await?.ok_or_else(|| {
            Error::data(
                Problem::new(format!("an entry of the log of `{}` is damaged", self.written()))
                    .hint("`staunch history` names it; restore the file, then roll back again"),
            )
        })?;
        let rollback = Rollback { to: restored.version, by: by.to_owned(), withdrawn };
        let now = self.clock.now().trunc_subsecs(3);
        let entry = LogEntry::restoring(highest, restored, now, rollback, by_date.up_to(restored.as_of_date));
        match self.folder.create(&entry_path(entry.version), &entry.to_bytes()?).await? {
            Created::Ours => Ok(entry),
            Created::Theirs => Err(Error::Locked(Box::new(
                Problem::new(format!("another run published to `{}` meanwhile", self.written()))
                    .hint("look at `staunch history`, then roll back again if it is still needed"),
            ))),
        }
    }
}

/// Removes what readers of `history/` no longer see after a rollback, and returns the paths.
pub(super) async fn remove_withdrawn(folder: &Folder, entry: &LogEntry) -> Result<Vec<String>> {
    let mut removed = Vec::new();
    for night in entry.rollback.iter().flat_map(|rollback| &rollback.withdrawn) {
        for table in &night.tables {
            let path = super::refresh::history_path(table, night.as_of_date);
            folder.delete_with_folders(&path).await?;
            removed.push(path);
        }
    }
    Ok(removed)
}
