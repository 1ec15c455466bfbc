//! A disk that fails (EIO) or is full (ENOSPC) at any of its changes loses nothing, and the next run needs no help.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use super::crashes::{assert_whole, night, on};
use crate::storage::disk_writes::{DiskChanges, SystemDisk};

/// Numbers of the errors on Linux.
const EIO: i32 = 5;
const ENOSPC: i32 = 28;

/// When a change fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// Nothing was changed.
    Before,
    /// The change was made all the same.
    After,
}

/// How long a disk fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Long {
    Once,
    /// Until the process ends. Names can still be removed, as on a full disk.
    ForGood,
}

/// The disk, which fails at one change, or from it on.
#[derive(Debug)]
struct Failing {
    at: usize,
    error: i32,
    when: When,
    long: Long,
    seen: AtomicUsize,
}

impl Failing {
    fn never() -> Arc<Self> {
        Self::at(usize::MAX, EIO, When::Before, Long::Once)
    }

    fn at(at: usize, error: i32, when: When, long: Long) -> Arc<Self> {
        Arc::new(Self { at, error, when, long, seen: AtomicUsize::new(0) })
    }

    fn changes(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }

    fn change<T>(&self, is_removal: bool, change: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let number = self.seen.fetch_add(1, Ordering::SeqCst);
        let fails = number == self.at || (self.long == Long::ForGood && number > self.at && !is_removal);
        match (fails, self.when) {
            (false, _) => change(),
            (true, When::Before) => Err(io::Error::from_raw_os_error(self.error)),
            (true, When::After) => change().and_then(|_| Err(io::Error::from_raw_os_error(self.error))),
        }
    }
}

impl DiskChanges for Failing {
    fn create_file(&self, path: &Path) -> io::Result<File> {
        self.change(false, || SystemDisk.create_file(path))
    }

    fn sync_file(&self, _: &File, _: &Path) -> io::Result<()> {
        self.change(false, || Ok(()))
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.change(false, || SystemDisk.create_folder(path))
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        self.change(false, || Ok(()))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change(false, || SystemDisk.rename(from, to))
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change(false, || SystemDisk.link(from, to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.change(true, || SystemDisk.remove(path))
    }
}

/// The disk, which cannot synchronise the folder of the log so many times once the second night is in it.
#[derive(Debug)]
struct UnsyncedLog {
    failures: usize,
    failed: AtomicUsize,
    synced: AtomicUsize,
}

impl UnsyncedLog {
    fn failing(failures: usize) -> Arc<Self> {
        Arc::new(Self { failures, failed: AtomicUsize::new(0), synced: AtomicUsize::new(0) })
    }
}

impl DiskChanges for UnsyncedLog {
    fn create_file(&self, path: &Path) -> io::Result<File> {
        SystemDisk.create_file(path)
    }

    fn sync_file(&self, _: &File, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        SystemDisk.create_folder(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        if !path.join("000000000002.json").exists() {
            return Ok(());
        }
        if self.failed.load(Ordering::SeqCst) < self.failures {
            self.failed.fetch_add(1, Ordering::SeqCst);
            return Err(io::Error::from_raw_os_error(EIO));
        }
        self.synced.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        SystemDisk.rename(from, to)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        SystemDisk.link(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        SystemDisk.remove(path)
    }
}

/// Both errors, before and after the change, once and for good.
fn all_kinds() -> Vec<(i32, When, Long)> {
    let mut kinds = Vec::new();
    for error in [EIO, ENOSPC] {
        for when in [When::Before, When::After] {
            kinds.extend([Long::Once, Long::ForGood].map(|long| (error, when, long)));
        }
    }
    kinds
}

#[tokio::test]
async fn a_disk_that_fails_or_is_full_at_any_change_loses_nothing() {
    // A night on a good disk tells how many changes there are.
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("out");
    night(&on(Failing::never(), &root), "2026-11-28").await.unwrap();
    let good = Failing::never();
    night(&on(Arc::clone(&good) as _, &root), "2026-11-29").await.unwrap();
    let changes = good.changes();
    assert!(changes > 60, "{changes}");

    let is_long = std::env::var_os("STAUNCH_LONG").is_some_and(|long| long == "1");
    let kinds =
        if is_long { all_kinds() } else { vec![(EIO, When::After, Long::Once), (ENOSPC, When::Before, Long::ForGood)] };
    let (mut faults, mut survived, mut not_ended) = (0, 0, 0);
    for (error, when, long) in kinds {
        for at in 0..changes {
            faults += 1;
            let case = format!("error {error} {when:?} change {at}, {long:?}");
            let folder = TempDir::new().unwrap();
            let root = folder.path().join("out");
            let next = on(Failing::never(), &root);
            night(&next, "2026-11-28").await.unwrap();
            let failed = night(&on(Failing::at(at, error, when, long), &root), "2026-11-29").await;
            not_ended += usize::from(failed.is_ok());
            next.clock.pass(301);
            let third = night(&next, "2026-11-30").await.unwrap();
            assert_whole(&next, &root, &third, failed.is_ok(), &case).await;
            survived += 1;
        }
    }
    println!("survived {survived} of {faults}; {not_ended} of them did not end the night");
    assert_eq!(survived, faults);
    assert!(not_ended > faults / 8, "single failures are tried again: {not_ended} of {faults}");
}

#[tokio::test]
async fn a_night_is_committed_only_once_the_name_of_its_log_entry_is_durable() {
    for failures in [1, 2] {
        let folder = TempDir::new().unwrap();
        let root = folder.path().join("out");
        night(&on(Failing::never(), &root), "2026-11-28").await.unwrap();
        let disk = UnsyncedLog::failing(failures);
        night(&on(Arc::clone(&disk) as _, &root), "2026-11-29").await.unwrap();
        assert_eq!(disk.failed.load(Ordering::SeqCst), failures);
        assert!(disk.synced.load(Ordering::SeqCst) > 0, "after {failures} failures the folder was never synchronised");
    }

    let folder = TempDir::new().unwrap();
    let root = folder.path().join("out");
    night(&on(Failing::never(), &root), "2026-11-28").await.unwrap();
    let failed = night(&on(UnsyncedLog::failing(usize::MAX), &root), "2026-11-29").await.unwrap_err();
    assert!(failed.to_string().contains("the store did not say whether run"), "{failed}");
}
