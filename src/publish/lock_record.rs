//! The contents of a lock: who holds it and until when.

use bytes::Bytes;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::time::Duration;

use super::log::to_json;
use super::process::ProcessIdentity;
use super::run_id::RunId;
use crate::error::{Error, Problem, Result};
use crate::storage::folder::Folder;

/// Path of the lock relative to the publish location.
pub(super) const LOCK: &str = "_staunch/lock.json";

/// The contents of `_staunch/lock.json`, and of a claim to take it over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LockRecord {
    /// The run that holds it.
    pub run_id: RunId,
    /// Host and process that hold it, for messages.
    pub holder: String,
    /// When it was acquired.
    pub since: DateTime<Utc>,
    /// When others may take it over, unless it is renewed.
    pub expires_at: DateTime<Utc>,
    /// How long it is valid after a renewal; `None` in locks of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_seconds: Option<u64>,
    /// The process that holds it, where the system tells; once it has ended, others may take the lock over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<ProcessIdentity>,
}

impl LockRecord {
    /// A record that is valid from now for the length of a lease.
    pub fn new(run_id: RunId, holder: String, now: DateTime<Utc>, lease: Duration) -> Self {
        Self {
            run_id,
            holder,
            since: now.trunc_subsecs(3),
            expires_at: end_of(now, lease),
            lease_seconds: Some(u64::try_from(lease.as_millis().div_ceil(1000)).unwrap_or(u64::MAX)),
            process: ProcessIdentity::own(),
        }
    }

    /// The same record with a whole lease from now.
    pub fn renewed(&self, now: DateTime<Utc>, lease: Duration) -> Self {
        Self { expires_at: end_of(now, lease), ..self.clone() }
    }

    /// The record as the bytes of its file.
    pub fn to_bytes(&self) -> Result<Bytes> {
        to_json("the lock", self)
    }
}

/// A lock file found on the store, whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FoundLock {
    /// Identifies this lock among all that ever existed at this path.
    pub token: String,
    /// When it may be taken over.
    pub expires_at: DateTime<Utc>,
    /// The contents; `None` if they are corrupt, as after a power failure.
    pub record: Option<LockRecord>,
}

impl FoundLock {
    /// Reads the lock or a claim; `None` if there is none. A lock whose process has ended has expired. The lease of a
    /// corrupt file counts from its last modification, and so does one that ends later than a lease from `now`, which
    /// only a wrong clock can have written.
    pub async fn read(folder: &Folder, path: &str, lease: Duration, now: DateTime<Utc>) -> Result<Option<Self>> {
        let Some((bytes, meta)) = folder.read(path).await? else {
            return Ok(None);
        };
        Ok(Some(match serde_json::from_slice::<LockRecord>(&bytes) {
            Ok(record) => {
                let lease = record.lease_seconds.map_or(lease, Duration::from_secs);
                let is_impossible = record.expires_at > end_of(now, lease);
                let has_ended = record.process.as_ref().is_some_and(ProcessIdentity::has_ended);
                let since = record.since;
                let mut found = Self::of(record);
                if is_impossible {
                    found.expires_at = end_of(meta.last_modified, lease);
                }
                if has_ended {
                    found.expires_at = since;
                }
                found
            }
            Err(_) => Self {
                token: format!("unreadable-{}", meta.last_modified.timestamp_millis()),
                expires_at: end_of(meta.last_modified, lease),
                record: None,
            },
        }))
    }

    /// A lock with these contents.
    pub fn of(record: LockRecord) -> Self {
        Self { token: record.run_id.to_string(), expires_at: record.expires_at, record: Some(record) }
    }

    /// Whether it may be taken over.
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        self.expires_at <= now
    }

    /// Who holds it, in words.
    pub fn holder(&self) -> String {
        self.record.as_ref().map_or_else(
            || "an unknown run".to_owned(),
            |record| format!("run `{}` of {}", record.run_id, record.holder),
        )
    }

    /// The error of a run that finds this lock held.
    pub fn refusal(&self, folder: &Folder) -> Error {
        let until = seconds_text(self.expires_at);
        let message = match &self.record {
            Some(record) => format!(
                "another run holds the lock of `{}`: run `{}` of {}, since {}; it expires at {until} unless it is renewed",
                folder.written,
                record.run_id,
                record.holder,
                seconds_text(record.since),
            ),
            None => format!("the lock `{}` is corrupt; it expires at {until}", folder.name(LOCK)),
        };
        Error::Locked(Box::new(Problem::new(message).hint(
            "run again when it has finished; the lock of a run that died is taken over once it has expired, or \
                     remove it with `staunch unlock`",
        )))
    }
}

fn end_of(start: DateTime<Utc>, lease: Duration) -> DateTime<Utc> {
    let lease = TimeDelta::from_std(lease).unwrap_or(TimeDelta::MAX);
    start.checked_add_signed(lease).unwrap_or(DateTime::<Utc>::MAX_UTC).trunc_subsecs(3)
}

fn seconds_text(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}
