//! Sheets of Excel workbooks. A cell has a type of its own: numbers and dates are taken as they are, texts are read as in
//! delimited text, so that an identifier that was typed as text keeps its zeros.

use std::borrow::Cow;
use std::io::{BufRead, Cursor, Read};
use std::sync::Arc;

use arrow::datatypes::Field;
use calamine::{Data, DataType as _, ExcelDateTime, Range, Reader, SheetVisible, Xlsx};
use chrono::DateTime;
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::RowFormat;
use super::header::{Header, text_columns};
use super::rows::{Refused, Rows, push_missing};
use super::target::Target;
use crate::error::{Error, Problem, Result};
use crate::plan::source::{SourceColumn, SourcePlan};
use crate::plan::source_format::{DropPlan, Sheet, SheetFormat};
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

/// Numbers beyond 2^53 are no longer exact.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

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
                let sheets = sheets(bytes, &format.sheet, &name)?;
                let mut names = match sheets.first() {
                    Some(sheet) => header(sheet, &format, &name)?.0,
                    None => Vec::new(),
                };
                while names.last().is_some_and(String::is_empty) {
                    names.pop();
                }
                Ok(names)
            })
            .await?;
        plan.columns = text_columns(names, &file.name)?;
        plan.first_file = Some(Arc::clone(&file.name));
    }
    Ok(plan)
}

/// The cells of a workbook's sheet from its first row and column on, and which of them have formulas.
struct Cells {
    /// Name of the sheet.
    sheet: String,
    rows: Vec<Vec<Data>>,
    formulas: Range<String>,
}

impl Cells {
    /// Whether a cell has a formula; both are counted from 0.
    fn has_formula(&self, row: usize, column: usize) -> bool {
        let place = (u32::try_from(row).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX));
        self.formulas.get_value(place).is_some_and(|formula| !formula.is_empty())
    }
}

/// The cells of the wanted sheets of a workbook; hidden ones are read by their name or number alone.
fn sheets(bytes: &mut (dyn BufRead + Send), wanted: &Sheet, name: &str) -> Result<Vec<Cells>> {
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
    let visible = workbook.sheets_metadata().iter().filter(|sheet| sheet.visible == SheetVisible::Visible);
    let visible: Vec<String> = visible.map(|sheet| sheet.name.clone()).collect();
    let of_one = |found: Option<&String>, wanted: String| found.map(|found| vec![found.clone()]).ok_or(wanted);
    let found = match wanted {
        Sheet::Named(wanted) => of_one(names.iter().find(|found| *found == wanted), format!("`{wanted}`")),
        Sheet::At(position) => of_one(names.get(*position), format!("number {}", position + 1)),
        // What nobody sees is not what a person sends; a workbook without a visible sheet cannot be made in Excel.
        Sheet::First | Sheet::All => Ok(visible),
    };
    let found = found.map_err(|wanted| {
        Error::data(
            Problem::new(format!("`{name}` has no sheet {wanted}"))
                .hint(format!("its sheets are: {}; set `sheet` to one of them", names.join(", "))),
        )
    })?;
    found
        .into_iter()
        .map(|found| {
            let range = foreign_decoder(name, || workbook.worksheet_range(&found))?.map_err(damaged)?;
            let formulas = foreign_decoder(name, || workbook.worksheet_formula(&found))?.map_err(damaged)?;
            // A range starts at the first cell with a value; rows and columns are counted from the corner of the sheet.
            let (above, left) = range.start().map_or((0, 0), |(row, column)| (row as usize, column as usize));
            let mut rows = vec![Vec::new(); above];
            rows.extend(range.rows().map(|row| [vec![Data::Empty; left], row.to_vec()].concat()));
            Ok(Cells { sheet: found, rows, formulas })
        })
        .collect()
}

