//! JSON lines: one object a line becomes one row.

mod json_text;

use std::io::BufRead;
use std::sync::Arc;

use arrow::datatypes::Field;
use chrono_tz::Tz;
use indexmap::IndexMap;

use self::json_text::{Kind, Lines, keys_of};
use super::rows::{Refused, Rows};
use super::{RowFormat, Target};
use crate::config::data_type::DataType;
use crate::error::{Error, Problem, Result};
use crate::plan::source::{SourceColumn, SourcePlan};
use crate::sources::contract::types::declared_fields;
use crate::sources::object_bytes::InputFile;
use crate::sources::values::ValueColumn;

/// Lines that decide the columns when none are declared.
const INFERRED_LINES: usize = 1000;

/// Endings of such files.
pub const ENDINGS: &[&str] = &[".json", ".jsonl", ".ndjson"];

/// The declared columns, or those that the first 1000 lines of the files show, in order of appearance.
///
/// # Errors
///
/// A file cannot be read, or its first lines contradict each other.
pub async fn open(source: &SourcePlan, files: &[InputFile]) -> Result<JsonPlan> {
    let time_zone = source.time_zone;
    if !source.columns.is_empty() {
        return Ok(JsonPlan { columns: source.columns.clone().into(), is_inferred: false, time_zone });
    }
    let mut seen = Seen::default();
    for file in files {
        let name = Arc::clone(&file.name);
        seen = file.read(move |bytes| seen.and_lines_of(bytes, &name)).await?;
        if seen.lines >= INFERRED_LINES {
            break;
        }
    }
    Ok(JsonPlan { columns: seen.columns(), is_inferred: true, time_zone })
}

/// How JSON lines are to be read.
#[derive(Clone)]
pub struct JsonPlan {
    /// Columns of the table.
    columns: Arc<[SourceColumn]>,
    /// Whether a key that is no column is an error, because the columns were inferred.
    is_inferred: bool,
    time_zone: Tz,
}

impl JsonPlan {
    fn has(&self, key: &str) -> bool {
        self.columns.iter().any(|column| column.file_name == key)
    }
}

impl RowFormat for JsonPlan {
    fn fields(&self) -> Vec<Field> {
        declared_fields(&self.columns)
    }

    fn parse(&self, _: usize, bytes: &mut dyn BufRead, target: &Target<'_>) -> Result<()> {
        let name = target.name;
        let mut rows = Rows::new(&self.columns, self.time_zone, target);
        let mut lines = Lines::new(bytes, name);
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
            let push = |_: usize, column: &SourceColumn, values: &mut ValueColumn| {
                let token = keys.get(column.file_name.as_str()).copied().filter(|token| *token != "null");
                push(values, column, token).map_err(|refused| (refused, token.unwrap_or_default()))
            };
            if !rows.add(line, push)? {
                return Ok(());
            }
        }
        rows.finish()
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
