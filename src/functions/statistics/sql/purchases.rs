//! When customers without a contract buy again, and what they spend: fits `bg_nbd_fit`, `mbg_nbd_fit`, `pareto_nbd_fit`,
//! `gamma_gamma_fit`; predictions `probability_alive`, `expected_purchases`, `conditional_purchases`, `discounted_purchases`,
//! `expected_spend`, `lifetime_value`.

use datafusion::common::Result;

use super::super::adapter::{Argument, Cell, Compute, Declaration, Fit, Kind, RowFunction, Rows, Shape, Value};
use super::super::kernels::failure::Failure;
use super::super::kernels::purchases::beta_geometric::Dropout;
use super::super::kernels::purchases::customers::History;
use super::super::kernels::purchases::fit::{self, Process, PurchaseModel, fit_purchases, fit_spend};
use super::super::kernels::purchases::gamma_gamma::GammaGamma;
use super::super::kernels::purchases::lifetime_value::{
    Horizon, UncertainPurchases, UncertainSpend, lifetime_value as value_of_customer,
};
use super::Z_95;

/// The type of a fit with parameters of these names.
macro_rules! fit_shape {
    ($($parameter:literal),*; $($error:literal),*) => {
        Shape::Record(&[
            ("model", Shape::Text),
            $(($parameter, Shape::Number),)*
            $(($error, Shape::Number),)*
            ("log_likelihood", Shape::Number),
            ("customers_count", Shape::Integer),
            ("parameters", Shape::List(&Shape::Number)),
            ("log_covariance", Shape::List(&Shape::Number)),
            ("is_converged", Shape::Boolean),
            ("reason", Shape::Text),
        ])
    };
}

const BETA_GEOMETRIC: Shape = fit_shape!("r", "alpha", "a", "b"; "r_standard_error", "alpha_standard_error",
    "a_standard_error", "b_standard_error");
const PARETO: Shape = fit_shape!("r", "alpha", "s", "beta"; "r_standard_error", "alpha_standard_error",
    "s_standard_error", "beta_standard_error");
const GAMMA_GAMMA: Shape =
    fit_shape!("p", "q", "gamma"; "p_standard_error", "q_standard_error", "gamma_standard_error");

const HISTORY: [Argument; 3] = [
    Argument::required("x", Kind::Number, "Repeat purchases: times with a purchase after the first one, such as days."),
    Argument::required("t_x", Kind::Number, "Time from the first purchase to the last; 0 without a repeat."),
    Argument::required("t", Kind::Number, "Time from the first purchase to the end of observation, in the same unit."),
];

const PURCHASE_FIT: Argument = Argument::required(
    "fit",
    Kind::Record(&[("model", Kind::Text), ("parameters", Kind::Numbers)]),
    "The result of bg_nbd_fit, mbg_nbd_fit or pareto_nbd_fit.",
);

const BG_NBD: &str = "bg_nbd";
const MBG_NBD: &str = "mbg_nbd";
const PARETO_NBD: &str = "pareto_nbd";

