//! A heat map as a block of cells beside its table, coloured by Excel from light to dark.

use rust_xlsxwriter::{ConditionalFormat2ColorScale, Worksheet, XlsxError};

use super::table_sheet::{number_format, scale};
use crate::report::charts::Marks;
use crate::report::spreadsheet::cells;

/// Colours of the smallest and of the largest number: those of the page's heat maps in daylight.
const COLOURS: (u32, u32) = (0x00F4_F7F6, 0x0012_6E68);

/// Writes the block with its upper left corner at a cell. Returns how many lines it takes.
pub(super) fn write(sheet: &mut Worksheet, (top, left): (u32, u16), marks: &Marks) -> Result<u32, XlsxError> {
    let rows = marks.names(|mark| (&mark.label, &mark.label_key));
    let columns = marks.names(|mark| (&mark.by, &mark.by_key));
    let unit = marks.value.unit.as_deref();
    let format = number_format(unit, marks.rows.iter().all(|mark| mark.value.fract() == 0.0));
    let header = cells::header();
    sheet.write_string_with_format(top, left, &marks.value.label, &header)?;
    for ((name, _), column) in columns.iter().zip(left + 1..) {
        sheet.write_string_with_format(top, column, name, &header)?;
    }
    for ((name, _), line) in rows.iter().zip(top + 1..) {
        sheet.write_string_with_format(line, left, name, &cells::text_format())?;
        for ((part, _), column) in columns.iter().zip(left + 1..) {
            if let Some(mark) = marks.rows.iter().find(|mark| mark.label == *name && mark.by == *part) {
                sheet.write_number_with_format(line, column, mark.value * scale(unit), &format)?;
            }
        }
    }
    let lines = u32::try_from(rows.len()).unwrap_or_default();
    let width = u16::try_from(columns.len()).unwrap_or_default();
    let colours = ConditionalFormat2ColorScale::new().set_minimum_color(COLOURS.0).set_maximum_color(COLOURS.1);
    sheet.add_conditional_format(top + 1, left + 1, top + lines, left + width, &colours)?;
    Ok(lines + 1)
}
