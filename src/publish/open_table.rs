//! Reads published tables back.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::{can_cast_types, concat_batches};
use arrow::datatypes::{Schema, SchemaRef};
use bytes::Bytes;
use chrono::DateTime;
use datafusion::catalog::TableProvider;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use object_store::{ObjectMeta, ObjectStoreExt};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;

use super::log::LoggedTable;
use super::published_file::PublishedFile;
use crate::error::{Error, Problem, Result};
use crate::sources;
use crate::storage::folder::Folder;
use crate::storage::request_error::Purpose;
use crate::storage::secrets;
use crate::storage::upload::{Fingerprint, FingerprintOfPieces};

/// Scans the file of a table with the columns of `schema`. Its footer is read now; queries later read only the columns
/// and row groups that they need.
pub(super) async fn scan(
    folder: &Folder,
    table: &LoggedTable,
    schema: SchemaRef,
    context: &SessionContext,
) -> Result<Arc<dyn TableProvider>> {
    let name = folder.name(&table.path);
    verify(folder, table).await?;
    let mut reader = published_file(folder, &table.path, table.bytes)?;
    let footer = ArrowReaderMetadata::load_async(&mut reader, ArrowReaderOptions::new())
        .await
        .map_err(|error| unreadable(folder, &table.path, error))?;
    let rows = footer.metadata().file_metadata().num_rows();
    if u64::try_from(rows) != Ok(table.rows) {
        return Err(Error::data(changed(&name, &format!("has {rows} rows instead of {}", table.rows))));
    }
    refuse_other_types(&name, footer.schema(), &schema)?;
    let object = ObjectMeta {
        location: folder.path(&table.path)?,
        // The file is immutable, so only its size is needed.
        last_modified: DateTime::UNIX_EPOCH,
        size: table.bytes,
        e_tag: None,
        version: None,
    };
    let footer = Arc::clone(footer.metadata());
    sources::table_of_file(context, Arc::clone(&folder.store), folder.address(), object, footer, schema)
}

/// Reads the file of a table once and compares its checksum: Parquet itself does not notice most flipped bits.
async fn verify(folder: &Folder, table: &LoggedTable) -> Result<()> {
    let failed = |error| match error {
        missing @ object_store::Error::NotFound { .. } => {
            Error::data(changed(&folder.name(&table.path), "is missing").caused_by(secrets::cause(missing)))
        }
        other => folder.error(Purpose::Read, &table.path, other),
    };
    let mut bytes = folder.store.get(&folder.path(&table.path)?).await.map_err(failed)?.into_stream();
    let mut fingerprint = FingerprintOfPieces::default();
    while let Some(piece) = bytes.next().await {
        fingerprint.add(&piece.map_err(failed)?);
    }
    if fingerprint.finish() == (Fingerprint { bytes: table.bytes, sha256: table.sha256.clone() }) {
        return Ok(());
    }
    Err(Error::data(changed(&folder.name(&table.path), "is damaged")))
}

/// All rows of a small table, from its own file or from the copy at `copy`, whichever is as it was published.
pub(super) async fn read(folder: &Folder, table: &LoggedTable, copy: &str) -> Result<RecordBatch> {
    let published = Fingerprint { bytes: table.bytes, sha256: table.sha256.clone() };
    let mut what = "is missing";
    for path in [table.path.as_str(), copy] {
        let Some((bytes, _)) = folder.read(path).await? else { continue };
        if Fingerprint::of(&bytes) == published {
            return rows(bytes).map_err(|error| unreadable(folder, path, error));
        }
        what = "is damaged";
    }
    Err(Error::data(changed(&folder.name(&table.path), what)))
}

fn rows(bytes: Bytes) -> Result<RecordBatch, ParquetError> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes)?;
    let schema = Arc::clone(reader.schema());
    let batches = reader.build()?.collect::<Result<Vec<_>, _>>()?;
    Ok(concat_batches(&schema, &batches)?)
}

/// Rejects a column whose type has changed to one that its values cannot be cast to.
fn refuse_other_types(name: &str, found: &Schema, wanted: &Schema) -> Result<()> {
    for column in wanted.fields() {
        let Ok(earlier) = found.field_with_name(column.name()) else { continue };
        if !can_cast_types(earlier.data_type(), column.data_type()) {
            return Err(Error::data(
                Problem::new(format!(
                    "column `{}` of published file `{name}` is {}, which cannot be cast to {}",
                    column.name(),
                    earlier.data_type(),
                    column.data_type()
                ))
                .hint("publish that day again, or compare with another day (`compare_to`)"),
            ));
        }
    }
    Ok(())
}

/// A Parquet file below the folder.
pub(super) fn published_file(folder: &Folder, relative: &str, bytes: u64) -> Result<PublishedFile> {
    Ok(PublishedFile { store: folder.store.clone(), path: folder.path(relative)?, bytes })
}

/// The error of reading a Parquet file: the store failed, or the file is missing or damaged.
pub(super) fn unreadable(folder: &Folder, relative: &str, error: ParquetError) -> Error {
    let name = folder.name(relative);
    match store_error(error) {
        Ok(error @ object_store::Error::NotFound { .. }) => {
            Error::data(changed(&name, "is missing").caused_by(secrets::cause(error)))
        }
        Ok(error) => folder.error(Purpose::Read, relative, error),
        Err(error) => Error::data(changed(&name, "is damaged").caused_by(error)),
    }
}

/// The problem that the file `name` is no longer as it was published; `what` says how it differs.
pub(super) fn changed(name: &str, what: &str) -> Problem {
    Problem::new(format!("published file `{name}` {what}"))
        .hint("another program changed it; restore it or publish that day again")
}

/// The store's error inside a Parquet error, or the Parquet error itself.
pub(super) fn store_error(error: ParquetError) -> Result<object_store::Error, ParquetError> {
    match error {
        ParquetError::External(inner) => match inner.downcast::<object_store::Error>() {
            Ok(error) => Ok(*error),
            Err(inner) => match inner.downcast::<ParquetError>() {
                Ok(error) => store_error(*error),
                Err(inner) => Err(ParquetError::External(inner)),
            },
        },
        other => Err(other),
    }
}