/// The aggregate functions of this file.
pub const FITS: &[Fit] = &[
    Fit {
        declaration: Declaration {
            name: "bg_nbd_fit",
            arguments: &HISTORY,
            result: BETA_GEOMETRIC,
            meaning: "BG/NBD: customers buy at a gamma(r, alpha) rate and may drop out after each repeat purchase, with a beta(a, b) probability; maximum likelihood, with standard errors from the observed information. A customer without a repeat is always alive in this model. Parameters are NULL and reason says why where there is no fit: no_rows, out_of_range, no_repeats, not_identified, not_converged.",
            example: "select bg_nbd_fit(x, t_x, t)['reason'] from (values (0, 0, 30), (0, 0, 20)) as customers (x, t_x, t) -- no_repeats",
            source: "P. S. Fader, B. G. S. Hardie and K. L. Lee, Marketing Science 24 (2005) 275-284",
        },
        keeps_missing: false,
        compute: |rows| purchases(BG_NBD, rows),
    },
    Fit {
        declaration: Declaration {
            name: "mbg_nbd_fit",
            arguments: &HISTORY,
            result: BETA_GEOMETRIC,
            meaning: "MBG/NBD: as bg_nbd_fit, but customers may drop out after the first purchase, too, so that those without a repeat are not all alive.",
            example: "select mbg_nbd_fit(x, t_x, t)['reason'] from (values (0, 0, 30), (0, 0, 20)) as customers (x, t_x, t) -- no_repeats",
            source: "E. P. Batislam, M. Denizel and A. Filiztekin, International Journal of Research in Marketing 24 (2007) 201-209",
        },
        keeps_missing: false,
        compute: |rows| purchases(MBG_NBD, rows),
    },
    Fit {
        declaration: Declaration {
            name: "pareto_nbd_fit",
            arguments: &HISTORY,
            result: PARETO,
            meaning: "Pareto/NBD: customers buy at a gamma(r, alpha) rate during a lifetime that is exponential at a gamma(s, beta) rate; maximum likelihood. Otherwise as bg_nbd_fit; about 20 times as slow.",
            example: "select pareto_nbd_fit(x, t_x, t)['reason'] from (values (0, 0, 30), (0, 0, 20)) as customers (x, t_x, t) -- no_repeats",
            source: "D. C. Schmittlein, D. G. Morrison and R. Colombo, Management Science 33 (1987) 1-24",
        },
        keeps_missing: false,
        compute: |rows| purchases(PARETO_NBD, rows),
    },
    Fit {
        declaration: Declaration {
            name: "gamma_gamma_fit",
            arguments: &[
                Argument::required("x", Kind::Number, "Purchases of the customer, at least 1."),
                Argument::required("mean_value", Kind::Number, "Mean value of these purchases, positive."),
            ],
            result: GAMMA_GAMMA,
            meaning: "Gamma-Gamma: what a customer spends per purchase varies as gamma(p, v) around a mean that varies over customers, v as gamma(q, gamma); maximum likelihood. It assumes that spending and frequency are unrelated: look at their correlation. Filter out customers without purchases or value. Reasons as of bg_nbd_fit.",
            example: "select gamma_gamma_fit(x, m)['reason'] from (values (1, -5)) as customers (x, m) -- out_of_range",
            source: "P. S. Fader and B. G. S. Hardie, The Gamma-Gamma Model of Monetary Value (2013); P. S. Fader, B. G. S. Hardie and K. L. Lee, Journal of Marketing Research 42 (2005) 415-430",
        },
        keeps_missing: false,
        compute: spend,
    },
];

