//! Delimited text into records, strictly and line by line: what is wrong with one record costs that record, never the file.
//!
//! Written here because no CSV crate tells a broken record apart and goes on behind it: the `csv` crate accepts an unclosed
//! quote and swallows the rest of the file, and its delimiter is one byte.

use std::borrow::Cow;
use std::io::Read;

use memchr::{memchr, memchr2, memmem};

use super::text_decoding::Utf8Reader;
use crate::error::{Error, Problem, Result};
use crate::plan::source_format::TextFormat;
use crate::sources::decompression::reading_error;
use crate::sources::panics::Guarded;

/// A longer record means an unclosed quote, and would not fit into memory much longer.
const MAX_RECORD_BYTES: usize = 16 * 1024 * 1024;
/// Bytes read first. Most files of a source with thousands of files are this small, and room for more would be cleared for
/// each of them in vain.
const FIRST_CHUNK_BYTES: usize = 8 * 1024;
/// Bytes of text from which a block of records is full.
const BLOCK_BYTES: usize = 256 * 1024;
/// Bytes read at once at most.
const CHUNK_BYTES: usize = 256 * 1024;

/// Records of one file.
pub struct Records<'a> {
    text: Guarded<Utf8Reader<'a>>,
    name: &'a str,
    dialect: Dialect,
    buffer: Vec<u8>,
    /// Bytes that are read next.
    chunk_bytes: usize,
    /// Where the next record starts in the buffer.
    start: usize,
    is_at_end: bool,
    /// Line on which the next record starts.
    line: u64,
    /// Bytes of text before the buffer.
    dropped_bytes: u64,
    /// Whether the last record was ended by the end of the file, not by a line break.
    is_open_ended: bool,
}

/// What stands between and around fields.
#[derive(Clone)]
pub struct Dialect {
    delimiter: Box<[u8]>,
    quote: Option<u8>,
    escape: Option<u8>,
    comment: Option<u8>,
}

/// What comes next in a file.
#[derive(Debug, PartialEq)]
pub enum Next {
    /// A record, and the line on which it starts.
    Record(u64, String),
    /// A record that cannot be split into fields.
    Broken(BrokenRecord),
    /// Nothing.
    End,
}

/// Records in the order of their file.
pub struct Block {
    /// The records, broken ones among them.
    pub records: Vec<Next>,
    /// Whether the file ends behind them.
    pub is_last: bool,
    /// Whether the file ends within its last record: without a line break behind it, as a file does that was cut.
    pub is_open_ended: bool,
}

/// Why a record cannot be split into fields.
#[derive(Debug, PartialEq)]
pub struct BrokenRecord {
    /// Line on which it starts.
    pub line: u64,
    /// What is broken, as a rule's name.
    pub rule: &'static str,
    /// What is wrong, after the words that name the place.
    pub reason: String,
    /// What to do.
    pub hint: &'static str,
    /// Its first line.
    pub text: String,
}

/// Where a record ends, or why it is broken.
enum End {
    /// Before this position; the next record starts at the other one.
    At(usize, usize),
    /// Text follows a closing quote.
    TextAfterQuote,
    /// A quote is never closed.
    Unclosed,
}

impl Dialect {
    /// What a format says.
    pub fn of(format: &TextFormat) -> Self {
        Self {
            delimiter: format.delimiter.to_vec().into(),
            quote: format.quote,
            escape: format.escape,
            comment: format.comment,
        }
    }

