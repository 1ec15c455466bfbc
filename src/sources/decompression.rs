//! Objects that are compressed, told by their first bytes: names are wrong too often.

use std::fs::File;
use std::io::{self, BufRead, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;
use zip::ZipArchive;

use super::panics::Guarded;
use crate::error::{Error, Problem};

/// Endings of compressed objects, by which a folder is searched.
pub const ENDINGS: [&str; 4] = [".gz", ".zst", ".bz2", ".zip"];

const GZIP: &[u8] = &[0x1F, 0x8B];
const ZSTD: &[u8] = &[0x28, 0xB5, 0x2F, 0xFD];
const BZIP2: &[u8] = b"BZh";
const ZIP: &[u8] = b"PK\x03\x04";
/// The longest of them.
const MAGIC_BYTES: u64 = 4;

/// The bytes of an object as they were before compression. `chunks` is a reader of ours.
pub fn decompressed<'a>(chunks: impl BufRead + Send + 'a, name: &Arc<str>) -> Box<dyn BufRead + Send + 'a> {
    let mut chunks = Guarded::own(chunks, name);
    let mut head = Vec::new();
    if let Err(error) = chunks.by_ref().take(MAGIC_BYTES).read_to_end(&mut head) {
        return Box::new(io::BufReader::new(Failing(Some(error))));
    }
    let magic = head.clone();
    let whole = Cursor::new(head).chain(chunks);
    let is = |start: &[u8]| magic.starts_with(start);
    match () {
        () if is(GZIP) => buffered(MultiGzDecoder::new(whole), name),
        () if is(BZIP2) => buffered(bzip2::bufread::MultiBzDecoder::new(whole), name),
        () if is(ZSTD) => match zstd::stream::read::Decoder::with_buffer(whole) {
            Ok(decoder) => buffered(decoder, name),
            Err(error) => buffered(Failing(Some(error)), name),
        },
        () if is(ZIP) => buffered(ZippedFile { archive: Some(whole), file: None, name: Arc::clone(name) }, name),
        () => Box::new(whole),
    }
}

fn buffered<'a>(decoder: impl Read + Send + 'a, name: &Arc<str>) -> Box<dyn BufRead + Send + 'a> {
    Box::new(io::BufReader::new(Guarded::foreign(decoder, name)))
}

/// An error of reading the object `name` through readers of ours and of others: our own error when one of them carried it,
/// else the object is corrupt.
pub fn reading_error(name: &str, error: io::Error) -> Error {
    let error = match error.downcast::<Error>() {
        Ok(own) => return own,
        Err(error) => error,
    };
    let problem = match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            Problem::new(format!("`{name}` ends in the middle: it was cut short")).hint("upload the file again")
        }
        _ => Problem::new(format!("`{name}` cannot be read: {error}"))
            .hint("the file is damaged: write or upload it again"),
    };
    Error::data(problem.caused_by(error))
}

/// The one file in a zip archive. Archives name their files at their end, so both the archive and the file go through
/// temporary files.
struct ZippedFile<R> {
    archive: Option<R>,
    file: Option<File>,
    name: Arc<str>,
}

impl<R: Read> Read for ZippedFile<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(archive) = self.archive.take() {
            self.file = Some(unzipped(archive, &self.name)?);
        }
        self.file.as_mut().map_or(Ok(0), |file| file.read(buffer))
    }
}

fn unzipped(mut archive: impl Read, name: &str) -> io::Result<File> {
    let mut spooled = tempfile::tempfile()?;
    io::copy(&mut archive, &mut spooled)?;
    let mut archive = ZipArchive::new(spooled)?;
    let mut entries = Vec::new();
    for entry in archive.file_names() {
        let entry = entry?;
        if !entry.ends_with('/') && !entry.starts_with("__MACOSX/") {
            entries.push(entry.into_owned());
        }
    }
    let [entry] = entries.as_slice() else {
        return Err(io::Error::other(Error::data(
            Problem::new(format!("`{name}` is a zip archive with {} files", entries.len()))
                .hint("put one file in an archive, or unpack it"),
        )));
    };
    let mut file = tempfile::tempfile()?;
    io::copy(&mut archive.by_name(entry)?, &mut file)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

/// A reader that gives one error.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}
