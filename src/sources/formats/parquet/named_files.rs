//! Errors and panics of a scan get the name of the file they happened in. DataFusion's own say "Parquet argument error"
//! and leave the reader with thousands of files to look through.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileOpener, FileScanConfig, FileSource};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::{DataFusionError, Result};
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_plan::filter_pushdown::FilterPushdownPropagation;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::physical_plan::{DisplayFormatType, SortOrderPushdownResult};
use datafusion_datasource::morsel::{Morsel, MorselPlan, MorselPlanner, Morselizer};
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt, TryStreamExt};
use object_store::ObjectStore;
use parquet::arrow::ParquetRecordBatchStreamBuilder;
use parquet::errors::ParquetError;

use super::footer::{damaged_by, parquet_error};
use super::reader::FooterFirstReader;
use crate::error::{Error, Problem};
use crate::sources::panics::{corrupt, defect};
use crate::storage::address::{Address, Scheme};
use crate::storage::request_error::{Purpose, request_error};

/// A file source whose errors name the file; in all else the one it wraps.
#[derive(Clone)]
pub struct NamedFiles {
    inner: Arc<dyn FileSource>,
    address: Arc<Address>,
}

impl NamedFiles {
    /// Wraps a source whose objects are on the store of `address`.
    pub fn new(inner: Arc<dyn FileSource>, address: Arc<Address>) -> Self {
        Self { inner, address }
    }

    fn again(&self, inner: Arc<dyn FileSource>) -> Arc<dyn FileSource> {
        Arc::new(Self { inner, address: Arc::clone(&self.address) })
    }
}

impl FileSource for NamedFiles {
    fn create_file_opener(
        &self,
        store: Arc<dyn ObjectStore>,
        config: &FileScanConfig,
        partition: usize,
    ) -> Result<Arc<dyn FileOpener>> {
        self.inner.create_file_opener(store, config, partition)
    }

    fn create_morselizer(
        &self,
        store: Arc<dyn ObjectStore>,
        config: &FileScanConfig,
        partition: usize,
    ) -> Result<Box<dyn Morselizer>> {
        let inner = self.inner.create_morselizer(Arc::clone(&store), config, partition)?;
        Ok(Box::new(NamedMorselizer { inner, address: Arc::clone(&self.address), store }))
    }

    fn table_schema(&self) -> &TableSchema {
        self.inner.table_schema()
    }

    fn with_batch_size(&self, batch_size: usize) -> Arc<dyn FileSource> {
        self.again(self.inner.with_batch_size(batch_size))
    }

    fn filter(&self) -> Option<Arc<dyn PhysicalExpr>> {
        self.inner.filter()
    }

    fn projection(&self) -> Option<&ProjectionExprs> {
        self.inner.projection()
    }

    fn metrics(&self) -> &ExecutionPlanMetricsSet {
        self.inner.metrics()
    }

    fn file_type(&self) -> &str {
        self.inner.file_type()
    }

    fn fmt_extra(&self, kind: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        self.inner.fmt_extra(kind, f)
    }

    fn supports_repartitioning(&self) -> bool {
        self.inner.supports_repartitioning()
    }

