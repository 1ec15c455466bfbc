//! What an exact aggregate has to provide.

use std::fmt::Debug;

use datafusion::arrow::array::{ArrayRef, ArrowPrimitiveType, PrimitiveArray};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

/// The running aggregate of one group. Adding and merging give the same result in every order.
pub trait Total: Debug + Default + Send + Sync + 'static {
    /// The type of the values that are added.
    type Input: ArrowPrimitiveType + Send;
    /// The columns of partial results, ready to read by row.
    type States: Send + Sync;

    /// Name and type of each column of a partial result, given the type of the final result.
    fn state_columns(output: &DataType) -> Vec<(&'static str, DataType)>;

    /// Adds one value; returns by how many bytes the heap grew.
    fn add(&mut self, value: <Self::Input as ArrowPrimitiveType>::Native) -> usize;

    /// Takes out one value that was added before.
    fn retract(&mut self, value: <Self::Input as ArrowPrimitiveType>::Native);

    /// Reads the columns of partial results.
    fn read_states(columns: &[ArrayRef]) -> Self::States;

    /// Adds the partial result in `row`; returns by how many bytes the heap grew.
    fn merge(&mut self, states: &Self::States, row: usize) -> usize;

    /// The columns of partial results, NULL where a group has seen no value.
    fn write_states(totals: &[Self], nulls: Option<NullBuffer>, output: &DataType) -> Result<Vec<ArrayRef>>;

    /// The partial results of groups of one row each, NULL where the value is.
    fn states_of_rows(values: PrimitiveArray<Self::Input>, output: &DataType) -> Result<Vec<ArrayRef>>;

    /// The final results, NULL where a group has seen no value.
    fn evaluate(totals: &[Self], nulls: Option<NullBuffer>, output: &DataType) -> Result<ArrayRef>;

    /// Bytes on the heap.
    fn heap_bytes(&self) -> usize {
        0
    }
}
