//! An object's bytes as a blocking reader, and parsed rows back as a stream: parsers are plain blocking code on a thread of
//! their own, with a bounded number of chunks before them and batches behind them, however large the object is.

use std::io::{self, BufRead, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use bytes::{Buf, Bytes};
use datafusion::error::DataFusionError;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use flate2::bufread::MultiGzDecoder;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore};
use tokio::sync::mpsc;

use super::listing::Listing;
use crate::error::{Error, Problem, Result};
use crate::storage::read_error::storage_error;

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
    /// Location for messages.
    pub name: Arc<str>,
}

impl InputFile {
    /// The objects of a listing.
    pub fn all(listing: &Listing) -> Vec<Self> {
        let file = |meta: &ObjectMeta| Self {
            store: Arc::clone(&listing.store),
            meta: meta.clone(),
            name: listing.shown(meta).into(),
        };
        listing.objects.iter().map(file).collect()
    }

    /// The last `count` bytes, or all when the object is shorter.
    pub async fn last_bytes(&self, count: u64) -> Result<Bytes> {
        let start = self.meta.size.saturating_sub(count);
        let failed = |error| storage_error(&self.name, error);
        let range = GetRange::Bounded(start..self.meta.size);
        let answer = self.store.get_opts(&self.meta.location, same_version(&self.meta, Some(range))).await;
        answer.map_err(failed)?.bytes().await.map_err(failed)
    }

    /// Starts fetching; the reader must be used on a thread that may block.
    fn fetch(&self) -> ChunkReader {
        let (sender, chunks) = mpsc::channel(CHUNKS_AHEAD);
        let file = self.clone();
        tokio::spawn(async move {
            let is_web = file.name.starts_with("http");
            let ranges = if is_web { vec![None] } else { chunk_ranges(file.meta.size).map(Some).collect() };
            for range in ranges {
                let answer = file.store.get_opts(&file.meta.location, same_version(&file.meta, range)).await;
                let mut pieces = match answer {
                    Ok(answer) => answer.into_stream(),
                    Err(error) => stream::once(async { Err(error) }).boxed(),
                };
                while let Some(piece) = pieces.next().await {
                    let failed = piece.is_err();
                    let piece = piece.map_err(|error| storage_error(&file.name, error));
                    if sender.send(piece).await.is_err() || failed {
                        return;
                    }
                }
            }
        });
        ChunkReader { chunks, current: Bytes::new() }
    }

    /// Runs a blocking `parse` over the object's bytes, decompressed by the object's ending, and gives its result.
    pub async fn read<T: Send + 'static>(
        &self,
        parse: impl FnOnce(&mut dyn BufRead) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let chunks = self.fetch();
        let name = Arc::clone(&self.name);
        let task = tokio::task::spawn_blocking(move || guarded(&name, || parse(decompressed(chunks, &name).as_mut())));
        task.await.map_err(|error| {
            Error::execution(Problem::new(format!("reading `{}` was cut off", self.name)).caused_by(error))
        })?
    }

    /// The rows that a blocking `parse` finds in the object. Nothing is fetched before the stream is read.
    pub fn stream(
        self,
        schema: SchemaRef,
        parse: impl FnOnce(&mut dyn BufRead, &BatchSink) -> Result<()> + Send + 'static,
    ) -> SendableRecordBatchStream {
        let start = async move {
            let (sender, batches) = mpsc::channel(BATCHES_AHEAD);
            let sink = BatchSink { sender };
            let chunks = self.fetch();
            tokio::task::spawn_blocking(move || {
                let outcome = guarded(&self.name, || parse(decompressed(chunks, &self.name).as_mut(), &sink));
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

/// A foreign error of reading `name`: our own error when one was carried through, else broken data.
pub(super) fn reading_error(name: &str, error: io::Error) -> Error {
    let kind = error.kind();
    let text = error.to_string();
    match error.into_inner().map(|inner| inner.downcast::<Error>()) {
        Some(Ok(own)) => *own,
        _ if kind == io::ErrorKind::UnexpectedEof => Error::data(
            Problem::new(format!("`{name}` ends in the middle: it was cut short")).hint("upload the file again"),
        ),
        _ => Error::data(
            Problem::new(format!("`{name}` cannot be read: {text}"))
                .hint("the file is damaged, or its ending names another compression than it has"),
        ),
    }
}

/// Asks for the version of an object that was listed, when the store can tell versions apart.
pub(super) fn same_version(meta: &ObjectMeta, range: Option<GetRange>) -> GetOptions {
    let strong_etag = meta.e_tag.clone().filter(|etag| !etag.starts_with("W/"));
    GetOptions { if_match: strong_etag, range, ..GetOptions::default() }
}

fn chunk_ranges(size: u64) -> impl Iterator<Item = GetRange> {
    (0..size.div_ceil(CHUNK_BYTES)).map(move |index| {
        let start = index * CHUNK_BYTES;
        GetRange::Bounded(start..size.min(start + CHUNK_BYTES))
    })
}

/// Runs a parser of foreign bytes; a panic in it is a broken file, not a broken program.
pub(super) fn guarded<T>(name: &str, parse: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(parse)).unwrap_or_else(|_| {
        Err(Error::data(
            Problem::new(format!("`{name}` cannot be read: its contents make no sense")).hint("write the file again"),
        ))
    })
}

fn decompressed<'a>(chunks: ChunkReader, name: &str) -> Box<dyn BufRead + 'a> {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "gz" => Box::new(io::BufReader::new(MultiGzDecoder::new(chunks))),
        "bz2" => Box::new(io::BufReader::new(bzip2::bufread::MultiBzDecoder::new(chunks))),
        "zst" => match zstd::stream::read::Decoder::with_buffer(chunks) {
            Ok(decoder) => Box::new(io::BufReader::new(decoder)),
            Err(error) => Box::new(io::BufReader::new(Failing(Some(error)))),
        },
        _ => Box::new(chunks),
    }
}

/// Fetched chunks as a blocking reader.
struct ChunkReader {
    chunks: mpsc::Receiver<Result<Bytes>>,
    current: Bytes,
}

impl BufRead for ChunkReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.current.is_empty() {
            match self.chunks.blocking_recv() {
                Some(Ok(chunk)) => self.current = chunk,
                Some(Err(error)) => return Err(io::Error::other(error)),
                None => break,
            }
        }
        Ok(&self.current)
    }

    fn consume(&mut self, count: usize) {
        self.current.advance(count);
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

/// A reader that gives one error.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}
