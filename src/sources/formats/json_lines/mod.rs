//! JSON: one object becomes one row, whether each has a line of its own or they are the list of a document.

mod document;
mod json_text;
mod nested;

use std::borrow::Cow;
use std::io::BufRead;
use std::sync::Arc;

use arrow::datatypes::Field;
use chrono_tz::Tz;
use indexmap::IndexMap;

use self::document::Document;
use self::json_text::{Kind, Lines, keys_of};
use super::RowFormat;
use super::rows::{BrokenRow, Refused, Rows, push_missing};
use super::target::Target;
use crate::config::data_type::DataType;
use crate::error::{Error, Problem, Result};
use crate::plan::source::{FoundBy, SourceColumn, SourcePlan};
use crate::plan::source_format::{DropPlan, TextValues};
use crate::sources::contract::types::declared_fields;
use crate::sources::object_bytes::InputFile;
use crate::sources::rejected_record::Concealment;
use crate::sources::values::ValueColumn;
use crate::sources::values::numbers::integer;

/// Lines that decide the columns when none are declared.
const INFERRED_LINES: usize = 1000;

const WELL_FORMED: &str = "JSON lines are UTF-8 text with one whole object on every line, such as {\"id\": 1}";

/// Endings of such files.
pub const ENDINGS: &[&str] = &[".json", ".jsonl", ".ndjson"];

/// The declared columns, or those that the first 1000 lines of the files show, in order of appearance.
///
/// # Errors
///
/// A file cannot be read, or its first lines contradict each other.
pub async fn open(source: &SourcePlan, files: &[InputFile], path: Option<Vec<String>>) -> Result<JsonPlan> {
    let mut plan = JsonPlan {
        columns: source.columns.clone().into(),
        path,
        drops: source.drops.clone(),
        is_inferred: source.columns.is_empty(),
        time_zone: source.time_zone,
    };
    if !plan.is_inferred {
        return Ok(plan);
    }
    let mut seen = Seen::default();
    for file in files {
        let (name, path) = (Arc::clone(&file.name), plan.path.clone());
        seen = file.read(move |bytes| seen.and_objects_of(Objects::new(bytes, &name, path), &name)).await?;
        if seen.objects >= INFERRED_LINES {
            break;
        }
    }
    plan.columns = seen.columns()?;
    Ok(plan)
}

/// How JSON lines are to be read.
#[derive(Clone)]
pub struct JsonPlan {
    /// Columns of the table.
    columns: Arc<[SourceColumn]>,
    /// Keys that lead to the list of objects in a document; `None` when every object has a line.
    path: Option<Vec<String>>,
    drops: Vec<DropPlan>,
    /// Whether a key that is no column is an error, because the columns were inferred.
    is_inferred: bool,
    time_zone: Tz,
}

impl JsonPlan {
    fn has(&self, key: &str) -> bool {
        self.columns.iter().any(|column| column.is_called(key))
    }
}

impl RowFormat for JsonPlan {
    fn fields(&self) -> Vec<Field> {
        declared_fields(&self.columns)
    }

    fn parse(&self, _: usize, bytes: &mut (dyn BufRead + Send), target: &Target<'_>) -> Result<()> {
        let name = target.name();
        let concealment = target.intake().concealment();
        let record = |text: &str| described(text, concealment);
        let mut rows = Rows::new(&self.columns, &TextValues::default(), self.time_zone, target, &record);
        let mut objects = Objects::new(bytes, name, self.path.clone());
        while let Some((line, bytes)) = objects.next()? {
            let text = match std::str::from_utf8(bytes) {
                Ok(text) => text,
                Err(_) => {
                    let reason = "has bytes that are not UTF-8".to_owned();
                    let record = record(&String::from_utf8_lossy(bytes));
                    rows.reject(BrokenRow { line, rule: "encoding", reason, hint: WELL_FORMED, record })?;
                    continue;
                }
            };
            let keys = match keys_of(text) {
                Ok(keys) => keys,
                Err(why) => {
                    // What is wrong with a line may quote it.
                    let why = if concealment.is_needed() { String::new() } else { format!(": {why}") };
                    let reason = format!("is not a JSON object{why}");
                    rows.reject(BrokenRow { line, rule: "json", reason, hint: WELL_FORMED, record: record(text) })?;
                    continue;
                }
            };
            if let Some(unknown) = keys.keys().find(|key| self.is_inferred && !self.has(key)) {
                return Err(Error::data(
                    Problem::new(format!(
                        "`{name}` line {line} has the key `{unknown}`, the first {INFERRED_LINES} lines do not"
                    ))
                    .hint("declare the source's `columns`"),
                ));
            }
            if self.drops.iter().any(|drop| drop.drops(&plain_text(keys.get(drop.column.as_str()).copied()))) {
                rows.leave_out();
                continue;
            }
            let push = |_: usize, column: &SourceColumn, values: &mut ValueColumn| {
                let token = token_of(column, &keys)
                    .map_err(|(refused, found)| (refused, Cow::Owned(plain_text(Some(found)))))?;
                let token = token.filter(|token| *token != "null");
                push(values, column, token).map_err(|refused| (refused, Cow::Owned(plain_text(token))))
            };
            if !rows.add(line, text, push)? {
                return Ok(());
            }
        }
        rows.finish()
    }
}

