//! BG/NBD and MBG/NBD: purchases at a rate that varies over customers by a gamma distribution, until a customer drops out
//! after a purchase with a probability that varies by a beta distribution.
//!
//! BG/NBD: Fader, Hardie and Lee 2005, "Counting Your Customers the Easy Way", Marketing Science 24(2), equations 6 to 10;
//! nobody drops out before the first repeat. MBG/NBD: Batislam, Denizel and Filiztekin 2007, International Journal of Research
//! in Marketing 24(3): a customer may drop out right after the first purchase, too.

use statrs::function::gamma::{digamma, ln_gamma};

use super::super::optimise::Likelihood;
use super::customers::SameRepeats;
use super::future::purchases_before_dropout;

/// When a customer may drop out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dropout {
    /// After each repeat purchase: BG/NBD.
    AfterRepeats,
    /// After each purchase, the first one included: MBG/NBD.
    AfterPurchases,
}

/// A model with its parameters: gamma(r, alpha) for the rate, beta(a, b) for the probability of dropping out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BetaGeometric {
    /// When a customer may drop out.
    pub dropout: Dropout,
    /// Shape of the rate.
    pub r: f64,
    /// Scale of the rate, in units of time.
    pub alpha: f64,
    /// First parameter of dropping out.
    pub a: f64,
    /// Second parameter of dropping out.
    pub b: f64,
}

impl BetaGeometric {
    /// The probability that a customer has not dropped out by the end of observation (2005, equation 11 of the note
    /// "Computing P(alive) Using the BG/NBD Model"; 2007, equation 4).
    pub fn alive(&self, repeats: f64, last: f64, observed: f64) -> f64 {
        let chances = self.chances(repeats);
        if chances == 0.0 {
            return 1.0;
        }
        let silence = ((observed - last) / (self.alpha + last)).ln_1p();
        let odds_of_dropout = (self.a / (self.b + chances - 1.0)).ln() + (self.r + repeats) * silence;
        1.0 / (1.0 + odds_of_dropout.exp())
    }

    /// Purchases that a customer makes in `time` after the first one.
    pub fn expected(&self, time: f64) -> f64 {
        let start = self.chances(0.0);
        // After a first purchase that may be the last, the next one needs a customer who stays.
        let stays = if start == 0.0 { 1.0 } else { self.b / (self.a + self.b) };
        stays * purchases_before_dropout(self.r, self.alpha, self.a, self.b + start, time)
    }

    /// Purchases in `time` after the end of observation by a customer who is alive then.
    pub fn expected_while_alive(&self, repeats: f64, observed: f64, time: f64) -> f64 {
        let b = self.b + self.chances(repeats);
        purchases_before_dropout(self.r + repeats, self.alpha + observed, self.a, b, time)
    }

    /// How often a customer could have dropped out.
    fn chances(&self, repeats: f64) -> f64 {
        match self.dropout {
            Dropout::AfterRepeats => repeats,
            Dropout::AfterPurchases => repeats + 1.0,
        }
    }
}

/// The likelihood of r, alpha, a, b.
pub struct BetaGeometricLikelihood<'data> {
    /// When a customer may drop out.
    pub dropout: Dropout,
    /// The customers.
    pub groups: &'data [SameRepeats],
    /// Every how many of the histories of a group count.
    pub every: usize,
}

impl Likelihood for BetaGeometricLikelihood<'_> {
    fn value_and_gradient(&self, logs: &[f64]) -> (f64, Vec<f64>) {
        let [r, alpha, a, b] = [logs[0].exp(), logs[1].exp(), logs[2].exp(), logs[3].exp()];
        let model = BetaGeometric { dropout: self.dropout, r, alpha, a, b };
        let (mut value, mut slopes) = (0.0, [0.0; 4]);
        for group in self.groups {
            let [customers, from_times, by_shape, by_alpha, weight] = self.times(group, &model);
            let (x, chances) = (group.repeats, model.chances(group.repeats));
            let rest = ln_gamma(r + x) - ln_gamma(r) + r * logs[1] + ln_gamma(b + chances) - ln_gamma(b)
                + ln_gamma(a + b)
                - ln_gamma(a + b + chances);
            value += customers * rest + from_times;
            slopes[0] += customers * (digamma(r + x) - digamma(r) + logs[1]) + by_shape;
            slopes[1] += customers * r / alpha + by_alpha;
            let both = digamma(a + b) - digamma(a + b + chances);
            slopes[2] += customers * both + weight / a;
            slopes[3] += customers * (both + digamma(b + chances) - digamma(b));
            if chances > 0.0 {
                slopes[3] -= weight / (b + chances - 1.0);
            }
        }
        (value, vec![slopes[0] * r, slopes[1] * alpha, slopes[2] * a, slopes[3] * b])
    }
}

impl BetaGeometricLikelihood<'_> {
    /// Of the histories of a group: customers, the part of the likelihood that depends on times, its derivatives by the
    /// shape and by alpha, and the customers who have dropped out, by their probability.
    fn times(&self, group: &SameRepeats, model: &BetaGeometric) -> [f64; 5] {
        let (shape, chances) = (model.r + group.repeats, model.chances(group.repeats));
        let log_ratio = (model.a / (model.b + chances - 1.0)).ln();
        let mut sums = [0.0; 5];
        for counted in group.histories.iter().step_by(self.every) {
            let customers = counted.customers;
            let (end, last) = (model.alpha + counted.history.observed, model.alpha + counted.history.last);
            let log_end = end.ln();
            let [value, by_shape, by_alpha, dropped] = if chances > 0.0 {
                let log_last = last.ln();
                let odds = log_ratio + shape * (log_end - log_last);
                let dropped = 1.0 / (1.0 + (-odds).exp());
                let alive = 1.0 - dropped;
                let by_shape = -alive * log_end - dropped * log_last;
                [softplus(odds) - shape * log_end, by_shape, -shape * (alive / end + dropped / last), dropped]
            } else {
                [-shape * log_end, -log_end, -shape / end, 0.0]
            };
            let parts = [1.0, value, by_shape, by_alpha, dropped];
            sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += customers * part);
        }
        sums
    }
}

/// ln(1 + e^x).
fn softplus(x: f64) -> f64 {
    if x > 0.0 { x + (-x).exp().ln_1p() } else { x.exp().ln_1p() }
}
