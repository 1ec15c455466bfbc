//! Bytes of any encoding into UTF-8. What is malformed is replaced and remembered with its place, so that it costs one record.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};
use std::ops::Range;

use encoding_rs::{Decoder, DecoderResult, Encoding};

use crate::error::{Error, Problem};

/// Decodes to UTF-8 as it is read; a byte order mark at the start decides the encoding and is dropped.
pub struct Utf8Reader<'a> {
    bytes: &'a mut (dyn BufRead + Send),
    name: &'a str,
    decoder: Decoder,
    /// Bytes of text given so far.
    given_bytes: u64,
    /// Text decoded for a buffer that was too small to take a single character.
    spare: VecDeque<u8>,
    /// Malformed bytes that nobody asked about yet, in their order.
    malformed: VecDeque<Malformed>,
    is_finished: bool,
    /// The last bytes that were consumed.
    last: Vec<u8>,
}

/// Bytes that are not of the encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Place of what stands for them in the text, in bytes from its start.
    at: u64,
    /// The encoding they are not of.
    pub encoding: &'static str,
    bytes: Vec<u8>,
}

impl Malformed {
    /// The bytes, and the character that they most often stand for.
    pub fn described(&self) -> String {
        let hexadecimal: Vec<String> = self.bytes.iter().map(|byte| format!("0x{byte:02X}")).collect();
        let western = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&self.bytes).0;
        let is_letter = self.encoding == "UTF-8" && western.chars().all(char::is_alphanumeric);
        let guess = if is_letter { format!(" (`{western}` in windows-1252)") } else { String::new() };
        format!("{}{guess}", hexadecimal.join(" "))
    }
}

/// The longest sequence of bytes that a decoder judges together.
const LONGEST_CHARACTER_BYTES: usize = 8;
/// Room that any decoder can use, with a replacement character behind.
const ROOM_BYTES: usize = 64;
/// What malformed bytes are replaced with.
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();
/// What a decoder leaves of a second byte order mark.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
/// Malformed bytes that are remembered: those between the parser and the reader's end. More are no text at all.
const MOST_REMEMBERED: usize = 1 << 20;

impl<'a> Utf8Reader<'a> {
    /// Reads `bytes` of the object `name` in an encoding.
    pub fn new(bytes: &'a mut (dyn BufRead + Send), encoding: &'static Encoding, name: &'a str) -> Self {
        Self {
            bytes,
            name,
            decoder: encoding.new_decoder(),
            given_bytes: 0,
            spare: VecDeque::new(),
            malformed: VecDeque::new(),
            is_finished: false,
            last: Vec::new(),
        }
    }

    /// The first malformed bytes in this part of the text, given by its bytes; those before it are forgotten.
    pub fn malformed_in(&mut self, part: Range<u64>) -> Option<Malformed> {
        let mut first = None;
        while self.malformed.front().is_some_and(|malformed| malformed.at < part.end) {
            let malformed = self.malformed.pop_front();
            first = first.or(malformed.filter(|malformed| malformed.at >= part.start));
        }
        first
    }

