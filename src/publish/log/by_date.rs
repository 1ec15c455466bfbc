//! The index in every log entry: it finds the newest entry of a day with one or two reads instead of reading the whole
//! log.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{Datelike, NaiveDate};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where to find the newest entry of every day, among this entry and all before it.
///
/// An entry lists the days of its own month. For each other month, it names the newest entry of that month, which lists
/// that month's days. An entry therefore stays small (a line per month, and a line per day of one month), and it never
/// changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByDate {
    /// For every month that has a run: the number of the entry that lists its days.
    pub months: BTreeMap<Month, u64>,
    /// For every day of the months that this entry lists: the number of the newest entry of that day.
    pub days: BTreeMap<NaiveDate, u64>,
    /// Numbers that were missing from the log when it was read: the first and the last of each gap.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<(u64, u64)>,
}

/// A month of a year, such as `2026-11`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i32,
    month: u32,
}

impl Month {
    /// The month of a day.
    pub fn of(day: NaiveDate) -> Self {
        Self { year: day.year(), month: day.month() }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        format!("{text}-01").parse().map(Self::of).map_err(|_| D::Error::custom(format!("`{text}` is not a month")))
    }
}

impl ByDate {
    /// The days of a month that this entry lists, with their newest entries.
    pub(super) fn days_of(&self, month: Month) -> impl DoubleEndedIterator<Item = (NaiveDate, u64)> {
        self.days.iter().map(|(day, version)| (*day, *version)).filter(move |(day, _)| Month::of(*day) == month)
    }

    /// The latest day before `before` of a month that this entry lists, with its newest entry.
    pub(super) fn newest(&self, month: Month, before: NaiveDate) -> Option<(NaiveDate, u64)> {
        self.days_of(month).rfind(|(day, _)| *day < before)
    }

    /// The same without the days after `last`, which a rollback withdraws.
    #[must_use]
    pub(in crate::publish) fn up_to(mut self, last: NaiveDate) -> Self {
        self.months.retain(|month, _| *month <= Month::of(last));
        self.days.retain(|day, _| *day <= last);
        self
    }

    /// Whether one of `versions` was missing from the log when this index was written, such as a file restored since.
    pub(super) fn lacks_one_of(&self, versions: &[u64]) -> bool {
        let is_in_gap = |version: &u64| self.gaps.iter().any(|(first, last)| (first..=last).contains(&version));
        !self.gaps.is_empty() && versions.iter().any(is_in_gap)
    }

    /// Records which numbers between `from` and `to`, both exclusive, are missing from `versions`, which is ascending.
    pub(super) fn note_gaps(&mut self, from: u64, to: u64, versions: impl Iterator<Item = u64>) {
        let mut expected = from + 1;
        for version in versions.chain([to]) {
            if version > expected {
                self.gaps.push((expected, version - 1));
            }
            expected = version + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn it_is_written_as_months_and_days() {
        let by_date = ByDate {
            months: BTreeMap::from([(Month::of(day("2026-10-31")), 3), (Month::of(day("2026-11-01")), 4)]),
            days: BTreeMap::from([(day("2026-11-01"), 4)]),
            gaps: Vec::new(),
        };
        let text = serde_json::to_string(&by_date).unwrap();
        assert_eq!(text, r#"{"months":{"2026-10":3,"2026-11":4},"days":{"2026-11-01":4}}"#);
        assert_eq!(serde_json::from_str::<ByDate>(&text).unwrap(), by_date);
        let error = serde_json::from_str::<ByDate>(r#"{"months":{"2026-13":3},"days":{}}"#).unwrap_err();
        assert!(error.to_string().contains("`2026-13` is not a month"), "{error}");
    }

    #[test]
    fn gaps_are_the_missing_numbers() {
        let mut by_date = ByDate::default();
        by_date.note_gaps(0, 9, [3, 4, 6].into_iter());
        assert_eq!(by_date.gaps, [(1, 2), (5, 5), (7, 8)]);
        assert!(by_date.lacks_one_of(&[3, 5]));
        assert!(!by_date.lacks_one_of(&[3, 4, 6, 9]));
        by_date.note_gaps(9, 11, [10].into_iter());
        assert_eq!(by_date.gaps, [(1, 2), (5, 5), (7, 8)]);
    }
}
