//! One pass over the columns of Parquet files whose footers leave open whether every row keeps the contract. Files that keep
//! it are then scanned in place.

use arrow::datatypes::DataType as ArrowType;
use datafusion::common::Statistics;
use datafusion::common::stats::Precision;
use datafusion::scalar::ScalarValue;
use futures::{FutureExt, StreamExt, TryStreamExt};

use super::footer::{ParquetFile, damaged_by};
use super::{statistics, stream};
use crate::error::{Error, Problem, Result};
use crate::plan::contract::ColumnRule;
use crate::plan::source::{SourceColumn, SourcePlan};
use crate::sources::contract::columns::ColumnMatch;
use crate::sources::contract::types::{Conversion, conversion};
use crate::sources::formats::typed_rows::{checked, rejected};
use crate::sources::intake::Intake;
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
        if !open.is_empty() {
            let first_rows = file.metadata.row_groups().iter().scan(1, |next: &mut u64, group| {
                let first = *next;
                *next += u64::try_from(group.num_rows()).unwrap_or_default();
                Some(first)
            });
            passes.extend(first_rows.enumerate().map(|(group, first_row)| Pass {
                file,
                index,
                group,
                first_row,
                columns: open.clone(),
            }));
        }
    }
    let mut passes: Vec<_> = passes.into_iter().map(|pass| pass.run(source, listing, intake).boxed()).collect();
    let broken: Vec<bool> = futures::stream::iter(passes.drain(..)).buffered(GROUPS_AT_ONCE).try_collect().await?;
    Ok(broken.contains(&true))
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
struct Pass<'a> {
    file: &'a ParquetFile,
    index: usize,
    group: usize,
    /// Number of the group's first row within the file.
    first_row: u64,
    columns: Vec<(ColumnMatch, SourceColumn)>,
}

impl Pass<'_> {
    async fn run(self, source: &SourcePlan, listing: &Listing, intake: &Intake) -> Result<bool> {
        // The batches have only these columns, in the order of the file.
        let mut roots: Vec<usize> = self.columns.iter().filter_map(|(column, _)| column.index).collect();
        roots.sort_unstable();
        roots.dedup();
        let mut columns = Vec::with_capacity(self.columns.len());
        let mut declared = Vec::with_capacity(self.columns.len());
        for (mut column, of) in self.columns {
            column.index = column.index.and_then(|index| roots.binary_search(&index).ok());
            columns.push(column);
            declared.push(of);
        }
        let (name, time_zone) = (self.file.name.clone(), source.time_zone);
        let mut batches = Box::pin(stream::batches(self.file, listing, roots, Some(self.group)));
        let mut first_row = self.first_row;
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            let (_, broken) = checked(&batch, &columns, &declared, time_zone).map_err(|error| {
                Error::data(Problem::new(format!("`{name}` cannot be read: {error}")).hint("write the file again"))
            })?;
            if let Some(first) = broken.into_iter().next() {
                if intake.keeps_rejects() {
                    return Ok(true);
                }
                intake.reject(self.index, rejected(first, &declared, first_row, String::new()))?;
            }
            first_row += batch.num_rows() as u64;
        }
        Ok(false)
    }
}
