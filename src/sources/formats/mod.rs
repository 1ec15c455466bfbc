//! One module for each format that sources may have. A new format is a module with its endings and a [`RowFormat`], and one
//! more arm in [`endings`] and [`open`].

mod arrow_ipc;
mod csv;
mod excel;
mod header;
mod json_lines;
pub(super) mod parquet;
mod rows;
pub(super) mod target;
mod typed_rows;

use std::io::BufRead;
use std::sync::Arc;

use arrow::datatypes::{Field, SchemaRef};
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::prelude::SessionContext;

use self::target::{FileTarget, Target, file_schema, read_schema, trailing};
use super::SourceTable;
use super::contract::partitions::partition_values;
use super::intake::Intake;
use super::listing::Listing;
use super::object_bytes::InputFile;
use super::values::local_time::local_time;
use crate::error::Result;
use crate::plan::source::SourcePlan;
use crate::plan::source_format::FileFormat;

/// Endings of file names that a folder is searched for, without those of compressions.
pub fn endings(format: &FileFormat) -> &'static [&'static str] {
    match format {
        FileFormat::Parquet => parquet::ENDINGS,
        FileFormat::DelimitedText(_) => csv::ENDINGS,
        FileFormat::JsonLines | FileFormat::Json(_) => json_lines::ENDINGS,
        FileFormat::Excel(_) => excel::ENDINGS,
        FileFormat::Arrow => arrow_ipc::ENDINGS,
    }
}

/// Whether files of a format may be compressed as a whole.
pub fn may_be_compressed(format: &FileFormat) -> bool {
    matches!(format, FileFormat::DelimitedText(_) | FileFormat::JsonLines | FileFormat::Json(_))
}

/// Columns of the rows of the files of a listing, and the rows. What becomes of the rows is counted in `intake` while they are
/// read.
///
/// # Errors
///
/// A file is damaged or not as declared, or the store fails.
pub async fn open(
    source: &SourcePlan,
    listing: &Listing,
    context: &SessionContext,
    intake: &Arc<Intake>,
) -> Result<(SchemaRef, SourceTable)> {
    let files = InputFile::all(listing, may_be_compressed(&source.format), intake);
    let format: Arc<dyn RowFormat> = match &source.format {
        FileFormat::Parquet => return parquet::open(source, listing, context, intake).await,
        FileFormat::DelimitedText(format) => Arc::new(csv::open(source, format, &files).await?),
        FileFormat::JsonLines => Arc::new(json_lines::open(source, &files, None).await?),
        FileFormat::Json(path) => Arc::new(json_lines::open(source, &files, Some(path.clone())).await?),
        FileFormat::Excel(format) => Arc::new(excel::open(source, format, &files).await?),
        FileFormat::Arrow => Arc::new(arrow_ipc::open(source, &files).await?),
    };
    let schema = file_schema(source, format.fields(), files.first().map(|file| &*file.name))?;
    let mut streams = Vec::with_capacity(files.len());
    for (index, file) in files.into_iter().enumerate() {
        let target = file_target(source, listing, index, &schema, intake)?;
        streams.push(stream(Arc::clone(&format), file, target));
    }
    Ok((schema, SourceTable::Streams(streams)))
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
    fn parse(&self, index: usize, bytes: &mut (dyn BufRead + Send), target: &Target<'_>) -> Result<()>;
}

fn file_target(
    source: &SourcePlan,
    listing: &Listing,
    index: usize,
    schema: &SchemaRef,
    intake: &Arc<Intake>,
) -> Result<FileTarget> {
    let object = &listing.objects[index];
    let name: Arc<str> = listing.shown(object).into();
    let partitions = partition_values(source, &object.location, &name)?;
    let modified_at = local_time(object.last_modified.naive_utc(), source.time_zone).unwrap_or_default();
    let modified_at = modified_at.and_utc().timestamp_micros();
    let file_name = object.location.filename().unwrap_or_default();
    let schema = read_schema(source, schema);
    Ok(FileTarget {
        trailing: trailing(source, index, partitions, file_name, modified_at),
        name,
        file: index,
        intake: Arc::clone(intake),
        event_column: source.event_column().and_then(|column| schema.index_of(column).ok()),
        schema,
        unpivot: source.unpivot.clone().filter(|_| source.unique.is_empty()),
    })
}

fn stream(format: Arc<dyn RowFormat>, file: InputFile, target: FileTarget) -> SendableRecordBatchStream {
    let schema = Arc::clone(&target.schema);
    file.stream(schema, move |bytes, sink| format.parse(target.file, bytes, &Target { file: &target, sink }))
}
