//! Which entries still stand: those that no later rollback withdrew.

use chrono::NaiveDate;

use super::entry::LogEntry;

/// Judges entries that come newest first. A rollback withdraws the days after its own from all older entries.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::publish) struct Standing {
    last_day: Option<NaiveDate>,
}

impl Standing {
    /// Whether the next older entry still stands.
    pub fn includes(&mut self, entry: &LogEntry) -> bool {
        let is_included = self.last_day.is_none_or(|last| entry.as_of_date <= last);
        if entry.rollback.is_some() {
            self.last_day = Some(self.last_day.map_or(entry.as_of_date, |last| last.min(entry.as_of_date)));
        }
        is_included
    }
}
