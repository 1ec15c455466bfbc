//! Objects that are compressed, by the ending of their names.

use std::io::{self, BufRead, Read};
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;

use super::panics::Guarded;
use crate::error::{Error, Problem};

/// Endings of compressed objects.
pub const ENDINGS: [&str; 3] = [".gz", ".zst", ".bz2"];

/// The bytes of an object as they were before compression. `chunks` is a reader of ours.
pub fn decompressed<'a>(chunks: impl BufRead + 'a, name: &Arc<str>) -> Box<dyn BufRead + 'a> {
    let chunks = Guarded::own(chunks, name);
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "gz" => buffered(MultiGzDecoder::new(chunks), name),
        "bz2" => buffered(bzip2::bufread::MultiBzDecoder::new(chunks), name),
        "zst" => match zstd::stream::read::Decoder::with_buffer(chunks) {
            Ok(decoder) => buffered(decoder, name),
            Err(error) => buffered(Failing(Some(error)), name),
        },
        _ => Box::new(chunks),
    }
}

fn buffered<'a>(decoder: impl Read + 'a, name: &Arc<str>) -> Box<dyn BufRead + 'a> {
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
            .hint("the file is damaged, or its ending names another compression than it has"),
    };
    Error::data(problem.caused_by(error))
}

/// A reader that gives one error.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}
