//! The engine's two kinds of accumulators, for any [`Total`]: one group, and many groups at once.

use std::marker::PhantomData;

use datafusion::arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, PrimitiveArray, UInt64Array,
};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};
use datafusion::physical_expr::NullState;

use super::total::Total;

/// Makes the accumulators of one exact aggregate.
pub trait Recipe: Send + Sync {
    /// The fields of a partial result of the call `name`.
    fn state_fields(&self, name: &str, output: &DataType) -> Vec<FieldRef>;
    /// For one group, and for windows.
    fn one_group(&self, output: &DataType) -> Box<dyn Accumulator>;
    /// For many groups.
    fn many_groups(&self, output: &DataType) -> Box<dyn GroupsAccumulator>;
}

/// The recipe of the total `T`.
pub fn recipe<T: Total>() -> Box<dyn Recipe> {
    Box::new(Exact::<T>(PhantomData))
}

struct Exact<T>(PhantomData<T>);

impl<T: Total> Recipe for Exact<T> {
    fn state_fields(&self, name: &str, output: &DataType) -> Vec<FieldRef> {
        let field = |(column, data_type)| Field::new(format_state_name(name, column), data_type, true).into();
        T::state_columns(output).into_iter().map(field).collect()
    }

    fn one_group(&self, output: &DataType) -> Box<dyn Accumulator> {
        Box::new(OneGroup::<T> { total: T::default(), rows: 0, output: output.clone() })
    }

    fn many_groups(&self, output: &DataType) -> Box<dyn GroupsAccumulator> {
        let seen = NullState::new();
        Box::new(ManyGroups::<T> { totals: Vec::new(), seen, heap_bytes: 0, output: output.clone() })
    }
}

#[derive(Debug)]
struct OneGroup<T> {
    total: T,
    /// Values or partial results added and not taken out again.
    rows: u64,
    output: DataType,
}

impl<T: Total> OneGroup<T> {
    fn nulls(&self) -> Option<NullBuffer> {
        (self.rows == 0).then(|| NullBuffer::new_null(1))
    }
}

impl<T: Total> Accumulator for OneGroup<T> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let values = values[0].as_primitive::<T::Input>();
        self.rows += (values.len() - values.null_count()) as u64;
        if values.null_count() == 0 {
            for value in values.values() {
                self.total.add(*value);
            }
        } else {
            for value in values.iter().flatten() {
                self.total.add(value);
            }
        }
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for value in values[0].as_primitive::<T::Input>().iter().flatten() {
            self.total.retract(value);
            self.rows -= 1;
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let partial_results = T::read_states(states);
        for row in (0..states[0].len()).filter(|row| states[0].is_valid(*row)) {
            self.total.merge(&partial_results, row);
            self.rows += 1;
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let columns = T::write_states(std::slice::from_ref(&self.total), self.nulls(), &self.output)?;
        columns.iter().map(|column| ScalarValue::try_from_array(column, 0)).collect()
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let column = T::evaluate(std::slice::from_ref(&self.total), self.nulls(), &self.output)?;
        ScalarValue::try_from_array(&column, 0)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.total.heap_bytes()
    }
}

struct ManyGroups<T> {
    totals: Vec<T>,
    /// Which groups have seen a value.
    seen: NullState,
    /// Bytes that `totals` hold on the heap beside the vector itself.
    heap_bytes: usize,
    output: DataType,
}

impl<T: Total> ManyGroups<T> {
    fn take(&mut self, emit_to: EmitTo) -> (Vec<T>, Option<NullBuffer>) {
        let nulls = self.seen.build(emit_to);
        let totals = emit_to.take_needed(&mut self.totals);
        if self.heap_bytes > 0 {
            self.heap_bytes = self.totals.iter().map(Total::heap_bytes).sum();
        }
        (totals, nulls)
    }
}

