//! A folder on a store, with the object operations that publishing needs. Errors name the object.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, Error as StoreError, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions,
};

use super::address::{Address, Scheme, shown};
use super::disk_store::DiskStore;
use super::request_error::{Purpose, request_error};
use super::store::connect;
use crate::config::location::Location;
use crate::error::{Error, Problem, Result};

/// Where unfinished files lie on the local disk, relative to a publish location.
const STAGING: &str = "_staunch/staging";

/// A folder on a store. Objects are named by their path relative to the folder.
#[derive(Clone, Debug)]
pub struct Folder {
    /// Kind of store.
    pub scheme: Scheme,
    /// The store.
    pub store: Arc<dyn ObjectStore>,
    /// Path of the folder in the store.
    pub root: Path,
    /// The folder as the user wrote it, for messages.
    pub written: String,
}

impl Folder {
    /// The folder at a location. Nothing is requested from the store yet.
    ///
    /// # Errors
    ///
    /// The location or the store's settings in the environment are malformed.
    pub fn open(location: &Location) -> Result<Self> {
        let address = Address::parse(location)?;
        let store = match address.scheme {
            Scheme::Disk => Arc::new(DiskStore::new(staging_folder(&address.path()?))),
            _ => connect(location, &address)?,
        };
        Ok(Self { scheme: address.scheme, store, root: address.path()?, written: shown(location) })
    }

    /// The folder's address, for messages about its objects.
    pub fn address(&self) -> Address {
        // Such as `s3://bucket`; a path on disk is absolute.
        let written = self.written.trim_end_matches('/');
        let root = written.strip_suffix(self.root.as_ref()).unwrap_or_default().trim_end_matches('/');
        Address { scheme: self.scheme, root: root.to_owned(), key: self.root.to_string(), query: None }
    }

    /// The error of a failed request for an object in this folder.
    pub fn error(&self, purpose: Purpose, relative: &str, error: StoreError) -> Error {
        request_error(purpose, self.scheme, &format!("`{}`", self.name(relative)), error)
    }

    /// The path of an object on the store.
    pub fn path(&self, relative: &str) -> Result<Path> {
        // Not built from `PathPart`s, which would escape every non-ASCII character.
        let joined = if self.root.is_root() { relative.to_owned() } else { format!("{}/{relative}", self.root) };
        Path::parse(&joined).map_err(|error| {
            Error::invalid(
                Problem::new(format!("`{relative}` cannot be the name of a published file"))
                    .hint("use letters, digits, `_` and `-` in names")
                    .caused_by(error),
            )
        })
    }

    /// The name of an object as the user would write it.
    pub fn name(&self, relative: &str) -> String {
        format!("{}/{relative}", self.written.trim_end_matches('/'))
    }

