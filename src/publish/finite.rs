//! Finds floating-point values that are not finite.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Float16Type, Float32Type, Float64Type};

/// A value that must not be published, and its row.
#[derive(Debug, PartialEq)]
pub(super) struct NotFinite {
    /// Row in the array, from 0.
    pub row: usize,
    /// `NaN`, `inf` or `-inf`.
    pub value: f64,
}

/// The first value of a column that is NaN or infinite, also inside lists and structs. NULLs do not count.
pub(super) fn first_not_finite(column: &dyn Array) -> Option<NotFinite> {
    match column.data_type() {
        DataType::Float64 => {
            let doubles = column.as_primitive::<Float64Type>();
            // Nearly always every value is finite, and this loop is vectorised. Values behind NULLs are excluded below.
            if doubles.values().iter().all(|value| value.is_finite()) {
                return None;
            }
            first(doubles.iter())
        }
        DataType::Float32 => first(column.as_primitive::<Float32Type>().iter().map(|value| value.map(f64::from))),
        DataType::Float16 => first(column.as_primitive::<Float16Type>().iter().map(|value| value.map(f64::from))),
        DataType::List(_) => in_rows(column.as_list::<i32>().iter()),
        DataType::FixedSizeList(_, _) => in_rows(column.as_fixed_size_list().iter()),
        DataType::Struct(_) => {
            let parent = column.as_struct();
            let found = parent.columns().iter().filter_map(|child| {
                // Checks row by row only if the quick check of the whole child found a value.
                first_not_finite(child)?;
                in_rows((0..parent.len()).map(|row| parent.is_valid(row).then(|| child.slice(row, 1))))
            });
            found.min_by_key(|found| found.row)
        }
        _ => None,
    }
}

fn first(values: impl Iterator<Item = Option<f64>>) -> Option<NotFinite> {
    values
        .enumerate()
        .filter_map(|(row, value)| Some(NotFinite { row, value: value? }))
        .find(|found| !found.value.is_finite())
}

fn in_rows(rows: impl Iterator<Item = Option<ArrayRef>>) -> Option<NotFinite> {
    rows.enumerate()
        .find_map(|(row, values)| first_not_finite(&values?).map(|found| NotFinite { row, value: found.value }))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Float64Array, ListArray, StructArray};
    use arrow::buffer::NullBuffer;
    use arrow::datatypes::{Field, Fields};

    use super::*;

    #[test]
    fn the_first_value_that_is_not_finite_is_found() {
        let doubles = Float64Array::from(vec![Some(1.0), None, Some(f64::INFINITY), Some(f64::NAN)]);
        assert_eq!(first_not_finite(&doubles), Some(NotFinite { row: 2, value: f64::INFINITY }));
    }

    #[test]
    fn values_behind_nulls_are_ignored() {
        let doubles = Float64Array::new(vec![1.0, f64::NAN].into(), Some(NullBuffer::from(vec![true, false])));
        assert_eq!(first_not_finite(&doubles), None);
        let fields = Fields::from(vec![Field::new("share", DataType::Float64, true)]);
        let nan = Arc::new(Float64Array::from(vec![f64::NAN, 1.0]));
        let hidden = StructArray::new(fields, vec![nan], Some(NullBuffer::from(vec![false, true])));
        assert_eq!(first_not_finite(&hidden), None);
    }

    #[test]
    fn values_inside_lists_are_checked() {
        let rows = vec![Some(vec![Some(1.0)]), None, Some(vec![Some(2.0), Some(f64::NEG_INFINITY)])];
        let lists = ListArray::from_iter_primitive::<Float64Type, _, _>(rows);
        assert_eq!(first_not_finite(&lists), Some(NotFinite { row: 2, value: f64::NEG_INFINITY }));
    }
}
