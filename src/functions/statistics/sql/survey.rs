//! Measures of surveys and of the agreement of two columns: `nps`, `weighted_mean`, `cronbach_alpha`, `spearman`, `kendall`,
//! `cohen_kappa`, `phi`, `quantile7`.

use datafusion::common::{Result, exec_err};

use super::super::adapter::{Argument, Declaration, Fit, Kind, Rows, Shape, Value};
use super::super::kernels::moments::Moments;
use super::super::kernels::{agreement, ranks, survey};
use super::Z_95;

const NPS: Shape = Shape::Record(&[
    ("n", Shape::Integer),
    ("n_eff", Shape::Number),
    ("promoters_share", Shape::Number),
    ("detractors_share", Shape::Number),
    ("nps", Shape::Number),
    ("margin", Shape::Number),
    ("adjusted_low", Shape::Number),
    ("adjusted_high", Shape::Number),
]);

const MEAN: Shape = Shape::Record(&[
    ("n", Shape::Integer),
    ("n_eff", Shape::Number),
    ("mean", Shape::Number),
    ("margin", Shape::Number),
]);

const PAIR_OF_NUMBERS: &[Argument] = &[
    Argument::required("x", Kind::Number, "A number; rows with a NULL are skipped."),
    Argument::required("y", Kind::Number, "The other number."),
];

const ITEMS: &[Argument] = &[Argument::required(
    "values",
    Kind::Numbers,
    "The answers to the items; rows with a NULL among them are skipped.",
)];

