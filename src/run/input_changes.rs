//! Which files of a source are new, changed or gone since an earlier run.

use std::collections::HashMap;
use std::fmt;

use crate::publish::InputFile;
use crate::sources::InputObject;

/// Files of one source, by what happened to them since an earlier run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InputChanges {
    /// Files that the earlier run did not read.
    pub new: usize,
    /// Files that have another content or were written again.
    pub changed: usize,
    /// Files that the earlier run read and that are gone.
    pub vanished: usize,
}

impl InputChanges {
    /// Compares the files that are there with those that an earlier run read.
    pub fn between<'a>(there: &[InputObject], earlier: impl IntoIterator<Item = &'a InputFile>) -> Self {
        let mut known: HashMap<&str, &InputFile> =
            earlier.into_iter().map(|file| (file.location.as_str(), file)).collect();
        let mut changes = Self::default();
        for object in there {
            match known.remove(object.location.as_str()) {
                None => changes.new += 1,
                Some(file) if !is_same(object, file) => changes.changed += 1,
                Some(_) => {}
            }
        }
        changes.vanished = known.len();
        changes
    }
}

/// Whether an object is the version that was read.
fn is_same(object: &InputObject, file: &InputFile) -> bool {
    let same_mark = match (&object.etag, &file.etag) {
        (Some(now), Some(before)) => now == before,
        _ => Some(object.last_modified) == file.last_modified,
    };
    same_mark && object.size_bytes == file.size_bytes
}

impl fmt::Display for InputChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = [(self.new, "new"), (self.changed, "changed"), (self.vanished, "vanished")]
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if parts.is_empty() { f.write_str("unchanged") } else { f.write_str(&parts.join(", ")) }
    }
}
