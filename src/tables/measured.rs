//! What a planner wants to know about rows: the same figures wherever they are kept.

use arrow::array::{Array, RecordBatch};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, Statistics};

/// Exact figures of some rows. They are those that the engine takes of a table in memory, so that a query is planned the
/// same whether its tables are in memory or on disk.
#[derive(Clone, Debug, Default)]
pub(super) struct Measured {
    /// Rows.
    pub rows: u64,
    /// Of each column, its size in memory in bytes.
    bytes: Vec<usize>,
    /// Of each column, its NULLs.
    nulls: Vec<usize>,
}

impl Measured {
    /// No rows of so many columns.
    pub(super) fn of_columns(columns: usize) -> Self {
        Self { rows: 0, bytes: vec![0; columns], nulls: vec![0; columns] }
    }

    /// Adds the rows of `batch`.
    pub(super) fn add(&mut self, batch: &RecordBatch) {
        self.rows += batch.num_rows() as u64;
        for (index, column) in batch.columns().iter().enumerate() {
            self.bytes[index] += column.get_array_memory_size();
            self.nulls[index] += column.logical_nulls().map_or(0, |nulls| nulls.null_count());
        }
    }

    /// Adds other rows of the same columns.
    pub(super) fn extend(&mut self, other: &Self) {
        self.rows += other.rows;
        self.bytes.iter_mut().zip(&other.bytes).for_each(|(sum, bytes)| *sum += bytes);
        self.nulls.iter_mut().zip(&other.nulls).for_each(|(sum, nulls)| *sum += nulls);
    }

    /// The figures of the columns at these positions.
    pub(super) fn statistics(&self, columns: &[usize]) -> Statistics {
        let nulls = |column: &usize| {
            let mut statistics = ColumnStatistics::new_unknown();
            statistics.null_count = Precision::Exact(self.nulls[*column]);
            statistics
        };
        Statistics {
            num_rows: Precision::Exact(usize::try_from(self.rows).unwrap_or(usize::MAX)),
            total_byte_size: Precision::Exact(columns.iter().map(|column| self.bytes[*column]).sum()),
            column_statistics: columns.iter().map(nulls).collect(),
        }
    }
}
