//! `sum(distinct ...)` and `avg(distinct ...)`.

use std::fmt;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::Accumulator;

use super::accumulators::Recipe;

/// Lets the engine's own accumulator collect the distinct values and adds them up exactly: the engine would add them
/// in the order of a hash table.
pub struct ExactDistinct {
    collector: Box<dyn Accumulator>,
    recipe: Box<dyn Recipe>,
    output: DataType,
}

impl ExactDistinct {
    /// `collector` has as its state one list, of the distinct values.
    pub fn new(collector: Box<dyn Accumulator>, recipe: Box<dyn Recipe>, output: DataType) -> Self {
        Self { collector, recipe, output }
    }
}

impl fmt::Debug for ExactDistinct {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ExactDistinct").field("collector", &self.collector).finish_non_exhaustive()
    }
}

impl Accumulator for ExactDistinct {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.collector.update_batch(values)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.collector.retract_batch(values)
    }

    fn supports_retract_batch(&self) -> bool {
        self.collector.supports_retract_batch()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.collector.merge_batch(states)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.collector.state()
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let state = self.collector.state()?;
        let [ScalarValue::List(distinct)] = state.as_slice() else {
            return internal_err!("the distinct values are not one list: {state:?}");
        };
        let mut total = self.recipe.one_group(&self.output);
        total.update_batch(std::slice::from_ref(distinct.values()))?;
        total.evaluate()
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.collector.size()
    }
}