/// The functions of this file.
pub const FITS: &[Fit] = &[
    Fit {
        declaration: Declaration {
            name: "nps",
            arguments: &[
                Argument::required("score", Kind::Number, "The answer, on 0-10 unless break points are given."),
                Argument::optional("weight", Kind::Number, "Response weight; rows at or below 0 are left out."),
                Argument::optional("passive_from", Kind::NumberSetting, "Lowest score of a passive; 7 by default."),
                Argument::optional("promoter_from", Kind::NumberSetting, "Lowest score of a promoter; 9 by default."),
                Argument::optional("z", Kind::NumberSetting, "Normal quantile of the level; that of 95 % by default."),
            ],
            result: NPS,
            meaning: "Net Promoter Score, -1 to 1: P - D, with margin z sqrt((P + D - (P - D)^2) / n_eff) and the adjusted Wald interval, which adds 0.75, 1.5 and 0.75 answers. n_eff = (sum w)^2 / sum w^2. NULL without answers.",
            example: "select nps(score)['nps'] from (values (10), (9), (7), (3)) as answers (score) -- 0.25",
            source: "B. Rocks, The American Statistician 70 (2016) 365-372; L. Kish, Survey Sampling (1965) 11.7",
        },
        keeps_missing: false,
        compute: nps,
    },
    Fit {
        declaration: Declaration {
            name: "weighted_mean",
            arguments: &[
                Argument::required("value", Kind::Number, "The value; 0 or 1 for a share."),
                Argument::required("weight", Kind::Number, "Its weight; rows at or below 0 are left out."),
                Argument::optional("z", Kind::NumberSetting, "Normal quantile of the level; that of 95 % by default."),
            ],
            result: MEAN,
            meaning: "Weighted mean sum(w x) / sum(w), the effective number of answers n_eff = (sum w)^2 / sum w^2, and the margin z sqrt(s^2 / n_eff) with s^2 the weighted variance times n_eff / (n_eff - 1). NULL without a positive weight.",
            example: "select weighted_mean(x, w)['mean'] from (values (1, 2), (4, 1)) as t (x, w) -- 2",
            source: "L. Kish, Survey Sampling (1965) 11.7",
        },
        keeps_missing: false,
        compute: weighted_mean,
    },
    Fit {
        declaration: Declaration {
            name: "cronbach_alpha",
            arguments: ITEMS,
            result: Shape::Number,
            meaning: "Cronbach's alpha from covariances: k / (k - 1) (1 - sum of variances / variance of the sum), over complete rows. NULL with fewer than 2 items or rows, where an item is constant, or with a value that is not finite.",
            example: "select cronbach_alpha([a, b]) from (values (1, 2), (2, 2), (3, 4)) as t (a, b) -- 0.9230...",
            source: "L. J. Cronbach, Psychometrika 16 (1951) 297-334",
        },
        keeps_missing: false,
        compute: |rows| Ok(alpha(rows, false)),
    },
    Fit {
        declaration: Declaration {
            name: "cronbach_alpha_standardised",
            arguments: ITEMS,
            result: Shape::Number,
            meaning: "Cronbach's alpha from correlations, k r / (1 + (k - 1) r) with r the mean correlation of the items, over complete rows. NULL as cronbach_alpha.",
            example: "select cronbach_alpha_standardised([a, b]) from (values (1, 2), (2, 2), (3, 4)) as t (a, b) -- 0.9282...",
            source: "L. J. Cronbach, Psychometrika 16 (1951) 297-334",
        },
        keeps_missing: false,
        compute: |rows| Ok(alpha(rows, true)),
    },
    Fit {
        declaration: Declaration {
            name: "spearman",
            arguments: PAIR_OF_NUMBERS,
            result: Shape::Number,
            meaning: "Spearman's rank correlation, ties with their mean rank. NULL with fewer than 2 rows, where a side has one value only, or with a NaN.",
            example: "select spearman(x, y) from (values (1, 1), (2, 3), (3, 2)) as t (x, y) -- 0.5",
            source: "C. Spearman, American Journal of Psychology 15 (1904) 72-101",
        },
        keeps_missing: false,
        compute: |rows| Ok(of_ranks(rows, ranks::spearman)),
    },
    Fit {
        declaration: Declaration {
            name: "kendall",
            arguments: PAIR_OF_NUMBERS,
            result: Shape::Number,
            meaning: "Kendall's tau-b, which allows for ties. NULL where a side has one value only, or with a NaN.",
            example: "select kendall(x, y) from (values (1, 1), (2, 3), (3, 2)) as t (x, y) -- 0.3333...",
            source: "W. R. Knight, JASA 61 (1966) 436-439; M. G. Kendall, Biometrika 33 (1945) 239-251",
        },
        keeps_missing: false,
        compute: |rows| Ok(of_ranks(rows, ranks::kendall)),
    },
    Fit {
        declaration: Declaration {
            name: "cohen_kappa",
            arguments: &[
                Argument::required("x", Kind::Text, "The class on one side; rows with a NULL are skipped."),
                Argument::required("y", Kind::Text, "The class on the other side."),
            ],
            result: Shape::Number,
            meaning: "Cohen's kappa: agreement beyond chance, unweighted. NULL without rows, or where both sides have one and the same class only.",
            example: "select cohen_kappa(x, y) from (values ('a', 'a'), ('a', 'a'), ('b', 'a'), ('b', 'b')) as t (x, y) -- 0.5",
            source: "J. Cohen, Educational and Psychological Measurement 20 (1960) 37-46",
        },
        keeps_missing: false,
        compute: |rows| Ok(agreement::cohen_kappa(rows.texts(0), rows.texts(1)).into()),
    },
    Fit {
        declaration: Declaration {
            name: "phi",
            arguments: &[
                Argument::required("x", Kind::Number, "True or false, or 1 or 0; rows with a NULL are skipped."),
                Argument::required("y", Kind::Number, "The other side."),
            ],
            result: Shape::Number,
            meaning: "The phi coefficient of two yes-no columns. NULL where a side has one value only; an error for numbers other than 0 and 1.",
            example: "select phi(x, y) from (values (true, true), (true, true), (false, true), (false, false)) as t (x, y) -- 0.5773...",
            source: "G. U. Yule, Journal of the Royal Statistical Society 75 (1912) 579-652",
        },
        keeps_missing: false,
        compute: phi,
    },
    Fit {
        declaration: Declaration {
            name: "quantile7",
            arguments: &[
                Argument::required("x", Kind::Number, "A number; NULLs are skipped."),
                Argument::required("p", Kind::NumberSetting, "The probability, 0 to 1."),
            ],
            result: Shape::Number,
            meaning: "The quantile of type 7, by linear interpolation at the position (n - 1) p. NULL without rows, with a value that is not finite, or unless 0 <= p <= 1.",
            example: "select quantile7(x, 0.25) from (values (1), (2), (4), (8)) as t (x) -- 1.75",
            source: "R. J. Hyndman and Y. Fan, The American Statistician 50 (1996) 361-365",
        },
        keeps_missing: false,
        compute: quantile7,
    },
];

