//! Delimited text: CSV and its relatives. A record that is ragged, badly quoted or badly encoded is rejected with its line;
//! all else is read as declared.

#[cfg(test)]
mod random_tests;
mod records;
mod text_decoding;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::BufRead;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use arrow::datatypes::Field;
use chrono_tz::Tz;
use serde_json::Value;

use self::records::{Block, BrokenRecord, Dialect, Next, Records};
use self::text_decoding::Utf8Reader;
use super::RowFormat;
use super::header::{Header, text_columns};
use super::rows::{BrokenRow, Refused, Rows, push_missing};
use super::target::Target;
use crate::error::{Error, Problem, Result};
use crate::plan::source::{SourceColumn, SourcePlan};
use crate::plan::source_format::{DropPlan, TextFormat};
use crate::sources::contract::types::declared_fields;
use crate::sources::object_bytes::InputFile;
use crate::sources::panics::{Guarded, defect};
use crate::sources::rejected_record::Concealment;
use crate::sources::values::ValueColumn;

/// Blocks of records that are found ahead of the rows.
const BLOCKS_AHEAD: usize = 4;

/// Endings of such files.
pub const ENDINGS: &[&str] = &[".csv", ".txt", ".tsv"];

/// Settles how the files of a source are to be read.
///
/// # Errors
///
/// With nothing declared, the first file cannot be read or has no header.
pub async fn open(source: &SourcePlan, format: &TextFormat, files: &[InputFile]) -> Result<TextPlan> {
    TextPlan::new(source, format.clone()).or_columns_of(files.first()).await
}

/// How the delimited text of one source is read.
#[derive(Clone)]
pub struct TextPlan {
    format: TextFormat,
    dialect: Dialect,
    drops: Arc<[DropPlan]>,
    time_zone: Tz,
    /// Columns of the table.
    columns: Arc<[SourceColumn]>,
    /// Without declared columns the first file's columns are the table's, and others must have the same.
    first_file: Option<Arc<str>>,
}

impl TextPlan {
    /// Reads `source` by the settings `format`.
    fn new(source: &SourcePlan, format: TextFormat) -> Self {
        Self {
            dialect: Dialect::of(&format),
            format,
            drops: source.drops.clone().into(),
            time_zone: source.time_zone,
            columns: source.columns.clone().into(),
            first_file: None,
        }
    }

    /// With nothing declared, makes every column of the first file a text column of the table.
    ///
    /// # Errors
    ///
    /// The first file cannot be read or has no header.
    async fn or_columns_of(mut self, first: Option<&InputFile>) -> Result<Self> {
        let (true, Some(file)) = (self.columns.is_empty(), first) else { return Ok(self) };
        let plan = self.clone();
        let name = Arc::clone(&file.name);
        let names = file.read(move |bytes| plan.header(&mut plan.records(bytes, &name), &name)).await?;
        self.columns = text_columns(names, &file.name)?;
        self.first_file = Some(Arc::clone(&file.name));
        Ok(self)
    }

    fn records<'a>(&self, bytes: &'a mut (dyn BufRead + Send), name: &'a Arc<str>) -> Records<'a> {
        let text = Guarded::foreign(Utf8Reader::new(bytes, self.format.encoding, name), name);
        Records::new(text, name, self.dialect.clone())
    }

    /// The names of the columns; afterwards the first row comes next.
    fn header(&self, records: &mut Records<'_>, name: &str) -> Result<Vec<String>> {
        for _ in 0..self.format.layout.skip_lines {
            records.skip_line()?;
        }
        if let Some(names) = &self.format.column_names {
            return Ok(names.to_vec());
        }
        let mut names = Vec::new();
        for row in 0..self.format.layout.header_rows {
            let record = match records.next()? {
                Next::Record(_, record) => record,
                // Only the names matter; what explains them may be cut.
                Next::Broken(_) if row > 0 => continue,
                Next::Broken(broken) => {
                    let message = format!("`{name}` line {}, its header, {}", broken.line, broken.reason);
                    return Err(Error::data(Problem::new(message).hint(broken.hint)));
                }
                Next::End => {
                    return Err(Error::data(Problem::new(format!("`{name}` has no header line")).hint(
                        "write the header even when there are no rows, or list `column_names` with `header: false`",
                    )));
                }
            };
            if row == 0 {
                let mut fields = Vec::new();
                self.dialect.fields(&record, &mut fields);
                names = fields.into_iter().map(Cow::into_owned).collect();
                if self.format.has_trailing_delimiter && names.last().is_some_and(String::is_empty) {
                    names.pop();
                }
            }
        }
        Ok(names)
    }

    /// A record as JSON, for rejected rows.
    fn described(&self, text: &str, header: &[String], concealment: &Concealment) -> String {
        let mut fields = Vec::new();
        self.dialect.fields(text, &mut fields);
        let is_whole = fields.len() == header.len();
        let fields = fields.iter().map(Cow::as_ref);
        if is_whole {
            let named = header.iter().map(String::as_str).zip(fields.map(|field| Value::String(field.to_owned())));
            return concealment.object(named);
        }
        concealment.list(fields)
    }
}

impl RowFormat for TextPlan {
    fn fields(&self) -> Vec<Field> {
        declared_fields(&self.columns)
    }

