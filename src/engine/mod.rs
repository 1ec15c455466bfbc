//! The DataFusion session: memory, threads, spilling, our own functions, and the empty tables that always exist.

pub mod conform;
pub mod loyalty_tables;
mod memory_pool;
pub mod parameter_rules;
pub mod query_shape;
pub mod questionnaire_items;
mod report_check;
pub mod sql_errors;
pub mod type_check;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::common::runtime::SpawnedTask;
use datafusion::datasource::MemTable;
use datafusion::datasource::empty::EmptyTable;
use datafusion::error::DataFusionError;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::TrackConsumersPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion::sql::parser::Statement as EngineStatement;

use crate::error::{Error, Problem, Result};
use crate::plan::query::QueryPlan;
use memory_pool::SharedPool;

/// How many of the greediest operators an out-of-memory message names.
const NAMED_CONSUMERS: std::num::NonZeroUsize = std::num::NonZeroUsize::MIN.saturating_add(4);

/// Memory per thread below which batches are small.
const SMALL_SHARE_BYTES: usize = 64 << 20;
const SMALL_BATCH_ROWS: usize = 2048;

/// Resources that queries may use.
#[derive(Clone, Debug)]
pub struct EngineSettings {
    /// Memory for queries and for tables kept between them.
    pub memory_bytes: usize,
    /// Threads, and partitions of every table.
    pub threads: usize,
    /// Folder for what does not fit; `None` for the system's temporary folder.
    pub spill_folder: Option<PathBuf>,
}

/// A session in which the tables of one run live.
pub struct Engine {
    /// The DataFusion context.
    pub context: SessionContext,
    /// What it may use.
    pub settings: EngineSettings,
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
        // Half of the memory is for operators, the other half for tables that several queries read.
        let pool = TrackConsumersPool::new(SharedPool::new(settings.memory_bytes / 2), NAMED_CONSUMERS);
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
        // Every sort keeps this much back for merging what it spilled; with little memory that alone would exhaust it.
        let share_bytes = settings.memory_bytes / 2 / settings.threads.max(1);
        let execution = &mut config.options_mut().execution;
        execution.sort_spill_reservation_bytes = execution.sort_spill_reservation_bytes.min(share_bytes / 16);
        if share_bytes < SMALL_SHARE_BYTES {
            config = config.with_batch_size(SMALL_BATCH_ROWS);
        }
        let context = SessionContext::new_with_config_rt(config, runtime);
        crate::functions::register(&context);
        Ok(Self { context, settings })
    }

    /// A session that only plans.
    ///
    /// # Errors
    /// See [`Engine::new`].
    pub fn for_planning() -> Result<Self> {
        Self::new(EngineSettings { memory_bytes: 64 << 20, threads: 1, spill_folder: None })
    }

    /// Makes `provider` readable as `name`, in place of what was there.
    ///
    /// # Errors
    /// The catalog refuses the name.
    pub fn register(&self, name: &str, provider: Arc<dyn TableProvider>) -> Result<()> {
        self.deregister(name)?;
        self.context
            .register_table(table_reference(name), provider)
            .map_err(|error| sql_errors::internal(&format!("cannot register the table `{name}`"), error))?;
        Ok(())
    }

    /// Forgets a table; its memory is free as soon as no query reads it any more.
    ///
    /// # Errors
    /// The catalog refuses the name.
    pub fn deregister(&self, name: &str) -> Result<()> {
        self.context
            .deregister_table(table_reference(name))
            .map_err(|error| sql_errors::internal(&format!("cannot forget the table `{name}`"), error))?;
        Ok(())
    }

    /// Makes an empty table of this schema readable as `name`.
    ///
    /// # Errors
    /// The catalog refuses the name.
    pub fn register_empty(&self, name: &str, schema: SchemaRef) -> Result<()> {
        self.register(name, Arc::new(EmptyTable::new(schema)))
    }

    /// Makes one batch of these columns readable as `name`.
    ///
    /// # Errors
    /// The columns do not fit the schema, or the catalog refuses the name.
    pub fn register_rows(&self, name: &str, schema: SchemaRef, columns: Vec<ArrayRef>) -> Result<()> {
        let table = RecordBatch::try_new(Arc::clone(&schema), columns)
            .map_err(DataFusionError::from)
            .and_then(|batch| MemTable::try_new(schema, vec![vec![batch]]))
            .map_err(|error| sql_errors::internal(&format!("cannot build the table `{name}`"), error))?;
        self.register(name, Arc::new(table))
    }

    /// Plans a query against the tables registered so far; a canonical table is conformed to its declaration.
    ///
    /// # Errors
    /// What is wrong with the SQL, placed in its file.
    pub async fn plan(&self, query: &QueryPlan, time_zone: chrono_tz::Tz) -> Result<LogicalPlan, Problem> {
        let statement = EngineStatement::Statement(Box::new(query.statement.clone()));
        let plan = self
            .context
            .state()
            .statement_to_plan(statement)
            .await
            .map_err(|error| sql_errors::planning_problem(&query.file.sql, &error))?;
        conform::conform(query, plan, time_zone)
    }
}

/// Does `work` beside what the caller does, on another thread where one is free: planning one table need not hold up the
/// others. It stops when nobody waits for it any more.
///
/// # Errors
/// Those of `work`.
pub async fn aside<T: Send + 'static>(
    work: impl Future<Output = Result<T, DataFusionError>> + Send + 'static,
) -> Result<T, DataFusionError> {
    let done = SpawnedTask::spawn(work).join_unwind().await;
    done.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))?
}

/// A table name as it is, without case folding.
pub fn table_reference(name: &str) -> datafusion::common::TableReference {
    datafusion::common::TableReference::bare(name)
}
