//! Reads the log: the numbers of its entries, and single entries.

use crate::error::{Error, Problem, Result};
use crate::storage::folder::Folder;

use super::entry::LogEntry;

const LOG_FOLDER: &str = "_staunch/log";

/// The log as it was when it was listed.
#[derive(Debug)]
pub struct Log {
    folder: Folder,
    /// Numbers of all entries, highest first.
    pub(super) versions: Vec<u64>,
    highest: Option<LogEntry>,
}

impl Log {
    /// Lists the log of a publish location and reads its highest entry.
    pub(in crate::publish) async fn open(folder: &Folder) -> Result<Self> {
        let names = folder.list_names(LOG_FOLDER).await?;
        let mut versions: Vec<u64> = names.iter().filter_map(|name| version_in(name)).collect();
        versions.sort_unstable_by(|left, right| right.cmp(left));
        let mut log = Self { folder: folder.clone(), versions, highest: None };
        if let Some(version) = log.versions.first() {
            log.highest = Some(log.read(*version).await?);
        }
        Ok(log)
    }

    /// The log whose highest entry is known, without a listing of the others.
    #[cfg(test)]
    pub(super) fn after(folder: &Folder, highest: Option<LogEntry>) -> Self {
        Self { folder: folder.clone(), versions: highest.iter().map(|entry| entry.version).collect(), highest }
    }

    /// The highest entry, which is the last committed run; `None` when nothing was published yet.
    pub fn highest(&self) -> Option<&LogEntry> {
        self.highest.as_ref()
    }

    /// Reads an entry that must exist.
    pub(super) async fn read(&self, version: u64) -> Result<LogEntry> {
        match self.find(version).await? {
            Some(entry) => Ok(entry),
            None => Err(self.broken(version, "is missing")),
        }
    }

    /// Reads an entry; `None` when it is not in the log.
    pub(super) async fn find(&self, version: u64) -> Result<Option<LogEntry>> {
        if let Some(highest) = self.highest.as_ref().filter(|highest| highest.version == version) {
            return Ok(Some(highest.clone()));
        }
        let Some((bytes, _)) = self.folder.read(&entry_path(version)).await? else { return Ok(None) };
        let entry: LogEntry = serde_json::from_slice(&bytes)
            .map_err(|error| Error::data(self.problem(version, "is not valid").caused_by(error)))?;
        if entry.version != version {
            return Err(self.broken(version, &format!("says that it is version {}", entry.version)));
        }
        Ok(Some(entry))
    }

    /// The publish location as the user wrote it.
    pub(super) fn written(&self) -> &str {
        &self.folder.written
    }

    fn broken(&self, version: u64, what: &str) -> Error {
        Error::data(self.problem(version, what))
    }

    fn problem(&self, version: u64, what: &str) -> Problem {
        Problem::new(format!("log entry `{}` {what}", self.folder.name(&entry_path(version))))
            .hint("restore the file; the run folders below `_staunch/runs` record what was published")
    }
}

/// Path of an entry relative to the publish location.
pub(in crate::publish) fn entry_path(version: u64) -> String {
    format!("{LOG_FOLDER}/{version:012}.json")
}

fn version_in(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".json").filter(|digits| digits.len() == 12)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbered_files_are_log_entries() {
        assert_eq!(version_in("000000000042.json"), Some(42));
        assert_eq!(version_in("42.json"), None);
        assert_eq!(version_in("000000000042.json.bak"), None);
        assert_eq!(version_in("00000000004+.json"), None);
    }
}
