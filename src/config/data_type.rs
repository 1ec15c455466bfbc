//! The column types that YAML may name, and the Arrow types they map to.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use arrow::datatypes::{DataType as ArrowType, TimeUnit};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// A column type as written in a source, a sidecar or a canonical table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataType {
    /// An identifier: text or a 64-bit integer, whichever the data has.
    Id,
    /// Text.
    String,
    /// 64-bit signed integer.
    Integer,
    /// 64-bit floating point.
    Double,
    /// Exact decimal: digits in all, digits after the point.
    Decimal(u8, i8),
    /// True or false.
    Boolean,
    /// Calendar date.
    Date,
    /// Date and time to the microsecond, local to the pipeline's time zone.
    Timestamp,
}

impl DataType {
    /// The Arrow type; an identifier is text unless the data says otherwise.
    pub fn arrow(self) -> ArrowType {
        match self {
            Self::Id | Self::String => ArrowType::Utf8,
            Self::Integer => ArrowType::Int64,
            Self::Double => ArrowType::Float64,
            Self::Decimal(precision, scale) => ArrowType::Decimal128(precision, scale),
            Self::Boolean => ArrowType::Boolean,
            Self::Date => ArrowType::Date32,
            Self::Timestamp => ArrowType::Timestamp(TimeUnit::Microsecond, None),
        }
    }

    /// Whether a column of this Arrow type matches this type. The three layouts of text count as one.
    pub fn accepts(self, found: &ArrowType) -> bool {
        let is_text = matches!(found, ArrowType::Utf8 | ArrowType::Utf8View | ArrowType::LargeUtf8);
        match self {
            Self::Id => is_text || *found == ArrowType::Int64,
            Self::String => is_text,
            _ => *found == self.arrow(),
        }
    }
}

impl FromStr for DataType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let simple = text.trim().to_ascii_lowercase();
        Ok(match simple.as_str() {
            "id" => Self::Id,
            "string" => Self::String,
            "integer" => Self::Integer,
            "double" => Self::Double,
            "boolean" => Self::Boolean,
            "date" => Self::Date,
            "timestamp" => Self::Timestamp,
            other => decimal(other).ok_or_else(|| {
                format!(
                    "unknown type `{text}`, expected one of id, string, integer, double, decimal(digits,digits after \
                     the point), boolean, date, timestamp"
                )
            })?,
        })
    }
}

fn decimal(text: &str) -> Option<DataType> {
    let inside = text.strip_prefix("decimal(")?.strip_suffix(')')?;
    let (precision, scale) = inside.split_once(',')?;
    let (precision, scale) = (precision.trim().parse::<u8>().ok()?, scale.trim().parse::<i8>().ok()?);
    let fits = (1..=38).contains(&precision) && scale >= 0 && scale.unsigned_abs() <= precision;
    fits.then_some(DataType::Decimal(precision, scale))
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id => f.write_str("id"),
            Self::String => f.write_str("string"),
            Self::Integer => f.write_str("integer"),
            Self::Double => f.write_str("double"),
            Self::Decimal(precision, scale) => write!(f, "decimal({precision},{scale})"),
            Self::Boolean => f.write_str("boolean"),
            Self::Date => f.write_str("date"),
            Self::Timestamp => f.write_str("timestamp"),
        }
    }
}

impl<'de> Deserialize<'de> for DataType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for DataType {
    fn schema_name() -> Cow<'static, str> {
        "DataType".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A column type.",
            "pattern": r"^(id|string|integer|double|boolean|date|timestamp|decimal\(\d+, ?\d+\))$",
        })
    }
}
