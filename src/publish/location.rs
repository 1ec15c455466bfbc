//! The place where a pipeline publishes.

use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::prelude::SessionContext;
use object_store::ObjectStore;
use object_store::path::Path;

use super::clock::{Clock, SystemClock};
use super::lock::Lock;
use super::log::{Log, LogEntry, LoggedTable};
use super::run_folder::RunFolder;
use super::run_id::RunId;
use super::{open_table, probe};
use crate::config::location::Location;
use crate::error::Result;
use crate::storage::folder::Folder;
use crate::storage::store::open_store;

/// The place where a pipeline publishes: a folder on some store. Cheap to clone.
#[derive(Clone, Debug)]
pub struct PublishLocation {
    pub(super) folder: Folder,
    pub(super) clock: Arc<dyn Clock>,
}

impl PublishLocation {
    /// Opens the store of a location that the pipeline file names.
    ///
    /// # Errors
    /// The store's settings are wrong.
    pub fn open(location: &Location) -> Result<Self> {
        let (store, root) = open_store(location)?;
        Ok(Self::new(store, root, location.written.clone()))
    }

    /// A location on the machine's clock. `written` is the location as the user wrote it, for messages.
    pub fn new(store: Arc<dyn ObjectStore>, root: Path, written: String) -> Self {
        Self { folder: Folder { store, root, written }, clock: Arc::new(SystemClock) }
    }

    /// The same location on another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The location as the user wrote it.
    pub fn written(&self) -> &str {
        &self.folder.written
    }

    /// Makes sure, before any work, that this location can be written and that its store keeps put-if-absent.
    ///
    /// # Errors
    /// `Error::Invalid` when the store refuses or ignores the condition, `Error::Execution` when it does not answer.
    pub async fn check_writable(&self) -> Result<()> {
        probe::check_writable(&self.folder).await
    }

    /// Takes the lock of this location for a run, in the name of `holder`, and renews it in the background. Other runs
    /// may take it over when it was not renewed for the length of `lease`. A run id locks once.
    ///
    /// # Errors
    /// `Error::Locked` when another run holds it.
    pub async fn lock(&self, run_id: &RunId, holder: String, lease: Duration) -> Result<Lock> {
        Lock::acquire(self.folder.clone(), self.clock.clone(), run_id.clone(), holder, lease).await
    }

    /// The folder that a run writes before it is committed.
    pub fn run_folder(&self, run_id: &RunId) -> RunFolder {
        RunFolder::new(self.folder.clone(), self.clock.clone(), run_id.clone())
    }

    /// The log as it is now.
    ///
    /// # Errors
    /// The store fails, or the highest entry cannot be read.
    pub async fn log(&self) -> Result<Log> {
        Log::open(&self.folder).await
    }

    /// The entry of the last committed run; `None` when nothing was published yet.
    ///
    /// # Errors
    /// See [`PublishLocation::log`].
    pub async fn latest_commit(&self) -> Result<Option<LogEntry>> {
        Ok(self.log().await?.highest().cloned())
    }

    /// A table of a published run for the queries of a session, read in place, as the columns of `schema`: a column that
    /// the file lacks is NULL, one of another type is cast.
    ///
    /// # Errors
    /// `Error::Data` when the file is missing, damaged, or has a type that cannot be cast. Reading its rows may fail too.
    pub async fn scan_table(
        &self,
        table: &LoggedTable,
        schema: SchemaRef,
        context: &SessionContext,
    ) -> Result<Arc<dyn TableProvider>> {
        open_table::scan(&self.folder, table, schema, context).await
    }
}