/// The scalar functions of this file.
pub const ROW_FUNCTIONS: &[RowFunction] = &[
    RowFunction {
        declaration: Declaration {
            name: "probability_alive",
            arguments: &[PURCHASE_FIT, HISTORY[0], HISTORY[1], HISTORY[2]],
            result: Shape::Number,
            meaning: "The probability that a customer has not dropped out by the end of observation. NULL without a fit, and where the history cannot be one.",
            example: "select probability_alive(named_struct('model', 'bg_nbd', 'parameters', [0.2425945, 4.4136019, 0.7929199, 2.4258881]), 2, 30.43, 38.86) -- 0.7266...",
            source: "As of the fit; for BG/NBD P. S. Fader and B. G. S. Hardie, Computing P(alive) Using the BG/NBD Model (2008)",
        },
        compute: Compute::Cells(|cells| of_history(cells, |model, history, _| model.alive(history))),
    },
    RowFunction {
        declaration: Declaration {
            name: "expected_purchases",
            arguments: &[
                PURCHASE_FIT,
                Argument::required("time", Kind::Number, "Time since the first purchase, in the unit of the fit."),
            ],
            result: Shape::Number,
            meaning: "Repeat purchases that a new customer makes in time, E(X(t)). NULL without a fit, or for a negative time.",
            example: "select expected_purchases(named_struct('model', 'bg_nbd', 'parameters', [0.2425945, 4.4136019, 0.7929199, 2.4258881]), 32) -- 1.0437...",
            source: "As of the fit",
        },
        compute: Compute::Cells(new_customer),
    },
    RowFunction {
        declaration: Declaration {
            name: "conditional_purchases",
            arguments: &[
                PURCHASE_FIT,
                HISTORY[0],
                HISTORY[1],
                HISTORY[2],
                Argument::required("time", Kind::Number, "Time after the end of observation, in the unit of the fit."),
            ],
            result: Shape::Number,
            meaning: "Purchases that a customer with this history makes in time after the end of observation, E(Y(t) | x, t_x, T). NULL without a fit, for a negative time, and where the history cannot be one.",
            example: "select conditional_purchases(named_struct('model', 'bg_nbd', 'parameters', [0.2425945, 4.4136019, 0.7929199, 2.4258881]), 2, 30.43, 38.86, 39) -- 1.225...",
            source: "As of the fit",
        },
        compute: Compute::Cells(|cells| {
            of_history(cells, |model, history, rest| match rest {
                [time] if *time >= 0.0 => model.conditional(history, *time),
                _ => f64::NAN,
            })
        }),
    },
    RowFunction {
        declaration: Declaration {
            name: "discounted_purchases",
            arguments: &[PURCHASE_FIT, HISTORY[0], HISTORY[1], HISTORY[2], PERIODS, LENGTH, RATE],
            result: Shape::Number,
            meaning: "Discounted expected purchases: the sum over periods of the purchases expected in the period, divided by (1 + rate)^period, the first period once.",
            example: "select discounted_purchases(named_struct('model', 'bg_nbd', 'parameters', [0.2425945, 4.4136019, 0.7929199, 2.4258881]), 2, 30.43, 38.86, 1, 39, 0) -- 1.225...",
            source: "P. S. Fader, B. G. S. Hardie and K. L. Lee, Journal of Marketing Research 42 (2005) 415-430",
        },
        compute: Compute::Cells(|cells| {
            of_history(cells, |model, history, rest| {
                horizon(rest).map_or(f64::NAN, |horizon| {
                    model.discounted(history, horizon.periods, horizon.length, horizon.rate)
                })
            })
        }),
    },
    RowFunction {
        declaration: Declaration {
            name: "expected_spend",
            arguments: &[
                Argument::required(
                    "fit",
                    Kind::Record(&[("parameters", Kind::Numbers)]),
                    "The result of gamma_gamma_fit.",
                ),
                Argument::required("x", Kind::Number, "Purchases of the customer; 0 gives the mean of all customers."),
                Argument::required(
                    "mean_value",
                    Kind::Number,
                    "Mean value of these purchases; 0 where there are none.",
                ),
            ],
            result: Shape::Number,
            meaning: "The expected mean value of a customer's purchases: p (gamma + x m) / (p x + q - 1). NULL without a fit, and where the mean is infinite (p x + q at most 1).",
            example: "select expected_spend(named_struct('parameters', [6.25, 3.74, 15.44]), 2, 22.35) -- 24.66...",
            source: "P. S. Fader and B. G. S. Hardie, The Gamma-Gamma Model of Monetary Value (2013), equation 5",
        },
        compute: Compute::Cells(spend_of_customer),
    },
    RowFunction {
        declaration: Declaration {
            name: "lifetime_value",
            arguments: &[
                Argument::required(
                    "purchase_fit",
                    Kind::Record(&[
                        ("model", Kind::Text),
                        ("parameters", Kind::Numbers),
                        ("log_covariance", Kind::Numbers),
                    ]),
                    "The result of bg_nbd_fit, mbg_nbd_fit or pareto_nbd_fit.",
                ),
                Argument::required(
                    "spend_fit",
                    Kind::Record(&[("parameters", Kind::Numbers), ("log_covariance", Kind::Numbers)]),
                    "The result of gamma_gamma_fit.",
                ),
                HISTORY[0],
                HISTORY[1],
                HISTORY[2],
                Argument::required(
                    "mean_value",
                    Kind::Number,
                    "Mean value of the x purchases; 0 where there are none.",
                ),
                PERIODS,
                LENGTH,
                RATE,
                Argument::optional("z", Kind::Number, "Normal quantile of the level; that of 95 % by default."),
            ],
            result: Shape::Record(&[("value", Shape::Number), ("low", Shape::Number), ("high", Shape::Number)]),
            meaning: "Customer lifetime value: discounted_purchases times expected_spend. The interval is that of the expectation: what the fits leave open, by the delta method on the logarithm; what one customer will bring varies far more. NULL where a part is NULL.",
            example: "select lifetime_value(named_struct('model', 'bg_nbd', 'parameters', [0.2425945, 4.4136019, 0.7929199, 2.4258881], 'log_covariance', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), named_struct('parameters', [6.25, 3.74, 15.44], 'log_covariance', [0, 0, 0, 0, 0, 0, 0, 0, 0]), 2, 30.43, 38.86, 22.35, 1, 39, 0)['value'] -- 30.2...",
            source: "P. S. Fader, B. G. S. Hardie and K. L. Lee, Journal of Marketing Research 42 (2005) 415-430",
        },
        compute: Compute::Cells(lifetime),
    },
];

