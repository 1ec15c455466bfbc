//! Where the rows of one file go: completed with what is the same for all of them, turned where the source says so, and
//! handed to the query.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Int64Array, RecordBatch, StringViewArray, UInt64Array};
use arrow::compute::{filter_record_batch, interleave, is_not_null, take};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use datafusion::scalar::ScalarValue;

use crate::config::sources::Metadata;
use crate::error::{Error, Problem, Result};
use crate::plan::source::{SourcePlan, UnpivotPlan, metadata_type};
use crate::sources::contract::partitions::partition_fields;
use crate::sources::contract::types::table_type;
use crate::sources::event_times::EventTimes;
use crate::sources::intake::{Intake, Reject};
use crate::sources::object_bytes::BatchSink;

/// Column with the position of a row's file among those of the source; only while duplicates are looked for.
pub const FILE_COLUMN: &str = "staunch_file";
/// Column with the number of a row within its file; only while duplicates are looked for.
pub const ROW_COLUMN: &str = "staunch_row";

/// A column behind those of the files.
#[derive(Clone, Debug)]
pub enum Trailing {
    /// The same value in every row of the file.
    Same(ScalarValue),
    /// The number of the row within the file.
    RowNumber,
}

/// What is the same for all rows of one file.
pub struct FileTarget {
    /// The file's location, for messages.
    pub name: Arc<str>,
    /// Position of the file among the source's.
    pub file: usize,
    /// Counts and rejected rows of the source.
    pub intake: Arc<Intake>,
    /// Columns of the rows as they are read.
    pub schema: SchemaRef,
    /// The last columns, before columns are turned into rows.
    pub trailing: Vec<Trailing>,
    /// Columns that are turned into rows while the file is read.
    pub unpivot: Option<UnpivotPlan>,
    /// Position of the column that says when the event of a row took place.
    pub event_column: Option<usize>,
}

/// Where a parser puts the rows of one file.
pub struct Target<'a> {
    /// The file.
    pub file: &'a FileTarget,
    /// What takes the batches.
    pub sink: &'a BatchSink,
}

impl FileTarget {
    /// Rows of the table, given the columns of the file, the numbers of the rows within it, and which of them are kept.
    ///
    /// # Errors
    ///
    /// The rows do not fit the table, which is a defect.
    pub fn completed(
        &self,
        file_columns: RecordBatch,
        row_numbers: Vec<u64>,
        is_kept: Vec<bool>,
    ) -> Result<RecordBatch> {
        kept(file_columns, row_numbers, is_kept)
            .and_then(|(columns, row_numbers)| completed(&columns, &row_numbers, &self.trailing))
            .and_then(|batch| match &self.unpivot {
                Some(unpivot) => turned(&batch, unpivot),
                None => Ok(batch),
            })
            .and_then(|batch| RecordBatch::try_new(Arc::clone(&self.schema), batch.columns().to_vec()))
            .and_then(|batch| {
                if let Some(times) = self.event_column.map(|column| EventTimes::of(batch.column(column))).transpose()? {
                    self.intake.note_event_times(self.file, times);
                }
                Ok(batch)
            })
            .map_err(|error| {
                Error::execution(
                    Problem::new(format!("the rows of `{}` do not fit the table: {error}", self.name))
                        .hint("this is a defect; please report it with the file")
                        .caused_by(error),
                )
            })
    }
}

impl Target<'_> {
    /// The file's location, for messages.
    pub fn name(&self) -> &Arc<str> {
        &self.file.name
    }

    /// Counts and rejected rows of the source.
    pub fn intake(&self) -> &Intake {
        &self.file.intake
    }

    /// Keeps a row that breaks the contract.
    ///
    /// # Errors
    ///
    /// No row may, or too many did.
    pub fn reject(&self, reject: Reject) -> Result<()> {
        self.file.intake.reject(self.file.file, reject)
    }

    /// Counts rows that were read.
    pub fn count_read(&self, rows: u64) {
        self.file.intake.count_read(self.file.file, rows);
    }

    /// Counts rows that are no data.
    pub fn count_left_out(&self, rows: u64) {
        self.file.intake.count_left_out(self.file.file, rows);
    }

    /// Hands rows over, given the columns of the file, the numbers of the rows within it, and which of them are kept; `false`
    /// when nobody wants more.
    ///
    /// # Errors
    ///
    /// The rows do not fit the table, which is a defect.
    pub fn send(&self, file_columns: RecordBatch, row_numbers: Vec<u64>, is_kept: Vec<bool>) -> Result<bool> {
        Ok(self.sink.send(self.file.completed(file_columns, row_numbers, is_kept)?))
    }
}

