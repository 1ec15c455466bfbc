//! A JSON document with a list of objects, read object by object: the document is never in memory as a whole.

use std::io::BufRead;

use crate::error::{Error, Problem, Result};
use crate::sources::decompression::reading_error;
use crate::sources::values::shortened;

/// A longer object is not a row.
const MAX_OBJECT_BYTES: usize = 64 * 1024 * 1024;

/// The objects of one document.
pub struct Document<'a> {
    bytes: &'a mut (dyn BufRead + Send),
    name: &'a str,
    line: u64,
    /// Keys that lead to the list and were not followed yet; `None` once the list is reached.
    path: Option<Vec<String>>,
    /// Keys that led to the list, innermost last.
    followed: Vec<String>,
    object: Vec<u8>,
    is_at_end: bool,
}

impl<'a> Document<'a> {
    /// The objects in the list that `path` leads to.
    pub fn new(bytes: &'a mut (dyn BufRead + Send), name: &'a str, path: Vec<String>) -> Self {
        Self { bytes, name, line: 1, path: Some(path), followed: Vec::new(), object: Vec::new(), is_at_end: false }
    }

    /// The next element of the list with the line on which it starts; `None` at the end.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or has no list where the path leads.
    pub fn next(&mut self) -> Result<Option<(u64, &[u8])>> {
        if let Some(path) = self.path.take() {
            self.find_list(&path)?;
            self.followed = path;
        } else if !self.is_at_end {
            match self.after_blanks()? {
                Some(b',') => {
                    self.byte()?;
                    if self.after_blanks()? == Some(b']') {
                        return Err(self.expected("an object after `,`", Some(b']')));
                    }
                }
                Some(b']') => {}
                other => return Err(self.expected("`,` or `]` between objects", other)),
            }
        }
        if self.is_at_end {
            return Ok(None);
        }
        if self.after_blanks()? == Some(b']') {
            self.is_at_end = true;
            self.byte()?;
            self.finish()?;
            return Ok(None);
        }
        let line = self.line;
        self.object.clear();
        let mut object = std::mem::take(&mut self.object);
        self.value(Some(&mut object))?;
        self.object = object;
        Ok(Some((line, &self.object)))
    }

    /// Moves into the list that `path` leads to.
    fn find_list(&mut self, path: &[String]) -> Result<()> {
        if self.peek()? == Some(0xEF) {
            for _ in 0..3 {
                self.byte()?;
            }
        }
        for key in path {
            self.enter(b'{', &format!("an object with the key `{key}`"))?;
            loop {
                let mut text = Vec::new();
                if self.after_blanks()? != Some(b'"') {
                    let hint = "check `records`: it names the keys that lead to the list";
                    return Err(self.wrong(format!("has no key `{key}`"), hint));
                }
                self.value(Some(&mut text))?;
                let found: String = serde_json::from_slice(&text).unwrap_or_default();
                self.enter(b':', "`:` after a key")?;
                if found == *key {
                    break;
                }
                self.after_blanks()?;
                self.value(None)?;
                if self.after_blanks()? == Some(b',') {
                    self.byte()?;
                }
            }
        }
        self.enter(b'[', "a list of objects")
    }

    /// Reads what follows the list to the end of the document: there are no more rows in it.
    fn finish(&mut self) -> Result<()> {
        for key in std::mem::take(&mut self.followed).iter().rev() {
            loop {
                match self.after_blanks()? {
                    Some(b',') => drop(self.byte()?),
                    Some(b'}') => {
                        self.byte()?;
                        break;
                    }
                    other => return Err(self.expected("`,` or `}` behind the list", other)),
                }
                let mut text = Vec::new();
                self.after_blanks()?;
                self.value(Some(&mut text))?;
                if serde_json::from_slice::<String>(&text).is_ok_and(|found| found == *key) {
                    return Err(self.wrong(format!("has the key `{key}` twice"), "keep one of the lists"));
                }
                self.enter(b':', "`:` after a key")?;
                self.after_blanks()?;
                self.value(None)?;
            }
        }
        match self.after_blanks()? {
            None => Ok(()),
            other => Err(self.expected("the end of the document", other)),
        }
    }

    fn enter(&mut self, wanted: u8, what: &str) -> Result<()> {
        match self.after_blanks()? {
            Some(found) if found == wanted => {
                self.byte()?;
                Ok(())
            }
            other => Err(self.expected(what, other)),
        }
    }