/// The value of a column: that of the first of its names that the object has. A name with points leads into nested objects.
///
/// # Errors
///
/// None of the names is there, and one leads into a value that is no object, which is given too.
fn token_of<'a>(
    column: &SourceColumn,
    keys: &IndexMap<String, &'a str>,
) -> Result<Option<&'a str>, (Refused, &'a str)> {
    let FoundBy::Name(names) = &column.found else { return Ok(None) };
    let mut refused = None;
    for name in names {
        match nested_token(name, keys) {
            Ok(Some(token)) => return Ok(Some(token)),
            Ok(None) => {}
            Err(error) => refused = Some(error),
        }
    }
    refused.map_or(Ok(None), Err)
}

fn nested_token<'a>(name: &str, keys: &IndexMap<String, &'a str>) -> Result<Option<&'a str>, (Refused, &'a str)> {
    if let Some(token) = keys.get(name) {
        return Ok(Some(token));
    }
    let Some((first, rest)) = name.split_once('.') else { return Ok(None) };
    match keys.get(first) {
        None | Some(&"null") => Ok(None),
        Some(parent) => match keys_of(parent) {
            Ok(keys) => nested_token(rest, &keys),
            Err(_) => Err((Refused::NotA(format!("an object with the key `{rest}`")), parent)),
        },
    }
}

/// A value as text without quotes; empty when it is missing.
fn plain_text(token: Option<&str>) -> String {
    match token {
        None | Some("null") => String::new(),
        Some(token) => serde_json::from_str::<String>(token).unwrap_or_else(|_| token.to_owned()),
    }
}

/// A line as JSON for rejected rows.
fn described(text: &str, concealment: &Concealment) -> String {
    match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text) {
        Ok(object) => concealment.object(object.iter().map(|(key, value)| (key.as_str(), value.clone()))),
        Err(_) => concealment.list([text]),
    }
}

fn push(values: &mut ValueColumn, column: &SourceColumn, token: Option<&str>) -> Result<(), Refused> {
    let Some(token) = token else { return push_missing(values, column) };
    let kind = Kind::of(token);
    // JSON has a value of its own for what is missing; others only where the column declares them.
    if column.null_values.is_some() && values.is_null(&plain_text(Some(token))) {
        return push_missing(values, column);
    }
    if column.nested_type.is_some() && matches!(kind, Kind::Nested) {
        return values.push_nested(token).map_err(Refused::NotA);
    }
    // Many programs write numbers and truth values as strings: these are read as in CSV files.
    let is_fitting = match column.data_type {
        DataType::String | DataType::Date | DataType::Timestamp => kind == Kind::Text,
        DataType::Id | DataType::Integer | DataType::Double | DataType::Decimal(..) => {
            matches!(kind, Kind::Integer | Kind::Double | Kind::Text)
        }
        DataType::Boolean => matches!(kind, Kind::Boolean | Kind::Integer | Kind::Text),
    };
    // A count since 1970, or a day such as 20261130.
    let is_counted = kind == Kind::Integer && !column.formats.is_empty();
    if !is_fitting && !is_counted {
        return Err(Refused::NotA(format!("{}, it is {}", column.data_type, kind.described())));
    }
    if column.data_type == DataType::Id && kind == Kind::Double {
        let whole = integer(token).ok_or_else(|| Refused::NotA("text or a whole number".into()))?;
        return values.push(&whole.to_string()).map_err(Refused::NotA);
    }
    if kind != Kind::Text {
        return values.push_number(token).map_err(Refused::NotA);
    }
    let text: String =
        serde_json::from_str(token).map_err(|error| Refused::NotA(format!("a valid string: {error}")))?;
    values.push(&text).map_err(Refused::NotA)
}

