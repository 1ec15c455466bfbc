//! Rows of text, value by value, as batches of the table. A row with a value that is refused is rejected, the others go on.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;
use chrono_tz::Tz;

use super::target::Target;
use crate::error::{Error, Problem, Result};
use crate::plan::source::SourceColumn;
use crate::plan::source_format::TextValues;
use crate::sources::contract::rules::{Broken, broken};
use crate::sources::contract::types::declared_fields;
use crate::sources::intake::Reject;
use crate::sources::object_bytes::BATCH_ROWS;
use crate::sources::values::{ValueColumn, shown_value};

/// Why a value is refused.
pub enum Refused {
    /// The text is not what the type expects.
    NotA(String),
    /// A required value is missing.
    Missing,
}

/// Adds a missing value, where there may be one.
///
/// # Errors
///
/// The column is required.
pub fn push_missing(values: &mut ValueColumn, column: &SourceColumn) -> Result<(), Refused> {
    if column.required {
        return Err(Refused::Missing);
    }
    values.push_null();
    Ok(())
}

/// A row that broke the contract as a whole, so that it has no values.
pub struct BrokenRow {
    /// Line on which it starts.
    pub line: u64,
    /// What it broke.
    pub rule: &'static str,
    /// What is wrong.
    pub reason: String,
    /// What to do about it.
    pub hint: &'static str,
    /// The row as it came, as JSON.
    pub record: String,
}

/// The rows of one file that grow value by value and are handed over in batches.
pub struct Rows<'a> {
    columns: &'a [SourceColumn],
    values: Vec<ValueColumn>,
    fields: SchemaRef,
    target: &'a Target<'a>,
    /// A row's text -> the row as JSON, for rejected rows.
    record: &'a dyn Fn(&str) -> String,
    /// Whether rows can be rejected by a rule, after they were added.
    has_rules: bool,
    batch: Pending,
    /// Rows of the file so far.
    rows_before: u64,
}

/// What is known of the rows that are not handed over yet.
#[derive(Default)]
struct Pending {
    lines: Vec<u64>,
    is_good: Vec<bool>,
    /// Numbers of the rows within the file.
    numbers: Vec<u64>,
    /// Texts of the rows, one after the other, and where each ends; empty when no row will be rejected.
    texts: String,
    text_ends: Vec<usize>,
}

impl Pending {
    fn text(&self, row: usize) -> &str {
        let end = self.text_ends.get(row).copied().unwrap_or_default();
        let start = row.checked_sub(1).and_then(|before| self.text_ends.get(before)).copied().unwrap_or_default();
        self.texts.get(start..end).unwrap_or_default()
    }
}

impl<'a> Rows<'a> {
    /// No rows yet, of values that are written as `texts` says; moments become local times of `time_zone`.
    pub fn new(
        columns: &'a [SourceColumn],
        texts: &TextValues,
        time_zone: Tz,
        target: &'a Target<'a>,
        record: &'a dyn Fn(&str) -> String,
    ) -> Self {
        let values = columns.iter().map(|column| ValueColumn::of(column, texts, time_zone)).collect();
        let fields = Arc::new(Schema::new(declared_fields(columns)));
        let has_rules = columns.iter().any(|column| !column.rules.is_empty() || column.nested_type.is_some());
        Self { columns, values, fields, target, record, has_rules, batch: Pending::default(), rows_before: 0 }
    }

    /// Adds the row of `text` on `line`: `push` adds the value of one column, given its position, and tells which text it
    /// refuses and why. `false` when nobody wants more rows.
    ///
    /// # Errors
    ///
    /// The row breaks the contract, and no row may; or too many did.
    pub fn add<'t>(
        &mut self,
        line: u64,
        text: &str,
        mut push: impl FnMut(usize, &SourceColumn, &mut ValueColumn) -> Result<(), (Refused, std::borrow::Cow<'t, str>)>,
    ) -> Result<bool> {
        self.rows_before += 1;
        let mut is_good = true;
        for (index, (column, values)) in self.columns.iter().zip(&mut self.values).enumerate() {
            if !is_good {
                values.push_null();
                continue;
            }
            if let Err((refused, value)) = push(index, column, values) {
                values.push_null();
                is_good = false;
                self.target.reject(refusal(&refused, column, &value, line, (self.record)(text)))?;
            }
        }
        let batch = &mut self.batch;
        batch.lines.push(line);
        batch.is_good.push(is_good);
        batch.numbers.push(self.rows_before);
        if self.has_rules && self.target.intake().keeps_rejects() {
            batch.texts.push_str(text);
            batch.text_ends.push(batch.texts.len());
        }
        if batch.lines.len() == BATCH_ROWS { self.send() } else { Ok(true) }
    }

