//! Doubles as decimals, rounded by the digits that people see: 1.005 with two digits after the point is 1.01, although the
//! double itself is a little smaller.

use std::fmt::Display;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, Decimal128Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use arrow::error::ArrowError;
use datafusion::common::Result as QueryResult;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// Up to here, every whole number is a double of its own.
const EXACT_UP_TO: f64 = 9_007_199_254_740_992.0;

/// The decimals of an array of doubles, which may be a dictionary; NULL where one does not fit.
///
/// # Errors
///
/// The array has another type, which is a defect.
pub fn decimals(found: &ArrayRef, precision: u8, scale: i8) -> Result<ArrayRef, ArrowError> {
    let decimals = match found.data_type() {
        DataType::Float64 => each::<Float64Type>(found, precision, scale),
        DataType::Float32 => each::<Float32Type>(found, precision, scale),
        DataType::Float16 => return decimals(&cast(found, &DataType::Float32)?, precision, scale),
        DataType::Dictionary(_, values) => return decimals(&cast(found, values)?, precision, scale),
        other => return Err(ArrowError::CastError(format!("{other} is no double"))),
    };
    Ok(Arc::new(decimals.with_precision_and_scale(precision, scale)?))
}

/// The same as an expression, for files that are scanned in place.
pub fn rounded(doubles: Expr, precision: u8, scale: i8) -> Expr {
    let signature = Signature::any(1, Volatility::Immutable);
    ScalarUDF::from(Rounded { precision, scale, signature }).call(vec![doubles])
}

fn each<T: ArrowPrimitiveType<Native: Display + Into<f64>>>(
    found: &ArrayRef,
    precision: u8,
    scale: i8,
) -> Decimal128Array {
    let digits = usize::from(scale.unsigned_abs());
    let limit = 10_i128.saturating_pow(u32::from(precision));
    let fits = |unscaled: &i128| unscaled.abs() < limit;
    found
        .as_primitive::<T>()
        .iter()
        .map(|number| number.and_then(|number| unscaled(number, digits)).filter(fits))
        .collect()
}

/// A double times a power of ten, rounded half away from zero by the shortest digits that stand for it.
fn unscaled<N: Copy + Display + Into<f64>>(number: N, digits: usize) -> Option<i128> {
    let double: f64 = number.into();
    if !double.is_finite() {
        return None;
    }
    let power = 10_f64.powi(i32::try_from(digits).ok()?);
    let nearest = (double * power).round();
    // A quotient of two exact doubles is the double next to that decimal.
    if nearest.abs() < EXACT_UP_TO
        && power < EXACT_UP_TO
        && size_of::<N>() == size_of::<f64>()
        && nearest / power == double
    {
        #[expect(clippy::cast_possible_truncation, reason = "it is a whole number below 2^53")]
        return Some(nearest as i128);
    }
    let text = number.to_string();
    let magnitude = text.trim_start_matches('-');
    let (whole, fraction) = magnitude.split_once('.').unwrap_or((magnitude, ""));
    let kept = fraction.get(..digits).unwrap_or(fraction);
    let cut: i128 = format!("{whole}{kept:0<digits$}").parse().ok()?;
    let is_up = fraction.as_bytes().get(digits).is_some_and(|digit| *digit >= b'5');
    let unscaled = cut + i128::from(is_up);
    Some(if double < 0.0 { -unscaled } else { unscaled })
}

/// [`rounded`].
#[derive(Debug, PartialEq, Eq, Hash)]
struct Rounded {
    precision: u8,
    scale: i8,
    signature: Signature,
}

impl ScalarUDFImpl for Rounded {
    fn name(&self) -> &'static str {
        "staunch_rounded"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> QueryResult<DataType> {
        Ok(DataType::Decimal128(self.precision, self.scale))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> QueryResult<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        Ok(ColumnarValue::Array(decimals(&arrays[0], self.precision, self.scale)?))
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Float32Array, Float64Array};

    use super::*;

    fn unscaled_values(found: ArrayRef, precision: u8, scale: i8) -> Vec<Option<i128>> {
        decimals(&found, precision, scale).unwrap().as_primitive::<arrow::datatypes::Decimal128Type>().iter().collect()
    }

    /// Expected values by `decimal.Decimal(repr(x)).quantize(..., ROUND_HALF_UP)` of Python.
    #[test]
    fn doubles_are_rounded_by_the_digits_that_people_see() {
        let doubles = [1.005, -1.005, 2.675, 0.1 + 0.2, 1e-7, -0.004, 12_345_678.125, 0.285, 1e15, 1.0];
        let cents = unscaled_values(Arc::new(Float64Array::from(doubles.to_vec())), 18, 2);
        let expected = [101, -101, 268, 30, 0, 0, 1_234_567_813, 29, 100_000_000_000_000_000, 100];
        assert_eq!(cents, expected.map(Some));
        assert_eq!(unscaled_values(Arc::new(Float64Array::from(vec![2.5, -2.5, 2.4])), 9, 0), [3, -3, 2].map(Some));
        assert_eq!(
            unscaled_values(Arc::new(Float32Array::from(vec![0.1, 1.005, 16.1])), 9, 3),
            [100, 1005, 16_100].map(Some)
        );
    }

    #[test]
    fn what_does_not_fit_is_missing() {
        let doubles = vec![f64::NAN, f64::INFINITY, 1e300, 999.995, 999.994, -999.99, 1000.0];
        let cents = unscaled_values(Arc::new(Float64Array::from(doubles)), 5, 2);
        assert_eq!(cents, [None, None, None, None, Some(99_999), Some(-99_999), None]);
    }
}
