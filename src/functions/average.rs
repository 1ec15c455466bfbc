//! `avg`, also called `mean`.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::datatypes::{
    DataType, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType, Field,
    FieldRef, Int64Type, TimeUnit, UInt64Type,
};
use datafusion::common::Result;
use datafusion::common::types::{
    NativeType, logical_float64, logical_int8, logical_int16, logical_int32, logical_int64, logical_uint8,
    logical_uint16, logical_uint32, logical_uint64,
};
use datafusion::functions_aggregate::average::Avg as BuiltInAverage;
use datafusion::functions_aggregate::sum::Sum as BuiltInSum;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Coercion, Documentation, GroupsAccumulator, ReversedUDAF, Signature,
    TypeSignature, TypeSignatureClass, Volatility,
};

use super::accumulators::{Recipe, recipe};
use super::distinct::ExactDistinct;
use super::exact_doubles::MeanOfDoubles;
use super::exact_integers::MeanOf;

/// The exact `avg`: types are the built-in's, but integers are added as integers instead of as doubles.
///
/// Durations are added in a wider type, where the built-in's sum wraps around: that of 300 years, in nanoseconds. Means of
/// decimals are the built-in's: integer arithmetic in a wider type, then one division.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Average {
    built_in: BuiltInAverage,
    /// Collects distinct values of any type.
    built_in_sum: BuiltInSum,
    signature: Signature,
}

static AVERAGE: LazyLock<Arc<AggregateUDF>> = LazyLock::new(|| {
    let (built_in, built_in_sum) = (BuiltInAverage::new(), BuiltInSum::new());
    Arc::new(AggregateUDF::new_from_impl(Average { built_in, built_in_sum, signature: signature() }))
});

/// The function `avg`.
pub fn average() -> Arc<AggregateUDF> {
    Arc::clone(&AVERAGE)
}

/// The built-in's, except that integers stay integers.
fn signature() -> Signature {
    let exactly = |class| TypeSignature::Coercible(vec![Coercion::new_exact(class)]);
    let widened = |to, from, native| {
        TypeSignature::Coercible(vec![Coercion::new_implicit(TypeSignatureClass::Native(to), from, native)])
    };
    let unsigned = [logical_uint8(), logical_uint16(), logical_uint32()].map(TypeSignatureClass::Native).to_vec();
    let signed = [logical_int8(), logical_int16(), logical_int32()].map(TypeSignatureClass::Native).to_vec();
    Signature::one_of(
        vec![
            exactly(TypeSignatureClass::Decimal),
            exactly(TypeSignatureClass::Duration),
            widened(logical_uint64(), unsigned, NativeType::UInt64),
            widened(logical_int64(), signed, NativeType::Int64),
            widened(logical_float64(), vec![TypeSignatureClass::Float], NativeType::Float64),
        ],
        Volatility::Immutable,
    )
}

/// How to average values of type `input` exactly; `None` where the built-in does.
fn exact(input: &DataType) -> Option<Box<dyn Recipe>> {
    Some(match input {
        DataType::Float64 => recipe::<MeanOfDoubles>(),
        DataType::Int64 => recipe::<MeanOf<Int64Type>>(),
        DataType::UInt64 => recipe::<MeanOf<UInt64Type>>(),
        DataType::Duration(TimeUnit::Second) => recipe::<MeanOf<DurationSecondType>>(),
        DataType::Duration(TimeUnit::Millisecond) => recipe::<MeanOf<DurationMillisecondType>>(),
        DataType::Duration(TimeUnit::Microsecond) => recipe::<MeanOf<DurationMicrosecondType>>(),
        DataType::Duration(TimeUnit::Nanosecond) => recipe::<MeanOf<DurationNanosecondType>>(),
        _ => return None,
    })
}

impl AggregateUDFImpl for Average {
    fn name(&self) -> &str {
        "avg"
    }

    fn aliases(&self) -> &[String] {
        self.built_in.aliases()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, argument_types: &[DataType]) -> Result<DataType> {
        self.built_in.return_type(argument_types)
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let Some(recipe) = exact(args.expr_fields[0].data_type()) else { return self.built_in.accumulator(args) };
        let output = args.return_field.data_type().clone();
        if args.is_distinct {
            // The built-in sum collects values of the type that it returns.
            let return_field = Arc::clone(&args.expr_fields[0]);
            let collector = self.built_in_sum.accumulator(AccumulatorArgs { return_field, ..args })?;
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
        let input = args.input_fields[0].data_type();
        match exact(input) {
            Some(recipe) if !args.is_distinct => Ok(recipe.state_fields(args.name, args.return_field.data_type())),
            Some(_) => {
                let return_field = Arc::new(Field::new(args.name, input.clone(), true));
                self.built_in_sum.state_fields(StateFieldsArgs { return_field, ..args })
            }
            None => self.built_in.state_fields(args),
        }
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.built_in.documentation()
    }
}
