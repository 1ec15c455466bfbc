//! The place where a pipeline publishes.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use datafusion::catalog::TableProvider;
use datafusion::prelude::SessionContext;

use super::clock::{Clock, SystemClock};
use super::lock::{self, Lock};
use super::log::{Log, LogEntry, LoggedTable};
use super::manifest::{self, Manifest, PublishedReport};
use super::run_folder::{RunFolder, run_file};
use super::run_id::RunId;
use super::unfinished::ShownRuns;
use super::{debris, open_table, probe, refresh, unfinished};
use crate::config::location::Location;
use crate::error::{Error, Problem, Result};
use crate::storage::address::{Address, Scheme, place};
use crate::storage::folder::Folder;
use crate::storage::upload::Fingerprint;

/// How long removing what ended runs left may keep a published run waiting.
const LONGEST_CLEAN_UP: Duration = Duration::from_secs(60);

/// The place where a pipeline publishes: a folder on some store. Cheap to clone.
#[derive(Clone, Debug)]
pub struct PublishLocation {
    pub(super) folder: Folder,
    pub(super) clock: Arc<dyn Clock>,
}

impl PublishLocation {
    /// The place that a pipeline file names, on the machine's clock. Nothing is requested from the store yet.
    ///
    /// # Errors
    /// The location or the store's settings in the environment are malformed.
    pub fn open(location: &Location) -> Result<Self> {
        Ok(Self::new(Folder::open(location)?))
    }

    /// Checks a location as far as possible without a request to its store.
    ///
    /// # Errors
    /// The location is malformed, its scheme is unknown, or nothing can be published there.
    pub fn check(location: &Location) -> Result<()> {
        let address = Address::parse(location)?;
        if address.scheme == Scheme::Http {
            return Err(Error::invalid(
                Problem::new(format!("publish location {} is on a web server", place(location, &address)))
                    .hint("publish to a folder, or to a bucket of S3, Google or Azure"),
            ));
        }
        address.path().map(|_| ())
    }

    pub(super) fn new(folder: Folder) -> Self {
        Self { folder, clock: Arc::new(SystemClock) }
    }

    /// The same location with another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The location as the user wrote it.
    pub fn written(&self) -> &str {
        &self.folder.written
    }

    /// Makes sure, before any work, that this location can be written and that its store supports conditional writes.
    ///
    /// # Errors
    /// `Error::Invalid` when the store refuses or ignores the condition, `Error::Execution` when it does not respond.
    pub async fn check_writable(&self) -> Result<()> {
        probe::check_writable(&self.folder).await
    }

    /// Acquires the lock of this location for a run, on behalf of `holder`, and renews it in the background. Other runs
    /// may take it over once it has not been renewed for the length of `lease`. A run id can lock only once.
    ///
    /// # Errors
    /// `Error::Locked` when another run holds it.
    pub async fn lock(&self, run_id: &RunId, holder: String, lease: Duration) -> Result<Lock> {
        Lock::acquire(self.folder.clone(), self.clock.clone(), run_id.clone(), holder, lease).await
    }