    fn parse(&self, _: usize, bytes: &mut (dyn BufRead + Send), target: &Target<'_>) -> Result<()> {
        let name = target.name();
        let mut records = self.records(bytes, name);
        let names = self.header(&mut records, name)?;
        let header = Header::find(&names, &self.columns, self.first_file.as_deref(), &self.drops, name)?;
        target.intake().note_columns(header.undeclared(&names, &self.columns));
        header.doubled(&names, &self.columns, name).into_iter().for_each(|note| target.intake().note(note));
        target.intake().set_columns(target.file.file, names.iter().map(|name| (name.as_str(), None)));
        let record = |text: &str| self.described(text, &names, target.intake().concealment());
        let mut rows = Rows::new(&self.columns, &self.format.values, self.time_zone, target, &record);
        // The last rows may be none, which is known when the file ends.
        let mut waiting: VecDeque<Next> = VecDeque::new();
        let is_wanted = each_block(records, |block| {
            if block.is_open_ended {
                target.intake().note_open_end(target.file.file);
            }
            for next in block.records {
                match next {
                    // A line of blanks is no row of several columns.
                    Next::Record(_, text) if names.len() > 1 && text.trim().is_empty() => continue,
                    next => waiting.push_back(next),
                }
                if waiting.len() <= self.format.layout.skip_last {
                    continue;
                }
                let Some(next) = waiting.pop_front() else { continue };
                if !self.take(next, &names, &header, &mut rows, &record)? {
                    return Ok(false);
                }
            }
            Ok(true)
        })?;
        if !is_wanted {
            return Ok(());
        }
        waiting.iter().for_each(|_| rows.leave_out());
        rows.finish()
    }
}

/// Gives the records of a file to `take`, block by block, until they end or it says `false`; whether it never did. In a file of
/// several blocks the next ones are found on another thread meanwhile, so that a single large file uses two processors.
///
/// # Errors
///
/// The file cannot be read; those of `take`.
fn each_block(mut records: Records<'_>, mut take: impl FnMut(Block) -> Result<bool>) -> Result<bool> {
    let first = records.block()?;
    if first.is_last {
        return take(first);
    }
    std::thread::scope(|scope| {
        let (sender, rest) = sync_channel(BLOCKS_AHEAD);
        let name = records.name().to_owned();
        let find = move || {
            loop {
                let block = records.block();
                let is_end = block.as_ref().map_or(true, |block| block.is_last);
                // Nobody listens any more when no more rows are wanted.
                if sender.send(block).is_err() || is_end {
                    return;
                }
            }
        };
        let started = std::thread::Builder::new().name("csv records".into()).spawn_scoped(scope, find);
        started.map_err(|error| {
            Error::execution(Problem::new(format!("no thread could be started to read `{name}`: {error}")))
        })?;
        let mut is_complete = false;
        for block in std::iter::once(Ok(first)).chain(&rest) {
            let block = block?;
            is_complete = block.is_last;
            if !take(block)? {
                return Ok(false);
            }
        }
        // The other thread panicked.
        if is_complete { Ok(true) } else { Err(defect(&name)) }
    })
}

impl TextPlan {
    /// Adds a record to the rows, if it is one; `false` when nobody wants more.
    fn take(
        &self,
        next: Next,
        names: &[String],
        header: &Header,
        rows: &mut Rows<'_>,
        record: &dyn Fn(&str) -> String,
    ) -> Result<bool> {
        let (line, text) = match next {
            Next::Record(line, text) => (line, text),
            Next::Broken(BrokenRecord { line, rule, reason, hint, text }) => {
                rows.reject(BrokenRow { line, rule, reason, hint, record: record(&text) })?;
                return Ok(true);
            }
            Next::End => return Ok(true),
        };
        let mut fields = Vec::with_capacity(names.len());
        self.dialect.fields(&text, &mut fields);
        if self.format.has_trailing_delimiter
            && fields.len() == names.len() + 1
            && fields.last().is_some_and(|f| f.is_empty())
        {
            fields.pop();
        }
        // A total may have fewer fields than a row.
        if header.drops(&self.drops, |position| fields.get(position).map(Cow::as_ref)) {
            rows.leave_out();
            return Ok(true);
        }
        if fields.len() != names.len() {
            rows.reject(BrokenRow {
                line,
                rule: "fields",
                reason: ragged(fields.len(), names.len()),
                hint: "quote fields that hold the delimiter, and check the `delimiter` setting",
                record: record(&text),
            })?;
            return Ok(true);
        }
        rows.add(line, &text, |index, column, values| {
            let text = header.position(index).and_then(|position| fields.get(position)).map(Cow::as_ref);
            push(values, column, text).map_err(|refused| (refused, Cow::Owned(text.unwrap_or_default().to_owned())))
        })
    }
}

fn push(values: &mut ValueColumn, column: &SourceColumn, text: Option<&str>) -> Result<(), Refused> {
    match text.filter(|text| !values.is_null(text)) {
        Some(text) => values.push(text).map_err(Refused::NotA),
        None => push_missing(values, column),
    }
}

fn ragged(found: usize, expected: usize) -> String {
    let fields = |count: usize| if count == 1 { "1 field".to_owned() } else { format!("{count} fields") };
    format!("has {} where the header has {}", fields(found), fields(expected))
}
