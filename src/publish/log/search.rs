//! Finds the earlier run that a run is compared with.

use std::pin::pin;

use chrono::NaiveDate;
use futures::{Stream, StreamExt, TryStreamExt, stream};

use super::by_date::Month;
use super::entry::LogEntry;
use super::read::{Found, Log};
use super::standing::Standing;
use crate::error::Result;

/// Entries read at the same time when all of them are needed.
const READS_AT_ONCE: usize = 8;

/// Number and day of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Dated {
    pub day: NaiveDate,
    pub version: u64,
}

/// The newest part of the log.
#[derive(Default)]
pub(super) struct Recent {
    /// Entries without an index, newest first; older versions of this program wrote them.
    pub plain: Vec<Dated>,
    /// The highest entry with a [`ByDate`], unless reading stopped before it.
    pub indexed: Option<LogEntry>,
}

/// The result of looking up the run before a day in an entry's index.
enum Lookup {
    Found(Box<LogEntry>),
    NoSuchRun,
    /// Files were deleted from the log or restored, so the index is out of date and the entries themselves must be
    /// read.
    Outdated,
}

impl Log {
    /// The published run with the latest day before `before`; of several runs for that day, the last committed.
    ///
    /// The order of days counts, not the order of commits: after a backfill of older days, tonight's run is still
    /// compared with last night's.
    ///
    /// # Errors
    /// An entry cannot be read.
    pub async fn latest_before(&self, before: NaiveDate) -> Result<Option<LogEntry>> {
        let is_day_before = |day: NaiveDate| day.succ_opt() == Some(before);
        let recent = self.recent(is_day_before).await?;
        let newest = recent.plain.iter().filter(|entry| entry.day < before).max().copied();
        if let Some(newest) = newest.filter(|newest| is_day_before(newest.day)) {
            return self.read(newest.version).await.map(Some);
        }
        let older = match &recent.indexed {
            Some(indexed) => self.look_up(indexed, before).await?,
            None => Lookup::NoSuchRun,
        };
        match (newest, older) {
            (_, Lookup::Outdated) => {
                tracing::debug!("log entries were deleted or restored: reading the whole log");
                self.scan(before).await
            }
            (Some(newest), Lookup::Found(older)) if newest.day < older.as_of_date => Ok(Some(*older)),
            (None, Lookup::Found(older)) => Ok(Some(*older)),
            (Some(newest), _) => self.read(newest.version).await.map(Some),
            (None, Lookup::NoSuchRun) => Ok(None),
        }
    }

    /// Reads the log, newest entries first, down to the first with a [`ByDate`] or with a day that `is_enough`.
    pub(super) async fn recent(&self, is_enough: impl Fn(NaiveDate) -> bool) -> Result<Recent> {
        let mut recent = Recent::default();
        let mut entries = pin!(self.newest_first());
        while let Some(entry) = entries.try_next().await? {
            if entry.by_date.is_some() {
                recent.indexed = Some(entry);
                break;
            }
            recent.plain.push(Dated { day: entry.as_of_date, version: entry.version });
            if is_enough(entry.as_of_date) {
                break;
            }
        }
        Ok(recent)
    }

    /// All entries, newest first, except those that a rollback withdrew, and without damaged ones, which a warning names. The
    /// highest one, which was read already, comes before any other is requested.
    pub(super) fn newest_first(&self) -> impl Stream<Item = Result<LogEntry>> {
        let highest = stream::iter(self.highest().cloned().map(Ok));
        let below = self.highest().map_or(0, |highest| highest.version);
        let others = stream::iter(self.versions.iter().copied().filter(move |version| *version < below));
        let found =
            others.map(move |version| async move { (version, self.look(version).await) }).buffered(READS_AT_ONCE);
        let entries = found.filter_map(move |(version, found)| async move {
            match found {
                Ok(Found::Entry(entry)) => Some(Ok(*entry)),
                Ok(Found::Missing) => None,
                Ok(Found::Damaged(_)) => {
                    tracing::warn!("log entry `{}` is damaged and left out", self.name(version));
                    None
                }
                Err(error) => Some(Err(error)),
            }
        });
        let mut standing = Standing::default();
        highest.chain(entries).try_filter(move |entry| std::future::ready(standing.includes(entry)))
    }

    /// Follows the days and months that `indexed` lists.
    async fn look_up(&self, indexed: &LogEntry, before: NaiveDate) -> Result<Lookup> {
        let Some(by_date) = &indexed.by_date else { return Ok(Lookup::Outdated) };
        if by_date.lacks_one_of(&self.versions) {
            return Ok(Lookup::Outdated);
        }
        for (month, version) in by_date.months.range(..=Month::of(before)).rev() {
            let Some(month_entry) = self.month_entry(indexed, *version).await? else { return Ok(Lookup::Outdated) };
            let listed = month_entry.by_date.as_ref().and_then(|by_date| by_date.newest(*month, before));
            match listed {
                Some((day, version)) => {
                    let found =
                        if version == month_entry.version { Some(month_entry) } else { self.find(version).await? };
                    let found = found.filter(|found| found.as_of_date == day);
                    return Ok(found.map_or(Lookup::Outdated, |found| Lookup::Found(Box::new(found))));
                }
                // All runs of this month are for later days.
                None if *month == Month::of(before) => {}
                None => return Ok(Lookup::Outdated),
            }
        }
        Ok(Lookup::NoSuchRun)
    }

    /// The entry `version`, which lists the days of a month that `indexed` names; `None` when it does not exist or is
    /// damaged.
    pub(super) async fn month_entry(&self, indexed: &LogEntry, version: u64) -> Result<Option<LogEntry>> {
        if version == indexed.version {
            return Ok(Some(indexed.clone()));
        }
        match self.look(version).await? {
            Found::Entry(entry) => Ok(Some(*entry)),
            Found::Missing | Found::Damaged(_) => Ok(None),
        }
    }

    /// Reads entries down to one for the day just before `before`, or all of them.
    async fn scan(&self, before: NaiveDate) -> Result<Option<LogEntry>> {
        let mut best: Option<LogEntry> = None;
        let mut entries = pin!(self.newest_first());
        while let Some(entry) = entries.try_next().await? {
            let is_earlier = entry.as_of_date < before;
            if is_earlier && best.as_ref().is_none_or(|best| entry.as_of_date > best.as_of_date) {
                let is_day_before = entry.as_of_date.succ_opt() == Some(before);
                best = Some(entry);
                if is_day_before {
                    break;
                }
            }
        }
        Ok(best)
    }
}