    /// Removes the lock of a run of this process that ended without releasing it.
    ///
    /// # Errors
    /// `Error::Execution` when the store failed.
    pub async fn release(&self, run_id: &RunId, lease: Duration) -> Result<()> {
        lock::release(&self.folder, self.clock.now(), run_id, lease).await
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

    /// What a run says about itself: the run of this name, or the last committed one.
    ///
    /// # Errors
    /// The store fails, or the manifest is corrupt. `None` when there is no such run.
    pub async fn manifest(&self, run: Option<&str>) -> Result<Option<Manifest>> {
        let path = match run {
            Some(run) => run_file(run, manifest::FILE_NAME),
            None => match self.latest_commit().await? {
                Some(entry) => entry.manifest,
                None => return Ok(None),
            },
        };
        let Some((bytes, _)) = self.folder.read(&path).await? else { return Ok(None) };
        let manifest = serde_json::from_slice(&bytes).map_err(|error| {
            Error::data(
                Problem::new(format!("`{}` is corrupt: {error}", self.folder.name(&path)))
                    .hint("restore it from a backup, or choose another run")
                    .caused_by(error),
            )
        })?;
        Ok(Some(manifest))
    }

    /// The manifest of a published run; `None` when its file is gone.
    ///
    /// # Errors
    /// The store fails, or the manifest is corrupt.
    pub async fn manifest_of(&self, entry: &LogEntry) -> Result<Option<Manifest>> {
        self.manifest(Some(entry.run_id.as_str())).await
    }

    /// A report as numbers of a published run; `None` when its file is gone.
    ///
    /// # Errors
    /// `Error::Data` when the file is not as it was published, `Error::Execution` when the store failed.
    pub async fn read_model(&self, model: &PublishedReport) -> Result<Option<Bytes>> {
        let Some((bytes, _)) = self.folder.read(&model.path).await? else { return Ok(None) };
        let published = Fingerprint { bytes: model.bytes, sha256: model.sha256.clone() };
        if Fingerprint::of(&bytes) == published {
            Ok(Some(bytes))
        } else {
            Err(refresh::damaged(&self.folder, &model.path, "is damaged"))
        }
    }

    /// Shows a committed run in `latest/` and `history/`, and removes what ended runs left. Failures of the store are retried.
    ///
    /// # Errors
    /// `Error::Data` when a file of the run is missing or damaged, `Error::Execution` when the store failed. The run stays
    /// published either way.
    pub async fn show(&self, entry: &LogEntry) -> Result<ShownRuns> {
        let shown = unfinished::show_all(self, Some(entry)).await;
        match tokio::time::timeout(LONGEST_CLEAN_UP, debris::remove_dead_runs(&self.folder, &entry.run_id)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "folders of ended runs remain"),
            Err(_) => tracing::debug!("folders of ended runs remain: the store takes too long"),
        }
        shown
    }

    /// Completes what earlier runs left unfinished after their commit, and removes what ended runs left. Only whoever holds
    /// the lock may call it. Returns warnings; nothing here is a reason to lose a night.
    pub async fn tidy(&self) -> Vec<String> {
        debris::remove_small_files(&self.folder).await;
        match unfinished::show_all(self, None).await {
            Ok(shown) => shown.warnings,
            Err(error) => vec![format!("`latest/` or `history/` may lack files of earlier runs: {error}")],
        }
    }

    /// The difference between the clock of the store and this machine's, in seconds; positive when the store is ahead.
    /// Writes and deletes a small object to learn it.
    ///
    /// # Errors
    /// The store fails.
    pub async fn clock_difference_seconds(&self) -> Result<i64> {
        probe::clock_difference_seconds(&self.folder, self.clock.as_ref()).await
    }

    /// All rows of a small table of a published run, from its folder, or from `history/` once the folder is gone.
    ///
    /// # Errors
    /// `Error::Data` when neither file is there as it was published, `Error::Execution` when the store failed.
    pub async fn read_table(&self, entry: &LogEntry, table: &LoggedTable) -> Result<RecordBatch> {
        open_table::read(&self.folder, table, &refresh::history_path(&table.name, entry.as_of_date)).await
    }

    /// A table of a published run for the queries of a session, scanned in place with the columns of `schema`. A column
    /// that is missing from the file is NULL; a column of another type is cast.
    ///
    /// # Errors
    /// `Error::Data` when the file is missing, damaged, or has a type that cannot be cast. Reading its rows may fail
    /// too.
    pub async fn scan_table(
        &self,
        table: &LoggedTable,
        schema: SchemaRef,
        context: &SessionContext,
    ) -> Result<Arc<dyn TableProvider>> {
        open_table::scan(&self.folder, table, schema, context).await
    }
}
