//! Rows of a Parquet file, read through in their order.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use datafusion::error::DataFusionError;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{FutureExt, Stream, StreamExt, TryStreamExt, stream};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::arrow::{ParquetRecordBatchStreamBuilder, ProjectionMask};

use super::footer::{ParquetFile, damaged_by, parquet_error};
use super::reader::FooterFirstReader;
use crate::error::{Error, Result};
use crate::plan::source::SourcePlan;
use crate::sources::contract::columns::ColumnMatch;
use crate::sources::formats::target::FileTarget;
use crate::sources::formats::typed_rows;
use crate::sources::listing::Listing;
use crate::sources::object_bytes::BATCH_ROWS;
use crate::sources::panics::corrupt;

/// The rows of a file as rows of the table; those that break the contract are rejected.
pub fn rows(
    file: &ParquetFile,
    columns: Vec<ColumnMatch>,
    source: &SourcePlan,
    listing: &Listing,
    target: FileTarget,
) -> SendableRecordBatchStream {
    let schema = Arc::clone(&target.schema);
    let roots = file.schema.fields().len();
    let batches = batches(file, listing, file.schema.clone(), (0..roots).collect(), None);
    let (declared, time_zone) = (source.columns.clone(), source.time_zone);
    let mut next_row = 1;
    let rows = batches.map(move |batch| {
        let batch = batch?;
        let first_row = next_row;
        next_row += batch.num_rows() as u64;
        typed_rows::take(&batch, first_row, &columns, &declared, time_zone, &target)
    });
    let rows = rows.map_err(|error| DataFusionError::External(Box::new(error)));
    Box::pin(RecordBatchStreamAdapter::new(schema, rows))
}

/// Batches of some of a file's columns, given by their positions in the schema; of one row group, or of all. `schema` is that
/// of the file, or says the same in other layouts.
pub fn batches(
    file: &ParquetFile,
    listing: &Listing,
    schema: Schema,
    roots: Vec<usize>,
    row_group: Option<usize>,
) -> impl Stream<Item = Result<RecordBatch>> + Send + use<> {
    let reader = FooterFirstReader::new(Arc::clone(&listing.store), file.object.clone(), Arc::clone(&file.metadata));
    let (name, scheme) = (file.name.clone(), listing.address.scheme);
    let (metadata, schema) = (Arc::clone(&file.metadata), Arc::new(schema));
    let opened = async move {
        let options = ArrowReaderOptions::new().with_schema(schema);
        let metadata = ArrowReaderMetadata::try_new(metadata, options).map_err(|error| damaged_by(&name, error))?;
        let mask = ProjectionMask::roots(metadata.parquet_schema(), roots);
        let builder = ParquetRecordBatchStreamBuilder::new_with_metadata(reader, metadata)
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS);
        let builder = match row_group {
            Some(group) => builder.with_row_groups(vec![group]),
            None => builder,
        };
        let batches = builder.build().map_err(|error| parquet_error(&name, scheme, error))?;
        let guarded = AssertUnwindSafe(batches).catch_unwind();
        Ok::<_, Error>(guarded.map(move |batch| match batch {
            Ok(batch) => batch.map_err(|error| parquet_error(&name, scheme, error)),
            Err(_) => Err(corrupt(&name)),
        }))
    };
    stream::once(opened.boxed()).try_flatten()
}
