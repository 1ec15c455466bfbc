//! A published table -> [`ShownTable`]: picks rows and columns, hides small groups.

use arrow::array::RecordBatch;
use arrow::datatypes::DataType as ArrowType;
use indexmap::IndexMap;

use super::code_words;
use super::context::CodeLabels;
use super::privacy;
use super::row_filter;
use super::shown_table::{AbsentInput, Cell, ShownChart, ShownColumn, ShownRow, ShownTable};
use super::small_groups::hidden_rows;
use super::spreadsheet;
use super::table::to_count;
use super::values::{self, ColumnName};
use crate::config::chart::Chart;
use crate::config::column_role::ColumnRole;
use crate::config::data_type::DataType;
use crate::config::language::{Language, Words};
use crate::config::located::Located;
use crate::config::sidecar::Sidecar;
use crate::config::table_report::{CUSTOMERS_COUNT, CUSTOMERS_SHARE, TableReport};
use crate::error::Result;

/// Rows that a chart draws at most.
const MOST_MARKS: usize = 1_000;

/// A published table and what its sidecar says.
pub struct TableToShow<'a> {
    /// Name.
    pub name: &'a str,
    /// What its columns mean.
    pub sidecar: &'a Sidecar,
    /// How to show it.
    pub report: &'a TableReport,
    /// Whether it is published as a spreadsheet too.
    pub has_spreadsheet: bool,
    /// Which of its findings the first row bears out.
    pub finding: Option<Words>,
    /// Its rows in order, or the counts of its customers.
    pub rows: RecordBatch,
    /// Customers in the whole table, where customers are counted.
    pub customers_count: Option<u64>,
    /// Optional inputs that the pipeline does not give, which explain why the table may be empty: the canonical tables, and
    /// what they would give.
    pub absent_inputs: Vec<(&'a str, &'a Words)>,
    /// Whether it compares with an earlier run.
    pub compares: bool,
    /// Whether it compares with an earlier run, and there is none.
    pub lacks_earlier_run: bool,
}

impl TableToShow<'_> {
    /// Whether its customers are counted, so that its rows are groups of them.
    pub(super) fn is_counted(&self) -> bool {
        !self.report.count_by.is_empty()
    }

    /// One of its columns, for messages.
    pub(super) fn column_name<'a>(&'a self, column: &'a str) -> ColumnName<'a> {
        ColumnName { table: self.name, column }
    }

    /// The column of a role that describes whole rows; none where customers are counted.
    fn row_column(&self, role: ColumnRole) -> Option<&str> {
        self.sidecar.column_with(role).filter(|_| !self.is_counted())
    }
}

/// The table as the report shows it, in the language of the labels. Groups of fewer than `min_cell` customers leave here
/// without their numbers.
///
/// # Errors
/// `Error::Data` when the rows lack a column that decides on hiding, or a column cannot be shown.
pub fn show(table: &TableToShow<'_>, min_cell: u64, labels: &CodeLabels) -> Result<ShownTable> {
    let language = labels.language;
    let mut columns = columns(table, language);
    let mut row_units = None;
    if let Some(unit) = table.row_column(ColumnRole::Unit) {
        let name = table.column_name(unit);
        row_units = Some(values::texts(values::column(&table.rows, name)?, name)?);
        columns.retain(|column| column.name != unit);
    }
    let hidden = hidden_rows(table, min_cell)?;
    let values = columns.iter().map(|column| cells(table, column, labels)).collect::<Result<Vec<_>>>()?;
    let is_shown = row_filter::shown_rows(&table.rows, table.name, table.report)?;
    let mut rows: Vec<ShownRow> = (0..table.rows.num_rows())
        .filter(|row| is_shown[*row])
        .take(table.report.rows.get())
        .map(|row| ShownRow {
            cells: columns
                .iter()
                .zip(&values)
                .map(|(column, cells)| shown_cell(column, &cells[row], hidden[row], min_cell))
                .collect(),
            unit: row_units.as_ref().and_then(|units| units[row].clone()),
        })
        .collect();
    let is_empty = says_nothing(&columns, &rows);
    let charts = table.report.charts.iter().map(|chart| chart_of(table, chart, &hidden, min_cell, labels));
    let charts = charts.collect::<Result<Vec<_>>>()?;
    let (columns, unknown_columns) = without_unknown(columns, &mut rows);
    let words = |words: &Words| words.text(language).to_owned();
    let absent_inputs = table.absent_inputs.iter();
    let notes = |notes: &IndexMap<Located<String>, Words>| {
        notes.iter().map(|(column, note)| (column.value.clone(), words(note))).collect()
    };
    Ok(ShownTable {
        name: table.name.to_owned(),
        spreadsheet: table.has_spreadsheet.then(|| spreadsheet::file_name(table.name, language)),
        section: table.report.section.value.clone(),
        title: words(&table.report.title),
        note: table.report.note.as_ref().map(words),
        column_notes: notes(&table.report.column_notes),
        finding: table.finding.as_ref().map(words),
        is_empty,
        columns,
        unknown_columns,
        rows,
        rows_count: is_shown.iter().filter(|is_shown| **is_shown).count(),
        customers_count: table.customers_count,
        is_collapsed: table.report.collapsed,
        empty: table.report.empty.as_ref().map(words),
        absent_inputs: absent_inputs
            .map(|(table, gives)| AbsentInput { table: (*table).to_owned(), gives: words(gives) })
            .collect(),
        compares: table.compares,
        lacks_earlier_run: table.lacks_earlier_run,
        charts,
    })
}

