//! Objects and lists as structs and lists.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, new_empty_array, new_null_array};
use arrow::compute::concat;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::json::ReaderBuilder;

/// Key under which every value is decoded.
const KEY: &str = "value";

/// A column of objects or lists that grows value by value.
pub struct Nested {
    schema: SchemaRef,
    /// JSON objects with the value under one key.
    rows: Vec<String>,
}

impl Nested {
    /// An empty column.
    pub fn new(data_type: DataType) -> Self {
        Self { schema: Arc::new(Schema::new(vec![Field::new(KEY, data_type, true)])), rows: Vec::new() }
    }

    /// Adds a value as JSON.
    pub fn push(&mut self, json: Option<&str>) {
        self.rows.push(format!("{{\"{KEY}\":{}}}", json.unwrap_or("null")));
    }

    /// The values, and the rows of those that are not of the type with the reasons.
    pub fn finish(&mut self) -> (ArrayRef, Vec<(usize, String)>) {
        let rows = std::mem::take(&mut self.rows);
        if let Ok(array) = self.decoded(&rows) {
            return (array, Vec::new());
        }
        // Which one it was is known only when each is decoded by itself.
        let mut refused = Vec::new();
        let mut arrays = Vec::with_capacity(rows.len());
        for (row, text) in rows.iter().enumerate() {
            arrays.push(self.decoded(std::slice::from_ref(text)).unwrap_or_else(|error| {
                refused.push((row, format!("is not of the type that the first rows show: {error}")));
                new_null_array(self.schema.field(0).data_type(), 1)
            }));
        }
        let arrays: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
        let whole = concat(&arrays).unwrap_or_else(|_| new_null_array(self.schema.field(0).data_type(), rows.len()));
        (whole, refused)
    }

    fn decoded(&self, rows: &[String]) -> Result<ArrayRef, ArrowError> {
        let mut decoder = ReaderBuilder::new(Arc::clone(&self.schema))
            .with_batch_size(rows.len().max(1))
            .with_strict_mode(true)
            .build_decoder()?;
        for row in rows {
            decoder.decode(row.as_bytes())?;
        }
        let empty = || new_empty_array(self.schema.field(0).data_type());
        Ok(decoder.flush()?.map_or_else(empty, |batch| Arc::clone(batch.column(0))))
    }
}
