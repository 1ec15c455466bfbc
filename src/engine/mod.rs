//! The DataFusion session: memory, threads, spilling, our own functions, and the tables registered in it.

mod dependencies;
mod memory_pool;
pub mod query_shape;
mod row_counts;
pub mod sql_errors;

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::common::internal_datafusion_err;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::tree_node::Transformed;
use datafusion::datasource::empty::EmptyTable;
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::error::DataFusionError;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::TrackConsumersPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, TableSource};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};

use crate::error::{Error, Problem, Result};
use crate::plan::query::QueryPlan;
use memory_pool::SharedPool;
use row_counts::RowCounts;

/// How many of the greediest operators an out-of-memory message names.
const NAMED_CONSUMERS: std::num::NonZeroUsize = std::num::NonZeroUsize::MIN.saturating_add(4);

/// Memory per thread below which batches are small.
const SMALL_SHARE_BYTES: usize = 64 << 20;
const SMALL_BATCH_ROWS: usize = 2048;

/// Rows that justify a partition. With fewer rows, distributing them takes longer than computing them.
pub const ROWS_PER_PARTITION: u64 = 1 << 17;

/// Resources that queries may use.
#[derive(Clone, Debug)]
pub struct EngineSettings {
    /// Memory for the operators of queries, in bytes.
    pub memory_bytes: usize,
    /// Threads, and the most partitions of a table.
    pub threads: usize,
    /// Queries computed at the same time.
    pub queries_at_once: usize,
    /// Rows that a query must read for each partition beyond the first; [`ROWS_PER_PARTITION`], fewer in tests.
    pub rows_per_partition: u64,
    /// Folder for data that does not fit into memory; `None` for the system's temporary folder.
    pub spill_folder: Option<PathBuf>,
}

/// A session with the tables of one run. A clone shares the session.
#[derive(Clone)]
pub struct Engine {
    /// The DataFusion context.
    pub context: SessionContext,
    /// Its resources.
    pub settings: EngineSettings,
    rows: Arc<RowCounts>,
}

