//! One pass over the columns of Parquet files whose footers leave open whether every row keeps the contract. Files that keep
//! it are then scanned in place.

use arrow::array::RecordBatch;
use arrow::datatypes::DataType as ArrowType;
use arrow::error::ArrowError;
use chrono_tz::Tz;
use datafusion::common::Statistics;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::stats::Precision;
use datafusion::scalar::ScalarValue;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};

use super::dictionaries::{self, Dictionary};
use super::footer::{ParquetFile, damaged_by};
use super::{statistics, stream};
use crate::error::{Error, Problem, Result};
use crate::plan::contract::ColumnRule;
use crate::plan::source::{SourceColumn, SourcePlan};
use crate::sources::contract::columns::ColumnMatch;
use crate::sources::contract::types::{Conversion, conversion};
use crate::sources::formats::typed_rows::{checked, rejected};
use crate::sources::intake::{Intake, Reject};
use crate::sources::listing::Listing;
use crate::sources::panics::foreign_decoder;

/// Row groups that are read side by side.
const GROUPS_AT_ONCE: usize = 8;

/// Whether any row breaks the contract.
///
/// # Errors
///
/// A row breaks the contract and none may; a file is damaged, or the store fails.
pub async fn is_broken(
    source: &SourcePlan,
    listing: &Listing,
    files: &[ParquetFile],
    matched: &[Vec<ColumnMatch>],
    intake: &Intake,
) -> Result<bool> {
    let mut passes = Vec::new();
    for (index, (file, columns)) in files.iter().zip(matched).enumerate() {
        let open = open_columns(source, file, columns)?;
        if open.is_empty() {
            continue;
        }
        let mut first_row = 1;
        for (group, metadata) in file.metadata.row_groups().iter().enumerate() {
            passes.push(Pass::new(source, listing, file, index, group, first_row, open.clone()));
            first_row += u64::try_from(metadata.num_rows()).unwrap_or_default();
        }
    }
    // Each in a task of its own, so that they share the processors.
    let run = |pass: Pass| async {
        let done = SpawnedTask::spawn(pass.run()).join_unwind().await;
        done.map_err(|error| Error::execution(Problem::new("reading was interrupted").caused_by(error)))?
    };
    let mut results = futures::stream::iter(passes).map(run).buffered(GROUPS_AT_ONCE);
    while let Some(broken) = results.try_next().await? {
        let Some((index, reject)) = broken else { continue };
        if intake.keeps_rejects() {
            return Ok(true);
        }
        intake.reject(index, reject)?;
    }
    Ok(false)
}

/// The columns, with their declarations, of which the footer does not say that every value keeps the contract.
fn open_columns(
    source: &SourcePlan,
    file: &ParquetFile,
    columns: &[ColumnMatch],
) -> Result<Vec<(ColumnMatch, SourceColumn)>> {
    let known =
        foreign_decoder(&file.name, || statistics(file, columns))?.map_err(|error| damaged_by(&file.name, error))?;
    let mut names: Vec<&str> = Vec::new();
    let mut open = Vec::new();
    for (column, declared) in columns.iter().zip(&source.columns) {
        let Some(index) = column.index else { continue };
        let found = file.schema.field(index).data_type();
        let position = names.iter().position(|name| *name == column.file_name).unwrap_or_else(|| {
            names.push(&column.file_name);
            names.len() - 1
        });
        let is_kept = conversion(declared, found) == Conversion::Cast
            && !may_overflow(found, &column.table_type)
            && is_required_kept(declared, &known, position)
            && declared.rules.iter().all(|rule| is_rule_kept(rule, &known, position, found));
        if !is_kept {
            open.push((column.clone(), declared.clone()));
        }
    }
    Ok(open)
}

/// Whether a cast may meet values that do not fit, which a scan would report without their rows.
fn may_overflow(found: &ArrowType, table: &ArrowType) -> bool {
    let is_wide = matches!(found, ArrowType::UInt64 | ArrowType::Decimal128(..) | ArrowType::Decimal256(..));
    (found != table && is_wide)
        || (matches!(table, ArrowType::Decimal128(..)) && !matches!(found, ArrowType::Decimal128(..)))
}

