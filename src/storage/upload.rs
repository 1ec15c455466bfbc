//! Uploads one object in parts, and computes its size and checksum. The object is visible only once it is complete.

use bytes::Bytes;
use futures::future::BoxFuture;
use object_store::buffered::BufWriter;
use parquet::arrow::async_writer::AsyncFileWriter;
use parquet::errors::ParquetError;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use super::folder::Folder;
use crate::error::Result;

/// Small in tests, so that small tables are uploaded in parts too.
pub const PART_BYTES: usize = if cfg!(test) { 64 * 1024 } else { 8 * 1024 * 1024 };
const PARTS_IN_FLIGHT: usize = 4;

/// An upload in progress. Readers cannot see the object before [`Upload::finish`] succeeds: a small object is one put,
/// a large one a multipart upload (on the local disk, a hidden file that is renamed).
pub struct Upload {
    writer: BufWriter,
    pieces: FingerprintOfPieces,
}

/// The fingerprint of bytes that come in pieces.
#[derive(Clone, Debug, Default)]
pub struct FingerprintOfPieces {
    hasher: Sha256,
    bytes: u64,
}

impl FingerprintOfPieces {
    /// Adds a piece.
    pub fn add(&mut self, piece: &[u8]) {
        self.hasher.update(piece);
        self.bytes += piece.len() as u64;
    }

    /// The fingerprint of all pieces.
    pub fn finish(self) -> Fingerprint {
        Fingerprint { bytes: self.bytes, sha256: format!("{:x}", self.hasher.finalize()) }
    }
}

/// Size and checksum of some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// Number of bytes.
    pub bytes: u64,
    /// SHA-256, in lower-case hexadecimal digits.
    pub sha256: String,
}

impl Fingerprint {
    /// The fingerprint of bytes in memory.
    pub fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.len() as u64, sha256: format!("{:x}", Sha256::digest(bytes)) }
    }
}

impl Upload {
    /// Starts an upload to a path relative to the folder.
    pub fn new(folder: &Folder, relative: &str) -> Result<Self> {
        let writer = BufWriter::with_capacity(folder.store.clone(), folder.path(relative)?, PART_BYTES)
            .with_max_concurrency(PARTS_IN_FLIGHT);
        Ok(Self { writer, pieces: FingerprintOfPieces::default() })
    }

    /// Adds bytes at the end.
    pub async fn append(&mut self, bytes: Bytes) -> Result<(), object_store::Error> {
        self.pieces.add(&bytes);
        // In slices, so that a large piece does not put more parts in flight than allowed.
        let mut rest = bytes;
        while !rest.is_empty() {
            let slice = rest.split_to(rest.len().min(PART_BYTES));
            self.writer.put(slice).await?;
        }
        Ok(())
    }

    /// Size and checksum of what was added so far.
    pub fn fingerprint(&self) -> Fingerprint {
        self.pieces.clone().finish()
    }

    /// Makes the object visible; removes its parts if that fails.
    pub async fn finish(mut self) -> Result<(), object_store::Error> {
        self.writer.shutdown().await.map_err(|error| {
            let generic = |error| object_store::Error::Generic { store: "upload", source: Box::new(error) };
            error.downcast().unwrap_or_else(generic)
        })
    }

    /// Removes the parts, best effort. A bucket's lifecycle rule should remove any that remain.
    pub async fn abort(mut self) {
        if let Err(error) = self.writer.abort().await {
            tracing::debug!(%error, "an unfinished upload could not be removed");
        }
    }
}

impl AsyncFileWriter for Upload {
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), ParquetError>> {
        Box::pin(async { self.append(bytes).await.map_err(|error| ParquetError::External(Box::new(error))) })
    }

    /// Does nothing: the object becomes visible only by [`Upload::finish`], after the rows were counted.
    fn complete(&mut self) -> BoxFuture<'_, Result<(), ParquetError>> {
        Box::pin(async { Ok(()) })
    }
}
