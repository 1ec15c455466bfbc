//! A process that is killed before or after any change of the disk loses nothing, and the next run needs no help.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use object_store::path::Path as StorePath;
use tempfile::TempDir;

use crate::error::Result;
use crate::publish::testing::{LEASE, Place, day, description, manifest, number_rows, place};
use crate::publish::{Clock, LogEntry, RunId};
use crate::storage::disk_store::DiskStore;
use crate::storage::disk_writes::{DiskChanges, DiskWrites, SystemDisk};

/// The disk as a process sees it that is killed after some changes: none comes after them. Nothing is synchronised, because
/// the machine goes on.
#[derive(Debug)]
struct KilledAfter {
    left: AtomicUsize,
}

impl KilledAfter {
    fn changes(changes: usize) -> Arc<Self> {
        Arc::new(Self { left: AtomicUsize::new(changes) })
    }

    fn change(&self) -> io::Result<()> {
        let one_less = |left: usize| left.checked_sub(1);
        let is_alive = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).is_ok();
        if is_alive { Ok(()) } else { Err(io::Error::from(io::ErrorKind::PermissionDenied)) }
    }
}

impl DiskChanges for KilledAfter {
    fn create_file(&self, path: &Path) -> io::Result<File> {
        self.change().and_then(|()| SystemDisk.create_file(path))
    }

    fn sync_file(&self, _: &File, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.change().and_then(|()| SystemDisk.create_folder(path))
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change().and_then(|()| SystemDisk.rename(from, to))
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change().and_then(|()| SystemDisk.link(from, to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.change().and_then(|()| SystemDisk.remove(path))
    }
}

/// The location below `folder` on this disk.
pub fn on(disk: Arc<dyn DiskChanges>, folder: &Path) -> Place {
    let writes = DiskWrites::on(disk, folder.join("_staunch/staging"));
    place(Arc::new(DiskStore::with_writes(writes)), StorePath::from_absolute_path(folder).unwrap(), None)
}

/// A whole night, as the program runs it.
pub async fn night(place: &Place, as_of_date: &str) -> Result<LogEntry> {
    place.location.check_writable().await?;
    let run_id = RunId::new(place.clock.now());
    let lock = place.location.lock(&run_id, "a test".into(), LEASE).await?;
    place.location.tidy().await;
    let folder = place.location.run_folder(&run_id);
    let written = async {
        let table = folder.write_table(&description("customers"), number_rows(&[1, 2], 2)).await?;
        let report = folder.write_report("loyalty.en.md", format!("# {as_of_date}").into()).await?;
        Ok(manifest(&run_id, as_of_date, vec![table], vec![report]))
    };
    let committed = match written.await {
        Ok(manifest) => folder.commit(manifest, &lock).await,
        Err(error) => {
            folder.discard().await;
            Err(error)
        }
    };
    let shown = match committed {
        Ok(entry) => place.location.show(&entry).await.map(|_| entry),
        Err(error) => Err(error),
    };
    lock.release().await?;
    shown
}

/// Asserts that after the nights of 28 and 30 November, and of the 29th in between, which went wrong unless `is_published`,
/// readers see whole nights and nothing else, and that nothing unfinished is left below `root`.
pub async fn assert_whole(next: &Place, root: &Path, third: &LogEntry, is_published: bool, case: &str) {
    let log = next.location.log().await.unwrap();
    let nights = log.nights_before(day("2026-12-01"), 9).await.unwrap().entries;
    assert!(nights.len() == 3 || (nights.len() == 2 && !is_published), "{case}");
    assert_eq!(nights.last(), Some(third));
    for entry in &nights {
        let table = &entry.tables[0];
        let copy = format!("history/customers/as_of_date={}/customers.parquet", entry.as_of_date);
        assert_eq!(next.bytes(&copy).await, next.bytes(&table.path).await, "{case}");
    }
    assert_eq!(next.bytes("latest/loyalty.en.md").await, "# 2026-11-30");
    let names = |folder: &str| -> BTreeSet<String> {
        let entries = std::fs::read_dir(root.join(folder)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        // This process is alive, so its probes are taken to be in use.
        names.filter(|name| !name.starts_with("probe-")).collect()
    };
    let of = |expected: &[&str]| expected.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<String>>();
    assert_eq!(names("latest"), of(&["customers.parquet", "loyalty.en.md"]), "{case}");
    assert_eq!(names("_staunch"), of(&["log", "runs", "shown.json", "staging"]), "{case}");
    assert_eq!(names("_staunch/staging"), of(&[]), "{case}");
    let committed: BTreeSet<String> = nights.iter().map(|entry| entry.run_id.to_string()).collect();
    assert_eq!(names("_staunch/runs"), committed, "{case}");
}

#[tokio::test]
async fn a_run_that_is_killed_at_any_change_loses_nothing_and_the_next_one_runs_at_once() {
    // A night that nobody kills tells how many changes there are.
    let endless = KilledAfter::changes(usize::MAX);
    let folder = TempDir::new().unwrap();
    night(&on(Arc::clone(&endless) as _, &folder.path().join("out")), "2026-11-28").await.unwrap();
    let before = endless.left.load(Ordering::SeqCst);
    night(&on(Arc::clone(&endless) as _, &folder.path().join("out")), "2026-11-29").await.unwrap();
    let changes = before - endless.left.load(Ordering::SeqCst);
    assert!(changes > 30, "{changes}");

    let mut survived = 0;
    for kill in 0..=changes {
        let folder = TempDir::new().unwrap();
        let root = folder.path().join("out");
        let next = on(KilledAfter::changes(usize::MAX), &root);
        night(&next, "2026-11-28").await.unwrap();
        let finished = night(&on(KilledAfter::changes(kill), &root), "2026-11-29").await;
        assert_eq!(finished.is_ok(), kill == changes, "killed after {kill}");

        next.clock.pass(301);
        let third = night(&next, "2026-11-30").await.unwrap();
        assert_whole(&next, &root, &third, kill == changes, &format!("killed after {kill}")).await;
        survived += 1;
    }
    assert_eq!(survived, changes + 1);
}
