//! Importance of drivers: `driver_importance`, `relative_weights`, `shapley_shares`, `standardised_regression`.

use datafusion::common::Result;

use super::super::adapter::{Argument, Declaration, Fit, Kind, Rows, Shape, Value};
use super::super::kernels::bootstrap::Spread;
use super::super::kernels::driver_importance::{self, Importance};
use super::super::kernels::drivers::{self, Correlations, Regression};
use super::super::kernels::failure::Failure;
use super::super::kernels::moments::Moments;
use super::{natural, seed};

/// Bootstrap samples where the call does not say how many.
const SAMPLES: usize = 500;

const OUTCOME: Argument = Argument::required("y", Kind::Number, "The outcome.");
const DRIVERS: Argument =
    Argument::required("drivers", Kind::Numbers, "The drivers; rows with a NULL among them or as outcome are skipped.");

const COEFFICIENTS: Shape = Shape::List(&Shape::Record(&[
    ("position", Shape::Integer),
    ("beta", Shape::Number),
    ("standard_error", Shape::Number),
    ("t_value", Shape::Number),
    ("p_value", Shape::Number),
    ("vif", Shape::Number),
]));

const REGRESSION: Shape = Shape::Record(&[
    ("n", Shape::Integer),
    ("r2", Shape::Number),
    ("adjusted_r2", Shape::Number),
    ("coefficients", COEFFICIENTS),
    ("reason", Shape::Text),
]);

const IMPORTANCES: Shape = Shape::List(&Shape::Record(&[
    ("position", Shape::Integer),
    ("correlation", Shape::Number),
    ("beta", Shape::Number),
    ("standard_error", Shape::Number),
    ("t_value", Shape::Number),
    ("p_value", Shape::Number),
    ("vif", Shape::Number),
    ("relative_weight", Shape::Number),
    ("relative_weight_low", Shape::Number),
    ("relative_weight_high", Shape::Number),
    ("shapley", Shape::Number),
    ("shapley_low", Shape::Number),
    ("shapley_high", Shape::Number),
    ("is_above_random", Shape::Boolean),
]));

const IMPORTANCE: Shape = Shape::Record(&[
    ("n", Shape::Integer),
    ("r2", Shape::Number),
    ("adjusted_r2", Shape::Number),
    ("random_weight", Shape::Number),
    ("random_high", Shape::Number),
    ("drivers", IMPORTANCES),
    ("reason", Shape::Text),
]);

/// The functions of this file.
pub const FITS: &[Fit] = &[
    Fit {
        declaration: Declaration {
            name: "driver_importance",
            arguments: &[
                OUTCOME,
                DRIVERS,
                Argument::optional("samples", Kind::NumberSetting, "Bootstrap samples, 500 by default; 0 for none."),
                Argument::optional(
                    "seed",
                    Kind::NumberSetting,
                    "Seed of the samples and of the random driver, 1 by default.",
                ),
            ],
            result: IMPORTANCE,
            meaning: "Johnson's relative weights and Shapley (LMG) shares of R squared, with 95 % percentile intervals from bootstrap samples, and the standardised regression with VIF, over complete rows. A random driver is put beside the others: random_weight is its weight, random_high the upper end of its interval, and is_above_random says whether a driver's weight exceeds it in 97.5 % of the samples. Drivers are numbered from 1 in the order of the list. Shapley shares are NULL with more than 15 drivers. Where there is no result, `reason` says why: no_rows, too_few_rows, constant, collinear, not_finite.",
            example: "select round(driver_importance(y, [a, b], 0)['r2'], 4) from (values (1, 1, 2), (2, 3, 2), (4, 3, 5), (5, 6, 5), (6, 6, 6)) as t (y, a, b) -- 0.996",
            source: "J. W. Johnson, Multivariate Behavioral Research 35 (2000) 1-19; Lindeman, Merenda and Gold (1980) 119 ff.; Tonidandel, LeBreton and Johnson, Psychological Methods 14 (2009) 387-399",
        },
        keeps_missing: false,
        compute: importance,
    },
    Fit {
        declaration: Declaration {
            name: "relative_weights",
            arguments: &[OUTCOME, DRIVERS],
            result: Shape::List(&Shape::Number),
            meaning: "Johnson's relative weights, one for each driver in the order of the list; they add up to R squared. NULL without complete rows, where a column is constant or the drivers are collinear, or with a value that is not finite.",
            example: "select relative_weights(y, [a]) from (values (1, 1), (2, 3), (3, 2)) as t (y, a) -- [0.25]",
            source: "J. W. Johnson, Multivariate Behavioral Research 35 (2000) 1-19",
        },
        keeps_missing: false,
        compute: |rows| Ok(shares(rows, drivers::relative_weights)),
    },
    Fit {
        declaration: Declaration {
            name: "shapley_shares",
            arguments: &[OUTCOME, DRIVERS],
            result: Shape::List(&Shape::Number),
            meaning: "Shapley values of R squared (LMG), one for each driver in the order of the list; they add up to R squared. Exact, from all subsets; collinear drivers share. NULL with more than 15 drivers, without complete rows, where a column is constant, or with a value that is not finite.",
            example: "select shapley_shares(y, [a]) from (values (1, 1), (2, 3), (3, 2)) as t (y, a) -- [0.25]",
            source: "Lindeman, Merenda and Gold (1980) 119 ff.; U. Groemping, Journal of Statistical Software 17 (2006)",
        },
        keeps_missing: false,
        compute: |rows| Ok(shares(rows, drivers::shapley)),
    },
    Fit {
        declaration: Declaration {
            name: "standardised_regression",
            arguments: &[OUTCOME, DRIVERS],
            result: REGRESSION,
            meaning: "Least squares of the standardised outcome on the standardised drivers: coefficients with standard error, t and two-sided p (n - k - 1 degrees of freedom) and variance inflation factor. Where there is no result, `reason` says why: no_rows, too_few_rows, constant, collinear, not_finite.",
            example: "select standardised_regression(y, [a])['r2'] from (values (1, 1), (2, 3), (3, 2)) as t (y, a) -- 0.25",
            source: "J. Cohen et al., Applied Multiple Regression/Correlation Analysis (2003) ch. 3",
        },
        keeps_missing: false,
        compute: |rows| Ok(standardised_regression(rows)),
    },
];

