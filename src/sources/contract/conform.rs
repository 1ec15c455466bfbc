//! Rows of a typed file (Parquet, Arrow) as rows of the table: columns picked, renamed and converted. Values that would lose
//! something, or are not of the type, are told row by row.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, new_null_array};
use arrow::compute::{CastOptions, cast, cast_with_options, nullif};
use arrow::datatypes::{DataType as ArrowType, Float64Type, TimeUnit, TimestampNanosecondType};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use chrono_tz::Tz;

use super::columns::ColumnMatch;
use super::rounded::decimals;
use super::rules::Broken;
use super::types::{Conversion, conversion};
use crate::config::data_type::DataType;
use crate::plan::source::SourceColumn;
use crate::plan::source_format::TextValues;
use crate::sources::values::local_time::{becomes_local, local_times};
use crate::sources::values::null_values::NullValues;
use crate::sources::values::{ValueColumn, shown_value};

/// The table's columns of a batch of a file, and the rows with values that do not become the declared type, which are missing
/// in the columns. `declared` are the source's columns, or none; times with a zone become local times of `time_zone`.
///
/// # Errors
///
/// A column has another type than it was matched with, which is a defect or a damaged file.
pub fn conform(
    batch: &RecordBatch,
    columns: &[ColumnMatch],
    declared: &[SourceColumn],
    time_zone: Tz,
) -> Result<(Vec<ArrayRef>, Vec<Broken>), ArrowError> {
    let mut arrays = Vec::with_capacity(columns.len());
    let mut broken = Vec::new();
    for (position, column) in columns.iter().enumerate() {
        let Some(index) = column.index else {
            arrays.push(new_null_array(&column.table_type, batch.num_rows()));
            continue;
        };
        let found = batch.column(index);
        let Some(declared) = declared.get(position) else {
            arrays.push(cast(found, &column.table_type)?);
            continue;
        };
        let (array, refused) = converted(&without_null_values(found, declared)?, column, declared, time_zone)?;
        broken.extend(refused.into_iter().map(|(row, reason)| Broken { row, column: position, rule: "type", reason }));
        arrays.push(array);
    }
    Ok((arrays, broken))
}

/// The values of one column without those that its declaration says to stand for no value.
fn without_null_values(found: &ArrayRef, declared: &SourceColumn) -> Result<ArrayRef, ArrowError> {
    let Some(null_values) = &declared.null_values else { return Ok(Arc::clone(found)) };
    let null_values = NullValues::new(Arc::clone(null_values), declared.data_type);
    let options = FormatOptions::default();
    let texts = ArrayFormatter::try_new(found.as_ref(), &options)?;
    let is_null = (0..found.len()).map(|row| found.is_valid(row) && null_values.holds(&texts.value(row).to_string()));
    nullif(found, &is_null.map(Some).collect::<BooleanArray>())
}

