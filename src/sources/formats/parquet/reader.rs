//! Reads the bytes of Parquet files for DataFusion: with the footers already read, and only from the versions of the
//! objects that those footers belong to.

use std::ops::Range;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::ParquetFileReaderFactory;
use datafusion::error::{DataFusionError, Result as QueryResult};
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::FutureExt;
use futures::future::BoxFuture;
use object_store::{OBJECT_STORE_COALESCE_DEFAULT, ObjectMeta, ObjectStore, coalesce_ranges};
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ParquetMetaData;

use crate::sources::panics::defect;
use crate::storage::versions::read_range;

/// One Parquet file with its footer.
#[derive(Clone, Debug)]
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

    /// A reader of a file that a scan looks at.
    ///
    /// # Errors
    ///
    /// The file carries no footer, which this source gives to every file.
    pub fn of(store: &Arc<dyn ObjectStore>, file: &PartitionedFile) -> QueryResult<Self> {
        let Some(KnownFooter(metadata)) = file.extension::<KnownFooter>() else {
            return Err(DataFusionError::Internal(format!("no footer was read for `{}`", file.path())));
        };
        Ok(Self::new(Arc::clone(store), file.object_meta.clone(), Arc::clone(metadata)))
    }

    async fn range(&self, range: Range<u64>) -> Result<Bytes> {
        let read = AssertUnwindSafe(read_range(self.store.as_ref(), &self.object, range)).catch_unwind().await;
        read.map_err(|_| ParquetError::External(Box::new(defect(self.object.location.as_ref()))))?
            .map_err(|error| ParquetError::External(Box::new(error)))
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
        Ok(Box::new(FooterFirstReader::of(&self.store, &file)?))
    }
}
