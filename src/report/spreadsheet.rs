//! A table as a spreadsheet that people work through: one row a line, typed, with a filter, and a sheet that explains it.
//!
//! The same rows give the same bytes: the only date in the file is that of the run's data. Text stays text, whatever it
//! looks like: nothing is a formula or a link, and editing a cell does not turn it into one.

use std::path::Path;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType as ArrowType, Schema};
use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, IgnoreError, Workbook, Worksheet, XlsxError,
};

use super::context::CodeLabels;
use super::values::{self, ColumnName};
use crate::config::data_type::DataType;
use crate::config::sidecar::Sidecar;
use crate::error::{Error, Problem, Result};

/// Rows of a sheet, its header among them.
const SHEET_ROWS: u64 = 1_048_576;
/// Characters of the name of a sheet.
const NAME_CHARACTERS: usize = 31;
/// Widths of columns, in characters.
const NARROWEST: usize = 9;
const WIDEST: usize = 60;
/// Excel takes 1900 for a leap year and other programs do not, so days from March 1900 on are the same everywhere. The
/// number is that of 1 March 1900.
const FIRST_SAFE_DAY: f64 = 61.0;

/// What a spreadsheet says about itself.
pub struct SheetDescription<'a> {
    /// Name of the table.
    pub name: &'a str,
    /// What it and its columns mean.
    pub sidecar: Option<&'a Sidecar>,
    /// ISO 4217 code of all amounts.
    pub currency: Option<&'a str>,
    /// The day the rows are about.
    pub as_of_date: NaiveDate,
    /// What codes are called.
    pub labels: &'a CodeLabels,
}

/// A spreadsheet that is being written.
pub struct Spreadsheet {
    name: String,
    workbook: Workbook,
    columns: Vec<SheetColumn>,
    labels: CodeLabels,
    rows_count: u64,
}

struct SheetColumn {
    name: String,
    kind: Kind,
    label: String,
    format: Format,
    /// The longest text so far, in characters.
    longest: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Number,
    Boolean,
    Date,
    Time,
}

impl Spreadsheet {
    /// Starts a spreadsheet for rows of this schema; what does not fit into memory goes to `temporary`, or to the
    /// system's temporary folder.
    ///
    /// # Errors
    /// The temporary folder cannot be written.
    pub fn new(description: &SheetDescription<'_>, schema: &Schema, temporary: Option<&Path>) -> Result<Self> {
        let name = description.name.to_owned();
        let failed = |error| not_written(&name, error);
        let mut workbook = Workbook::new();
        if let Some(folder) = temporary {
            workbook.set_tempdir(folder).map_err(failed)?;
        }
        let day = description.as_of_date;
        let year = u16::try_from(day.year()).unwrap_or_default();
        let created = ExcelDateTime::from_ymd(year, to_u8(day.month()), to_u8(day.day())).map_err(failed)?;
        workbook.set_properties(&DocProperties::new().set_title(&name).set_creation_datetime(&created));
        let columns = columns(description, schema);
        let sheet = workbook.add_worksheet_with_constant_memory().map_err(failed)?;
        start(sheet, &name, &columns).map_err(failed)?;
        explain(workbook.add_worksheet(), description, &columns, schema).map_err(failed)?;
        Ok(Self { name, workbook, columns, labels: description.labels.clone(), rows_count: 0 })
    }

    /// Adds rows at the end.
    ///
    /// # Errors
    /// `Error::Data` when there are more rows, or a longer text, than a sheet can hold, or when a value is not of the kind of
    /// its column.
    pub fn append(&mut self, rows: &RecordBatch) -> Result<()> {
        let first = self.rows_count + 1;
        self.rows_count += rows.num_rows() as u64;
        if self.rows_count >= SHEET_ROWS {
            return Err(Error::data(
                Problem::new(format!(
                    "table `{}` has more rows than the {} that fit under the header of a spreadsheet",
                    self.name,
                    SHEET_ROWS - 1
                ))
                .hint("leave out `spreadsheet: true`, or let the query keep fewer rows"),
            ));
        }
        let name = self.name.as_str();
        let values = rows.columns().iter().zip(&self.columns);
        let labels = &self.labels;
        let values = values.map(|(values, column)| Values::of(values, column, name, labels));
        let values = values.collect::<Result<Vec<_>>>()?;
        let sheet = self.workbook.worksheet_from_index(0).map_err(|error| not_written(name, error))?;
        for row in 0..rows.num_rows() {
            let line = u32::try_from(first + row as u64).unwrap_or(u32::MAX);
            for ((index, column), values) in (0_u16..).zip(&mut self.columns).zip(&values) {
                let written = write_cell(sheet, (line, index), column, values, row);
                written.map_err(|error| not_written_cell(name, &column.label, line, error))?;
            }
        }
        Ok(())
    }

