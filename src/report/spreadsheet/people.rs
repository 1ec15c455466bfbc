//! What people do in a list: choose from dropdowns, and see what is overdue.

use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::{
    ConditionalFormatFormula, DataValidation, DataValidationErrorStyle, DataValidationRule, ExcelDateTime, Format,
    Formula, Workbook, Worksheet, XlsxError, utility,
};

use super::cells;
use super::columns::SheetColumn;
use super::sheet_names;
use crate::config::working_list::{FillIn, FillInType};
use crate::error::Result;
use crate::render::Messages;
use crate::report::code_words;
use crate::report::context::CodeLabels;

/// Colours of a row that is overdue.
const OVERDUE: (u32, u32) = (0x00FC_E4E4, 0x009C_1C1C);

/// The words of a code that people choose.
pub(super) fn word(entry: &FillIn, code: &str, labels: &CodeLabels, texts: &Messages) -> Result<String> {
    code_words::name_of(&entry.column, code, labels, texts)
}

/// The words of every dropdown, by the place of its column.
pub(super) fn choices(
    columns: &[SheetColumn],
    labels: &CodeLabels,
    texts: &Messages,
) -> Result<Vec<(u16, Vec<String>)>> {
    let mut choices = Vec::new();
    for (index, column) in (0_u16..).zip(columns) {
        let Some(entry) = column.fill_in.as_ref().filter(|entry| !entry.choices.is_empty()) else { continue };
        let words = entry.choices.iter().map(|code| word(entry, code, labels, texts));
        choices.push((index, words.collect::<Result<_>>()?));
    }
    Ok(choices)
}

/// Adds the hidden sheet with the words of the dropdowns, one column each: a list in a formula may hold no comma and few
/// characters. It has no header, so that nobody takes it for rows of the list.
pub(super) fn add_choices(
    workbook: &mut Workbook,
    name: &str,
    choices: &[(u16, Vec<String>)],
) -> Result<(), XlsxError> {
    let sheet = workbook.add_worksheet();
    sheet.set_name(name)?.set_hidden(true);
    for (place, (_, words)) in (0_u16..).zip(choices) {
        for (line, word) in (0_u32..).zip(words) {
            sheet.write_string(line, place, word.as_str())?;
        }
    }
    Ok(())
}

/// Lets people choose and enter in the cells from the first line below the header to `last`.
pub(super) fn allow(
    sheet: &mut Worksheet,
    last: u32,
    columns: &[SheetColumn],
    choices: &[(u16, Vec<String>)],
    choices_sheet: &str,
) -> Result<(), XlsxError> {
    for (place, (index, words)) in (0_u16..).zip(choices) {
        let column = utility::column_number_to_name(place);
        let (sheet_name, end) = (sheet_names::quoted(choices_sheet), words.len());
        let range = Formula::new(format!("={sheet_name}!${column}$1:${column}${end}"));
        sheet.add_data_validation(1, *index, last, *index, &DataValidation::new().allow_list_formula(range))?;
    }
    let is_date =
        |column: &SheetColumn| column.fill_in.as_ref().is_some_and(|entry| entry.fill_in_type == FillInType::Date);
    for (index, _) in (0_u16..).zip(columns).filter(|(_, column)| is_date(column)) {
        let first = ExcelDateTime::from_ymd(2000, 1, 1)?;
        let dates = DataValidation::new()
            .allow_date(DataValidationRule::GreaterThanOrEqualTo(first))
            .set_error_style(DataValidationErrorStyle::Stop);
        sheet.add_data_validation(1, index, last, index, &dates)?;
    }
    Ok(())
}

/// When a row is overdue, as a formula of its first line: due before the day of the run, and not dealt with.
pub(super) fn overdue(
    due: &str,
    today: NaiveDate,
    columns: &[SheetColumn],
    labels: &CodeLabels,
    texts: &Messages,
) -> Result<Option<String>> {
    let place = |name: &str| {
        let found = (0_u16..).zip(columns).find(|(_, column)| column.name == name);
        found.map(|(index, _)| format!("${}2", utility::column_number_to_name(index)))
    };
    let Some(due) = place(due) else { return Ok(None) };
    let mut conditions =
        vec![format!("ISNUMBER({due})"), format!("{due}<DATE({},{},{})", today.year(), today.month(), today.day())];
    for entry in columns.iter().filter_map(|column| column.fill_in.as_ref()) {
        let Some(cell) = place(&entry.column) else { continue };
        for code in &entry.closing {
            let word = word(entry, code, labels, texts)?.replace('"', "\"\"");
            conditions.push(format!("{cell}<>\"{word}\""));
        }
    }
    Ok(Some(format!("=AND({})", conditions.join(","))))
}

/// Colours the rows that are overdue.
pub(super) fn colour_overdue(
    sheet: &mut Worksheet,
    (last_row, last_column): (u32, u16),
    rule: &str,
) -> Result<(), XlsxError> {
    let (background, ink) = OVERDUE;
    let format = Format::new().set_background_color(background).set_font_color(ink);
    let overdue = ConditionalFormatFormula::new().set_rule(rule).set_format(format);
    sheet.add_conditional_format(1, 0, last_row, last_column, &overdue)?;
    Ok(())
}

/// Room that the words of a dropdown need, in characters.
pub(super) fn width(choices: &[(u16, Vec<String>)], index: u16) -> usize {
    let of_column = choices.iter().filter(|(place, _)| *place == index).flat_map(|(_, words)| words);
    of_column.map(|word| cells::text_width(word) + 2).max().unwrap_or_default()
}
