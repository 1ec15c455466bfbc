//! Shared by tests: in-memory stores that a location can name, and a store that injects faults.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error as StoreError, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, UploadPart,
};

static STORES: LazyLock<Mutex<HashMap<String, Arc<dyn ObjectStore>>>> = LazyLock::new(Mutex::default);

/// The one store of this name, such as `memory://lake`, in this process, so that a test and the code under test see the
/// same objects.
pub fn memory_store(root: &str) -> Arc<dyn ObjectStore> {
    let mut stores = STORES.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(stores.entry(root.to_owned()).or_insert_with(|| Arc::new(InMemory::new())))
}

/// Puts a fault in front of the store of this name. The fault is inactive until [`FaultyStore::activate`].
pub fn breakable_store(root: &str, fault: Fault) -> Arc<FaultyStore> {
    let broken = Arc::new(FaultyStore::new(memory_store(root), fault, "", 0));
    STORES.lock().unwrap_or_else(PoisonError::into_inner).insert(root.to_owned(), Arc::clone(&broken) as _);
    broken
}

/// How a store misbehaves when an object is written or read.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// Writes the object, then answers with an error.
    AnswerLost,
    /// Writes the object, loses the response, and answers the retry with "already exists".
    AnswerLostAndRepeated,
    /// Answers "already exists" although the object is absent.
    FalselyExists,
    /// Writes nothing and answers with an error.
    Unavailable,
    /// Forbids writing.
    Denied,
    /// Overwrites the object although the write was conditional.
    ConditionIgnored,
    /// Is slow, and completes the write even if the request is cancelled, as the local disk does.
    WritesAfterCancel,
    /// Forbids listing.
    ListDenied,
    /// Fails while listing.
    ListUnavailable,
    /// Lists an object that is missing when it is read.
    GoneWhenRead,
    /// Forbids reading listed objects.
    ReadDenied,
    /// Fails before the first byte of a read.
    ReadUnavailable,
    /// Sends half of the requested bytes, then an error.
    ReadBreaksOff,
    /// Sends half of the requested bytes as if they were all.
    ReadIsShort,
}

impl Fault {
    fn is_of_listing(self) -> bool {
        matches!(self, Self::ListDenied | Self::ListUnavailable)
    }

    fn is_of_writing(self) -> bool {
        !self.is_of_listing() && !self.is_of_reading()
    }

    fn is_of_reading(self) -> bool {
        matches!(
            self,
            Self::GoneWhenRead | Self::ReadDenied | Self::ReadUnavailable | Self::ReadBreaksOff | Self::ReadIsShort
        )
    }
}

/// An upload whose parts do not arrive.
#[derive(Debug)]
struct BrokenUpload(Box<dyn MultipartUpload>);

#[async_trait]
impl MultipartUpload for BrokenUpload {
    fn put_part(&mut self, _: PutPayload) -> UploadPart {
        Box::pin(async { Err(StoreError::Generic { store: "faulty", source: "connection reset".into() }) })
    }

    async fn complete(&mut self) -> Result<PutResult, StoreError> {
        self.0.complete().await
    }

    async fn abort(&mut self) -> Result<(), StoreError> {
        self.0.abort().await
    }
}

/// A store that injects a fault into some requests for some paths.
#[derive(Debug)]
pub struct FaultyStore {
    inner: Arc<dyn ObjectStore>,
    fault: Fault,
    path_part: String,
    left: AtomicUsize,
}

impl FaultyStore {
    /// `inner`, with a fault in the first `times` requests for paths that contain `path_part`.
    pub fn new(inner: Arc<dyn ObjectStore>, fault: Fault, path_part: &str, times: usize) -> Self {
        Self { inner, fault, path_part: path_part.to_owned(), left: AtomicUsize::new(times) }
    }

    /// From now on, every request meets the fault.
    pub fn activate(&self) {
        self.left.store(usize::MAX, Ordering::SeqCst);
    }