    /// The file.
    ///
    /// # Errors
    /// The temporary folder cannot be read.
    pub fn finish(mut self) -> Result<Vec<u8>> {
        let name = self.name.clone();
        let failed = |error| not_written(&name, error);
        let last_row = u32::try_from(self.rows_count).unwrap_or(u32::MAX);
        let last_column = u16::try_from(self.columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
        let sheet = self.workbook.worksheet_from_index(0).map_err(failed)?;
        sheet.autofilter(0, 0, last_row, last_column).map_err(failed)?;
        for (index, column) in (0_u16..).zip(&self.columns) {
            let width = u16::try_from(column.longest.clamp(NARROWEST, WIDEST) + 2).unwrap_or(u16::MAX);
            sheet.set_column_width(index, width).map_err(failed)?;
            if column.kind == Kind::Text && last_row > 0 {
                // Identifiers that look like numbers are meant as text.
                let ignored = IgnoreError::NumberStoredAsText;
                sheet.ignore_error_range(1, index, last_row, index, ignored).map_err(failed)?;
            }
        }
        self.workbook.save_to_buffer().map_err(failed)
    }
}

fn columns(description: &SheetDescription<'_>, schema: &Schema) -> Vec<SheetColumn> {
    let fields = schema.fields().iter();
    fields
        .map(|field| {
            let declared = description.sidecar.and_then(|sidecar| sidecar.columns.get(field.name().as_str()));
            let unit = declared.and_then(|column| column.unit.as_deref());
            let is_id = declared.is_some_and(|column| column.data_type == DataType::Id);
            let kind = match field.data_type() {
                _ if is_id => Kind::Text,
                ArrowType::Boolean => Kind::Boolean,
                ArrowType::Date32 => Kind::Date,
                ArrowType::Timestamp(_, _) => Kind::Time,
                found if found.is_numeric() => Kind::Number,
                _ => Kind::Text,
            };
            let label = declared.and_then(|column| column.label.text(description.labels.language)).map(str::to_owned);
            let label = label.unwrap_or_else(|| field.name().replace('_', " "));
            let label = match (unit, description.currency) {
                (Some("currency"), Some(currency)) => format!("{label} ({currency})"),
                _ => label,
            };
            // Headings wrap, so only their longest word needs room, and the arrow of the filter.
            let longest = label.split(' ').map(|word| word.chars().count() + 2).max().unwrap_or_default();
            SheetColumn {
                name: field.name().clone(),
                kind,
                label,
                format: format(kind, unit, field.data_type()),
                longest,
            }
        })
        .collect()
}

fn format(kind: Kind, unit: Option<&str>, data_type: &ArrowType) -> Format {
    let base = Format::new().set_align(FormatAlign::Top);
    match (kind, unit) {
        (Kind::Date, _) => base.set_num_format("yyyy-mm-dd"),
        (Kind::Time, _) => base.set_num_format("yyyy-mm-dd hh:mm"),
        (Kind::Number, Some("share")) => base.set_num_format("0.0%"),
        (Kind::Number, Some("currency")) => base.set_num_format("#,##0.00"),
        (Kind::Number, Some("index" | "points")) => base.set_num_format("0.0"),
        (Kind::Number, Some("count" | "days" | "seconds")) if data_type.is_integer() => base.set_num_format("#,##0"),
        (Kind::Number, _) if data_type.is_integer() => base.set_num_format("0"),
        (Kind::Number, _) => base.set_num_format("0.00"),
        // Even when somebody edits it, text that begins with a `=` stays text.
        (Kind::Text, _) => base.set_quote_prefix().set_text_wrap(),
        (Kind::Boolean, _) => base,
    }
}

fn header() -> Format {
    Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Top)
        .set_background_color(0x00E3_EEEC)
        .set_border_bottom(FormatBorder::Thin)
}

fn start(sheet: &mut Worksheet, name: &str, columns: &[SheetColumn]) -> Result<(), XlsxError> {
    sheet.set_name(name.chars().take(NAME_CHARACTERS).collect::<String>())?;
    sheet.set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    sheet.set_freeze_panes(1, 1)?;
    let header = header();
    for (index, column) in (0_u16..).zip(columns) {
        sheet.write_string_with_format(0, index, column.label.as_str(), &header)?;
    }
    Ok(())
}