/// The names in the header, and the position of the first row below it.
fn header(sheet: &Cells, format: &SheetFormat, name: &str) -> Result<(Vec<String>, usize)> {
    let mut position = usize::try_from(format.layout.skip_lines).unwrap_or(usize::MAX);
    while sheet.rows.get(position).is_some_and(|row| is_blank(row)) {
        position += 1;
    }
    let Some(row) = sheet.rows.get(position) else {
        return Err(Error::data(
            Problem::new(format!("`{name}` has no header row"))
                .hint("check `sheet` and `skip_lines`, or write the header even when there are no rows"),
        ));
    };
    let names = row.iter().map(|cell| text(cell).trim().to_owned()).collect();
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

    fn parse(&self, _: usize, bytes: &mut (dyn BufRead + Send), target: &Target<'_>) -> Result<()> {
        let name = target.name();
        let mut is_any_read = false;
        let mut others = Vec::new();
        for sheet in sheets(bytes, &self.format.sheet, name)? {
            if self.format.sheet == Sheet::All && !self.has_columns(&sheet) {
                continue;
            }
            if self.format.sheet == Sheet::First && is_any_read {
                if self.has_columns(&sheet) {
                    others.push(format!("`{}`", sheet.sheet));
                }
                continue;
            }
            is_any_read = true;
            if !self.parse_sheet(&sheet, target)? {
                return Ok(());
            }
        }
        if !others.is_empty() {
            target.intake().note(format!(
                "only the first visible sheet of `{name}` is read; these have columns of the table too: {} (`all_sheets: \
                 true` reads them, `sheet` names one)",
                others.join(", ")
            ));
        }
        if is_any_read {
            return Ok(());
        }
        Err(Error::data(
            Problem::new(format!("no sheet of `{name}` has one of the declared columns in its header"))
                .hint("check `skip_lines` and the names of the columns"),
        ))
    }
}

impl SheetPlan {
    /// Whether the header of a sheet has one of the columns.
    fn has_columns(&self, sheet: &Cells) -> bool {
        let names = header(sheet, &self.format, "").map(|(names, _)| names).unwrap_or_default();
        names.iter().any(|name| self.columns.iter().any(|column| column.is_called(name)))
    }

    /// Reads the rows of a sheet; false when no more rows are wanted.
    fn parse_sheet(&self, sheet: &Cells, target: &Target<'_>) -> Result<bool> {
        let name = target.name();
        let (names, first) = header(sheet, &self.format, name)?;
        let header = Header::find(&names, &self.columns, self.first_file.as_deref(), &self.drops, name)?;
        target.intake().note_columns(header.undeclared(&names, &self.columns));
        header.doubled(&names, &self.columns, name).into_iter().for_each(|note| target.intake().note(note));
        target.intake().set_columns(target.file.file, names.iter().map(|name| (name.as_str(), None)));
        let record = |text: &str| text.to_owned();
        let mut rows = Rows::new(&self.columns, &self.format.values, self.time_zone, target, &record);
        let below = sheet.rows.iter().enumerate().skip(first);
        let data: Vec<(usize, &Vec<Data>)> = below.filter(|(_, row)| !is_blank(row)).collect();
        let kept = data.len().saturating_sub(self.format.layout.skip_last);
        for (index, (at, row)) in data.into_iter().enumerate() {
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
            let is_wanted = rows.add(at as u64 + 1, &described, |index, column, values| {
                let position = header.position(index);
                let cell = position.and_then(|position| row.get(position)).unwrap_or(&Data::Empty);
                if *cell == Data::Empty && position.is_some_and(|position| sheet.has_formula(at, position)) {
                    let reason = "a value: its formula was never computed; open the workbook in Excel and save it";
                    return Err((Refused::NotA(reason.into()), text(cell)));
                }
                push(values, column, cell).map_err(|refused| (refused, text(cell)))
            })?;
            if !is_wanted {
                return Ok(false);
            }
        }
        rows.finish()?;
        Ok(true)
    }
}

fn push(values: &mut ValueColumn, column: &SourceColumn, cell: &Data) -> Result<(), Refused> {
    let pushed = match cell {
        Data::Empty => return push_missing(values, column),
        Data::String(text) if values.is_null(text) => return push_missing(values, column),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => values.push(text),
        // An identifier that was typed as a number has no fraction to show.
        Data::Float(number) if number.abs() > LARGEST_EXACT => {
            Err("a number that Excel keeps exactly, of up to 15 digits; format the column as text".into())
        }
        Data::Float(number) if values.is_null(&plain(*number)) => return push_missing(values, column),
        Data::Float(number) => values.push_number(&plain(*number)),
        Data::Int(number) if values.is_null(&number.to_string()) => return push_missing(values, column),
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
    let micros = time.as_datetime()?.and_utc().timestamp_micros();
    DateTime::from_timestamp_millis((micros + 500).div_euclid(1000)).map(|time| time.naive_utc())
}

/// The shortest text of a number as Excel shows it, of 15 digits, without a point when it is whole: a cell that computes 3 x
/// 1.1 holds 3.3000000000000003.
fn plain(number: f64) -> String {
    let shown: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    format!("{shown}")
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
