//! Reads the tables of a run row by row, whichever type of integer, decimal or text a column has.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Float64Type};

use super::code_words;
use super::context::CodeLabels;
use super::model::MissingPart;
use super::values::{ColumnName, cast_to};
use crate::error::Result;

pub(super) const SEGMENT_SHARES: &str = "segment_shares";
pub(super) const MEASUREMENT_COUNTS: &str = "measurement_counts";
pub(super) const NPS: &str = "nps";
pub(super) const INDICATORS: &str = "indicators";
pub(super) const INPUT_QUALITY: &str = "input_quality";
pub(super) const NEWEST_DATA: &str = "newest_data";

/// The tables of a run. Remembers which tables and columns were asked for and are missing.
pub(super) struct Tables<'a> {
    batches: &'a BTreeMap<String, RecordBatch>,
    missing: Vec<MissingPart>,
}

/// A table with the columns that were asked for.
pub(super) struct Table {
    texts: BTreeMap<String, StringArray>,
    numbers: BTreeMap<&'static str, Float64Array>,
    rows_count: usize,
}

/// One row of a [`Table`].
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    table: &'a Table,
    index: usize,
}

impl<'a> Tables<'a> {
    pub(super) fn new(batches: &'a BTreeMap<String, RecordBatch>) -> Self {
        Self { batches, missing: Vec::new() }
    }

    /// The table with these columns, and the codes of those of texts; columns it lacks read as unknown. Nothing when the table
    /// is not there.
    ///
    /// # Errors
    /// `Error::Data` when a value of a column is not of the kind that was asked for.
    pub(super) fn read(
        &mut self,
        name: &str,
        texts: &[&'static str],
        numbers: &[&'static str],
    ) -> Result<Option<Table>> {
        let Some(batch) = self.batches.get(name) else {
            self.missing.push(MissingPart { table: name.into(), column: None });
            return Ok(None);
        };
        let mut table = Table { texts: BTreeMap::new(), numbers: BTreeMap::new(), rows_count: batch.num_rows() };
        for column in texts {
            if let Some(values) = self.column(batch, name, column, &DataType::Utf8)? {
                table.texts.insert((*column).to_owned(), values.as_string::<i32>().clone());
            }
            let codes = code_words::coded(column).column;
            if batch.column_by_name(&codes).is_some()
                && let Some(values) = self.column(batch, name, &codes, &DataType::Utf8)?
            {
                table.texts.insert(codes, values.as_string::<i32>().clone());
            }
        }
        for column in numbers {
            if let Some(values) = self.column(batch, name, column, &DataType::Float64)? {
                table.numbers.insert(column, values.as_primitive::<Float64Type>().clone());
            }
        }
        Ok(Some(table))
    }

    /// As [`Self::read`], of a table that a report can do without: when it is not there, nothing is missing.
    ///
    /// # Errors
    /// See [`Self::read`].
    pub(super) fn read_if_there(
        &mut self,
        name: &str,
        texts: &[&'static str],
        numbers: &[&'static str],
    ) -> Result<Option<Table>> {
        if self.batches.contains_key(name) { self.read(name, texts, numbers) } else { Ok(None) }
    }

    /// The tables and columns that were asked for and are missing.
    pub(super) fn missing(self) -> Vec<MissingPart> {
        self.missing
    }

    fn column(
        &mut self,
        batch: &RecordBatch,
        table: &str,
        column: &str,
        wanted: &DataType,
    ) -> Result<Option<ArrayRef>> {
        let Some(values) = batch.column_by_name(column) else {
            self.missing.push(MissingPart { table: table.into(), column: Some(column.into()) });
            return Ok(None);
        };
        cast_to(values, wanted, ColumnName { table, column }).map(Some)
    }
}

impl Table {
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.rows_count).map(|index| Row { table: self, index })
    }
}

impl Row<'_> {
    /// A text; unknown when NULL.
    pub(super) fn text(self, column: &str) -> Option<String> {
        let values = self.table.texts.get(column)?;
        values.is_valid(self.index).then(|| values.value(self.index).to_owned())
    }

    /// The code of a text, or the text where the table has none; unknown when NULL.
    pub(super) fn code(self, column: &str) -> Option<String> {
        self.text(&code_words::coded(column).column).or_else(|| self.text(column))
    }

    /// A text in the language of the labels; unknown when NULL.
    pub(super) fn words(self, column: &str, labels: &CodeLabels) -> Option<String> {
        let coded = code_words::coded(column);
        labels.sentence(self.text(column), &coded.list, self.text(&coded.column).as_deref())
    }

    /// A number; unknown when NULL or not finite.
    pub(super) fn number(self, column: &str) -> Option<f64> {
        let values = self.table.numbers.get(column)?;
        (values.is_valid(self.index) && values.value(self.index).is_finite()).then(|| values.value(self.index))
    }

    /// A count; unknown when NULL or negative.
    pub(super) fn count(self, column: &str) -> Option<u64> {
        self.number(column).filter(|number| *number >= 0.0).map(to_count)
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are whole and not negative")]
pub(super) fn to_count(number: f64) -> u64 {
    number.round() as u64
}
