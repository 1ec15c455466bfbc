//! Writes that go on to their end although nobody waits for them any more.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::error::{Error, Problem, Result};

/// How long a failed run waits for what it was still writing. A store that does not answer by then is left alone.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Writes that can be under way at once: as many as there are.
const TURNS: u32 = u32::MAX >> 4;

/// The writes of one run that are under way. A store may well carry out a request whose sender has given up (the local
/// disk always does), so a file can appear after its run has failed. Who cleans up after such a run waits for its writes
/// first, and no other begins afterwards.
#[derive(Clone, Debug)]
pub(super) struct PendingWrites {
    /// Every write holds one.
    turns: Arc<Semaphore>,
}

impl Default for PendingWrites {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(TURNS as usize)) }
    }
}

impl PendingWrites {
    /// Runs a write to its end, even when the future that this gives is dropped meanwhile.
    ///
    /// # Errors
    /// `Error::Execution` when the write panics, or when the run has ended.
    pub async fn run<T: Send + 'static>(&self, write: impl Future<Output = T> + Send + 'static) -> Result<T> {
        let ended = |_| Error::execution(Problem::new("nothing is written after the end of a run"));
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(ended)?;
        let written = tokio::spawn(async move {
            let written = write.await;
            drop(turn);
            written
        });
        written.await.map_err(|error| {
            Error::execution(Problem::new(format!("a write stopped unexpectedly: {error}")).caused_by(error))
        })
    }

    /// Waits until no write is under way, and lets none begin; false when one takes too long.
    pub async fn end(&self) -> bool {
        let all = tokio::time::timeout(LONGEST_WAIT, self.turns.acquire_many(TURNS)).await;
        self.turns.close();
        all.is_ok()
    }
}
