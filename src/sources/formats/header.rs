//! Where a file with a header row has the columns of the table: delimited text and sheets of workbooks.

use std::sync::Arc;

use crate::config::data_type::DataType;
use crate::error::{Error, Problem, Result};
use crate::plan::source::SourceColumn;
use crate::plan::source_format::DropPlan;
use crate::sources::contract::columns::{doubled, only_position, position_of, refuse_stranger};

/// Where one file has the columns of the table.
pub struct Header {
    /// Position of every column in the file; `None` when the file may lack it and does.
    positions: Vec<Option<usize>>,
    /// Position of the column that each rule of `drop_where` looks at.
    drop_positions: Vec<usize>,
}

impl Header {
    /// Finds `columns` among the `names` of the file `file`. With `first_file` the columns are that file's, and there may be
    /// no others.
    ///
    /// # Errors
    ///
    /// A column is missing, appears twice, or is new.
    pub fn find(
        names: &[String],
        columns: &[SourceColumn],
        first_file: Option<&str>,
        drops: &[DropPlan],
        file: &str,
    ) -> Result<Self> {
        let spelled: Vec<&str> = names.iter().map(String::as_str).collect();
        if let Some(first_file) = first_file {
            let is_known = |found: &&&str| columns.iter().any(|column| column.is_called(found));
            if let Some(new) = spelled.iter().find(|found| !is_known(found)) {
                return Err(Error::data(
                    Problem::new(format!("column `{new}` is in `{file}` but not in `{first_file}`"))
                        .hint("all files of a source have the same columns; declare `columns` to read some of them"),
                ));
            }
        }
        let positions: Vec<Option<usize>> =
            columns.iter().map(|column| position_of(column, &spelled, file)).collect::<Result<_>>()?;
        refuse_stranger(&positions, &spelled, file)?;
        let drop_positions =
            drops.iter().map(|drop| only_position(&spelled, &[drop.column.as_str()], file)).collect::<Result<_>>()?;
        Ok(Self { positions, drop_positions })
    }

    /// Position of a column of the table in the file.
    pub fn position(&self, column: usize) -> Option<usize> {
        self.positions.get(column).copied().flatten()
    }

    /// Whether a row with these fields is left out.
    pub fn drops<'t>(&self, drops: &[DropPlan], field: impl Fn(usize) -> Option<&'t str>) -> bool {
        drops
            .iter()
            .zip(&self.drop_positions)
            .any(|(drop, position)| field(*position).is_some_and(|text| drop.drops(text)))
    }

    /// What to tell of columns with several names of which the file has more than one: only the first is read.
    pub fn doubled(&self, names: &[String], columns: &[SourceColumn], file: &str) -> Vec<String> {
        let spelled: Vec<&str> = names.iter().map(String::as_str).collect();
        columns.iter().filter_map(|column| doubled(column, &spelled, file)).collect()
    }

    /// Names of the file's columns that are not declared.
    pub fn undeclared<'n>(&self, names: &'n [String], columns: &[SourceColumn]) -> Vec<&'n str> {
        let is_used = |position: usize| self.positions.contains(&Some(position));
        let is_declared = |name: &str| columns.iter().any(|column| column.is_called(name));
        let unused = names.iter().enumerate().filter(|(position, name)| !is_used(*position) && !is_declared(name));
        unused.map(|(_, name)| name.as_str()).filter(|name| !name.is_empty()).collect()
    }
}

/// A text column for every name in the header of the file `file`.
///
/// # Errors
///
/// A name appears twice.
pub fn text_columns(names: Vec<String>, file: &str) -> Result<Arc<[SourceColumn]>> {
    let spelled: Vec<&str> = names.iter().map(String::as_str).collect();
    for name in &spelled {
        only_position(&spelled, std::slice::from_ref(name), file)?;
    }
    Ok(names.into_iter().map(|name| SourceColumn::of(name, DataType::String)).collect())
}
