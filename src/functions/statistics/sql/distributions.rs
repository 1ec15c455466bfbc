//! `normal_cdf` and other distribution functions, `wilson_low`, `wilson_high`.

use super::super::adapter::{Argument, Compute, Declaration, Kind, RowFunction, Shape};
use super::super::kernels::distributions;
use super::Z_95;

const WILSON: &[Argument] = &[
    Argument::required("successes", Kind::Number, "How many, 0 to n; may be a sum of weights, scaled to n."),
    Argument::required("n", Kind::Number, "Of how many, or n_eff; positive."),
    Argument::optional("z", Kind::Number, "Normal quantile of the level; 1.959963984540054 (95 %) by default."),
];

fn wilson(numbers: &[f64]) -> (f64, f64) {
    distributions::wilson(numbers[0], numbers[1], numbers.get(2).copied().unwrap_or(Z_95))
}

const WILSON_SOURCE: &str = "E. B. Wilson, JASA 22 (1927) 209-212, without continuity correction";
const HANDBOOK: &str = "NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.6";

/// The functions of this file.
pub const ROW_FUNCTIONS: &[RowFunction] = &[
    RowFunction {
        declaration: Declaration {
            name: "wilson_low",
            arguments: WILSON,
            result: Shape::Number,
            meaning: "Lower end of Wilson's interval for the proportion successes / n, 0 to 1. NULL unless 0 <= successes <= n and n > 0.",
            example: "select wilson_low(8, 10) -- 0.4901...",
            source: WILSON_SOURCE,
        },
        compute: Compute::Numbers(|numbers| wilson(numbers).0),
    },
    RowFunction {
        declaration: Declaration {
            name: "wilson_high",
            arguments: WILSON,
            result: Shape::Number,
            meaning: "Upper end of Wilson's interval for the proportion successes / n, 0 to 1. NULL unless 0 <= successes <= n and n > 0.",
            example: "select wilson_high(8, 10) -- 0.9433...",
            source: WILSON_SOURCE,
        },
        compute: Compute::Numbers(|numbers| wilson(numbers).1),
    },
    RowFunction {
        declaration: Declaration {
            name: "normal_cdf",
            arguments: &[Argument::required("x", Kind::Number, "Any number.")],
            result: Shape::Number,
            meaning: "Probability that a standard normal variable is at most x. The two-sided p-value of z is 2 * normal_cdf(-abs(z)), exact far into the tail.",
            example: "select 2 * normal_cdf(-abs(1.96)) -- 0.0499...",
            source: HANDBOOK,
        },
        compute: Compute::Numbers(|numbers| distributions::normal_cdf(numbers[0])),
    },
    RowFunction {
        declaration: Declaration {
            name: "normal_quantile",
            arguments: &[Argument::required("probability", Kind::Number, "Between 0 and 1, both excluded.")],
            result: Shape::Number,
            meaning: "The x that a standard normal variable does not exceed with this probability. NULL outside 0 to 1.",
            example: "select normal_quantile(0.975) -- 1.9599...",
            source: HANDBOOK,
        },
        compute: Compute::Numbers(|numbers| distributions::normal_quantile(numbers[0])),
    },
    RowFunction {
        declaration: Declaration {
            name: "t_cdf",
            arguments: &[
                Argument::required("x", Kind::Number, "Any number."),
                Argument::required("degrees", Kind::Number, "Degrees of freedom, positive."),
            ],
            result: Shape::Number,
            meaning: "Probability that a variable of Student's t distribution is at most x. NULL unless degrees > 0.",
            example: "select 2 * t_cdf(-abs(2.0), 5) -- 0.1019...",
            source: HANDBOOK,
        },
        compute: Compute::Numbers(|numbers| distributions::t_cdf(numbers[0], numbers[1])),
    },
    RowFunction {
        declaration: Declaration {
            name: "chi_square_cdf",
            arguments: &[
                Argument::required("x", Kind::Number, "Any number."),
                Argument::required("degrees", Kind::Number, "Degrees of freedom, positive."),
            ],
            result: Shape::Number,
            meaning: "Probability that a chi-squared variable is at most x. NULL unless degrees > 0.",
            example: "select 1 - chi_square_cdf(3.84, 1) -- 0.0500...",
            source: HANDBOOK,
        },
        compute: Compute::Numbers(|numbers| distributions::chi_square_cdf(numbers[0], numbers[1])),
    },
];
