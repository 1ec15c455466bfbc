//! JSON lines: one object a line. Values are taken from the text itself, so that decimals stay exact.

use std::io::BufRead;
use std::sync::Arc;

use arrow::datatypes::{Field, SchemaRef};
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::scalar::ScalarValue;
use indexmap::IndexMap;
use serde::de::IgnoredAny;

use super::declared_columns::table_type;
use super::delimited_text::{Refused, at_line, finished};
use super::object_bytes::{BATCH_ROWS, BatchSink, InputFile, reading_error};
use super::text_values::{ValueColumn, shortened};
use crate::config::data_type::DataType;
use crate::error::{Error, Problem, Result};
use crate::plan::source::SourceColumn;

/// Lines that decide the columns when none are declared.
const INFERRED_LINES: usize = 1000;
/// A longer line is not a row.
const MAX_LINE_BYTES: u64 = 64 * 1024 * 1024;

/// How JSON lines are to be read.
#[derive(Clone)]
pub(super) struct JsonPlan {
    /// Columns of the table.
    columns: Arc<[SourceColumn]>,
    /// Whether a key that is no column is an error, because the columns were inferred.
    is_inferred: bool,
}

impl JsonPlan {
    /// The declared columns, or those that the first 1000 lines of the files show, in order of appearance.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or its first lines contradict each other.
    pub async fn new(declared: &[SourceColumn], files: &[InputFile]) -> Result<Self> {
        if !declared.is_empty() {
            return Ok(Self { columns: declared.into(), is_inferred: false });
        }
        let mut seen = Seen::default();
        for file in files {
            let name = Arc::clone(&file.name);
            seen = file.read(move |bytes| seen.and_lines_of(bytes, &name)).await?;
            if seen.lines >= INFERRED_LINES {
                break;
            }
        }
        Ok(Self { columns: seen.columns(), is_inferred: true })
    }

    /// The table's fields, without partitions.
    pub fn fields(&self) -> Vec<Field> {
        self.columns.iter().map(|column| Field::new(&column.name, table_type(column.data_type), true)).collect()
    }

    /// The rows of one file; `partitions` are the values of the table's last columns.
    pub fn stream(self, file: InputFile, schema: SchemaRef, partitions: Vec<ScalarValue>) -> SendableRecordBatchStream {
        let name = Arc::clone(&file.name);
        let batches = Arc::clone(&schema);
        file.stream(schema, move |bytes, sink| self.parse(bytes, sink, &name, &batches, &partitions))
    }

    fn parse(
        &self,
        bytes: &mut dyn BufRead,
        sink: &BatchSink,
        name: &str,
        schema: &SchemaRef,
        partitions: &[ScalarValue],
    ) -> Result<()> {
        let mut values = self
            .columns
            .iter()
            .map(|column| ValueColumn::new(column.data_type, column.format.as_deref()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|expected| Error::invalid(Problem::new(format!("a declared column needs {expected}"))))?;
        let mut lines = Lines::new(bytes, name);
        let mut rows = 0;
        while let Some((line, text)) = lines.next()? {
            let keys = keys_of(text, name, line)?;
            if let Some(unknown) = keys.keys().find(|key| self.is_inferred && !self.has(key)) {
                return Err(Error::data(
                    Problem::new(format!(
                        "`{name}` line {line} has the key `{unknown}`, the first {INFERRED_LINES} lines do not"
                    ))
                    .hint("declare the source's `columns`"),
                ));
            }
            for (column, values) in self.columns.iter().zip(&mut values) {
                let token = keys.get(column.file_name.as_str()).copied().filter(|token| *token != "null");
                push(values, column, token)
                    .map_err(|refused| at_line(refused, column, token.unwrap_or_default(), name, line))?;
            }
            rows += 1;
            if rows == BATCH_ROWS {
                if !sink.send(finished(&mut values, rows, schema, partitions, name)?) {
                    return Ok(());
                }
                rows = 0;
            }
        }
        if rows > 0 {
            sink.send(finished(&mut values, rows, schema, partitions, name)?);
        }
        Ok(())
    }

    fn has(&self, key: &str) -> bool {
        self.columns.iter().any(|column| column.file_name == key)
    }
}

fn push(values: &mut ValueColumn, column: &SourceColumn, token: Option<&str>) -> Result<(), Refused> {
    let Some(token) = token else {
        if column.required {
            return Err(Refused::Missing);
        }
        values.push_null();
        return Ok(());
    };
    let kind = Kind::of(token);
    let is_fitting = match column.data_type {
        DataType::String | DataType::Date | DataType::Timestamp => kind == Kind::Text,
        DataType::Id => matches!(kind, Kind::Text | Kind::Integer),
        DataType::Integer => kind == Kind::Integer,
        DataType::Double => matches!(kind, Kind::Integer | Kind::Double),
        DataType::Decimal(..) => matches!(kind, Kind::Integer | Kind::Double | Kind::Text),
        DataType::Boolean => kind == Kind::Boolean,
    };
    if !is_fitting {
        return Err(Refused::NotA(format!("{}, it is {}", column.data_type, kind.described())));
    }
    if kind != Kind::Text {
        return values.push(token).map_err(Refused::NotA);
    }
    let text: String =
        serde_json::from_str(token).map_err(|error| Refused::NotA(format!("a valid string: {error}")))?;
    values.push(&text).map_err(Refused::NotA)
}

/// What a JSON value is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Null,
    Boolean,
    Integer,
    Double,
    Text,
    Nested,
}

