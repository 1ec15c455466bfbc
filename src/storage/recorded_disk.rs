//! A disk for tests that records its changes, and shows what a power failure after any of them would leave.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::disk_store::DiskStore;
use super::disk_writes::{DiskChanges, DiskWrites, SystemDisk};

/// What becomes of names that were not synchronised. Bytes that were not synchronised are always lost.
#[derive(Clone, Copy, Debug)]
pub enum Names {
    /// They are lost too.
    Lost,
    /// They are kept, so that a file may be empty; ext4 does this.
    Kept,
}

/// The real disk, with a journal of its changes.
#[derive(Debug, Default)]
pub struct RecordedDisk {
    journal: Mutex<Vec<Change>>,
}

#[derive(Clone, Debug)]
enum Change {
    CreateFile(PathBuf),
    SyncFile(PathBuf, Vec<u8>),
    CreateFolder(PathBuf),
    SyncFolder(PathBuf),
    Rename(PathBuf, PathBuf),
    Link(PathBuf, PathBuf),
    Remove(PathBuf),
}

#[derive(Clone, Copy, Debug)]
enum Node {
    Folder,
    File(usize),
}

impl RecordedDisk {
    /// A store on this disk.
    pub fn store(self: &Arc<Self>, staging: PathBuf) -> DiskStore {
        DiskStore::with_writes(DiskWrites::on(Arc::clone(self) as _, staging))
    }

    /// Changes so far.
    pub fn changes(&self) -> usize {
        self.journal.lock().unwrap().len()
    }

    /// Writes below `copy` what is left of the files below `root` when the power fails after `changes` changes.
    pub fn fail_after(&self, changes: usize, names: Names, root: &Path, copy: &Path) {
        let journal = self.journal.lock().unwrap();
        let mut seen: BTreeMap<PathBuf, Node> = BTreeMap::new();
        let mut durable: BTreeMap<PathBuf, Node> = BTreeMap::new();
        let mut bytes: HashMap<usize, Vec<u8>> = HashMap::new();
        for (number, change) in journal[..changes].iter().enumerate() {
            match change {
                Change::CreateFile(path) => drop(seen.insert(path.clone(), Node::File(number))),
                Change::CreateFolder(path) => drop(seen.insert(path.clone(), Node::Folder)),
                Change::SyncFile(path, synced) => {
                    if let Some(Node::File(file)) = seen.get(path) {
                        bytes.insert(*file, synced.clone());
                    }
                }
                Change::SyncFolder(folder) => {
                    let is_inside = |path: &PathBuf| path.parent() == Some(folder);
                    durable.retain(|path, _| !is_inside(path));
                    durable.extend(
                        seen.iter().filter(|(path, _)| is_inside(path)).map(|(path, node)| (path.clone(), *node)),
                    );
                }
                Change::Rename(from, to) => {
                    if let Some(node) = seen.remove(from) {
                        seen.insert(to.clone(), node);
                    }
                }
                Change::Link(from, to) => {
                    if let Some(node) = seen.get(from).copied() {
                        seen.insert(to.clone(), node);
                    }
                }
                Change::Remove(path) => drop(seen.remove(path)),
            }
        }
        let left = match names {
            Names::Lost => durable,
            Names::Kept => seen,
        };
        for (path, node) in left {
            let Ok(relative) = path.strip_prefix(root) else { continue };
            let target = copy.join(relative);
            if !target.parent().is_some_and(Path::is_dir) {
                continue;
            }
            match node {
                Node::Folder => std::fs::create_dir(target).unwrap(),
                Node::File(file) => std::fs::write(target, bytes.get(&file).map_or(&[][..], Vec::as_slice)).unwrap(),
            }
        }
    }

    fn note(&self, change: Change) {
        self.journal.lock().unwrap().push(change);
    }
}

impl DiskChanges for RecordedDisk {
    fn create_file(&self, path: &Path) -> io::Result<File> {
        let file = SystemDisk.create_file(path)?;
        self.note(Change::CreateFile(path.to_owned()));
        Ok(file)
    }

    fn sync_file(&self, _: &File, path: &Path) -> io::Result<()> {
        self.note(Change::SyncFile(path.to_owned(), std::fs::read(path)?));
        Ok(())
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        SystemDisk.create_folder(path)?;
        self.note(Change::CreateFolder(path.to_owned()));
        Ok(())
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.note(Change::SyncFolder(path.to_owned()));
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        SystemDisk.rename(from, to)?;
        self.note(Change::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        SystemDisk.link(from, to)?;
        self.note(Change::Link(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        SystemDisk.remove(path)?;
        self.note(Change::Remove(path.to_owned()));
        Ok(())
    }
}
