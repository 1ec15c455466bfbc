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
use futures::{FutureExt, StreamExt};
use object_store::ObjectStore;
use parquet::errors::ParquetError;

use super::footer::damaged;
use crate::error::{Error, Problem};
use crate::storage::read_error::storage_error;

/// A file source whose errors name the file; in all else the one it wraps.
#[derive(Clone)]
pub struct NamedFiles {
    inner: Arc<dyn FileSource>,
    /// What to put before an object's path, such as `s3://bucket`.
    root: Arc<str>,
}

impl NamedFiles {
    /// Wraps a source whose objects are below `root`.
    pub fn new(inner: Arc<dyn FileSource>, root: Arc<str>) -> Self {
        Self { inner, root }
    }

    fn again(&self, inner: Arc<dyn FileSource>) -> Arc<dyn FileSource> {
        Arc::new(Self { inner, root: Arc::clone(&self.root) })
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
        let inner = self.inner.create_morselizer(store, config, partition)?;
        Ok(Box::new(NamedMorselizer { inner, root: Arc::clone(&self.root) }))
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
    root: Arc<str>,
}

impl Morselizer for NamedMorselizer {
    fn plan_file(&self, file: PartitionedFile) -> Result<Box<dyn MorselPlanner>> {
        let name: Arc<str> = format!("{}/{}", self.root, file.path()).into();
        let inner = attempt(&name, || self.inner.plan_file(file))?;
        Ok(Box::new(NamedPlanner { inner, name }))
    }
}

#[derive(Debug)]
struct NamedPlanner {
    inner: Box<dyn MorselPlanner>,
    name: Arc<str>,
}

impl MorselPlanner for NamedPlanner {
    fn plan(self: Box<Self>) -> Result<Option<MorselPlan>> {
        let Self { inner, name } = *self;
        let Some(mut plan) = attempt(&name, || inner.plan())? else { return Ok(None) };
        let planner = |inner, name: &Arc<str>| Box::new(NamedPlanner { inner, name: Arc::clone(name) }) as Box<_>;
        let planners = plan.take_ready_planners().into_iter().map(|inner| planner(inner, &name)).collect();
        let morsels = plan.take_morsels().into_iter();
        let morsels = morsels.map(|inner| Box::new(NamedMorsel { inner, name: Arc::clone(&name) }) as Box<dyn Morsel>);
        let mut named = MorselPlan::new().with_morsels(morsels.collect()).with_planners(planners);
        if let Some(pending) = plan.take_pending_planner() {
            named.set_pending_planner(async move {
                let finished = AssertUnwindSafe(pending.into_future()).catch_unwind().await;
                let inner = finished.unwrap_or_else(|_| Err(nonsense(&name))).map_err(|error| in_file(&name, error))?;
                Ok(planner(inner, &name))
            });
        }
        Ok(Some(named))
    }
}

#[derive(Debug)]
struct NamedMorsel {
    inner: Box<dyn Morsel>,
    name: Arc<str>,
}

impl Morsel for NamedMorsel {
    fn into_stream(self: Box<Self>) -> BoxStream<'static, Result<RecordBatch>> {
        let Self { inner, name } = *self;
        AssertUnwindSafe(inner.into_stream())
            .catch_unwind()
            .map(move |batch| batch.unwrap_or_else(|_| Err(nonsense(&name))).map_err(|error| in_file(&name, error)))
            .boxed()
    }
}

fn attempt<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(nonsense(name))).map_err(|error| in_file(name, error))
}

fn nonsense(name: &str) -> DataFusionError {
    external(damaged(name, "its contents make no sense"))
}

fn external(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// An error of reading one file as one of ours; what is not about the file, such as memory, stays as it is.
fn in_file(name: &str, error: DataFusionError) -> DataFusionError {
    match error {
        DataFusionError::ParquetError(error) => external(parquet_error(name, *error)),
        DataFusionError::ArrowError(error, _) => arrow_error(name, *error),
        DataFusionError::ObjectStore(error) => external(storage_error(name, *error)),
        DataFusionError::Context(_, inner) => in_file(name, *inner),
        other => other,
    }
}

fn arrow_error(name: &str, error: ArrowError) -> DataFusionError {
    match error {
        ArrowError::ExternalError(inner) => match inner.downcast::<DataFusionError>() {
            Ok(inner) => in_file(name, *inner),
            Err(inner) => match inner.downcast::<ParquetError>() {
                Ok(inner) => external(parquet_error(name, *inner)),
                Err(inner) => DataFusionError::External(inner),
            },
        },
        ArrowError::CastError(why) | ArrowError::InvalidArgumentError(why) | ArrowError::ArithmeticOverflow(why) => {
            external(Error::data(
                Problem::new(format!("a value in `{name}` does not fit its column's declared type: {why}"))
                    .hint("declare a wider type, or correct the file"),
            ))
        }
        other => external(damaged(name, other)),
    }
}

fn parquet_error(name: &str, error: ParquetError) -> Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<object_store::Error>() {
            Ok(inner) => storage_error(name, *inner),
            Err(inner) => damaged(name, inner),
        },
        other => damaged(name, other),
    }
}
