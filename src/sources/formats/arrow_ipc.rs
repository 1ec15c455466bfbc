//! Arrow IPC, as files and as streams. A file is read as the stream it contains, so that neither needs to be in memory.

use std::fmt;
use std::io::BufRead;
use std::sync::Arc;

use arrow::datatypes::{Field, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use chrono_tz::Tz;

use super::target::Target;
use super::{RowFormat, typed_rows};
use crate::error::{Error, ForeignError, Problem, Result};
use crate::plan::source::{SourceColumn, SourcePlan};
use crate::sources::contract::columns::{ColumnMatch, match_columns, same_columns, several_types, table_fields};
use crate::sources::decompression::reading_error;
use crate::sources::object_bytes::InputFile;
use crate::sources::panics::foreign_decoder;

/// Endings of such files.
pub const ENDINGS: &[&str] = &[".arrow", ".feather", ".ipc", ".arrows"];
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
async fn schema_of(file: &InputFile) -> Result<SchemaRef> {
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

/// How the Arrow files of a source are to be read.
pub struct ArrowPlan {
    /// The table's columns in each file.
    columns: Vec<Vec<ColumnMatch>>,
    /// The declared columns; none when the files' own are read.
    declared: Vec<SourceColumn>,
    /// The pipeline's.
    time_zone: Tz,
}

/// Reads the schema of every file and finds the table's columns in it.
///
/// # Errors
///
/// A file is no Arrow file, was cut short, or has other columns than declared or than the first file.
pub async fn open(source: &SourcePlan, files: &[InputFile]) -> Result<ArrowPlan> {
    let mut columns: Vec<Vec<ColumnMatch>> = Vec::with_capacity(files.len());
    let mut schemas = Vec::with_capacity(files.len());
    for file in files {
        let schema = schema_of(file).await?;
        let here = match_columns(&source.columns, &schema, &file.name)?;
        let here = match (columns.first(), files.first()) {
            (Some(first), Some(first_file)) => same_columns(source, first, &first_file.name, here, &file.name)?,
            _ => here,
        };
        columns.push(here);
        schemas.push(schema);
    }
    for (file, schema) in files.iter().zip(&schemas) {
        let fields = schema.fields().iter();
        file.intake.set_columns(file.index, fields.map(|field| (field.name().as_str(), Some(field.data_type()))));
    }
    if let Some(first) = files.first() {
        let all = files.iter().zip(&schemas).zip(&columns);
        let all: Vec<_> = all.map(|((file, schema), columns)| (&*file.name, schema.as_ref(), &**columns)).collect();
        several_types(source, &all).into_iter().for_each(|note| first.intake.note(note));
    }
    Ok(ArrowPlan { columns, declared: source.columns.clone(), time_zone: source.time_zone })
}

impl RowFormat for ArrowPlan {
    fn fields(&self) -> Vec<Field> {
        self.columns.first().map(|columns| table_fields(columns)).unwrap_or_default()
    }

    fn parse(&self, index: usize, bytes: &mut (dyn BufRead + Send), target: &Target<'_>) -> Result<()> {
        let name = target.name();
        let columns = &self.columns[index];
        skip_magic(bytes, name)?;
        let mut batches = reader(bytes, name)?;
        let mut next_row = 1;
        while let Some(batch) = foreign_decoder(name, || batches.next())? {
            let batch = batch.map_err(|error| broken(name, error))?;
            let rows = typed_rows::take(&batch, next_row, columns, &self.declared, self.time_zone, target.file)?;
            next_row += batch.num_rows() as u64;
            if !target.sink.send(rows) {
                break;
            }
        }
        Ok(())
    }
}

/// Skips what a file has before its stream, the magic and zeros up to the writer's alignment; tells whether it is a file.
fn skip_magic(bytes: &mut (dyn BufRead + Send), name: &str) -> Result<bool> {
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

fn reader<'a>(bytes: &'a mut (dyn BufRead + Send), name: &str) -> Result<StreamReader<&'a mut (dyn BufRead + Send)>> {
    foreign_decoder(name, || StreamReader::try_new(bytes, None))?.map_err(|error| broken(name, error))
}

/// An error of the decoder: our own error when the decoder only carried it, else the object is corrupt.
fn broken(name: &str, error: ArrowError) -> Error {
    match error {
        ArrowError::IoError(text, error) => match error.downcast::<Error>() {
            Ok(own) => own,
            Err(error) => unreadable(name, ArrowError::IoError(text, error)),
        },
        other => unreadable(name, other),
    }
}

fn unreadable(name: &str, error: impl Into<ForeignError> + fmt::Display) -> Error {
    Error::data(
        Problem::new(format!("`{name}` cannot be read as Arrow: {error}"))
            .hint("write the file again, or check the source's `format`")
            .caused_by(error),
    )
}