    /// Fills a buffer of at least [`ROOM_BYTES`]; 0 at the end.
    fn decode(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = buffer.len() - REPLACEMENT.len();
        while !self.is_finished {
            let source = self.bytes.fill_buf()?;
            let is_last = source.is_empty();
            let (result, consumed, mut written) =
                self.decoder.decode_to_utf8_without_replacement(source, &mut buffer[..room], is_last);
            let mut found = None;
            if let DecoderResult::Malformed(length, after) = result {
                // They may have begun in what was consumed before.
                let known = [self.last.as_slice(), &source[..consumed]].concat();
                let end = known.len().saturating_sub(usize::from(after));
                found = Some(known[end.saturating_sub(usize::from(length))..end].to_vec());
            }
            let kept = source[..consumed].len().saturating_sub(LONGEST_CHARACTER_BYTES);
            match kept {
                0 => self.last.extend(&source[..consumed]),
                kept => self.last = source[kept..consumed].to_vec(),
            }
            self.last.drain(..self.last.len().saturating_sub(LONGEST_CHARACTER_BYTES));
            self.bytes.consume(consumed);
            if let Some(bytes) = found {
                let at = self.given_bytes + written as u64;
                buffer[written..written + REPLACEMENT.len()].copy_from_slice(REPLACEMENT);
                written += REPLACEMENT.len();
                let encoding = self.decoder.encoding().name();
                if self.malformed.len() >= MOST_REMEMBERED {
                    return Err(io::Error::other(not_text(self.name, encoding)));
                }
                self.malformed.push_back(Malformed { at, encoding, bytes });
            } else if is_last && result == DecoderResult::InputEmpty {
                self.is_finished = true;
            }
            if self.given_bytes == 0 && buffer[..written].starts_with(BYTE_ORDER_MARK) {
                return Err(io::Error::other(two_marks(self.name)));
            }
            self.given_bytes += written as u64;
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
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

fn two_marks(name: &str) -> Error {
    Error::data(
        Problem::new(format!("`{name}` begins with more than one byte order mark"))
            .hint("remove all but the first; programs that join files leave them"),
    )
}

fn not_text(name: &str, encoding: &str) -> Error {
    Error::data(
        Problem::new(format!("`{name}` has more than a million bytes that are not {encoding}"))
            .hint("set `encoding` to the file's own, or check whether it is text"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8], label: &str) -> (String, Vec<String>) {
        let encoding = Encoding::for_label(label.as_bytes()).unwrap();
        let mut source = io::BufReader::with_capacity(3, bytes);
        let mut text = String::new();
        let mut reader = io::BufReader::with_capacity(16, Utf8Reader::new(&mut source, encoding, "a.csv"));
        reader.read_to_string(&mut text).unwrap();
        let malformed = std::iter::from_fn(|| {
            let malformed = reader.get_mut().malformed.pop_front()?;
            Some(format!("{} {}", malformed.at, malformed.described()))
        });
        let malformed = malformed.collect();
        (text, malformed)
    }

    #[test]
    fn encodings_become_utf_8() {
        let text = |bytes, label| decode(bytes, label).0;
        assert_eq!(text(b"caf\xE9 \x80", "windows-1252"), "café €");
        assert_eq!(text(b"\xB9\xCB\xBF\xCD", "gbk"), "顾客");
        assert_eq!(text(b"\x83J\x83^\x83J\x83i", "shift_jis"), "カタカナ");
        assert_eq!(text(b"\xC5U\xAB\xC8", "big5"), "顧客");
        assert_eq!(text(b"\xFF\xFEa\x00,\x00", "utf-16le"), "a,");
    }

    #[test]
    fn a_byte_order_mark_decides() {
        let text = |bytes| decode(bytes, "windows-1252").0;
        assert_eq!(text(b"\xEF\xBB\xBFa,\xC3\xA9"), "a,é");
        assert_eq!(text(b"\xFE\xFF\x00a\x00,"), "a,");
        assert_eq!(text(b"\xFF\xFEa\x00,\x00"), "a,");
    }

    #[test]
    fn malformed_bytes_are_remembered_with_their_place() {
        let (text, malformed) = decode(b"a\nb\nc\xE9d\n\xFF\xFF\ne", "utf-8");
        assert_eq!(text, "a\nb\nc\u{fffd}d\n\u{fffd}\u{fffd}\ne");
        assert_eq!(malformed[..2], ["5 0xE9 (`é` in windows-1252)", "10 0xFF (`ÿ` in windows-1252)"]);
        assert_eq!(malformed.len(), 3);
        assert_eq!(decode(b"ab\xC3", "utf-8").1.len(), 1);
    }

    #[test]
    fn places_that_were_asked_about_are_forgotten() {
        let mut source = io::BufReader::new(&b"\xFF\n\xFF\nc\n\xFF"[..]);
        let mut reader = Utf8Reader::new(&mut source, encoding_rs::UTF_8, "a.csv");
        reader.read_to_end(&mut Vec::new()).unwrap();
        // Three bytes stand for each of the malformed ones.
        assert!(reader.malformed_in(0..8).is_some());
        assert!(reader.malformed_in(8..10).is_none());
        assert!(reader.malformed_in(10..13).is_some());
    }
}