/// The values of one column, and the rows of those that are refused with the reasons.
fn converted(
    found: &ArrayRef,
    column: &ColumnMatch,
    declared: &SourceColumn,
    time_zone: Tz,
) -> Result<(ArrayRef, Vec<(usize, String)>), ArrowError> {
    let kind = conversion(declared, found.data_type());
    if kind == Conversion::Read {
        return read(found, declared, time_zone);
    }
    let local = match becomes_local(found.data_type(), &column.table_type) {
        true => local_times(found, time_zone)?,
        false => Arc::clone(found),
    };
    let lenient = CastOptions { safe: true, format_options: FormatOptions::default() };
    // A cast of bytes to a view of text would not look at them.
    let local = match local.data_type() {
        ArrowType::Binary | ArrowType::LargeBinary | ArrowType::BinaryView => {
            cast_with_options(&cast(&local, &ArrowType::LargeBinary)?, &ArrowType::LargeUtf8, &lenient)?
        }
        _ => local,
    };
    let array = match (kind, &column.table_type) {
        (Conversion::Rounded, ArrowType::Decimal128(precision, scale)) => decimals(&local, *precision, *scale)?,
        (_, table_type) => cast_with_options(&local, table_type, &lenient)?,
    };
    let mut rows = Vec::new();
    if array.logical_null_count() > found.logical_null_count() {
        let (before, after) = (found.logical_nulls(), array.logical_nulls());
        let is_null =
            |nulls: &Option<arrow::buffer::NullBuffer>, row| nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
        rows.extend((0..array.len()).filter(|row| is_null(&after, *row) && !is_null(&before, *row)));
    }
    if kind == Conversion::CheckedCast {
        rows.extend(rows_that_lose(found, declared.data_type)?);
        rows.sort_unstable();
        rows.dedup();
    }
    if rows.is_empty() {
        return Ok((array, Vec::new()));
    }
    let options = FormatOptions::default();
    let shown = ArrayFormatter::try_new(found.as_ref(), &options)?;
    let reason = |row: usize| {
        let value = shown.value(row).to_string();
        (row, format!("{} is not {}", shown_value(declared, &value), expected(declared)))
    };
    Ok((array, rows.into_iter().map(reason).collect()))
}

fn expected(declared: &SourceColumn) -> String {
    match declared.data_type {
        DataType::Id | DataType::Integer => "a whole number of up to 18 digits".into(),
        DataType::Timestamp => {
            "a time of at most 6 digits after the second; set `truncate: true` to drop the others".into()
        }
        DataType::Double => "a finite number".into(),
        DataType::String => "text in UTF-8".into(),
        other => format!("{other}: it does not fit"),
    }
}

/// Rows whose values have a fraction, or digits of a second beyond microseconds.
fn rows_that_lose(found: &ArrayRef, declared: DataType) -> Result<Vec<usize>, ArrowError> {
    let values: ArrayRef = match found.data_type() {
        ArrowType::Dictionary(_, values) => cast(found, values)?,
        _ => Arc::clone(found),
    };
    if let ArrowType::Timestamp(TimeUnit::Nanosecond, _) = values.data_type() {
        let nanos = values.as_primitive::<TimestampNanosecondType>();
        return Ok((0..nanos.len()).filter(|row| nanos.is_valid(*row) && nanos.value(*row) % 1000 != 0).collect());
    }
    if matches!(values.data_type(), ArrowType::Float16 | ArrowType::Float32 | ArrowType::Float64) {
        let numbers = cast(&values, &ArrowType::Float64)?;
        let numbers = numbers.as_primitive::<Float64Type>();
        let is_double = declared == DataType::Double;
        let is_whole = |number: f64| number.is_finite() && (is_double || number.fract() == 0.0);
        return Ok((0..numbers.len()).filter(|row| numbers.is_valid(*row) && !is_whole(numbers.value(*row))).collect());
    }
    if matches!(values.data_type(), ArrowType::Binary | ArrowType::LargeBinary | ArrowType::BinaryView) {
        // Bytes that are no text are missing after the cast, and are told as that.
        return Ok(Vec::new());
    }
    // Decimals: what remains when the fraction is cut off and put back differs.
    let whole = cast(&values, &ArrowType::Decimal256(76, 0))?;
    let back = cast(&whole, values.data_type())?;
    let differs = arrow::compute::kernels::cmp::neq(&back, &values)?;
    Ok((0..differs.len()).filter(|row| differs.is_valid(*row) && differs.value(*row)).collect())
}

