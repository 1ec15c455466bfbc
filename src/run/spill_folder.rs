//! The folder of what does not fit into memory. It goes when the run ends; what killed runs left goes with the next one.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::{Error, Problem, Result};

const PREFIX: &str = "staunch-spill-";
/// The file that a run locks while it uses the folder. The system unlocks it when the process ends, however it ends.
const LOCK: &str = "in-use";
/// Attempts to make a folder that the clean-up of another run does not take away before it is locked.
const ATTEMPTS: u32 = 8;

/// A folder of one run.
#[derive(Debug)]
pub struct SpillFolder {
    folder: TempDir,
    /// Locked until this is dropped.
    _lock: File,
}

impl SpillFolder {
    /// A new folder below `base`, or below the system's temporary folder. Removes those of ended runs.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn open(base: Option<&Path>) -> Result<Self> {
        let base = base.map_or_else(std::env::temp_dir, Path::to_owned);
        remove_abandoned(&base);
        Self::locked_below(&base).map_err(|error| {
            Error::execution(
                Problem::new(format!("cannot prepare the spill folder: {}", error.kind()))
                    .hint("set `runtime.spill` to a folder that can be written")
                    .caused_by(error),
            )
        })
    }

    fn locked_below(base: &Path) -> io::Result<Self> {
        for _ in 0..ATTEMPTS {
            let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(base)?;
            let path = folder.path().join(LOCK);
            let lock = match File::create(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                created => created?,
            };
            match lock.try_lock() {
                Err(TryLockError::WouldBlock) => {}
                // A file system without locks never shows that a run has ended.
                Ok(()) | Err(TryLockError::Error(_)) if path.exists() => return Ok(Self { folder, _lock: lock }),
                _ => {}
            }
        }
        Err(io::Error::other("other programs keep removing its folders"))
    }

    /// Its path.
    pub fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }
}

/// Removes the folders below `base` that no process uses, best effort.
fn remove_abandoned(base: &Path) {
    let Ok(entries) = fs::read_dir(base) else { return };
    for entry in entries.flatten() {
        let is_of_a_run = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let lock = || File::options().write(true).open(entry.path().join(LOCK));
        if is_of_a_run && lock().is_ok_and(|lock| lock.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_ended_runs_go_and_those_in_use_stay() {
        let base = TempDir::new().unwrap();
        let killed = base.path().join("staunch-spill-killed");
        fs::create_dir(&killed).unwrap();
        fs::write(killed.join(LOCK), "").unwrap();
        fs::write(killed.join("0.parquet"), "rows").unwrap();
        let first = SpillFolder::open(Some(base.path())).unwrap();
        assert!(!killed.exists());
        let second = SpillFolder::open(Some(base.path())).unwrap();
        assert!(first.path().exists() && second.path().exists());
        drop((first, second));
        assert_eq!(fs::read_dir(base.path()).unwrap().count(), 0);
        let missing = SpillFolder::open(Some(&base.path().join("missing"))).unwrap_err();
        assert_eq!(missing.exit_code(), 1);
    }
}