    /// Rejects a row as a whole.
    ///
    /// # Errors
    ///
    /// No row may be rejected, or too many were.
    pub fn reject(&mut self, row: BrokenRow) -> Result<()> {
        self.rows_before += 1;
        self.target.count_read(1);
        self.target.reject(Reject {
            line: row.line,
            column: None,
            rule: row.rule.into(),
            reason: row.reason,
            hint: row.hint.into(),
            record: row.record,
        })
    }

    /// Leaves out a row that is no data.
    pub fn leave_out(&mut self) {
        self.rows_before += 1;
        self.target.count_read(1);
        self.target.count_left_out(1);
    }

    /// Hands the last rows over.
    ///
    /// # Errors
    ///
    /// A row breaks the contract and none may; or the rows do not fit the table, which is a defect.
    pub fn finish(mut self) -> Result<()> {
        if !self.batch.lines.is_empty() {
            self.send()?;
        }
        Ok(())
    }

    fn send(&mut self) -> Result<bool> {
        let mut batch = std::mem::take(&mut self.batch);
        self.target.count_read(batch.lines.len() as u64);
        let finished: Vec<_> = self.values.iter_mut().map(ValueColumn::finish).collect();
        let mut arrays = Vec::with_capacity(finished.len());
        for ((array, refused), column) in finished.into_iter().zip(self.columns) {
            arrays.push(array);
            let hint = "correct the file, or declare the source's `columns`";
            for (row, reason) in refused {
                self.reject_added(&mut batch, row, column, "type", reason, hint)?;
            }
        }
        if self.has_rules {
            let hint = "correct the file, or change the rule in the pipeline file";
            for Broken { row, column, rule, reason } in
                broken(self.columns, &arrays).map_err(|error| self.defect(error))?
            {
                self.reject_added(&mut batch, row, &self.columns[column], rule, reason, hint)?;
            }
        }
        let rows = RecordBatch::try_new(Arc::clone(&self.fields), arrays).map_err(|error| self.defect(error))?;
        self.target.send(rows, batch.numbers, batch.is_good)
    }

    /// Rejects a row that was added, unless it was rejected before.
    fn reject_added(
        &self,
        batch: &mut Pending,
        row: usize,
        column: &SourceColumn,
        rule: &str,
        reason: String,
        hint: &str,
    ) -> Result<()> {
        if !std::mem::replace(&mut batch.is_good[row], false) {
            return Ok(());
        }
        self.target.reject(Reject {
            line: batch.lines[row],
            column: Some(column.name.clone()),
            rule: rule.into(),
            reason,
            hint: hint.into(),
            record: (self.record)(batch.text(row)),
        })
    }

    fn defect(&self, error: ArrowError) -> Error {
        Error::execution(
            Problem::new(format!("the rows of `{}` do not fit their columns: {error}", self.target.name()))
                .hint("this is a defect; please report it with the file")
                .caused_by(error),
        )
    }
}

fn refusal(refused: &Refused, column: &SourceColumn, value: &str, line: u64, record: String) -> Reject {
    let (rule, reason, hint) = match refused {
        Refused::Missing => (
            "required",
            "a required value is missing".to_owned(),
            "fill it in the file, or drop `required` and handle NULL in SQL".to_owned(),
        ),
        Refused::NotA(expected) => {
            let hint = format!("correct the file, or declare another type than {}", column.data_type);
            ("type", format!("{} is not {expected}", shown_value(column, value)), hint)
        }
    };
    Reject { line, column: Some(column.name.clone()), rule: rule.into(), reason, hint, record }
}
