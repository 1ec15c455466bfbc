//! The clock, injected so that tests can control it.

use std::fmt::Debug;

use chrono::{DateTime, Utc};

/// A source of the current time. A lock needs the time repeatedly during a run, so it takes a clock, not a time.
pub trait Clock: Debug + Send + Sync {
    /// The current time.
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}
