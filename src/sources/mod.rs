//! Locations -> tables. A source is listed, its files are checked against what the pipeline declares, and what comes out is
//! a table that can be scanned or streams of rows.
//!
//! Nothing is guessed and nothing is repaired: a file that is damaged, lacks a column or has a value of another type ends
//! the run with the name of the file, and for text the line and column.

mod contract;
mod decompression;
mod formats;
mod listing;
mod object_bytes;
mod panics;
mod values;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::prelude::SessionContext;

pub(crate) use formats::parquet::table_of_file;
pub use listing::{InputObject, check_location};

use self::contract::partitions::partition_fields;
use self::contract::types::declared_fields;
use self::listing::objects_of;
use crate::error::{Error, Problem, Result};
use crate::plan::source::SourcePlan;

/// A source that is ready to be read.
#[derive(Debug)]
pub struct OpenSource {
    /// The objects it consists of, sorted by path.
    pub inputs: Vec<InputObject>,
    /// Columns of the table: the declared ones in their order, or the files' own; then the partition columns.
    pub schema: SchemaRef,
    /// The rows.
    pub table: SourceTable,
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
    let mut inputs = listing.inputs();
    if listing.objects.is_empty() {
        let schema = declared_schema(source).ok_or_else(|| undeclared_and_empty(source))?;
        return Ok(OpenSource { inputs, schema, table: SourceTable::Streams(Vec::new()) });
    }
    let (schema, table, rows) = formats::open(source, &listing, context).await?;
    for (input, rows) in inputs.iter_mut().zip(rows.unwrap_or_default()) {
        input.rows = Some(rows);
    }
    Ok(OpenSource { inputs, schema, table })
}

/// Lists what would be read, without reading it.
///
/// # Errors
///
/// As [`open`], as far as listing goes.
pub async fn list(source: &SourcePlan) -> Result<Vec<InputObject>> {
    Ok(objects_of(source).await?.inputs())
}

/// The schema the table will have, as far as the declared columns tell; `None` without them. An `id` column is text here
/// and may turn out to be an integer.
pub fn declared_schema(source: &SourcePlan) -> Option<SchemaRef> {
    if source.columns.is_empty() {
        return None;
    }
    let columns = declared_fields(&source.columns).into_iter();
    Some(Arc::new(Schema::new(columns.chain(partition_fields(&source.partitions)).collect::<Vec<_>>())))
}

fn undeclared_and_empty(source: &SourcePlan) -> Error {
    Error::invalid(
        Problem::new(format!("the optional source `{}` has no files and declares no columns", source.name))
            .hint("declare its `columns`, so that the empty table has some")
            .at(source.place.clone()),
    )
}
