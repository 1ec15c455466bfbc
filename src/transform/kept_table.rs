//! A computed table between the query that gave it and those that read it: in memory while the budget allows, in
//! temporary Parquet files when not.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::{ExecutionPlan, execute_stream_partitioned};
use datafusion::prelude::ParquetReadOptions;
use futures::StreamExt;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use tempfile::TempDir;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::budget::{Budget, Share};
use super::held_table::HeldTable;
use crate::engine::{Engine, between_queries, sql_errors};
use crate::error::{Error, Problem, Result};

/// Views whose buffers are this many times larger than the text they show are copied.
const WASTEFUL_FACTOR: usize = 2;

/// Keeps tables within one memory budget.
pub struct Keeper {
    budget: Arc<Budget>,
    spill_folder: Option<PathBuf>,
}

/// A table that was computed or parsed once.
pub struct KeptTable {
    name: String,
    schema: SchemaRef,
    partitions: Vec<KeptPartition>,
}

struct KeptPartition {
    rows: u64,
    content: Content,
}

enum Content {
    Memory(Vec<RecordBatch>, Share),
    Disk(PathBuf, u64, Arc<TempDir>),
}

impl Keeper {
    /// A keeper with `limit_bytes` of memory; what does not fit goes below `spill_folder`.
    pub fn new(limit_bytes: usize, spill_folder: Option<PathBuf>) -> Self {
        Self { budget: Budget::new(limit_bytes), spill_folder }
    }

    /// Executes `plan` and keeps its partitions; `doing` says what that is, for messages.
    ///
    /// # Errors
    /// The query fails, or the disk does.
    pub async fn keep(
        &self,
        name: &str,
        doing: &str,
        plan: Arc<dyn ExecutionPlan>,
        context: Arc<TaskContext>,
    ) -> Result<KeptTable> {
        let schema = between_queries(&plan.schema());
        let streams = execute_stream_partitioned(plan, context).map_err(|e| sql_errors::running_error(doing, e))?;
        // All partitions of a query must be read at once: they feed each other.
        let at_once = streams.len();
        self.keep_streams(name, doing, schema, streams, at_once).await
    }

