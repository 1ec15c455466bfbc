//! One module for each format that sources may have. A new format is a module with its endings and a [`RowFormat`], and one
//! more arm in [`endings`] and [`open`].

mod arrow_ipc;
mod csv;
mod json_lines;
pub(super) mod parquet;
mod rows;

use std::io::BufRead;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;

use super::SourceTable;
use super::contract::partitions::{partition_fields, partition_values};
use super::listing::Listing;
use super::object_bytes::{BatchSink, InputFile};
use crate::error::{Error, Problem, Result};
use crate::plan::source::SourcePlan;
use crate::plan::source_format::FileFormat;

/// Endings of file names that a folder is searched for, without those of compressions.
pub fn endings(format: &FileFormat) -> &'static [&'static str] {
    match format {
        FileFormat::Parquet => parquet::ENDINGS,
        FileFormat::DelimitedText(_) => csv::ENDINGS,
        FileFormat::JsonLines => json_lines::ENDINGS,
        FileFormat::Arrow => arrow_ipc::ENDINGS,
    }
}

/// Whether files of a format may be compressed as a whole, which a second ending says.
pub fn may_be_compressed(format: &FileFormat) -> bool {
    matches!(format, FileFormat::DelimitedText(_) | FileFormat::JsonLines)
}

/// The table that the files of a listing make, and the rows of each file when its format tells them before it is read.
///
/// # Errors
///
/// A file is damaged or not as declared, or the store fails.
pub async fn open(
    source: &SourcePlan,
    listing: &Listing,
    context: &SessionContext,
) -> Result<(SchemaRef, SourceTable, Option<Vec<u64>>)> {
    let files = InputFile::all(listing);
    let format: Arc<dyn RowFormat> = match &source.format {
        FileFormat::Parquet => {
            let (table, rows) = parquet::open(source, listing, context).await?;
            return Ok((table.schema(), SourceTable::Scan(table), Some(rows)));
        }
        FileFormat::DelimitedText(format) => Arc::new(csv::open(source, format, &files).await?),
        FileFormat::JsonLines => Arc::new(json_lines::open(source, &files).await?),
        FileFormat::Arrow => Arc::new(arrow_ipc::open(source, &files).await?),
    };
    let schema = table_schema(source, format.fields(), &files)?;
    let mut streams = Vec::with_capacity(files.len());
    for ((index, file), object) in files.into_iter().enumerate().zip(&listing.objects) {
        let partitions = partition_values(source, &object.location, &file.name)?;
        streams.push(stream(Arc::clone(&format), index, file, Arc::clone(&schema), partitions));
    }
    Ok((schema, SourceTable::Streams(streams), None))
}

/// A format whose files are parsed from beginning to end.
trait RowFormat: Send + Sync {
    /// The table's columns, without partitions.
    fn fields(&self) -> Vec<Field>;

    /// Parses one file, the one at `index` among the source's, and hands its rows over.
    ///
    /// # Errors
    ///
    /// The file is damaged or not as declared.
    fn parse(&self, index: usize, bytes: &mut dyn BufRead, target: &Target<'_>) -> Result<()>;
}

/// Where the rows of one file go.
struct Target<'a> {
    /// The file's location, for messages.
    name: &'a Arc<str>,
    sink: &'a BatchSink,
    schema: &'a SchemaRef,
    /// Values of the table's last columns.
    partitions: &'a [ScalarValue],
}

impl Target<'_> {
    /// Hands a batch of the file's columns over, with the partition columns behind them; `false` when nobody wants more.
    ///
    /// # Errors
    ///
    /// The batch does not fit the table, which is a defect.
    fn send(&self, file_columns: RecordBatch) -> Result<bool> {
        let defect = |error: datafusion::error::DataFusionError| {
            Error::execution(
                Problem::new(format!("the rows of `{}` do not fit the table: {error}", self.name))
                    .hint("this is a defect; please report it with the file")
                    .caused_by(error),
            )
        };
        let rows = file_columns.num_rows();
        let mut arrays = file_columns.columns().to_vec();
        for value in self.partitions {
            arrays.push(value.to_array_of_size(rows).map_err(defect)?);
        }
        let batch = RecordBatch::try_new(Arc::clone(self.schema), arrays).map_err(|error| defect(error.into()))?;
        Ok(self.sink.send(batch))
    }
}

fn stream(
    format: Arc<dyn RowFormat>,
    index: usize,
    file: InputFile,
    schema: SchemaRef,
    partitions: Vec<ScalarValue>,
) -> SendableRecordBatchStream {
    let (name, table) = (Arc::clone(&file.name), Arc::clone(&schema));
    file.stream(schema, move |bytes, sink| {
        format.parse(index, bytes, &Target { name: &name, sink, schema: &table, partitions: &partitions })
    })
}

/// The table's schema, partition columns last.
fn table_schema(source: &SourcePlan, mut fields: Vec<Field>, files: &[InputFile]) -> Result<SchemaRef> {
    let partitions = partition_fields(&source.partitions);
    if let Some(twice) = fields.iter().find(|field| partitions.iter().any(|folder| folder.name() == field.name())) {
        let file = files.first().map_or("the files", |file| file.name.as_ref());
        return Err(Error::data(
            Problem::new(format!("column `{}` is in `{file}` and in its folder's name", twice.name()))
                .hint("declare the source's `columns` without it, or drop it from `partitions`"),
        ));
    }
    fields.extend(partitions);
    Ok(Arc::new(Schema::new(fields)))
}
