//! Lists everything below a folder.

use futures::TryStreamExt;
use object_store::Error as StoreError;

use super::folder::Folder;
use super::request_error::Purpose;
use crate::error::Result;

/// An object below a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListedObject {
    /// Path relative to the folder that was listed, such as `a/b.json` for `runs/a/b.json` below `runs`.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
}

impl Folder {
    /// Every object below a folder, by path; none when the folder does not exist.
    ///
    /// # Errors
    /// The store fails.
    pub async fn list_below(&self, relative: &str) -> Result<Vec<ListedObject>> {
        let below = self.path(relative)?;
        let mut listed = Vec::new();
        let mut objects = self.store.list(Some(&below));
        loop {
            match objects.try_next().await {
                Ok(Some(object)) => {
                    let path = object.location.as_ref();
                    let path = path.strip_prefix(below.as_ref()).map_or(path, |rest| rest.trim_start_matches('/'));
                    listed.push(ListedObject { path: path.to_owned(), bytes: object.size });
                }
                Ok(None) => break,
                Err(StoreError::NotFound { .. }) => {}
                Err(error) => return Err(self.error(Purpose::List, relative, error)),
            }
        }
        listed.sort();
        Ok(listed)
    }
}