impl Kind {
    fn of(token: &str) -> Self {
        match token.as_bytes().first() {
            Some(b'"') => Self::Text,
            Some(b't' | b'f') => Self::Boolean,
            Some(b'n') => Self::Null,
            Some(b'{' | b'[') | None => Self::Nested,
            Some(_) if token.contains(['.', 'e', 'E']) => Self::Double,
            Some(_) => Self::Integer,
        }
    }

    fn described(self) -> &'static str {
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

/// The keys seen so far, with their kinds and the place that decided.
#[derive(Default)]
struct Seen {
    lines: usize,
    keys: IndexMap<String, (Kind, String)>,
}

impl Seen {
    fn and_lines_of(mut self, bytes: &mut dyn BufRead, name: &str) -> Result<Self> {
        let mut lines = Lines::new(bytes, name);
        while self.lines < INFERRED_LINES {
            let Some((line, text)) = lines.next()? else { break };
            self.lines += 1;
            for (key, token) in keys_of(text, name, line)? {
                self.add(key, Kind::of(token), &format!("`{name}` line {line}"))?;
            }
        }
        Ok(self)
    }

    fn add(&mut self, key: String, kind: Kind, place: &str) -> Result<()> {
        if kind == Kind::Nested {
            return Err(Error::data(
                Problem::new(format!("{place}: key `{key}` holds an object or a list"))
                    .hint("declare the source's `columns` without it; keys that are not declared are left out"),
            ));
        }
        let Some((known, known_place)) = self.keys.get_mut(&key) else {
            self.keys.insert(key, (kind, place.to_owned()));
            return Ok(());
        };
        match (*known, kind) {
            (Kind::Null, _) | (Kind::Integer, Kind::Double) => *known = kind,
            (_, Kind::Null) | (Kind::Double, Kind::Integer) => {}
            (before, now) if before == now => {}
            (before, now) => {
                return Err(Error::data(
                    Problem::new(format!(
                        "{place}: key `{key}` is {}, in {known_place} it is {}",
                        now.described(),
                        before.described()
                    ))
                    .hint("declare the source's `columns`"),
                ));
            }
        }
        Ok(())
    }

