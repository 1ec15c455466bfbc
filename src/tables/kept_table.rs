//! A computed table between the query that gave it and those that read it.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use tempfile::TempDir;

use super::budget::Share;
use super::measured::Measured;
use super::stored_table::{Place, StoredTable};
use super::table_guard::TableGuard;
use crate::engine::{Engine, sql_errors};
use crate::error::Result;

/// A table that was computed or parsed once.
pub struct KeptTable {
    pub(super) name: String,
    pub(super) schema: SchemaRef,
    pub(super) partitions: Vec<KeptPartition>,
}

/// The rows of one partition, and where they are.
pub(super) struct KeptPartition {
    pub(super) measured: Measured,
    pub(super) content: Content,
}

pub(super) enum Content {
    /// The rows and their share of the budget.
    Memory(Vec<RecordBatch>, Share),
    /// A Parquet file, its size in bytes, and the folder that goes when nobody needs it any more.
    Disk(PathBuf, u64, Arc<TempDir>),
}

impl KeptTable {
    /// Rows of all partitions.
    pub fn rows(&self) -> u64 {
        self.partitions.iter().map(|partition| partition.measured.rows).sum()
    }

    /// Rows per partition, in order.
    pub fn rows_per_partition(&self) -> Vec<u64> {
        self.partitions.iter().map(|partition| partition.measured.rows).collect()
    }

    /// Bytes held in memory or on disk.
    pub fn bytes(&self) -> u64 {
        let bytes = |partition: &KeptPartition| match &partition.content {
            Content::Memory(_, share) => share.bytes() as u64,
            Content::Disk(_, bytes, _) => *bytes,
        };
        self.partitions.iter().map(bytes).sum()
    }

    /// Whether a part of it lies on disk.
    pub fn is_spilled(&self) -> bool {
        self.partitions.iter().any(|partition| matches!(partition.content, Content::Disk(..)))
    }

    /// Leaves out the rows of some partitions, given by their positions.
    pub fn leave_out(&mut self, partitions: &[usize]) {
        let mut index = 0;
        self.partitions.retain(|_| {
            index += 1;
            !partitions.contains(&(index - 1))
        });
    }

    /// Makes the table readable under another name.
    ///
    /// # Errors
    /// See [`KeptTable::register`].
    pub fn register_as(mut self, name: &str, engine: &Engine) -> Result<()> {
        name.clone_into(&mut self.name);
        self.register(engine)
    }

    /// Makes the table readable for queries of `engine`, any number of times.
    ///
    /// # Errors
    /// The catalog refuses the name.
    pub fn register(self, engine: &Engine) -> Result<()> {
        let (name, rows) = (self.name.clone(), self.rows());
        engine.register(&name, self.provider()?, Some(rows))
    }

    fn provider(self) -> Result<Arc<dyn TableProvider>> {
        let (mut shares, mut folders, mut partitions) = (Vec::new(), Vec::new(), Vec::new());
        for partition in self.partitions {
            let place = match partition.content {
                Content::Memory(batches, share) => {
                    shares.push(share);
                    Place::Memory(batches)
                }
                Content::Disk(path, _, folder) => {
                    folders.push(folder);
                    Place::Disk(path)
                }
            };
            partitions.push((place, partition.measured));
        }
        let table: Arc<dyn TableProvider> = if folders.is_empty() {
            let mut batches: Vec<Vec<RecordBatch>> =
                partitions.into_iter().filter_map(|(place, _)| place.batches()).collect();
            if batches.is_empty() {
                batches.push(Vec::new());
            }
            let table = MemTable::try_new(self.schema, batches);
            Arc::new(
                table
                    .map_err(|error| sql_errors::internal(&format!("cannot keep the table `{}`", self.name), error))?,
            )
        } else {
            Arc::new(StoredTable::new(self.schema, partitions))
        };
        Ok(Arc::new(TableGuard::new(table, shares, folders)))
    }
}
