//! The two years of the sample, in days from the first one.

use chrono::{Days, NaiveDate, NaiveDateTime};

/// The last day of clean data and the as_of_date the sample is made for, 2026-11-30.
pub(super) const AS_OF_DATE: NaiveDate = date(2026, 11, 30);
/// The first day with orders, 2024-12-01.
pub(super) const FIRST_DATE: NaiveDate = date(2024, 12, 1);
/// Day of 2025-12-01, the first of the 365 days that end with [`AS_OF_DATE`].
pub(super) const WINDOW_START: u32 = 365;
/// Day of [`AS_OF_DATE`].
pub(super) const LAST_DAY: u32 = 729;

/// A wave of the survey.
pub(super) struct Wave {
    /// Name, as in the column `wave`.
    pub(super) name: &'static str,
    /// The first day on which answers came in.
    pub(super) first_day: u32,
}

/// Both waves, the earlier one first. Answers come in during three weeks.
pub(super) const WAVES: [Wave; 2] = [
    Wave { name: "2026-04", first_day: day_of_april_6() },
    Wave { name: "2026-10", first_day: day_of_april_6() + 182 },
];

/// The date of a day counted from [`FIRST_DATE`].
pub(super) fn date_of(day: u32) -> NaiveDate {
    FIRST_DATE.checked_add_days(Days::new(u64::from(day))).unwrap_or(AS_OF_DATE)
}

/// The day of a moment, counted from [`FIRST_DATE`]; 0 for all before.
pub(super) fn day_of(moment: NaiveDateTime) -> u32 {
    u32::try_from((moment.date() - FIRST_DATE).num_days()).unwrap_or(0)
}

/// A minute of a day.
pub(super) fn time_of(day: u32, minute: u32) -> NaiveDateTime {
    date_of(day).and_hms_opt(minute / 60 % 24, minute % 60, 0).unwrap_or_default()
}

const fn day_of_april_6() -> u32 {
    // December 2025 to March 2026, then five days.
    WINDOW_START + 31 + 31 + 28 + 31 + 5
}

const fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(date) => date,
        None => NaiveDate::MIN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_fall_on_the_dates_they_are_named_for() {
        assert_eq!(date_of(LAST_DAY), AS_OF_DATE);
        assert_eq!(date_of(WINDOW_START).to_string(), "2025-12-01");
        assert_eq!(day_of(time_of(LAST_DAY, 1439)), LAST_DAY);
        let first_days: Vec<String> = WAVES.iter().map(|wave| date_of(wave.first_day).to_string()).collect();
        assert_eq!(first_days, ["2026-04-06", "2026-10-05"]);
    }
}
