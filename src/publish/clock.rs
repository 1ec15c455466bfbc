//! The time, as something that is handed in.

use std::fmt::Debug;

use chrono::{DateTime, Utc};

/// Says what time it is. A lock has to know it again and again while a run works, so it is handed a clock, not a time.
pub trait Clock: Debug + Send + Sync {
    /// The time now.
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
