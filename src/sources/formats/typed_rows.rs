//! Rows of files that have types of their own (Parquet, Arrow), batch by batch as batches of the table.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::Schema;
use arrow::error::ArrowError;
use chrono_tz::Tz;

use super::target::FileTarget;
use crate::error::{Error, Problem, Result};
use crate::plan::source::SourceColumn;
use crate::sources::contract::columns::{ColumnMatch, table_fields};
use crate::sources::contract::conform::conform;
use crate::sources::contract::rules::{Broken, broken};
use crate::sources::intake::Reject;
use crate::sources::rejected_record::fields_of_row;

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
    let numbers: Vec<u64> = (first_row..first_row + rows).collect();
    let table = RecordBatch::try_new(Arc::new(Schema::new(table_fields(columns))), arrays).map_err(failed)?;
    let mut is_good = vec![true; batch.num_rows()];
    for broken in found {
        is_good[broken.row] = false;
        let record = match target.intake.keeps_rejects() {
            true => target.intake.concealment().object(fields_of_row(batch, broken.row).map_err(failed)?),
            false => String::new(),
        };
        target.intake.reject(target.file, rejected(broken, declared, first_row, record))?;
    }
    target.completed(table, numbers, is_good)
}

/// A row of a batch that starts at the row `first_row` of its file, as it is rejected.
pub fn rejected(broken: Broken, declared: &[SourceColumn], first_row: u64, record: String) -> Reject {
    Reject {
        line: first_row + broken.row as u64,
        column: declared.get(broken.column).map(|column| column.name.clone()),
        rule: broken.rule.into(),
        reason: broken.reason,
        hint: "correct the file, or change what the pipeline file declares".into(),
        record,
    }
}
