//! Sum of integers, durations and decimals, mean of integers and durations.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, ArrowNativeTypeOp, ArrowPrimitiveType, AsArray, Float64Array, PrimitiveArray, UInt64Array,
};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{
    DECIMAL128_MAX_PRECISION, DECIMAL256_MAX_PRECISION, DataType, Decimal32Type, Decimal64Type, Decimal128Type,
    Decimal256Type, DecimalType, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType,
    DurationSecondType, Int64Type, UInt64Type, i256,
};
use datafusion::arrow::error::ArrowError;
use datafusion::common::Result;

use super::expansion::Expansion;
use super::total::Total;

/// A type whose values are summed in the wider type `Wide`, and whose sums have the same type.
pub trait Summand<Wide: ArrowPrimitiveType>: ArrowPrimitiveType + Debug + Send + Sync {
    /// `value` in the wider type.
    fn widen(value: Self::Native) -> Wide::Native;
    /// `sum` as a value of type `output`, if it fits.
    fn narrow(sum: Wide::Native, output: &DataType) -> Option<Self::Native>;
    /// What to say when it does not fit.
    fn overflow(output: &DataType) -> String;
}

/// `sum(integer)`, `sum(duration)` and `sum(decimal)`. A partial result is the sum in the wider type.
///
/// The wider type holds the sum of 10^10 rows of any value, so that only the final sum has to fit. The exception is
/// `decimal256` of more than 66 digits, for which there is no wider type: there a sum that once exceeded its type
/// stays at the type's maximum and is an error.
#[derive(Debug)]
pub struct SumOf<Input, Wide: ArrowPrimitiveType> {
    total: Wide::Native,
    input: PhantomData<Input>,
}

/// `avg(integer)`: the exact sum divided once; `avg(duration)`: the exact sum divided in whole units, towards zero. A partial
/// result is the count and the sum.
#[derive(Debug)]
pub struct MeanOf<Input> {
    total: i128,
    count: u64,
    input: PhantomData<Input>,
}

/// The types of decimals that hold sums.
pub trait WideDecimal: DecimalType + Debug + Send + Sync {
    /// The type of a column of sums with this scale.
    fn column_type(scale: i8) -> DataType;
}

impl WideDecimal for Decimal128Type {
    fn column_type(scale: i8) -> DataType {
        DataType::Decimal128(DECIMAL128_MAX_PRECISION, scale)
    }
}

impl WideDecimal for Decimal256Type {
    fn column_type(scale: i8) -> DataType {
        DataType::Decimal256(DECIMAL256_MAX_PRECISION, scale)
    }
}

impl<Input, Wide: ArrowPrimitiveType> Default for SumOf<Input, Wide> {
    fn default() -> Self {
        Self { total: Wide::Native::ZERO, input: PhantomData }
    }
}

impl<Input> Default for MeanOf<Input> {
    fn default() -> Self {
        Self { total: 0, count: 0, input: PhantomData }
    }
}

impl<Input: Summand<Wide>, Wide: WideDecimal> SumOf<Input, Wide> {
    #[inline]
    fn add_wide(&mut self, value: Wide::Native) {
        let beyond = Wide::Native::MAX_TOTAL_ORDER;
        if self.total != beyond {
            self.total = self.total.add_checked(value).unwrap_or(beyond);
        }
    }
}

impl<Input: Summand<Wide>, Wide: WideDecimal> Total for SumOf<Input, Wide> {
    type Input = Input;
    type States = PrimitiveArray<Wide>;

    fn state_columns(output: &DataType) -> Vec<(&'static str, DataType)> {
        vec![("sum", Wide::column_type(scale(output)))]
    }

    #[inline]
    fn add(&mut self, value: Input::Native) -> usize {
        self.add_wide(Input::widen(value));
        0
    }

    fn retract(&mut self, value: Input::Native) {
        self.add_wide(Input::widen(value).neg_wrapping());
    }

    fn read_states(columns: &[ArrayRef]) -> Self::States {
        columns[0].as_primitive::<Wide>().clone()
    }

    #[inline]
    fn merge(&mut self, states: &Self::States, row: usize) -> usize {
        self.add_wide(states.value(row));
        0
    }

    fn write_states(totals: &[Self], nulls: Option<NullBuffer>, output: &DataType) -> Result<Vec<ArrayRef>> {
        let sums: Vec<Wide::Native> = totals.iter().map(|sum| sum.total).collect();
        sum_column::<Wide>(sums, nulls, output).map(|column| vec![column])
    }

    fn states_of_rows(values: PrimitiveArray<Input>, output: &DataType) -> Result<Vec<ArrayRef>> {
        let sums: Vec<Wide::Native> = values.values().iter().map(|value| Input::widen(*value)).collect();
        sum_column::<Wide>(sums, values.nulls().cloned(), output).map(|column| vec![column])
    }

    fn evaluate(totals: &[Self], nulls: Option<NullBuffer>, output: &DataType) -> Result<ArrayRef> {
        let narrow = |sum: &Self| {
            Input::narrow(sum.total, output).ok_or_else(|| ArrowError::ArithmeticOverflow(Input::overflow(output)))
        };
        let sums = totals.iter().map(narrow).collect::<Result<Vec<_>, _>>()?;
        Ok(Arc::new(PrimitiveArray::<Input>::try_new(sums.into(), nulls)?.with_data_type(output.clone())))
    }
}

impl<Input: Summand<Decimal128Type>> Total for MeanOf<Input> {
    type Input = Input;
    type States = (UInt64Array, PrimitiveArray<Decimal128Type>);