    fn columns(self) -> Arc<[SourceColumn]> {
        let column = |(name, (kind, _)): (String, (Kind, String))| SourceColumn {
            file_name: name.clone(),
            name,
            data_type: match kind {
                Kind::Boolean => DataType::Boolean,
                Kind::Integer => DataType::Integer,
                Kind::Double => DataType::Double,
                Kind::Null | Kind::Text | Kind::Nested => DataType::String,
            },
            required: false,
            format: None,
        };
        self.keys.into_iter().map(column).collect()
    }
}

/// The keys of one object with the text of their values.
fn keys_of<'a>(text: &'a str, name: &str, line: u64) -> Result<IndexMap<String, &'a str>> {
    let wrong = |why: String| {
        Error::data(
            Problem::new(format!("`{name}` line {line} is not a JSON object: {why}"))
                .hint("JSON lines have one whole object on every line, such as {\"id\": 1}"),
        )
    };
    let mut keys = IndexMap::new();
    let mut rest = text.trim_ascii().strip_prefix('{').ok_or_else(|| wrong(format!("`{}`", shortened(text))))?;
    loop {
        rest = rest.trim_ascii_start();
        if keys.is_empty() && rest.starts_with('}') {
            rest = &rest[1..];
            break;
        }
        let (key, after) = token(rest).map_err(&wrong)?;
        let key: String = serde_json::from_str(key).map_err(|_| wrong(format!("the key {key} is not a string")))?;
        let after = after.trim_ascii_start().strip_prefix(':').ok_or_else(|| wrong(format!("no `:` after `{key}`")))?;
        let (value, after) = token(after.trim_ascii_start()).map_err(&wrong)?;
        if keys.insert(key.clone(), value).is_some() {
            return Err(wrong(format!("the key `{key}` is there twice")));
        }
        rest = after.trim_ascii_start();
        match rest.as_bytes().first() {
            Some(b',') => rest = &rest[1..],
            Some(b'}') => {
                rest = &rest[1..];
                break;
            }
            _ => return Err(wrong(format!("no `,` or `}}` after the value of `{key}`"))),
        }
    }
    match rest.trim_ascii() {
        "" => Ok(keys),
        more => Err(wrong(format!("`{}` follows it", shortened(more)))),
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
struct Lines<'a> {
    bytes: &'a mut dyn BufRead,
    name: &'a str,
    buffer: Vec<u8>,
    line: u64,
}

impl<'a> Lines<'a> {
    fn new(bytes: &'a mut dyn BufRead, name: &'a str) -> Self {
        Self { bytes, name, buffer: Vec::new(), line: 0 }
    }

    fn next(&mut self) -> Result<Option<(u64, &str)>> {
        loop {
            self.buffer.clear();
            let mut limited = std::io::Read::take(&mut *self.bytes, MAX_LINE_BYTES);
            let count = limited.read_until(b'\n', &mut self.buffer).map_err(|error| reading_error(self.name, error))?;
            if count == 0 {
                return Ok(None);
            }
            self.line += 1;
            if u64::try_from(count).is_ok_and(|count| count >= MAX_LINE_BYTES) {
                return Err(self.wrong("is longer than 64 MiB"));
            }
            let is_blank = self.buffer.trim_ascii().is_empty();
            if !is_blank {
                break;
            }
        }
        let bare = self.buffer.strip_prefix(b"\xEF\xBB\xBF").filter(|_| self.line == 1).unwrap_or(&self.buffer);
        match std::str::from_utf8(bare) {
            Ok(text) => Ok(Some((self.line, text))),
            Err(_) => Err(self.wrong("has bytes that are not UTF-8")),
        }
    }

    fn wrong(&self, what: &str) -> Error {
        Error::data(
            Problem::new(format!("`{}` line {} {what}", self.name, self.line))
                .hint("JSON lines are UTF-8 text with one object a line"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_taken_apart_without_touching_their_values() {
        let keys = keys_of(r#" {"a": 1.00500 , "b\u0021":"x, }\"", "c":{"d":[1,2]},"e":null} "#, "f", 1).unwrap();
        let shown: Vec<_> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(shown, ["a=1.00500", r#"b!="x, }\"""#, r#"c={"d":[1,2]}"#, "e=null"]);
        assert!(keys_of("{}", "f", 1).unwrap().is_empty());
    }

    #[test]
    fn broken_objects_are_refused_with_their_line() {
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
            let error = keys_of(text, "f.jsonl", 7).unwrap_err();
            assert!(error.to_string().contains("`f.jsonl` line 7 is not a JSON object"), "{text}: {error}");
        }
    }
}
