//! Arrow IPC, as files and as streams. A file is read as the stream it contains, so that neither needs to be in memory.

use std::io::BufRead;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::ipc::reader::StreamReader;
use chrono_tz::Tz;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::scalar::ScalarValue;

use crate::error::{Error, Problem, Result};
use crate::sources::contract::columns::{ColumnMatch, conform, table_fields};
use crate::sources::object_bytes::{InputFile, reading_error};

/// How an Arrow file begins and ends.
const FILE_MAGIC: &[u8] = b"ARROW1";
/// What comes before the stream in a file is a multiple of this.
const WORD_BYTES: usize = 8;
/// How a stream ends: no more messages.
const STREAM_END: &[u8] = &[0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0];

/// The columns a file has; also checks that its end is there, because a stream that was cut between two batches looks whole.
///
/// # Errors
///
/// The file is no Arrow file, or was cut short.
pub async fn schema_of(file: &InputFile) -> Result<SchemaRef> {
    let end = file.last_bytes(8).await?;
    let name = Arc::clone(&file.name);
    let (schema, is_file) = file
        .read(move |bytes| {
            let is_file = skip_magic(bytes, &name)?;
            Ok((reader(bytes, &name)?.schema(), is_file))
        })
        .await?;
    let is_whole = if is_file { end.ends_with(FILE_MAGIC) } else { end.ends_with(STREAM_END) };
    if !is_whole {
        return Err(Error::data(
            Problem::new(format!("`{}` has no end mark: it was cut short", file.name)).hint("write the file again"),
        ));
    }
    Ok(schema)
}

/// The rows of one file; `partitions` are the values of the table's last columns, `time_zone` is the pipeline's.
pub fn stream(
    file: InputFile,
    columns: Vec<ColumnMatch>,
    schema: SchemaRef,
    partitions: Vec<ScalarValue>,
    time_zone: Tz,
) -> SendableRecordBatchStream {
    let name = Arc::clone(&file.name);
    let table = Arc::clone(&schema);
    file.stream(schema, move |bytes, sink| {
        skip_magic(bytes, &name)?;
        let own = Arc::new(Schema::new(table_fields(&columns)));
        for batch in reader(bytes, &name)? {
            let batch = batch.map_err(|error| broken(&name, error))?;
            let conformed = conform(&batch, &columns, &own, time_zone, &name)?;
            if !sink.send(with_partitions(&conformed, &table, &partitions, &name)?) {
                break;
            }
        }
        Ok(())
    })
}

fn with_partitions(
    batch: &RecordBatch,
    table: &SchemaRef,
    partitions: &[ScalarValue],
    name: &str,
) -> Result<RecordBatch> {
    let mut arrays = batch.columns().to_vec();
    for value in partitions {
        arrays.push(value.to_array_of_size(batch.num_rows()).map_err(|error| broken(name, error))?);
    }
    RecordBatch::try_new(Arc::clone(table), arrays).map_err(|error| broken(name, error))
}

/// Skips what a file has before its stream, the magic and zeros up to the writer's alignment; tells whether it is a file.
fn skip_magic(bytes: &mut dyn BufRead, name: &str) -> Result<bool> {
    let start = bytes.fill_buf().map_err(|error| reading_error(name, error))?;
    if !start.starts_with(FILE_MAGIC) {
        return Ok(false);
    }
    let words = start.chunks_exact(WORD_BYTES).skip(1).take_while(|word| word.iter().all(|byte| *byte == 0));
    let count = (1 + words.count()) * WORD_BYTES;
    let count = count.min(start.len());
    bytes.consume(count);
    Ok(true)
}

fn reader<'a>(bytes: &'a mut dyn BufRead, name: &str) -> Result<StreamReader<&'a mut dyn BufRead>> {
    StreamReader::try_new(bytes, None).map_err(|error| broken(name, error))
}

fn broken(name: &str, error: impl std::fmt::Display) -> Error {
    Error::data(
        Problem::new(format!("`{name}` cannot be read as Arrow: {error}"))
            .hint("write the file again, or check the source's `format`"),
    )
}
