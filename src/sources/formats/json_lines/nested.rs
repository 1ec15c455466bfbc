//! Objects and lists inside of objects, as structs and lists.

use arrow::datatypes::DataType as ArrowType;
use arrow::error::ArrowError;
use arrow::json::reader::infer_json_schema_from_iterator;
use serde_json::{Value, json};

use crate::sources::contract::types::as_view;

/// The type that all of these values have, `null` apart.
///
/// # Errors
///
/// They do not go together.
pub fn inferred_type(values: &[Value]) -> Result<ArrowType, ArrowError> {
    let rows = values.iter().map(|value| Ok(json!({ "value": value })));
    let schema = infer_json_schema_from_iterator(rows)?;
    Ok(schema.fields().first().map_or(ArrowType::Utf8View, |field| as_view(field.data_type())))
}
