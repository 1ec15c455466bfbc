//! Finds the earlier nights that trends are drawn from.

use std::collections::BTreeMap;
use std::pin::pin;

use chrono::NaiveDate;
use futures::{StreamExt, TryStreamExt, stream};

use super::entry::LogEntry;
use super::read::{Found, Log};
use crate::error::Result;

/// Entries read at the same time.
const READS_AT_ONCE: usize = 8;

/// The nights before a day.
#[derive(Debug, Default)]
pub struct NightsBefore {
    /// Their newest entries, oldest day first.
    pub entries: Vec<LogEntry>,
    /// Names of the entries that are damaged and therefore left out.
    pub damaged: Vec<String>,
}

impl Log {
    /// The newest entry of every day before `before`, oldest day first: of more than `most` days, the latest ones.
    ///
    /// # Errors
    /// The store fails, or an entry is of an unknown kind.
    pub async fn nights_before(&self, before: NaiveDate, most: usize) -> Result<NightsBefore> {
        let Some(mut versions) = self.versions_by_day(before, most).await? else {
            return self.all_nights_before(before, most).await;
        };
        while versions.len() > most {
            versions.pop_first();
        }
        let mut nights = NightsBefore::default();
        let mut found = stream::iter(versions.into_values())
            .map(|version| async move { (version, self.look(version).await) })
            .buffered(READS_AT_ONCE);
        while let Some((version, found)) = found.next().await {
            match found? {
                Found::Entry(entry) => nights.entries.push(*entry),
                Found::Missing | Found::Damaged(_) => nights.damaged.push(self.name(version)),
            }
        }
        Ok(nights)
    }

    /// The number of the newest entry of each of the latest days, by the index; `None` when the index is out of date.
    async fn versions_by_day(&self, before: NaiveDate, most: usize) -> Result<Option<BTreeMap<NaiveDate, u64>>> {
        let recent = self.recent(|_| false).await?;
        let mut versions = BTreeMap::new();
        if let Some(indexed) = &recent.indexed {
            let Some(by_date) = &indexed.by_date else { return Ok(None) };
            if by_date.lacks_one_of(&self.versions) {
                return Ok(None);
            }
            for (month, version) in by_date.months.iter().rev() {
                if versions.len() >= most {
                    break;
                }
                let Some(listing) = self.month_entry(indexed, *version).await? else { return Ok(None) };
                let days = listing.by_date.iter().flat_map(|by_date| by_date.days_of(*month));
                versions.extend(days.filter(|(day, _)| *day < before));
            }
        }
        for entry in recent.plain.iter().filter(|entry| entry.day < before) {
            let newest = versions.entry(entry.day).or_insert(entry.version);
            *newest = entry.version.max(*newest);
        }
        let is_there = |version: &u64| self.versions.contains(version);
        Ok(versions.values().all(is_there).then_some(versions))
    }

    /// The same from the entries themselves.
    async fn all_nights_before(&self, before: NaiveDate, most: usize) -> Result<NightsBefore> {
        tracing::debug!("log entries were deleted or restored: reading the whole log");
        let mut nights: BTreeMap<NaiveDate, LogEntry> = BTreeMap::new();
        let mut entries = pin!(self.newest_first());
        while let Some(entry) = entries.try_next().await? {
            if entry.as_of_date < before {
                nights.entry(entry.as_of_date).or_insert(entry);
            }
        }
        while nights.len() > most {
            nights.pop_first();
        }
        Ok(NightsBefore { entries: nights.into_values().collect(), damaged: Vec::new() })
    }
}
