//! Writes one table as a Parquet file whose bytes depend only on its rows.

use arrow::array::RecordBatch;
use arrow::compute::{BatchCoalescer, cast};
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;
use object_store::ObjectStoreExt;
use parquet::arrow::AsyncArrowWriter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::description::TableDescription;
use super::finite::first_not_finite;
use super::manifest::PublishedTable;
use super::open_table::{published_file, store_error, unreadable};
use super::pending_writes::PendingWrites;
use crate::error::{Error, Problem, Result};
use crate::storage::folder::Folder;
use crate::storage::request_error::Purpose;
use crate::storage::upload::{Fingerprint, Upload};

/// Rows passed to the Parquet writer at a time. Pages and dictionaries depend on this number, so it is independent of
/// the number of threads and of the incoming batches.
const CHUNK_ROWS: usize = 8_192;
/// Small in tests, so that small tables have several row groups too, yet larger than the 20,000 rows of a page.
const ROW_GROUP_ROWS: usize = if cfg!(test) { 4 * CHUNK_ROWS } else { 64 * CHUNK_ROWS };

/// Writes the rows in their order, reads the footer back, and returns what was written. After an error, no readable
/// file remains. The final write runs to completion even if this future is dropped; `pending` tracks it.
pub(super) async fn write(
    folder: &Folder,
    pending: &PendingWrites,
    relative: String,
    description: &TableDescription,
    rows: SendableRecordBatchStream,
) -> Result<PublishedTable> {
    let schema = description.published_schema(&rows.schema());
    let failed = |error| not_written(folder, &relative, error);
    let upload = Upload::new(folder, &relative)?;
    let properties = properties(description, &schema).map_err(failed)?;
    let mut writer = AsyncArrowWriter::try_new(upload, schema.clone(), Some(properties)).map_err(failed)?;
    let written = match write_rows(&mut writer, &schema, description, rows).await {
        Ok(rows) => writer.finish().await.map(|_| rows).map_err(failed),
        Err(WriteError::Rows(error)) => Err(error),
        Err(WriteError::File(error)) => Err(failed(error)),
    };
    let upload = writer.into_inner();
    let row_count = match written {
        Ok(rows) => rows,
        Err(error) => {
            upload.abort().await;
            return Err(error);
        }
    };
    let fingerprint = upload.fingerprint();
    pending.run(upload.finish()).await?.map_err(|error| folder.error(Purpose::Write, &relative, error))?;
    read_back(folder, &relative, &schema, row_count, &fingerprint).await?;
    Ok(PublishedTable {
        name: description.name.clone(),
        path: relative,
        rows: row_count,
        bytes: fingerprint.bytes,
        sha256: fingerprint.sha256,
        seconds: None,
        columns: description.published_columns(&schema),
        key: description.key.clone(),
        sorted_by: description.sorted_by.clone(),
    })
}

fn properties(description: &TableDescription, schema: &Schema) -> Result<WriterProperties, ParquetError> {
    let words = vec![
        KeyValue::new("table".into(), description.name.clone()),
        KeyValue::new("description".into(), description.description.clone()),
    ];
    Ok(WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_key_value_metadata(Some(words))
        .set_sorting_columns(sorting_columns(&description.sorted_by, schema))
        .build())
}

/// The order of the rows for the footer, by the position of each column among the leaves of the schema. A column after a
/// nested one has no such position that is easily told, so the order ends before the first of them.
fn sorting_columns(sorted_by: &[String], schema: &Schema) -> Option<Vec<SortingColumn>> {
    let flat = schema.fields().iter().take_while(|field| !field.data_type().is_nested());
    let positions: Vec<&str> = flat.map(|field| field.name().as_str()).collect();
    let sorted = sorted_by.iter().map_while(|name| positions.iter().position(|column| column == name));
    let sorted = sorted.filter_map(|position| i32::try_from(position).ok());
    let columns: Vec<SortingColumn> =
        sorted.map(|column_idx| SortingColumn { column_idx, descending: false, nulls_first: false }).collect();
    (!columns.is_empty()).then_some(columns)
}

enum WriteError {
    /// The rows are bad or could not be computed.
    Rows(Error),
    /// The file could not be written.
    File(ParquetError),
}

