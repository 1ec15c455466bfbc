//! The lock as people see it, and removing it by hand.

use chrono::{DateTime, Utc};

use super::location::PublishLocation;
use super::lock_record::{FoundLock, LOCK};
use crate::error::Result;

/// The lock of a publish location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundHolder {
    /// The run that holds it; `None` if the file is corrupt.
    pub run_id: Option<String>,
    /// Host and process that hold it.
    pub holder: Option<String>,
    /// When it was acquired.
    pub since: Option<DateTime<Utc>>,
    /// When others may take it over, unless it is renewed.
    pub expires_at: DateTime<Utc>,
    /// Whether that time has passed.
    pub is_expired: bool,
}

impl FoundHolder {
    /// The host and the process of the holder, from its words `host (process 7)`.
    pub fn host_and_process(&self) -> Option<(&str, u32)> {
        let (host, process) = self.holder.as_deref()?.rsplit_once(" (process ")?;
        Some((host, process.strip_suffix(')')?.parse().ok()?))
    }
}

impl PublishLocation {
    /// Who holds the lock; `None` when nobody does.
    ///
    /// # Errors
    /// The store fails.
    pub async fn lock_holder(&self, lease: std::time::Duration) -> Result<Option<FoundHolder>> {
        let now = self.clock.now();
        let Some(found) = FoundLock::read(&self.folder, LOCK, lease, now).await? else { return Ok(None) };
        let is_expired = found.is_expired(now);
        Ok(Some(FoundHolder {
            run_id: found.record.as_ref().map(|record| record.run_id.to_string()),
            holder: found.record.as_ref().map(|record| record.holder.clone()),
            since: found.record.as_ref().map(|record| record.since),
            expires_at: found.expires_at,
            is_expired,
        }))
    }

    /// Removes the lock, whoever holds it.
    ///
    /// # Errors
    /// The store fails.
    pub async fn remove_lock(&self) -> Result<()> {
        self.folder.delete(LOCK).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_names_its_host_and_process() {
        let of = |holder: Option<&str>| FoundHolder {
            run_id: None,
            holder: holder.map(str::to_owned),
            since: None,
            expires_at: DateTime::UNIX_EPOCH,
            is_expired: true,
        };
        let found = of(Some("night (1).example (process 4711)"));
        assert_eq!(found.host_and_process(), Some(("night (1).example", 4711)));
        assert_eq!(of(Some("night")).host_and_process(), None);
        assert_eq!(of(None).host_and_process(), None);
    }
}
