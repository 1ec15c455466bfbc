//! Writes files so that they survive a power failure: the bytes are synchronised before the file gets its name, and
//! the folder with that name before the write is reported as done.

use std::collections::HashSet;
use std::fmt::Debug;
use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use object_store::{Error as StoreError, Result};
use uuid::Uuid;

/// Attempts to make a staging file that no clean-up of another run takes away.
const STAGING_ATTEMPTS: u32 = 8;

/// The changes of a file system that durability depends on; tests record them.
pub trait DiskChanges: Debug + Send + Sync {
    /// Creates an empty file that does not exist yet.
    fn create_file(&self, path: &Path) -> io::Result<File>;
    /// Makes the bytes of a file durable.
    fn sync_file(&self, file: &File, path: &Path) -> io::Result<()>;
    /// Creates a folder.
    fn create_folder(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a folder durable.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
    /// Gives a file another name, which replaces the file that had it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Gives a file a second name, unless another file has it.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a name.
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// The operating system's own calls.
#[derive(Debug)]
pub struct SystemDisk;

impl DiskChanges for SystemDisk {
    fn create_file(&self, path: &Path) -> io::Result<File> {
        File::options().read(true).write(true).create_new(true).open(path)
    }

    fn sync_file(&self, file: &File, _: &Path) -> io::Result<()> {
        file.sync_all()
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        std::fs::create_dir(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        match File::open(path)?.sync_all() {
            // Some network file systems cannot synchronise a folder; their servers do it.
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
            synced => synced,
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::hard_link(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }
}

/// Durable writes through one staging folder.
#[derive(Debug)]
pub struct DiskWrites {
    staging: PathBuf,
    disk: Arc<dyn DiskChanges>,
    /// Folders whose own names this process has made durable.
    durable_folders: Mutex<HashSet<PathBuf>>,
}

/// A file that has no name that readers know. Its lock tells other processes that it is in use; it is removed when this
/// is dropped before it was published.
#[derive(Debug)]
pub struct Staged {
    path: PathBuf,
    file: File,
    disk: Arc<dyn DiskChanges>,
    is_published: bool,
}

impl DiskWrites {
    /// Writes through the folder `staging`.
    pub fn new(staging: PathBuf) -> Self {
        Self::on(Arc::new(SystemDisk), staging)
    }

    /// Writes through the folder `staging` of a disk.
    pub fn on(disk: Arc<dyn DiskChanges>, staging: PathBuf) -> Self {
        Self { staging, disk, durable_folders: Mutex::default() }
    }

    /// A new empty file in the staging folder.
    pub fn stage(&self) -> Result<Staged> {
        self.make_folder(&self.staging)?;
        for _ in 0..STAGING_ATTEMPTS {
            let path = self.staging.join(Uuid::now_v7().to_string());
            let file = self.disk.create_file(&path).map_err(|error| failed("create", &path, error))?;
            let staged = Staged { path, file, disk: Arc::clone(&self.disk), is_published: false };
            match staged.file.try_lock() {
                // A clean-up may have removed it before it was locked.
                Ok(()) if staged.path.exists() => return Ok(staged),
                Ok(()) | Err(TryLockError::WouldBlock) => {}
                // A file system without locks.
                Err(TryLockError::Error(_)) => return Ok(staged),
            }
        }
        Err(failed("create", &self.staging, io::Error::other("other programs keep removing its files")))
    }

    /// Gives a staged file its name.
    ///
    /// # Errors
    /// `AlreadyExists` when only an absent file may be written: the name of the other one is durable then. The disk fails.
    pub fn publish(&self, mut staged: Staged, target: &Path, only_if_absent: bool) -> Result<()> {
        self.disk.sync_file(&staged.file, &staged.path).map_err(|error| failed("synchronise", target, error))?;
        let folder = target.parent().unwrap_or(target);
        self.make_folder(folder)?;
        if only_if_absent {
            match self.disk.link(&staged.path, target) {
                // Who named it may not have got as far as making the name durable.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    self.sync_folder(folder)?;
                    let path = target.display().to_string();
                    return Err(StoreError::AlreadyExists { path, source: Box::new(error) });
                }
                linked => linked.map_err(|error| failed("create", target, error))?,
            }
        } else {
            self.disk.rename(&staged.path, target).map_err(|error| failed("replace", target, error))?;
            staged.is_published = true;
        }
        self.sync_folder(folder)
    }

    fn sync_folder(&self, folder: &Path) -> Result<()> {
        self.disk.sync_folder(folder).map_err(|error| failed("synchronise", folder, error))
    }

    /// Removes a file. A power failure may bring it back.
    pub fn remove(&self, path: &Path) -> Result<()> {
        self.disk.remove(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => StoreError::NotFound { path: path.display().to_string(), source: Box::new(error) },
            _ => failed("remove", path, error),
        })
    }

    /// Creates a folder and its parents, and makes their names durable. A folder that exists may have been made by a
    /// process that was killed before it could do that, so its name is synchronised too, once.
    fn make_folder(&self, folder: &Path) -> Result<()> {
        if self.durable_folders.lock().unwrap_or_else(PoisonError::into_inner).contains(folder) {
            // Another program may have removed it since.
            if folder.is_dir() {
                return Ok(());
            }
        }
        let Some(parent) = folder.parent() else { return Ok(()) };
        if !folder.is_dir() {
            self.make_folder(parent)?;
            match self.disk.create_folder(folder) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists || !folder.is_dir() => {
                    return Err(failed("create", folder, error));
                }
                _ => {}
            }
        }
        match self.disk.sync_folder(parent) {
            // The parent of a folder that was there before may belong to somebody else.
            Err(error) if error.kind() != ErrorKind::PermissionDenied => {
                return Err(failed("synchronise", parent, error));
            }
            _ => {}
        }
        self.durable_folders.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_owned());
        Ok(())
    }
}

impl Staged {
    /// Adds bytes at the end.
    pub fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|error| failed("write", &self.path, error))
    }

    /// Writes bytes at a place.
    pub fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        self.file.write_all_at(bytes, offset).map_err(|error| failed("write", &self.path, error))
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.is_published {
            let _ = self.disk.remove(&self.path);
        }
    }
}

/// Removes what ended processes left in a folder of files that are locked while they are in use. Returns how many.
///
/// # Errors
/// The folder cannot be listed.
pub fn remove_abandoned(folder: &Path) -> io::Result<usize> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut removed = 0;
    for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        let is_abandoned = File::options().read(true).write(true).open(&path).is_ok_and(|file| file.try_lock().is_ok());
        if is_abandoned && std::fs::remove_file(&path).is_ok() {
            removed += 1;
        }
    }
    Ok(removed)
}

#[derive(Debug)]
struct Failed {
    verb: &'static str,
    path: PathBuf,
    error: io::Error,
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot {} {}: {}", self.verb, self.path.display(), self.error)
    }
}

impl std::error::Error for Failed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

fn failed(verb: &'static str, path: &Path, error: io::Error) -> StoreError {
    let path = path.to_owned();
    StoreError::Generic { store: "disk", source: Box::new(Failed { verb, path, error }) }
}