    /// The fields of a record, with quotes and escapes taken off.
    pub fn fields<'r>(&self, record: &'r str, fields: &mut Vec<Cow<'r, str>>) {
        fields.clear();
        let bytes = record.as_bytes();
        let is_plain = self.quote.is_none_or(|quote| memchr(quote, bytes).is_none())
            && self.escape.is_none_or(|escape| memchr(escape, bytes).is_none());
        if is_plain {
            match *self.delimiter {
                [delimiter] => fields.extend(record.split(char::from(delimiter)).map(Cow::Borrowed)),
                _ => fields.extend(record.split(&*String::from_utf8_lossy(&self.delimiter)).map(Cow::Borrowed)),
            }
            return;
        }
        let mut start = 0;
        loop {
            let (field, end) = self.field(record, start);
            fields.push(field);
            match end {
                Some(next) => start = next,
                None => return,
            }
        }
    }

    /// The field that starts at `start`, and where the next one does.
    fn field<'r>(&self, record: &'r str, start: usize) -> (Cow<'r, str>, Option<usize>) {
        let bytes = record.as_bytes();
        if self.quote.is_none_or(|quote| bytes.get(start) != Some(&quote)) {
            return self.bare_field(record, start);
        }
        let quote = self.quote.unwrap_or_default();
        let mut text = Vec::new();
        let mut at = start + 1;
        while let Some(&byte) = bytes.get(at) {
            if self.escape == Some(byte) && at + 1 < bytes.len() {
                text.push(bytes[at + 1]);
                at += 2;
            } else if byte == quote {
                if bytes.get(at + 1) != Some(&quote) {
                    break;
                }
                text.push(quote);
                at += 2;
            } else {
                text.push(byte);
                at += 1;
            }
        }
        let next = memmem::find(&bytes[at..], &self.delimiter).map(|found| at + found + self.delimiter.len());
        (Cow::Owned(String::from_utf8_lossy(&text).into_owned()), next)
    }

    fn bare_field<'r>(&self, record: &'r str, start: usize) -> (Cow<'r, str>, Option<usize>) {
        let bytes = record.as_bytes();
        let Some(escape) = self.escape else {
            return match memmem::find(&bytes[start..], &self.delimiter) {
                Some(length) => {
                    (Cow::Borrowed(&record[start..start + length]), Some(start + length + self.delimiter.len()))
                }
                None => (Cow::Borrowed(&record[start..]), None),
            };
        };
        let mut text = Vec::new();
        let mut at = start;
        while at < bytes.len() && !bytes[at..].starts_with(&self.delimiter) {
            // MySQL writes a missing value as `\\N`: it stays as it is, for `null_values`.
            if bytes[at] == escape && at + 1 < bytes.len() {
                if bytes[at + 1] == b'N' {
                    text.push(escape);
                }
                text.push(bytes[at + 1]);
                at += 2;
            } else {
                text.push(bytes[at]);
                at += 1;
            }
        }
        let next = (at < bytes.len()).then_some(at + self.delimiter.len());
        (Cow::Owned(String::from_utf8_lossy(&text).into_owned()), next)
    }

    /// Whether a record must be followed byte by byte.
    fn is_special(&self, bytes: &[u8]) -> bool {
        self.quote.is_some_and(|quote| memchr(quote, bytes).is_some())
            || self.escape.is_some_and(|escape| memchr(escape, bytes).is_some())
    }
}

impl<'a> Records<'a> {
    /// The records of the object `name`.
    pub fn new(text: Guarded<Utf8Reader<'a>>, name: &'a str, dialect: Dialect) -> Self {
        Self {
            text,
            name,
            dialect,
            buffer: Vec::new(),
            chunk_bytes: FIRST_CHUNK_BYTES,
            start: 0,
            is_at_end: false,
            line: 1,
            dropped_bytes: 0,
            is_open_ended: false,
        }
    }

    /// The name of the object.
    pub fn name(&self) -> &str {
        self.name
    }

