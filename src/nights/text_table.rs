//! A table of texts for a terminal.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::util::pretty::pretty_format_batches;

use crate::engine::sql_errors;
use crate::error::Result;

/// Rows under headings, drawn as `staunch show` draws them.
///
/// # Errors
/// A row has another number of cells than there are headings, which is a defect.
pub fn drawn(headings: &[&str], rows: &[Vec<String>]) -> Result<String> {
    let columns = headings.iter().enumerate().map(|(position, heading)| {
        let cells = rows.iter().map(|row| row.get(position).map(String::as_str));
        (*heading, Arc::new(StringArray::from_iter(cells)) as ArrayRef)
    });
    let table = RecordBatch::try_from_iter_with_nullable(columns.map(|(heading, cells)| (heading, cells, true)))
        .and_then(|batch| pretty_format_batches(&[batch]).map(|table| table.to_string()));
    table.map_err(|error| sql_errors::internal("cannot draw a table", error.into()))
}