    fn try_pushdown_filters(
        &self,
        filters: Vec<Arc<dyn PhysicalExpr>>,
        config: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn FileSource>>> {
        let pushed = self.inner.try_pushdown_filters(filters, config)?;
        let updated_node = pushed.updated_node.map(|inner| self.again(inner));
        Ok(FilterPushdownPropagation { filters: pushed.filters, updated_node })
    }

    fn try_pushdown_sort(
        &self,
        order: &[PhysicalSortExpr],
        properties: &EquivalenceProperties,
    ) -> Result<SortOrderPushdownResult<Arc<dyn FileSource>>> {
        Ok(self.inner.try_pushdown_sort(order, properties)?.map(|inner| self.again(inner)))
    }

    fn reorder_files(&self, files: Vec<PartitionedFile>) -> Vec<PartitionedFile> {
        self.inner.reorder_files(files)
    }

    fn try_pushdown_projection(&self, projection: &ProjectionExprs) -> Result<Option<Arc<dyn FileSource>>> {
        Ok(self.inner.try_pushdown_projection(projection)?.map(|inner| self.again(inner)))
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.inner.apply_expressions(f)
    }
}

#[derive(Debug)]
struct NamedMorselizer {
    inner: Box<dyn Morselizer>,
    address: Arc<Address>,
    store: Arc<dyn ObjectStore>,
}

impl Morselizer for NamedMorselizer {
    fn plan_file(&self, file: PartitionedFile) -> Result<Box<dyn MorselPlanner>> {
        let scanned = Arc::new(ScannedFile {
            name: self.address.shown(file.path()),
            scheme: self.address.scheme,
            reader: FooterFirstReader::of(&self.store, &file)?,
        });
        let inner = match catch_unwind(AssertUnwindSafe(|| self.inner.plan_file(file))) {
            Ok(planned) => Some(planned.map_err(|error| scanned.error(error))?),
            Err(_) => None,
        };
        Ok(Box::new(NamedPlanner { inner, file: scanned }))
    }
}

#[derive(Debug)]
struct NamedPlanner {
    /// The planner of the source within; `None` when that panicked.
    inner: Option<Box<dyn MorselPlanner>>,
    file: Arc<ScannedFile>,
}

impl NamedPlanner {
    fn of(inner: Box<dyn MorselPlanner>, file: &Arc<ScannedFile>) -> Box<dyn MorselPlanner> {
        Box::new(Self { inner: Some(inner), file: Arc::clone(file) })
    }
}

impl MorselPlanner for NamedPlanner {
    fn plan(self: Box<Self>) -> Result<Option<MorselPlan>> {
        let Self { inner, file } = *self;
        let planned = inner.map(|inner| catch_unwind(AssertUnwindSafe(|| inner.plan())));
        let mut named = MorselPlan::new();
        let Some(Ok(planned)) = planned else {
            named.set_pending_planner(async move { Err(file.error_after_panic().await) });
            return Ok(Some(named));
        };
        let Some(mut plan) = planned.map_err(|error| file.error(error))? else { return Ok(None) };
        let planners = plan.take_ready_planners().into_iter().map(|inner| NamedPlanner::of(inner, &file)).collect();
        let morsels = plan.take_morsels().into_iter();
        let morsels = morsels.map(|inner| Box::new(NamedMorsel { inner, file: Arc::clone(&file) }) as Box<dyn Morsel>);
        named = named.with_morsels(morsels.collect()).with_planners(planners);
        if let Some(pending) = plan.take_pending_planner() {
            named.set_pending_planner(async move {
                match AssertUnwindSafe(pending.into_future()).catch_unwind().await {
                    Ok(finished) => Ok(NamedPlanner::of(finished.map_err(|error| file.error(error))?, &file)),
                    Err(_) => Err(file.error_after_panic().await),
                }
            });
        }
        Ok(Some(named))
    }
}

#[derive(Debug)]
struct NamedMorsel {
    inner: Box<dyn Morsel>,
    file: Arc<ScannedFile>,
}

impl Morsel for NamedMorsel {
    fn into_stream(self: Box<Self>) -> BoxStream<'static, Result<RecordBatch>> {
        let Self { inner, file } = *self;
        AssertUnwindSafe(inner.into_stream())
            .catch_unwind()
            .then(move |batch| {
                let file = Arc::clone(&file);
                async move {
                    match batch {
                        Ok(batch) => batch.map_err(|error| file.error(error)),
                        Err(_) => Err(file.error_after_panic().await),
                    }
                }
            })
            .boxed()
    }
}

/// The file that a part of a scan is about.
#[derive(Debug)]
struct ScannedFile {
    /// Location for messages.
    name: String,
    scheme: Scheme,
    reader: FooterFirstReader,
}

impl ScannedFile {
    /// Something panicked while the file was scanned: the decoder on bytes that make no sense, or an expression of the query
    /// that the scan computes, or the scan itself. Reading the file through with the decoder alone tells which.
    async fn error_after_panic(&self) -> DataFusionError {
        let read_through = async {
            let builder = ParquetRecordBatchStreamBuilder::new(self.reader.clone()).await?;
            builder.build()?.try_for_each(|_| async { Ok(()) }).await
        };
        external(match AssertUnwindSafe(read_through).catch_unwind().await {
            Ok(Ok(())) => defect(&self.name),
            Ok(Err(error)) => parquet_error(&self.name, self.scheme, error),
            Err(_) => corrupt(&self.name),
        })
    }

    /// An error of reading the file as one of ours; what is not about the file, such as memory, stays as it is.
    fn error(&self, error: DataFusionError) -> DataFusionError {
        match error {
            DataFusionError::ParquetError(error) => external(parquet_error(&self.name, self.scheme, *error)),
            DataFusionError::ArrowError(error, _) => self.arrow_error(*error),
            DataFusionError::ObjectStore(error) => {
                external(request_error(Purpose::Read, self.scheme, &format!("`{}`", self.name), *error))
            }
            DataFusionError::Context(_, inner) => self.error(*inner),
            other => other,
        }
    }

    fn arrow_error(&self, error: ArrowError) -> DataFusionError {
        match error {
            ArrowError::ExternalError(inner) => match inner.downcast::<DataFusionError>() {
                Ok(inner) => self.error(*inner),
                Err(inner) => match inner.downcast::<ParquetError>() {
                    Ok(inner) => external(parquet_error(&self.name, self.scheme, *inner)),
                    Err(inner) => DataFusionError::External(inner),
                },
            },
            ArrowError::CastError(_) | ArrowError::InvalidArgumentError(_) | ArrowError::ArithmeticOverflow(_) => {
                let why = error.to_string();
                external(Error::data(
                    Problem::new(format!("a value in `{}` does not fit its column's declared type: {why}", self.name))
                        .hint("declare a wider type, or correct the file")
                        .caused_by(error),
                ))
            }
            other => external(damaged_by(&self.name, other)),
        }
    }
}

fn external(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
