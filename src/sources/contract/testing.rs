//! Declared columns and the columns of files, for tests.

use arrow::datatypes::{DataType as ArrowType, Field, Schema};

use crate::config::data_type::DataType;
use crate::plan::source::SourceColumn;

/// A declared column that may be missing a value.
pub fn column(name: &str, data_type: DataType) -> SourceColumn {
    SourceColumn::of(name, data_type)
}

/// The columns that a file has.
pub fn found(fields: &[(&str, ArrowType)]) -> Schema {
    Schema::new(fields.iter().map(|(name, kind)| Field::new(*name, kind.clone(), true)).collect::<Vec<_>>())
}
