//! When the events of a file's rows took place, from the first to the last.

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::{cast, max, min};
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use arrow::error::ArrowError;
use chrono::{DateTime, NaiveDateTime};

/// The first and the last time, local to the pipeline; days are at midnight. Empty without any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventTimes(Option<(i64, i64)>);

impl EventTimes {
    /// Those of a column of times or days.
    ///
    /// # Errors
    ///
    /// The column is of another type.
    pub fn of(column: &ArrayRef) -> Result<Self, ArrowError> {
        let times = cast(column, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
        let times = times.as_primitive::<TimestampMicrosecondType>();
        Ok(Self(min(times).zip(max(times))))
    }

    /// Those of both.
    pub fn and(self, other: Self) -> Self {
        Self(match (self.0, other.0) {
            (Some((first, last)), Some((other_first, other_last))) => {
                Some((first.min(other_first), last.max(other_last)))
            }
            (known, other) => known.or(other),
        })
    }

    /// The first time.
    pub fn first(self) -> Option<NaiveDateTime> {
        time(self.0?.0)
    }

    /// The last time.
    pub fn last(self) -> Option<NaiveDateTime> {
        time(self.0?.1)
    }
}

fn time(micros: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp_micros(micros).map(|time| time.naive_utc())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::Date32Array;

    use super::*;

    #[test]
    fn the_range_covers_every_row_that_has_a_time() {
        let days = |days: Vec<Option<i32>>| EventTimes::of(&(Arc::new(Date32Array::from(days)) as ArrayRef)).unwrap();
        let none = days(vec![None]);
        assert_eq!((none.first(), none.last()), (None, None));
        let all = days(vec![Some(3), None]).and(none).and(days(vec![Some(1), Some(2)]));
        assert_eq!(all.first().unwrap().to_string(), "1970-01-02 00:00:00");
        assert_eq!(all.last().unwrap().to_string(), "1970-01-04 00:00:00");
    }
}