/// Reads texts, or counts since 1970, as the declared formats say.
fn read(
    found: &ArrayRef,
    declared: &SourceColumn,
    time_zone: Tz,
) -> Result<(ArrayRef, Vec<(usize, String)>), ArrowError> {
    let mut values = ValueColumn::of(declared, &TextValues::default(), time_zone);
    let mut refused = Vec::new();
    let options = FormatOptions::default();
    let texts = ArrayFormatter::try_new(found.as_ref(), &options)?;
    let nulls = found.logical_nulls();
    for row in 0..found.len() {
        if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            values.push_null();
            continue;
        }
        let text = texts.value(row).to_string();
        if values.is_null(&text) {
            values.push_null();
        } else if let Err(expected) = values.push(&text) {
            values.push_null();
            refused.push((row, format!("{} is not {expected}", shown_value(declared, &text))));
        }
    }
    let (array, _) = values.finish();
    Ok((array, refused))
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, DictionaryArray, Float64Array, Int32Array, StringArray, TimestampNanosecondArray};
    use arrow::datatypes::{DataType as ArrowType, Schema, TimeUnit};

    use super::super::columns::{match_columns, table_fields};
    use super::super::testing::{column, found};
    use super::*;
    use crate::plan::source::FoundBy;
    use crate::plan::time_format::TimeFormat;

    #[test]
    fn batches_are_picked_renamed_and_cast() {
        let schema = found(&[
            ("n", ArrowType::Int32),
            ("money", ArrowType::Float64),
            ("at", ArrowType::Timestamp(TimeUnit::Nanosecond, Some("Europe/Paris".into()))),
            ("t", ArrowType::Utf8),
        ]);
        let arrays: Vec<ArrayRef> = vec![
            Arc::new(Int32Array::from(vec![7])),
            Arc::new(Float64Array::from(vec![1.25])),
            Arc::new(TimestampNanosecondArray::from(vec![1_000]).with_timezone("Europe/Paris")),
            Arc::new(StringArray::from(vec!["a"])),
        ];
        let batch = RecordBatch::try_new(Arc::new(schema.clone()), arrays).unwrap();
        let mut amount = column("amount", DataType::Decimal(18, 2));
        amount.found = FoundBy::Name(vec!["money".into()]);
        let declared = [column("at", DataType::Timestamp), amount, column("n", DataType::Integer)];
        let columns = match_columns(&declared, &schema, "f").unwrap();
        let table = Arc::new(Schema::new(table_fields(&columns)));
        let (arrays, broken) = conform(&batch, &columns, &declared, Tz::Europe__Berlin).unwrap();
        assert_eq!(broken, []);
        let conformed = RecordBatch::try_new(table, arrays).unwrap();
        let shown = arrow::util::pretty::pretty_format_batches(&[conformed]).unwrap().to_string();
        assert!(shown.contains("| 1970-01-01T01:00:00.000001 | 1.25   | 7 |"), "{shown}");
    }

    #[test]
    fn days_of_times_with_a_zone_are_local_days_whatever_the_files_zone_and_layout() {
        let moments = TimestampNanosecondArray::from(vec![Some(1_719_784_799_000_000_000), None]);
        let later = TimestampNanosecondArray::from(vec![Some(1_719_784_800_000_000_000), None]);
        let zoned = |array: TimestampNanosecondArray| Arc::new(array.with_timezone("Asia/Tokyo")) as ArrayRef;
        let keys = Int32Array::from(vec![0, 1]);
        let packed = Arc::new(DictionaryArray::new(keys, zoned(later.clone()))) as ArrayRef;
        let arrays = [
            ("before", zoned(moments)),
            ("after", zoned(later.clone())),
            ("packed", packed),
            ("plain", Arc::new(later) as ArrayRef),
        ];
        let names = arrays.each_ref().map(|(name, _)| *name);
        let batch = RecordBatch::try_from_iter_with_nullable(arrays.map(|(name, array)| (name, array, true))).unwrap();
        let mut declared = names.map(|name| column(name, DataType::Date));
        declared.iter_mut().for_each(|column| column.truncates = true);
        let columns = match_columns(&declared, &batch.schema(), "f").unwrap();
        let table = Arc::new(Schema::new(table_fields(&columns)));
        let (arrays, broken) = conform(&batch, &columns, &declared, Tz::Europe__Berlin).unwrap();
        assert_eq!(broken, []);
        let conformed = RecordBatch::try_new(table, arrays).unwrap();
        let shown = arrow::util::pretty::pretty_format_batches(&[conformed]).unwrap().to_string();
        assert!(shown.contains("| 2024-06-30 | 2024-07-01 | 2024-07-01 | 2024-06-30 |"), "{shown}");
    }

    #[test]
    fn values_that_would_lose_something_are_told_row_by_row() {
        let found: Vec<(&str, ArrayRef)> = vec![
            ("id", Arc::new(Float64Array::from(vec![Some(7.0), Some(7.5), None])) as ArrayRef),
            ("n", Arc::new(Float64Array::from(vec![1e30, 2.0, 3.0]))),
            ("at", Arc::new(TimestampNanosecondArray::from(vec![1_000, 1_001, 2_000]))),
        ];
        let batch = RecordBatch::try_from_iter_with_nullable(found.into_iter().map(|(n, a)| (n, a, true))).unwrap();
        let declared = [column("id", DataType::Id), column("n", DataType::Integer), column("at", DataType::Timestamp)];
        let columns = match_columns(&declared, &batch.schema(), "f").unwrap();
        let (arrays, broken) = conform(&batch, &columns, &declared, Tz::UTC).unwrap();
        let places: Vec<_> = broken.iter().map(|broken| (broken.row, broken.column, broken.rule)).collect();
        assert_eq!(places, [(1, 0, "type"), (0, 1, "type"), (1, 2, "type")]);
        assert_eq!(broken[0].reason, "`7.5` is not a whole number of up to 18 digits");
        assert_eq!(arrays[0].data_type(), &ArrowType::Int64);
    }

    #[test]
    fn texts_and_counts_become_times_by_a_declared_format() {
        let found: Vec<(&str, ArrayRef)> = vec![
            ("day", Arc::new(StringArray::from(vec![Some("30.11.2026"), Some("soon"), None])) as ArrayRef),
            ("at", Arc::new(Int32Array::from(vec![60, 61, 62]))),
        ];
        let batch = RecordBatch::try_from_iter_with_nullable(found.into_iter().map(|(n, a)| (n, a, true))).unwrap();
        let mut declared = [column("day", DataType::Date), column("at", DataType::Timestamp)];
        assert!(match_columns(&declared, &batch.schema(), "f").is_err(), "text is not guessed");
        declared[0].formats = [TimeFormat::parse("%d.%m.%Y").unwrap()].into();
        declared[1].formats = [TimeFormat::parse("epoch_seconds").unwrap()].into();
        let columns = match_columns(&declared, &batch.schema(), "f").unwrap();
        let (arrays, broken) = conform(&batch, &columns, &declared, Tz::UTC).unwrap();
        let shown = |column: usize, row| arrow::util::display::array_value_to_string(&arrays[column], row).unwrap();
        assert_eq!(
            (shown(0, 0), shown(0, 1), shown(1, 0)),
            ("2026-11-30".into(), String::new(), "1970-01-01T00:01:00".into())
        );
        assert_eq!(broken.iter().map(|broken| broken.row).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn a_column_that_the_file_lacks_is_missing_when_it_may_be() {
        let batch = RecordBatch::try_from_iter([("n", Arc::new(Int32Array::from(vec![1, 2])) as ArrayRef)]).unwrap();
        let mut declared = [column("channel", DataType::String), column("n", DataType::Integer)];
        assert!(match_columns(&declared, &batch.schema(), "f").is_err());
        declared[0].may_be_missing = true;
        assert!(match_columns(&declared[..1], &batch.schema(), "f").is_err(), "a file with none of the columns");
        let columns = match_columns(&declared, &batch.schema(), "f").unwrap();
        let (arrays, broken) = conform(&batch, &columns, &declared, Tz::UTC).unwrap();
        assert_eq!((arrays[0].null_count(), broken.len()), (2, 0));
    }
}
