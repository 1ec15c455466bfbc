//! Reads the bytes of Parquet files for DataFusion: with the footers already read, and only from the versions of the
//! objects that those footers belong to.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::ParquetFileReaderFactory;
use datafusion::error::{DataFusionError, Result as QueryResult};
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::FutureExt;
use futures::future::BoxFuture;
use object_store::{GetRange, OBJECT_STORE_COALESCE_DEFAULT, ObjectMeta, ObjectStore, coalesce_ranges};
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ParquetMetaData;

use crate::sources::object_bytes::same_version;

/// One Parquet file with its footer.
#[derive(Clone)]
pub struct FooterFirstReader {
    store: Arc<dyn ObjectStore>,
    object: ObjectMeta,
    metadata: Arc<ParquetMetaData>,
}

impl FooterFirstReader {
    /// A reader of an object whose footer is known.
    pub fn new(store: Arc<dyn ObjectStore>, object: ObjectMeta, metadata: Arc<ParquetMetaData>) -> Self {
        Self { store, object, metadata }
    }

    async fn range(&self, range: Range<u64>) -> Result<Bytes> {
        let options = same_version(&self.object, Some(GetRange::Bounded(range)));
        let failed = |error| ParquetError::External(Box::new(error));
        let answer = self.store.get_opts(&self.object.location, options).await.map_err(failed)?;
        answer.bytes().await.map_err(failed)
    }
}

impl AsyncFileReader for FooterFirstReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes>> {
        self.range(range).boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<Bytes>>> {
        let reader = self.clone();
        async move { coalesce_ranges(&ranges, |range| reader.range(range), OBJECT_STORE_COALESCE_DEFAULT).await }
            .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>>> {
        let metadata = Arc::clone(&self.metadata);
        async move { Ok(metadata) }.boxed()
    }
}

/// The footer a [`PartitionedFile`] carries along.
pub struct KnownFooter(pub Arc<ParquetMetaData>);

/// Gives DataFusion a [`FooterFirstReader`] for every file.
#[derive(Debug)]
pub struct FooterFirstReaders {
    store: Arc<dyn ObjectStore>,
}

impl FooterFirstReaders {
    /// Readers over one store.
    pub fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self { store }
    }
}

impl ParquetFileReaderFactory for FooterFirstReaders {
    fn create_reader(
        &self,
        _partition: usize,
        file: PartitionedFile,
        _size_hint: Option<usize>,
        _metrics: &ExecutionPlanMetricsSet,
    ) -> QueryResult<Box<dyn AsyncFileReader + Send>> {
        let Some(KnownFooter(metadata)) = file.extension::<KnownFooter>() else {
            return Err(DataFusionError::Internal(format!("no footer was read for `{}`", file.path())));
        };
        let reader = FooterFirstReader::new(Arc::clone(&self.store), file.object_meta.clone(), Arc::clone(metadata));
        Ok(Box::new(reader))
    }
}
