//! What the report calls the values of a column or dimension.

use super::context::CodeLabels;
use crate::render::words::in_words;

/// The name of a value of a column, or of a dimension, such as `segment` or `customer_type`: what the catalogue calls the code,
/// else the code in words.
pub(super) fn of_column(column: &str, key: &str, labels: &CodeLabels) -> String {
    labels.get(column, key).unwrap_or_else(|| in_words(key))
}
