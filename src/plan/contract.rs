//! What the rows of a source must be: rules of its columns, and how many rows may break them.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use arrow::datatypes::DataType as ArrowType;
use arrow::util::display::array_value_to_string;
use datafusion::scalar::ScalarValue;
use regex::Regex;

use super::source_format::parse_pattern;
use crate::config::PipelineText;
use crate::config::data_type::DataType;
use crate::config::located::Located;
use crate::config::scalar::Scalar;
use crate::config::sources::{ColumnDefinition, RejectLimits};
use crate::error::Problem;

/// Days outside these are refused unless the column declares `min` or `max`: a wrong format, an overflow or a stand-in for
/// \"never\" far more often than a day that something happened.
const FIRST_DAY: &str = "1900-01-01";
const DAY_AFTER_LAST: &str = "2200-01-01";
/// The first day of counts since 1970: seconds that are read as milliseconds, and days as seconds, are of January 1970.
const FIRST_COUNTED_DAY: &str = "1973-01-01";

/// What the values of a column must be.
#[derive(Clone, Debug)]
pub enum ColumnRule {
    /// At least this.
    Min(ScalarValue),
    /// At most this.
    Max(ScalarValue),
    /// Below this, of days and times without a declared `max`.
    Before(ScalarValue),
    /// At or after this, of days and times without a declared `min`.
    NotBefore(ScalarValue),
    /// One of these, as text.
    Values(Arc<HashSet<String>>),
    /// Text that matches as a whole.
    Pattern {
        /// As written.
        written: String,
        /// The pattern, anchored at both ends.
        whole: Regex,
    },
}

impl ColumnRule {
    /// The key of the pipeline file that declares it.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Min(_) => "min",
            Self::Max(_) => "max",
            Self::Before(_) | Self::NotBefore(_) => "year",
            Self::Values(_) => "values",
            Self::Pattern { .. } => "pattern",
        }
    }
}

impl fmt::Display for ColumnRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Min(bound) => write!(f, "below the smallest accepted value {}", shown(bound)),
            Self::Max(bound) => write!(f, "above the largest accepted value {}", shown(bound)),
            Self::Before(_) => f.write_str("after the year 2199; declare `max` if that is meant"),
            Self::NotBefore(first) if shown(first).starts_with(FIRST_COUNTED_DAY) => f.write_str(
                "before the year 1973, as counts in another unit than that of `format` are; declare `min` if that is meant",
            ),
            Self::NotBefore(_) => f.write_str("before the year 1900; declare `min` if that is meant"),
            Self::Values(values) => {
                let mut listed: Vec<&str> = values.iter().map(String::as_str).collect();
                listed.sort_unstable();
                let more = if listed.len() > 8 { ", …" } else { "" };
                listed.truncate(8);
                write!(f, "not one of {}{more}", listed.join(", "))
            }
            Self::Pattern { written, .. } => write!(f, "not of the pattern `{written}`"),
        }
    }
}

/// The rules of a column.
///
/// # Errors
/// Every rule that cannot be one for the column's type.
pub fn column_rules(
    name: &Located<String>,
    column: &ColumnDefinition,
    file: &PipelineText,
) -> Result<Vec<ColumnRule>, Vec<Problem>> {
    let data_type = column.data_type;
    let mut rules = Vec::new();
    let mut problems = Vec::new();
    for (key, bound) in [("min", &column.min), ("max", &column.max)] {
        let Some(bound) = bound else { continue };
        let at = file.place(bound.line, bound.column);
        match typed(&bound.value, data_type).filter(|_| has_order(data_type)) {
            Some(value) => rules.push(if key == "min" { ColumnRule::Min(value) } else { ColumnRule::Max(value) }),
            None => problems.push(
                Problem::new(format!("`{key}: {}` of the column `{}` is not {data_type}", bound.value, name.value))
                    .at(at)
                    .hint("`min` and `max` are for numbers, dates and timestamps"),
            ),
        }
    }
    if matches!(data_type, DataType::Date | DataType::Timestamp) {
        let day = |text: &str| typed(&Scalar::Text(text.to_owned()), data_type);
        if column.min.is_none() {
            let mut formats = column.format.iter().flat_map(|formats| formats.iter()).peekable();
            let is_counted = formats.peek().is_some() && formats.all(|format| format.starts_with("epoch_"));
            let first = if is_counted { FIRST_COUNTED_DAY } else { FIRST_DAY };
            rules.extend(day(first).map(ColumnRule::NotBefore));
        }
        if column.max.is_none() {
            rules.extend(day(DAY_AFTER_LAST).map(ColumnRule::Before));
        }
    }
    if !column.values.is_empty() {
        let mut accepted = HashSet::new();
        for value in &column.values {
            match typed(&value.value, data_type) {
                Some(value) => drop(accepted.insert(shown(&value))),
                None => problems.push(
                    Problem::new(format!("`{}` of the column `{}` is not {data_type}", value.value, name.value))
                        .at(file.place(value.line, value.column))
                        .hint("list values of the column's type under `values`"),
                ),
            }
        }
        rules.push(ColumnRule::Values(Arc::new(accepted)));
    }
    if let Some(pattern) = &column.pattern {
        let at = file.place(pattern.line, pattern.column);
        if !matches!(data_type, DataType::Id | DataType::String) {
            problems.push(
                Problem::new(format!("`pattern` of the column `{}` is for text", name.value))
                    .at(at)
                    .hint(format!("remove it, or give the column another type than {data_type}")),
            );
        } else {
            match parse_pattern(pattern, &at).and_then(|_| parse_pattern(&format!("^(?:{})$", pattern.value), &at)) {
                Ok(whole) => rules.push(ColumnRule::Pattern { written: pattern.value.clone(), whole }),
                Err(problem) => problems.push(problem),
            }
        }
    }
    if problems.is_empty() { Ok(rules) } else { Err(problems) }
}

