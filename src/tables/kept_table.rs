//! A computed table between the query that gave it and those that read it.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use datafusion::prelude::ParquetReadOptions;
use tempfile::TempDir;

use super::budget::Share;
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
    pub(super) rows: u64,
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
        self.partitions.iter().map(|partition| partition.rows).sum()
    }

    /// Rows per partition, in order.
    pub fn rows_per_partition(&self) -> Vec<u64> {
        self.partitions.iter().map(|partition| partition.rows).collect()
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
    pub async fn register_as(mut self, name: &str, engine: &Engine) -> Result<()> {
        name.clone_into(&mut self.name);
        self.register(engine).await
    }

    /// Makes the table readable for queries of `engine`, any number of times.
    ///
    /// # Errors
    /// The temporary files cannot be read.
    pub async fn register(self, engine: &Engine) -> Result<()> {
        let (name, rows) = (self.name.clone(), self.rows());
        engine.register(&name, self.provider(engine).await?, Some(rows))
    }

    async fn provider(self, engine: &Engine) -> Result<Arc<dyn TableProvider>> {
        let activity = format!("reading `{}` again", self.name);
        let failed = |error| sql_errors::running_error(&activity, error);
        let mut in_memory = Vec::new();
        let mut shares = Vec::new();
        let mut paths = Vec::new();
        let mut folders = Vec::new();
        for partition in self.partitions {
            match partition.content {
                Content::Memory(batches, share) => {
                    in_memory.push(batches);
                    shares.push(share);
                }
                Content::Disk(path, _, folder) => {
                    paths.push(path.to_string_lossy().into_owned());
                    folders.push(folder);
                }
            }
        }
        if in_memory.is_empty() {
            in_memory.push(Vec::new());
        }
        let memory = Arc::new(MemTable::try_new(Arc::clone(&self.schema), in_memory).map_err(failed)?);
        if paths.is_empty() {
            return Ok(Arc::new(TableGuard::new(memory, shares, folders)));
        }
        let options = ParquetReadOptions::default().schema(&self.schema);
        let on_disk = engine.context.read_parquet(paths, options).await.map_err(failed)?;
        let all = engine.context.read_table(memory).and_then(|rows| on_disk.union(rows)).map_err(failed)?;
        Ok(Arc::new(TableGuard::new(all.into_view(), shares, folders)))
    }
}
