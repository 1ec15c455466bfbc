//! What makes the result of a function differ between runs, by the function that the engine resolves a name to.
//!
//! Scalar functions declare their volatility. Aggregates and window functions do not, so they are listed here; one that
//! is not listed is refused until it has been reviewed.

use datafusion::common::Result;
use datafusion::execution::SessionState;
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::{
    AggregateUDF, Expr, HigherOrderUDF, ScalarUDF, Volatility, WindowFunctionDefinition, WindowUDF,
};

use crate::functions::{statistics, suppress};

/// How the result of a function may differ between two runs over the same rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// Not at all.
    Deterministic,
    /// It depends on the time, on randomness, or on how the rows are stored.
    Volatile,
    /// Its last digits depend on the order in which rows are added up.
    Rounds,
    /// It depends on the order of rows.
    Ordered {
        /// Whether that order must also break ties.
        tells_ties_apart: bool,
    },
    /// It has not been reviewed yet.
    Unknown,
}

/// Aggregates whose result does not depend on the order of rows. Sums and averages are the exact ones of this program.
const DETERMINISTIC_AGGREGATES: [&str; 31] = [
    "approx_distinct",
    "avg",
    "bit_and",
    "bit_or",
    "bit_xor",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "covar_pop",
    "covar_samp",
    "grouping",
    "max",
    "median",
    "min",
    "percentile_cont",
    "regr_avgx",
    "regr_avgy",
    "regr_count",
    "regr_intercept",
    "regr_r2",
    "regr_slope",
    "regr_sxx",
    "regr_sxy",
    "regr_syy",
    "stddev",
    "stddev_pop",
    "sum",
    "var",
    "var_pop",
    "whole_sum",
];

/// Sketches that depend on the order in which values are merged.
const ROUNDING_AGGREGATES: [&str; 3] =
    ["approx_median", "approx_percentile_cont", "approx_percentile_cont_with_weight"];

/// Aggregates that keep or join values in the order of rows.
const ORDERED_AGGREGATES: [&str; 6] =
    ["any_value", "array_agg", "first_value", "last_value", "nth_value", "string_agg"];

/// Window functions that give tied rows the same value.
const RANKS: [&str; 4] = ["cume_dist", "dense_rank", "percent_rank", "rank"];

/// Window functions that number or pick single rows.
const ORDERED_WINDOWS: [&str; 8] =
    ["first_value", "lag", "last_value", "lead", "nth_value", "ntile", "row_number", suppress::NAME];

/// A function as the engine resolves it, whatever name the SQL uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedFunction {
    /// Its own name; a name in the SQL may be an alias.
    pub name: String,
    /// What makes its result differ.
    pub nature: Nature,
}

impl ResolvedFunction {
    fn scalar(function: &ScalarUDF) -> Self {
        Self { name: function.name().to_owned(), nature: of_volatility(function.signature().volatility) }
    }

    fn higher_order(function: &HigherOrderUDF) -> Self {
        Self { name: function.name().to_owned(), nature: of_volatility(function.signature().volatility) }
    }

    fn aggregate(function: &AggregateUDF) -> Self {
        let name = function.name();
        let listed = if DETERMINISTIC_AGGREGATES.contains(&name) || statistics::is_aggregate(name) {
            Nature::Deterministic
        } else if ROUNDING_AGGREGATES.contains(&name) {
            Nature::Rounds
        } else if ORDERED_AGGREGATES.contains(&name) {
            Nature::Ordered { tells_ties_apart: true }
        } else {
            Nature::Unknown
        };
        Self { name: name.to_owned(), nature: worse(listed, function.signature().volatility) }
    }

    fn window(function: &WindowUDF) -> Self {
        let name = function.name();
        let listed = if RANKS.contains(&name) {
            Nature::Ordered { tells_ties_apart: false }
        } else if ORDERED_WINDOWS.contains(&name) {
            Nature::Ordered { tells_ties_apart: true }
        } else {
            Nature::Unknown
        };
        Self { name: name.to_owned(), nature: worse(listed, function.signature().volatility) }
    }

    /// The function that a window is computed with.
    pub fn of_window(window: &WindowFunction) -> Self {
        match &window.fun {
            WindowFunctionDefinition::AggregateUDF(function) => Self::aggregate(function),
            WindowFunctionDefinition::WindowUDF(function) => Self::window(function),
        }
    }

    /// The function that `expression` itself is a call of.
    pub fn called_by(expression: &Expr) -> Option<Self> {
        match expression {
            Expr::ScalarFunction(call) => Some(Self::scalar(&call.func)),
            Expr::HigherOrderFunction(call) => Some(Self::higher_order(&call.func)),
            Expr::AggregateFunction(call) => Some(Self::aggregate(&call.func)),
            Expr::WindowFunction(window) => Some(Self::of_window(window)),
            _ => None,
        }
    }

    /// The function that the engine resolves `name` to. The name is in lower case unless it was quoted.
    pub fn named(name: &str, has_window: bool, state: &SessionState) -> Option<Self> {
        if let Some(function) = state.scalar_functions().get(name) {
            return Some(Self::scalar(function));
        }
        if let Some(function) = state.higher_order_functions().get(name) {
            return Some(Self::higher_order(function));
        }
        let aggregate = || state.aggregate_functions().get(name).map(|function| Self::aggregate(function));
        let window = || state.window_functions().get(name).map(|function| Self::window(function));
        if has_window { window().or_else(aggregate) } else { aggregate() }
    }
}

fn of_volatility(volatility: Volatility) -> Nature {
    match volatility {
        Volatility::Immutable => Nature::Deterministic,
        Volatility::Stable | Volatility::Volatile => Nature::Volatile,
    }
}

fn worse(listed: Nature, volatility: Volatility) -> Nature {
    match volatility {
        Volatility::Immutable => listed,
        Volatility::Stable | Volatility::Volatile => Nature::Volatile,
    }
}

/// Calls `look` with every function call in an expression, including nested ones.
///
/// # Errors
/// Those of `look`.
pub fn each_call(expression: &Expr, mut look: impl FnMut(&Expr, ResolvedFunction)) -> Result<()> {
    use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
    expression.apply(|part| {
        if let Some(known) = ResolvedFunction::called_by(part) {
            look(part, known);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(())
}
