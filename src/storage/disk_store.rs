//! The local disk as publishing uses it. A write that is reported as done survives a power failure, and an unfinished
//! one is invisible to readers: it lies in a staging folder, not beside its target.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error as StoreError, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, UploadPart,
};

use super::disk_writes::{DiskWrites, Staged};

/// Files deleted at the same time.
const DELETES_AT_ONCE: usize = 10;

/// The local disk, with durable writes. Reading and listing are those of [`LocalFileSystem`].
#[derive(Debug)]
pub struct DiskStore {
    reads: LocalFileSystem,
    writes: Arc<DiskWrites>,
}

impl DiskStore {
    /// The disk, with `staging` as the folder of unfinished files. It must be on the same file system as all targets.
    pub fn new(staging: PathBuf) -> Self {
        Self::with_writes(DiskWrites::new(staging))
    }

    pub(crate) fn with_writes(writes: DiskWrites) -> Self {
        Self { reads: LocalFileSystem::new(), writes: Arc::new(writes) }
    }
}

impl fmt::Display for DiskStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reads.fmt(f)
    }
}

#[async_trait]
impl ObjectStore for DiskStore {
    /// Ignores attributes such as the content type, which a disk does not have.
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let only_if_absent = match options.mode {
            PutMode::Overwrite => false,
            PutMode::Create => true,
            PutMode::Update(_) => return Err(no_update(self)),
        };
        let target = self.reads.path_to_filesystem(location)?;
        let writes = Arc::clone(&self.writes);
        blocking(move || {
            let mut staged = writes.stage()?;
            for piece in &payload {
                staged.append(piece)?;
            }
            writes.publish(staged, &target, only_if_absent)
        })
        .await
    }

    async fn put_multipart_opts(&self, location: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        let target = self.reads.path_to_filesystem(location)?;
        let writes = Arc::clone(&self.writes);
        let opened = Arc::clone(&self.writes);
        let staged = spawn(move || opened.stage()).await?;
        Ok(Box::new(DiskUpload { writes, target, staged: Some(Arc::new(staged)), offset: 0 }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.reads.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.reads.get_ranges(location, ranges).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let (reads, writes) = (self.reads.clone(), Arc::clone(&self.writes));
        let delete = move |location: Result<Path>| {
            let (reads, writes) = (reads.clone(), Arc::clone(&writes));
            async move {
                let location = location?;
                let path = reads.path_to_filesystem(&location)?;
                spawn(move || writes.remove(&path)).await?;
                Ok(location)
            }
        };
        locations.map(delete).buffered(DELETES_AT_ONCE).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.reads.list(prefix)
    }

    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, Result<ObjectMeta>> {
        self.reads.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.reads.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.reads.copy_opts(from, to, options).await
    }
}

/// A large file that is written in parts.
#[derive(Debug)]
struct DiskUpload {
    writes: Arc<DiskWrites>,
    target: PathBuf,
    /// `None` once the upload has ended. Parts that are being written share it.
    staged: Option<Arc<Staged>>,
    offset: u64,
}

#[async_trait]
impl MultipartUpload for DiskUpload {
    fn put_part(&mut self, part: PutPayload) -> UploadPart {
        let staged = self.staged.clone();
        let mut offset = self.offset;
        self.offset += part.content_length() as u64;
        let write = blocking(move || {
            let staged = staged.ok_or_else(ended)?;
            for piece in &part {
                staged.write_at(offset, piece)?;
                offset += piece.len() as u64;
            }
            Ok(())
        });
        write.map(|written| written.map(|_| ())).boxed()
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let staged = self.staged.take().and_then(Arc::into_inner);
        let (writes, target) = (Arc::clone(&self.writes), self.target.clone());
        blocking(move || writes.publish(staged.ok_or_else(ended)?, &target, false)).await
    }

    async fn abort(&mut self) -> Result<()> {
        let staged = self.staged.take();
        // Dropping it removes the file.
        spawn(move || {
            drop(staged);
            Ok(())
        })
        .await
    }
}

fn ended() -> StoreError {
    StoreError::Generic { store: "disk", source: "the upload has ended".into() }
}

fn no_update(store: &DiskStore) -> StoreError {
    StoreError::NotImplemented {
        operation: "`put_opts` with mode `PutMode::Update`".into(),
        implementer: store.to_string(),
    }
}

/// Runs a write on a thread that may wait for the disk.
async fn blocking(write: impl FnOnce() -> Result<()> + Send + 'static) -> Result<PutResult> {
    spawn(write).await.map(|()| PutResult { e_tag: None, version: None })
}

async fn spawn<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let stopped = |error| StoreError::Generic { store: "disk", source: Box::new(error) };
    tokio::task::spawn_blocking(work).await.map_err(stopped)?
}