    fn state_columns(output: &DataType) -> Vec<(&'static str, DataType)> {
        vec![("count", DataType::UInt64), ("sum", Decimal128Type::column_type(scale(output)))]
    }

    #[inline]
    fn add(&mut self, value: Input::Native) -> usize {
        self.count += 1;
        self.total += Input::widen(value);
        0
    }

    fn retract(&mut self, value: Input::Native) {
        self.count -= 1;
        self.total -= Input::widen(value);
    }

    fn read_states(columns: &[ArrayRef]) -> Self::States {
        (columns[0].as_primitive::<UInt64Type>().clone(), columns[1].as_primitive::<Decimal128Type>().clone())
    }

    fn merge(&mut self, (counts, sums): &Self::States, row: usize) -> usize {
        self.count += counts.value(row);
        self.total += sums.value(row);
        0
    }

    fn write_states(totals: &[Self], nulls: Option<NullBuffer>, output: &DataType) -> Result<Vec<ArrayRef>> {
        let counts: Vec<u64> = totals.iter().map(|mean| mean.count).collect();
        let sums: Vec<i128> = totals.iter().map(|mean| mean.total).collect();
        let counts: ArrayRef = Arc::new(UInt64Array::try_new(counts.into(), nulls.clone())?);
        Ok(vec![counts, sum_column::<Decimal128Type>(sums, nulls, output)?])
    }

    fn states_of_rows(values: PrimitiveArray<Input>, output: &DataType) -> Result<Vec<ArrayRef>> {
        let nulls = values.nulls().cloned();
        let counts: ArrayRef = Arc::new(UInt64Array::try_new(vec![1; values.len()].into(), nulls.clone())?);
        let sums: Vec<i128> = values.values().iter().map(|value| Input::widen(*value)).collect();
        Ok(vec![counts, sum_column::<Decimal128Type>(sums, nulls, output)?])
    }

    fn evaluate(totals: &[Self], nulls: Option<NullBuffer>, output: &DataType) -> Result<ArrayRef> {
        if matches!(output, DataType::Duration(_)) {
            let mean = |mean: &Self| {
                Input::narrow(mean.total / i128::from(mean.count.max(1)), output)
                    .ok_or_else(|| ArrowError::ArithmeticOverflow(Input::overflow(output)))
            };
            let means = totals.iter().map(mean).collect::<Result<Vec<_>, _>>()?;
            return Ok(Arc::new(PrimitiveArray::<Input>::try_new(means.into(), nulls)?));
        }
        let mean = |mean: &Self| Expansion::from_integer(mean.total).divided_by(mean.count.max(1));
        let means: Vec<f64> = totals.iter().map(mean).collect();
        Ok(Arc::new(Float64Array::try_new(means.into(), nulls)?))
    }
}

fn sum_column<Wide: WideDecimal>(
    sums: Vec<Wide::Native>,
    nulls: Option<NullBuffer>,
    output: &DataType,
) -> Result<ArrayRef> {
    let column_type = Wide::column_type(scale(output));
    Ok(Arc::new(PrimitiveArray::<Wide>::try_new(sums.into(), nulls)?.with_data_type(column_type)))
}

fn scale(data_type: &DataType) -> i8 {
    match data_type {
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale)
        | DataType::Decimal256(_, scale) => *scale,
        _ => 0,
    }
}

macro_rules! integer_summand {
    ($integer:ty, $plural:literal) => {
        impl Summand<Decimal128Type> for $integer {
            #[inline]
            fn widen(value: Self::Native) -> i128 {
                i128::from(value)
            }

            fn narrow(sum: i128, _output: &DataType) -> Option<Self::Native> {
                Self::Native::try_from(sum).ok()
            }

            fn overflow(_output: &DataType) -> String {
                concat!("the sum of ", $plural, " does not fit into 64 bits").to_owned()
            }
        }
    };
}

macro_rules! decimal_summand {
    ($decimal:ty, $wide:ty, $widen:expr, $narrow:expr) => {
        impl Summand<$wide> for $decimal {
            #[inline]
            fn widen(value: Self::Native) -> <$wide as ArrowPrimitiveType>::Native {
                $widen(value)
            }

            fn narrow(sum: <$wide as ArrowPrimitiveType>::Native, output: &DataType) -> Option<Self::Native> {
                let precision = match output {
                    DataType::Decimal32(precision, _)
                    | DataType::Decimal64(precision, _)
                    | DataType::Decimal128(precision, _)
                    | DataType::Decimal256(precision, _) => *precision,
                    _ => return None,
                };
                $narrow(sum).filter(|sum| Self::is_valid_decimal_precision(*sum, precision))
            }

            fn overflow(output: &DataType) -> String {
                format!("the sum of decimals does not fit into `{output}`")
            }
        }
    };
}

integer_summand!(Int64Type, "integers");
integer_summand!(UInt64Type, "integers");
integer_summand!(DurationSecondType, "durations");
integer_summand!(DurationMillisecondType, "durations");
integer_summand!(DurationMicrosecondType, "durations");
integer_summand!(DurationNanosecondType, "durations");
decimal_summand!(Decimal32Type, Decimal128Type, i128::from, |sum: i128| i32::try_from(sum).ok());
decimal_summand!(Decimal64Type, Decimal128Type, i128::from, |sum: i128| i64::try_from(sum).ok());
decimal_summand!(Decimal128Type, Decimal128Type, std::convert::identity, Some);
decimal_summand!(Decimal128Type, Decimal256Type, i256::from_i128, |sum: i256| sum.to_i128());
decimal_summand!(Decimal256Type, Decimal256Type, std::convert::identity, Some);