async fn write_rows(
    writer: &mut AsyncArrowWriter<Upload>,
    schema: &SchemaRef,
    description: &TableDescription,
    mut rows: SendableRecordBatchStream,
) -> Result<u64, WriteError> {
    let mut chunks = BatchCoalescer::new(schema.clone(), CHUNK_ROWS);
    let mut row_count: u64 = 0;
    let unexpected = |error| WriteError::Rows(not_computed(description, DataFusionError::from(error)));
    while let Some(batch) = rows.next().await {
        let batch = batch.map_err(|error| WriteError::Rows(not_computed(description, error)))?;
        let batch = plain(&batch, schema).map_err(unexpected)?;
        refuse_not_finite(description, &batch, row_count).map_err(WriteError::Rows)?;
        row_count += batch.num_rows() as u64;
        chunks.push_batch(batch).map_err(unexpected)?;
        while let Some(chunk) = chunks.next_completed_batch() {
            writer.write(&chunk).await.map_err(WriteError::File)?;
        }
    }
    chunks.finish_buffered_batch().map_err(unexpected)?;
    while let Some(chunk) = chunks.next_completed_batch() {
        writer.write(&chunk).await.map_err(WriteError::File)?;
    }
    Ok(row_count)
}

fn plain(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(column, field)| cast(column, field.data_type()))
        .collect::<Result<Vec<_>, _>>()?;
    RecordBatch::try_new(schema.clone(), columns)
}

fn refuse_not_finite(description: &TableDescription, batch: &RecordBatch, rows_before: u64) -> Result<()> {
    for (column, field) in batch.columns().iter().zip(batch.schema_ref().fields()) {
        if let Some(found) = first_not_finite(column) {
            return Err(Error::data(
                Problem::new(format!(
                    "table `{}`, column `{}`, row {}: `{}` is not a finite number",
                    description.name,
                    field.name(),
                    rows_before + found.row as u64 + 1,
                    found.value,
                ))
                .hint("guard the division with `nullif(divisor, 0)` in the query"),
            ));
        }
    }
    Ok(())
}

/// Verifies the footer of the written file, so that a store that loses bytes is noticed now, not by readers.
async fn read_back(
    folder: &Folder,
    relative: &str,
    schema: &SchemaRef,
    rows: u64,
    written: &Fingerprint,
) -> Result<()> {
    let name = folder.name(relative);
    let failed = |error| folder.error(Purpose::Read, relative, error);
    let differs = |what: String| {
        Error::execution(
            Problem::new(format!("`{name}` differs from what was written: {what}"))
                .hint("run again; if the problem persists, check the store"),
        )
    };
    let size = folder.store.head(&folder.path(relative)?).await.map_err(failed)?.size;
    if size != written.bytes {
        return Err(differs(format!("{size} bytes instead of {}", written.bytes)));
    }
    let mut reader = published_file(folder, relative, size)?;
    let footer = ArrowReaderMetadata::load_async(&mut reader, ArrowReaderOptions::new())
        .await
        .map_err(|error| unreadable(folder, relative, error))?;
    let found_rows = footer.metadata().file_metadata().num_rows();
    if u64::try_from(found_rows) != Ok(rows) {
        return Err(differs(format!("{found_rows} rows instead of {rows}")));
    }
    if footer.schema().fields() != schema.fields() {
        return Err(differs("the columns have other names or types".into()));
    }
    Ok(())
}

fn not_written(folder: &Folder, relative: &str, error: ParquetError) -> Error {
    match store_error(error) {
        Ok(error) => folder.error(Purpose::Write, relative, error),
        Err(error) => {
            let name = folder.name(relative);
            Error::execution(Problem::new(format!("cannot write `{name}`: {error}")).caused_by(error))
        }
    }
}

/// Maps an error of the stream of rows. An [`Error`] that is wrapped as external is returned unchanged, because it
/// names the cause best.
fn not_computed(description: &TableDescription, error: DataFusionError) -> Error {
    let error = match error {
        DataFusionError::External(inner) => match inner.downcast::<Error>() {
            Ok(ours) => return *ours,
            Err(inner) => DataFusionError::External(inner),
        },
        other => other,
    };
    let problem = Problem::new(format!("cannot compute table `{}`: {}", description.name, error.strip_backtrace()));
    let is_bad_data = matches!(
        error.find_root(),
        DataFusionError::ArrowError(inner, _)
            if matches!(
                inner.as_ref(),
                ArrowError::DivideByZero | ArrowError::ArithmeticOverflow(_) | ArrowError::CastError(_)
                    | ArrowError::ParseError(_) | ArrowError::ComputeError(_)
            )
    );
    if is_bad_data { Error::data(problem.caused_by(error)) } else { Error::execution(problem.caused_by(error)) }
}
