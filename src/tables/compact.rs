//! Releases the memory that a batch holds but none of its rows needs, and counts what is left.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, SchemaRef};

use crate::error::{Error, Problem, Result};

/// Views whose buffers are this many times larger than the text they show are copied.
const WASTEFUL_FACTOR: usize = 2;

/// Gives a batch the schema of its table (the branches of a union differ in nullability), and copies text views that
/// keep much larger buffers alive, as filters leave them behind.
pub(super) fn compact(batch: RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let is_wasteful = |column: &ArrayRef| {
        column.data_type() == &DataType::Utf8View && {
            let views = column.as_string_view();
            let held: usize = views.data_buffers().iter().map(|buffer| buffer.capacity()).sum();
            held > WASTEFUL_FACTOR * views.total_buffer_bytes_used()
        }
    };
    let columns = batch.columns().iter().map(|column| {
        if is_wasteful(column) { Arc::new(column.as_string_view().gc()) as ArrayRef } else { Arc::clone(column) }
    });
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns.collect(), &options)
        .map_err(|error| Error::execution(Problem::new(format!("cannot keep a batch: {error}")).caused_by(error)))
}

/// Bytes that the rows of a batch take. Batches are often slices of larger buffers that their neighbours share, so that
/// counting whole buffers would count the same memory many times.
pub(super) fn held_bytes(batch: &RecordBatch) -> usize {
    let bytes = |column: &ArrayRef| match column.data_type() {
        DataType::Utf8View => {
            let views = column.as_string_view();
            size_of::<u128>() * views.len() + views.total_buffer_bytes_used()
        }
        _ => column.to_data().get_slice_memory_size().unwrap_or_else(|_| column.get_array_memory_size()),
    };
    batch.columns().iter().map(bytes).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Int64Array;

    #[test]
    fn slices_of_one_buffer_are_not_counted_as_often_as_they_are_sliced() {
        let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..80_000));
        let whole = RecordBatch::try_from_iter([("number", numbers)]).unwrap();
        let slices: usize = (0..10).map(|slice| held_bytes(&whole.slice(slice * 8_000, 8_000))).sum();
        assert_eq!(slices, held_bytes(&whole));
    }
}
