//! One input as it will be read.

use crate::config::data_type::DataType;
use crate::config::location::Location;
use crate::config::schema::Format;
use crate::error::Place;

/// One input as it will be read: location resolved, columns in the order of the resulting table.
#[derive(Clone, Debug)]
pub struct SourcePlan {
    /// Table name.
    pub name: String,
    /// File, folder or glob.
    pub location: Location,
    /// How the objects are written.
    pub format: Format,
    /// Hive-style partition columns in folder order; they become the table's last columns.
    pub partitions: Vec<(String, DataType)>,
    /// Declared columns; empty when the pipeline declares none.
    pub columns: Vec<SourceColumn>,
    /// Whether a location without objects is an empty table.
    pub optional: bool,
    /// Where the pipeline file declares the source.
    pub place: Place,
}

/// A declared column of an input.
#[derive(Clone, Debug)]
pub struct SourceColumn {
    /// Name in the table.
    pub name: String,
    /// Name in the file.
    pub file_name: String,
    /// Type in the table.
    pub data_type: DataType,
    /// Whether a missing value is an error.
    pub required: bool,
    /// How dates and timestamps are written in text, in `strftime` terms.
    pub format: Option<String>,
}