    /// The bytes and metadata of an object; `None` if it does not exist.
    pub async fn read(&self, relative: &str) -> Result<Option<(Bytes, ObjectMeta)>> {
        let failed = |error| self.error(Purpose::Read, relative, error);
        match self.store.get(&self.path(relative)?).await {
            Ok(found) => {
                let meta = found.meta.clone();
                Ok(Some((found.bytes().await.map_err(failed)?, meta)))
            }
            Err(StoreError::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// Writes an object atomically, replacing any existing one.
    pub async fn replace(&self, relative: &str, bytes: Bytes) -> Result<()> {
        let path = self.path(relative)?;
        let options = PutOptions { attributes: attributes(relative), ..PutOptions::default() };
        let result = self.store.put_opts(&path, bytes.into(), options).await;
        result.map(|_| ()).map_err(|error| self.error(Purpose::Write, relative, error))
    }

    /// Writes an object unless it exists, and returns the store's response as is. It may be misleading: see `create`.
    pub async fn put_if_absent(&self, path: &Path, bytes: Bytes) -> Result<(), StoreError> {
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        self.store.put_opts(path, bytes.into(), options).await.map(|_| ())
    }

    /// Deletes an object; succeeds if it does not exist.
    pub async fn delete(&self, relative: &str) -> Result<()> {
        match self.store.delete(&self.path(relative)?).await {
            Ok(()) | Err(StoreError::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.error(Purpose::Delete, relative, error)),
        }
    }

    /// Deletes an object, as [`Folder::delete`] does, and the folders above it, below the first of its path, that it leaves
    /// empty. Only a disk has empty folders.
    pub async fn delete_with_folders(&self, relative: &str) -> Result<()> {
        self.delete(relative).await?;
        let mut above = relative;
        while let Some((folder, _)) = above.rsplit_once('/').filter(|(folder, _)| folder.contains('/')) {
            // A folder that is not empty is not removed.
            if self.scheme != Scheme::Disk || tokio::fs::remove_dir(format!("/{}", self.path(folder)?)).await.is_err() {
                break;
            }
            above = folder;
        }
        Ok(())
    }

    /// Names of the objects directly in a folder, without the folder's name.
    pub async fn list_names(&self, relative: &str) -> Result<Vec<String>> {
        let listed = match self.store.list_with_delimiter(Some(&self.path(relative)?)).await {
            Ok(listed) => listed.objects,
            Err(StoreError::NotFound { .. }) => Vec::new(),
            Err(error) => return Err(self.error(Purpose::List, relative, error)),
        };
        Ok(listed.iter().filter_map(|object| object.location.filename().map(str::to_owned)).collect())
    }

    /// Names of the objects directly in a folder that sort after `name`.
    pub async fn list_names_after(&self, relative: &str, name: &str) -> Result<Vec<String>> {
        let folder = self.path(relative)?;
        let offset = self.path(&format!("{relative}/{name}"))?;
        let listed: Vec<ObjectMeta> = self
            .store
            .list_with_offset(Some(&folder), &offset)
            .try_collect()
            .await
            .map_err(|error| self.error(Purpose::List, relative, error))?;
        Ok(listed.iter().filter_map(|object| object.location.filename().map(str::to_owned)).collect())
    }

    /// Names of the folders directly in a folder.
    pub async fn list_folders(&self, relative: &str) -> Result<Vec<String>> {
        match self.store.list_with_delimiter(Some(&self.path(relative)?)).await {
            Ok(listed) => {
                Ok(listed.common_prefixes.iter().filter_map(|path| path.filename().map(str::to_owned)).collect())
            }
            Err(StoreError::NotFound { .. }) => Ok(Vec::new()),
            Err(error) => Err(self.error(Purpose::List, relative, error)),
        }
    }

    /// Deletes a folder and everything below it.
    pub async fn delete_below(&self, relative: &str) -> Result<()> {
        let failed = |error| self.error(Purpose::Delete, relative, error);
        let path = self.path(relative)?;
        if self.scheme == Scheme::Disk {
            return delete_folder(PathBuf::from(format!("/{path}"))).await.map_err(failed);
        }
        let found: Vec<Path> =
            self.store.list(Some(&path)).map_ok(|object| object.location).try_collect().await.map_err(failed)?;
        let deleted = self.store.delete_stream(futures::stream::iter(found).map(Ok).boxed());
        let missing_is_fine = |error| match error {
            StoreError::NotFound { .. } => Ok(()),
            other => Err(other),
        };
        deleted.map(|result| result.map(|_| ()).or_else(missing_is_fine)).try_collect::<()>().await.map_err(failed)
    }
}

/// The folder of unfinished files of a publish location on the local disk.
pub fn staging_folder(root: &Path) -> PathBuf {
    PathBuf::from(format!("/{root}")).join(STAGING)
}

/// Deletes a folder of the local disk, which has empty folders too.
async fn delete_folder(folder: PathBuf) -> Result<(), StoreError> {
    let failed = |source| StoreError::Generic { store: "disk", source };
    match tokio::task::spawn_blocking(move || std::fs::remove_dir_all(folder)).await {
        Ok(Err(error)) if error.kind() != std::io::ErrorKind::NotFound => Err(failed(error.into())),
        Ok(_) => Ok(()),
        Err(error) => Err(failed(error.into())),
    }
}

/// The content type of an object. Without it, browsers download a report from a bucket instead of displaying it.
fn attributes(name: &str) -> Attributes {
    let content_type = match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("md") => "text/markdown; charset=utf-8",
        Some("json") => "application/json",
        Some("sql") => "application/sql; charset=utf-8",
        Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _ => return Attributes::new(),
    };
    Attributes::from_iter([(Attribute::ContentType, content_type)])
}
