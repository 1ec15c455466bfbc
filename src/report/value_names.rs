//! What the report calls the values of a column or dimension.

use crate::render::Wording;
use crate::render::words::in_words;

/// The name of a loyalty segment; any other value in words.
pub(super) fn of_segment(key: &str, wording: &Wording) -> String {
    wording.text(&format!("/segments/names/{key}/short")).map_or_else(|_| in_words(key), str::to_owned)
}

/// The name of a value of a dimension such as `segment` or `customer_type`, which the data names.
pub(super) fn of_dimension(dimension: &str, key: &str, wording: &Wording) -> String {
    let is_segment = dimension == "segment" || dimension.ends_with("_segment");
    if is_segment { of_segment(key, wording) } else { in_words(key) }
}
