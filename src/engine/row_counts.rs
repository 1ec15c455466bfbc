//! How many rows a query reads, where that is known before it runs.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use datafusion::common::Result;
use datafusion::logical_expr::LogicalPlan;

use super::query_shape::scans;

/// The rows of the tables of one engine.
#[derive(Debug, Default)]
pub(super) struct RowCounts(Mutex<BTreeMap<String, u64>>);

impl RowCounts {
    /// Notes the rows of `table`; `None` when they are not known.
    pub fn set(&self, table: &str, rows: Option<u64>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match rows {
            Some(rows) => counts.insert(table.to_owned(), rows),
            None => counts.remove(table),
        };
    }

    /// Rows of all the scans of `plan` together; `None` when one of its tables is not known.
    ///
    /// # Errors
    /// The plan cannot be walked.
    pub fn read_by(&self, plan: &LogicalPlan) -> Result<Option<u64>> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = |(table, times): (String, usize)| Some(counts.get(&table)?.saturating_mul(times as u64));
        Ok(scans(plan)?.into_iter().map(rows).try_fold(0_u64, |sum, rows| Some(sum.saturating_add(rows?))))
    }
}