    /// Reads one value to its end, into `text` when it is wanted.
    fn value(&mut self, mut text: Option<&mut Vec<u8>>) -> Result<()> {
        let mut depth = 0_usize;
        let mut is_in_string = false;
        let mut is_escaped = false;
        let mut length = 0;
        loop {
            let Some(byte) = self.peek()? else {
                return Err(self.wrong("ends in the middle of a value".into(), "upload the file again"));
            };
            let ends_before = !is_in_string && depth == 0 && length > 0;
            if ends_before && (matches!(byte, b',' | b']' | b'}' | b':') || byte.is_ascii_whitespace()) {
                return Ok(());
            }
            self.byte()?;
            length += 1;
            if length > MAX_OBJECT_BYTES {
                return Err(self.wrong("has a value of over 64 MiB".into(), "check `records`"));
            }
            if let Some(text) = &mut text {
                text.push(byte);
            }
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' if is_in_string => is_escaped = true,
                b'"' => {
                    is_in_string = !is_in_string;
                    if !is_in_string && depth == 0 {
                        return Ok(());
                    }
                }
                _ if is_in_string => {}
                b'{' | b'[' => depth += 1,
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return Ok(());
                    }
                }
                _ => {}
            }
        }
    }

    fn after_blanks(&mut self) -> Result<Option<u8>> {
        while self.peek()?.is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.byte()?;
        }
        self.peek()
    }

    fn peek(&mut self) -> Result<Option<u8>> {
        let name = self.name;
        Ok(self.bytes.fill_buf().map_err(|error| reading_error(name, error))?.first().copied())
    }

    fn byte(&mut self) -> Result<Option<u8>> {
        let mut byte = [0];
        let count = self.bytes.read(&mut byte).map_err(|error| reading_error(self.name, error))?;
        self.line += u64::from(count == 1 && byte[0] == b'\n');
        Ok((count == 1).then_some(byte[0]))
    }

    fn expected(&self, what: &str, found: Option<u8>) -> Error {
        let found = found
            .map_or("the end of the file".into(), |byte| format!("`{}`", shortened(&String::from_utf8_lossy(&[byte]))));
        self.wrong(format!("has {found} where {what} is expected"), "the format is `json`, one document: see `records`")
    }

    fn wrong(&self, what: String, hint: &str) -> Error {
        Error::data(Problem::new(format!("`{}` line {} {what}", self.name, self.line)).hint(hint))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(text: &str, path: &[&str]) -> Result<Vec<(u64, String)>, String> {
        let mut bytes = std::io::BufReader::with_capacity(3, text.as_bytes());
        let path = path.iter().map(|key| (*key).to_owned()).collect();
        let mut document = Document::new(&mut bytes, "a.json", path);
        let mut found = Vec::new();
        while let Some((line, object)) = document.next().map_err(|error| error.to_string())? {
            found.push((line, String::from_utf8_lossy(object).into_owned()));
        }
        Ok(found)
    }

    #[test]
    fn the_elements_of_a_list_come_one_by_one() {
        let text = "[{\"a\": \"]},\\\"\"},\n {\"b\":[1,{}]} , 7 ]";
        let expected = [(1, "{\"a\": \"]},\\\"\"}"), (2, "{\"b\":[1,{}]}"), (2, "7")];
        assert_eq!(objects(text, &[]).unwrap(), expected.map(|(line, text)| (line, text.to_owned())));
        assert_eq!(objects(" [ ] ", &[]).unwrap(), []);
    }

    #[test]
    fn a_path_leads_to_the_list() {
        let text = "{\"meta\": {\"data\": [0]}, \"n\": 12, \"data\": {\"orders\": [{\"id\": 1}], \"more\": null}}";
        assert_eq!(objects(text, &["data", "orders"]).unwrap(), [(1, "{\"id\": 1}".to_owned())]);
        assert!(objects(text, &["orders"]).unwrap_err().contains("has no key `orders`"));
    }

    #[test]
    fn what_follows_the_list_is_read_to_the_end() {
        for text in ["[1]\n[2]", "[1] garbage", "[1,]"] {
            assert!(objects(text, &[]).is_err(), "{text}");
        }
        for text in [
            "{\"data\": [1], \"data\": [2]}",
            "{\"data\": [1], \"more\": [",
            "{\"data\": [1]} {\"data\": [2]}",
            "{\"data\": [1]",
        ] {
            assert!(objects(text, &["data"]).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_list_is_refused_with_its_line() {
        for text in ["", "{}", "\n\n{\"a\": 1}", "[1", "[{\"a\": 1} {\"a\": 2}]", "[{\"a\": 1"] {
            assert!(objects(text, &[]).unwrap_err().starts_with("`a.json` line"), "{text}");
        }
    }
}
