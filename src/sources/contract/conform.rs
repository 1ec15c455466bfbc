//! Rows of a typed file (Parquet, Arrow) as rows of the table: columns picked, renamed and cast.

use std::sync::Arc;

use arrow::array::{Array, RecordBatch};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::SchemaRef;
use arrow::util::display::FormatOptions;
use chrono_tz::Tz;

use super::columns::ColumnMatch;
use super::types::described;
use crate::error::{Error, Problem, Result};
use crate::sources::values::local_time::{becomes_local, local_times};

/// A batch of a file as a batch of the table: columns picked, renamed and cast, required ones checked; times with a zone
/// become local times of `time_zone`.
///
/// # Errors
///
/// A value does not fit the declared type, or a required one is missing.
pub fn conform(
    batch: &RecordBatch,
    columns: &[ColumnMatch],
    schema: &SchemaRef,
    time_zone: Tz,
    file: &str,
) -> Result<RecordBatch> {
    let options = CastOptions { safe: false, format_options: FormatOptions::default() };
    let arrays = columns.iter().map(|column| {
        let found = batch.column(column.index);
        if column.required && found.logical_null_count() > 0 {
            return Err(required_is_null(&column.name, file));
        }
        let local = match becomes_local(found.data_type(), &column.table_type) {
            true => local_times(found, time_zone),
            false => Ok(Arc::clone(found)),
        };
        let cast = local.and_then(|found| cast_with_options(&found, &column.table_type, &options));
        cast.map_err(|error| {
            Error::data(
                Problem::new(format!(
                    "column `{}` in `{file}` has a value that does not fit: {error}",
                    column.file_name
                ))
                .hint(format!("declare a wider type than {}", described(&column.table_type))),
            )
        })
    });
    let arrays = arrays.collect::<Result<Vec<_>>>()?;
    RecordBatch::try_new(Arc::clone(schema), arrays).map_err(|error| {
        Error::data(Problem::new(format!("`{file}` cannot be read: {error}")).hint("write the file again"))
    })
}

/// A required column has NULLs.
pub fn required_is_null(column: &str, file: &str) -> Error {
    Error::data(
        Problem::new(format!("required column `{column}` has missing values in `{file}`"))
            .hint("fill them in the file, or drop `required` and handle NULL in SQL"),
    )
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, DictionaryArray, Float64Array, Int32Array, StringArray, TimestampNanosecondArray};
    use arrow::datatypes::{DataType as ArrowType, Schema, TimeUnit};

    use super::super::columns::{match_columns, table_fields};
    use super::super::testing::{column, found};
    use super::*;
    use crate::config::data_type::DataType;

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
        amount.file_name = "money".into();
        let declared = [column("at", DataType::Timestamp), amount, column("n", DataType::Integer)];
        let columns = match_columns(&declared, &schema, "f").unwrap();
        let table = Arc::new(Schema::new(table_fields(&columns)));
        let conformed = conform(&batch, &columns, &table, Tz::Europe__Berlin, "f").unwrap();
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
        let columns = match_columns(&names.map(|name| column(name, DataType::Date)), &batch.schema(), "f").unwrap();
        let table = Arc::new(Schema::new(table_fields(&columns)));
        let conformed = conform(&batch, &columns, &table, Tz::Europe__Berlin, "f").unwrap();
        let shown = arrow::util::pretty::pretty_format_batches(&[conformed]).unwrap().to_string();
        assert!(shown.contains("| 2024-06-30 | 2024-07-01 | 2024-07-01 | 2024-06-30 |"), "{shown}");
    }

    #[test]
    fn a_missing_required_value_is_an_error() {
        let schema = found(&[("n", ArrowType::Int32)]);
        let batch =
            RecordBatch::try_new(Arc::new(schema.clone()), vec![Arc::new(Int32Array::from(vec![None])) as _]).unwrap();
        let mut n = column("n", DataType::Integer);
        n.required = true;
        let columns = match_columns(&[n], &schema, "f").unwrap();
        let table = Arc::new(Schema::new(table_fields(&columns)));
        assert!(conform(&batch, &columns, &table, Tz::Europe__Berlin, "f").unwrap_err().to_string().contains("`n`"));
    }
}