impl Engine {
    /// Opens a session.
    ///
    /// # Errors
    /// The spill folder cannot be used.
    pub fn new(settings: EngineSettings) -> Result<Self> {
        let mode = settings
            .spill_folder
            .as_ref()
            .map_or(DiskManagerMode::OsTmpDirectory, |folder| DiskManagerMode::Directories(vec![folder.clone()]));
        let pool = TrackConsumersPool::new(SharedPool::new(settings.memory_bytes), NAMED_CONSUMERS);
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(pool))
            .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(mode))
            .build_arc()
            .map_err(|error| {
                Error::execution(
                    Problem::new("cannot prepare the spill folder")
                        .hint("set `runtime.spill` to a folder that can be written")
                        .caused_by(error),
                )
            })?;
        let mut config = SessionConfig::new()
            .with_target_partitions(settings.threads)
            .with_information_schema(false)
            .with_create_default_catalog_and_schema(true);
        config.options_mut().sql_parser.collect_spans = true;
        // This rule copies every common table expression for each of its readers, which would hide that they can be
        // computed once.
        config.options_mut().sql_parser.enable_subquery_sort_elimination = false;
        // Every sort reserves this much for merging its spill files; with little memory, the reservations alone would
        // exhaust it.
        let share_bytes = settings.memory_bytes / settings.threads.max(1);
        let execution = &mut config.options_mut().execution;
        execution.sort_spill_reservation_bytes = execution.sort_spill_reservation_bytes.min(share_bytes / 16);
        if share_bytes < SMALL_SHARE_BYTES {
            config = config.with_batch_size(SMALL_BATCH_ROWS);
        }
        let context = SessionContext::new_with_config_rt(config, runtime);
        let context = SessionContext::new_with_state(dependencies::ignored_by(context.state()));
        crate::functions::register(&context);
        Ok(Self { context, settings, rows: Arc::default() })
    }

    /// A session that only plans.
    ///
    /// # Errors
    /// See [`Engine::new`].
    pub fn for_planning() -> Result<Self> {
        Self::new(EngineSettings {
            memory_bytes: 32 << 20,
            threads: 1,
            queries_at_once: 1,
            rows_per_partition: ROWS_PER_PARTITION,
            spill_folder: None,
        })
    }

    /// Registers `provider`, which has `rows` rows if that is known, as `name`, and replaces any earlier table of that
    /// name.
    ///
    /// # Errors
    /// The catalog refuses the name.
    pub fn register(&self, name: &str, provider: Arc<dyn TableProvider>, rows: Option<u64>) -> Result<()> {
        self.deregister(name)?;
        self.rows.set(name, rows);
        self.context
            .register_table(table_reference(name), provider)
            .map_err(|error| sql_errors::internal(&format!("cannot register the table `{name}`"), error))?;
        Ok(())
    }

    /// Deregisters a table. Its memory is freed as soon as no query reads it any more.
    ///
    /// # Errors
    /// The catalog refuses the name.
    pub fn deregister(&self, name: &str) -> Result<()> {
        self.rows.set(name, None);
        self.context
            .deregister_table(table_reference(name))
            .map_err(|error| sql_errors::internal(&format!("cannot deregister the table `{name}`"), error))?;
        Ok(())
    }

    /// Registers an empty table of this schema as `name`.
    ///
    /// # Errors
    /// The catalog refuses the name.
    pub fn register_empty(&self, name: &str, schema: SchemaRef) -> Result<()> {
        self.register(name, Arc::new(EmptyTable::new(schema)), Some(0))
    }

    /// Registers one batch of these columns as `name`.
    ///
    /// # Errors
    /// The columns do not fit the schema, or the catalog refuses the name.
    pub fn register_rows(&self, name: &str, schema: SchemaRef, columns: Vec<ArrayRef>) -> Result<()> {
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns)
            .map_err(|error| sql_errors::internal(&format!("cannot build the table `{name}`"), error.into()))?;
        self.register_batches(name, schema, vec![batch])
    }

    /// Registers these batches as `name`.
    ///
    /// # Errors
    /// The batches do not fit the schema, or the catalog refuses the name.
    pub fn register_batches(&self, name: &str, schema: SchemaRef, batches: Vec<RecordBatch>) -> Result<()> {
        let rows = batches.iter().map(|batch| batch.num_rows() as u64).sum();
        let table = MemTable::try_new(schema, vec![batches])
            .map_err(|error| sql_errors::internal(&format!("cannot build the table `{name}`"), error))?;
        self.register(name, Arc::new(table), Some(rows))
    }

    /// Plans a query against the tables registered so far.
    ///
    /// # Errors
    /// What is wrong with the SQL, placed in its file.
    pub async fn plan(&self, query: &QueryPlan) -> Result<LogicalPlan, Problem> {
        let (state, statement) = (self.context.state(), query.statement.clone());
        spawn_planning(async move { state.statement_to_plan(statement).await })
            .await
            .map_err(|error| sql_errors::planning_problem(&query.file.sql, &error))
    }

    /// Rebinds a plan that [`Engine::plan`] made against other tables with the same columns to the tables registered
    /// here.
    ///
    /// # Errors
    /// A table is not registered.
    pub async fn bind(&self, plan: LogicalPlan) -> Result<LogicalPlan, DataFusionError> {
        let mut sources = BTreeMap::new();
        for table in query_shape::scans(&plan)?.into_keys() {
            let source = self.source(&table).await?;
            sources.insert(table, source);
        }
        let bound = plan.transform_up_with_subqueries(|node| {
            let LogicalPlan::TableScan(scan) = node else { return Ok(Transformed::no(node)) };
            if query_shape::is_work_table(&scan)? {
                return Ok(Transformed::no(LogicalPlan::TableScan(scan)));
            }
            let source = sources
                .get(scan.table_name.table())
                .ok_or_else(|| internal_datafusion_err!("`{}` is not among the tables read", scan.table_name))?;
            let scan = LogicalPlanBuilder::scan(scan.table_name, Arc::clone(source), scan.projection)?;
            scan.build().map(Transformed::yes)
        })?;
        Ok(bound.data)
    }

    /// The rows of a table.
    ///
    /// # Errors
    /// There is no such table.
    pub async fn table(&self, name: &str) -> Result<DataFrame, DataFusionError> {
        self.frame(LogicalPlanBuilder::scan(table_reference(name), self.source(name).await?, None)?.build()?)
    }

    /// The rows of a plan, with as many partitions and as much optimisation as the number of rows that it reads
    /// justifies.
    ///
    /// # Errors
    /// The plan cannot be walked.
    pub fn frame(&self, plan: LogicalPlan) -> Result<DataFrame, DataFusionError> {
        let mut state = self.context.state();
        if let Some(rows) = self.rows.read_by(&plan)? {
            let worth = usize::try_from(rows.div_ceil(self.settings.rows_per_partition.max(1))).unwrap_or(usize::MAX);
            let options = state.config_mut().options_mut();
            options.execution.target_partitions = worth.clamp(1, self.settings.threads.max(1));
            if worth <= 1 {
                // The first pass makes nearly every improvement; further passes mostly confirm that there are no more.
                options.optimizer.max_passes = 1;
            }
        }
        Ok(DataFrame::new(state, plan))
    }

    /// How the rows of a plan are computed.
    ///
    /// DataFusion rejects some of its own plans for one partition: it moves a sort below a join, and then finds the
    /// order incomplete because a constant column is missing from it. Such a plan is made again for several partitions.
    ///
    /// # Errors
    /// The plan cannot be computed.
    pub async fn physical_plan(&self, plan: LogicalPlan) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        match self.frame(plan.clone())?.create_physical_plan().await {
            Err(error) if is_order_refusal(&error) => {
                tracing::debug!(%error, "planning again for several partitions");
                let mut state = self.context.state();
                state.config_mut().options_mut().execution.target_partitions = self.settings.threads.max(2);
                let again = DataFrame::new(state, plan).create_physical_plan().await;
                again.map_err(|again| again.context(format!("planned again, after: {error}")))
            }
            planned => planned,
        }
    }

    async fn source(&self, table: &str) -> Result<Arc<dyn TableSource>, DataFusionError> {
        self.context.table_provider(table_reference(table)).await.map(provider_as_source)
    }
}