/// The objects of one file.
enum Objects<'a> {
    Lines(Lines<'a>),
    Document(Document<'a>),
}

impl<'a> Objects<'a> {
    fn new(bytes: &'a mut (dyn BufRead + Send), name: &'a str, path: Option<Vec<String>>) -> Self {
        match path {
            None => Self::Lines(Lines::new(bytes, name)),
            Some(path) => Self::Document(Document::new(bytes, name, path)),
        }
    }

    /// The next object, as it came, with its line; `None` at the end.
    fn next(&mut self) -> Result<Option<(u64, &[u8])>> {
        match self {
            Self::Lines(lines) => lines.next(),
            Self::Document(document) => document.next(),
        }
    }
}

/// The keys seen so far.
#[derive(Default)]
struct Seen {
    objects: usize,
    keys: IndexMap<String, SeenKey>,
}

/// What the values of a key are, and the place that decided it.
struct SeenKey {
    kind: Kind,
    place: String,
    /// Objects and lists, which decide the nested type together.
    nested: Vec<serde_json::Value>,
}

impl Seen {
    fn and_objects_of(mut self, mut objects: Objects<'_>, name: &str) -> Result<Self> {
        while self.objects < INFERRED_LINES {
            let Some((line, bytes)) = objects.next()? else { break };
            self.objects += 1;
            // What is broken is told when the rows are read.
            let Ok(text) = std::str::from_utf8(bytes) else { continue };
            let Ok(keys) = keys_of(text) else { continue };
            for (key, token) in keys {
                self.add(key, token, &format!("`{name}` line {line}"))?;
            }
        }
        Ok(self)
    }

    fn add(&mut self, key: String, token: &str, place: &str) -> Result<()> {
        let kind = Kind::of(token);
        let nested = (kind == Kind::Nested).then(|| serde_json::from_str(token).unwrap_or_default());
        let Some(known) = self.keys.get_mut(&key) else {
            let nested = nested.into_iter().collect();
            self.keys.insert(key, SeenKey { kind, place: place.to_owned(), nested });
            return Ok(());
        };
        known.nested.extend(nested);
        match (known.kind, kind) {
            (Kind::Null, _) | (Kind::Integer, Kind::Double) => known.kind = kind,
            (_, Kind::Null) | (Kind::Double, Kind::Integer) => {}
            (before, now) if before == now => {}
            (before, now) => {
                return Err(Error::data(
                    Problem::new(format!(
                        "{place}: key `{key}` is {}, in {} it is {}",
                        now.described(),
                        known.place,
                        before.described()
                    ))
                    .hint("declare the source's `columns`"),
                ));
            }
        }
        Ok(())
    }

    fn columns(self) -> Result<Arc<[SourceColumn]>> {
        let column = |(name, seen): (String, SeenKey)| {
            let data_type = match seen.kind {
                Kind::Boolean => DataType::Boolean,
                Kind::Integer => DataType::Integer,
                Kind::Double => DataType::Double,
                Kind::Null | Kind::Text | Kind::Nested => DataType::String,
            };
            let nested_type = match seen.kind {
                Kind::Nested => Some(nested::inferred_type(&seen.nested).map_err(|why| {
                    Error::data(
                        Problem::new(format!(
                            "{}: key `{name}` holds values that do not go together: {why}",
                            seen.place
                        ))
                        .hint("declare the source's `columns`, with points between levels: `from: customer.id`"),
                    )
                })?),
                _ => None,
            };
            Ok(SourceColumn { nested_type, ..SourceColumn::of(name, data_type) })
        };
        self.keys.into_iter().map(column).collect()
    }
}
