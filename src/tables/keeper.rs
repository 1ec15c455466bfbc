//! Keeps the rows of a computed table: in memory while the budget allows, in temporary Parquet files when not.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::{ExecutionPlan, execute_stream_partitioned};
use futures::StreamExt;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use tempfile::TempDir;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::budget::{Budget, Share};
use super::compact::{compact, held_bytes};
use super::kept_table::{Content, KeptPartition, KeptTable};
use super::measured::Measured;
use crate::engine::{between_queries, sql_errors};
use crate::error::{Error, Problem, Result};

/// Rows that the writer of a temporary file holds in memory.
const ROWS_PER_GROUP: usize = 1 << 16;

/// Keeps tables within one memory budget.
pub struct Keeper {
    pub(super) budget: Arc<Budget>,
    spill_folder: Option<PathBuf>,
}

impl Keeper {
    /// A keeper with `limit_bytes` of memory; tables that do not fit are written below `spill_folder`.
    pub fn new(limit_bytes: usize, spill_folder: Option<PathBuf>) -> Self {
        Self { budget: Budget::new(limit_bytes), spill_folder }
    }

    /// Executes `plan` and keeps its partitions; `activity` names the computation in messages.
    ///
    /// # Errors
    /// The query fails, or the disk does.
    pub async fn keep(
        &self,
        name: &str,
        activity: &str,
        plan: Arc<dyn ExecutionPlan>,
        context: Arc<TaskContext>,
    ) -> Result<KeptTable> {
        let schema = between_queries(&plan.schema());
        let streams = execute_stream_partitioned(plan, context).map_err(|e| sql_errors::running_error(activity, e))?;
        // All partitions of a query must be read concurrently, because they depend on each other.
        let at_once = streams.len();
        self.keep_streams(name, activity, schema, streams, at_once).await
    }

    /// Keeps the rows of `streams`, one partition each, `at_once` of them read concurrently.
    ///
    /// # Errors
    /// A stream fails, or the disk does.
    pub async fn keep_streams(
        &self,
        name: &str,
        activity: &str,
        schema: SchemaRef,
        streams: Vec<SendableRecordBatchStream>,
        at_once: usize,
    ) -> Result<KeptTable> {
        let turns = Arc::new(Semaphore::new(at_once.max(1)));
        let folder = Arc::new(self.temporary_folder()?);
        let mut tasks = JoinSet::new();
        for (index, stream) in streams.into_iter().enumerate() {
            let partition = PartitionKeeper {
                activity: activity.to_owned(),
                schema: Arc::clone(&schema),
                path: folder.path().join(format!("{index}.parquet")),
                folder: Arc::clone(&folder),
                budget: Arc::clone(&self.budget),
            };
            let turns = Arc::clone(&turns);
            tasks.spawn(async move {
                let _turn = turns.acquire_owned().await;
                (index, partition.keep(stream).await)
            });
        }
        let mut partitions = Vec::new();
        while let Some(joined) = tasks.join_next().await {
            let stopped = |error| Error::execution(Problem::new(format!("{activity} stopped unexpectedly: {error}")));
            let kept = joined.map_err(stopped).and_then(|(index, partition)| Ok((index, partition?)));
            match kept {
                Ok(partition) => partitions.push(partition),
                // The memory of the other partitions is freed when this returns.
                Err(error) => {
                    tasks.shutdown().await;
                    return Err(error);
                }
            }
        }
        partitions.sort_by_key(|(index, _)| *index);
        let partitions = partitions.into_iter().map(|(_, partition)| partition).collect();
        Ok(KeptTable { name: name.to_owned(), schema, partitions })
    }

    fn temporary_folder(&self) -> Result<TempDir> {
        let builder = tempfile::Builder::new().prefix("staunch-").to_owned();
        match &self.spill_folder {
            Some(folder) => builder.tempdir_in(folder),
            None => builder.tempdir(),
        }
        .map_err(|error| disk_error("cannot make a folder for tables that do not fit into memory", error))
    }
}

struct PartitionKeeper {
    activity: String,
    schema: SchemaRef,
    path: PathBuf,
    folder: Arc<TempDir>,
    budget: Arc<Budget>,
}

impl PartitionKeeper {
    async fn keep(self, mut stream: SendableRecordBatchStream) -> Result<KeptPartition> {
        let mut batches = Vec::new();
        let mut share = Share::of(&self.budget);
        let mut measured = Measured::of_columns(self.schema.fields().len());
        while let Some(batch) = stream.next().await {
            let batch =
                compact(batch.map_err(|error| sql_errors::running_error(&self.activity, error))?, &self.schema)?;
            if batch.num_rows() == 0 {
                continue;
            }
            measured.add(&batch);
            let fits = share.grow(held_bytes(&batch));
            batches.push(batch);
            if !fits {
                drop(share);
                return self.spill(batches, measured, stream).await;
            }
        }
        Ok(KeptPartition { measured, content: Content::Memory(batches, share) })
    }

    async fn spill(
        self,
        batches: Vec<RecordBatch>,
        mut measured: Measured,
        mut stream: SendableRecordBatchStream,
    ) -> Result<KeptPartition> {
        tracing::debug!(path = %self.path.display(), "a table is spilled to disk");
        let file = File::create(&self.path).map_err(|error| disk_error("cannot write a temporary table", error))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::LZ4_RAW)
            .set_max_row_group_row_count(Some(ROWS_PER_GROUP))
            .build();
        let failed = |error: parquet::errors::ParquetError| {
            Error::execution(
                Problem::new(format!("cannot write a temporary table: {error}"))
                    .hint("free some disk space, or set `runtime.spill` to another folder")
                    .caused_by(error),
            )
        };
        let mut writer = ArrowWriter::try_new(file, Arc::clone(&self.schema), Some(properties)).map_err(failed)?;
        for batch in batches {
            writer.write(&batch).map_err(failed)?;
        }
        while let Some(batch) = stream.next().await {
            let batch =
                compact(batch.map_err(|error| sql_errors::running_error(&self.activity, error))?, &self.schema)?;
            measured.add(&batch);
            writer.write(&batch).map_err(failed)?;
        }
        writer.close().map_err(failed)?;
        let bytes = std::fs::metadata(&self.path)
            .map_err(|error| disk_error("cannot read the size of a temporary table", error))?
            .len();
        Ok(KeptPartition { measured, content: Content::Disk(self.path, bytes, self.folder) })
    }
}

fn disk_error(what: &str, error: std::io::Error) -> Error {
    Error::execution(
        Problem::new(format!("{what}: {}", error.kind()))
            .hint("free some disk space, or set `runtime.spill` to a folder that can be written")
            .caused_by(error),
    )
}
