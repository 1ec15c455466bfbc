//! The tables that queries read a pipeline's definitions from. They always exist, empty where nothing is defined.

use arrow::array::ArrayRef;
use arrow::datatypes::SchemaRef;

use crate::config::data_type::DataType;

/// Items of the questionnaire.
pub const QUESTIONNAIRE_ITEMS: &str = "questionnaire_items";

/// Conditions that a loyal customer meets.
pub const LOYALTY_CONDITIONS: &str = "loyalty_conditions";

/// Weighted indicators of the loyalty index.
pub const LOYALTY_INDEX_ITEMS: &str = "loyalty_index_items";

/// All of them.
pub const NAMES: [&str; 3] = [QUESTIONNAIRE_ITEMS, LOYALTY_CONDITIONS, LOYALTY_INDEX_ITEMS];

/// Columns of a table of the loyalty definition.
pub type Columns = &'static [(&'static str, DataType)];

/// A table that a definition fills, ready to be registered.
pub struct DefinitionTable {
    /// Table name.
    pub name: &'static str,
    /// Its columns.
    pub schema: SchemaRef,
    /// Their values; no rows where nothing is defined.
    pub columns: Vec<ArrayRef>,
}

/// Columns of `loyalty_conditions`.
pub const LOYALTY_CONDITION_COLUMNS: Columns = &[
    ("position", DataType::Integer),
    ("axis", DataType::String),
    ("indicator", DataType::String),
    ("comparison", DataType::String),
    ("value", DataType::Double),
    ("description", DataType::String),
];

/// Columns of `loyalty_index_items`.
pub const LOYALTY_INDEX_ITEM_COLUMNS: Columns = &[
    ("position", DataType::Integer),
    ("axis", DataType::String),
    ("dimension", DataType::String),
    ("indicator", DataType::String),
    ("weight", DataType::Double),
    ("mapping", DataType::String),
    ("range_from", DataType::Double),
    ("range_to", DataType::Double),
    ("is_reversed", DataType::Boolean),
    ("formula", DataType::String),
    ("source", DataType::String),
];

/// The columns of a definition table whose rows a unit test may give in place of a definition.
pub fn columns(name: &str) -> Option<Columns> {
    match name {
        LOYALTY_CONDITIONS => Some(LOYALTY_CONDITION_COLUMNS),
        LOYALTY_INDEX_ITEMS => Some(LOYALTY_INDEX_ITEM_COLUMNS),
        _ => None,
    }
}
