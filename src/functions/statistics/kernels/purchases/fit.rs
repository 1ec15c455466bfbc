//! Fits of the purchase models and of Gamma-Gamma by maximum likelihood.

use super::super::failure::Failure;
use super::super::optimise::{Likelihood, Maximum, maximise};
use super::beta_geometric::{BetaGeometric, BetaGeometricLikelihood, Dropout};
use super::customers::{Counted, History, SameRepeats, by_repeats, counted, mean_observed};
use super::gamma_gamma::{GammaGammaLikelihood, Spend, counted_spends};
use super::pareto_nbd::{ParetoNbd, ParetoNbdLikelihood};

/// A fitted model: parameters in the order of the model's struct, in the units of the data.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The parameters, all positive.
    pub parameters: Vec<f64>,
    /// Their standard errors, from the inverse of the observed information.
    pub standard_errors: Vec<f64>,
    /// The covariance of the logarithms of the parameters, by rows.
    pub log_covariance: Vec<f64>,
    /// The log-likelihood.
    pub log_likelihood: f64,
}

/// A model of when customers buy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Process {
    /// BG/NBD and MBG/NBD: r, alpha, a, b.
    BetaGeometric(Dropout),
    /// Pareto/NBD: r, alpha, s, beta.
    ParetoNbd,
}

impl Process {
    /// Which parameters are measured in units of time.
    fn has_unit_of_time(self) -> [bool; 4] {
        match self {
            Process::BetaGeometric(_) => [false, true, false, false],
            Process::ParetoNbd => [false, true, false, true],
        }
    }
}

/// A model of when customers buy, with its parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PurchaseModel {
    /// BG/NBD or MBG/NBD.
    BetaGeometric(BetaGeometric),
    /// Pareto/NBD.
    ParetoNbd(ParetoNbd),
}

impl PurchaseModel {
    /// The model of `process` with four parameters.
    pub fn new(process: Process, parameters: [f64; 4]) -> Self {
        let [r, alpha, third, fourth] = parameters;
        match process {
            Process::BetaGeometric(dropout) => {
                PurchaseModel::BetaGeometric(BetaGeometric { dropout, r, alpha, a: third, b: fourth })
            }
            Process::ParetoNbd => PurchaseModel::ParetoNbd(ParetoNbd { r, alpha, s: third, beta: fourth }),
        }
    }

    /// The probability that a customer is alive at the end of observation.
    pub fn alive(&self, history: &History) -> f64 {
        let History { repeats, last, observed } = *history;
        match self {
            PurchaseModel::BetaGeometric(model) => model.alive(repeats, last, observed),
            PurchaseModel::ParetoNbd(model) => model.alive(repeats, last, observed),
        }
    }

    /// Purchases of a new customer in `time` after the first one.
    pub fn expected(&self, time: f64) -> f64 {
        match self {
            PurchaseModel::BetaGeometric(model) => model.expected(time),
            PurchaseModel::ParetoNbd(model) => model.expected(time),
        }
    }

    /// Purchases in `time` after the end of observation, of a customer with this history.
    pub fn conditional(&self, history: &History, time: f64) -> f64 {
        self.alive(history) * self.while_alive(history, time)
    }

    /// Purchases in each of `periods` of `length` after the end of observation, each divided by (1 + `rate`) to the power of
    /// its number: the first period's once.
    pub fn discounted(&self, history: &History, periods: u32, length: f64, rate: f64) -> f64 {
        let (mut sum, mut before) = (0.0, 0.0);
        for period in 1..=periods {
            let now = self.while_alive(history, f64::from(period) * length);
            sum += (now - before) * (1.0 + rate).powf(-f64::from(period));
            before = now;
        }
        self.alive(history) * sum
    }

    fn while_alive(&self, history: &History, time: f64) -> f64 {
        match self {
            PurchaseModel::BetaGeometric(model) => model.expected_while_alive(history.repeats, history.observed, time),
            PurchaseModel::ParetoNbd(model) => model.expected_while_alive(history.repeats, history.observed, time),
        }
    }
}

/// Fits `process` to customers' histories.
///
/// # Errors
/// The reason where there is no fit.
pub fn fit_purchases(process: Process, histories: Vec<History>) -> Result<Fit, Failure> {
    if histories.is_empty() {
        return Err(Failure::NoRows);
    }
    if !histories.iter().all(History::is_possible) {
        return Err(Failure::OutOfRange);
    }
    let counted = counted(histories);
    let (repeats, unit) = match (counted.last(), mean_observed(&counted)) {
        (Some(most), Some(unit)) if most.history.repeats > 0.0 => (repeats_of(&counted), unit),
        _ => return Err(Failure::NoRepeats),
    };
    let groups = by_repeats(&counted, unit);
    let customers: f64 = counted.iter().map(|counted| counted.customers).sum();
    let starts = starts(process, repeats / customers);
    let maximum = by_stages(counted.len(), &starts, &|every| likelihood(process, &groups, every))?;
    let has_unit = process.has_unit_of_time();
    // Each repeat is a density over time.
    let log_likelihood = maximum.value - repeats * unit.ln();
    Ok(finished(&maximum, log_likelihood, |index| if has_unit[index] { unit } else { 1.0 }))
}