/// What a chart draws: its own columns, and all rows that it is restricted to.
fn chart_of(
    table: &TableToShow<'_>,
    chart: &Chart,
    hidden: &[bool],
    min_cell: u64,
    labels: &CodeLabels,
) -> Result<ShownChart> {
    let columns: Vec<ShownColumn> =
        chart.columns().map(|(_, name)| column(table, name.value.clone(), labels.language)).collect();
    let values = columns.iter().map(|column| cells(table, column, labels)).collect::<Result<Vec<_>>>()?;
    let is_drawn = row_filter::drawn_rows(&table.rows, table.name, table.report, chart)?;
    let row = |row: usize| ShownRow {
        cells: columns
            .iter()
            .zip(&values)
            .map(|(column, cells)| shown_cell(column, &cells[row], hidden[row], min_cell))
            .collect(),
        unit: None,
    };
    let drawn: Vec<usize> = (0..table.rows.num_rows()).filter(|row| is_drawn[*row]).take(MOST_MARKS).collect();
    let base = base(table, &drawn, hidden)?;
    let rows = drawn.into_iter().map(row).collect();
    Ok(ShownChart { base, ..ShownChart::new(chart, labels.language, columns, rows) })
}

/// The fewest and the most customers of the rows; groups that are too small do not count.
fn base(table: &TableToShow<'_>, rows: &[usize], hidden: &[bool]) -> Result<Option<(u64, u64)>> {
    let counted = table.is_counted().then_some(CUSTOMERS_COUNT);
    let Some(column) = counted.or_else(|| table.sidecar.column_with(ColumnRole::CustomersCount)) else {
        return Ok(None);
    };
    let name = table.column_name(column);
    let counts = values::numbers(values::column(&table.rows, name)?, name)?;
    let counts = rows.iter().filter(|row| !hidden[**row]).filter_map(|row| counts[*row]).map(to_count);
    Ok(counts.fold(None, |range: Option<(u64, u64)>, count| {
        let (fewest, most) = range.unwrap_or((count, count));
        Some((fewest.min(count), most.max(count)))
    }))
}

/// The first of the rows that the table shows, of which its findings speak.
///
/// # Errors
/// `Error::Data` when a column that decides on rows cannot be read.
pub fn first_row(rows: &RecordBatch, table: &str, report: &TableReport) -> Result<Option<RecordBatch>> {
    let is_shown = row_filter::shown_rows(rows, table, report)?;
    Ok(is_shown.iter().position(|is_shown| *is_shown).map(|row| rows.slice(row, 1)))
}

/// Splits the columns into those that have a value in at least one row and those that have none.
fn without_unknown(columns: Vec<ShownColumn>, rows: &mut [ShownRow]) -> (Vec<ShownColumn>, Vec<ShownColumn>) {
    let is_unknown: Vec<bool> = (0..columns.len())
        .map(|index| !columns[index].is_key && rows.iter().all(|row| row.cells[index] == Cell::Unknown))
        .collect();
    for row in rows.iter_mut() {
        let mut unknown = is_unknown.iter();
        row.cells.retain(|_| unknown.next() == Some(&false));
    }
    let (unknown, known): (Vec<_>, Vec<_>) = columns.into_iter().zip(is_unknown).partition(|(_, unknown)| *unknown);
    let columns = |pairs: Vec<(ShownColumn, bool)>| pairs.into_iter().map(|(column, _)| column).collect();
    (columns(known), columns(unknown))
}

fn columns(table: &TableToShow<'_>, language: Language) -> Vec<ShownColumn> {
    let report = table.report;
    let named = |names: &[Located<String>]| names.iter().map(|name| name.value.clone()).collect::<Vec<_>>();
    let names: Vec<String> = if table.is_counted() {
        let counted = [CUSTOMERS_COUNT.to_owned(), CUSTOMERS_SHARE.to_owned()];
        named(&report.count_by).into_iter().chain(counted).chain(named(&report.sums)).collect()
    } else if report.columns.is_empty() {
        let schema = table.rows.schema();
        let all = schema.fields().iter().map(|field| field.name().clone());
        all.filter(|name| table.sidecar.role_of(name) != Some(ColumnRole::Suppressed)).collect()
    } else {
        named(&report.columns)
    };
    names.into_iter().map(|name| column(table, name, language)).collect()
}

