//! One operator as a function that fails where the result does not fit.

use std::fmt::{self, Display, Write};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::compute::kernels::numeric;
use arrow::datatypes::{DataType, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, Field, FieldRef};
use arrow::error::ArrowError;
use datafusion::common::{DataFusionError, Result, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr_common::datum::apply;

/// Characters of an expression that a message shows.
const SHOWN_CHARACTERS: usize = 100;

/// What is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Operation {
    /// `left operator right`.
    Binary(Operator),
    /// `-operand`.
    Negative,
}

/// An operator on values of known types. Two of them are equal when they compute the same, wherever they are written.
#[derive(Debug)]
pub(super) struct Checked {
    operation: Operation,
    data_type: DataType,
    /// The expression, or its start, for messages.
    written: String,
    signature: Signature,
}

impl Checked {
    /// `data_type` is that of the result.
    pub(super) fn new(operation: Operation, data_type: DataType, written: String) -> Self {
        Self { operation, data_type, written, signature: Signature::user_defined(Volatility::Immutable) }
    }

    /// The type of the result.
    pub(super) fn data_type(&self) -> &DataType {
        &self.data_type
    }

    fn overflow(&self, error: &ArrowError) -> DataFusionError {
        // The kernels end their message with the values: `9223372036854775807 + 1`, or `- -9223372036854775808`.
        let values = match error {
            ArrowError::ArithmeticOverflow(text) => text.strip_prefix("Overflow happened on: "),
            _ => None,
        };
        let values = values.map(|values| match values.strip_prefix("- ") {
            Some(operand) => format!("-({operand})"),
            None => values.to_owned(),
        });
        let values = values.filter(|values| *values != self.written).map(|values| format!(" ({values})"));
        let data_type = sql_type(&self.data_type);
        let text = format!("`{}` does not fit into {data_type}{}", self.written, values.unwrap_or_default());
        DataFusionError::from(ArrowError::ArithmeticOverflow(text))
    }
}

impl PartialEq for Checked {
    fn eq(&self, other: &Self) -> bool {
        self.operation == other.operation && self.data_type == other.data_type
    }
}

impl Eq for Checked {}

impl Hash for Checked {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.operation.hash(state);
        self.data_type.hash(state);
    }
}

impl ScalarUDFImpl for Checked {
    fn name(&self) -> &str {
        match self.operation {
            Operation::Binary(Operator::Plus) => "checked_add",
            Operation::Binary(Operator::Minus) => "checked_subtract",
            Operation::Binary(Operator::Multiply) => "checked_multiply",
            Operation::Binary(_) => "checked_divide",
            Operation::Negative => "checked_negative",
        }
    }

    /// The name that the engine gives to the operator itself, since the columns of a plan are found by it.
    fn schema_name(&self, arguments: &[Expr]) -> Result<String> {
        match (self.operation, arguments) {
            (Operation::Binary(operator), [left, right]) => {
                Ok(format!("{} {operator} {}", left.schema_name(), right.schema_name()))
            }
            (Operation::Negative, [operand]) => Ok(format!("(- {})", operand.schema_name())),
            _ => internal_err!("{} has {} arguments", self.name(), arguments.len()),
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(types.to_vec())
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.data_type.clone())
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs) -> Result<FieldRef> {
        let is_nullable = arguments.arg_fields.iter().any(|field| field.is_nullable());
        Ok(Arc::new(Field::new(self.name(), self.data_type.clone(), is_nullable)))
    }

