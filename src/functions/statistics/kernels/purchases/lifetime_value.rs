//! Customer lifetime value: the discounted purchases to come times the expected spend, with an interval.
//!
//! Fader, Hardie and Lee 2005, "RFM and CLV", Journal of Marketing Research 42(4): value = sum over periods of (purchases
//! expected in the period) x (expected spend) / (1 + rate)^period.

use super::customers::History;
use super::fit::{Process, PurchaseModel};
use super::gamma_gamma::GammaGamma;

/// A model of when customers buy, with the uncertainty of its parameters.
pub struct UncertainPurchases<'fit> {
    /// Which model.
    pub process: Process,
    /// Its parameters.
    pub parameters: [f64; 4],
    /// Covariance of their logarithms, by rows.
    pub log_covariance: &'fit [f64],
}

/// A Gamma-Gamma model with the uncertainty of its parameters: p, q, gamma.
pub struct UncertainSpend<'fit> {
    /// The parameters.
    pub parameters: [f64; 3],
    /// Covariance of their logarithms, by rows.
    pub log_covariance: &'fit [f64],
}

/// How future purchases count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Horizon {
    /// Number of periods.
    pub periods: u32,
    /// Length of a period, in the unit of time of the model.
    pub length: f64,
    /// Discount rate of a period.
    pub rate: f64,
}

/// A value with the ends of its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Valued {
    /// The value, in money.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// By how much logarithms of parameters are moved for a derivative.
const DIFFERENCE: f64 = 1e-4;

/// The lifetime value of a customer who has spent `mean_value` at each of `purchases` purchases. The interval is that of the
/// expectation: what is not known about the parameters, by the delta method on the logarithm of the value, `z` standard errors
/// wide to each side. What a single customer will really bring varies far more. `None` where the expected spend is infinite.
pub fn lifetime_value(
    purchase_fit: &UncertainPurchases,
    spend_fit: &UncertainSpend,
    history: &History,
    (purchases, mean_value): (f64, f64),
    horizon: Horizon,
    z: f64,
) -> Option<Valued> {
    let Horizon { periods, length, rate } = horizon;
    let bought = |parameters: [f64; 4]| {
        Some(PurchaseModel::new(purchase_fit.process, parameters).discounted(history, periods, length, rate))
    };
    let spent = |[p, q, gamma]: [f64; 3]| GammaGamma { p, q, gamma }.expected_spend(purchases, mean_value);
    let value = bought(purchase_fit.parameters)? * spent(spend_fit.parameters)?;
    if value == 0.0 {
        return Some(Valued { value, low: 0.0, high: 0.0 });
    }
    let variance = log_variance(purchase_fit.parameters, purchase_fit.log_covariance, &bought)?
        + log_variance(spend_fit.parameters, spend_fit.log_covariance, &spent)?;
    let margin = z * variance.max(0.0).sqrt();
    Some(Valued { value, low: value * (-margin).exp(), high: value * margin.exp() })
}

/// The variance of the logarithm of `function`, to first order.
fn log_variance<const SIZE: usize>(
    parameters: [f64; SIZE],
    log_covariance: &[f64],
    function: &dyn Fn([f64; SIZE]) -> Option<f64>,
) -> Option<f64> {
    let mut slopes = [0.0; SIZE];
    for (index, slope) in slopes.iter_mut().enumerate() {
        let at = |difference: f64| {
            let mut moved = parameters;
            moved[index] *= difference.exp();
            function(moved).map(f64::ln)
        };
        *slope = (at(DIFFERENCE)? - at(-DIFFERENCE)?) / (2.0 * DIFFERENCE);
    }
    let row = |index: usize| {
        log_covariance[index * SIZE..(index + 1) * SIZE]
            .iter()
            .zip(&slopes)
            .map(|(cell, slope)| cell * slope)
            .sum::<f64>()
    };
    Some(slopes.iter().enumerate().map(|(index, slope)| slope * row(index)).sum())
}