/// The second sheet: what the table is, as of when, and what its columns mean.
fn explain(
    sheet: &mut Worksheet,
    description: &SheetDescription<'_>,
    columns: &[SheetColumn],
    schema: &Schema,
) -> Result<(), XlsxError> {
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top).set_quote_prefix();
    let header = header();
    sheet.set_name("About")?;
    sheet.set_column_width(0, 30)?.set_column_width(1, 100)?;
    sheet.write_string_with_format(0, 0, description.name, &Format::new().set_bold())?;
    let about = description.sidecar.map(|sidecar| sidecar.description.as_str()).unwrap_or_default();
    sheet.write_string_with_format(0, 1, about, &wrapped)?;
    sheet.write_string(1, 0, "As of")?.write_string(1, 1, description.as_of_date.to_string())?;
    sheet.write_string_with_format(3, 0, "Column", &header)?.write_string_with_format(3, 1, "Meaning", &header)?;
    for ((row, column), field) in (4_u32..).zip(columns).zip(schema.fields()) {
        let declared = description.sidecar.and_then(|sidecar| sidecar.columns.get(field.name().as_str()));
        let meaning = declared.map(|column| column.description.as_str()).unwrap_or_default();
        sheet.write_string_with_format(row, 0, column.label.as_str(), &wrapped)?;
        sheet.write_string_with_format(row, 1, meaning, &wrapped)?;
    }
    Ok(())
}

/// The values of a column of a batch.
enum Values {
    Texts(Vec<Option<String>>),
    Numbers(Vec<Option<f64>>),
    Booleans(Vec<Option<bool>>),
    Days(Vec<Option<NaiveDate>>),
    Moments(Vec<Option<NaiveDateTime>>),
}

impl Values {
    fn of(values: &ArrayRef, column: &SheetColumn, table: &str, labels: &CodeLabels) -> Result<Self> {
        let name = ColumnName { table, column: &column.name };
        Ok(match column.kind {
            Kind::Text => {
                let in_words = |text: String| labels.get(&column.name, &text).unwrap_or(text);
                Self::Texts(values::texts(values, name)?.into_iter().map(|text| text.map(in_words)).collect())
            }
            Kind::Number => Self::Numbers(values::numbers(values, name)?),
            Kind::Boolean => Self::Booleans(values::booleans(values, name)?),
            Kind::Date => Self::Days(values::days(values, name)?),
            Kind::Time => Self::Moments(values::moments(values, name)?),
        })
    }
}

fn write_cell(
    sheet: &mut Worksheet,
    (line, index): (u32, u16),
    column: &mut SheetColumn,
    values: &Values,
    row: usize,
) -> Result<(), XlsxError> {
    let format = &column.format;
    let length = match values {
        Values::Texts(texts) => match &texts[row] {
            Some(text) => {
                sheet.write_string_with_format(line, index, text, format)?;
                text.chars().count()
            }
            None => 0,
        },
        Values::Numbers(numbers) => match numbers[row] {
            Some(number) => {
                sheet.write_number_with_format(line, index, number, format)?;
                format!("{number:.0}").len() + 4
            }
            None => 0,
        },
        Values::Booleans(booleans) => match booleans[row] {
            Some(boolean) => {
                sheet.write_boolean_with_format(line, index, boolean, format)?;
                NARROWEST
            }
            None => 0,
        },
        Values::Days(days) => match days[row] {
            Some(day) => write_time(sheet, (line, index), day.and_time(NaiveTime::MIN), &day.to_string(), format)?,
            None => 0,
        },
        Values::Moments(moments) => match moments[row] {
            Some(moment) => write_time(sheet, (line, index), moment, &moment.to_string(), format)?,
            None => 0,
        },
    };
    column.longest = column.longest.max(length);
    Ok(())
}

/// Writes a moment, as `text` where spreadsheets do not know or do not agree on the day. Returns how wide it is.
fn write_time(
    sheet: &mut Worksheet,
    (line, index): (u32, u16),
    moment: NaiveDateTime,
    text: &str,
    format: &Format,
) -> Result<usize, XlsxError> {
    match excel_time(moment).filter(|excel| excel.to_excel() >= FIRST_SAFE_DAY) {
        Some(excel) => sheet.write_datetime_with_format(line, index, &excel, format)?,
        None => sheet.write_string(line, index, text)?,
    };
    Ok(text.len().min("2026-11-30 12:00".len()))
}

