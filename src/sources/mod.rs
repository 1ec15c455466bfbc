//! Locations -> tables. A source is listed, its files are checked against what the pipeline declares, and what comes out is
//! a table that can be scanned or streams of rows.
//!
//! Nothing is guessed and nothing is repaired: a file that is damaged, lacks a column or has a value of another type ends
//! the run with the name of the file, and for text the line and column.

mod contract;
mod formats;
mod listing;
mod object_bytes;
mod values;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;

pub(crate) use formats::parquet::table_of_file;
pub use listing::InputObject;

use self::contract::columns::{match_columns, same_columns, table_fields, table_type};
use self::contract::partitions::{partition_fields, partition_values};
use self::formats::csv::TextPlan;
use self::formats::json_lines::JsonPlan;
use self::listing::{Listing, objects_of};
use self::object_bytes::InputFile;
use crate::config::schema::Format;
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
    if let Format::Parquet(_) = &source.format {
        let (table, rows) = formats::parquet::open(source, &listing, context).await?;
        for (input, rows) in inputs.iter_mut().zip(rows) {
            input.rows = Some(rows);
        }
        return Ok(OpenSource { inputs, schema: table.schema(), table: SourceTable::Scan(table) });
    }
    let (schema, streams) = streams(source, &listing).await?;
    Ok(OpenSource { inputs, schema, table: SourceTable::Streams(streams) })
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
    let columns = source.columns.iter().map(|column| Field::new(&column.name, table_type(column.data_type), true));
    Some(Arc::new(Schema::new(columns.chain(partition_fields(&source.partitions)).collect::<Vec<_>>())))
}

async fn streams(source: &SourcePlan, listing: &Listing) -> Result<(SchemaRef, Vec<SendableRecordBatchStream>)> {
    let files = InputFile::all(listing);
    let partitions = listing
        .objects
        .iter()
        .zip(&files)
        .map(|(object, file)| partition_values(source, &object.location, &file.name))
        .collect::<Result<Vec<_>>>()?;
    match &source.format {
        Format::Csv(format) => {
            let plan = TextPlan::new(source, format)?.or_columns_of(files.first()).await?;
            let schema = table_schema(source, plan.fields(), &files)?;
            let open = |(file, values)| plan.clone().stream(file, Arc::clone(&schema), values);
            let streams = files.into_iter().zip(partitions).map(open).collect();
            Ok((schema, streams))
        }
        Format::JsonLines(_) => {
            let plan = JsonPlan::new(source, &files).await?;
            let schema = table_schema(source, plan.fields(), &files)?;
            let open = |(file, values)| plan.clone().stream(file, Arc::clone(&schema), values);
            let streams = files.into_iter().zip(partitions).map(open).collect();
            Ok((schema, streams))
        }
        Format::Arrow(_) | Format::Parquet(_) => arrow_streams(source, files, partitions).await,
    }
}

async fn arrow_streams(
    source: &SourcePlan,
    files: Vec<InputFile>,
    partitions: Vec<Vec<ScalarValue>>,
) -> Result<(SchemaRef, Vec<SendableRecordBatchStream>)> {
    let mut first: Option<(Vec<_>, Arc<str>)> = None;
    let mut matched = Vec::with_capacity(files.len());
    for file in &files {
        let found = formats::arrow_ipc::schema_of(file).await?;
        let here = match_columns(&source.columns, &found, &file.name)?;
        let (columns, name) = first.get_or_insert_with(|| (here.clone(), Arc::clone(&file.name)));
        matched.push(same_columns(source, columns, name, here, &file.name)?);
    }
    let columns = first.map(|(columns, _)| columns).unwrap_or_default();
    let schema = table_schema(source, table_fields(&columns), &files)?;
    let time_zone = source.time_zone;
    let open =
        |((file, columns), values)| formats::arrow_ipc::stream(file, columns, Arc::clone(&schema), values, time_zone);
    let streams = files.into_iter().zip(matched).zip(partitions).map(open).collect();
    Ok((schema, streams))
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

fn undeclared_and_empty(source: &SourcePlan) -> Error {
    Error::invalid(
        Problem::new(format!("the optional source `{}` has no files and declares no columns", source.name))
            .hint("declare its `columns`, so that the empty table has some")
            .at(source.place.clone()),
    )
}
