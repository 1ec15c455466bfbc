//! Which types of typed files (Parquet, Arrow) may become which declared ones. Text has stricter rules of its own in
//! [`crate::sources::values`].

use arrow::datatypes::{DataType as ArrowType, Field, TimeUnit};

use crate::config::data_type::DataType;
use crate::plan::source::SourceColumn;

/// The Arrow type of a declared column in a table. All text is `Utf8View`, as DataFusion reads it from Parquet, so that
/// tables from different formats join without conversions.
pub fn table_type(declared: DataType) -> ArrowType {
    as_view(&declared.arrow())
}

/// The table's fields of declared columns.
pub fn declared_fields(columns: &[SourceColumn]) -> Vec<Field> {
    let kind = |column: &SourceColumn| column.nested_type.clone().unwrap_or_else(|| table_type(column.data_type));
    columns.iter().map(|column| Field::new(&column.name, kind(column), true)).collect()
}

/// The table type of an Arrow type: text of every layout is `Utf8View`, the rest stays.
pub fn as_view(found: &ArrowType) -> ArrowType {
    match found {
        ArrowType::Utf8 | ArrowType::LargeUtf8 => ArrowType::Utf8View,
        ArrowType::Dictionary(_, values) if is_text(values) => ArrowType::Utf8View,
        other => other.clone(),
    }
}

/// The table type of a declared column that a file has as `found`; `None` when only a guessing conversion would do. Values
/// that would lose something are refused one by one. Doubles are rounded to a decimal's scale.
pub fn becomes(column: &SourceColumn, found: &ArrowType) -> Option<ArrowType> {
    use ArrowType as A;
    let found = match found {
        A::Dictionary(_, values) => values.as_ref(),
        other => other,
    };
    let declared = column.data_type;
    let is_float = matches!(found, A::Float16 | A::Float32 | A::Float64);
    let is_decimal = matches!(found, A::Decimal32(..) | A::Decimal64(..) | A::Decimal128(..) | A::Decimal256(..));
    let is_number = found.is_integer() || is_float;
    let fits = match declared {
        DataType::Id if is_number || is_decimal => return Some(A::Int64),
        DataType::Id | DataType::String => {
            is_text(found) || matches!(found, A::Binary | A::LargeBinary | A::BinaryView)
        }
        DataType::Integer => is_number || is_decimal,
        DataType::Double => is_number || is_decimal,
        DataType::Decimal(_, scale) => match found {
            A::Decimal32(_, has) | A::Decimal64(_, has) | A::Decimal128(_, has) | A::Decimal256(_, has) => {
                *has <= scale
            }
            _ => is_number,
        },
        DataType::Boolean => *found == A::Boolean,
        DataType::Date | DataType::Timestamp => {
            matches!(found, A::Date32 | A::Date64 | A::Timestamp(..))
                || (!column.formats.is_empty() && (is_text(found) || found.is_integer()))
                || (column.has_epoch_format() && is_float)
        }
    };
    (fits || *found == A::Null).then(|| table_type(declared))
}

/// How the values of a file's column become those of a declared one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// By a cast that keeps every value.
    Cast,
    /// By a cast that would lose a part of some values, which must be looked for.
    CheckedCast,
    /// Doubles to decimals, by [rounding](super::rounded) the digits that people see.
    Rounded,
    /// Value by value, from text or a count since 1970.
    Read,
}

/// How the values of a file's column `found` become those of a declared one, which they can.
pub fn conversion(column: &SourceColumn, found: &ArrowType) -> Conversion {
    use ArrowType as A;
    let found = match found {
        A::Dictionary(_, values) => values.as_ref(),
        other => other,
    };
    let is_float = matches!(found, A::Float16 | A::Float32 | A::Float64);
    let has_fraction = is_float
        || matches!(found, A::Decimal32(_, 1..) | A::Decimal64(_, 1..) | A::Decimal128(_, 1..) | A::Decimal256(_, 1..));
    match column.data_type {
        DataType::Id | DataType::Integer if has_fraction => Conversion::CheckedCast,
        // Not-a-number and infinity are no values, and statistics leave them out.
        DataType::Double if is_float => Conversion::CheckedCast,
        DataType::Decimal(..) if is_float => Conversion::Rounded,
        // Bytes need not be text.
        DataType::Id | DataType::String if matches!(found, A::Binary | A::LargeBinary | A::BinaryView) => {
            Conversion::CheckedCast
        }
        DataType::Date | DataType::Timestamp if is_text(found) || found.is_integer() || is_float => Conversion::Read,
        DataType::Timestamp if matches!(found, A::Timestamp(TimeUnit::Nanosecond, _)) && !column.truncates => {
            Conversion::CheckedCast
        }
        _ => Conversion::Cast,
    }
}

pub(super) fn is_text(found: &ArrowType) -> bool {
    matches!(found, ArrowType::Utf8 | ArrowType::LargeUtf8 | ArrowType::Utf8View)
}

/// An Arrow type in the words of the pipeline file.
pub fn described(found: &ArrowType) -> String {
    match found {
        found if is_text(found) => "text".into(),
        ArrowType::Dictionary(_, values) => described(values),
        found if found.is_integer() => "integer".into(),
        ArrowType::Float16 | ArrowType::Float32 | ArrowType::Float64 => "double".into(),
        ArrowType::Decimal128(precision, scale) | ArrowType::Decimal256(precision, scale) => {
            format!("decimal({precision},{scale})")
        }
        ArrowType::Boolean => "boolean".into(),
        ArrowType::Date32 | ArrowType::Date64 => "date".into(),
        ArrowType::Timestamp(_, None) => "timestamp".into(),
        ArrowType::Timestamp(_, Some(zone)) => format!("timestamp with zone {zone}"),
        ArrowType::Struct(_) => "a structure".into(),
        ArrowType::List(_) | ArrowType::LargeList(_) => "a list".into(),
        other => other.to_string(),
    }
}
