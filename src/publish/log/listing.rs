//! Lists the log for people: every entry, and the nights that stand.

use chrono::NaiveDate;
use futures::{StreamExt, stream};

use super::entry::LogEntry;
use super::read::Log;
use super::standing::Standing;
use crate::error::{Error, Result};

/// Entries read at the same time.
const READS_AT_ONCE: usize = 8;

/// One number of the log.
#[derive(Debug)]
pub struct ListedEntry {
    /// The number.
    pub version: u64,
    /// Its entry, or why it cannot be read.
    pub entry: Result<LogEntry>,
    /// Whether a later rollback withdrew it. False for an entry that cannot be read.
    pub is_withdrawn: bool,
}

impl Log {
    /// The newest `most` entries, newest first. An entry that cannot be read is listed with its error.
    ///
    /// # Errors
    /// The store fails.
    pub async fn newest(&self, most: usize) -> Result<Vec<ListedEntry>> {
        let mut standing = Standing::default();
        let mut listed = Vec::new();
        let mut entries = stream::iter(self.versions.iter().take(most))
            .map(|version| async move { (*version, self.read(*version).await) })
            .buffered(READS_AT_ONCE);
        while let Some((version, entry)) = entries.next().await {
            if let Err(error @ Error::Execution(_)) = entry {
                return Err(error);
            }
            let is_withdrawn = entry.as_ref().is_ok_and(|entry| !standing.includes(entry));
            listed.push(ListedEntry { version, entry, is_withdrawn });
        }
        Ok(listed)
    }

    /// How many entries the log has.
    pub fn count(&self) -> usize {
        self.versions.len()
    }

    /// The newest entry of every day that stands, oldest day first.
    ///
    /// # Errors
    /// An entry cannot be read.
    pub async fn nights(&self) -> Result<Vec<LogEntry>> {
        let nights = self.nights_before(NaiveDate::MAX, usize::MAX).await?;
        for name in &nights.damaged {
            tracing::warn!("log entry `{name}` is damaged and left out");
        }
        Ok(nights.entries)
    }

    /// The newest entry of a day; `None` when the day has no run that stands.
    ///
    /// # Errors
    /// An entry cannot be read.
    pub async fn night(&self, day: NaiveDate) -> Result<Option<LogEntry>> {
        let Some(next) = day.succ_opt() else { return Ok(None) };
        Ok(self.latest_before(next).await?.filter(|entry| entry.as_of_date == day))
    }

    /// The run that `latest/` shows; `None` when nothing was published yet, or when its entry was deleted.
    ///
    /// # Errors
    /// Its entry cannot be read.
    pub async fn shown(&self) -> Result<Option<LogEntry>> {
        match self.highest() {
            Some(highest) => self.find(highest.latest.version).await,
            None => Ok(None),
        }
    }
}
