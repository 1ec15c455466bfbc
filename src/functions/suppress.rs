//! `suppress(count, minimum)`, a window function: whether a count must not be told beside the others of its window.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray};
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::Result;
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{LimitEffect, PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl};
use datafusion::physical_plan::PhysicalExpr;

/// The name in SQL.
pub const NAME: &str = "suppress";

/// The function.
pub(super) fn suppress() -> Arc<WindowUDF> {
    let signature = Signature::exact(vec![DataType::Int64, DataType::Int64], Volatility::Immutable);
    Arc::new(WindowUDF::from(Suppress { signature }))
}

/// True for counts of 1 to `minimum - 1`; and, where that is one row alone, for the smallest other count with it, the first
/// in the order of the window: the total and the others would tell the one (complementary suppression, Willenborg and de
/// Waal 2001). 0 tells nobody's secret, and NULL is no count. The window must hold the parts of one whole, each once.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Suppress {
    signature: Signature,
}

impl WindowUDFImpl for Suppress {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn partition_evaluator(&self, _: PartitionEvaluatorArgs) -> Result<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Evaluator))
    }

    fn field(&self, arguments: WindowUDFFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(arguments.name(), DataType::Boolean, false)))
    }

    fn limit_effect(&self, _: &[Arc<dyn PhysicalExpr>]) -> LimitEffect {
        LimitEffect::Unknown
    }
}

#[derive(Debug)]
struct Evaluator;

impl PartitionEvaluator for Evaluator {
    fn evaluate_all(&mut self, values: &[ArrayRef], _: usize) -> Result<ArrayRef> {
        let counts = values[0].as_primitive::<Int64Type>();
        let minimums = values[1].as_primitive::<Int64Type>();
        let minimum = minimums.iter().flatten().next().unwrap_or(0);
        let is_small = |count: i64| (1..minimum).contains(&count);
        let mut hidden: Vec<bool> = counts.iter().map(|count| count.is_some_and(is_small)).collect();
        if hidden.iter().filter(|is_hidden| **is_hidden).count() == 1 {
            let large = counts.iter().enumerate().filter_map(|(row, count)| Some((count?, row)));
            if let Some((_, next)) = large.filter(|(count, _)| *count >= minimum).min() {
                hidden[next] = true;
            }
        }
        Ok(Arc::new(BooleanArray::from(hidden)))
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::Int64Array;

    use super::*;

    fn hidden(counts: &[Option<i64>], minimum: i64) -> Vec<bool> {
        let minimums: ArrayRef = Arc::new(Int64Array::from(vec![minimum; counts.len()]));
        let counts: ArrayRef = Arc::new(Int64Array::from(counts.to_vec()));
        let hidden = Evaluator.evaluate_all(&[counts, minimums], 0).unwrap();
        hidden.as_boolean().iter().flatten().collect()
    }

    #[test]
    fn small_counts_hide_and_a_single_one_takes_the_next_smallest_with_it() {
        assert_eq!(hidden(&[Some(9), Some(4), Some(5), Some(0)], 5), [false, true, true, false]);
        assert_eq!(hidden(&[Some(9), Some(4), Some(1), Some(0)], 5), [false, true, true, false]);
        assert_eq!(hidden(&[Some(9), Some(5), None, Some(0)], 5), [false; 4]);
        // Of two that are equally large the first.
        assert_eq!(hidden(&[Some(7), Some(4), Some(7)], 5), [true, true, false]);
    }

    #[test]
    fn nothing_else_hides_where_there_is_nothing_else_and_nothing_at_all_where_one_is_enough() {
        assert_eq!(hidden(&[Some(4), Some(0), None], 5), [true, false, false]);
        assert_eq!(hidden(&[Some(1), Some(2)], 1), [false, false]);
        assert_eq!(hidden(&[], 5), [false; 0]);
    }
}