const PERIODS: Argument = Argument::required("periods", Kind::Number, "Number of periods ahead, at most 1200.");
const LENGTH: Argument = Argument::required("length", Kind::Number, "Length of a period, in the unit of the fit.");
const RATE: Argument = Argument::required("rate", Kind::Number, "Discount rate of a period, above -1; 0.01 is 1 %.");

fn purchases(model: &str, rows: &Rows) -> Result<Value> {
    let [repeats, last, observed] = [rows.numbers(0), rows.numbers(1), rows.numbers(2)];
    let times = last.iter().zip(observed);
    let histories = repeats.iter().zip(times).map(|(repeats, (last, observed))| History {
        repeats: *repeats,
        last: *last,
        observed: *observed,
    });
    let fitted =
        process(model).ok_or(Failure::OutOfRange).and_then(|process| fit_purchases(process, histories.collect()));
    Ok(record(model, 4, rows.len(), fitted))
}

fn spend(rows: &Rows) -> Result<Value> {
    let spends = rows.numbers(0).iter().copied().zip(rows.numbers(1).iter().copied());
    Ok(record("gamma_gamma", 3, rows.len(), fit_spend(spends.collect())))
}

/// The struct of a fit with `size` parameters.
fn record(model: &str, size: usize, customers: usize, fitted: std::result::Result<fit::Fit, Failure>) -> Value {
    let mut fields = vec![model.into()];
    match fitted {
        Ok(fit) => {
            fields.extend(fit.parameters.iter().chain(&fit.standard_errors).map(|number| Value::from(*number)));
            fields.extend([fit.log_likelihood.into(), customers.into()]);
            fields.extend([fit.parameters.into(), fit.log_covariance.into(), true.into(), Value::Missing]);
        }
        Err(failure) => {
            fields.extend((0..=2 * size).map(|_| Value::Missing));
            fields.extend([customers.into(), Value::Missing, Value::Missing, false.into(), failure.code().into()]);
        }
    }
    Value::Record(fields)
}

fn process(model: &str) -> Option<Process> {
    match model {
        BG_NBD => Some(Process::BetaGeometric(Dropout::AfterRepeats)),
        MBG_NBD => Some(Process::BetaGeometric(Dropout::AfterPurchases)),
        PARETO_NBD => Some(Process::ParetoNbd),
        _ => None,
    }
}

fn process_of(cell: &Cell) -> Option<Process> {
    if let Cell::Text(model) = cell { process(model) } else { None }
}

