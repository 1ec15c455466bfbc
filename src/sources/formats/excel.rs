//! Sheets of Excel workbooks. A cell has a type of its own: numbers and dates are taken as they are, texts are read as in
//! delimited text, so that an identifier that was typed as text keeps its zeros.

use std::borrow::Cow;
use std::io::{BufRead, Cursor, Read};
use std::sync::Arc;

use arrow::datatypes::Field;
use calamine::{Data, DataType as _, ExcelDateTime, Range, Reader, Xlsx};
use chrono::{DurationRound, TimeDelta};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::RowFormat;
use super::header::{Header, column_names};
use super::rows::{Refused, Rows};
use super::target::Target;
use crate::error::{Error, Problem, Result};
use crate::plan::source::{SourceColumn, SourcePlan};
use crate::plan::source_format::{DropPlan, Sheet, SheetFormat};
use crate::sources::contract::columns::only_position;
use crate::sources::contract::types::declared_fields;
use crate::sources::decompression::reading_error;
use crate::sources::object_bytes::InputFile;
use crate::sources::panics::foreign_decoder;
use crate::sources::rejected_record::Concealment;
use crate::sources::values::ValueColumn;

/// Endings of such files.
pub const ENDINGS: &[&str] = &[".xlsx", ".xlsm"];
/// A workbook is unpacked in memory; Excel itself has 1,048,576 rows at most.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// How the sheets of one source are read.
pub struct SheetPlan {
    format: SheetFormat,
    drops: Vec<DropPlan>,
    time_zone: Tz,
    columns: Arc<[SourceColumn]>,
    /// Without declared columns the first file's columns are the table's, and others must have the same.
    first_file: Option<Arc<str>>,
}

/// Settles how the files of a source are to be read.
///
/// # Errors
///
/// With nothing declared, the first file cannot be read or has no header.
pub async fn open(source: &SourcePlan, format: &SheetFormat, files: &[InputFile]) -> Result<SheetPlan> {
    let mut plan = SheetPlan {
        format: format.clone(),
        drops: source.drops.clone(),
        time_zone: source.time_zone,
        columns: source.columns.clone().into(),
        first_file: None,
    };
    if let (true, Some(file)) = (plan.columns.is_empty(), files.first()) {
        let (name, format) = (Arc::clone(&file.name), format.clone());
        let names = file
            .read(move |bytes| {
                let sheet = sheet(bytes, &format.sheet, &name)?;
                Ok(header(&sheet, &format, &name)?.0)
            })
            .await?;
        let spelled: Vec<&str> = names.iter().map(String::as_str).collect();
        for name in &spelled {
            only_position(&spelled, std::slice::from_ref(name), &file.name)?;
        }
        plan.columns = column_names(names);
        plan.first_file = Some(Arc::clone(&file.name));
    }
    Ok(plan)
}

/// The cells of a workbook's sheet.
fn sheet(bytes: &mut dyn BufRead, wanted: &Sheet, name: &str) -> Result<Range<Data>> {
    let mut whole = Vec::new();
    bytes.take(MOST_BYTES + 1).read_to_end(&mut whole).map_err(|error| reading_error(name, error))?;
    if whole.len() as u64 > MOST_BYTES {
        return Err(Error::data(
            Problem::new(format!("`{name}` is a workbook of over 256 MiB")).hint("export the sheet as CSV"),
        ));
    }
    let damaged = |error: calamine::XlsxError| {
        Error::data(
            Problem::new(format!("`{name}` cannot be read as an Excel workbook: {error}"))
                .hint("save it again as .xlsx, without a password")
                .caused_by(error),
        )
    };
    let mut workbook = foreign_decoder(name, || Xlsx::new(Cursor::new(whole)))?.map_err(damaged)?;
    let names = workbook.sheet_names();
    let found = match wanted {
        Sheet::Named(wanted) => names.iter().find(|found| *found == wanted),
        Sheet::At(position) => names.get(*position),
    };
    let Some(found) = found.cloned() else {
        let wanted = match wanted {
            Sheet::Named(wanted) => format!("`{wanted}`"),
            Sheet::At(position) => format!("number {}", position + 1),
        };
        return Err(Error::data(
            Problem::new(format!("`{name}` has no sheet {wanted}"))
                .hint(format!("its sheets are: {}; set `sheet` to one of them", names.join(", "))),
        ));
    };
    foreign_decoder(name, || workbook.worksheet_range(&found))?.map_err(damaged)
}

