//! What the report calls the values of a column or dimension.

use super::context::CodeLabels;
use crate::error::Result;
use crate::render::Messages;
use crate::render::words::in_words;

/// The name of a value of a column, or of a dimension, such as `segment` or `customer_type`: what the catalogue calls the code;
/// else, for a few values that many columns have, a text of the report; else the code in words.
///
/// # Errors
/// The texts have a mistake, which is a defect of the program.
pub(super) fn name_of(column: &str, key: &str, labels: &CodeLabels, texts: &Messages) -> Result<String> {
    if let Some(words) = labels.get(column, key) {
        return Ok(words);
    }
    let common = format!("value-{key}");
    if texts.has(&common) { texts.text(&common) } else { Ok(in_words(key)) }
}

/// The column with the codes of a column of sentences.
pub(super) fn column_of(column: &str) -> String {
    format!("{column}_code")
}