fn is_required_kept(declared: &SourceColumn, known: &Statistics, position: usize) -> bool {
    let nulls = known.column_statistics.get(position).map(|column| column.null_count);
    !declared.required || nulls == Some(Precision::Exact(0))
}

/// Whether the smallest and the largest value tell that every value keeps a rule.
fn is_rule_kept(rule: &ColumnRule, known: &Statistics, position: usize, found: &ArrowType) -> bool {
    let Some(column) = known.column_statistics.get(position) else { return false };
    let value = |bound: &Precision<ScalarValue>| match bound {
        Precision::Exact(value) | Precision::Inexact(value) => value.cast_to(found).ok(),
        Precision::Absent => None,
    };
    let bound = |bound: &ScalarValue| bound.cast_to(found).ok();
    // Times with a zone are compared after they were made local, which the footer does not do.
    if matches!(found, ArrowType::Timestamp(_, Some(_))) {
        return false;
    }
    let order = |at: &Precision<ScalarValue>, against: &ScalarValue| value(at)?.partial_cmp(&bound(against)?);
    use std::cmp::Ordering::{Equal, Greater, Less};
    match rule {
        ColumnRule::Min(least) | ColumnRule::NotBefore(least) => {
            matches!(order(&column.min_value, least), Some(Greater | Equal))
        }
        ColumnRule::Max(most) => matches!(order(&column.max_value, most), Some(Less | Equal)),
        ColumnRule::Before(end) => matches!(order(&column.max_value, end), Some(Less)),
        ColumnRule::Values(_) | ColumnRule::Pattern { .. } => false,
    }
}

/// One row group that is looked through.
struct Pass {
    /// Position of the file.
    index: usize,
    name: String,
    /// Number of the group's first row within the file.
    first_row: u64,
    /// The columns of the batches, with their declarations.
    columns: Vec<(ColumnMatch, SourceColumn)>,
    time_zone: Tz,
    batches: BoxStream<'static, Result<RecordBatch>>,
}

impl Pass {
    fn new(
        source: &SourcePlan,
        listing: &Listing,
        file: &ParquetFile,
        index: usize,
        group: usize,
        first_row: u64,
        mut columns: Vec<(ColumnMatch, SourceColumn)>,
    ) -> Self {
        // The batches have only these columns, in the order of the file.
        let mut roots: Vec<usize> = columns.iter().filter_map(|(column, _)| column.index).collect();
        roots.sort_unstable();
        roots.dedup();
        for (column, _) in &mut columns {
            column.index = column.index.and_then(|index| roots.binary_search(&index).ok());
        }
        let schema = dictionaries::kept(file, group, &roots);
        let batches = stream::batches(file, listing, schema, roots, Some(group)).boxed();
        Self { index, name: file.name.clone(), first_row, columns, time_zone: source.time_zone, batches }
    }

    /// The position of the file and the first row that breaks the contract.
    async fn run(mut self) -> Result<Option<(usize, Reject)>> {
        let failed = |error: ArrowError| {
            let message = format!("`{}` cannot be read: {error}", self.name);
            Error::data(Problem::new(message).hint("write the file again").caused_by(error))
        };
        let mut dictionaries = vec![Dictionary::default(); self.columns.len()];
        while let Some(batch) = self.batches.next().await {
            let batch = batch?;
            let (mut columns, mut declared) = (Vec::new(), Vec::new());
            for ((column, of), dictionary) in self.columns.iter().zip(&mut dictionaries) {
                if !dictionary.keeps(&batch, column, of, self.time_zone).map_err(failed)? {
                    columns.push(column.clone());
                    declared.push(of.clone());
                }
            }
            let (_, broken) = checked(&batch, &columns, &declared, self.time_zone).map_err(failed)?;
            if let Some(first) = broken.into_iter().next() {
                return Ok(Some((self.index, rejected(first, &declared, self.first_row, String::new()))));
            }
            self.first_row += batch.num_rows() as u64;
        }
        Ok(None)
    }
}
