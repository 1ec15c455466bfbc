//! What a file has against what the pipeline declares: which column is which, and which types may become which.
//! One rule for every typed format (Parquet, Arrow); text has stricter rules of its own in [`crate::sources::values`].

use std::sync::Arc;

use arrow::array::{Array, RecordBatch};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType as ArrowType, Field, Schema, SchemaRef};
use arrow::util::display::FormatOptions;
use chrono_tz::Tz;

use crate::config::data_type::DataType;
use crate::error::{Error, Problem, Result, did_you_mean};
use crate::plan::source::{SourceColumn, SourcePlan};
use crate::sources::values::local_time::{becomes_local, local_times};

/// One column of the table and where a file has it.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnMatch {
    /// Name in the table.
    pub name: String,
    /// Name in the file.
    pub file_name: String,
    /// Position in the file.
    pub index: usize,
    /// Type in the table.
    pub table_type: ArrowType,
    /// Whether NULL is an error.
    pub required: bool,
}

/// The Arrow type of a declared column in a table. All text is `Utf8View`, as DataFusion reads it from Parquet, so that
/// tables from different formats join without conversions.
pub fn table_type(declared: DataType) -> ArrowType {
    as_view(&declared.arrow())
}

/// Finds the table's columns in a file; with nothing declared, every column of the file in its order.
///
/// # Errors
///
/// A declared column is missing, is there twice, or has a type that does not become the declared one without loss.
pub fn match_columns(declared: &[SourceColumn], found: &Schema, file: &str) -> Result<Vec<ColumnMatch>> {
    let names: Vec<&str> = found.fields().iter().map(|field| field.name().as_str()).collect();
    if declared.is_empty() {
        for name in &names {
            only_position(&names, name, file)?;
        }
        return Ok(found.fields().iter().enumerate().map(|(index, field)| undeclared(index, field)).collect());
    }
    declared
        .iter()
        .map(|column| {
            let index = only_position(&names, &column.file_name, file)?;
            let found_type = found.field(index).data_type();
            let table_type =
                becomes(column.data_type, found_type).ok_or_else(|| wrong_type(column, found_type, file))?;
            Ok(ColumnMatch {
                name: column.name.clone(),
                file_name: column.file_name.clone(),
                index,
                table_type,
                required: column.required,
            })
        })
        .collect()
}

/// The one position of a column among a file's names.
///
/// # Errors
///
/// The column is missing, or there more than once.
pub fn only_position(names: &[&str], wanted: &str, file: &str) -> Result<usize> {
    let mut positions = names.iter().enumerate().filter(|(_, name)| **name == wanted).map(|(index, _)| index);
    let Some(index) = positions.next() else {
        let hint = did_you_mean(wanted, names.iter().copied()).map_or_else(
            || format!("the file has {}", listed(names)),
            |suggestion| format!("{suggestion} Names are compared exactly, blanks and case included"),
        );
        return Err(Error::data(Problem::new(format!("column `{wanted}` is missing in `{file}`")).hint(hint)));
    };
    if positions.next().is_some() {
        return Err(Error::data(
            Problem::new(format!("column `{wanted}` is more than once in `{file}`"))
                .hint("give each column of the file its own name"),
        ));
    }
    Ok(index)
}

/// Checks that a file has the columns of the source's first file, and gives them in the first file's order. Declared
/// columns are the same already, but an `id` may be text in one file and an integer in another.
///
/// # Errors
///
/// A column is missing, is new, or has another type.
pub fn same_columns(
    source: &SourcePlan,
    first: &[ColumnMatch],
    first_file: &str,
    here: Vec<ColumnMatch>,
    file: &str,
) -> Result<Vec<ColumnMatch>> {
    let refused = |message: String| {
        let hint = "all files of a source have the same columns; declare `columns` to read some of them";
        Err(Error::data(Problem::new(message).hint(hint)))
    };
    let ordered = if source.columns.is_empty() {
        if let Some(new) = here.iter().find(|column| first.iter().all(|known| known.name != column.name)) {
            return refused(format!("column `{}` is in `{file}` but not in `{first_file}`", new.name));
        }
        let mut ordered = Vec::with_capacity(first.len());
        for known in first {
            match here.iter().find(|column| column.name == known.name) {
                Some(column) => ordered.push(column.clone()),
                None => {
                    return refused(format!("column `{}` is missing in `{file}`, `{first_file}` has it", known.name));
                }
            }
        }
        ordered
    } else {
        here
    };
    match first.iter().zip(&ordered).find(|(known, column)| known.table_type != column.table_type) {
        Some((known, column)) => refused(format!(
            "column `{}` is {} in `{file}` but {} in `{first_file}`",
            known.file_name,
            described(&column.table_type),
            described(&known.table_type)
        )),
        None => Ok(ordered),
    }
}

/// The table's fields of matched columns.
pub fn table_fields(columns: &[ColumnMatch]) -> Vec<Field> {
    columns.iter().map(|column| Field::new(&column.name, column.table_type.clone(), true)).collect()
}

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

/// The table type of an Arrow type: text of every layout is `Utf8View`, the rest stays.
pub fn as_view(found: &ArrowType) -> ArrowType {
    match found {
        ArrowType::Utf8 | ArrowType::LargeUtf8 => ArrowType::Utf8View,
        ArrowType::Dictionary(_, values) if is_text(values) => ArrowType::Utf8View,
        other => other.clone(),
    }
}

fn undeclared(index: usize, field: &Field) -> ColumnMatch {
    let name = field.name().clone();
    ColumnMatch { file_name: name.clone(), name, index, table_type: as_view(field.data_type()), required: false }
}

