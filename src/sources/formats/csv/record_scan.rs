//! Watches the text that a CSV reader is about to read. The CSV crate is lenient where money is lost: it accepts an unclosed
//! quote and swallows the rest of the file, and text after a closing quote. This watch makes both an error, refuses NUL
//! characters and endless records, and knows the true line on which every record starts.

use std::collections::VecDeque;
use std::io::{self, Read};

use crate::error::{Error, Problem};

/// A longer record means an unclosed quote, and would not fit into memory much longer.
const MAX_RECORD_BYTES: u64 = 16 * 1024 * 1024;

/// Passes text through while following its records, by the same rules as the CSV crate: `\n`, `\r\n` and `\r` end a
/// record outside quotes, a doubled quote is a quote, blank lines are no records.
pub struct RecordScan<'a, R> {
    text: R,
    name: &'a str,
    delimiter: u8,
    quote: Option<u8>,
    state: State,
    line: u64,
    record_bytes: u64,
    quote_line: u64,
    starts: VecDeque<u64>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    RecordStart,
    FieldStart,
    Bare,
    Quoted,
    AfterQuote,
}

impl<'a, R: Read> RecordScan<'a, R> {
    /// Watches `text` of the object `name`.
    pub fn new(text: R, name: &'a str, delimiter: u8, quote: Option<u8>) -> Self {
        Self {
            text,
            name,
            delimiter,
            quote,
            state: State::RecordStart,
            line: 1,
            record_bytes: 0,
            quote_line: 0,
            starts: VecDeque::new(),
        }
    }

    /// The line on which the next record starts, for each record in turn.
    pub fn next_record_line(&mut self) -> u64 {
        self.starts.pop_front().unwrap_or(self.line)
    }

    fn follow(&mut self, bytes: &[u8]) -> Result<(), Error> {
        for &byte in bytes {
            if self.state == State::RecordStart && byte != b'\n' && byte != b'\r' {
                self.starts.push_back(self.line);
                self.state = State::FieldStart;
                self.record_bytes = 0;
            }
            self.record_bytes += 1;
            self.state = self.next(byte)?;
            if byte == b'\n' {
                self.line += 1;
            }
        }
        if self.state != State::RecordStart && self.record_bytes > MAX_RECORD_BYTES {
            return Err(self.unclosed("stays open for over 16 MiB"));
        }
        Ok(())
    }

    fn next(&mut self, byte: u8) -> Result<State, Error> {
        if byte == 0 {
            return Err(self.wrong(self.line, "has a NUL character", "the file is binary, or in another `encoding`"));
        }
        let is_quote = self.quote == Some(byte);
        Ok(match (self.state, byte) {
            (State::Quoted, _) if is_quote => State::AfterQuote,
            (State::Quoted, _) => State::Quoted,
            (State::AfterQuote, _) if is_quote => State::Quoted,
            (_, b'\n' | b'\r') => State::RecordStart,
            (_, byte) if byte == self.delimiter => State::FieldStart,
            (State::AfterQuote, _) => {
                return Err(self.wrong(
                    self.quote_line,
                    &format!(
                        "opens a quoted field that is followed by text after its closing quote, on line {}",
                        self.line
                    ),
                    "a quote inside a quoted field is written twice; a quote was forgotten or is not doubled",
                ));
            }
            (State::FieldStart, _) if is_quote => {
                self.quote_line = self.line;
                State::Quoted
            }
            _ => State::Bare,
        })
    }

    fn unclosed(&self, what: &str) -> Error {
        self.wrong(
            self.quote_line,
            &format!("opens a quote that {what}"),
            "close the quote, or set `quote: \"\"` when the file has no quoted fields",
        )
    }

    fn wrong(&self, line: u64, what: &str, hint: &str) -> Error {
        Error::data(Problem::new(format!("`{}` line {line} {what}", self.name)).hint(hint))
    }
}

impl<R: Read> Read for RecordScan<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.text.read(buffer)?;
        if count == 0 && self.state == State::Quoted && !buffer.is_empty() {
            return Err(io::Error::other(self.unclosed("is never closed")));
        }
        self.follow(&buffer[..count]).map_err(io::Error::other)?;
        Ok(count)
    }
}
