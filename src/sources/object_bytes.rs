//! An object's bytes as a blocking reader, and parsed rows back as a stream: parsers are plain blocking code on a thread of
//! their own, with a bounded number of chunks before them and batches behind them, however large the object is.

use std::io::{self, BufRead, Read};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use bytes::{Buf, Bytes};
use datafusion::error::DataFusionError;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::{GetRange, ObjectMeta, ObjectStore};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::decompression::{decompressed, reading_error};
use super::intake::Intake;
use super::listing::Listing;
use super::panics::{Guarded, own_code};
use crate::error::{Error, Problem, Result};
use crate::storage::address::Scheme;
use crate::storage::request_error::{Purpose, request_error};
use crate::storage::versions::{incomplete, read_range, same_version};

/// Bytes asked for at once. Short requests survive slow readers: a store closes a connection that nobody reads.
const CHUNK_BYTES: u64 = 4 * 1024 * 1024;
/// Chunks fetched ahead of the parser.
const CHUNKS_AHEAD: usize = 2;
/// Batches parsed ahead of the query.
const BATCHES_AHEAD: usize = 2;
/// Rows of a batch.
pub(super) const BATCH_ROWS: usize = 8192;

/// One object that is to be read through.
#[derive(Clone)]
pub(super) struct InputFile {
    store: Arc<dyn ObjectStore>,
    meta: ObjectMeta,
    scheme: Scheme,
    /// Location for messages.
    pub name: Arc<str>,
    /// Position among the files of the source.
    pub index: usize,
    /// Whether the object may be compressed as a whole.
    may_be_compressed: bool,
    /// Counts and rejected rows of the source.
    pub intake: Arc<Intake>,
}

impl InputFile {
    /// The objects of a listing.
    pub fn all(listing: &Listing, may_be_compressed: bool, intake: &Arc<Intake>) -> Vec<Self> {
        let file = |(index, meta): (usize, &ObjectMeta)| Self {
            store: Arc::clone(&listing.store),
            meta: meta.clone(),
            scheme: listing.address.scheme,
            name: listing.shown(meta).into(),
            index,
            may_be_compressed,
            intake: Arc::clone(intake),
        };
        listing.objects.iter().enumerate().map(file).collect()
    }

    /// A failed request for this object.
    fn error(&self, error: object_store::Error) -> Error {
        request_error(Purpose::Read, self.scheme, &format!("`{}`", self.name), error)
    }

    /// The last `count` bytes, or all when the object is shorter.
    pub async fn last_bytes(&self, count: u64) -> Result<Bytes> {
        let range = self.meta.size.saturating_sub(count)..self.meta.size;
        read_range(self.store.as_ref(), &self.meta, range).await.map_err(|error| self.error(error))
    }

    /// Starts fetching; the reader must be used on a thread that may block.
    fn fetch(&self) -> ChunkReader {
        let (sender, chunks) = mpsc::channel(CHUNKS_AHEAD);
        let file = self.clone();
        tokio::spawn(async move {
            if let Err(error) = file.send_chunks(&sender).await {
                // When nobody listens any more, the query has ended for another reason.
                let _ = sender.send(Err(file.error(error))).await;
            }
        });
        ChunkReader { chunks, current: Bytes::new(), digest: Sha256::new() }
    }