/// A value as tables show it.
fn shown(value: &ScalarValue) -> String {
    let text = value.to_array().and_then(|array| Ok(array_value_to_string(&array, 0)?));
    text.unwrap_or_else(|_| value.to_string())
}

fn has_order(data_type: DataType) -> bool {
    !matches!(data_type, DataType::Id | DataType::String | DataType::Boolean)
}

/// A written value in the type of its column; `None` when it is not of that type.
fn typed(value: &Scalar, data_type: DataType) -> Option<ScalarValue> {
    let text = match value {
        Scalar::Null | Scalar::List(_) => return None,
        other => other.to_string(),
    };
    let target = match data_type.arrow() {
        ArrowType::Utf8 => return Some(ScalarValue::Utf8(Some(text))),
        other => other,
    };
    ScalarValue::try_from_string(text, &target).ok().filter(|value| !value.is_null())
}

/// How many rows of a source may break its contract.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RejectLimit {
    /// Largest share of the rows read.
    pub max_share: Option<f64>,
    /// Largest number.
    pub max_rows: Option<u64>,
}

impl RejectLimit {
    fn resolve_share(share: &Located<f64>, file: &PipelineText) -> Result<f64, Problem> {
        if (0.0..=1.0).contains(&share.value) {
            return Ok(share.value);
        }
        Err(Problem::new(format!("`max_share: {}` is not a share", share.value))
            .at(file.place(share.line, share.column))
            .hint("write a number from 0 to 1, such as 0.01 for one row in a hundred"))
    }

    /// Judges what is written.
    ///
    /// # Errors
    /// The share is not one.
    pub fn resolve(limits: &RejectLimits, file: &PipelineText) -> Result<Self, Problem> {
        let max_share = limits.max_share.as_ref().map(|share| Self::resolve_share(share, file)).transpose()?;
        Ok(Self { max_share, max_rows: limits.max_rows })
    }

    /// Whether more rows were rejected than may be, of all that were read.
    pub fn is_exceeded(&self, rejected: u64, read: u64) -> bool {
        // Exact below 2^53 rows.
        let share = rejected as f64 / (read as f64).max(1.0);
        self.max_rows.is_some_and(|most| rejected > most) || self.max_share.is_some_and(|most| share > most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_limit_stops() {
        let both = RejectLimit { max_share: Some(0.01), max_rows: Some(5) };
        assert!(!both.is_exceeded(5, 1000));
        assert!(both.is_exceeded(6, 1000));
        assert!(both.is_exceeded(2, 100));
        assert!(!RejectLimit { max_share: Some(0.01), max_rows: None }.is_exceeded(1, 100));
        assert!(!RejectLimit { max_share: None, max_rows: None }.is_exceeded(7, 7));
    }

    #[test]
    fn bounds_are_of_the_type_of_the_column() {
        let text = |text: &str| Scalar::Text(text.to_owned());
        assert_eq!(typed(&Scalar::Integer(3), DataType::Decimal(5, 2)), Some(ScalarValue::Decimal128(Some(300), 5, 2)));
        assert_eq!(typed(&text("2026-11-30"), DataType::Date).unwrap().to_string(), "2026-11-30");
        assert_eq!(typed(&text("soon"), DataType::Date), None);
        assert_eq!(typed(&Scalar::Null, DataType::Integer), None);
        let time = typed(&text("2024-02-01T00:00:00"), DataType::Timestamp).unwrap();
        assert_eq!(shown(&time), "2024-02-01T00:00:00");
        assert_eq!(shown(&typed(&Scalar::Integer(1), DataType::Double).unwrap()), "1.0");
    }
}
