//! The rules of declared columns, checked on whole batches: the same for every format.

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::compute::kernels::cmp::{gt, gt_eq, lt};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::scalar::ScalarValue;

use crate::plan::contract::ColumnRule;
use crate::plan::source::SourceColumn;
use crate::sources::values::shown_value;

/// A value that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Broken {
    /// Row of the batch.
    pub row: usize,
    /// Position of the column among the declared ones.
    pub column: usize,
    /// Key of the rule.
    pub rule: &'static str,
    /// What is wrong.
    pub reason: String,
}

/// The first broken rule of every row, ordered by row. The arrays are those of `columns`, in the types of the table.
///
/// # Errors
///
/// An array has another type than its column, which is a defect.
pub fn broken(columns: &[SourceColumn], arrays: &[ArrayRef]) -> Result<Vec<Broken>, ArrowError> {
    let mut found: Vec<Broken> = Vec::new();
    for (position, (column, array)) in columns.iter().zip(arrays).enumerate() {
        if column.required && array.logical_null_count() > 0 {
            let nulls = array.logical_nulls();
            let missing = (0..array.len()).filter(|row| nulls.as_ref().is_some_and(|nulls| nulls.is_null(*row)));
            found.extend(missing.map(|row| Broken {
                row,
                column: position,
                rule: "required",
                reason: "a required value is missing".into(),
            }));
        }
        for rule in &column.rules {
            let rows = rows_that_break(rule, array)?;
            if rows.is_empty() {
                continue;
            }
            let options = FormatOptions::default();
            let shown = ArrayFormatter::try_new(array.as_ref(), &options)?;
            found.extend(rows.into_iter().map(|row| {
                let value = shown_value(column, &shown.value(row).to_string());
                Broken { row, column: position, rule: rule.key(), reason: format!("{value} is {rule}") }
            }));
        }
    }
    // Of several broken rules of a row, the first column's first one is told.
    found.sort_by_key(|broken| broken.row);
    found.dedup_by_key(|broken| broken.row);
    Ok(found)
}

fn rows_that_break(rule: &ColumnRule, array: &ArrayRef) -> Result<Vec<usize>, ArrowError> {
    let bound = |value: &ScalarValue| {
        let bound = value.cast_to(array.data_type()).and_then(|value| value.to_scalar());
        bound.map_err(|error| ArrowError::ExternalError(Box::new(error)))
    };
    let is_broken = match rule {
        ColumnRule::Min(least) | ColumnRule::NotBefore(least) => lt(array, &bound(least)?)?,
        ColumnRule::Max(most) => gt(array, &bound(most)?)?,
        ColumnRule::Before(end) => gt_eq(array, &bound(end)?)?,
        ColumnRule::Values(accepted) => by_text(array, |text| !accepted.contains(text))?,
        ColumnRule::Pattern { whole, .. } => by_text(array, |text| !whole.is_match(text))?,
    };
    if is_broken.true_count() == 0 {
        return Ok(Vec::new());
    }
    Ok((0..is_broken.len()).filter(|row| is_broken.is_valid(*row) && is_broken.value(*row)).collect())
}

/// A condition on the texts of values; missing values stay missing.
fn by_text(array: &ArrayRef, condition: impl Fn(&str) -> bool) -> Result<BooleanArray, ArrowError> {
    if let Some(texts) = array.as_any().downcast_ref::<arrow::array::StringViewArray>() {
        return Ok(texts.iter().map(|text| text.map(&condition)).collect());
    }
    let options = FormatOptions::default();
    let shown = ArrayFormatter::try_new(array.as_ref(), &options)?;
    let value = |row| array.is_valid(row).then(|| condition(&shown.value(row).to_string()));
    Ok((0..array.len()).map(value).collect())
}
