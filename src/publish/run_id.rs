//! The name of one run.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::{NoContext, Timestamp, Uuid};

/// Names one run: a UUID of version 7 (RFC 9562), so that names sort by the time a run started and never repeat.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(String);

impl RunId {
    /// A new name for a run that starts at this time.
    pub fn new(started_at: DateTime<Utc>) -> Self {
        let seconds = u64::try_from(started_at.timestamp()).unwrap_or(0);
        let time = Timestamp::from_unix(NoContext, seconds, started_at.timestamp_subsec_nanos());
        Self(Uuid::new_v7(time).to_string())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_ids_sort_by_time_and_differ_at_the_same_time() {
        let early: DateTime<Utc> = "2026-11-30T02:00:00Z".parse().unwrap();
        let late = early + chrono::Duration::milliseconds(1);
        assert!(RunId::new(early) < RunId::new(late));
        assert_ne!(RunId::new(early), RunId::new(early));
    }
}
