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

/// Where the codes of a column of sentences are.
pub(super) struct Coded {
    /// The column with the codes.
    pub(super) column: String,
    /// The list of the catalogue with their words.
    pub(super) list: String,
}

/// Where the codes of a column of sentences are: in `<name>_code`; those of `<name>_words` are in `<name>`.
pub(super) fn coded(column: &str) -> Coded {
    match column.strip_suffix("_words") {
        Some(codes) => Coded { column: codes.to_owned(), list: column.to_owned() },
        None => Coded { column: format!("{column}_code"), list: format!("{column}_code") },
    }
}
