//! Results of kernels, and the columns of the engine that they become.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, StringArray, StructArray, new_empty_array,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::common::{Result, ScalarValue, internal_err};

/// Significant digits of the numbers of a fit.
const SIGNIFICANT_DIGITS: usize = 10;

/// The type of a result.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A double, rounded to ten significant digits.
    Number,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// A text.
    Text,
    /// A list.
    List(&'static Shape),
    /// A struct with these fields.
    Record(&'static [(&'static str, Shape)]),
}

/// A result.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// NULL, of any shape.
    Missing,
    /// A number; NULL unless it is finite.
    Number(f64),
    /// A whole number.
    Integer(i64),
    /// True or false.
    Boolean(bool),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A struct: one value for each field.
    Record(Vec<Value>),
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<Option<f64>> for Value {
    fn from(number: Option<f64>) -> Self {
        number.map_or(Self::Missing, Self::Number)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(values: Vec<T>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

impl Shape {
    /// The engine's type.
    pub fn arrow(self) -> DataType {
        match self {
            Self::Number => DataType::Float64,
            Self::Integer => DataType::Int64,
            Self::Boolean => DataType::Boolean,
            Self::Text => DataType::Utf8,
            Self::List(element) => DataType::List(element_field(*element)),
            Self::Record(fields) => DataType::Struct(fields_of(fields)),
        }
    }

    /// The type in words, for documentation.
    pub fn described(self) -> String {
        match self {
            Self::Number => "double".to_owned(),
            Self::Integer => "integer".to_owned(),
            Self::Boolean => "boolean".to_owned(),
            Self::Text => "text".to_owned(),
            Self::List(element) => format!("list of {}", element.described()),
            Self::Record(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|(name, shape)| format!("{name} {}", shape.described())).collect();
                format!("struct({})", fields.join(", "))
            }
        }
    }

    /// One value as the engine's scalar.
    ///
    /// # Errors
    /// The value has another shape, which is a defect of the function.
    pub fn scalar(self, value: Value) -> Result<ScalarValue> {
        ScalarValue::try_from_array(&self.column(vec![value])?, 0)
    }

    /// Values as a column.
    ///
    /// # Errors
    /// A value has another shape, which is a defect of the function.
    pub fn column(self, values: Vec<Value>) -> Result<ArrayRef> {
        Ok(match self {
            Self::Number => {
                let rounded = |value| match value {
                    Value::Number(number) if number.is_finite() => Ok(Some(significant(number))),
                    Value::Number(_) | Value::Missing => Ok(None),
                    other => mismatch(self, &other),
                };
                Arc::new(values.into_iter().map(rounded).collect::<Result<Float64Array>>()?)
            }
            Self::Integer => Arc::new(
                values
                    .into_iter()
                    .map(|value| match value {
                        Value::Integer(number) => Ok(Some(number)),
                        Value::Missing => Ok(None),
                        other => mismatch(self, &other),
                    })
                    .collect::<Result<Int64Array>>()?,
            ),
            Self::Boolean => Arc::new(
                values
                    .into_iter()
                    .map(|value| match value {
                        Value::Boolean(truth) => Ok(Some(truth)),
                        Value::Missing => Ok(None),
                        other => mismatch(self, &other),
                    })
                    .collect::<Result<BooleanArray>>()?,
            ),
            Self::Text => Arc::new(
                values
                    .into_iter()
                    .map(|value| match value {
                        Value::Text(text) => Ok(Some(text)),
                        Value::Missing => Ok(None),
                        other => mismatch(self, &other),
                    })
                    .collect::<Result<StringArray>>()?,
            ),
            Self::List(element) => self.lists(*element, values)?,
            Self::Record(fields) => self.records(fields, values)?,
        })
    }

    fn lists(self, element: Self, values: Vec<Value>) -> Result<ArrayRef> {
        let mut elements = Vec::new();
        let (mut lengths, mut is_valid) = (Vec::with_capacity(values.len()), Vec::with_capacity(values.len()));
        for value in values {
            match value {
                Value::List(list) => {
                    lengths.push(list.len());
                    is_valid.push(true);
                    elements.extend(list);
                }
                Value::Missing => {
                    lengths.push(0);
                    is_valid.push(false);
                }
                other => return mismatch(self, &other),
            }
        }
        let items = if elements.is_empty() { new_empty_array(&element.arrow()) } else { element.column(elements)? };
        let offsets = OffsetBuffer::from_lengths(lengths);
        Ok(Arc::new(ListArray::try_new(element_field(element), offsets, items, Some(NullBuffer::from(is_valid)))?))
    }

    fn records(self, fields: &'static [(&'static str, Self)], values: Vec<Value>) -> Result<ArrayRef> {
        let mut columns: Vec<Vec<Value>> = fields.iter().map(|_| Vec::with_capacity(values.len())).collect();
        let mut is_valid = Vec::with_capacity(values.len());
        for value in values {
            match value {
                Value::Record(record) if record.len() == fields.len() => {
                    is_valid.push(true);
                    columns.iter_mut().zip(record).for_each(|(column, value)| column.push(value));
                }
                Value::Missing => {
                    is_valid.push(false);
                    columns.iter_mut().for_each(|column| column.push(Value::Missing));
                }
                other => return mismatch(self, &other),
            }
        }
        let columns: Result<Vec<ArrayRef>> =
            fields.iter().zip(columns).map(|((_, shape), column)| shape.column(column)).collect();
        Ok(Arc::new(StructArray::try_new(fields_of(fields), columns?, Some(NullBuffer::from(is_valid)))?))
    }
}

fn mismatch<T>(shape: Shape, found: &Value) -> Result<T> {
    internal_err!("a result of the shape {shape:?} is {found:?}")
}

fn element_field(element: Shape) -> FieldRef {
    Arc::new(Field::new_list_field(element.arrow(), true))
}

fn fields_of(fields: &[(&'static str, Shape)]) -> Fields {
    fields.iter().map(|(name, shape)| Field::new(*name, shape.arrow(), true)).collect()
}

/// `number` with ten significant digits; zero is positive.
fn significant(number: f64) -> f64 {
    let written = format!("{number:.*e}", SIGNIFICANT_DIGITS - 1);
    written.parse().unwrap_or(number) + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_ten_significant_digits() {
        assert_eq!(significant(2.0 / 3.0), 0.666_666_666_7);
        assert_eq!(significant(-123_456_789_012.0), -123_456_789_000.0);
        assert_eq!(significant(1e-300 / 3.0), 3.333_333_333e-301);
        assert!(significant(-0.0).is_sign_positive());
    }
}
