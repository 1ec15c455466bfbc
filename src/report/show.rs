//! A published table -> [`ShownTable`]: picks rows and columns, hides small groups.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType as ArrowType, Date32Type, Float64Type, TimeUnit, TimestampMicrosecondType};
use arrow::temporal_conversions::{date32_to_datetime, timestamp_us_to_datetime};

use super::privacy;
use super::shown_table::{AbsentInput, Cell, ShownColumn, ShownRow, ShownTable};
use super::table::to_count;
use crate::config::data_type::DataType;
use crate::config::sidecar::Sidecar;
use crate::config::table_report::TableReport;

/// Column of the number of customers, where customers are counted.
pub const CUSTOMERS_COUNT: &str = "customers_count";
/// Column of their share of all customers in the table.
pub const CUSTOMERS_SHARE: &str = "customers_share";
/// Column that says that a row's numbers were left out of the file.
const IS_SUPPRESSED: &str = "is_suppressed";
/// Column with the unit of a row's values.
const UNIT: &str = "unit";
/// How the names of columns with figures of a textbook begin.
const TEXTBOOK: &str = "textbook_";

/// A published table and what its sidecar says.
pub struct TableToShow<'a> {
    /// Name.
    pub name: &'a str,
    /// What its columns mean.
    pub sidecar: &'a Sidecar,
    /// How to show it.
    pub report: &'a TableReport,
    /// Its rows in order, or the counts of its customers.
    pub rows: RecordBatch,
    /// Customers in the whole table, where customers are counted.
    pub customers_count: Option<u64>,
    /// Why it may be empty.
    pub absent_inputs: Vec<AbsentInput>,
    /// Whether it compares with an earlier run, and there is none.
    pub lacks_earlier_run: bool,
}

/// The table as the report shows it. Groups of fewer than `min_cell` customers leave here without their numbers.
pub fn show(table: TableToShow<'_>, min_cell: u64) -> ShownTable {
    let columns = columns(&table);
    let row_units = table.rows.column_by_name(UNIT).map(texts);
    let is_unit_named = |column: &ShownColumn| column.name == UNIT && row_units.is_some();
    let columns: Vec<ShownColumn> = columns.into_iter().filter(|column| !is_unit_named(column)).collect();
    let hidden = hidden_rows(&table, min_cell);
    let values: Vec<Vec<Cell>> = columns.iter().map(|column| cells(&table, column)).collect();
    let mut rows: Vec<ShownRow> = (0..table.rows.num_rows())
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
    let (columns, unknown_columns) = without_unknown(columns, &mut rows);
    let words = |words: &crate::config::table_report::Words| words.en.value.clone();
    ShownTable {
        name: table.name.to_owned(),
        section: table.report.section,
        title: words(&table.report.title),
        note: table.report.note.as_ref().map(words),
        finding: table.report.finding.as_ref().map(words),
        is_empty,
        columns,
        unknown_columns,
        rows,
        rows_count: table.rows.num_rows(),
        customers_count: table.customers_count,
        is_collapsed: table.report.collapsed,
        empty: table.report.empty.as_ref().map(words),
        absent_inputs: table.absent_inputs,
        lacks_earlier_run: table.lacks_earlier_run,
    }
}

/// The columns that have a value in some row, and those that have none.
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

fn columns(table: &TableToShow<'_>) -> Vec<ShownColumn> {
    let report = table.report;
    let named = |names: &[crate::config::located::Located<String>]| {
        names.iter().map(|name| name.value.clone()).collect::<Vec<_>>()
    };
    let names: Vec<String> = if !report.count_by.is_empty() {
        let counted = [CUSTOMERS_COUNT.to_owned(), CUSTOMERS_SHARE.to_owned()];
        named(&report.count_by).into_iter().chain(counted).chain(named(&report.sums)).collect()
    } else if report.columns.is_empty() {
        let schema = table.rows.schema();
        let all = schema.fields().iter().map(|field| field.name().clone());
        all.filter(|name| name != IS_SUPPRESSED).collect()
    } else {
        named(&report.columns)
    };
    names.into_iter().map(|name| column(table, name)).collect()
}