    fn strikes(&self, location: &Path) -> bool {
        let count_down = |left: usize| left.checked_sub(1);
        location.as_ref().contains(&self.path_part)
            && self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, count_down).is_ok()
    }
}

impl fmt::Display for FaultyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FaultyStore({})", self.inner)
    }
}

#[async_trait]
impl ObjectStore for FaultyStore {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult, StoreError> {
        // Yields, so that the runs of a test interleave on a store that never waits by itself.
        tokio::task::yield_now().await;
        if !self.fault.is_of_writing() || !self.strikes(location) {
            return self.inner.put_opts(location, payload, options).await;
        }
        let broken = || StoreError::Generic { store: "faulty", source: "connection reset".into() };
        let exists = || StoreError::AlreadyExists { path: location.to_string(), source: "409 Conflict".into() };
        match self.fault {
            Fault::AnswerLost => self.inner.put_opts(location, payload, options).await.and(Err(broken())),
            Fault::AnswerLostAndRepeated => self.inner.put_opts(location, payload, options).await.and(Err(exists())),
            Fault::FalselyExists => Err(exists()),
            Fault::Unavailable => Err(broken()),
            Fault::Denied => Err(StoreError::PermissionDenied { path: location.to_string(), source: "403".into() }),
            Fault::ConditionIgnored => {
                self.inner.put_opts(location, payload, PutOptions { mode: PutMode::Overwrite, ..options }).await
            }
            Fault::WritesAfterCancel => {
                let (inner, location) = (Arc::clone(&self.inner), location.clone());
                let write = async move {
                    for _ in 0..20 {
                        tokio::task::yield_now().await;
                    }
                    inner.put_opts(&location, payload, options).await
                };
                tokio::spawn(write).await.unwrap()
            }
            _ => unreachable!("a fault of reading"),
        }
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>, StoreError> {
        let upload = self.inner.put_multipart_opts(location, options).await?;
        Ok(if self.fault.is_of_writing() && self.strikes(location) { Box::new(BrokenUpload(upload)) } else { upload })
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult, StoreError> {
        tokio::task::yield_now().await;
        let is_affected = if options.head { self.fault.is_of_listing() } else { self.fault.is_of_reading() };
        if !is_affected || !self.strikes(location) {
            return self.inner.get_opts(location, options).await;
        }
        let path = location.to_string();
        let broken = || StoreError::Generic { store: "faulty", source: "connection reset".into() };
        match self.fault {
            Fault::GoneWhenRead => Err(StoreError::NotFound { path, source: "404".into() }),
            Fault::ReadDenied | Fault::ListDenied => Err(StoreError::PermissionDenied { path, source: "403".into() }),
            Fault::ReadUnavailable | Fault::ListUnavailable => Err(broken()),
            _ => {
                let mut answer = self.inner.get_opts(location, options).await?;
                let (meta, range, attributes) = (answer.meta.clone(), answer.range.clone(), answer.attributes.clone());
                let bytes = answer.bytes().await?;
                let mut pieces = vec![Ok(bytes.slice(..bytes.len() / 2))];
                if let Fault::ReadBreaksOff = self.fault {
                    pieces.push(Err(broken()));
                }
                let payload = GetResultPayload::Stream(stream::iter(pieces).boxed());
                answer = GetResult { payload, meta, range, attributes };
                Ok(answer)
            }
        }
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path, StoreError>>,
    ) -> BoxStream<'static, Result<Path, StoreError>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta, StoreError>> {
        let path = prefix.cloned().unwrap_or_default();
        if !self.fault.is_of_listing() || !self.strikes(&path) {
            return self.inner.list(prefix);
        }
        let error = match self.fault {
            Fault::ListDenied => StoreError::PermissionDenied { path: path.to_string(), source: "403".into() },
            _ => StoreError::Generic { store: "faulty", source: "connection reset".into() },
        };
        stream::iter([Err(error)]).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult, StoreError> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<(), StoreError> {
        self.inner.copy_opts(from, to, options).await
    }
}