/// `SIZE` positive parameters.
fn parameters<const SIZE: usize>(cell: &Cell) -> Option<[f64; SIZE]> {
    let parameters = <[f64; SIZE]>::try_from(cell.numbers()).ok()?;
    parameters.iter().all(|parameter| *parameter > 0.0 && parameter.is_finite()).then_some(parameters)
}

fn model_of(model: &Cell, values: &Cell) -> Option<PurchaseModel> {
    Some(PurchaseModel::new(process_of(model)?, parameters(values)?))
}

fn history_of(cells: &[Cell]) -> Option<History> {
    let [repeats, last, observed] = cells else { return None };
    let history = History { repeats: repeats.number(), last: last.number(), observed: observed.number() };
    history.is_possible().then_some(history)
}

/// A prediction from the model, the history, and the numbers that follow.
fn of_history(cells: &[Cell], predict: fn(&PurchaseModel, &History, &[f64]) -> f64) -> Result<Value> {
    let [model, values, rest @ ..] = cells else { return Ok(Value::Missing) };
    let Some((history, rest)) = rest.split_at_checked(3) else { return Ok(Value::Missing) };
    let (Some(model), Some(history)) = (model_of(model, values), history_of(history)) else {
        return Ok(Value::Missing);
    };
    let rest: Vec<f64> = rest.iter().map(Cell::number).collect();
    Ok(predict(&model, &history, &rest).into())
}

fn new_customer(cells: &[Cell]) -> Result<Value> {
    let [model, values, time] = cells else { return Ok(Value::Missing) };
    let (Some(model), time) = (model_of(model, values), time.number()) else { return Ok(Value::Missing) };
    Ok(if time >= 0.0 { model.expected(time).into() } else { Value::Missing })
}

fn spend_of_customer(cells: &[Cell]) -> Result<Value> {
    let [values, purchases, value] = cells else { return Ok(Value::Missing) };
    let (purchases, value) = (purchases.number(), value.number());
    let is_possible = purchases >= 0.0 && value >= 0.0;
    let model = parameters(values).map(|[p, q, gamma]| GammaGamma { p, q, gamma }).filter(|_| is_possible);
    Ok(model.and_then(|model| model.expected_spend(purchases, value)).into())
}

/// At most a century of months.
const MOST_PERIODS: f64 = 1_200.0;

fn horizon(numbers: &[f64]) -> Option<Horizon> {
    let [periods, length, rate] = numbers else { return None };
    let is_possible = (0.0..=MOST_PERIODS).contains(periods) && *length >= 0.0 && length.is_finite() && *rate > -1.0;
    is_possible.then_some(Horizon { periods: *periods as u32, length: *length, rate: *rate })
}

fn lifetime(cells: &[Cell]) -> Result<Value> {
    Ok(lifetime_record(cells).unwrap_or(Value::Missing))
}

fn lifetime_record(cells: &[Cell]) -> Option<Value> {
    let [model, values, covariance, spend_values, spend_covariance, rest @ ..] = cells else { return None };
    let (history, rest) = rest.split_at_checked(3)?;
    let rest: Vec<f64> = rest.iter().map(Cell::number).collect();
    let [mean_value, periods, length, rate, z @ ..] = rest.as_slice() else { return None };
    if covariance.numbers().len() != 16 || spend_covariance.numbers().len() != 9 || *mean_value < 0.0 {
        return None;
    }
    let purchase_fit = UncertainPurchases {
        process: process_of(model)?,
        parameters: parameters(values)?,
        log_covariance: covariance.numbers(),
    };
    let spend_fit =
        UncertainSpend { parameters: parameters(spend_values)?, log_covariance: spend_covariance.numbers() };
    let history = history_of(history)?;
    let horizon = horizon(&[*periods, *length, *rate])?;
    let z = z.first().copied().unwrap_or(Z_95);
    let valued = value_of_customer(&purchase_fit, &spend_fit, &history, (history.repeats, *mean_value), horizon, z)?;
    Some(Value::Record(vec![valued.value.into(), valued.low.into(), valued.high.into()]))
}