    /// Keeps the rows of `streams`, one partition each, `at_once` of them read side by side.
    ///
    /// # Errors
    /// A stream fails, or the disk does.
    pub async fn keep_streams(
        &self,
        name: &str,
        doing: &str,
        schema: SchemaRef,
        streams: Vec<SendableRecordBatchStream>,
        at_once: usize,
    ) -> Result<KeptTable> {
        let turns = Arc::new(Semaphore::new(at_once.max(1)));
        let folder = Arc::new(self.temporary_folder()?);
        let mut tasks = JoinSet::new();
        for (index, stream) in streams.into_iter().enumerate() {
            let partition = PartitionKeeper {
                doing: doing.to_owned(),
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
            let stopped = |error| Error::execution(Problem::new(format!("{doing} stopped unexpectedly: {error}")));
            let kept = joined.map_err(stopped).and_then(|(index, partition)| Ok((index, partition?)));
            match kept {
                Ok(partition) => partitions.push(partition),
                // What the others hold is free again when this returns.
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
    doing: String,
    schema: SchemaRef,
    path: PathBuf,
    folder: Arc<TempDir>,
    budget: Arc<Budget>,
}

impl PartitionKeeper {
    async fn keep(self, mut stream: SendableRecordBatchStream) -> Result<KeptPartition> {
        let mut batches = Vec::new();
        let mut share = Share::of(&self.budget);
        let mut rows = 0;
        while let Some(batch) = stream.next().await {
            let batch = compact(batch.map_err(|error| sql_errors::running_error(&self.doing, error))?, &self.schema)?;
            if batch.num_rows() == 0 {
                continue;
            }
            rows += batch.num_rows() as u64;
            let fits = share.grow(held_bytes(&batch));
            batches.push(batch);
            if !fits {
                drop(share);
                return self.spill(batches, rows, stream).await;
            }
        }
        Ok(KeptPartition { rows, content: Content::Memory(batches, share) })
    }

    async fn spill(
        self,
        batches: Vec<RecordBatch>,
        rows: u64,
        mut stream: SendableRecordBatchStream,
    ) -> Result<KeptPartition> {
        tracing::debug!(path = %self.path.display(), "a table goes to disk");
        let file = File::create(&self.path).map_err(|error| disk_error("cannot write a temporary table", error))?;
        let properties = WriterProperties::builder().set_compression(Compression::LZ4_RAW).build();
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
        let mut rows = rows;
        while let Some(batch) = stream.next().await {
            let batch = compact(batch.map_err(|error| sql_errors::running_error(&self.doing, error))?, &self.schema)?;
            rows += batch.num_rows() as u64;
            writer.write(&batch).map_err(failed)?;
        }
        writer.close().map_err(failed)?;
        let bytes =
            std::fs::metadata(&self.path).map_err(|error| disk_error("cannot look at a temporary table", error))?.len();
        Ok(KeptPartition { rows, content: Content::Disk(self.path, bytes, self.folder) })
    }
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

    /// Makes the table readable for queries of `engine`, any number of times.
    ///
    /// # Errors
    /// The temporary files cannot be read.
    pub async fn register(self, engine: &Engine) -> Result<()> {
        let (name, rows) = (self.name.clone(), self.rows());
        engine.register(&name, self.provider(engine).await?, Some(rows))
    }

    async fn provider(self, engine: &Engine) -> Result<Arc<dyn TableProvider>> {
        let doing = format!("reading `{}` again", self.name);
        let failed = |error| sql_errors::running_error(&doing, error);
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
            return Ok(Arc::new(HeldTable::new(memory, shares, folders)));
        }
        let options = ParquetReadOptions::default().schema(&self.schema);
        let on_disk = engine.context.read_parquet(paths, options).await.map_err(failed)?;
        let all = engine.context.read_table(memory).and_then(|rows| on_disk.union(rows)).map_err(failed)?;
        Ok(Arc::new(HeldTable::new(all.into_view(), shares, folders)))
    }
}

/// Gives a batch the schema of its table (a union's branches differ in what may be NULL) and copies text views that hold
/// on to much larger buffers, as filters leave them behind.
fn compact(batch: RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let is_wasteful = |column: &ArrayRef| {
        column.data_type() == &DataType::Utf8View && {
            let views = column.as_string_view();
            let held: usize = views.data_buffers().iter().map(|buffer| buffer.capacity()).sum();
            held > WASTEFUL_FACTOR * views.total_buffer_bytes_used()
        }
    };
    let columns = batch.columns().iter().map(|column| {
        if is_wasteful(column) { Arc::new(column.as_string_view().gc()) as ArrayRef } else { Arc::clone(column) }
    });
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns.collect(), &options)
        .map_err(|error| Error::execution(Problem::new(format!("cannot keep a batch: {error}")).caused_by(error)))
}

/// Bytes that the rows of a batch take. Batches are often slices of larger buffers that their neighbours share, so that
/// counting whole buffers would count the same memory many times.
fn held_bytes(batch: &RecordBatch) -> usize {
    let bytes = |column: &ArrayRef| match column.data_type() {
        DataType::Utf8View => {
            let views = column.as_string_view();
            size_of::<u128>() * views.len() + views.total_buffer_bytes_used()
        }
        _ => column.to_data().get_slice_memory_size().unwrap_or_else(|_| column.get_array_memory_size()),
    };
    batch.columns().iter().map(bytes).sum()
}

fn disk_error(what: &str, error: std::io::Error) -> Error {
    Error::execution(
        Problem::new(format!("{what}: {}", error.kind()))
            .hint("free some disk space, or set `runtime.spill` to a folder that can be written")
            .caused_by(error),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Int64Array, StringViewArray};
    use arrow::datatypes::{Field, Schema};
    use datafusion::physical_plan::stream::RecordBatchStreamAdapter;

    const ROWS: i64 = 1000;

    /// Three partitions of two batches each; together the numbers from 0 to 5999.
    async fn kept(limit_bytes: usize) -> (Engine, KeptTable) {
        let engine = Engine::for_planning().unwrap();
        let schema: SchemaRef = Arc::new(Schema::new(vec![
            Field::new("number", DataType::Int64, true),
            Field::new("name", DataType::Utf8View, true),
        ]));
        let batch = |first: i64| {
            let numbers = Int64Array::from_iter_values(first..first + ROWS);
            let names = (first..first + ROWS).map(|n| format!("a name that is too long for a view, {n}"));
            let names = StringViewArray::from_iter_values(names);
            RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(numbers), Arc::new(names)]).unwrap()
        };
        let stream = |partition: i64| -> SendableRecordBatchStream {
            let batches = [batch(partition * 2 * ROWS), batch((partition * 2 + 1) * ROWS)];
            let rows = futures::stream::iter(batches.map(Ok));
            Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&schema), rows))
        };
        let keeper = Keeper::new(limit_bytes, None);
        let streams = (0..3).map(stream).collect();
        let kept = keeper.keep_streams("numbers", "keeping", Arc::clone(&schema), streams, 1).await.unwrap();
        (engine, kept)
    }

    async fn sum_and_count(engine: &Engine) -> Vec<String> {
        let sql = "select sum(number) as s, count(distinct name) as n, max(name) as m from numbers";
        let batches = engine.context.sql(sql).await.unwrap().collect().await.unwrap();
        batches[0]
            .columns()
            .iter()
            .map(|column| arrow::util::display::array_value_to_string(column, 0).unwrap())
            .collect()
    }

    #[tokio::test]
    async fn a_table_reads_the_same_from_memory_from_disk_and_from_both() {
        // One partition takes about 150 kB, so that the middle budget holds one or two of the three.
        for (limit_bytes, is_spilled) in [(usize::MAX, false), (250_000, true), (1, true)] {
            let (engine, kept) = kept(limit_bytes).await;
            assert_eq!(kept.is_spilled(), is_spilled, "{limit_bytes}");
            assert_eq!(kept.rows_per_partition(), [2000, 2000, 2000]);
            kept.register(&engine).await.unwrap();
            // 0 + 1 + ... + 5999
            let expected = ["17997000", "6000", "a name that is too long for a view, 999"];
            assert_eq!(sum_and_count(&engine).await, expected, "{limit_bytes}");
        }
    }

    #[tokio::test]
    async fn slices_of_one_buffer_are_not_counted_as_often_as_they_are_sliced() {
        let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..80_000));
        let whole = RecordBatch::try_from_iter([("number", numbers)]).unwrap();
        let slices: usize = (0..10).map(|slice| held_bytes(&whole.slice(slice * 8_000, 8_000))).sum();
        assert_eq!(slices, held_bytes(&whole));
    }

    #[tokio::test]
    async fn memory_is_given_back_when_nobody_can_read_the_table_any_more() {
        let engine = Engine::for_planning().unwrap();
        let keeper = Keeper::new(usize::MAX, None);
        let batch = RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef)]).unwrap();
        let schema = batch.schema();
        let rows = RecordBatchStreamAdapter::new(Arc::clone(&schema), futures::stream::iter([Ok(batch)]));
        let kept = keeper.keep_streams("t", "keeping", schema, vec![Box::pin(rows)], 1).await.unwrap();
        kept.register(&engine).await.unwrap();
        assert_eq!(keeper.budget.used_bytes(), 16);
        engine.deregister("t").unwrap();
        assert_eq!(keeper.budget.used_bytes(), 0);
    }
}
