//! Values that a pipeline file declares to stand for no value.

use std::sync::Arc;

use super::numbers::decimal;
use crate::config::data_type::DataType;

/// Digits after the point by which numbers are compared; those with more are compared as texts.
const SCALE: i8 = 9;

/// The `null_values` of a column.
#[derive(Clone, Debug)]
pub struct NullValues {
    texts: Arc<[String]>,
    /// Those that are numbers, in units of the last digit of [`SCALE`]; none in a column of texts.
    numbers: Vec<i128>,
    /// Whether blanks around a value belong to it.
    is_of_texts: bool,
}

impl NullValues {
    /// The values that are written as `texts` in a column of a type.
    pub fn new(texts: Arc<[String]>, data_type: DataType) -> Self {
        let is_of_texts = matches!(data_type, DataType::Id | DataType::String);
        let is_of_numbers = matches!(data_type, DataType::Integer | DataType::Double | DataType::Decimal(..));
        let numbers = if is_of_numbers { texts.iter().filter_map(|text| number(text)).collect() } else { Vec::new() };
        Self { texts, numbers, is_of_texts }
    }

    /// Whether a value, as it is written, is one of them. Numbers are compared as numbers: 99 meets `99.0`.
    pub fn holds(&self, value: &str) -> bool {
        let is_listed = |text: &str| self.texts.iter().any(|null| null == text);
        let bare = value.trim_ascii();
        is_listed(value)
            || (!self.is_of_texts && is_listed(bare))
            || (!self.numbers.is_empty() && number(bare).is_some_and(|value| self.numbers.contains(&value)))
    }
}

fn number(text: &str) -> Option<i128> {
    decimal(text, 38, SCALE).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[&str], data_type: DataType) -> NullValues {
        NullValues::new(texts.iter().map(|text| (*text).to_owned()).collect(), data_type)
    }

    #[test]
    fn numbers_are_compared_as_numbers_and_texts_as_texts() {
        let numbers = of(&["99", "-1", "", "NaN"], DataType::Double);
        for missing in ["99", "99.0", " 99 ", "9.9e1", "-1.00", "", "NaN"] {
            assert!(numbers.holds(missing), "{missing}");
        }
        for value in ["99.5", "199", "1", "x", "0", "9007199254740993"] {
            assert!(!numbers.holds(value), "{value}");
        }
        let texts = of(&["99"], DataType::String);
        assert!(texts.holds("99") && !texts.holds("99.0") && !texts.holds(" 99"));
    }
}
