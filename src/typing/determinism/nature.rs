//! What makes the result of a function differ from run to run, told by the function that the engine resolved a name to.
//!
//! Scalar functions say it themselves (their volatility). Aggregates and window functions do not, so they are listed here;
//! one that is not listed is refused, until somebody has looked at it.

use datafusion::common::Result;
use datafusion::execution::SessionState;
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::{
    AggregateUDF, Expr, HigherOrderUDF, ScalarUDF, Volatility, WindowFunctionDefinition, WindowUDF,
};

use crate::functions::suppress;

/// How the result of a function may differ between two runs over the same rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// Not at all.
    Steady,
    /// It depends on the moment, on chance, or on how the rows are stored.
    Volatile,
    /// Its last digits depend on the order in which rows are added up.
    Rounds,
    /// It depends on the order of rows.
    Ordered {
        /// Whether rows that are tied in that order must be told apart, too.
        tells_ties_apart: bool,
    },
    /// Nobody has looked at it yet.
    Unknown,
}

/// Aggregates whose result does not depend on the order of rows. Sums and averages are the exact ones of this program.
const STEADY_AGGREGATES: [&str; 15] = [
    "approx_distinct",
    "avg",
    "bit_and",
    "bit_or",
    "bit_xor",
    "bool_and",
    "bool_or",
    "count",
    "grouping",
    "max",
    "median",
    "min",
    "percentile_cont",
    "sum",
    "whole_sum",
];

/// Aggregates of doubles that round at every row, and sketches that depend on the order in which values are merged.
const ROUNDING_AGGREGATES: [&str; 19] = [
    "approx_median",
    "approx_percentile_cont",
    "approx_percentile_cont_with_weight",
    "corr",
    "covar_pop",
    "covar_samp",
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
    "var",
    "var_pop",
];

/// Aggregates that keep or join values in the order of rows.
const ORDERED_AGGREGATES: [&str; 6] =
    ["any_value", "array_agg", "first_value", "last_value", "nth_value", "string_agg"];

/// Window functions that give tied rows one value.
const RANKS: [&str; 4] = ["cume_dist", "dense_rank", "percent_rank", "rank"];

/// Window functions that number or pick single rows.
const ORDERED_WINDOWS: [&str; 8] =
    ["first_value", "lag", "last_value", "lead", "nth_value", "ntile", "row_number", suppress::NAME];

/// A function as the engine knows it, whatever it was called by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its own name; a name in the SQL may be an alias.
    pub name: String,
    /// What makes its result differ.
    pub nature: Nature,
}

impl Known {
    fn scalar(function: &ScalarUDF) -> Self {
        Self { name: function.name().to_owned(), nature: of_volatility(function.signature().volatility) }
    }

    fn higher_order(function: &HigherOrderUDF) -> Self {
        Self { name: function.name().to_owned(), nature: of_volatility(function.signature().volatility) }
    }

    fn aggregate(function: &AggregateUDF) -> Self {
        let name = function.name();
        let listed = if STEADY_AGGREGATES.contains(&name) {
            Nature::Steady
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

    /// The function that the engine takes `name`, in lower case unless it was quoted, for.
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
        Volatility::Immutable => Nature::Steady,
        Volatility::Stable | Volatility::Volatile => Nature::Volatile,
    }
}

fn worse(listed: Nature, volatility: Volatility) -> Nature {
    match volatility {
        Volatility::Immutable => listed,
        Volatility::Stable | Volatility::Volatile => Nature::Volatile,
    }
}

/// Calls `look` with every function call of a plan node's or another expression, those inside of others included.
///
/// # Errors
/// Those of `look`.
pub fn each_call(expression: &Expr, mut look: impl FnMut(&Expr, Known)) -> Result<()> {
    use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
    expression.apply(|part| {
        if let Some(known) = Known::called_by(part) {
            look(part, known);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(())
}