    fn is_strict(&self) -> bool {
        true
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let computed = match (self.operation, arguments.args.as_slice()) {
            (Operation::Binary(Operator::Plus), [left, right]) => apply(left, right, numeric::add),
            (Operation::Binary(Operator::Minus), [left, right]) => apply(left, right, numeric::sub),
            (Operation::Binary(Operator::Multiply), [left, right]) => apply(left, right, numeric::mul),
            (Operation::Binary(Operator::Divide), [left, right]) => apply(left, right, numeric::div),
            (Operation::Negative, [ColumnarValue::Array(operand)]) => {
                numeric::neg(operand).map(ColumnarValue::Array).map_err(DataFusionError::from)
            }
            (Operation::Negative, [ColumnarValue::Scalar(operand)]) => {
                operand.arithmetic_negate().map(ColumnarValue::Scalar)
            }
            _ => return internal_err!("{} has {} arguments", self.name(), arguments.args.len()),
        };
        let computed = computed.map_err(|error| match error.find_root() {
            DataFusionError::ArrowError(arrow, _) if matches!(**arrow, ArrowError::ArithmeticOverflow(_)) => {
                self.overflow(arrow)
            }
            _ => error,
        })?;
        match &computed {
            ColumnarValue::Array(array) => has_precision(array.as_ref()),
            ColumnarValue::Scalar(scalar) => has_precision(scalar.to_array()?.as_ref()),
        }
        .map_err(|error| self.overflow(&error))?;
        Ok(computed)
    }
}

/// Whether decimals have no more digits than their type; the kernels check only whether they fit into its bits.
fn has_precision(values: &dyn Array) -> Result<(), ArrowError> {
    match values.data_type() {
        DataType::Decimal32(precision, _) => {
            values.as_primitive::<Decimal32Type>().validate_decimal_precision(*precision)
        }
        DataType::Decimal64(precision, _) => {
            values.as_primitive::<Decimal64Type>().validate_decimal_precision(*precision)
        }
        DataType::Decimal128(precision, _) => {
            values.as_primitive::<Decimal128Type>().validate_decimal_precision(*precision)
        }
        DataType::Decimal256(precision, _) => {
            values.as_primitive::<Decimal256Type>().validate_decimal_precision(*precision)
        }
        _ => Ok(()),
    }
}

/// A type as people write it in a query.
fn sql_type(data_type: &DataType) -> String {
    let name = match data_type {
        DataType::Int8 => "tinyint",
        DataType::Int16 => "smallint",
        DataType::Int32 => "integer",
        DataType::Int64 => "bigint",
        DataType::UInt8 => "tinyint unsigned",
        DataType::UInt16 => "smallint unsigned",
        DataType::UInt32 => "integer unsigned",
        DataType::UInt64 => "bigint unsigned",
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => return format!("decimal({precision}, {scale})"),
        other => return other.to_string(),
    };
    name.to_owned()
}

/// `left operator right`, as far as a message shows it.
pub(super) fn written(left: &Expr, operator: Operator, right: &Expr) -> String {
    start_of(format_args!("{} {operator} {}", Written(left), Written(right)))
}

/// `-operand`, as far as a message shows it.
pub(super) fn written_negative(operand: &Expr) -> String {
    match start_of(format_args!("{}", Written(operand))) {
        negative if negative.starts_with('-') => start_of(format_args!("-({negative})")),
        other => start_of(format_args!("-{other}")),
    }
}

/// An expression as a person would write it.
struct Written<'a>(&'a Expr);

impl Display for Written<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Expr::ScalarFunction(function) => match function.func.inner().downcast_ref::<Checked>() {
                Some(checked) => write!(formatter, "({})", checked.written),
                None => write!(formatter, "{}", self.0.human_display()),
            },
            Expr::Column(column) => formatter.write_str(&column.name),
            Expr::Cast(cast) => write!(formatter, "{}", Written(&cast.expr)),
            other => write!(formatter, "{}", other.human_display()),
        }
    }
}

/// The first characters of what is written; no more is formatted.
fn start_of(text: fmt::Arguments<'_>) -> String {
    struct Start {
        text: String,
        rest: usize,
    }
    impl Write for Start {
        fn write_str(&mut self, piece: &str) -> fmt::Result {
            self.text.extend(piece.chars().take(self.rest));
            let length = piece.chars().count();
            if length > self.rest {
                self.text.push('…');
                return Err(fmt::Error);
            }
            self.rest -= length;
            Ok(())
        }
    }
    let mut start = Start { text: String::new(), rest: SHOWN_CHARACTERS };
    // It stops with an error where the text goes on.
    let _ = start.write_fmt(text);
    start.text
}
