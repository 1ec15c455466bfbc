//! The folder of one run, `_staunch/runs/<run_id>/`, which readers ignore until the run is committed.

use std::sync::Arc;

use bytes::Bytes;
use datafusion::common::runtime::SpawnedTask;
use datafusion::execution::SendableRecordBatchStream;

use super::clock::Clock;
use super::commit;
use super::description::TableDescription;
use super::location::PublishLocation;
use super::lock::Lock;
use super::log::LogEntry;
use super::manifest::{Manifest, PublishedReport, PublishedTable};
use super::pending_writes::PendingWrites;
use super::refresh::table_file_name;
use super::run_id::RunId;
use super::table_file;
use crate::error::{Error, Problem, Result};
use crate::storage::folder::Folder;
use crate::storage::upload::Fingerprint;

/// The folder of one run. Every run ends it with [`RunFolder::commit`] or [`RunFolder::discard`]. A clone is the same
/// folder with the same pending writes.
#[derive(Clone, Debug)]
pub struct RunFolder {
    pub(super) folder: Folder,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) run_id: RunId,
    pending: PendingWrites,
}

impl RunFolder {
    pub(super) fn new(folder: Folder, clock: Arc<dyn Clock>, run_id: RunId) -> Self {
        Self { folder, clock, run_id, pending: PendingWrites::default() }
    }

    /// The same folder, with the connections of another location that is the same place.
    #[must_use]
    pub fn through(&self, location: &PublishLocation) -> Self {
        Self { folder: location.folder.clone(), ..self.clone() }
    }

    /// Writes a table as Parquet, in the order of the rows. The same rows give the same bytes, whatever their batches.
    /// Several tables may be written concurrently. After an error, no readable file remains.
    ///
    /// # Errors
    /// `Error::Data` for a value that is not finite or a row that cannot be computed; a [`crate::error::Error`] that
    /// the stream carries as `DataFusionError::External` is returned unchanged; otherwise `Error::Execution`.
    pub async fn write_table(
        &self,
        description: &TableDescription,
        rows: SendableRecordBatchStream,
    ) -> Result<PublishedTable> {
        self.write_parquet("tables", description, rows).await
    }

    /// Writes the rejected rows of a source, which are no table that readers look for.
    ///
    /// # Errors
    /// See [`RunFolder::write_table`].
    pub async fn write_rejects(
        &self,
        description: &TableDescription,
        rows: SendableRecordBatchStream,
    ) -> Result<PublishedTable> {
        self.write_parquet("rejects", description, rows).await
    }

    async fn write_parquet(
        &self,
        kind: &str,
        description: &TableDescription,
        rows: SendableRecordBatchStream,
    ) -> Result<PublishedTable> {
        let relative = self.relative(&format!("{kind}/{}", table_file_name(&description.name)));
        let (folder, pending, description) = (self.folder.clone(), self.pending.clone(), description.clone());
        let name = folder.name(&relative);
        // In its own task, so that encoding one table does not block the others.
        let write =
            SpawnedTask::spawn(async move { table_file::write(&folder, &pending, relative, &description, rows).await });
        write.join_unwind().await.map_err(|error| {
            Error::execution(Problem::new(format!("writing `{name}` stopped unexpectedly: {error}")).caused_by(error))
        })?
    }

    /// Writes a report, or another file that is published beside the tables; `file_name` is also its name in `latest/`, such as `loyalty.en.html`.
    pub async fn write_report(&self, file_name: &str, bytes: Bytes) -> Result<PublishedReport> {
        self.write_file(self.relative(&format!("reports/{file_name}")), file_name, bytes).await
    }

    /// Writes a report as numbers, which stays in the folder of the run; `name` is that of the report with its language, such
    /// as `loyalty.en`.
    pub async fn write_model(&self, name: &str, bytes: Bytes) -> Result<PublishedReport> {
        self.write_file(self.relative(&format!("reports/models/{name}.json")), name, bytes).await
    }

    async fn write_file(&self, path: String, name: &str, bytes: Bytes) -> Result<PublishedReport> {
        let Fingerprint { bytes: size, sha256 } = Fingerprint::of(&bytes);
        let (folder, target) = (self.folder.clone(), path.clone());
        self.pending.run(async move { folder.replace(&target, bytes).await }).await??;
        Ok(PublishedReport { name: name.to_owned(), path, bytes: size, sha256 })
    }

    /// Makes the run visible to readers: writes `manifest.json`, then adds the next entry to the log. The tables and
    /// reports of the manifest are those that this folder wrote.
    ///
    /// After an error, nothing was published and the folder is removed. There is one exception, which the error names:
    /// if it is unknown whether the entry was written, the folder remains.
    ///
    /// # Errors
    /// `Error::Locked` when another run took the lock over, `Error::Execution` when the store failed.
    pub async fn commit(self, manifest: Manifest, lock: &Lock) -> Result<LogEntry> {
        commit::commit(self, manifest, lock).await
    }

    /// Removes the files of a failed run, including those that it was writing when it failed. Best effort: files that
    /// remain are never read.
    pub async fn discard(self) {
        if !self.pending.end().await {
            tracing::warn!(run_id = %self.run_id, "the store did not respond; a file of the failed run may remain");
        }
        if let Err(error) = self.folder.delete_below(&self.relative("")).await {
            tracing::warn!(run_id = %self.run_id, %error, "the folder of the failed run could not be removed");
        }
    }

    pub(super) fn relative(&self, inside: &str) -> String {
        run_file(self.run_id.as_str(), inside).trim_end_matches('/').to_owned()
    }
}

/// The folder of all runs, relative to the publish location.
pub(super) const RUNS: &str = "_staunch/runs";

/// Path of a file of a run, relative to the publish location.
pub(super) fn run_file(run_id: &str, inside: &str) -> String {
    format!("{RUNS}/{run_id}/{inside}")
}
