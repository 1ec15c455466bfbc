//! Columns of a table as values of one type. A value that cannot be read so is an error, never an empty cell.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType as ArrowType, Date32Type, Float64Type, TimeUnit, TimestampMicrosecondType};
use arrow::temporal_conversions::{date32_to_datetime, timestamp_us_to_datetime};
use chrono::{NaiveDate, NaiveDateTime};

use crate::error::{Error, Problem, Result};

/// A column of a table, by name.
#[derive(Clone, Copy, Debug)]
pub(super) struct ColumnName<'a> {
    /// Name of the table.
    pub(super) table: &'a str,
    /// Name of the column.
    pub(super) column: &'a str,
}

/// A column of the table `table`, which has it.
///
/// # Errors
/// `Error::Data` when the rows lack it.
pub(super) fn column<'a>(rows: &'a RecordBatch, name: ColumnName<'_>) -> Result<&'a ArrayRef> {
    rows.column_by_name(name.column).ok_or_else(|| {
        let ColumnName { table, column } = name;
        Error::data(Problem::new(format!("the table `{table}` has no column `{column}` to show")))
    })
}

/// The values as an array of the type `wanted`.
///
/// # Errors
/// `Error::Data` when the type does not allow it, or one of the values does not.
pub(super) fn cast_to(values: &ArrayRef, wanted: &ArrowType, name: ColumnName<'_>) -> Result<ArrayRef> {
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    cast_with_options(values, wanted, &strict).map_err(|cause| {
        let kind = match wanted {
            ArrowType::Utf8 => "text",
            ArrowType::Float64 => "a number",
            ArrowType::Boolean => "true or false",
            ArrowType::Date32 => "a date",
            _ => "a date and time",
        };
        let problem = not_readable(name, kind, &values.data_type().to_string());
        Error::data(problem.caused_by(cause))
    })
}

/// The values as texts.
///
/// # Errors
/// See [`cast_to`].
pub(super) fn texts(values: &ArrayRef, name: ColumnName<'_>) -> Result<Vec<Option<String>>> {
    let texts = cast_to(values, &ArrowType::Utf8, name)?;
    Ok(texts.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect())
}

/// The values as numbers; those that are not finite are unknown.
///
/// # Errors
/// See [`cast_to`].
pub(super) fn numbers(values: &ArrayRef, name: ColumnName<'_>) -> Result<Vec<Option<f64>>> {
    let numbers = cast_to(values, &ArrowType::Float64, name)?;
    Ok(numbers.as_primitive::<Float64Type>().iter().map(|number| number.filter(|number| number.is_finite())).collect())
}

/// The values as true or false.
///
/// # Errors
/// See [`cast_to`].
pub(super) fn booleans(values: &ArrayRef, name: ColumnName<'_>) -> Result<Vec<Option<bool>>> {
    Ok(cast_to(values, &ArrowType::Boolean, name)?.as_boolean().iter().collect())
}

/// The values as days.
///
/// # Errors
/// See [`cast_to`]; and `Error::Data` for a day beyond the calendar.
pub(super) fn days(values: &ArrayRef, name: ColumnName<'_>) -> Result<Vec<Option<NaiveDate>>> {
    let days = cast_to(values, &ArrowType::Date32, name)?;
    let day = |day: i32| date32_to_datetime(day).map(|time| time.date()).ok_or_else(|| beyond(name, i64::from(day)));
    days.as_primitive::<Date32Type>().iter().map(|value| value.map(day).transpose()).collect()
}

/// The values as moments, to the microsecond.
///
/// # Errors
/// See [`cast_to`]; and `Error::Data` for a moment beyond the calendar.
pub(super) fn moments(values: &ArrayRef, name: ColumnName<'_>) -> Result<Vec<Option<NaiveDateTime>>> {
    let moments = cast_to(values, &ArrowType::Timestamp(TimeUnit::Microsecond, None), name)?;
    let moment = |moment: i64| timestamp_us_to_datetime(moment).ok_or_else(|| beyond(name, moment));
    moments.as_primitive::<TimestampMicrosecondType>().iter().map(|value| value.map(moment).transpose()).collect()
}

fn not_readable(name: ColumnName<'_>, kind: &str, found: &str) -> Problem {
    let ColumnName { table, column } = name;
    Problem::new(format!("column `{column}` of `{table}` holds a value of type {found} that cannot be shown as {kind}"))
        .hint("let the query cast the column to a type that a sidecar can declare")
}

fn beyond(name: ColumnName<'_>, value: i64) -> Error {
    let ColumnName { table, column } = name;
    let problem = Problem::new(format!("column `{column}` of `{table}` holds a date that no calendar has: {value}"));
    Error::data(problem.hint("let the query leave such dates out"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Date32Array, Int64Array, ListArray, StringArray};
    use arrow::datatypes::Int64Type;

    use super::*;

    const NAME: ColumnName<'static> = ColumnName { table: "care_plan", column: "due_at" };

    fn refused<T: std::fmt::Debug>(found: Result<T>) -> String {
        let error = found.unwrap_err();
        assert_eq!(error.exit_code(), 3);
        error.to_string()
    }

    #[test]
    fn a_value_that_is_no_number_is_an_error_that_names_table_and_column() {
        let words: ArrayRef = Arc::new(StringArray::from(vec!["12", "many"]));
        let message = refused(numbers(&words, NAME));
        assert!(message.contains("column `due_at` of `care_plan`"), "{message}");
        assert!(message.contains("cannot be shown as a number"), "{message}");
    }

    #[test]
    fn a_type_without_a_text_is_an_error_and_so_is_a_day_beyond_the_calendar() {
        let list: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(1)])]));
        assert!(refused(moments(&list, NAME)).contains("cannot be shown as a date and time"));
        let day: ArrayRef = Arc::new(Date32Array::from(vec![i32::MAX]));
        assert!(refused(days(&day, NAME)).contains("no calendar has: 2147483647"));
        let moment: ArrayRef = Arc::new(Int64Array::from(vec![i64::MAX]));
        assert!(refused(moments(&moment, NAME)).contains("no calendar has"));
    }
}
