//! Whose fault a panic is. Decoders of other people may panic on bytes that make no sense: that is a corrupt file. A panic of
//! our own code is a defect, whatever the file.
//!
//! Parsers call decoders, and decoders call back into readers of ours. So every border is guarded, in both directions, and
//! no panic ever crosses one: [`own_code`] on the way into ours, [`foreign_decoder`] on the way out.

use std::io::{self, BufRead, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::error::{Error, Problem, Result};

/// Runs code of ours; a panic in it is a defect.
pub fn own_code<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    caught(work).unwrap_or_else(|_| Err(defect(name)))
}

/// Runs a decoder of somebody else on bytes of the object `name`; a panic in it means that the object is corrupt.
pub fn foreign_decoder<T>(name: &str, work: impl FnOnce() -> T) -> Result<T> {
    caught(work).map_err(|_| corrupt(name))
}

/// The result of some work, or what it panicked with.
fn caught<T>(work: impl FnOnce() -> T) -> std::thread::Result<T> {
    catch_unwind(AssertUnwindSafe(work))
}

/// Our own code failed while it read an object.
pub fn defect(name: &str) -> Error {
    Error::execution(
        Problem::new(format!("reading `{name}` failed inside staunch"))
            .hint("this is a defect; please report it with the file"),
    )
}

/// An object whose contents no decoder understands.
pub fn corrupt(name: &str) -> Error {
    Error::data(Problem::new(format!("`{name}` is corrupt: its decoder failed on it")).hint("write the file again"))
}

/// A reader with a guard around every call: [`own_code`] around readers of ours that decoders call, [`foreign_decoder`]
/// around decoders that we call.
pub struct Guarded<R> {
    reader: R,
    name: Arc<str>,
    is_own: bool,
}

impl<R> Guarded<R> {
    /// A reader of ours, to be handed to a decoder.
    pub fn own(reader: R, name: &Arc<str>) -> Self {
        Self { reader, name: Arc::clone(name), is_own: true }
    }

    /// A decoder, to be read by us.
    pub fn foreign(reader: R, name: &Arc<str>) -> Self {
        Self { reader, name: Arc::clone(name), is_own: false }
    }

    /// The reader within.
    pub fn inner(&mut self) -> &mut R {
        &mut self.reader
    }

    fn panicked(name: &str, is_own: bool) -> io::Error {
        io::Error::other(if is_own { defect(name) } else { corrupt(name) })
    }
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        caught(|| self.reader.read(buffer)).unwrap_or_else(|_| Err(Self::panicked(&self.name, self.is_own)))
    }
}

impl<R: BufRead> BufRead for Guarded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let (reader, name, is_own) = (&mut self.reader, &self.name, self.is_own);
        caught(move || reader.fill_buf()).unwrap_or_else(|_| Err(Self::panicked(name, is_own)))
    }

    fn consume(&mut self, count: usize) {
        self.reader.consume(count);
    }
}