fn column(table: &TableToShow<'_>, name: String) -> ShownColumn {
    let is_counted = !table.report.count_by.is_empty();
    let is_key = if is_counted {
        table.report.count_by.iter().any(|key| key.value == name)
    } else {
        table.sidecar.grain.iter().any(|key| key.value == name)
    };
    let found = table.rows.column_by_name(&name).map(|values| values.data_type().clone());
    let is_share_of_count = is_counted && name == CUSTOMERS_SHARE;
    let declared = table.sidecar.columns.get(name.as_str());
    let unit = match name.as_str() {
        CUSTOMERS_COUNT if is_counted => Some("count".to_owned()),
        CUSTOMERS_SHARE if is_counted => Some("share".to_owned()),
        _ => declared.and_then(|column| column.unit.clone()),
    };
    let is_id = declared.is_some_and(|column| column.data_type == DataType::Id);
    ShownColumn {
        label: declared.and_then(|column| column.label.en.clone()).filter(|_| !is_share_of_count),
        unit,
        is_number: is_share_of_count || (!is_id && found.is_some_and(|found| found.is_numeric())),
        is_key,
        is_textbook: name.starts_with(TEXTBOOK),
        name,
    }
}

/// The values of a column. A column that the table lacks is unknown.
fn cells(table: &TableToShow<'_>, column: &ShownColumn) -> Vec<Cell> {
    if column.name == CUSTOMERS_SHARE && !table.report.count_by.is_empty() {
        let counts = numbers(&table.rows, CUSTOMERS_COUNT);
        let all = table.customers_count.unwrap_or_default();
        return counts.into_iter().map(|count| share_of(count, all)).collect();
    }
    let Some(values) = table.rows.column_by_name(&column.name) else {
        return vec![Cell::Unknown; table.rows.num_rows()];
    };
    if column.is_number {
        let numbers = numbers(&table.rows, &column.name).into_iter();
        return numbers.map(|number| number.map_or(Cell::Unknown, Cell::Number)).collect();
    }
    match values.data_type() {
        ArrowType::Boolean => {
            values.as_boolean().iter().map(|value| value.map_or(Cell::Unknown, Cell::Boolean)).collect()
        }
        ArrowType::Date32 => {
            let days = values.as_primitive::<Date32Type>().iter();
            days.map(|day| day.and_then(date32_to_datetime).map_or(Cell::Unknown, |time| Cell::Date(time.date())))
                .collect()
        }
        ArrowType::Timestamp(_, _) => times(values),
        _ => texts(values).into_iter().map(|text| text.map_or(Cell::Unknown, Cell::Text)).collect(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn share_of(count: Option<f64>, all: u64) -> Cell {
    count.filter(|_| all > 0).map_or(Cell::Unknown, |count| Cell::Number(count / all as f64))
}

fn times(values: &ArrayRef) -> Vec<Cell> {
    let Ok(moments) = cast(values, &ArrowType::Timestamp(TimeUnit::Microsecond, None)) else {
        return vec![Cell::Unknown; values.len()];
    };
    let moments = moments.as_primitive::<TimestampMicrosecondType>().iter();
    moments.map(|moment| moment.and_then(timestamp_us_to_datetime).map_or(Cell::Unknown, Cell::Time)).collect()
}

fn texts(values: &ArrayRef) -> Vec<Option<String>> {
    match cast(values, &ArrowType::Utf8) {
        Ok(texts) => texts.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect(),
        Err(_) => vec![None; values.len()],
    }
}

fn numbers(rows: &RecordBatch, column: &str) -> Vec<Option<f64>> {
    let values = rows.column_by_name(column).and_then(|values| cast(values, &ArrowType::Float64).ok());
    match values {
        Some(values) => values.as_primitive::<Float64Type>().iter().map(|v| v.filter(|v| v.is_finite())).collect(),
        None => vec![None; rows.num_rows()],
    }
}

fn shown_cell(column: &ShownColumn, value: &Cell, is_row_hidden: bool, min_cell: u64) -> Cell {
    let is_count_of_customers = is_count_of_customers(&column.name);
    if let (true, Cell::Number(number)) = (is_count_of_customers, value)
        && let Some(limit) = privacy::count(Some(to_count(*number)), min_cell).below
    {
        return Cell::Below(limit);
    }
    match value {
        // Words name the group or say what is so; only numbers could give it away.
        Cell::Text(_) => value.clone(),
        _ if column.is_key || column.is_textbook || !is_row_hidden => value.clone(),
        // The file leaves the count of a small group out.
        Cell::Unknown if is_count_of_customers => Cell::Below(min_cell),
        _ => Cell::Hidden,
    }
}

fn is_count_of_customers(column: &str) -> bool {
    column == "n" || column.ends_with(CUSTOMERS_COUNT)
}

/// Which rows are about too few customers, or would give such a row away.
fn hidden_rows(table: &TableToShow<'_>, min_cell: u64) -> Vec<bool> {
    let rows = &table.rows;
    let suppressed: Vec<bool> = match rows.column_by_name(IS_SUPPRESSED).map(|values| values.as_boolean_opt()) {
        Some(Some(values)) => values.iter().map(|value| value == Some(true)).collect(),
        _ => vec![false; rows.num_rows()],
    };
    let counts = [CUSTOMERS_COUNT, "n"].map(|column| numbers(rows, column));
    let sizes: Vec<u64> = (0..rows.num_rows())
        .map(|row| {
            let smallest = counts.iter().filter_map(|counts| counts[row]).filter(|count| *count > 0.0);
            if suppressed[row] { 1 } else { smallest.map(to_count).min().unwrap_or(0) }
        })
        .collect();
    let mut hidden = vec![false; rows.num_rows()];
    for members in families(table) {
        let sizes: Vec<u64> = members.iter().map(|row| sizes[*row]).collect();
        for (row, is_hidden) in members.iter().zip(privacy::hidden(&sizes, min_cell)) {
            hidden[*row] = is_hidden;
        }
    }
    hidden
}

/// Rows that are parts of one whole, so that all of them but one give that one away: those that differ only in the last
/// column of the grain, unless that is a time, because then the same customers are in several of them.
fn families(table: &TableToShow<'_>) -> Vec<Vec<usize>> {
    let all = 0..table.rows.num_rows();
    let grain: Vec<&str> = if table.report.count_by.is_empty() {
        table.sidecar.grain.iter().map(|key| key.value.as_str()).collect()
    } else {
        Vec::new()
    };
    let is_time = grain.last().is_some_and(|last| {
        let declared = table.sidecar.columns.get(*last).map(|column| column.data_type);
        last.contains("month") || matches!(declared, Some(DataType::Date | DataType::Timestamp))
    });
    if is_time {
        return all.map(|row| vec![row]).collect();
    }
    let wholes = &grain[..grain.len().saturating_sub(1)];
    let keys: Vec<Vec<Option<String>>> = wholes
        .iter()
        .map(|column| table.rows.column_by_name(column).map_or_else(|| vec![None; all.len()], texts))
        .collect();
    let mut families: BTreeMap<Vec<&Option<String>>, Vec<usize>> = BTreeMap::new();
    for row in all {
        families.entry(keys.iter().map(|key| &key[row]).collect()).or_default().push(row);
    }
    families.into_values().collect()
}

/// No rows, or no number in them but zero and those of a textbook.
fn says_nothing(columns: &[ShownColumn], rows: &[ShownRow]) -> bool {
    let measures: Vec<usize> = (0..columns.len())
        .filter(|index| columns[*index].is_number && !columns[*index].is_key && !columns[*index].is_textbook)
        .collect();
    let is_nothing = |cell: &Cell| matches!(cell, Cell::Unknown) || *cell == Cell::Number(0.0);
    let has_nothing = |row: &ShownRow| measures.iter().all(|index| is_nothing(&row.cells[*index]));
    rows.is_empty() || (!measures.is_empty() && rows.iter().all(has_nothing))
}
