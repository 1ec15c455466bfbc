//! What the report calls the values of a column or dimension.

use super::context::CodeLabels;
use crate::render::words::in_words;

/// The name of a value of a column, or of a dimension, such as `segment` or `customer_type`: what the catalogue calls the code,
/// else the code in words.
pub(super) fn name_of(column: &str, key: &str, labels: &CodeLabels) -> String {
    labels.get(column, key).map_or_else(|| in_words(key), str::to_owned)
}

/// The column with the codes of a column of sentences.
pub(super) fn column_of(column: &str) -> String {
    format!("{column}_code")
}
