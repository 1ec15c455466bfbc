//! Days that a run cannot be for. `latest/` never goes back, so a typing mistake in the date would keep every later night
//! out of it.

use chrono::{Datelike, NaiveDate};

use super::parameters::{Origin, Parameter};
use crate::error::Problem;
use crate::progress::ALWAYS;

/// Years that a run may be for.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;
/// Days after today that a run may be for; somewhere it is tomorrow already.
const DAYS_AHEAD: i64 = 1;

/// What is wrong with the day a run is for. A day in the future that the pipeline file sets is only warned of.
pub(super) fn problem(day: NaiveDate, today: NaiveDate, parameter: &Parameter, allow_future: bool) -> Option<Problem> {
    if !YEARS.contains(&day.year()) {
        return Some(
            Problem::new(format!("as_of_date {day} is not in the years {} to {}", YEARS.start(), YEARS.end()))
                .hint("correct the date"),
        );
    }
    if (day - today).num_days() <= DAYS_AHEAD || allow_future {
        return None;
    }
    let is_typed = matches!(parameter.origin, Origin::CommandLine);
    if !is_typed {
        tracing::warn!(target: ALWAYS, "as_of_date {day} is in the future: `latest/` will not show any earlier day after it");
        return None;
    }
    Some(
        Problem::new(format!(
            "as_of_date {day} is in the future, and `latest/` would not show any earlier day after it"
        ))
        .hint("correct the date, or give `--allow-future` if it is meant"),
    )
}
