//! `sum`.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::datatypes::{
    DataType, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, DurationMicrosecondType,
    DurationMillisecondType, DurationNanosecondType, DurationSecondType, FieldRef, Int64Type, TimeUnit, UInt64Type,
};
use datafusion::common::Result;
use datafusion::functions_aggregate::sum::Sum as BuiltInSum;
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams, WindowFunctionParams};
use datafusion::logical_expr::function::{AccumulatorArgs, AggregateFunctionSimplification, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Documentation, Expr, GroupsAccumulator, ReversedUDAF, SetMonotonicity,
    Signature,
};

use super::accumulators::{Recipe, recipe};
use super::distinct::ExactDistinct;
use super::exact_doubles::SumOfDoubles;
use super::exact_integers::SumOf;

/// Decimals up to this precision are summed as 128-bit integers: 10^10 rows of 28 digits fit.
const LAST_PRECISION_SUMMED_IN_128_BITS: u8 = 28;

/// The exact `sum`: signature and types are the built-in's.
///
/// Not taken from the built-in: sums from statistics, which may be rounded or wrapped, and the rewriting of
/// `sum(x + 1)` as `sum(x) + count(x)`, which rounds differently.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Sum {
    built_in: BuiltInSum,
    division: Division,
}

/// Whether the optimizer may compute the sum as a sum of sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Division {
    /// Called `sum`. The optimizer's rule `single_distinct_aggregation_to_group_by` knows this name: beside a
    /// `count(distinct k)` it sums by `k` first and then adds up the sums.
    Allowed,
    /// Called `whole_sum`, otherwise the same. Sums of sums of doubles would be rounded twice, and those of decimals
    /// change the type of the result, so `sum` of those becomes this function before that rule runs.
    Forbidden,
}

static SUM: LazyLock<Arc<AggregateUDF>> = LazyLock::new(|| function(Division::Allowed));
static WHOLE_SUM: LazyLock<Arc<AggregateUDF>> = LazyLock::new(|| function(Division::Forbidden));

/// The function `sum`.
pub fn sum() -> Arc<AggregateUDF> {
    Arc::clone(&SUM)
}

/// The function that plans call in place of `sum` where a sum of sums is not the same.
pub fn whole_sum() -> Arc<AggregateUDF> {
    Arc::clone(&WHOLE_SUM)
}

fn function(division: Division) -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::new_from_impl(Sum { built_in: BuiltInSum::new(), division }))
}

/// How to sum values of type `input` exactly; `None` where the built-in does.
pub fn exact(input: &DataType) -> Option<Box<dyn Recipe>> {
    Some(match input {
        DataType::Float64 => recipe::<SumOfDoubles>(),
        DataType::Int64 => recipe::<SumOf<Int64Type, Decimal128Type>>(),
        DataType::UInt64 => recipe::<SumOf<UInt64Type, Decimal128Type>>(),
        DataType::Duration(TimeUnit::Second) => recipe::<SumOf<DurationSecondType, Decimal128Type>>(),
        DataType::Duration(TimeUnit::Millisecond) => recipe::<SumOf<DurationMillisecondType, Decimal128Type>>(),
        DataType::Duration(TimeUnit::Microsecond) => recipe::<SumOf<DurationMicrosecondType, Decimal128Type>>(),
        DataType::Duration(TimeUnit::Nanosecond) => recipe::<SumOf<DurationNanosecondType, Decimal128Type>>(),
        DataType::Decimal32(..) => recipe::<SumOf<Decimal32Type, Decimal128Type>>(),
        DataType::Decimal64(..) => recipe::<SumOf<Decimal64Type, Decimal128Type>>(),
        DataType::Decimal128(precision, _) if *precision <= LAST_PRECISION_SUMMED_IN_128_BITS => {
            recipe::<SumOf<Decimal128Type, Decimal128Type>>()
        }
        DataType::Decimal128(..) => recipe::<SumOf<Decimal128Type, Decimal256Type>>(),
        DataType::Decimal256(..) => recipe::<SumOf<Decimal256Type, Decimal256Type>>(),
        _ => return None,
    })
}

impl AggregateUDFImpl for Sum {
    fn name(&self) -> &str {
        match self.division {
            Division::Allowed => "sum",
            Division::Forbidden => "whole_sum",
        }
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let Some(recipe) = exact(args.expr_fields[0].data_type()) else { return self.built_in.accumulator(args) };
        let output = args.return_field.data_type().clone();
        if args.is_distinct {
            return Ok(Box::new(ExactDistinct::new(self.built_in.accumulator(args)?, recipe, output)));
        }
        Ok(recipe.one_group(&output))
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let Some(recipe) = exact(args.expr_fields[0].data_type()) else {
            return self.built_in.create_sliding_accumulator(args);
        };
        let output = args.return_field.data_type().clone();
        if args.is_distinct {
            let collector = self.built_in.create_sliding_accumulator(args)?;
            return Ok(Box::new(ExactDistinct::new(collector, recipe, output)));
        }
        Ok(recipe.one_group(&output))
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        match exact(args.expr_fields[0].data_type()) {
            Some(recipe) => Ok(recipe.many_groups(args.return_field.data_type())),
            None => self.built_in.create_groups_accumulator(args),
        }
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        self.built_in.groups_accumulator_supported(args)
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        match exact(args.input_fields[0].data_type()) {
            Some(recipe) if !args.is_distinct => Ok(recipe.state_fields(args.name, args.return_field.data_type())),
            _ => self.built_in.state_fields(args),
        }
    }

    fn simplify(&self) -> Option<AggregateFunctionSimplification> {
        if self.division == Division::Forbidden {
            return None;
        }
        Some(Box::new(|mut call: AggregateFunction, context| {
            let input = context.get_data_type(&call.params.args[0])?;
            if !call.params.distinct && !input.is_integer() {
                call.func = whole_sum();
            }
            Ok(Expr::AggregateFunction(call))
        }))
    }

    fn signature(&self) -> &Signature {
        self.built_in.signature()
    }

    fn return_type(&self, argument_types: &[DataType]) -> Result<DataType> {
        self.built_in.return_type(argument_types)
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn set_monotonicity(&self, data_type: &DataType) -> SetMonotonicity {
        self.built_in.set_monotonicity(data_type)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.built_in.documentation()
    }

    // Columns and plans say `sum(...)` whatever the division.

    fn schema_name(&self, params: &AggregateFunctionParams) -> Result<String> {
        self.built_in.schema_name(params)
    }

    fn human_display(&self, params: &AggregateFunctionParams) -> Result<String> {
        self.built_in.human_display(params)
    }

    fn display_name(&self, params: &AggregateFunctionParams) -> Result<String> {
        self.built_in.display_name(params)
    }

    fn window_function_schema_name(&self, params: &WindowFunctionParams) -> Result<String> {
        self.built_in.window_function_schema_name(params)
    }

    fn window_function_display_name(&self, params: &WindowFunctionParams) -> Result<String> {
        self.built_in.window_function_display_name(params)
    }
}
