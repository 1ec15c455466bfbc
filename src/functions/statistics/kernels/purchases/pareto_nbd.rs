//! Pareto/NBD: purchases at a rate that varies over customers by a gamma distribution, for a lifetime that is exponential at a
//! rate that varies by another.
//!
//! Schmittlein, Morrison and Colombo 1987, "Counting Your Customers: Who Are They and What Will They Do Next?", Management
//! Science 33(1); likelihood as derived by Fader and Hardie 2005, "A Note on Deriving the Pareto/NBD Model and Related
//! Expressions", equations 14 to 19. Their difference of two hypergeometric functions is the integral over the moments at
//! which a customer may have died, which is taken here directly: it has no cancellation.

use statrs::function::gamma::{digamma, ln_gamma};

use super::super::optimise::Likelihood;
use super::customers::SameRepeats;

/// A model with its parameters: gamma(r, alpha) for the rate of purchases, gamma(s, beta) for that of dying.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParetoNbd {
    /// Shape of the rate of purchases.
    pub r: f64,
    /// Scale of the rate of purchases, in units of time.
    pub alpha: f64,
    /// Shape of the rate of dying.
    pub s: f64,
    /// Scale of the rate of dying, in units of time.
    pub beta: f64,
}

impl ParetoNbd {
    /// The probability that a customer is alive at the end of observation (2005, equation 33).
    pub fn alive(&self, repeats: f64, last: f64, observed: f64) -> f64 {
        1.0 / (1.0 + self.deaths(repeats, last, observed).total)
    }

    /// Purchases in `time` after the first one (1987, equation 17).
    pub fn expected(&self, time: f64) -> f64 {
        self.expected_while_alive(0.0, 0.0, time)
    }

    /// Purchases in `time` after the end of observation by a customer who is alive then (1987, equation 22).
    pub fn expected_while_alive(&self, repeats: f64, observed: f64, time: f64) -> f64 {
        let (alpha, beta) = (self.alpha + observed, self.beta + observed);
        let growth = (time / beta).ln_1p();
        let exponent = self.s - 1.0;
        // (1 - e^(-exponent growth)) / exponent, whose limit at exponent 0 is the growth.
        let lifetime = if exponent == 0.0 { growth } else { -(-exponent * growth).exp_m1() / exponent };
        (self.r + repeats) * beta / alpha * lifetime
    }

    /// The likelihood of having died after the last purchase, relative to that of being alive, with its derivatives.
    ///
    /// It is s times the integral over t from t_x to T of ((alpha + T) / (alpha + t))^(r + x) ((beta + T) / (beta + t))^s /
    /// (beta + t), by Gauss and Legendre over the logarithm of m + t, where m is the smaller of alpha and beta.
    fn deaths(&self, repeats: f64, last: f64, observed: f64) -> Deaths {
        let shape = self.r + repeats;
        let smaller = self.alpha.min(self.beta);
        let width = ((observed - last) / (smaller + last)).ln_1p();
        let range = shape * ((observed - last) / (self.alpha + last)).ln_1p()
            + self.s * ((observed - last) / (self.beta + last)).ln_1p();
        let panels = ((range + width) / 6.0).ceil().clamp(1.0, 100_000.0);
        let mut deaths = Deaths::default();
        let half = 0.5 * width / panels;
        let mut panel = 0.0;
        while panel < panels {
            let centre = (2.0 * panel + 1.0) * half;
            for (node, weight) in NODES {
                self.add_death(&mut deaths, shape, observed, smaller + last, centre - half * node, weight * half);
                self.add_death(&mut deaths, shape, observed, smaller + last, centre + half * node, weight * half);
            }
            panel += 1.0;
        }
        deaths
    }

    /// Adds the death at the moment t with ln((m + t) / (m + t_x)) = `log`, where `start` is m + t_x.
    fn add_death(&self, deaths: &mut Deaths, shape: f64, observed: f64, start: f64, log: f64, weight: f64) {
        let shifted = start * log.exp();
        let moment = shifted - self.alpha.min(self.beta);
        let (alpha, beta) = (self.alpha + moment, self.beta + moment);
        let (log_alpha, log_beta) = (((observed - moment) / alpha).ln_1p(), ((observed - moment) / beta).ln_1p());
        let density = weight * self.s * shifted / beta * (shape * log_alpha + self.s * log_beta).exp();
        deaths.total += density;
        deaths.by_shape += density * log_alpha;
        deaths.by_alpha += density * shape * ((self.alpha + observed).recip() - alpha.recip());
        deaths.by_s += density * (log_beta + self.s.recip());
        deaths.by_beta += density * (self.s * (self.beta + observed).recip() - (self.s + 1.0) / beta);
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Deaths {
    total: f64,
    by_shape: f64,
    by_alpha: f64,
    by_s: f64,
    by_beta: f64,
}

/// Positive nodes and weights of the Gauss-Legendre rule of 16 points on [-1, 1] (Abramowitz and Stegun 1964, table 25.4).
const NODES: [(f64, f64); 8] = [
    (9.501_250_983_763_744e-2, 1.894_506_104_550_686_4e-1),
    (2.816_035_507_792_589e-1, 1.826_034_150_449_236_4e-1),
    (4.580_167_776_572_273_7e-1, 1.691_565_193_950_026_5e-1),
    (6.178_762_444_026_438e-1, 1.495_959_888_165_767e-1),
    (7.554_044_083_550_03e-1, 1.246_289_712_555_339_7e-1),
    (8.656_312_023_878_318e-1, 9.515_851_168_249_281e-2),
    (9.445_750_230_732_326e-1, 6.225_352_393_864_745e-2),
    (9.894_009_349_916_499e-1, 2.715_245_941_175_416e-2),
];

/// The likelihood of r, alpha, s, beta.
pub struct ParetoNbdLikelihood<'data> {
    /// The customers.
    pub groups: &'data [SameRepeats],
    /// Every how many of the histories of a group count.
    pub every: usize,
}

impl Likelihood for ParetoNbdLikelihood<'_> {
    fn value_and_gradient(&self, logs: &[f64]) -> (f64, Vec<f64>) {
        let model = ParetoNbd { r: logs[0].exp(), alpha: logs[1].exp(), s: logs[2].exp(), beta: logs[3].exp() };
        let (mut value, mut slopes) = (0.0, [0.0; 4]);
        for group in self.groups {
            let shape = model.r + group.repeats;
            let start = ln_gamma(shape) - ln_gamma(model.r) + model.r * logs[1] + model.s * logs[3];
            let by_r = digamma(shape) - digamma(model.r) + logs[1];
            for counted in group.histories.iter().step_by(self.every) {
                let (customers, observed) = (counted.customers, counted.history.observed);
                let deaths = model.deaths(group.repeats, counted.history.last, observed);
                let likelihood = 1.0 + deaths.total;
                let (alpha, beta) = (model.alpha + observed, model.beta + observed);
                value += customers * (start - shape * alpha.ln() - model.s * beta.ln() + deaths.total.ln_1p());
                slopes[0] += customers * (by_r - alpha.ln() + deaths.by_shape / likelihood);
                slopes[1] += customers * (model.r / model.alpha - shape / alpha + deaths.by_alpha / likelihood);
                slopes[2] += customers * (logs[3] - beta.ln() + deaths.by_s / likelihood);
                slopes[3] += customers * (model.s / model.beta - model.s / beta + deaths.by_beta / likelihood);
            }
        }
        (value, vec![slopes[0] * model.r, slopes[1] * model.alpha, slopes[2] * model.s, slopes[3] * model.beta])
    }
}
