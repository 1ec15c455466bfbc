//! Gamma-Gamma: what a customer spends per purchase, when it varies around a mean that varies over customers.
//!
//! Fader and Hardie 2013, "The Gamma-Gamma Model of Monetary Value", equations 1a to 5; Fader, Hardie and Lee 2005, "RFM and
//! CLV: Using Iso-Value Curves for Customer Base Analysis", Journal of Marketing Research 42(4). It assumes that the mean is
//! unrelated to how often a customer buys.

use statrs::function::gamma::{digamma, ln_gamma};

use super::super::optimise::Likelihood;

/// The model with its parameters: values are gamma(p, v), v is gamma(q, gamma).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GammaGamma {
    /// Shape of the values of a customer.
    pub p: f64,
    /// Shape of the distribution over customers.
    pub q: f64,
    /// Scale of the distribution over customers, in money.
    pub gamma: f64,
}

impl GammaGamma {
    /// The expected mean value of a customer's purchases, given `purchases` of mean `value` (2013, equation 5): that of all
    /// customers where there are none. `None` where it is infinite: the distribution over customers has no mean.
    pub fn expected_spend(&self, purchases: f64, value: f64) -> Option<f64> {
        let evidence = if purchases > 0.0 { purchases * value } else { 0.0 };
        let divisor = self.p * purchases + self.q - 1.0;
        (divisor > 0.0).then(|| self.p * (self.gamma + evidence) / divisor)
    }
}

/// Customers with one number of purchases and one mean value of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spend {
    /// Number of purchases, at least 1.
    pub purchases: f64,
    /// Mean value of a purchase, positive.
    pub value: f64,
    /// How many customers they are.
    pub customers: f64,
}

/// `spends` sorted, equal ones once.
pub fn counted_spends(mut spends: Vec<Spend>) -> Vec<Spend> {
    spends.sort_unstable_by(|one, other| {
        one.purchases.total_cmp(&other.purchases).then(one.value.total_cmp(&other.value))
    });
    let mut counted: Vec<Spend> = Vec::new();
    for spend in spends {
        match counted.last_mut() {
            Some(last) if last.purchases == spend.purchases && last.value == spend.value => {
                last.customers += spend.customers;
            }
            _ => counted.push(spend),
        }
    }
    counted
}

/// The likelihood of p, q, gamma.
pub struct GammaGammaLikelihood<'data> {
    /// The customers, sorted by number of purchases.
    pub spends: &'data [Spend],
    /// Every how many of them count.
    pub every: usize,
}

impl Likelihood for GammaGammaLikelihood<'_> {
    fn value_and_gradient(&self, logs: &[f64]) -> (f64, Vec<f64>) {
        let [p, q, gamma] = [logs[0].exp(), logs[1].exp(), logs[2].exp()];
        let (ln_gamma_q, digamma_q) = (ln_gamma(q), digamma(q));
        let (mut value, mut slopes) = (0.0, [0.0; 3]);
        // What depends on the number of purchases only, for the number before.
        let (mut purchases, mut of_purchases) = (f64::NAN, [0.0; 3]);
        for spend in self.spends.iter().step_by(self.every) {
            let x = spend.purchases;
            if x != purchases {
                purchases = x;
                let (shape, all) = (p * x, p * x + q);
                let digamma_all = digamma(all);
                let start = ln_gamma(all) - ln_gamma(shape) - ln_gamma_q + q * logs[2] + shape * x.ln();
                let by_p = x * (digamma_all - digamma(shape) + x.ln());
                of_purchases = [start, by_p, digamma_all - digamma_q + logs[2]];
            }
            let (log_value, sum) = (spend.value.ln(), gamma + x * spend.value);
            let log_sum = sum.ln();
            let shape = p * x;
            value += spend.customers * (of_purchases[0] + (shape - 1.0) * log_value - (shape + q) * log_sum);
            slopes[0] += spend.customers * (of_purchases[1] + x * (log_value - log_sum));
            slopes[1] += spend.customers * (of_purchases[2] - log_sum);
            slopes[2] += spend.customers * (q / gamma - (shape + q) / sum);
        }
        (value, vec![slopes[0] * p, slopes[1] * q, slopes[2] * gamma])
    }
}