fn column(table: &TableToShow<'_>, name: String, language: Language) -> ShownColumn {
    let is_counted = table.is_counted();
    let keys = if is_counted { &table.report.count_by } else { &table.sidecar.grain };
    let found = table.rows.column_by_name(&name).map(|values| values.data_type().clone());
    let is_share_of_count = is_counted && name == CUSTOMERS_SHARE;
    let declared = table.sidecar.columns.get(name.as_str());
    let unit = match name.as_str() {
        CUSTOMERS_COUNT if is_counted => Some("count".to_owned()),
        CUSTOMERS_SHARE if is_counted => Some("share".to_owned()),
        _ => declared.and_then(|column| column.unit.clone()),
    };
    let role = match name.as_str() {
        CUSTOMERS_COUNT if is_counted => Some(ColumnRole::CustomersCount),
        _ => table.sidecar.role_of(&name),
    };
    let is_id = declared.is_some_and(|column| column.data_type == DataType::Id);
    ShownColumn {
        label: declared
            .and_then(|column| column.label.text(language).map(str::to_owned))
            .filter(|_| !is_share_of_count),
        unit,
        role,
        is_number: is_share_of_count || (!is_id && found.is_some_and(|found| found.is_numeric())),
        is_key: keys.iter().any(|key| key.value == name),
        name,
    }
}

/// The values of a column.
fn cells(table: &TableToShow<'_>, column: &ShownColumn, labels: &CodeLabels) -> Result<Vec<Cell>> {
    if table.is_counted() && column.name == CUSTOMERS_SHARE {
        let name = table.column_name(CUSTOMERS_COUNT);
        let counts = values::numbers(values::column(&table.rows, name)?, name)?;
        let all = table.customers_count.unwrap_or_default();
        return Ok(counts.into_iter().map(|count| share_of(count, all)).collect());
    }
    let name = table.column_name(&column.name);
    let values = values::column(&table.rows, name)?;
    if column.is_number {
        return Ok(known_or_not(values::numbers(values, name)?, Cell::Number));
    }
    Ok(match values.data_type() {
        ArrowType::Boolean => known_or_not(values::booleans(values, name)?, Cell::Boolean),
        ArrowType::Date32 => known_or_not(values::days(values, name)?, Cell::Date),
        ArrowType::Timestamp(_, _) => known_or_not(values::moments(values, name)?, Cell::Time),
        _ => known_or_not(in_words(table, column, values::texts(values, name)?, labels)?, Cell::Text),
    })
}

/// The texts of a column in the language of the labels, where the table has them: in a column `<name>_<language>`, or as the
/// words of codes.
fn in_words(
    table: &TableToShow<'_>,
    column: &ShownColumn,
    texts: Vec<Option<String>>,
    labels: &CodeLabels,
) -> Result<Vec<Option<String>>> {
    let texts_of = |column: &str| {
        let found = table.rows.column_by_name(column);
        found.map(|found| values::texts(found, table.column_name(column))).transpose()
    };
    if let Some(translated) = texts_of(&format!("{}_{}", column.name, labels.language.code()))? {
        return Ok(translated.into_iter().zip(texts).map(|(translated, text)| translated.or(text)).collect());
    }
    let coded = code_words::coded(&column.name);
    let Some(codes) = texts_of(&coded.column)? else { return Ok(texts) };
    let rows = texts.into_iter().zip(codes);
    Ok(rows.map(|(text, codes)| labels.sentence(text, &coded.list, codes.as_deref())).collect())
}

fn known_or_not<T>(values: Vec<Option<T>>, cell: fn(T) -> Cell) -> Vec<Cell> {
    values.into_iter().map(|value| value.map_or(Cell::Unknown, cell)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn share_of(count: Option<f64>, all: u64) -> Cell {
    count.filter(|_| all > 0).map_or(Cell::Unknown, |count| Cell::Number(count / all as f64))
}

fn shown_cell(column: &ShownColumn, value: &Cell, is_row_hidden: bool, min_cell: u64) -> Cell {
    let is_count = column.role.is_some_and(ColumnRole::is_count);
    if let (true, Cell::Number(number)) = (is_count, value)
        && let Some(limit) = privacy::count(Some(to_count(*number)), min_cell).below
    {
        return Cell::Below(limit);
    }
    match value {
        // Text names or describes the group; only numbers could reveal it.
        Cell::Text(_) => value.clone(),
        _ if column.is_key || column.is_textbook() || !is_row_hidden => value.clone(),
        // The published file has no count for a small group.
        Cell::Unknown if is_count => Cell::Below(min_cell),
        _ => Cell::Hidden,
    }
}

/// Whether there are no rows, or no numbers in them except zeros and figures of a textbook.
fn says_nothing(columns: &[ShownColumn], rows: &[ShownRow]) -> bool {
    let measures: Vec<usize> = (0..columns.len())
        .filter(|index| columns[*index].is_number && !columns[*index].is_key && !columns[*index].is_textbook())
        .collect();
    let is_nothing = |cell: &Cell| matches!(cell, Cell::Unknown) || *cell == Cell::Number(0.0);
    let has_nothing = |row: &ShownRow| measures.iter().all(|index| is_nothing(&row.cells[*index]));
    rows.is_empty() || (!measures.is_empty() && rows.iter().all(has_nothing))
}
