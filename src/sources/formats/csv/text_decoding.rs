//! Bytes of any encoding into UTF-8, without replacing what is malformed: that is an error with its line.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_16BE, UTF_16LE};

use crate::error::{Error, Problem};

/// Decodes to UTF-8 as it is read; a byte order mark at the start is dropped.
pub struct Utf8Reader<'a> {
    bytes: &'a mut dyn BufRead,
    decoder: Decoder,
    encoding: &'static Encoding,
    name: &'a str,
    /// Line breaks given so far.
    line_breaks: u64,
    /// Text decoded for a buffer that was too small to take a single character.
    spare: VecDeque<u8>,
    is_finished: bool,
}

/// Room that any decoder can use.
const ROOM_BYTES: usize = 64;

impl<'a> Utf8Reader<'a> {
    /// Reads `bytes` of the object `name` in an encoding.
    pub fn new(bytes: &'a mut dyn BufRead, encoding: &'static Encoding, name: &'a str) -> Self {
        // In UTF-16 the mark decides the byte order; elsewhere it must not switch to another encoding.
        let decoder = if encoding == UTF_16LE || encoding == UTF_16BE {
            encoding.new_decoder()
        } else {
            encoding.new_decoder_with_bom_removal()
        };
        Self { bytes, decoder, encoding, name, line_breaks: 0, spare: VecDeque::new(), is_finished: false }
    }
}

impl Read for Utf8Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.len() >= ROOM_BYTES && self.spare.is_empty() {
            return self.decode(buffer);
        }
        if self.spare.is_empty() {
            let mut room = [0; ROOM_BYTES];
            let count = self.decode(&mut room)?;
            self.spare.extend(&room[..count]);
        }
        self.spare.read(buffer)
    }
}

impl Utf8Reader<'_> {
    /// Fills a buffer of at least [`ROOM_BYTES`]; 0 at the end.
    fn decode(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.is_finished {
            let source = self.bytes.fill_buf()?;
            let is_last = source.is_empty();
            let (result, consumed, written) = self.decoder.decode_to_utf8_without_replacement(source, buffer, is_last);
            self.bytes.consume(consumed);
            self.line_breaks += line_breaks(&buffer[..written]);
            match result {
                DecoderResult::Malformed(..) => return Err(io::Error::other(self.malformed())),
                DecoderResult::InputEmpty if is_last => self.is_finished = true,
                DecoderResult::InputEmpty | DecoderResult::OutputFull => {}
            }
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }

    fn malformed(&self) -> Error {
        let message =
            format!("`{}` line {} has bytes that are not {}", self.name, self.line_breaks + 1, self.encoding.name());
        Error::data(Problem::new(message).hint("set `encoding` to the file's own, such as windows-1252 or gbk"))
    }
}

fn line_breaks(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8], label: &str) -> Result<String, String> {
        let encoding = Encoding::for_label(label.as_bytes()).unwrap();
        let mut source = io::BufReader::with_capacity(3, bytes);
        let mut text = String::new();
        let mut reader = io::BufReader::with_capacity(16, Utf8Reader::new(&mut source, encoding, "f.csv"));
        reader.read_to_string(&mut text).map_err(|error| error.to_string())?;
        Ok(text)
    }

    #[test]
    fn encodings_become_utf_8_and_marks_are_dropped() {
        assert_eq!(decode(b"\xEF\xBB\xBFa,\xC3\xA9", "utf-8").unwrap(), "a,é");
        assert_eq!(decode(b"caf\xE9 \x80", "windows-1252").unwrap(), "café €");
        assert_eq!(decode(b"\xB9\xCB\xBF\xCD", "gbk").unwrap(), "顾客");
        assert_eq!(decode(b"\xFE\xFF\x00a\x00,", "utf-16").unwrap(), "a,");
        assert_eq!(decode(b"\xFF\xFEa\x00,\x00", "utf-16le").unwrap(), "a,");
    }

    #[test]
    fn malformed_bytes_are_an_error_with_their_line() {
        let error = decode(b"a\nb\nc\xE9d\n", "utf-8").unwrap_err();
        assert!(error.contains("`f.csv` line 3 has bytes that are not UTF-8"), "{error}");
        assert!(decode(b"ab\xC3", "utf-8").unwrap_err().contains("line 1"));
    }
}
