//! Locations -> tables. A source is listed, its files are checked against what the pipeline declares, and what comes out is
//! a table that can be scanned or streams of rows.
//!
//! Nothing is guessed and nothing is repaired. A file that is damaged or lacks a column ends the run with its name. A row that
//! breaks the contract is rejected with its line and the reason, or ends the run when none may be.

mod contract;
mod decompression;
mod event_times;
mod formats;
mod intake;
mod listing;
mod object_bytes;
mod panics;
mod rejected_record;
mod values;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::prelude::SessionContext;

pub use event_times::EventTimes;
pub(crate) use formats::parquet::table_of_file;
pub use formats::target::{FILE_COLUMN, ROW_COLUMN, table_schema, turned};
pub use intake::{FileMarks, Intake, Reject, RowCounts, reject_fields, reject_schema};
pub use listing::{InputObject, check_location};
pub use rejected_record::fields_of_row;

use self::contract::types::declared_fields;
use self::formats::target::{file_schema, read_schema};
use self::listing::objects_of;
use crate::error::{Error, Problem, Result};
use crate::plan::source::SourcePlan;
use crate::storage::versions::read_range;

/// Bytes that are read to see whether a file can be.
const START_BYTES: u64 = 1024;

/// A source that is ready to be read.
#[derive(Debug)]
pub struct OpenSource {
    /// The objects it consists of, sorted by path.
    pub inputs: Vec<InputObject>,
    /// Columns of the table: the declared ones in their order, or the files' own; then the partition columns.
    pub schema: SchemaRef,
    /// Columns of the rows as they are read: those of the table; with `unique` values those of the files, and the numbers of
    /// the file and row behind them.
    pub read_schema: SchemaRef,
    /// The rows.
    pub table: SourceTable,
    /// What becomes of the rows; complete once all streams were read.
    pub intake: Arc<Intake>,
}

/// How the rows of a source come.
pub enum SourceTable {
    /// Scanned in place as often as queries read it (Parquet).
    Scan(Arc<dyn TableProvider>),
    /// Parsed once; one stream for each input object, in the order of the inputs; the caller keeps the rows. No stream
    /// fetches anything before it is polled. Their errors are [`crate::error::Error`] inside
    /// [`datafusion::error::DataFusionError::External`].
    Streams(Vec<SendableRecordBatchStream>),
}

impl fmt::Debug for SourceTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scan(table) => write!(f, "Scan({table:?})"),
            Self::Streams(streams) => write!(f, "Streams({})", streams.len()),
        }
    }
}

/// Lists a source's objects, checks what can be checked without reading them through, and gives the table.
///
/// # Errors
///
/// Invalid: nothing is there, or a setting is impossible. Data: a file is damaged, empty or not as declared. Execution: the
/// store fails or refuses.
pub async fn open(source: &SourcePlan, context: &SessionContext) -> Result<OpenSource> {
    let listing = objects_of(source).await?;
    let inputs = listing.inputs();
    let names = listing.objects.iter().map(|object| listing.shown(object).into());
    let intake = Arc::new(Intake::new(source, names)?);
    if listing.objects.is_empty() {
        let files = declared_file_schema(source)?.ok_or_else(|| undeclared_and_empty(source))?;
        let (schema, read_schema) = (table_schema(source, &files), read_schema(source, &files));
        return Ok(OpenSource { inputs, schema, read_schema, table: SourceTable::Streams(Vec::new()), intake });
    }
    let (files, table) = formats::open(source, &listing, context, &intake).await?;
    let (schema, read_schema) = (table_schema(source, &files), read_schema(source, &files));
    Ok(OpenSource { inputs, schema, read_schema, table, intake })
}

/// Lists what would be read, without reading it.
///
/// # Errors
///
/// As [`open()`], as far as listing goes.
pub async fn list(source: &SourcePlan) -> Result<Vec<InputObject>> {
    Ok(objects_of(source).await?.inputs())
}

/// The schema the table will have, as far as the declared columns tell; `None` without them. An `id` column is text here
/// and may turn out to be an integer.
///
/// # Errors
///
/// Two columns have one name.
pub fn declared_schema(source: &SourcePlan) -> Result<Option<SchemaRef>> {
    Ok(declared_file_schema(source)?.map(|files| table_schema(source, &files)))
}

fn declared_file_schema(source: &SourcePlan) -> Result<Option<SchemaRef>> {
    if source.columns.is_empty() {
        return Ok(None);
    }
    file_schema(source, declared_fields(&source.columns), None).map(Some)
}

/// Lists what would be read, and reads the first bytes of the first file.
///
/// # Errors
///
/// As [`list`]; or the file cannot be read.
pub async fn probe(source: &SourcePlan) -> Result<Vec<InputObject>> {
    let listing = objects_of(source).await?;
    if let Some(object) = listing.objects.first() {
        let range = 0..object.size.min(START_BYTES);
        let read = read_range(listing.store.as_ref(), object, range).await;
        read.map_err(|error| listing.error(object, error))?;
    }
    Ok(listing.inputs())
}

fn undeclared_and_empty(source: &SourcePlan) -> Error {
    Error::invalid(
        Problem::new(format!("the optional source `{}` has no files and declares no columns", source.name))
            .hint("declare its `columns`, so that the empty table has some")
            .at(source.place.clone()),
    )
}
