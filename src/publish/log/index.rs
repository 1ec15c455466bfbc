//! Builds the index by day for the next log entry.

use std::collections::BTreeSet;
use std::pin::pin;

use chrono::NaiveDate;
use futures::TryStreamExt;

use super::by_date::{ByDate, Month};
use super::entry::LogEntry;
use super::read::{Found, Log};
use super::search::Dated;
use crate::error::{Error, Result};

impl Log {
    /// The index by day, including the next entry, which is for `day`.
    ///
    /// Usually it follows from the highest entry, plus one more read in a backfill. Entries of older versions of this
    /// program have no index; they are read once.
    ///
    /// # Errors
    /// The store fails.
    pub(in crate::publish) async fn by_date_with(&self, day: NaiveDate) -> Result<Option<ByDate>> {
        match self.complete_by_date(day).await {
            Ok(by_date) => Ok(Some(by_date)),
            // A corrupt old entry must not fail this run. A run that needs that entry reports the error.
            Err(Error::Data(problem)) => {
                tracing::warn!("the next log entry will not list the days of earlier runs: {problem}");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn complete_by_date(&self, day: NaiveDate) -> Result<ByDate> {
        let version = self.next_version();
        let next = Dated { day, version };
        let recent = self.recent(|_| false).await?;
        let extended = self.extended(recent.indexed.as_ref(), recent.plain, next).await?;
        if let Some(by_date) = extended {
            return Ok(by_date);
        }
        let mut all = Vec::new();
        let mut entries = pin!(self.newest_first());
        while let Some(entry) = entries.try_next().await? {
            all.push(Dated { day: entry.as_of_date, version: entry.version });
        }
        Ok(self.extended(None, all, next).await?.unwrap_or_default())
    }

    /// The numbers above `from` that are no gaps, in order: those of `entries`; those that a rollback withdrew; and damaged files
    /// at the top of the log, which never were committed runs.
    async fn sound_above(&self, from: u64, entries: &[Dated]) -> Result<Vec<u64>> {
        let highest = self.highest().map_or(0, |highest| highest.version);
        let known: BTreeSet<u64> = entries.iter().map(|entry| entry.version).collect();
        let mut sound = Vec::new();
        for version in self.versions.iter().rev().copied().filter(|version| *version > from) {
            if version > highest || known.contains(&version) || matches!(self.look(version).await?, Found::Entry(_)) {
                sound.push(version);
            }
        }
        Ok(sound)
    }

    /// The index of `indexed`, extended by the entries `after` it, newest first, and by the `next` one. `None` if files
    /// that `indexed` names are missing from the log, or missing ones were restored.
    async fn extended(&self, indexed: Option<&LogEntry>, after: Vec<Dated>, next: Dated) -> Result<Option<ByDate>> {
        let mut by_date = ByDate::default();
        let mut from = 0;
        if let Some((entry, known)) = indexed.and_then(|entry| Some((entry, entry.by_date.as_ref()?))) {
            if known.lacks_one_of(&self.versions) {
                return Ok(None);
            }
            from = entry.version;
            by_date.months.clone_from(&known.months);
            by_date.gaps.clone_from(&known.gaps);
        }
        by_date.note_gaps(from, next.version, self.sound_above(from, &after).await?.into_iter());
        let mut listed = BTreeSet::new();
        for Dated { day, version } in after.into_iter().rev().chain([next]) {
            let month = Month::of(day);
            if listed.insert(month) {
                if let (Some(indexed), Some(month_entry)) = (indexed, by_date.months.get(&month)) {
                    let Some(month_entry) = self.month_entry(indexed, *month_entry).await? else { return Ok(None) };
                    let mut days = month_entry.by_date.iter().flat_map(|known| known.days_of(month)).peekable();
                    if days.peek().is_none() {
                        return Ok(None);
                    }
                    by_date.days.extend(days);
                }
                by_date.months.insert(month, next.version);
            }
            by_date.days.insert(day, version);
        }
        Ok(Some(by_date))
    }
}