fn nps(rows: &Rows) -> Result<Value> {
    if rows.has_not_finite() {
        return Ok(Value::Missing);
    }
    let weights = (rows.numbers(1).len() == rows.len()).then(|| rows.numbers(1));
    let setting = |argument, default| rows.number_setting(argument).unwrap_or(default);
    let found = survey::nps(rows.numbers(0), weights, setting(2, 7.0), setting(3, 9.0), setting(4, Z_95));
    Ok(found.map_or(Value::Missing, |nps| {
        Value::Record(vec![
            nps.n.into(),
            nps.n_eff.into(),
            nps.promoters_share.into(),
            nps.detractors_share.into(),
            nps.nps.into(),
            nps.margin.into(),
            nps.adjusted_low.into(),
            nps.adjusted_high.into(),
        ])
    }))
}

fn weighted_mean(rows: &Rows) -> Result<Value> {
    if rows.has_not_finite() {
        return Ok(Value::Missing);
    }
    let z = rows.number_setting(2).unwrap_or(Z_95);
    let found = survey::weighted_mean(rows.numbers(0), rows.numbers(1), z);
    Ok(found.map_or(Value::Missing, |mean| {
        Value::Record(vec![mean.n.into(), mean.n_eff.into(), mean.mean.into(), mean.margin.into()])
    }))
}

fn alpha(rows: &Rows, is_standardised: bool) -> Value {
    let width = rows.width(0);
    let Ok(moments) = Moments::of(rows.numbers(0), width, None) else { return Value::Missing };
    let mut matrix = moments.correlations;
    if !is_standardised {
        // Deviations relative to the largest, so that their products stay finite.
        let largest = moments.deviations.iter().copied().fold(0.0, f64::max);
        for (cell, value) in matrix.iter_mut().enumerate() {
            *value *= moments.deviations[cell / width] / largest * (moments.deviations[cell % width] / largest);
        }
    }
    survey::alpha(&matrix, width).into()
}

fn of_ranks(rows: &Rows, correlation: fn(&[f64], &[f64]) -> Option<f64>) -> Value {
    let is_nan = |values: &[f64]| values.iter().any(|value| value.is_nan());
    if is_nan(rows.numbers(0)) || is_nan(rows.numbers(1)) {
        return Value::Missing;
    }
    correlation(rows.numbers(0), rows.numbers(1)).into()
}

fn phi(rows: &Rows) -> Result<Value> {
    let mut sides = [Vec::new(), Vec::new()];
    for (argument, side) in sides.iter_mut().enumerate() {
        for value in rows.numbers(argument) {
            match *value {
                0.0 => side.push(false),
                1.0 => side.push(true),
                other => return exec_err!("`phi` takes true and false, or 1 and 0, not {other}"),
            }
        }
    }
    Ok(agreement::phi(&sides[0], &sides[1]).into())
}

fn quantile7(rows: &Rows) -> Result<Value> {
    let Some(p) = rows.number_setting(1).filter(|_| !rows.has_not_finite()) else { return Ok(Value::Missing) };
    Ok(ranks::quantile7(rows.numbers(0), p).into())
}