fn repeats_of(counted: &[Counted]) -> f64 {
    counted.iter().map(|counted| counted.customers * counted.history.repeats).sum()
}

fn likelihood(process: Process, groups: &[SameRepeats], every: usize) -> Box<dyn Likelihood + '_> {
    match process {
        Process::BetaGeometric(dropout) => Box::new(BetaGeometricLikelihood { dropout, groups, every }),
        Process::ParetoNbd => Box::new(ParetoNbdLikelihood { groups, every }),
    }
}

/// Where searches start: logarithms, in units of the mean time observed, from few purchases that vary much to many that vary
/// little. The rate is that observed, as if nobody had dropped out.
fn starts(process: Process, mean_repeats: f64) -> Vec<Vec<f64>> {
    let rate = mean_repeats.max(1e-6);
    let shapes: [[f64; 3]; 4] = match process {
        Process::BetaGeometric(_) => [[0.5, 0.8, 2.5], [1.0, 1.0, 1.0], [3.0, 0.5, 5.0], [0.2, 2.0, 10.0]],
        Process::ParetoNbd => [[0.5, 0.5, 0.5], [1.0, 1.0, 1.0], [3.0, 0.5, 2.0], [0.2, 2.0, 3.0]],
    };
    let logs = |[r, third, fourth]: [f64; 3]| [r, r / rate, third, fourth].map(f64::ln).to_vec();
    shapes.into_iter().map(logs).collect()
}

/// Fits Gamma-Gamma to the number of purchases of customers and the mean value of these.
///
/// # Errors
/// The reason where there is no fit.
pub fn fit_spend(spends: Vec<(f64, f64)>) -> Result<Fit, Failure> {
    if spends.is_empty() {
        return Err(Failure::NoRows);
    }
    let is_possible = |(purchases, value): &(f64, f64)| {
        purchases.is_finite() && *purchases >= 1.0 && value.is_finite() && *value > 0.0
    };
    if !spends.iter().all(is_possible) {
        return Err(Failure::OutOfRange);
    }
    let customers = spends.len() as f64;
    let spends = spends.into_iter().map(|(purchases, value)| Spend { purchases, value, customers: 1.0 });
    let mut counted = counted_spends(spends.collect());
    // The logarithm of the geometric mean: the unit in which values are near 1, whatever they are.
    let log_unit = counted.iter().map(|spend| spend.customers / customers * spend.value.ln()).sum::<f64>();
    let unit = log_unit.exp();
    if !unit.is_normal() || !unit.recip().is_normal() {
        return Err(Failure::OutOfRange);
    }
    counted.iter_mut().for_each(|spend| spend.value /= unit);
    let starts: [[f64; 3]; 4] = [[2.0, 3.0, 1.5], [1.0, 2.0, 1.0], [6.0, 4.0, 0.7], [20.0, 20.0, 1.0]];
    let starts: Vec<Vec<f64>> = starts.iter().map(|start| start.map(f64::ln).to_vec()).collect();
    let spends = &counted;
    let maximum = by_stages(spends.len(), &starts, &|every| Box::new(GammaGammaLikelihood { spends, every }))?;
    // Each mean is a density over money.
    let log_likelihood = maximum.value - customers * log_unit;
    Ok(finished(&maximum, log_likelihood, |index| if index == 2 { unit } else { 1.0 }))
}

/// Histories that every start of a search may see. More are thinned to find the neighbourhood of the maximum.
const ROWS_PER_SEARCH: usize = 1_000;

/// The maximum over all rows, from the neighbourhood that a tenth of them and so on lead to.
fn by_stages<'data>(
    rows: usize,
    starts: &[Vec<f64>],
    likelihood: &dyn Fn(usize) -> Box<dyn Likelihood + 'data>,
) -> Result<Maximum, Failure> {
    let mut starts = starts.to_vec();
    let mut every = (rows / ROWS_PER_SEARCH).max(1);
    while every > 1 {
        if let Ok(maximum) = maximise(likelihood(every).as_ref(), &starts) {
            starts = vec![maximum.logs];
        }
        every = if every > 10 { every / 10 } else { 1 };
    }
    maximise(likelihood(1).as_ref(), &starts)
}

/// A fit in the units of the data; `unit` tells that of each parameter.
fn finished(maximum: &Maximum, log_likelihood: f64, unit: impl Fn(usize) -> f64) -> Fit {
    let size = maximum.logs.len();
    let parameters: Vec<f64> = maximum.logs.iter().enumerate().map(|(index, log)| log.exp() * unit(index)).collect();
    let error = |index: usize| parameters[index] * maximum.covariance[index * size + index].sqrt();
    let standard_errors = (0..size).map(error).collect();
    Fit { standard_errors, log_covariance: maximum.covariance.clone(), log_likelihood, parameters }
}
