//! The functions.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Float64Type, UInt64Type};
use datafusion::common::{Result, ScalarValue, not_impl_err};
use datafusion::functions_aggregate::{correlation, covariance, regr, stddev, variance};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Documentation, ReversedUDAF, Signature};

use super::super::expansion::power_of_two;
use super::pair::{Pair, Spread};

/// What is computed from the sums, for n >= 1 and finite values; NaN means NULL.
type Compute = fn(&Spread) -> f64;

/// The engine's functions, and what replaces them.
fn replaced() -> [(Arc<AggregateUDF>, Compute); 16] {
    [
        (variance::var_samp_udaf(), |s| s.over(s.xx, s.n - 1.0, [2, 0])),
        (variance::var_pop_udaf(), |s| s.over(s.xx, s.n, [2, 0])),
        (stddev::stddev_udaf(), |s| s.unscaled((s.xx / s.n / (s.n - 1.0)).sqrt(), [1, 0])),
        (stddev::stddev_pop_udaf(), |s| s.unscaled((s.xx / s.n / s.n).sqrt(), [1, 0])),
        (covariance::covar_samp_udaf(), |s| s.over(s.xy, s.n - 1.0, [1, 1])),
        (covariance::covar_pop_udaf(), |s| s.over(s.xy, s.n, [1, 1])),
        (correlation::corr_udaf(), correlated),
        // The engine's arguments are y and x, in this order.
        (regr::regr_slope_udaf(), |s| s.unscaled(slope(s), [1, -1])),
        (regr::regr_intercept_udaf(), |s| s.unscaled(s.intercept, [1, 0])),
        (regr::regr_count_udaf(), |s| s.n),
        (regr::regr_r2_udaf(), |s| correlated(s).powi(2)),
        (regr::regr_avgx_udaf(), |s| s.unscaled(s.sums[1] / s.n, [0, 1])),
        (regr::regr_avgy_udaf(), |s| s.unscaled(s.sums[0] / s.n, [1, 0])),
        (regr::regr_sxx_udaf(), |s| s.unscaled(s.yy / s.n, [0, 2])),
        (regr::regr_syy_udaf(), |s| s.unscaled(s.xx / s.n, [2, 0])),
        (regr::regr_sxy_udaf(), |s| s.unscaled(s.xy / s.n, [1, 1])),
    ]
}

/// The functions for the engine.
pub fn aggregates() -> Vec<Arc<AggregateUDF>> {
    let function = |(built_in, compute)| Arc::new(AggregateUDF::new_from_impl(ExactMoment { built_in, compute }));
    replaced().into_iter().map(function).collect()
}

impl Spread {
    /// A result of x^`powers[0]` y^`powers[1]` in the unit of the values.
    fn unscaled(&self, scaled: f64, powers: [i64; 2]) -> f64 {
        let exponent = -(powers[0] * self.exponents[0] + powers[1] * self.exponents[1]);
        scaled * power_of_two(exponent / 2) * power_of_two(exponent - exponent / 2)
    }

    /// n times a sum, divided by n and the degrees of freedom; nothing without those.
    fn over(&self, n_times_sum: f64, degrees: f64, powers: [i64; 2]) -> f64 {
        if degrees > 0.0 { self.unscaled(n_times_sum / self.n / degrees, powers) } else { f64::NAN }
    }
}

/// Of the first column (y) on the second (x), scaled.
fn slope(spread: &Spread) -> f64 {
    if spread.yy > 0.0 { spread.xy / spread.yy } else { f64::NAN }
}

fn correlated(spread: &Spread) -> f64 {
    if spread.xx > 0.0 && spread.yy > 0.0 {
        (spread.xy / (spread.xx.sqrt() * spread.yy.sqrt())).clamp(-1.0, 1.0)
    } else {
        f64::NAN
    }
}

/// One of the engine's functions with another way of computing.
#[derive(Debug)]
struct ExactMoment {
    built_in: Arc<AggregateUDF>,
    compute: Compute,
}

impl PartialEq for ExactMoment {
    fn eq(&self, other: &Self) -> bool {
        self.built_in == other.built_in
    }
}

impl Eq for ExactMoment {}

impl Hash for ExactMoment {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.built_in.hash(state);
    }
}

impl AggregateUDFImpl for ExactMoment {
    fn name(&self) -> &str {
        self.built_in.name()
    }

    fn aliases(&self) -> &[String] {
        self.built_in.aliases()
    }

    fn signature(&self) -> &Signature {
        self.built_in.signature()
    }

    fn return_type(&self, argument_types: &[DataType]) -> Result<DataType> {
        self.built_in.return_type(argument_types)
    }

    fn accumulator(&self, arguments: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if arguments.is_distinct {
            return not_impl_err!("`{}` does not take `distinct`: group the values before", self.name());
        }
        let output = arguments.return_field.data_type().clone();
        Ok(Box::new(OneGroup { pair: Pair::default(), compute: self.compute, output }))
    }

    fn state_fields(&self, arguments: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let list = DataType::new_list(DataType::Float64, true);
        let columns = [("count", DataType::UInt64), ("not_finite", DataType::UInt64), ("sums", list)];
        let field = |(column, data_type)| Field::new(format_state_name(arguments.name, column), data_type, true).into();
        Ok(columns.into_iter().map(field).collect())
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.built_in.documentation()
    }
}

#[derive(Debug)]
struct OneGroup {
    pair: Pair,
    compute: Compute,
    output: DataType,
}

impl Accumulator for OneGroup {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let left = values[0].as_primitive::<Float64Type>();
        let right = values.get(1).map(|right| right.as_primitive::<Float64Type>());
        for row in (0..left.len()).filter(|row| left.is_valid(*row)) {
            match right {
                None => self.pair.add(left.value(row), None),
                Some(right) if right.is_valid(row) => self.pair.add(left.value(row), Some(right.value(row))),
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let (counts, not_finite) = (states[0].as_primitive::<UInt64Type>(), states[1].as_primitive::<UInt64Type>());
        let sums = states[2].as_list::<i32>();
        for row in (0..counts.len()).filter(|row| counts.is_valid(*row)) {
            let sums = sums.value(row);
            self.pair.merge(counts.value(row), not_finite.value(row), sums.as_primitive::<Float64Type>().values());
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let sums: Vec<ScalarValue> = self.pair.write().into_iter().map(ScalarValue::from).collect();
        Ok(vec![
            ScalarValue::UInt64(Some(self.pair.count)),
            ScalarValue::UInt64(Some(self.pair.not_finite)),
            ScalarValue::List(ScalarValue::new_list(&sums, &DataType::Float64, true)),
        ])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        if self.output == DataType::UInt64 {
            return Ok(ScalarValue::UInt64(Some(self.pair.count)));
        }
        if self.pair.count == 0 || self.pair.not_finite > 0 {
            return Ok(ScalarValue::Float64(None));
        }
        let result = (self.compute)(&self.pair.spread());
        // Zero is positive.
        Ok(ScalarValue::Float64(Some(result + 0.0).filter(|result| result.is_finite())))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.pair.heap_bytes()
    }
}