fn correlations(rows: &Rows) -> Result<Correlations, Failure> {
    let width = rows.width(1);
    if width == 0 {
        return Err(Failure::NoRows);
    }
    let mut table = Vec::with_capacity(rows.len() * (width + 1));
    for (outcome, drivers) in rows.numbers(0).iter().zip(rows.numbers(1).chunks_exact(width)) {
        table.push(*outcome);
        table.extend_from_slice(drivers);
    }
    let moments = Moments::of(&table, width + 1, None)?;
    let drivers: Vec<usize> = (1..=width).collect();
    Ok(Correlations::of(&moments.correlations, width + 1, 0, &drivers))
}

fn shares(rows: &Rows, method: fn(&Correlations) -> Result<Vec<f64>, Failure>) -> Value {
    correlations(rows).and_then(|correlations| method(&correlations)).map_or(Value::Missing, Value::from)
}

fn standardised_regression(rows: &Rows) -> Value {
    let found = correlations(rows).and_then(|correlations| drivers::regression(&correlations, rows.len() as f64));
    Value::Record(match found {
        Ok(Regression { r2, adjusted_r2, coefficients }) => {
            let coefficients = coefficients.iter().enumerate().map(|(position, coefficient)| {
                let mut record = vec![Value::from(position + 1)];
                record.extend(numbers(&[
                    coefficient.beta,
                    coefficient.standard_error,
                    coefficient.t,
                    coefficient.p,
                    coefficient.vif,
                ]));
                Value::Record(record)
            });
            vec![rows.len().into(), r2.into(), adjusted_r2.into(), Value::List(coefficients.collect()), Value::Missing]
        }
        Err(failure) => {
            vec![rows.len().into(), Value::Missing, Value::Missing, Value::Missing, failure.code().into()]
        }
    })
}

fn importance(rows: &Rows) -> Result<Value> {
    let samples = natural(rows, 2, "samples", SAMPLES)?;
    let seed = seed(rows, 3)?;
    let found = driver_importance::importance(rows.numbers(0), rows.numbers(1), rows.width(1), samples, seed);
    Ok(Value::Record(match found {
        Ok(found) => {
            let drivers = (0..found.drivers.len()).map(|position| driver(&found, position)).collect();
            let regression = &found.regression;
            let mut record = vec![rows.len().into()];
            record.extend(numbers(&[regression.r2, regression.adjusted_r2, found.random_weight, found.random_high]));
            record.extend([Value::List(drivers), Value::Missing]);
            record
        }
        Err(failure) => {
            let mut record = vec![Value::from(rows.len())];
            record.extend(vec![Value::Missing; 5]);
            record.push(failure.code().into());
            record
        }
    }))
}

fn driver(found: &Importance, position: usize) -> Value {
    let (driver, coefficient) = (&found.drivers[position], &found.regression.coefficients[position]);
    let interval = |spread: Spread| [spread.low, spread.high];
    let mut record = vec![Value::from(position + 1)];
    record.extend(numbers(&[
        driver.correlation,
        coefficient.beta,
        coefficient.standard_error,
        coefficient.t,
        coefficient.p,
        coefficient.vif,
        driver.weight,
    ]));
    record.extend(numbers(&interval(driver.weight_spread)));
    record.push(driver.shapley.into());
    record.extend(numbers(&interval(driver.shapley_spread)));
    record.push(driver.is_above_random.map_or(Value::Missing, Value::from));
    Value::Record(record)
}

fn numbers(numbers: &[f64]) -> Vec<Value> {
    numbers.iter().map(|number| (*number).into()).collect()
}