/// Whether DataFusion's final check of a plan found an operator whose input is not in the required order.
fn is_order_refusal(error: &DataFusionError) -> bool {
    matches!(error.find_root(), DataFusionError::Plan(text) if text.contains("does not satisfy order requirements"))
}

/// The columns of a table that other queries read. Every column is nullable, whatever the plan of its query says,
/// because the readers are planned before it is known how the table is computed.
pub fn between_queries(schema: &Schema) -> SchemaRef {
    let fields: Vec<Field> = schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// Runs `work` in a task of its own, so that planning one table does not block the others. The task is cancelled when
/// the returned future is dropped.
///
/// # Errors
/// Those of `work`.
pub async fn spawn_planning<T: Send + 'static>(
    work: impl Future<Output = Result<T, DataFusionError>> + Send + 'static,
) -> Result<T, DataFusionError> {
    let done = SpawnedTask::spawn(work).join_unwind().await;
    done.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))?
}

/// A table name as it is, without case folding.
pub fn table_reference(name: &str) -> datafusion::common::TableReference {
    datafusion::common::TableReference::bare(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Int64Array;
    use arrow::datatypes::DataType;

    /// Answers without a channel, of which those that are there twice are numbered.
    const NUMBERED: &str = "
        with answers as (
            select response_id, answered_at, cast(null as varchar) as channel, cast(null as double) as weight, score
            from raw where response_id is not null and answered_at < 5
        )
        select answers.*, row_number() over (
            partition by answers.response_id
            order by answers.answered_at desc nulls last, answers.score desc nulls last,
                answers.channel nulls last, answers.weight desc nulls last
        ) as copy_number
        from answers inner join copies on answers.response_id = copies.response_id";

    #[tokio::test]
    async fn a_plan_for_one_partition_that_the_engine_refuses_is_made_for_several() {
        let engine = Engine::for_planning().unwrap();
        for (table, columns) in [("raw", vec!["response_id", "answered_at", "score"]), ("copies", vec!["response_id"])]
        {
            let fields: Vec<Field> = columns.iter().map(|name| Field::new(*name, DataType::Int64, true)).collect();
            let schema = Arc::new(Schema::new(fields));
            let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
            let rows = RecordBatch::try_new(Arc::clone(&schema), vec![numbers; columns.len()]).unwrap();
            let batches = if table == "raw" { vec![rows] } else { Vec::new() };
            engine.register_batches(table, schema, batches).unwrap();
        }
        let plan = engine.context.state().create_logical_plan(NUMBERED).await.unwrap();
        let refused = engine.frame(plan.clone()).unwrap().create_physical_plan().await;
        let refused = refused.expect_err("the engine has learnt it, so that nothing needs to be planned twice");
        assert!(is_order_refusal(&refused), "{refused}");
        engine.physical_plan(plan).await.unwrap();
    }

    #[tokio::test]
    async fn any_other_refusal_is_reported_as_it_is() {
        let engine = Engine::for_planning().unwrap();
        let sql = "select case when 1 in (select column1 from (values (1)) as v) then 1 end as x";
        let plan = engine.context.state().create_logical_plan(sql).await.unwrap();
        let refused = engine.frame(plan.clone()).unwrap().create_physical_plan().await.unwrap_err();
        assert!(!is_order_refusal(&refused), "{refused}");
        assert_eq!(engine.physical_plan(plan).await.unwrap_err().to_string(), refused.to_string());
    }
}
