//! Tracks writes that may complete after the run that started them has failed.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::error::{Error, Problem, Result};

/// How long a failed run waits for its pending writes. After that it no longer waits for the store.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Number of permits: as many as possible, so that they never limit the writes.
const PERMITS: u32 = u32::MAX >> 4;

/// The pending writes of one run. A store may complete a request that its sender has cancelled (the local disk always
/// does), so a file can appear after its run has failed. Clean-up therefore waits for the pending writes first, and no
/// write may begin afterwards.
#[derive(Clone, Debug)]
pub(super) struct PendingWrites {
    /// Every pending write holds one.
    permits: Arc<Semaphore>,
    /// Where writes are completed, whatever the threads that began them are busy with; `None` for those threads.
    runtime: Option<Handle>,
}

impl Default for PendingWrites {
    /// No writes yet. They are completed on the runtime of the caller.
    fn default() -> Self {
        Self { permits: Arc::new(Semaphore::new(PERMITS as usize)), runtime: Handle::try_current().ok() }
    }
}

impl PendingWrites {
    /// Runs a write to completion, even if the returned future is dropped.
    ///
    /// # Errors
    /// `Error::Execution` when the write panics, or when the run has ended.
    pub async fn run<T: Send + 'static>(&self, write: impl Future<Output = T> + Send + 'static) -> Result<T> {
        let ended = |_| Error::execution(Problem::new("the run has ended, so nothing more is written"));
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(ended)?;
        let write = async move {
            let written = write.await;
            drop(permit);
            written
        };
        let written = match &self.runtime {
            Some(runtime) => runtime.spawn(write),
            None => tokio::spawn(write),
        };
        written.await.map_err(|error| {
            Error::execution(Problem::new(format!("a write stopped unexpectedly: {error}")).caused_by(error))
        })
    }

    /// Waits until no write is pending, and prevents new ones. Returns false if a write takes too long.
    pub async fn end(&self) -> bool {
        let all = tokio::time::timeout(LONGEST_WAIT, self.permits.acquire_many(PERMITS)).await;
        self.permits.close();
        all.is_ok()
    }
}