impl<T: Total> GroupsAccumulator for ManyGroups<T> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        let values = values[0].as_primitive::<T::Input>();
        self.totals.resize_with(total_num_groups, T::default);
        let (totals, heap_bytes) = (&mut self.totals, &mut self.heap_bytes);
        self.seen.accumulate(group_indices, values, opt_filter, total_num_groups, |group, value| {
            *heap_bytes += totals[group].add(value);
        });
        Ok(())
    }

    fn merge_batch(&mut self, values: &[ArrayRef], group_indices: &[usize], total_num_groups: usize) -> Result<()> {
        let states = T::read_states(values);
        // Row numbers, NULL where the partial result is: `NullState` walks over columns of numbers only.
        let rows = UInt64Array::try_new((0..values[0].len() as u64).collect(), values[0].nulls().cloned())?;
        self.totals.resize_with(total_num_groups, T::default);
        let (totals, heap_bytes) = (&mut self.totals, &mut self.heap_bytes);
        self.seen.accumulate(group_indices, &rows, None, total_num_groups, |group, row| {
            *heap_bytes += totals[group].merge(&states, row as usize);
        });
        Ok(())
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let (totals, nulls) = self.take(emit_to);
        T::write_states(&totals, nulls, &self.output)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let (totals, nulls) = self.take(emit_to);
        T::evaluate(&totals, nulls, &self.output)
    }

    fn convert_to_state(&self, values: &[ArrayRef], opt_filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let values = values[0].as_primitive::<T::Input>();
        T::states_of_rows(only_where(values, opt_filter)?, &self.output)
    }

    fn size(&self) -> usize {
        self.totals.capacity() * size_of::<T>() + self.seen.size() + self.heap_bytes
    }
}

/// `values`, NULL where the filter is not true.
fn only_where<P: ArrowPrimitiveType>(
    values: &PrimitiveArray<P>,
    opt_filter: Option<&BooleanArray>,
) -> Result<PrimitiveArray<P>> {
    let passes = opt_filter.map(|filter| match filter.nulls() {
        Some(nulls) => NullBuffer::new(filter.values() & nulls.inner()),
        None => NullBuffer::new(filter.values().clone()),
    });
    let nulls = NullBuffer::union(values.nulls(), passes.as_ref());
    Ok(PrimitiveArray::try_new(values.values().clone(), nulls)?.with_data_type(values.data_type().clone()))
}

#[cfg(test)]
mod tests {
    use super::super::exact_doubles::{MeanOfDoubles, SumOfDoubles};
    use super::*;
    use datafusion::arrow::array::Float64Array;
    use datafusion::arrow::datatypes::Float64Type;
    use std::sync::Arc;

    fn doubles(column: &ArrayRef) -> Vec<Option<f64>> {
        column.as_primitive::<Float64Type>().iter().collect()
    }

    #[test]
    fn the_first_groups_can_be_emitted_before_the_others_are_complete() {
        let values: ArrayRef =
            Arc::new(Float64Array::from(vec![Some(1.0), None, Some(1e300), Some(0.5), Some(1e-300)]));
        for recipe in [recipe::<SumOfDoubles>(), recipe::<MeanOfDoubles>()] {
            let mut groups = recipe.many_groups(&DataType::Float64);
            groups.update_batch(std::slice::from_ref(&values), &[0, 1, 2, 3, 2], None, 4).unwrap();
            let size = groups.size();
            assert_eq!(doubles(&groups.evaluate(EmitTo::First(2)).unwrap()), [Some(1.0), None]);
            groups.update_batch(std::slice::from_ref(&values), &[1, 1, 0, 2, 0], None, 3).unwrap();
            assert!(groups.size() <= size);
            let mut merged = recipe.many_groups(&DataType::Float64);
            let states = groups.state(EmitTo::First(1)).unwrap();
            merged.merge_batch(&states, &[0], 1).unwrap();
            let states = groups.state(EmitTo::All).unwrap();
            merged.merge_batch(&states, &[2, 1], 3).unwrap();
            let result = doubles(&merged.evaluate(EmitTo::All).unwrap());
            let sums = [2e300, 0.5, 1.5].map(Some);
            let means = [5e299, 0.5, 0.75].map(Some);
            assert!(result == sums || result == means, "{result:?}");
        }
    }

    #[test]
    fn partial_results_of_huge_sums_stay_exact() {
        let values: ArrayRef = Arc::new(Float64Array::from(vec![f64::MAX; 5]));
        let opposite: ArrayRef = Arc::new(Float64Array::from(vec![f64::MIN; 4]));
        let recipe = recipe::<SumOfDoubles>();
        let mut total = recipe.one_group(&DataType::Float64);
        for part in [values, opposite] {
            let mut partial = recipe.one_group(&DataType::Float64);
            partial.update_batch(&[part]).unwrap();
            let states: Vec<ArrayRef> =
                partial.state().unwrap().iter().map(|state| state.to_array().unwrap()).collect();
            total.merge_batch(&states).unwrap();
        }
        assert_eq!(total.evaluate().unwrap(), ScalarValue::Float64(Some(f64::MAX)));
    }
}
