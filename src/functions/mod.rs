//! SQL functions: replacements for those of the engine whose results differ from run to run, `suppress`, which says which
//! counts must not be shown, and `statistics`, what SQL cannot say.
//!
//! `sum`, `avg` and `mean` of doubles depend, in DataFusion, on the order in which partitions deliver rows, and sums
//! of integers wrap around silently. The functions here have the same names and types, and return the same bits
//! whatever the number of partitions and the order of rows:
//!
//! - doubles: the exact sum, rounded once (`expansion`, `double_total`); the mean is the exact quotient, rounded once;
//! - integers, durations and decimals: exact sums in a wider type, an error where the result does not fit
//!   (`exact_integers`);
//! - `stddev`, `var`, `covar`, `corr`, `regr_*`: exact sums of products (`moments`);
//! - intervals: the engine's own accumulators, which are integer arithmetic.
//!
//! Plain arithmetic is checked, too: see `arithmetic`. Functions that build long texts and lists have a limit: see `bounded`.
//!
//! Reading order: [`Sum`] and [`Average`] choose, `total` is what an exact aggregate has to provide, `accumulators`
//! turns that into what the engine calls.

mod accumulators;
mod arithmetic;
mod average;
mod bounded;
pub mod described;
mod distinct;
mod double_total;
mod exact_doubles;
mod exact_integers;
mod expansion;
pub mod moments;
pub mod statistics;
mod sum;
pub mod suppress;
#[cfg(test)]
mod tests;
mod total;

use std::sync::Arc;

use datafusion::logical_expr::{AggregateUDF, ScalarUDF, WindowUDF};
use datafusion::prelude::SessionContext;

pub use average::Average;
pub use sum::Sum;

/// Replaces `sum`, `avg` and `mean` in `context` by their exact versions and its arithmetic by checked arithmetic, and adds
/// `suppress` and the statistics.
pub fn register(context: &SessionContext) {
    for function in aggregates() {
        context.register_udaf(function.as_ref().clone());
    }
    for function in scalars() {
        context.register_udf(function.as_ref().clone());
    }
    for function in windows() {
        context.register_udwf(function.as_ref().clone());
    }
    context.add_analyzer_rule(Arc::new(arithmetic::CheckArithmetic));
}

/// Every aggregate function of this module, for sessions that are not built from a [`SessionContext`], such as those of a
/// cluster's executors, which find functions by name.
pub fn aggregates() -> Vec<Arc<AggregateUDF>> {
    let mut aggregates = vec![sum::sum(), sum::whole_sum(), average::average()];
    aggregates.extend(moments::aggregates());
    aggregates.extend(statistics::aggregates());
    aggregates
}

/// Every scalar function of this module, for the same use.
pub fn scalars() -> Vec<Arc<ScalarUDF>> {
    let mut scalars = statistics::scalars();
    scalars.extend(bounded::functions());
    scalars
}

/// Every window function of this module, for the same use.
pub fn windows() -> Vec<Arc<WindowUDF>> {
    vec![suppress::suppress()]
}
