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
    damaged: Vec<String>,
}

/// What a file of the log is.
pub(super) enum Found {
    /// An entry.
    Entry(Box<LogEntry>),
    /// There is no such file.
    Missing,
    /// The file is not JSON, such as one that a power failure cut short.
    Damaged(Error),
}

impl Log {
    /// Lists the log of a publish location and reads its highest entry. Files above it that are damaged are no committed
    /// runs: a commit is reported as done only once its entry is durable.
    pub(in crate::publish) async fn open(folder: &Folder) -> Result<Self> {
        let names = folder.list_names(LOG_FOLDER).await?;
        let mut versions: Vec<u64> = names.iter().filter_map(|name| version_in(name)).collect();
        versions.sort_unstable_by(|left, right| right.cmp(left));
        let mut log = Self { folder: folder.clone(), versions, highest: None, damaged: Vec::new() };
        for position in 0..log.versions.len() {
            let version = log.versions[position];
            match log.look(version).await? {
                Found::Entry(entry) => {
                    log.highest = Some(*entry);
                    break;
                }
                Found::Damaged(_) => log.damaged.push(log.name(version)),
                Found::Missing => {}
            }
        }
        Ok(log)
    }

    /// Whether the log has new entries since it was opened.
    pub(in crate::publish) async fn has_grown(&self) -> Result<bool> {
        let last = self.versions.first().copied().unwrap_or(0);
        let names = self.folder.list_names_after(LOG_FOLDER, &file_name(last)).await?;
        Ok(names.iter().filter_map(|name| version_in(name)).any(|found| found > last))
    }

    /// How many files the log has above a number.
    pub(in crate::publish) fn count_above(&self, version: u64) -> usize {
        self.versions.iter().filter(|number| **number > version).count()
    }

    /// All entries above a number, newest first, without damaged ones.
    pub(in crate::publish) async fn entries_above(&self, version: u64) -> Result<Vec<LogEntry>> {
        let mut above = Vec::new();
        let highest = self.highest.as_ref().map_or(0, |highest| highest.version);
        for number in self.versions.iter().filter(|number| (version + 1..=highest).contains(number)) {
            if let Found::Entry(entry) = self.look(*number).await? {
                above.push(*entry);
            }
        }
        Ok(above)
    }

    /// The log whose highest entry is known, without a listing of the others.
    #[cfg(test)]
    pub(super) fn after(folder: &Folder, highest: Option<LogEntry>) -> Self {
        let versions = highest.iter().map(|entry| entry.version).collect();
        Self { folder: folder.clone(), versions, highest, damaged: Vec::new() }
    }

    /// The highest entry, which is the last committed run; `None` when nothing was published yet.
    pub fn highest(&self) -> Option<&LogEntry> {
        self.highest.as_ref()
    }

    /// Names of the damaged files above the highest entry, highest first.
    pub fn damaged(&self) -> &[String] {
        &self.damaged
    }

    /// The number of the next entry.
    pub(in crate::publish) fn next_version(&self) -> u64 {
        self.versions.first().map_or(1, |version| version + 1)
    }

    /// Reads an entry that must exist.
    pub(in crate::publish) async fn read(&self, version: u64) -> Result<LogEntry> {
        match self.find(version).await? {
            Some(entry) => Ok(entry),
            None => Err(self.broken(version, "is missing")),
        }
    }

    /// Reads an entry; `None` when it is not in the log.
    pub(super) async fn find(&self, version: u64) -> Result<Option<LogEntry>> {
        match self.look(version).await? {
            Found::Entry(entry) => Ok(Some(*entry)),
            Found::Missing => Ok(None),
            Found::Damaged(error) => Err(error),
        }
    }

    /// Reads an entry and says what is there.
    ///
    /// # Errors
    /// The store fails; or the file is JSON, but no entry that this version of the program understands.
    pub(super) async fn look(&self, version: u64) -> Result<Found> {
        if let Some(highest) = self.highest.as_ref().filter(|highest| highest.version == version) {
            return Ok(Found::Entry(Box::new(highest.clone())));
        }
        let Some((bytes, _)) = self.folder.read(&entry_path(version)).await? else { return Ok(Found::Missing) };
        let entry: LogEntry = match serde_json::from_slice(&bytes) {
            Ok(entry) => entry,
            Err(error) => {
                let is_json = error.is_data();
                let error = Error::data(self.problem(version, "is not valid").caused_by(error));
                return if is_json { Err(error) } else { Ok(Found::Damaged(error)) };
            }
        };
        if entry.version != version {
            return Err(self.broken(version, &format!("says that it is version {}", entry.version)));
        }
        Ok(Found::Entry(Box::new(entry)))
    }

    /// Name of the file of an entry, for messages.
    pub(super) fn name(&self, version: u64) -> String {
        self.folder.name(&entry_path(version))
    }

    /// The publish location as the user wrote it.
    pub(super) fn written(&self) -> &str {
        &self.folder.written
    }

    fn broken(&self, version: u64, what: &str) -> Error {
        Error::data(self.problem(version, what))
    }

    fn problem(&self, version: u64, what: &str) -> Problem {
        Problem::new(format!("log entry `{}` {what}", self.name(version)))
            .hint("restore the file; the run folders below `_staunch/runs` record what was published")
    }
}

/// Path of an entry relative to the publish location.
pub(in crate::publish) fn entry_path(version: u64) -> String {
    format!("{LOG_FOLDER}/{}", file_name(version))
}

fn file_name(version: u64) -> String {
    format!("{version:012}.json")
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
