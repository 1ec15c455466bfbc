//! Writes that go on to their end although nobody waits for them any more.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::RwLock;

use crate::error::{Error, Problem, Result};

/// How long a failed run waits for what it was still writing. A store that does not answer by then is left alone.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The writes of one run that are under way. A store may well carry out a request whose sender has given up (the local
/// disk always does), so a file can appear after its run has failed. Who cleans up after such a run waits for its writes
/// first.
#[derive(Clone, Debug, Default)]
pub(super) struct PendingWrites {
    /// Every write holds it for reading.
    under_way: Arc<RwLock<()>>,
}

impl PendingWrites {
    /// Runs a write to its end, even when the future that this gives is dropped meanwhile.
    ///
    /// # Errors
    /// `Error::Execution` when the write panics.
    pub async fn run<T: Send + 'static>(&self, write: impl Future<Output = T> + Send + 'static) -> Result<T> {
        let under_way = Arc::clone(&self.under_way).read_owned().await;
        let written = tokio::spawn(async move {
            let written = write.await;
            drop(under_way);
            written
        });
        written.await.map_err(|error| {
            Error::execution(Problem::new(format!("a write stopped unexpectedly: {error}")).caused_by(error))
        })
    }

    /// Waits until no write is under way; false when one takes too long.
    pub async fn end(&self) -> bool {
        tokio::time::timeout(LONGEST_WAIT, self.under_way.write()).await.is_ok()
    }
}