/// The names in the header, and the position of the first row below it among the sheet's rows.
fn header(sheet: &Range<Data>, format: &SheetFormat, name: &str) -> Result<(Vec<String>, usize)> {
    let above = usize::try_from(format.layout.skip_lines).unwrap_or(usize::MAX);
    // A range starts at the first row with a value; rows are counted from the top of the sheet.
    let start = sheet.start().map_or(0, |(row, _)| usize::try_from(row).unwrap_or_default());
    let rows: Vec<&[Data]> = sheet.rows().collect();
    let first = above.saturating_sub(start);
    let mut position = first;
    while rows.get(position).is_some_and(|row| is_blank(row)) {
        position += 1;
    }
    let Some(row) = rows.get(position) else {
        return Err(Error::data(
            Problem::new(format!("`{name}` has no header row"))
                .hint("check `sheet` and `skip_lines`, or write the header even when there are no rows"),
        ));
    };
    let mut names: Vec<String> = row.iter().map(|cell| text(cell).trim().to_owned()).collect();
    while names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    Ok((names, position + usize::try_from(format.layout.header_rows).unwrap_or(1)))
}

fn is_blank(row: &[Data]) -> bool {
    row.iter().all(|cell| match cell {
        Data::Empty => true,
        Data::String(text) => text.trim().is_empty(),
        _ => false,
    })
}

impl RowFormat for SheetPlan {
    fn fields(&self) -> Vec<Field> {
        declared_fields(&self.columns)
    }

    fn parse(&self, _: usize, bytes: &mut dyn BufRead, target: &Target<'_>) -> Result<()> {
        let name = target.name();
        let sheet = sheet(bytes, &self.format.sheet, name)?;
        let (names, first) = header(&sheet, &self.format, name)?;
        let header = Header::find(&names, &self.columns, self.first_file.as_deref(), &self.drops, name)?;
        target.intake().note_columns(header.undeclared(&names, &self.columns));
        let start = sheet.start().map_or(0, |(row, _)| u64::from(row));
        let record = |text: &str| text.to_owned();
        let mut rows = Rows::new(&self.columns, &self.format.values, self.time_zone, target, &record);
        let data: Vec<(u64, &[Data])> =
            (start + 1..).zip(sheet.rows()).skip(first).filter(|(_, row)| !is_blank(row)).collect();
        let kept = data.len().saturating_sub(self.format.layout.skip_last);
        for (index, (line, row)) in data.into_iter().enumerate() {
            let is_dropped =
                header.drops(&self.drops, |position| row.get(position).and_then(Data::get_string).or(Some("")));
            if index >= kept || is_dropped {
                rows.leave_out();
                continue;
            }
            let described = match target.intake().keeps_rejects() {
                true => described(row, &names, target.intake().concealment()),
                false => String::new(),
            };
            let is_wanted = rows.add(line, &described, |index, column, values| {
                let cell = header.position(index).and_then(|position| row.get(position)).unwrap_or(&Data::Empty);
                push(values, column, cell).map_err(|refused| (refused, text(cell)))
            })?;
            if !is_wanted {
                return Ok(());
            }
        }
        rows.finish()
    }
}

fn push(values: &mut ValueColumn, column: &SourceColumn, cell: &Data) -> Result<(), Refused> {
    let missing = |values: &mut ValueColumn| match column.required {
        true => Err(Refused::Missing),
        false => {
            values.push_null();
            Ok(())
        }
    };
    let pushed = match cell {
        Data::Empty => return missing(values),
        Data::String(text) if values.is_null(text) => return missing(values),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => values.push(text),
        // An identifier that was typed as a number has no fraction to show.
        Data::Float(number) => values.push_number(&plain(*number)),
        Data::Int(number) => values.push_number(&number.to_string()),
        Data::Bool(value) => values.push_boolean(*value),
        Data::DateTime(time) => match moment(time) {
            Some(time) => values.push_time(time),
            None => Err("a date that a calendar has".into()),
        },
        Data::Error(_) => Err("a value: the cell's formula failed".into()),
    };
    pushed.map_err(Refused::NotA)
}

/// A time to the millisecond, as precise as Excel keeps it.
fn moment(time: &ExcelDateTime) -> Option<chrono::NaiveDateTime> {
    if time.is_duration() {
        return None;
    }
    time.as_datetime()?.duration_round(TimeDelta::milliseconds(1)).ok()
}

/// The shortest text of a number, without a point when it is whole.
fn plain(number: f64) -> String {
    format!("{number}")
}

/// A cell as text, for names, messages and rejected rows.
fn text(cell: &Data) -> Cow<'static, str> {
    Cow::Owned(match cell {
        Data::Empty => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.to_string(),
        Data::Float(number) => plain(*number),
        Data::DateTime(time) => moment(time).map_or_else(|| plain(time.as_f64()), |time| time.to_string()),
        other => other.to_string(),
    })
}

fn described(row: &[Data], names: &[String], concealment: &Concealment) -> String {
    let value = |cell: &Data| match cell {
        Data::Empty => Value::Null,
        other => json!(text(other)),
    };
    concealment.object(names.iter().map(String::as_str).zip(row.iter().map(value)))
}
