//! Sum and mean of doubles.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, ListArray, UInt64Array};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Float64Type, UInt64Type};
use datafusion::common::{DataFusionError, Result};

use super::double_total::DoubleTotal;
use super::total::Total;

/// `sum(double)`. A partial result is a list of doubles with the same exact sum.
#[derive(Debug, Default)]
pub struct SumOfDoubles {
    total: DoubleTotal,
}

/// `avg(double)`. A partial result is that of the sum and the number of values.
#[derive(Debug, Default)]
pub struct MeanOfDoubles {
    total: DoubleTotal,
    count: u64,
}

/// A column of lists of doubles.
pub struct Partials {
    offsets: OffsetBuffer<i32>,
    values: Float64Array,
}

impl Total for SumOfDoubles {
    type Input = Float64Type;
    type States = Partials;

    fn state_columns(_output: &DataType) -> Vec<(&'static str, DataType)> {
        vec![("partials", DataType::List(list_field()))]
    }

    #[inline]
    fn add(&mut self, value: f64) -> usize {
        self.total.add(value)
    }

    fn retract(&mut self, value: f64) {
        self.total.retract(value);
    }

    fn read_states(columns: &[ArrayRef]) -> Partials {
        Partials::read(&columns[0])
    }

    fn merge(&mut self, states: &Partials, row: usize) -> usize {
        states.add_to(&mut self.total, row)
    }

    fn write_states(totals: &[Self], nulls: Option<NullBuffer>, _output: &DataType) -> Result<Vec<ArrayRef>> {
        Ok(vec![write_partials(totals.iter().map(|sum| &sum.total), nulls)?])
    }

    fn states_of_rows(values: Float64Array, _output: &DataType) -> Result<Vec<ArrayRef>> {
        Ok(vec![one_partial_a_row(values)?])
    }

    fn evaluate(totals: &[Self], nulls: Option<NullBuffer>, _output: &DataType) -> Result<ArrayRef> {
        let sums: Vec<f64> = totals.iter().map(|sum| sum.total.rounded()).collect();
        Ok(Arc::new(Float64Array::try_new(sums.into(), nulls)?))
    }

    fn heap_bytes(&self) -> usize {
        self.total.heap_bytes()
    }
}

impl Total for MeanOfDoubles {
    type Input = Float64Type;
    type States = (UInt64Array, Partials);

    fn state_columns(output: &DataType) -> Vec<(&'static str, DataType)> {
        let mut columns = vec![("count", DataType::UInt64)];
        columns.extend(SumOfDoubles::state_columns(output));
        columns
    }

    #[inline]
    fn add(&mut self, value: f64) -> usize {
        self.count += 1;
        self.total.add(value)
    }

    fn retract(&mut self, value: f64) {
        self.count -= 1;
        self.total.retract(value);
    }

    fn read_states(columns: &[ArrayRef]) -> Self::States {
        (columns[0].as_primitive::<UInt64Type>().clone(), Partials::read(&columns[1]))
    }

    fn merge(&mut self, (counts, partials): &Self::States, row: usize) -> usize {
        self.count += counts.value(row);
        partials.add_to(&mut self.total, row)
    }

    fn write_states(totals: &[Self], nulls: Option<NullBuffer>, _output: &DataType) -> Result<Vec<ArrayRef>> {
        let counts: Vec<u64> = totals.iter().map(|mean| mean.count).collect();
        let partials = write_partials(totals.iter().map(|mean| &mean.total), nulls.clone())?;
        Ok(vec![Arc::new(UInt64Array::try_new(counts.into(), nulls)?), partials])
    }

    fn states_of_rows(values: Float64Array, _output: &DataType) -> Result<Vec<ArrayRef>> {
        let counts = UInt64Array::try_new(vec![1; values.len()].into(), values.nulls().cloned())?;
        Ok(vec![Arc::new(counts), one_partial_a_row(values)?])
    }

    fn evaluate(totals: &[Self], nulls: Option<NullBuffer>, _output: &DataType) -> Result<ArrayRef> {
        let means: Vec<f64> = totals.iter().map(|mean| mean.total.divided_by(mean.count.max(1))).collect();
        Ok(Arc::new(Float64Array::try_new(means.into(), nulls)?))
    }

    fn heap_bytes(&self) -> usize {
        self.total.heap_bytes()
    }
}

impl Partials {
    fn read(column: &ArrayRef) -> Self {
        let lists = column.as_list::<i32>();
        Self { offsets: lists.offsets().clone(), values: lists.values().as_primitive::<Float64Type>().clone() }
    }

    fn add_to(&self, total: &mut DoubleTotal, row: usize) -> usize {
        let range = self.offsets[row] as usize..self.offsets[row + 1] as usize;
        self.values.values()[range].iter().map(|partial| total.add(*partial)).sum()
    }
}

fn list_field() -> FieldRef {
    Arc::new(Field::new_list_field(DataType::Float64, true))
}

fn write_partials<'a>(
    totals: impl ExactSizeIterator<Item = &'a DoubleTotal>,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef> {
    let mut partials = Vec::with_capacity(totals.len() * 2);
    let mut offsets = Vec::with_capacity(totals.len() + 1);
    offsets.push(0);
    for total in totals {
        total.append_partials(&mut partials);
        offsets.push(offset(partials.len())?);
    }
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
    Ok(Arc::new(ListArray::try_new(list_field(), offsets, Arc::new(Float64Array::from(partials)), nulls)?))
}

fn one_partial_a_row(values: Float64Array) -> Result<ArrayRef> {
    let rows = offset(values.len())?;
    let offsets = OffsetBuffer::new(ScalarBuffer::from_iter(0..=rows));
    let (_, buffer, nulls) = values.into_parts();
    Ok(Arc::new(ListArray::try_new(list_field(), offsets, Arc::new(Float64Array::new(buffer, None)), nulls)?))
}

fn offset(length: usize) -> Result<i32> {
    i32::try_from(length).map_err(|_| {
        DataFusionError::ResourcesExhausted(format!("{length} partial sums in one batch, at most 2^31 fit"))
    })
}
