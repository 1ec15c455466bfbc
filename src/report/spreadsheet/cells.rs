//! Values, moments and formats as spreadsheets have them, for lists and reports.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

/// Excel takes 1900 for a leap year and other programs do not, so days from March 1900 on are the same everywhere. The
/// number is that of 1 March 1900.
const FIRST_SAFE_DAY: f64 = 61.0;
/// Widths of columns, in characters.
pub(in crate::report) const NARROWEST: usize = 9;
const WIDEST: usize = 60;

/// Gives the file the only date that it has: that of the run's data.
pub(in crate::report) fn describe(workbook: &mut Workbook, title: &str, day: NaiveDate) -> Result<(), XlsxError> {
    let year = u16::try_from(day.year()).unwrap_or_default();
    let created = ExcelDateTime::from_ymd(year, to_u8(day.month()), to_u8(day.day()))?;
    workbook.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&created));
    Ok(())
}

/// The format of headings.
pub(in crate::report) fn header() -> Format {
    Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Top)
        .set_background_color(0x00E3_EEEC)
        .set_border_bottom(FormatBorder::Thin)
}

/// The format of texts: even when somebody edits it, text that begins with a `=` stays text.
pub(in crate::report) fn text_format() -> Format {
    top().set_quote_prefix().set_text_wrap()
}

/// The format of numbers of a unit.
pub(in crate::report) fn number_format(unit: Option<&str>, is_integer: bool) -> Format {
    top().set_num_format(match unit {
        Some("share") => "0.0%",
        Some("currency") => "#,##0.00",
        Some("index" | "points") => "0.0",
        Some("probability") => "[<0.001]\"<0.001\";0.000",
        Some("count" | "days" | "seconds") if is_integer => "#,##0",
        _ if is_integer => "0",
        _ => "0.00",
    })
}

/// The format of days.
pub(in crate::report) fn day_format() -> Format {
    top().set_num_format("yyyy-mm-dd")
}

/// The format of moments.
pub(in crate::report) fn moment_format() -> Format {
    top().set_num_format("yyyy-mm-dd hh:mm")
}

/// The format of everything else.
pub(in crate::report) fn top() -> Format {
    Format::new().set_align(FormatAlign::Top)
}

/// Sets how wide a column is whose longest text has so many characters.
pub(in crate::report) fn set_width(sheet: &mut Worksheet, index: u16, longest: usize) -> Result<(), XlsxError> {
    let width = u16::try_from(longest.clamp(NARROWEST, WIDEST) + 2).unwrap_or(u16::MAX);
    sheet.set_column_width(index, width)?;
    Ok(())
}

/// Room that a heading needs, in characters: it wraps, so only its longest word, and the arrow of the filter.
pub(in crate::report) fn heading_width(label: &str) -> usize {
    label.split(' ').map(text_width).max().unwrap_or_default() + 2
}

/// Room that a text needs, in characters; those of Chinese are as wide as two.
pub(in crate::report) fn text_width(text: &str) -> usize {
    text.chars().map(|c| if c >= '\u{2E80}' { 2 } else { 1 }).sum()
}

/// Writes a day or a moment, as text where spreadsheets do not know it or do not agree on it. Returns how wide it is.
pub(in crate::report) fn write_time(
    sheet: &mut Worksheet,
    (line, index): (u32, u16),
    moment: NaiveDateTime,
    format: &Format,
) -> Result<usize, XlsxError> {
    let is_day = moment.time() == NaiveTime::MIN;
    let text = if is_day { moment.date().to_string() } else { moment.to_string() };
    match excel_time(moment).filter(|excel| excel.to_excel() >= FIRST_SAFE_DAY) {
        Some(excel) => sheet.write_datetime_with_format(line, index, &excel, format)?,
        None => sheet.write_string(line, index, &text)?,
    };
    Ok(text.len().min("2026-11-30 12:00".len()))
}

/// The moment as spreadsheets count it, to the millisecond; none outside of the years 1900 to 9999.
pub(super) fn excel_time(moment: NaiveDateTime) -> Option<ExcelDateTime> {
    let year = u16::try_from(moment.year()).ok()?;
    let milliseconds = u16::try_from(moment.nanosecond() / 1_000_000).ok()?;
    let day = ExcelDateTime::from_ymd(year, to_u8(moment.month()), to_u8(moment.day())).ok()?;
    day.and_hms_milli(u16::from(to_u8(moment.hour())), to_u8(moment.minute()), to_u8(moment.second()), milliseconds)
        .ok()
}

fn to_u8(number: u32) -> u8 {
    u8::try_from(number).unwrap_or_default()
}