/// The rows that are kept, with their numbers.
fn kept(
    rows: RecordBatch,
    mut row_numbers: Vec<u64>,
    is_kept: Vec<bool>,
) -> Result<(RecordBatch, Vec<u64>), ArrowError> {
    if !is_kept.contains(&false) {
        return Ok((rows, row_numbers));
    }
    let mut of_number = is_kept.iter();
    row_numbers.retain(|_| of_number.next().is_some_and(|is_kept| *is_kept));
    Ok((filter_record_batch(&rows, &BooleanArray::from(is_kept))?, row_numbers))
}

fn completed(columns: &RecordBatch, row_numbers: &[u64], trailing: &[Trailing]) -> Result<RecordBatch, ArrowError> {
    let rows = columns.num_rows();
    let mut fields: Vec<Arc<Field>> = columns.schema_ref().fields().iter().cloned().collect();
    let mut arrays = columns.columns().to_vec();
    for (index, column) in trailing.iter().enumerate() {
        let array: ArrayRef = match column {
            Trailing::Same(value) => {
                value.to_array_of_size(rows).map_err(|error| ArrowError::ExternalError(Box::new(error)))?
            }
            Trailing::RowNumber => {
                let number = |number: &u64| i64::try_from(*number).unwrap_or(i64::MAX);
                Arc::new(Int64Array::from_iter_values(row_numbers.iter().map(number)))
            }
        };
        fields.push(Arc::new(Field::new(format!("trailing {index}"), array.data_type().clone(), true)));
        arrays.push(array);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
}

/// Columns of the rows of the files, given those that the files hold: partitions and columns about files and rows are behind
/// them.
///
/// # Errors
///
/// Two columns have one name.
pub fn file_schema(source: &SourcePlan, mut fields: Vec<Field>, file: Option<&str>) -> Result<SchemaRef> {
    let partitions = partition_fields(&source.partitions);
    let metadata = source.metadata.iter().map(|(name, kind)| Field::new(name, table_type(metadata_type(*kind)), true));
    let trailing: Vec<Field> = partitions.into_iter().chain(metadata).collect();
    if let Some(twice) = fields.iter().find(|field| trailing.iter().any(|other| other.name() == field.name())) {
        let file = file.unwrap_or("the files");
        return Err(Error::data(
            Problem::new(format!("column `{}` is in `{file}` and in its folder's name", twice.name()))
                .hint("declare the source's `columns` without it, or drop it from `partitions`"),
        ));
    }
    fields.extend(trailing);
    Ok(Arc::new(Schema::new(fields)))
}

/// Columns of the table, given those of the rows of the files: columns are turned into rows.
pub fn table_schema(source: &SourcePlan, files: &SchemaRef) -> SchemaRef {
    let Some(unpivot) = &source.unpivot else { return Arc::clone(files) };
    Arc::new(Schema::new(turned_fields(files.fields().iter().map(|field| field.as_ref().clone()).collect(), unpivot)))
}

/// Columns of the rows as they are read, given those of the rows of the files. While duplicates are looked for, the numbers of
/// file and row are behind them, and columns are turned into rows afterwards.
pub fn read_schema(source: &SourcePlan, files: &SchemaRef) -> SchemaRef {
    if source.unique.is_empty() {
        return table_schema(source, files);
    }
    let number = |name: &str| Arc::new(Field::new(name, DataType::Int64, true));
    let fields = files.fields().iter().cloned().chain([number(FILE_COLUMN), number(ROW_COLUMN)]);
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn turned_fields(fields: Vec<Field>, unpivot: &UnpivotPlan) -> Vec<Field> {
    let (turned, mut kept): (Vec<Field>, Vec<Field>) =
        fields.into_iter().partition(|field| unpivot.columns.contains(field.name()));
    kept.push(Field::new(&unpivot.name, DataType::Utf8View, true));
    if let Some(first) = turned.first() {
        kept.push(Field::new(&unpivot.value, first.data_type().clone(), true));
    }
    kept
}

/// One row for each of the columns of `unpivot`: the other columns, the name of the column, its value.
///
/// # Errors
///
/// The batch lacks a column, which is a defect.
pub fn turned(batch: &RecordBatch, unpivot: &UnpivotPlan) -> Result<RecordBatch, ArrowError> {
    let schema = batch.schema();
    let columns = unpivot.columns.iter().map(|name| schema.index_of(name)).collect::<Result<Vec<_>, _>>()?;
    let rows = u64::try_from(batch.num_rows()).unwrap_or_default();
    let each = columns.len();
    let repeated = UInt64Array::from_iter_values((0..rows).flat_map(|row| std::iter::repeat_n(row, each)));
    let fields: Vec<Field> = schema.fields().iter().map(|field| field.as_ref().clone()).collect();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for (index, array) in batch.columns().iter().enumerate() {
        if !columns.contains(&index) {
            arrays.push(take(array, &repeated, None)?);
        }
    }
    let names = (0..rows).flat_map(|_| unpivot.columns.iter().map(String::as_str));
    arrays.push(Arc::new(StringViewArray::from_iter_values(names)));
    let values: Vec<&dyn Array> = columns.iter().map(|index| batch.column(*index).as_ref()).collect();
    let order: Vec<(usize, usize)> =
        (0..batch.num_rows()).flat_map(|row| (0..each).map(move |column| (column, row))).collect();
    let values = interleave(&values, &order)?;
    let is_there = unpivot.drops_missing.then(|| is_not_null(&values)).transpose()?;
    arrays.push(values);
    let turned = RecordBatch::try_new(Arc::new(Schema::new(turned_fields(fields, unpivot))), arrays)?;
    match is_there {
        Some(is_there) => filter_record_batch(&turned, &is_there),
        None => Ok(turned),
    }
}

/// What the table's last columns hold for one file, given its position and the values of its partitions.
pub fn trailing(
    source: &SourcePlan,
    file: usize,
    partitions: Vec<ScalarValue>,
    file_name: &str,
    modified_at_micros: i64,
) -> Vec<Trailing> {
    let metadata = source.metadata.iter().map(|(_, kind)| match kind {
        Metadata::FileName => Trailing::Same(ScalarValue::Utf8View(Some(file_name.to_owned()))),
        Metadata::FileModifiedAt => Trailing::Same(ScalarValue::TimestampMicrosecond(Some(modified_at_micros), None)),
        Metadata::RowNumber => Trailing::RowNumber,
    });
    let numbers = [Trailing::Same(ScalarValue::Int64(i64::try_from(file).ok())), Trailing::RowNumber];
    let numbers = numbers.into_iter().filter(|_| !source.unique.is_empty());
    partitions.into_iter().map(Trailing::Same).chain(metadata).chain(numbers).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(batch: &RecordBatch) -> Vec<String> {
        let text = arrow::util::pretty::pretty_format_batches(std::slice::from_ref(batch)).unwrap().to_string();
        let cells = |line: &str| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>().join("|");
        text.lines().filter(|line| line.starts_with('|')).map(cells).collect()
    }

    #[test]
    fn columns_become_rows_in_their_order() {
        let batch = RecordBatch::try_from_iter_with_nullable([
            ("form", Arc::new(StringViewArray::from(vec!["a", "b"])) as ArrayRef, true),
            ("q1", Arc::new(Int64Array::from(vec![Some(1), None])) as ArrayRef, true),
            ("q2", Arc::new(Int64Array::from(vec![3, 4])) as ArrayRef, true),
        ])
        .unwrap();
        let mut unpivot = UnpivotPlan {
            columns: vec!["q2".into(), "q1".into()],
            name: "item_id".into(),
            value: "score".into(),
            drops_missing: false,
        };
        assert_eq!(
            shown(&turned(&batch, &unpivot).unwrap()),
            ["form|item_id|score", "a|q2|3", "a|q1|1", "b|q2|4", "b|q1|"]
        );
        unpivot.drops_missing = true;
        assert_eq!(turned(&batch, &unpivot).unwrap().num_rows(), 3);
    }

    #[test]
    fn every_row_gets_what_its_file_says() {
        let batch = RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from(vec![7, 8])) as ArrayRef)]).unwrap();
        let trailing = [Trailing::Same(ScalarValue::from("a.csv")), Trailing::RowNumber];
        let completed = completed(&batch, &[3, 5], &trailing).unwrap();
        assert_eq!(shown(&completed)[1..], ["7|a.csv|3", "8|a.csv|5"]);
    }
}
