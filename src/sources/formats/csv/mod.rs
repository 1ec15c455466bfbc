//! CSV and its relatives, read strictly: columns found by header name, every record as long as the header, every value of
//! its declared type. An error names file, line and column.

mod record_scan;
mod text_decoding;

use std::io::BufRead;
use std::sync::Arc;

use arrow::datatypes::Field;
use chrono_tz::Tz;
use csv::{ReaderBuilder, StringRecord};

use self::record_scan::RecordScan;
use self::text_decoding::Utf8Reader;
use super::rows::{Refused, Rows};
use super::{RowFormat, Target};
use crate::config::data_type::DataType;
use crate::error::{Error, Problem, Result};
use crate::plan::source::{SourceColumn, SourcePlan};
use crate::plan::source_format::TextFormat;
use crate::sources::contract::columns::only_position;
use crate::sources::contract::types::declared_fields;
use crate::sources::decompression::reading_error;
use crate::sources::object_bytes::InputFile;
use crate::sources::panics::{Guarded, foreign_decoder};
use crate::sources::values::ValueColumn;

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
    time_zone: Tz,
    /// Columns of the table.
    columns: Arc<[SourceColumn]>,
    /// Without declared columns the first file's columns are the table's, and others must have the same.
    first_file: Option<Arc<str>>,
}

impl TextPlan {
    /// Reads `source` by the settings `format`.
    fn new(source: &SourcePlan, format: TextFormat) -> Self {
        Self { format, time_zone: source.time_zone, columns: source.columns.clone().into(), first_file: None }
    }

    /// With nothing declared, makes every column of the first file a text column of the table.
    ///
    /// # Errors
    ///
    /// The first file cannot be read or has no header.
    async fn or_columns_of(mut self, first: Option<&InputFile>) -> Result<Self> {
        let (true, Some(file)) = (self.columns.is_empty(), first) else { return Ok(self) };
        let names = match &self.format.column_names {
            Some(names) => names.to_vec(),
            None => {
                let plan = self.clone();
                let name = Arc::clone(&file.name);
                file.read(move |bytes| plan.header(&mut plan.records(bytes, &name), &name)).await?
            }
        };
        let spelled: Vec<&str> = names.iter().map(String::as_str).collect();
        for name in &spelled {
            only_position(&spelled, name, &file.name)?;
        }
        self.columns = names.into_iter().map(text_column).collect();
        self.first_file = Some(Arc::clone(&file.name));
        Ok(self)
    }

    fn records<'a>(&self, bytes: &'a mut dyn BufRead, name: &'a Arc<str>) -> Records<'a> {
        let text = Utf8Reader::new(bytes, self.format.encoding, name);
        let scan = RecordScan::new(text, name, self.format.delimiter, self.format.quote);
        let mut builder = ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(self.format.delimiter).buffer_capacity(256 * 1024);
        match self.format.quote {
            Some(quote) => builder.quote(quote),
            None => builder.quoting(false),
        };
        Records { reader: builder.from_reader(Guarded::own(scan, name)), record: StringRecord::new(), name }
    }

    fn header(&self, records: &mut Records<'_>, name: &str) -> Result<Vec<String>> {
        if let Some(names) = &self.format.column_names {
            return Ok(names.to_vec());
        }
        match records.next()? {
            Some(_) => Ok(records.record.iter().map(str::to_owned).collect()),
            None => Err(Error::data(
                Problem::new(format!("`{name}` has no header line"))
                    .hint("write the header even when there are no rows, or list `column_names` with `header: false`"),
            )),
        }
    }

    fn positions(&self, header: &[String], name: &str) -> Result<Vec<usize>> {
        let names: Vec<&str> = header.iter().map(String::as_str).collect();
        if let Some(first_file) = &self.first_file {
            let is_known = |found: &&&str| self.columns.iter().any(|column| column.file_name == ***found);
            if let Some(new) = names.iter().find(|found| !is_known(found)) {
                return Err(Error::data(
                    Problem::new(format!("column `{new}` is in `{name}` but not in `{first_file}`"))
                        .hint("all files of a source have the same columns; declare `columns` to read some of them"),
                ));
            }
        }
        self.columns.iter().map(|column| only_position(&names, &column.file_name, name)).collect()
    }

    fn push(&self, values: &mut ValueColumn, column: &SourceColumn, text: &str) -> Result<(), Refused> {
        let is_null = |text: &str| self.format.null_values.iter().any(|null| null == text);
        if is_null(text) || (!values.is_text() && is_null(text.trim_ascii())) {
            if column.required {
                return Err(Refused::Missing);
            }
            values.push_null();
            return Ok(());
        }
        values.push(text).map_err(Refused::NotA)
    }
}

impl RowFormat for TextPlan {
    fn fields(&self) -> Vec<Field> {
        declared_fields(&self.columns)
    }

    fn parse(&self, _: usize, bytes: &mut dyn BufRead, target: &Target<'_>) -> Result<()> {
        let name = target.name;
        let mut records = self.records(bytes, name);
        let header = self.header(&mut records, name)?;
        let positions = self.positions(&header, name)?;
        let mut rows = Rows::new(&self.columns, self.time_zone, target);
        while let Some(line) = records.next()? {
            let record = &records.record;
            if record.len() != header.len() {
                return Err(ragged(record.len(), header.len(), name, line));
            }
            let push = |index: usize, column: &SourceColumn, values: &mut ValueColumn| {
                let text = record.get(positions[index]).unwrap_or_default();
                self.push(values, column, text).map_err(|refused| (refused, text))
            };
            if !rows.add(line, push)? {
                return Ok(());
            }
        }
        rows.finish()
    }
}

/// Records with the line each starts on.
struct Records<'a> {
    reader: csv::Reader<Guarded<RecordScan<'a, Utf8Reader<'a>>>>,
    record: StringRecord,
    name: &'a Arc<str>,
}

impl Records<'_> {
    /// Reads the next record and gives its line; `None` at the end.
    fn next(&mut self) -> Result<Option<u64>> {
        let is_record = foreign_decoder(self.name, || self.reader.read_record(&mut self.record))?.map_err(|error| {
            let text = error.to_string();
            match error.into_kind() {
                csv::ErrorKind::Io(error) => reading_error(self.name, error),
                _ => reading_error(self.name, std::io::Error::other(text)),
            }
        })?;
        Ok(is_record.then(|| self.reader.get_mut().inner().next_record_line()))
    }
}

fn ragged(found: usize, expected: usize, name: &str, line: u64) -> Error {
    let fields = |count: usize| if count == 1 { "1 field".to_owned() } else { format!("{count} fields") };
    let message = format!("`{name}` line {line} has {} where the header has {}", fields(found), fields(expected));
    Error::data(Problem::new(message).hint("quote fields that hold the delimiter, and check the `delimiter` setting"))
}

fn text_column(name: String) -> SourceColumn {
    SourceColumn { file_name: name.clone(), name, data_type: DataType::String, required: false, format: None }
}
