//! How far a run has come, which decides what it may say when it is interrupted.

use std::sync::{Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::publish::RunId;

/// The stages that matter to readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageOfRun {
    /// Nothing of the run is visible.
    BeforeCommit,
    /// The log entry may or may not have been written.
    Committing,
    /// The run is published.
    Committed,
}

/// The stage of one run, and whether it was told to stop.
pub struct RunStage {
    run_id: RunId,
    now: Mutex<StageOfRun>,
    stop: CancellationToken,
}

impl RunStage {
    /// A run that has just begun.
    pub fn new(run_id: RunId) -> Self {
        Self { run_id, now: Mutex::new(StageOfRun::BeforeCommit), stop: CancellationToken::new() }
    }

    /// Name of the run.
    pub fn run_id(&self) -> &RunId {
        &self.run_id
    }

    /// The stage now.
    pub fn now(&self) -> StageOfRun {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a stage.
    pub fn enter(&self, stage: StageOfRun) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = stage;
    }

    /// Tells the run to stop.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Whether the run was told to stop.
    pub fn is_stopped(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Ends when the run is told to stop.
    pub async fn stopped(&self) {
        self.stop.cancelled().await;
    }
}
