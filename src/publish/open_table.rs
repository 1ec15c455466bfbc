//! Reading a published table again.

use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt, TryStreamExt};
use parquet::arrow::ParquetRecordBatchStreamBuilder;
use parquet::errors::ParquetError;

use super::log::LoggedTable;
use super::published_file::PublishedFile;
use crate::error::{Error, Problem, Result};
use crate::storage::folder::Folder;
use crate::storage::request_error::Purpose;

/// Opens the file of a table; rows are read as they are asked for.
pub(super) async fn open(folder: &Folder, table: &LoggedTable) -> Result<SendableRecordBatchStream> {
    let failed = |error| unreadable(folder, &table.path, error);
    let reader = published_file(folder, &table.path, table.bytes)?;
    let rows =
        ParquetRecordBatchStreamBuilder::new(reader).await.and_then(|builder| builder.build()).map_err(failed)?;
    let schema = rows.schema().clone();
    let (folder, path) = (folder.clone(), table.path.clone());
    let rows =
        rows.map_err(move |error| DataFusionError::External(Box::new(unreadable(&folder, &path, error)))).boxed();
    Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
}

/// A Parquet file below the folder.
pub(super) fn published_file(folder: &Folder, relative: &str, bytes: u64) -> Result<PublishedFile> {
    Ok(PublishedFile { store: folder.store.clone(), path: folder.path(relative)?, bytes })
}

/// What failed while a Parquet file was read: the store, or the file itself.
pub(super) fn unreadable(folder: &Folder, relative: &str, error: ParquetError) -> Error {
    let name = folder.name(relative);
    let damaged = |what: &str| {
        Problem::new(format!("published file `{name}` {what}"))
            .hint("something outside of staunch changed it; restore it or publish that day again")
    };
    match store_error(error) {
        Ok(error @ object_store::Error::NotFound { .. }) => Error::data(damaged("is missing").caused_by(error)),
        Ok(error) => folder.error(Purpose::Read, relative, error),
        Err(error) => Error::data(damaged("is damaged").caused_by(error)),
    }
}

/// The store's error inside of Parquet's, or Parquet's own.
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