/// The table type of a declared column that a file has as `found`; `None` when only a lossy or guessing conversion
/// would do. Fractions of a second beyond microseconds and doubles beyond a decimal's scale are rounded off.
fn becomes(declared: DataType, found: &ArrowType) -> Option<ArrowType> {
    use ArrowType as A;
    let found = match found {
        A::Dictionary(_, values) => values.as_ref(),
        other => other,
    };
    let is_number = found.is_integer() || matches!(found, A::Float16 | A::Float32 | A::Float64);
    let fits = match declared {
        DataType::Id if found.is_integer() => return Some(A::Int64),
        DataType::Id | DataType::String => {
            is_text(found) || matches!(found, A::Binary | A::LargeBinary | A::BinaryView)
        }
        DataType::Integer => found.is_integer() || matches!(found, A::Decimal128(_, 0) | A::Decimal256(_, 0)),
        DataType::Double => is_number || matches!(found, A::Decimal128(..) | A::Decimal256(..)),
        DataType::Decimal(_, scale) => match found {
            A::Decimal32(_, has) | A::Decimal64(_, has) | A::Decimal128(_, has) | A::Decimal256(_, has) => {
                *has <= scale
            }
            _ => is_number,
        },
        DataType::Boolean => *found == A::Boolean,
        DataType::Date | DataType::Timestamp => matches!(found, A::Date32 | A::Date64 | A::Timestamp(..)),
    };
    (fits || *found == A::Null).then(|| table_type(declared))
}

fn wrong_type(column: &SourceColumn, found: &ArrowType, file: &str) -> Error {
    let message =
        format!("column `{}` is {} in `{file}`, declared {}", column.file_name, described(found), column.data_type);
    let hint = match (column.data_type, found) {
        (DataType::Decimal(..), ArrowType::Decimal128(precision, scale)) => {
            format!("digits would be lost: declare decimal({precision},{scale}) and round in SQL")
        }
        _ => "declare the type the file has and convert in SQL, or write the file with the declared type".to_owned(),
    };
    Error::data(Problem::new(message).hint(hint))
}

fn is_text(found: &ArrowType) -> bool {
    matches!(found, ArrowType::Utf8 | ArrowType::LargeUtf8 | ArrowType::Utf8View)
}

/// An Arrow type in the words of the pipeline file.
pub fn described(found: &ArrowType) -> String {
    match found {
        found if is_text(found) => "text".into(),
        ArrowType::Dictionary(_, values) => described(values),
        found if found.is_integer() => "integer".into(),
        ArrowType::Float16 | ArrowType::Float32 | ArrowType::Float64 => "double".into(),
        ArrowType::Decimal128(precision, scale) | ArrowType::Decimal256(precision, scale) => {
            format!("decimal({precision},{scale})")
        }
        ArrowType::Boolean => "boolean".into(),
        ArrowType::Date32 | ArrowType::Date64 => "date".into(),
        ArrowType::Timestamp(_, None) => "timestamp".into(),
        ArrowType::Timestamp(_, Some(zone)) => format!("timestamp with zone {zone}"),
        ArrowType::Struct(_) => "a structure".into(),
        ArrowType::List(_) | ArrowType::LargeList(_) => "a list".into(),
        other => other.to_string(),
    }
}

fn listed(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(12).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(shown.len()) {
        0 if shown.is_empty() => "no columns".into(),
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, DictionaryArray, Float64Array, Int32Array, StringArray, TimestampNanosecondArray};
    use arrow::datatypes::TimeUnit;

    use super::*;

    fn column(name: &str, data_type: DataType) -> SourceColumn {
        SourceColumn { name: name.into(), file_name: name.into(), data_type, required: false, format: None }
    }

    fn found(fields: &[(&str, ArrowType)]) -> Schema {
        Schema::new(fields.iter().map(|(name, kind)| Field::new(*name, kind.clone(), true)).collect::<Vec<_>>())
    }

    #[test]
    fn a_column_in_another_case_is_missing_and_suggested() {
        let error = match_columns(
            &[column("amount", DataType::Double)],
            &found(&[("Amount", ArrowType::Float64)]),
            "a.parquet",
        )
        .unwrap_err();
        assert_eq!(error.exit_code(), 3);
        assert!(error.to_string().contains("column `amount` is missing in `a.parquet`"), "{error}");
        assert!(error.to_string().contains("did you mean `Amount`?"), "{error}");
    }

    #[test]
    fn text_is_not_parsed_and_digits_are_not_cut() {
        let decimal = column("x", DataType::Decimal(18, 2));
        let text = match_columns(std::slice::from_ref(&decimal), &found(&[("x", ArrowType::Utf8)]), "f").unwrap_err();
        assert!(text.to_string().contains("column `x` is text in `f`, declared decimal(18,2)"), "{text}");
        let four = found(&[("x", ArrowType::Decimal128(18, 4))]);
        assert!(match_columns(&[decimal], &four, "f").unwrap_err().to_string().contains("declare decimal(18,4)"));
        let fraction = found(&[("x", ArrowType::Float64)]);
        assert_eq!(match_columns(&[column("x", DataType::Integer)], &fraction, "f").unwrap_err().exit_code(), 3);
    }

    #[test]
    fn identifiers_stay_text_or_become_wide_integers() {
        let id = [column("x", DataType::Id)];
        let kind = |found_type| match_columns(&id, &found(&[("x", found_type)]), "f").unwrap()[0].table_type.clone();
        assert_eq!(kind(ArrowType::Int32), ArrowType::Int64);
        assert_eq!(kind(ArrowType::LargeUtf8), ArrowType::Utf8View);
    }

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
