//! Rows of files that have types of their own (Parquet, Arrow), batch by batch as batches of the table.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::Schema;
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use chrono_tz::Tz;
use serde_json::Value;

use super::target::FileTarget;
use crate::error::{Error, Problem, Result};
use crate::plan::source::SourceColumn;
use crate::sources::contract::columns::{ColumnMatch, table_fields};
use crate::sources::contract::conform::conform;
use crate::sources::contract::rules::{Broken, broken};
use crate::sources::intake::Reject;

/// The table's columns of a batch of a file, and its rows that break the contract: the first broken rule of each, ordered.
///
/// # Errors
///
/// The batch is not as its file's schema says.
pub fn checked(
    batch: &RecordBatch,
    columns: &[ColumnMatch],
    declared: &[SourceColumn],
    time_zone: Tz,
) -> Result<(Vec<ArrayRef>, Vec<Broken>), ArrowError> {
    let (arrays, mut found) = conform(batch, columns, declared, time_zone)?;
    // A value that is not of the type is missing in the column, and is not told a second time as a missing one.
    found.extend(broken(declared, &arrays)?);
    found.sort_by_key(|broken| (broken.row, broken.column));
    found.dedup_by_key(|broken| broken.row);
    Ok((arrays, found))
}

/// A batch of the file of `target`, whose first row has the number `first_row`, as a batch of the table: rows that break the
/// contract are rejected.
///
/// # Errors
///
/// A row breaks the contract and none may, or too many did; or the batch is not as its file's schema says.
pub fn take(
    batch: &RecordBatch,
    first_row: u64,
    columns: &[ColumnMatch],
    declared: &[SourceColumn],
    time_zone: Tz,
    target: &FileTarget,
) -> Result<RecordBatch> {
    let failed = |error: ArrowError| {
        Error::data(
            Problem::new(format!("`{}` cannot be read: {error}", target.name))
                .hint("write the file again")
                .caused_by(error),
        )
    };
    let (arrays, found) = checked(batch, columns, declared, time_zone).map_err(failed)?;
    let rows = batch.num_rows() as u64;
    target.intake.count_read(target.file, rows);
    let mut numbers: Vec<u64> = (first_row..first_row + rows).collect();
    let mut table = RecordBatch::try_new(Arc::new(Schema::new(table_fields(columns))), arrays).map_err(failed)?;
    if !found.is_empty() {
        let mut is_good = vec![true; batch.num_rows()];
        for Broken { row, column, rule, reason } in found {
            is_good[row] = false;
            target.intake.reject(
                target.file,
                Reject {
                    line: numbers[row],
                    column: declared.get(column).map(|column| column.name.clone()),
                    rule: rule.into(),
                    reason,
                    hint: "correct the file, or change what the pipeline file declares".into(),
                    record: if target.intake.keeps_rejects() {
                        record(batch, row, target).map_err(failed)?
                    } else {
                        String::new()
                    },
                },
            )?;
        }
        let mut good = is_good.iter();
        numbers.retain(|_| good.next().is_some_and(|is_good| *is_good));
        table = filter_record_batch(&table, &BooleanArray::from(is_good)).map_err(failed)?;
    }
    target.completed(&table, &numbers)
}

/// A row of a file as JSON.
fn record(batch: &RecordBatch, row: usize, target: &FileTarget) -> Result<String, ArrowError> {
    let options = FormatOptions::default();
    let mut fields = Vec::with_capacity(batch.num_columns());
    for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        let is_null = array.logical_nulls().is_some_and(|nulls| nulls.is_null(row));
        let shown = ArrayFormatter::try_new(array.as_ref(), &options)?.value(row).to_string();
        fields.push((field.name().as_str(), if is_null { Value::Null } else { Value::String(shown) }));
    }
    Ok(target.intake.concealment().object(fields))
}
