//! Which rows of a shown table are hidden because they are about too few customers.

use std::collections::BTreeMap;

use super::privacy;
use super::show::TableToShow;
use super::table::to_count;
use super::values::{self, ColumnName};
use crate::config::column_role::ColumnRole;
use crate::config::data_type::DataType;
use crate::config::table_report::CUSTOMERS_COUNT;
use crate::error::Result;

/// Which rows are about too few customers, or would reveal such a row.
pub(super) fn hidden_rows(table: &TableToShow<'_>, min_cell: u64) -> Result<Vec<bool>> {
    let sizes = sizes(table)?;
    let mut hidden = vec![false; sizes.len()];
    for members in families(table)? {
        let sizes: Vec<u64> = members.iter().map(|row| sizes[*row]).collect();
        for (row, is_hidden) in members.iter().zip(privacy::hidden(&sizes, min_cell)) {
            hidden[*row] = is_hidden;
        }
    }
    Ok(hidden)
}

/// The size of each row's group: the smallest of its counts above zero. A row that the query left out is as small as can be.
fn sizes(table: &TableToShow<'_>) -> Result<Vec<u64>> {
    let names: Vec<&str> = if table.is_counted() {
        vec![CUSTOMERS_COUNT]
    } else {
        table.sidecar.columns_with(ColumnRole::is_group_size).map(|name| name.value.as_str()).collect()
    };
    let mut sizes = vec![0; table.rows.num_rows()];
    for name in names {
        let name = table.column_name(name);
        for (size, count) in sizes.iter_mut().zip(values::numbers(values::column(&table.rows, name)?, name)?) {
            let count = count.filter(|count| *count > 0.0).map(to_count);
            *size = count.into_iter().chain(Some(*size).filter(|size| *size > 0)).min().unwrap_or(0);
        }
    }
    if let Some(name) = table.sidecar.column_with(ColumnRole::Suppressed).filter(|_| !table.is_counted()) {
        let name = table.column_name(name);
        for (size, is_suppressed) in sizes.iter_mut().zip(values::booleans(values::column(&table.rows, name)?, name)?) {
            if is_suppressed == Some(true) {
                *size = 1;
            }
        }
    }
    Ok(sizes)
}

/// Groups of rows that are parts of one whole, so that the others of a group reveal a single hidden one: rows that differ only
/// in the last column of the grain. Rows that differ in a time stand alone, because the same customers are in several of them.
fn families(table: &TableToShow<'_>) -> Result<Vec<Vec<usize>>> {
    let all = 0..table.rows.num_rows();
    let grain: Vec<&str> = if table.is_counted() {
        Vec::new()
    } else {
        table.sidecar.grain.iter().map(|key| key.value.as_str()).collect()
    };
    if grain.last().is_some_and(|last| is_time(table, last)) {
        return Ok(all.map(|row| vec![row]).collect());
    }
    let wholes = &grain[..grain.len().saturating_sub(1)];
    let keys = wholes
        .iter()
        .map(|column| {
            let name: ColumnName<'_> = table.column_name(column);
            values::texts(values::column(&table.rows, name)?, name)
        })
        .collect::<Result<Vec<_>>>()?;
    let mut families: BTreeMap<Vec<&Option<String>>, Vec<usize>> = BTreeMap::new();
    for row in all {
        families.entry(keys.iter().map(|key| &key[row]).collect()).or_default().push(row);
    }
    Ok(families.into_values().collect())
}

fn is_time(table: &TableToShow<'_>, column: &str) -> bool {
    let declared = table.sidecar.columns.get(column);
    declared.is_some_and(|column| {
        column.role.is_some_and(ColumnRole::is_time) || matches!(column.data_type, DataType::Date | DataType::Timestamp)
    })
}
