//! Moments into local times: what a clock on a wall in the pipeline's time zone shows. Tables know no zones, so that a day
//! is the same day in every query.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, TimestampMicrosecondArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType as ArrowType, TimeUnit, TimestampMicrosecondType};
use arrow::error::ArrowError;
use arrow::util::display::FormatOptions;
use chrono::{DateTime, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;

/// The local time at a moment, which is given in UTC. Every moment has one; when clocks are set back, two moments an hour
/// apart have the same. `None` beyond what a calendar can hold.
pub fn local_time(utc: NaiveDateTime, time_zone: Tz) -> Option<NaiveDateTime> {
    utc.checked_add_offset(time_zone.offset_from_utc_datetime(&utc).fix())
}

/// The local times of an array of moments, `Timestamp(_, Some(_))` of any unit and zone, as `Timestamp(Microsecond, None)`.
/// Arrow's own cast would drop the zone and leave UTC.
///
/// # Errors
///
/// A moment does not fit.
pub fn local_times(moments: &dyn Array, time_zone: Tz) -> Result<ArrayRef, ArrowError> {
    let utc = ArrowType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into()));
    let options = CastOptions { safe: false, format_options: FormatOptions::default() };
    let moments = cast_with_options(moments, &utc, &options)?;
    let local = |micros: i64| {
        DateTime::from_timestamp_micros(micros)
            .and_then(|moment| local_time(moment.naive_utc(), time_zone))
            .map(|time| time.and_utc().timestamp_micros())
            .ok_or_else(|| ArrowError::CastError(format!("{micros} microseconds since 1970 are no date")))
    };
    let local: TimestampMicrosecondArray = moments.as_primitive::<TimestampMicrosecondType>().try_unary(local)?;
    Ok(Arc::new(local))
}

/// Whether the values of a file's column are moments that become local times in a table's column: they have a zone, and
/// the table's column has none.
pub fn becomes_local(found: &ArrowType, table: &ArrowType) -> bool {
    match found {
        ArrowType::Dictionary(_, values) => becomes_local(values, table),
        ArrowType::Timestamp(_, Some(_)) => matches!(table, ArrowType::Timestamp(_, None) | ArrowType::Date32),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, TimestampMillisecondArray, TimestampNanosecondArray};

    use super::*;

    fn micros(text: &str) -> i64 {
        text.parse::<NaiveDateTime>().unwrap().and_utc().timestamp_micros()
    }

    fn local(utc: &str, time_zone: Tz) -> String {
        let moments = TimestampMillisecondArray::from(vec![micros(utc) / 1000]).with_timezone("Asia/Tokyo");
        arrow::util::display::array_value_to_string(&local_times(&moments, time_zone).unwrap(), 0).unwrap()
    }

    #[test]
    fn the_day_changes_at_local_midnight() {
        assert_eq!(local("2024-06-30T21:59:59", Tz::Europe__Berlin), "2024-06-30T23:59:59");
        assert_eq!(local("2024-06-30T22:00:00", Tz::Europe__Berlin), "2024-07-01T00:00:00");
        assert_eq!(local("2024-01-01T04:59:59", Tz::America__New_York), "2023-12-31T23:59:59");
        assert_eq!(local("2024-06-30T21:59:59", Tz::UTC), "2024-06-30T21:59:59");
    }

    #[test]
    fn clocks_that_are_set_forward_skip_an_hour_and_set_back_repeat_one() {
        let berlin = |utc| local(utc, Tz::Europe__Berlin);
        assert_eq!(berlin("2024-03-31T00:59:59"), "2024-03-31T01:59:59");
        assert_eq!(berlin("2024-03-31T01:00:00"), "2024-03-31T03:00:00");
        assert_eq!(berlin("2024-10-27T00:30:00"), "2024-10-27T02:30:00");
        assert_eq!(berlin("2024-10-27T01:30:00"), "2024-10-27T02:30:00");
        assert_eq!(berlin("2024-10-27T02:30:00"), "2024-10-27T03:30:00");
    }

    #[test]
    fn missing_moments_stay_missing_and_impossible_ones_are_errors() {
        let moments = TimestampNanosecondArray::from(vec![None, Some(i64::MIN), Some(i64::MAX)]).with_timezone("UTC");
        let local = local_times(&moments, Tz::Europe__Berlin).unwrap();
        assert_eq!(local.data_type(), &ArrowType::Timestamp(TimeUnit::Microsecond, None));
        assert_eq!(local.null_count(), 1);
        let far = TimestampMicrosecondArray::from(vec![i64::MAX]).with_timezone("UTC");
        assert!(local_times(&far, Tz::Europe__Berlin).unwrap_err().to_string().contains("are no date"));
    }
}
