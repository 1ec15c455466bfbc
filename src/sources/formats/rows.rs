//! Rows of text, value by value, as batches of the table.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use chrono_tz::Tz;

use super::Target;
use crate::error::{Error, Problem, Result};
use crate::plan::source::SourceColumn;
use crate::sources::contract::types::declared_fields;
use crate::sources::object_bytes::BATCH_ROWS;
use crate::sources::values::{ValueColumn, shortened};

/// The rows of one file that grow value by value and are handed over in batches.
pub struct Rows<'a> {
    columns: &'a [SourceColumn],
    values: Vec<ValueColumn>,
    fields: SchemaRef,
    row_count: usize,
    target: &'a Target<'a>,
}

impl<'a> Rows<'a> {
    /// No rows yet; moments become local times of `time_zone`.
    pub fn new(columns: &'a [SourceColumn], time_zone: Tz, target: &'a Target<'a>) -> Self {
        let values = columns.iter().map(|column| ValueColumn::of(column, time_zone)).collect();
        let fields = Arc::new(Schema::new(declared_fields(columns)));
        Self { columns, values, fields, row_count: 0, target }
    }

    /// Adds a row: `push` adds the value of one column, given its position, and tells which text it refuses and why.
    /// `false` when nobody wants more rows.
    ///
    /// # Errors
    ///
    /// A value is refused; the error names the file, `line` and the column.
    pub fn add<'t>(
        &mut self,
        line: u64,
        mut push: impl FnMut(usize, &SourceColumn, &mut ValueColumn) -> Result<(), (Refused, &'t str)>,
    ) -> Result<bool> {
        for (index, (column, values)) in self.columns.iter().zip(&mut self.values).enumerate() {
            push(index, column, values)
                .map_err(|(refused, text)| at_line(refused, column, text, self.target.name, line))?;
        }
        self.row_count += 1;
        if self.row_count == BATCH_ROWS { self.send() } else { Ok(true) }
    }

    /// Hands the last rows over.
    ///
    /// # Errors
    ///
    /// They do not fit the table, which is a defect.
    pub fn finish(mut self) -> Result<()> {
        if self.row_count > 0 {
            self.send()?;
        }
        Ok(())
    }

    fn send(&mut self) -> Result<bool> {
        self.row_count = 0;
        let arrays = self.values.iter_mut().map(ValueColumn::finish).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.fields), arrays).map_err(|error| {
            Error::execution(
                Problem::new(format!("the rows of `{}` do not fit their columns: {error}", self.target.name))
                    .hint("this is a defect; please report it with the file")
                    .caused_by(error),
            )
        })?;
        self.target.send(batch)
    }
}

/// Why a value is refused.
pub enum Refused {
    /// A required value is missing.
    Missing,
    /// The text is not what the type expects.
    NotA(String),
}

/// A refused value with its place in the file.
fn at_line(refused: Refused, column: &SourceColumn, text: &str, name: &str, line: u64) -> Error {
    let place = format!("`{name}` line {line}, column `{}`", column.file_name);
    Error::data(match refused {
        Refused::Missing => Problem::new(format!("{place}: a required value is missing"))
            .hint("fill it in the file, or drop `required` and handle NULL in SQL"),
        Refused::NotA(expected) => Problem::new(format!("{place}: `{}` is not {expected}", shortened(text)))
            .hint(format!("correct the file, or declare another type than {}", column.data_type)),
    })
}
