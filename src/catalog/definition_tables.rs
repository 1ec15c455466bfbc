//! The tables that queries read a pipeline's definitions from. They always exist, empty where nothing is defined.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{Field, Schema, SchemaRef};

use crate::config::data_type::DataType;

/// Items of the questionnaire.
pub const QUESTIONNAIRE_ITEMS: &str = "questionnaire_items";

/// Conditions that a loyal customer meets.
pub const LOYALTY_CONDITIONS: &str = "loyalty_conditions";

/// Weighted indicators of the loyalty index.
pub const LOYALTY_INDEX_ITEMS: &str = "loyalty_index_items";

/// Codes of columns, and what they are called.
pub const CATALOGUE_CODES: &str = "catalogue_codes";

/// Items of the path model, each with its latent variable.
pub const PATH_MODEL_ITEMS: &str = "path_model_items";

/// Paths of the path model.
pub const PATH_MODEL_PATHS: &str = "path_model_paths";

/// How the path model is fitted.
pub const PATH_MODEL_SETTINGS: &str = "path_model_settings";

/// All of them.
pub const NAMES: [&str; 7] = [
    QUESTIONNAIRE_ITEMS,
    LOYALTY_CONDITIONS,
    LOYALTY_INDEX_ITEMS,
    CATALOGUE_CODES,
    PATH_MODEL_ITEMS,
    PATH_MODEL_PATHS,
    PATH_MODEL_SETTINGS,
];

/// Columns of a definition table.
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

impl DefinitionTable {
    /// The table `name` with these columns and their values.
    pub fn new(name: &'static str, fields: Columns, columns: Vec<ArrayRef>) -> Self {
        let fields: Vec<Field> = fields.iter().map(|(name, kind)| Field::new(*name, kind.arrow(), true)).collect();
        Self { name, schema: Arc::new(Schema::new(fields)), columns }
    }
}

/// Columns of `loyalty_conditions`.
pub const LOYALTY_CONDITION_COLUMNS: Columns = &[
    ("position", DataType::Integer),
    ("axis", DataType::String),
    ("indicator", DataType::String),
    ("comparison", DataType::String),
    ("value", DataType::Double),
    ("description", DataType::String),
    ("description_zh", DataType::String),
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
    ("dimension_zh", DataType::String),
    ("formula_zh", DataType::String),
];

/// Columns of `catalogue_codes`.
pub const CATALOGUE_CODE_COLUMNS: Columns = &[
    ("column_name", DataType::String),
    ("code", DataType::String),
    ("en", DataType::String),
    ("zh", DataType::String),
];

/// Columns of `path_model_items`.
pub const PATH_MODEL_ITEM_COLUMNS: Columns = &[
    ("position", DataType::Integer),
    ("item_id", DataType::String),
    ("latent", DataType::String),
    ("mode", DataType::String),
];

/// Columns of `path_model_paths`.
pub const PATH_MODEL_PATH_COLUMNS: Columns =
    &[("position", DataType::Integer), ("from_latent", DataType::String), ("to_latent", DataType::String)];

/// Columns of `path_model_settings`.
pub const PATH_MODEL_SETTING_COLUMNS: Columns = &[
    ("scheme", DataType::String),
    ("missing", DataType::String),
    ("bootstrap_samples", DataType::Integer),
    ("seed", DataType::Integer),
    ("target", DataType::String),
];

/// The columns of a definition table whose rows a unit test may give in place of a definition.
pub fn columns(name: &str) -> Option<Columns> {
    match name {
        LOYALTY_CONDITIONS => Some(LOYALTY_CONDITION_COLUMNS),
        LOYALTY_INDEX_ITEMS => Some(LOYALTY_INDEX_ITEM_COLUMNS),
        CATALOGUE_CODES => Some(CATALOGUE_CODE_COLUMNS),
        PATH_MODEL_ITEMS => Some(PATH_MODEL_ITEM_COLUMNS),
        PATH_MODEL_PATHS => Some(PATH_MODEL_PATH_COLUMNS),
        PATH_MODEL_SETTINGS => Some(PATH_MODEL_SETTING_COLUMNS),
        _ => None,
    }
}
