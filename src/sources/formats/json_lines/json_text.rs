//! JSON text taken apart: lines into objects, objects into keys with the text of their values, so that decimals stay exact.

use std::io::BufRead;

use indexmap::IndexMap;
use serde::de::IgnoredAny;

use crate::error::{Error, Problem, Result};
use crate::sources::decompression::reading_error;
use crate::sources::values::shortened;

/// A longer line is not a row.
const MAX_LINE_BYTES: u64 = 64 * 1024 * 1024;

/// What a JSON value is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number without point and exponent.
    Integer,
    /// Any other number.
    Double,
    /// A string.
    Text,
    /// An object or a list.
    Nested,
}

impl Kind {
    /// The kind of a value's text.
    pub fn of(token: &str) -> Self {
        match token.as_bytes().first() {
            Some(b'"') => Self::Text,
            Some(b't' | b'f') => Self::Boolean,
            Some(b'n') => Self::Null,
            Some(b'{' | b'[') | None => Self::Nested,
            Some(_) if token.contains(['.', 'e', 'E']) => Self::Double,
            Some(_) => Self::Integer,
        }
    }

    /// In words, for messages.
    pub fn described(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Integer => "an integer",
            Self::Double => "a number",
            Self::Text => "a string",
            Self::Nested => "an object or a list",
        }
    }
}

/// The keys of one object with the text of their values.
///
/// # Errors
///
/// Why the text is not an object.
pub fn keys_of(text: &str) -> Result<IndexMap<String, &str>, String> {
    let mut keys = IndexMap::new();
    let mut rest = text.trim_ascii().strip_prefix('{').ok_or_else(|| format!("`{}`", shortened(text)))?;
    loop {
        rest = rest.trim_ascii_start();
        if keys.is_empty() && rest.starts_with('}') {
            rest = &rest[1..];
            break;
        }
        let (key, after) = token(rest)?;
        let key: String = serde_json::from_str(key).map_err(|_| format!("the key {key} is not a string"))?;
        let after = after.trim_ascii_start().strip_prefix(':').ok_or_else(|| format!("no `:` after `{key}`"))?;
        let (value, after) = token(after.trim_ascii_start())?;
        if keys.insert(key.clone(), value).is_some() {
            return Err(format!("the key `{key}` appears twice"));
        }
        rest = after.trim_ascii_start();
        match rest.as_bytes().first() {
            Some(b',') => rest = &rest[1..],
            Some(b'}') => {
                rest = &rest[1..];
                break;
            }
            _ => return Err(format!("no `,` or `}}` after the value of `{key}`")),
        }
    }
    match rest.trim_ascii() {
        "" => Ok(keys),
        more => Err(format!("`{}` follows it", shortened(more))),
    }
}

/// The first JSON value of a text, and what follows it.
fn token(text: &str) -> Result<(&str, &str), String> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    match values.next() {
        Some(Ok(_)) => Ok(text.split_at(values.byte_offset())),
        Some(Err(error)) => Err(error.to_string().split(" at line").next().unwrap_or_default().to_owned()),
        None => Err("it ends in the middle".into()),
    }
}

/// Lines that are not blank, with their numbers.
pub struct Lines<'a> {
    bytes: &'a mut (dyn BufRead + Send),
    name: &'a str,
    buffer: Vec<u8>,
    line: u64,
}

impl<'a> Lines<'a> {
    /// The lines of the object `name`.
    pub fn new(bytes: &'a mut (dyn BufRead + Send), name: &'a str) -> Self {
        Self { bytes, name, buffer: Vec::new(), line: 0 }
    }

    /// The next line that is not blank, with its number; `None` at the end.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or the line has no end.
    pub fn next(&mut self) -> Result<Option<(u64, &[u8])>> {
        loop {
            self.buffer.clear();
            let mut limited = std::io::Read::take(&mut *self.bytes, MAX_LINE_BYTES);
            let count = limited.read_until(b'\n', &mut self.buffer).map_err(|error| reading_error(self.name, error))?;
            if count == 0 {
                return Ok(None);
            }
            self.line += 1;
            if u64::try_from(count).is_ok_and(|count| count >= MAX_LINE_BYTES) {
                return Err(Error::data(
                    Problem::new(format!("`{}` line {} is longer than 64 MiB", self.name, self.line))
                        .hint("JSON lines are UTF-8 text with one object a line"),
                ));
            }
            let is_blank = self.buffer.trim_ascii().is_empty();
            if !is_blank {
                break;
            }
        }
        let bare = self.buffer.strip_prefix(b"\xEF\xBB\xBF").filter(|_| self.line == 1).unwrap_or(&self.buffer);
        Ok(Some((self.line, bare)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_taken_apart_without_touching_their_values() {
        let keys = keys_of(r#" {"a": 1.00500 , "b\u0021":"x, }\"", "c":{"d":[1,2]},"e":null} "#).unwrap();
        let shown: Vec<_> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(shown, ["a=1.00500", r#"b!="x, }\"""#, r#"c={"d":[1,2]}"#, "e=null"]);
        assert!(keys_of("{}").unwrap().is_empty());
    }

    #[test]
    fn broken_objects_are_refused() {
        for text in [
            "",
            "[1]",
            "{",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r#"{"a":1} x"#,
            r#"{a:1}"#,
            r#"{"a":01}"#,
            r#"{"a":1,"a":2}"#,
            r#"{"a":1 "b":2}"#,
            r#"{"a":tru}"#,
        ] {
            assert!(keys_of(text).is_err(), "{text}");
        }
    }
}

#[cfg(test)]
mod random_tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[\"\\\\{}\\[\\],:a é]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(2, 8, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                proptest::collection::hash_map("[a\"{]{1,3}", inner, 0..3)
                    .prop_map(|keys| Value::Object(keys.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn an_object_is_what_its_keys_and_values_are(keys in proptest::collection::btree_map("[a-c\"\\\\]{1,3}", value(), 0..4)) {
            let object = Value::Object(keys.clone().into_iter().collect());
            for text in [object.to_string(), serde_json::to_string_pretty(&object).unwrap()] {
                let found = keys_of(&text).unwrap();
                prop_assert_eq!(found.len(), keys.len());
                for (key, token) in found {
                    prop_assert_eq!(&serde_json::from_str::<Value>(token).unwrap(), &keys[&key]);
                }
            }
        }

        #[test]
        fn a_text_is_an_object_for_us_as_it_is_for_serde(text in "[{}\\[\\]\",:a1. \\\\t]{0,12}") {
            // Keys that appear twice are our only further rule.
            let is_object = serde_json::from_str::<serde_json::Map<String, Value>>(&text).is_ok();
            let found = keys_of(&text);
            prop_assert!(is_object || found.is_err(), "{text}");
            prop_assert!(!is_object || found.is_ok() || found.is_err_and(|why| why.contains("twice")), "{text}");
        }
    }
}