    /// The object's bytes as they were before compression.
    fn plain<'a>(&self, chunks: &'a mut ChunkReader) -> Box<dyn BufRead + Send + 'a> {
        match self.may_be_compressed {
            true => decompressed(chunks, &self.name),
            false => Box::new(Guarded::own(chunks, &self.name)),
        }
    }

    /// Sends the object's bytes in order until they end or nobody wants more.
    async fn send_chunks(&self, sender: &mpsc::Sender<Result<Bytes>>) -> Result<(), object_store::Error> {
        let mut sent_bytes = 0;
        let is_web = self.scheme == Scheme::Http;
        let ranges = if is_web { vec![None] } else { chunk_ranges(self.meta.size).map(Some).collect() };
        for range in ranges {
            let options = same_version(&self.meta, range);
            let mut pieces = self.store.get_opts(&self.meta.location, options).await?.into_stream();
            while let Some(piece) = pieces.next().await {
                let piece = piece?;
                sent_bytes += piece.len() as u64;
                if sender.send(Ok(piece)).await.is_err() {
                    return Ok(());
                }
            }
        }
        if sent_bytes == self.meta.size { Ok(()) } else { Err(incomplete(sent_bytes, self.meta.size)) }
    }

    /// Runs a blocking `parse` over the object's bytes, decompressed by the object's ending, and gives its result.
    pub async fn read<T: Send + 'static>(
        &self,
        parse: impl FnOnce(&mut (dyn BufRead + Send)) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let mut chunks = self.fetch();
        let file = self.clone();
        let task =
            tokio::task::spawn_blocking(move || own_code(&file.name, || parse(file.plain(&mut chunks).as_mut())));
        task.await.map_err(|error| {
            Error::execution(Problem::new(format!("reading `{}` was cut off", self.name)).caused_by(error))
        })?
    }

    /// The rows that a blocking `parse` finds in the object. Nothing is fetched before the stream is read.
    pub fn stream(
        self,
        schema: SchemaRef,
        parse: impl FnOnce(&mut (dyn BufRead + Send), &BatchSink) -> Result<()> + Send + 'static,
    ) -> SendableRecordBatchStream {
        let start = async move {
            let (sender, batches) = mpsc::channel(BATCHES_AHEAD);
            let sink = BatchSink { sender };
            let mut chunks = self.fetch();
            tokio::task::spawn_blocking(move || {
                let outcome = own_code(&self.name, || {
                    parse(self.plain(&mut chunks).as_mut(), &sink)?;
                    let fingerprint = chunks.fingerprint().map_err(|error| reading_error(&self.name, error))?;
                    self.intake.set_fingerprint(self.index, fingerprint);
                    Ok(())
                });
                if let Err(error) = outcome {
                    sink.fail(error);
                }
            });
            stream::unfold(batches, |mut batches: mpsc::Receiver<_>| async move {
                batches.recv().await.map(|batch| (batch, batches))
            })
        };
        let batches = stream::once(start).flatten().map_err(|error: Error| DataFusionError::External(Box::new(error)));
        Box::pin(RecordBatchStreamAdapter::new(schema, batches))
    }
}

/// Where a parser puts its batches.
pub(super) struct BatchSink {
    sender: mpsc::Sender<Result<RecordBatch>>,
}

impl BatchSink {
    /// Hands a batch over; `false` when nobody wants more.
    pub fn send(&self, batch: RecordBatch) -> bool {
        self.sender.blocking_send(Ok(batch)).is_ok()
    }

    fn fail(&self, error: Error) {
        // When nobody listens any more, the query has ended for another reason.
        let _ = self.sender.blocking_send(Err(error));
    }
}

fn chunk_ranges(size: u64) -> impl Iterator<Item = GetRange> {
    (0..size.div_ceil(CHUNK_BYTES)).map(move |index| {
        let start = index * CHUNK_BYTES;
        GetRange::Bounded(start..size.min(start + CHUNK_BYTES))
    })
}

/// Fetched chunks as a blocking reader.
struct ChunkReader {
    chunks: mpsc::Receiver<Result<Bytes>>,
    current: Bytes,
    /// Of the chunks so far.
    digest: Sha256,
}

impl ChunkReader {
    /// SHA-256 of the whole object, in hexadecimal; reads what nobody has read yet.
    fn fingerprint(mut self) -> io::Result<String> {
        while !self.fill_buf()?.is_empty() {
            let count = self.current.len();
            self.consume(count);
        }
        Ok(format!("{:x}", self.digest.finalize()))
    }
}

impl BufRead for ChunkReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.current.is_empty() {
            match self.chunks.blocking_recv() {
                Some(Ok(chunk)) => {
                    self.digest.update(&chunk);
                    self.current = chunk;
                }
                Some(Err(error)) => return Err(io::Error::other(error)),
                None => break,
            }
        }
        Ok(&self.current)
    }

    fn consume(&mut self, count: usize) {
        self.current.advance(count.min(self.current.len()));
    }
}

impl Read for ChunkReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let count = ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ready[..count]);
        self.consume(count);
        Ok(count)
    }
}
