//! A table of which some partitions are in memory and others on disk. To the planner it looks like one in memory.

use std::fmt::{self, Formatter};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics, project_schema};
use datafusion::datasource::source::{DataSource, DataSourceExec};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::coop::cooperative;
use datafusion::physical_plan::execution_plan::SchedulingType;
use datafusion::physical_plan::memory::MemoryStream;
use datafusion::physical_plan::projection::{ProjectionExpr, all_alias_free_columns, new_projections_for_columns};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayFormatType, ExecutionPlan};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::measured::Measured;

/// Where the rows of one partition are.
#[derive(Debug)]
pub(super) enum Place {
    Memory(Vec<RecordBatch>),
    /// A Parquet file with the columns of the table.
    Disk(PathBuf),
}

impl Place {
    /// The rows, if they are in memory.
    pub(super) fn batches(self) -> Option<Vec<RecordBatch>> {
        match self {
            Self::Memory(batches) => Some(batches),
            Self::Disk(_) => None,
        }
    }
}

/// A table as its partitions.
#[derive(Debug)]
pub(super) struct StoredTable {
    schema: SchemaRef,
    partitions: Arc<[(Place, Measured)]>,
}

impl StoredTable {
    /// The table of these partitions.
    pub(super) fn new(schema: SchemaRef, partitions: Vec<(Place, Measured)>) -> Self {
        Self { schema, partitions: partitions.into() }
    }
}

#[async_trait]
impl TableProvider for StoredTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let columns = projection.map_or_else(|| (0..self.schema.fields().len()).collect(), Vec::clone);
        let rows = StoredRows::new(Arc::clone(&self.schema), Arc::clone(&self.partitions), columns)?;
        Ok(DataSourceExec::from_data_source(rows))
    }
}

/// Some columns of the rows.
#[derive(Clone, Debug)]
struct StoredRows {
    /// Of all columns.
    schema: SchemaRef,
    partitions: Arc<[(Place, Measured)]>,
    /// Positions of the columns that are read.
    columns: Vec<usize>,
    /// Of these columns.
    projected: SchemaRef,
}

impl StoredRows {
    fn new(schema: SchemaRef, partitions: Arc<[(Place, Measured)]>, columns: Vec<usize>) -> Result<Self> {
        let projected = project_schema(&schema, Some(&columns))?;
        Ok(Self { schema, partitions, columns, projected })
    }
}

impl DataSource for StoredRows {
    fn open(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        match &self.partitions[partition].0 {
            Place::Memory(batches) => Ok(Box::pin(cooperative(MemoryStream::try_new(
                batches.clone(),
                Arc::clone(&self.projected),
                Some(self.columns.clone()),
            )?))),
            Place::Disk(path) => {
                let batches = read(path, &self.columns, &self.projected, context.session_config().batch_size())?;
                let batches =
                    RecordBatchStreamAdapter::new(Arc::clone(&self.projected), futures::stream::iter(batches));
                Ok(Box::pin(cooperative(batches)))
            }
        }
    }

    fn fmt_as(&self, _: DisplayFormatType, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "partitions={}", self.partitions.len())
    }

    fn output_partitioning(&self) -> Partitioning {
        Partitioning::UnknownPartitioning(self.partitions.len())
    }

    fn eq_properties(&self) -> EquivalenceProperties {
        EquivalenceProperties::new(Arc::clone(&self.projected))
    }

    fn scheduling_type(&self) -> SchedulingType {
        SchedulingType::Cooperative
    }

    fn partition_statistics(&self, partition: Option<usize>) -> Result<Arc<Statistics>> {
        let mut measured = Measured::of_columns(self.schema.fields().len());
        for (index, (_, part)) in self.partitions.iter().enumerate() {
            if partition.is_none_or(|partition| partition == index) {
                measured.extend(part);
            }
        }
        Ok(Arc::new(measured.statistics(&self.columns)))
    }

    fn with_fetch(&self, _: Option<usize>) -> Option<Arc<dyn DataSource>> {
        None
    }

    fn fetch(&self) -> Option<usize> {
        None
    }

    fn try_swapping_with_projection(&self, projection: &ProjectionExprs) -> Result<Option<Arc<dyn DataSource>>> {
        let expressions: Vec<ProjectionExpr> = projection.iter().cloned().collect();
        if !all_alias_free_columns(&expressions) {
            return Ok(None);
        }
        let columns = new_projections_for_columns(&expressions, &self.columns);
        Ok(Some(Arc::new(Self::new(Arc::clone(&self.schema), Arc::clone(&self.partitions), columns)?)))
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }
}

/// The batches of a file. Its pages are read one by one, so that a file takes little memory however large it is.
fn read(
    path: &Path,
    columns: &[usize],
    projected: &SchemaRef,
    batch_rows: usize,
) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    let mask = ProjectionMask::roots(builder.parquet_schema(), columns.iter().copied());
    // The reader gives each column once, in the order of the file.
    let mut in_file = columns.to_vec();
    in_file.sort_unstable();
    in_file.dedup();
    let order: Vec<usize> = columns.iter().filter_map(|column| in_file.binary_search(column).ok()).collect();
    let projected = Arc::clone(projected);
    let batches = builder.with_projection(mask).with_batch_size(batch_rows).build()?;
    Ok(batches.map(move |batch| Ok(batch?.project(&order)?.with_schema(Arc::clone(&projected))?)))
}