    /// Skips a line, whatever it holds; `false` at the end.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or the line has no end.
    pub fn skip_line(&mut self) -> Result<bool> {
        match self.line_end(self.start)? {
            Some((_, next)) => {
                self.advance(next);
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// The next record. Blank lines and comments are none.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn next(&mut self) -> Result<Next> {
        loop {
            let Some((end, next)) = self.line_end(self.start)? else { return Ok(Next::End) };
            let first = self.buffer.get(self.start).copied();
            let is_comment = first.is_some() && first == self.dialect.comment;
            if end == self.start || is_comment {
                self.advance(next);
                continue;
            }
            let line = self.line;
            let end = match self.dialect.is_special(&self.buffer[self.start..end]) {
                true => self.record_end()?,
                false => End::At(end, next),
            };
            let broken = |rule, reason: String, hint, text: &[u8]| {
                let text = String::from_utf8_lossy(text).into_owned();
                Next::Broken(BrokenRecord { line, rule, reason, hint, text })
            };
            let (end, next) = match end {
                End::At(end, next) => (end, next),
                End::TextAfterQuote | End::Unclosed => {
                    let is_unclosed = matches!(end, End::Unclosed);
                    let Some((end, next)) = self.line_end(self.start)? else { return Ok(Next::End) };
                    let text = self.buffer[self.start..end].to_vec();
                    self.advance(next);
                    return Ok(match is_unclosed {
                        true => broken(
                            "quote",
                            "opens a quote that is never closed".into(),
                            "close the quote, or set `quote: \"\"` when the file has no quoted fields",
                            &text,
                        ),
                        false => broken(
                            "quote",
                            "opens a quoted field that is followed by text after its closing quote".into(),
                            "a quote inside a quoted field is written twice, or after the character that `escape` names",
                            &text,
                        ),
                    });
                }
            };
            self.is_open_ended = end == next;
            let record = self.buffer[self.start..end].to_vec();
            let part = self.dropped_bytes + self.start as u64..self.dropped_bytes + next as u64;
            self.advance(next);
            if let Some(found) = self.text.inner().malformed_in(part) {
                let reason = format!("has bytes that are not {}: {}", found.encoding, found.described());
                return Ok(broken(
                    "encoding",
                    reason,
                    "set `encoding` to the file's own, or correct the line",
                    &record,
                ));
            }
            if memchr(0, &record).is_some() {
                let hint = "the file is binary, or in another `encoding` such as utf-16le";
                return Ok(broken("encoding", "has a NUL character".into(), hint, &record));
            }
            return Ok(match String::from_utf8(record) {
                Ok(record) => Next::Record(line, record),
                Err(error) => broken("encoding", "is not text".into(), "write the file again", error.as_bytes()),
            });
        }
    }

    /// The next records, so many that it pays to hand them to another thread.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn block(&mut self) -> Result<Block> {
        let mut records = Vec::new();
        let mut bytes = 0;
        while bytes < BLOCK_BYTES {
            let next = self.next()?;
            bytes += match &next {
                Next::Record(_, text) => text.len(),
                Next::Broken(broken) => broken.text.len(),
                Next::End => return Ok(Block { records, is_last: true, is_open_ended: self.is_open_ended }),
            };
            records.push(next);
        }
        Ok(Block { records, is_last: false, is_open_ended: false })
    }

    /// Moves on to the record that starts at `next`.
    fn advance(&mut self, next: usize) {
        self.line += memchr::memchr_iter(b'\n', &self.buffer[self.start..next]).count() as u64;
        self.start = next;
    }

    /// Where the line that starts at `start` ends, and where the next one begins; `None` at the end of the file.
    fn line_end(&mut self, start: usize) -> Result<Option<(usize, usize)>> {
        let (mut start, mut searched) = (start, 0);
        loop {
            if let Some(found) = memchr2(b'\n', b'\r', &self.buffer[start + searched..]) {
                let end = start + searched + found;
                if self.buffer[end] == b'\n' {
                    return Ok(Some((end, end + 1)));
                }
                if end + 1 < self.buffer.len() || self.is_at_end {
                    let next = if self.buffer.get(end + 1) == Some(&b'\n') { end + 2 } else { end + 1 };
                    return Ok(Some((end, next)));
                }
                searched += found;
            } else {
                searched = self.buffer.len() - start;
            }
            if searched > MAX_RECORD_BYTES {
                return Err(self.endless());
            }
            if self.is_at_end {
                let end = self.buffer.len();
                return Ok((start < end).then_some((end, end)));
            }
            start -= self.fill()?;
        }
    }

    /// Where the record at `self.start` ends, followed byte by byte.
    fn record_end(&mut self) -> Result<End> {
        let (quote, escape) = (self.dialect.quote, self.dialect.escape);
        let mut at = self.start;
        let mut state = State::FieldStart;
        loop {
            while at < self.buffer.len() {
                let byte = self.buffer[at];
                if escape == Some(byte) && state != State::AfterQuote {
                    // What it makes plain may be behind the buffer.
                    if at + 1 >= self.buffer.len() && !self.is_at_end {
                        break;
                    }
                    at += 2;
                    state = if state == State::Quoted { State::Quoted } else { State::Bare };
                    continue;
                }
                if state == State::Quoted {
                    if quote == Some(byte) {
                        state = State::AfterQuote;
                    }
                    at += 1;
                    continue;
                }
                if byte == b'\n' {
                    return Ok(End::At(at, at + 1));
                }
                if byte == b'\r' {
                    if at + 1 >= self.buffer.len() && !self.is_at_end {
                        break;
                    }
                    let next = if self.buffer.get(at + 1) == Some(&b'\n') { at + 2 } else { at + 1 };
                    return Ok(End::At(at, next));
                }
                let rest = &self.buffer[at..];
                if rest.starts_with(&self.dialect.delimiter) {
                    state = State::FieldStart;
                    at += self.dialect.delimiter.len();
                    continue;
                }
                // The delimiter itself may be cut by the buffer's end.
                if rest.len() < self.dialect.delimiter.len()
                    && self.dialect.delimiter.starts_with(rest)
                    && !self.is_at_end
                {
                    break;
                }
                state = match state {
                    State::FieldStart if quote == Some(byte) => State::Quoted,
                    State::AfterQuote if quote == Some(byte) => State::Quoted,
                    State::AfterQuote => return Ok(End::TextAfterQuote),
                    _ => State::Bare,
                };
                at += 1;
            }
            if at >= self.buffer.len() && self.is_at_end {
                return Ok(match state {
                    State::Quoted => End::Unclosed,
                    _ => End::At(self.buffer.len(), self.buffer.len()),
                });
            }
            if at - self.start > MAX_RECORD_BYTES {
                return Ok(End::Unclosed);
            }
            at -= self.fill()?;
        }
    }

    /// Reads more text behind the buffer's, after dropping what is before `self.start`; gives how many bytes that were.
    fn fill(&mut self) -> Result<usize> {
        let dropped = self.start;
        self.buffer.drain(..dropped);
        self.dropped_bytes += dropped as u64;
        self.start = 0;
        let filled = self.buffer.len();
        self.buffer.resize(filled + self.chunk_bytes, 0);
        let count = match self.text.read(&mut self.buffer[filled..]) {
            Ok(count) => count,
            Err(error) => return Err(reading_error(self.name, error)),
        };
        self.buffer.truncate(filled + count);
        if count > self.chunk_bytes / 2 {
            self.chunk_bytes = CHUNK_BYTES.min(2 * self.chunk_bytes);
        }
        self.is_at_end = count == 0;
        Ok(dropped)
    }

    fn endless(&self) -> Error {
        Error::data(
            Problem::new(format!("`{}` line {} is longer than 16 MiB", self.name, self.line))
                .hint("the file is not delimited text, or is in another encoding"),
        )
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    FieldStart,
    Bare,
    Quoted,
    AfterQuote,
}
