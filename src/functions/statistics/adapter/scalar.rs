//! Scalar functions of numbers, lists, texts and structs.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::argument::{Kind, coerced};
use super::declaration::Declaration;
use super::rows::{MISSING, canonical};
use super::shape::Value;

/// A function of one row.
#[derive(Debug)]
pub struct RowFunction {
    /// What analysts read about it.
    pub declaration: Declaration,
    /// How it is computed.
    pub compute: Compute,
}

/// How a row is computed. The fields of a struct that an argument reads come one after the other in its place. An optional
/// argument that is not given has no cell. A NULL among the cells gives NULL.
#[derive(Clone, Copy, Debug)]
pub enum Compute {
    /// All arguments are numbers, and so is the result, which is not rounded. NaN means NULL.
    Numbers(fn(&[f64]) -> f64),
    /// Arguments of any kind, and a result of the declared shape. Among the numbers of a list, NULL is [`super::is_missing`].
    Cells(fn(&[Cell]) -> Result<Value>),
}

/// An argument, or a field of a struct, in one row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A number.
    Number(f64),
    /// A list of numbers.
    Numbers(Vec<f64>),
    /// A text.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
}

impl Cell {
    /// The number, 0 for another kind.
    pub fn number(&self) -> f64 {
        if let Self::Number(number) = self { *number } else { 0.0 }
    }

    /// The numbers, none for another kind.
    pub fn numbers(&self) -> &[f64] {
        if let Self::Numbers(numbers) = self { numbers } else { &[] }
    }

    /// The texts, none for another kind.
    pub fn texts(&self) -> &[String] {
        if let Self::Texts(texts) = self { texts } else { &[] }
    }
}

/// The function for the engine.
pub fn scalar(function: &'static RowFunction) -> ScalarUDF {
    ScalarUDF::new_from_impl(OfRow {
        function,
        signature: Signature::user_defined(Volatility::Immutable),
        documentation: function.declaration.documentation(),
    })
}

#[derive(Debug)]
struct OfRow {
    function: &'static RowFunction,
    signature: Signature,
    documentation: Documentation,
}

impl PartialEq for OfRow {
    fn eq(&self, other: &Self) -> bool {
        self.function.declaration.name == other.function.declaration.name
    }
}

impl Eq for OfRow {}

impl Hash for OfRow {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.function.declaration.name.hash(state);
    }
}

impl ScalarUDFImpl for OfRow {
    fn name(&self) -> &str {
        self.function.declaration.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        coerced(&self.function.declaration, given)
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.function.declaration.result.arrow())
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = arguments.number_rows;
        let mut columns = Vec::new();
        for (argument, given) in
            self.function.declaration.arguments.iter().zip(ColumnarValue::values_to_arrays(&arguments.args)?)
        {
            push_columns(argument.kind, given, &mut columns)?;
        }
        let result = match self.function.compute {
            Compute::Numbers(compute) => of_numbers(&columns, rows, compute),
            Compute::Cells(compute) => {
                let values: Result<Vec<Value>> = (0..rows).map(|row| of_cells(&columns, row, compute)).collect();
                self.function.declaration.result.column(values?)?
            }
        };
        Ok(ColumnarValue::Array(result))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

/// Adds the column of an argument, or those of the fields of its struct.
fn push_columns(kind: Kind, given: ArrayRef, columns: &mut Vec<(Kind, ArrayRef)>) -> Result<()> {
    let Kind::Record(fields) = kind else {
        columns.push((kind, given));
        return Ok(());
    };
    let records = given.as_struct();
    for (name, kind) in fields {
        let Some(column) = records.column_by_name(name) else {
            return internal_err!("the struct has no field `{name}`");
        };
        let column = cast(column, &kind.arrow(column.data_type()))?;
        // A NULL struct has fields of any value.
        let column = match records.nulls() {
            Some(nulls) => {
                let is_null = datafusion::arrow::array::BooleanArray::new(!nulls.inner(), None);
                datafusion::arrow::compute::nullif(&column, &is_null)?
            }
            None => column,
        };
        columns.push((*kind, column));
    }
    Ok(())
}

fn of_numbers(columns: &[(Kind, ArrayRef)], rows: usize, compute: fn(&[f64]) -> f64) -> ArrayRef {
    let columns: Vec<&Float64Array> = columns.iter().map(|(_, column)| column.as_primitive::<Float64Type>()).collect();
    let mut numbers = vec![0.0; columns.len()];
    let result = (0..rows).map(|row| {
        for (number, column) in numbers.iter_mut().zip(&columns) {
            if column.is_null(row) {
                return None;
            }
            *number = column.value(row);
        }
        Some(compute(&numbers)).filter(|number| !number.is_nan())
    });
    Arc::new(result.collect::<Float64Array>())
}

fn of_cells(columns: &[(Kind, ArrayRef)], row: usize, compute: fn(&[Cell]) -> Result<Value>) -> Result<Value> {
    let mut cells = Vec::with_capacity(columns.len());
    for (kind, column) in columns {
        if column.is_null(row) {
            return Ok(Value::Missing);
        }
        cells.push(match kind {
            Kind::Number | Kind::NumberSetting => Cell::Number(column.as_primitive::<Float64Type>().value(row)),
            Kind::Text | Kind::TextSetting => Cell::Text(column.as_string::<i32>().value(row).to_owned()),
            Kind::Numbers => {
                let list = column.as_list::<i32>().value(row);
                let numbers = list.as_primitive::<Float64Type>().iter();
                Cell::Numbers(numbers.map(|number| number.map_or(MISSING, canonical)).collect())
            }
            Kind::TextsSetting => {
                let list = column.as_list::<i32>().value(row);
                Cell::Texts(list.as_string::<i32>().iter().map(|text| text.unwrap_or_default().to_owned()).collect())
            }
            Kind::Record(_) => return internal_err!("a struct within a struct"),
        });
    }
    compute(&cells)
}
