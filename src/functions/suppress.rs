//! `suppress(count, minimum [, is_hidden])`, a window function: whether a count must be suppressed among the others of its
//! window.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::Result;
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{
    LimitEffect, PartitionEvaluator, Signature, TypeSignature, Volatility, WindowUDF, WindowUDFImpl,
};
use datafusion::physical_plan::PhysicalExpr;

/// The name in SQL.
pub const NAME: &str = "suppress";

/// The function.
pub(super) fn suppress() -> Arc<WindowUDF> {
    let count_and_minimum = [DataType::Int64, DataType::Int64];
    let with_hidden = [DataType::Int64, DataType::Int64, DataType::Boolean];
    let arguments = [TypeSignature::Exact(count_and_minimum.into()), TypeSignature::Exact(with_hidden.into())];
    let signature = Signature::one_of(arguments.into(), Volatility::Immutable);
    Arc::new(WindowUDF::from(Suppress { signature }))
}

/// [`hidden`] over the rows of a window, which must be the parts of one whole, each once. Of equal counts, the first in the
/// order of the window is suppressed first. NULL counts as 0. The third argument says which rows are hidden already; without
/// it none are.
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
        let natural = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok()).unwrap_or(0);
        let counts: Vec<u64> = values[0].as_primitive::<Int64Type>().iter().map(natural).collect();
        let minimum = values[1].as_primitive::<Int64Type>().iter().next().flatten();
        let small = counts.iter().map(|count| is_small(*count, natural(minimum)));
        let already = values.get(2).map(|already| already.as_boolean());
        let is_hidden = |row: usize| already.is_some_and(|already| already.is_valid(row) && already.value(row));
        let hidden = small.enumerate().map(|(row, is_small)| is_small || is_hidden(row)).collect();
        Ok(Arc::new(BooleanArray::from(with_companion(&counts, hidden))))
    }
}

/// Which of the groups of a whole must be hidden, by their sizes: those of 1 to `minimum - 1`. Where that is a single group,
/// the smallest other group is hidden with it, because the total minus the others would reveal it (complementary suppression,
/// see Willenborg and de Waal 2001, "Elements of Statistical Disclosure Control", ch. 1). Empty groups stay visible.
pub fn hidden(groups: &[u64], minimum: u64) -> Vec<bool> {
    with_companion(groups, groups.iter().map(|number| is_small(*number, minimum)).collect())
}

/// Hides the smallest other group where exactly one is hidden.
fn with_companion(groups: &[u64], mut hidden: Vec<bool>) -> Vec<bool> {
    if hidden.iter().filter(|is_hidden| **is_hidden).count() == 1 {
        let others = (0..groups.len()).filter(|index| !hidden[*index] && groups[*index] > 0);
        if let Some(companion) = others.min_by_key(|index| groups[*index]) {
            hidden[companion] = true;
        }
    }
    hidden
}

/// Whether a group of this size must be hidden. An empty group need not.
pub fn is_small(number: u64, minimum: u64) -> bool {
    (1..minimum).contains(&number)
}

#[cfg(test)]
mod tests {
    use arrow::array::Int64Array;

    use super::*;

    fn suppressed(counts: &[Option<i64>], minimum: i64) -> Vec<bool> {
        let minimums: ArrayRef = Arc::new(Int64Array::from(vec![minimum; counts.len()]));
        let counts: ArrayRef = Arc::new(Int64Array::from(counts.to_vec()));
        let suppressed = Evaluator.evaluate_all(&[counts, minimums], 0).unwrap();
        suppressed.as_boolean().iter().flatten().collect()
    }

    #[test]
    fn small_counts_hide_and_a_single_one_takes_the_next_smallest_with_it() {
        assert_eq!(suppressed(&[Some(9), Some(4), Some(5), Some(0)], 5), [false, true, true, false]);
        assert_eq!(suppressed(&[Some(9), Some(4), Some(1), Some(0)], 5), [false, true, true, false]);
        assert_eq!(suppressed(&[Some(9), Some(5), None, Some(0)], 5), [false; 4]);
        // Of two that are equally large the first.
        assert_eq!(suppressed(&[Some(7), Some(4), Some(7)], 5), [true, true, false]);
    }

    #[test]
    fn nothing_else_hides_where_there_is_nothing_else_and_nothing_at_all_where_one_is_enough() {
        assert_eq!(suppressed(&[Some(4), Some(0), None], 5), [true, false, false]);
        assert_eq!(suppressed(&[Some(1), Some(2)], 1), [false, false]);
        assert_eq!(suppressed(&[], 5), [false; 0]);
    }

    #[test]
    fn what_is_hidden_already_stays_so_and_takes_a_companion_like_a_small_one() {
        let counts: ArrayRef = Arc::new(Int64Array::from(vec![9, 8, 7, 0]));
        let minimums: ArrayRef = Arc::new(Int64Array::from(vec![5; 4]));
        let already: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), None, Some(false), Some(false)]));
        let suppressed = Evaluator.evaluate_all(&[counts, minimums, already], 4).unwrap();
        let suppressed: Vec<bool> = suppressed.as_boolean().iter().flatten().collect();
        assert_eq!(suppressed, [true, false, true, false]);
    }

    #[test]
    fn the_smallest_other_group_hides_with_a_single_small_one() {
        assert_eq!(hidden(&[100, 3, 40, 0, 60], 5), [false, true, true, false, false]);
        assert_eq!(hidden(&[100, 3, 2], 5), [false, true, true]);
        assert_eq!(hidden(&[100, 30, 0], 5), [false, false, false]);
    }
}