/// The moment as spreadsheets count it, to the millisecond; none outside of the years 1900 to 9999.
fn excel_time(moment: NaiveDateTime) -> Option<ExcelDateTime> {
    let year = u16::try_from(moment.year()).ok()?;
    let milliseconds = u16::try_from(moment.nanosecond() / 1_000_000).ok()?;
    let day = ExcelDateTime::from_ymd(year, to_u8(moment.month()), to_u8(moment.day())).ok()?;
    day.and_hms_milli(u16::from(to_u8(moment.hour())), to_u8(moment.minute()), to_u8(moment.second()), milliseconds)
        .ok()
}

fn to_u8(number: u32) -> u8 {
    u8::try_from(number).unwrap_or_default()
}

fn not_written(table: &str, error: XlsxError) -> Error {
    Error::execution(
        Problem::new(format!("cannot write the spreadsheet of `{table}`: {error}"))
            .hint("check the space in the folder for temporary files")
            .caused_by(error),
    )
}

fn not_written_cell(table: &str, column: &str, line: u32, error: XlsxError) -> Error {
    match error {
        XlsxError::MaxStringLengthExceeded => Error::data(
            Problem::new(format!(
                "spreadsheet of `{table}`, column `{column}`, line {}: the text is too long for a cell",
                u64::from(line) + 1
            ))
            .hint("shorten it in the query; a cell holds 32,767 characters"),
        ),
        other => not_written(table, other),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::sync::Arc;

    use arrow::array::{
        BooleanArray, Date32Array, Decimal128Array, Int64Array, StringArray, TimestampMicrosecondArray,
    };
    use calamine::{Data, Reader, Xlsx};

    use super::*;

    const SIDECAR: &str = "
description: What to do for whom.
columns:
  customer_id: {type: id, description: Who, label: {en: Customer}}
  reason: {type: string, label: {en: Main reason}}
  amount: {type: 'decimal(18,2)', unit: currency, label: {en: Amount at risk}}
  deal_share: {type: double, unit: share}
  due_on: {type: date}
  asked_at: {type: timestamp}
  may_contact: {type: boolean}
";

    fn rows() -> RecordBatch {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("customer_id", Arc::new(Int64Array::from(vec![7, 12_345_678_901_234_567]))),
            ("reason", Arc::new(StringArray::from(vec![Some("=HYPERLINK(\"http://x\")"), None]))),
            ("amount", Arc::new(Decimal128Array::from(vec![123_456, -5]).with_precision_and_scale(18, 2).unwrap())),
            ("deal_share", Arc::new(arrow::array::Float64Array::from(vec![Some(0.25), None]))),
            ("due_on", Arc::new(Date32Array::from(vec![20_787, -40_000]))),
            ("asked_at", Arc::new(TimestampMicrosecondArray::from(vec![Some(1_796_083_200_000_000), None]))),
            ("may_contact", Arc::new(BooleanArray::from(vec![Some(true), None]))),
        ];
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, values)| (name, values, true)))
            .unwrap()
    }

    fn started(rows: &RecordBatch, sidecar: &Sidecar) -> Spreadsheet {
        let as_of_date = "2026-11-30".parse().unwrap();
        let labels = CodeLabels::default();
        let about = SheetDescription {
            name: "care_plan",
            sidecar: Some(sidecar),
            currency: Some("EUR"),
            as_of_date,
            labels: &labels,
        };
        Spreadsheet::new(&about, &rows.schema(), None).unwrap()
    }

    fn written(batches: &[RecordBatch]) -> Vec<u8> {
        let mut spreadsheet = started(&batches[0], &serde_yaml::from_str(SIDECAR).unwrap());
        batches.iter().for_each(|batch| spreadsheet.append(batch).unwrap());
        spreadsheet.finish().unwrap()
    }

    #[test]
    fn every_value_is_read_back_as_what_it_is() {
        let mut file = Xlsx::new(Cursor::new(written(&[rows()]))).unwrap();
        assert_eq!(file.sheet_names(), ["care_plan", "About"]);
        let sheet = file.worksheet_range("care_plan").unwrap();
        let line = |row: usize| sheet.rows().nth(row).unwrap().to_vec();
        let text = |text: &str| Data::String(text.into());
        let labels =
            ["Customer", "Main reason", "Amount at risk (EUR)", "deal share", "due on", "asked at", "may contact"];
        assert_eq!(line(0), labels.map(text));
        assert_eq!(
            line(1)[..4],
            [text("7"), text("=HYPERLINK(\"http://x\")"), Data::Float(1234.56), Data::Float(0.25)]
        );
        let Data::DateTime(day) = &line(1)[4] else { panic!("{:?} is no date", line(1)[4]) };
        assert_eq!(day.to_ymd_hms_milli(), (2026, 11, 30, 0, 0, 0, 0));
        let Data::DateTime(moment) = &line(1)[5] else { panic!("{:?} is no time", line(1)[5]) };
        assert_eq!(moment.to_ymd_hms_milli(), (2026, 12, 1, 0, 0, 0, 0));
        assert_eq!(line(1)[6], Data::Bool(true));
        assert_eq!(line(2)[..3], [text("12345678901234567"), Data::Empty, Data::Float(-0.05)]);
        assert_eq!(line(2)[4], text("1860-06-26"), "spreadsheets know no days before 1900");
        assert_eq!(file.worksheet_formula("care_plan").unwrap().used_cells().count(), 0);
        let about = file.worksheet_range("About").unwrap();
        assert_eq!(about.get_value((0, 1)), Some(&text("What to do for whom.")));
        assert_eq!(about.get_value((1, 1)), Some(&text("2026-11-30")));
        assert_eq!(about.get_value((4, 1)), Some(&text("Who")));
    }

    /// Days and seconds since 1899-12-30, counted by the calendar and not by the library that writes them.
    #[test]
    fn days_and_moments_are_the_numbers_that_spreadsheets_count() {
        let epoch: NaiveDate = "1899-12-30".parse().unwrap();
        for text in ["1900-03-01T00:00:00", "1970-01-01T00:00:00", "2024-02-29T23:59:59.999999", "9999-12-31T12:00:00"]
        {
            let moment: NaiveDateTime = text.parse().unwrap();
            let since = moment - epoch.and_time(NaiveTime::MIN);
            let expected = since.num_milliseconds() as f64 / 86_400_000.0;
            let found = excel_time(moment).unwrap().to_excel();
            assert!((found - expected).abs() < 2e-8, "{text}: {found} instead of {expected}");
        }
        assert!(excel_time("1899-12-30T00:00:00".parse().unwrap()).is_none());
        assert!(excel_time("+10000-01-01T00:00:00".parse().unwrap()).is_none());
    }

    #[test]
    fn a_value_that_does_not_fit_its_column_is_an_error_that_names_it() {
        let mut spreadsheet = started(&rows(), &serde_yaml::from_str(SIDECAR).unwrap());
        let right = rows();
        let columns = right.schema_ref().fields().iter().zip(right.columns()).map(|(field, values)| {
            let list: ArrayRef = Arc::new(arrow::array::ListArray::from_iter_primitive::<
                arrow::datatypes::Int64Type,
                _,
                _,
            >([Some(vec![Some(1)]), None]));
            (field.name().clone(), if field.name() == "due_on" { list } else { Arc::clone(values) })
        });
        let wrong = RecordBatch::try_from_iter_with_nullable(
            columns.map(|(name, values)| (name, values, true)).collect::<Vec<_>>(),
        )
        .unwrap();
        let error = spreadsheet.append(&wrong).unwrap_err();
        assert_eq!(error.exit_code(), 3);
        assert!(error.to_string().contains("column `due_on` of `care_plan`"), "{error}");
    }

    #[test]
    fn the_same_rows_give_the_same_bytes_however_they_are_cut() {
        let rows = rows();
        let whole = written(std::slice::from_ref(&rows));
        assert_eq!(whole, written(&[rows.slice(0, 1), rows.slice(1, 1)]));
    }

    #[test]
    fn a_table_without_rows_has_its_header() {
        let mut file = Xlsx::new(Cursor::new(written(&[rows().slice(0, 0)]))).unwrap();
        assert_eq!(file.worksheet_range("care_plan").unwrap().height(), 1);
    }

    #[test]
    fn more_rows_than_a_sheet_holds_are_refused() {
        let rows = rows();
        let mut spreadsheet = started(&rows, &serde_yaml::from_str(SIDECAR).unwrap());
        spreadsheet.rows_count = SHEET_ROWS - 2;
        let message = spreadsheet.append(&rows).unwrap_err().to_string();
        assert!(message.contains("`care_plan` has more rows than the 1048575"), "{message}");
    }
}
