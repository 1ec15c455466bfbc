//! Purchases to come from a customer who may drop out after each of them, without hypergeometric functions that cancel.

use statrs::function::beta::ln_beta;

/// The longest sum that is taken; beyond it the integral is cheaper.
const MOST_TERMS: f64 = 3_000.0;

/// Expected purchases in `time` of customers who are active now, buy at a gamma(`r`, `alpha`) rate, and drop out after each
/// purchase with a beta(`a`, `b`) probability.
///
/// The purchases that a customer would make without dropping out are negative binomial, N. The j-th next one is made by those
/// who stayed after each of the j - 1 before it: sum over j of E((1 - p)^(j - 1)) P(N >= j), where E((1 - p)^j) =
/// (b)_j / (a + b)_j. All terms are positive, and nothing is special about a = 1. The closed form with Gauss's
/// hypergeometric function (Fader, Hardie and Lee 2005, equations 9 and 10) is the same sum.
pub fn purchases_before_dropout(r: f64, alpha: f64, a: f64, b: f64, time: f64) -> f64 {
    if time <= 0.0 {
        return 0.0;
    }
    if time == f64::INFINITY {
        return if a > 1.0 { (a + b - 1.0) / (a - 1.0) } else { f64::INFINITY };
    }
    let odds = time / alpha;
    // Means of the negative binomial, and how far its tail reaches until it is negligible.
    let terms = r * odds + 40.0 * (1.0 + odds) + 10.0 * (r * odds * (1.0 + odds)).sqrt();
    if terms <= MOST_TERMS { by_sum(r, odds, a, b) } else { by_integral(r, odds, a, b) }
}

fn by_sum(r: f64, odds: f64, a: f64, b: f64) -> f64 {
    let share = odds / (1.0 + odds);
    // Weights of 0, 1, 2 .. would-be purchases, up to a common factor; those made; and the chance to make the next.
    let (mut weight, mut made, mut stays) = (1.0, 0.0, 1.0);
    let (mut weights, mut sum) = (0.0, 0.0);
    let mut k = 0.0;
    loop {
        weights += weight;
        sum += weight * made;
        let ratio = (r + k) / (k + 1.0) * share;
        let is_past_mode = ratio < 1.0;
        if is_past_mode && weight * (made + 1.0) * (k + 1.0) <= 1e-17 * (1.0 - ratio) * sum.max(1e-280) {
            return sum / weights;
        }
        weight *= ratio;
        made += stays;
        stays *= (b + k) / (a + b + k);
        k += 1.0;
        if weight > 1e200 {
            weight *= 1e-200;
            weights *= 1e-200;
            sum *= 1e-200;
        }
    }
}

/// The same as the integral over p of beta(p; a, b) (1 - (1 + p odds)^-r) / p, by the trapezoidal rule over the logit of p,
/// where it converges exponentially (Trefethen and Weideman 2014, SIAM Review 56(3)).
fn by_integral(r: f64, odds: f64, a: f64, b: f64) -> f64 {
    let step = (0.4 * (1.0 / a + 1.0 / b).sqrt()).min(0.25);
    let constant = ln_beta(a, b);
    let term = |logit: f64| {
        let (log_p, log_q) = (-softplus(-logit), -softplus(logit));
        let p = log_p.exp();
        // Divided by p: the factor p of dp = p (1 - p) d logit cancels the divisor.
        let bought = if p * odds > 1e-12 { -(-r * (p * odds).ln_1p()).exp_m1() / p } else { r * odds };
        (a * log_p + b * log_q - constant).exp() * bought
    };
    let centre = (a / b).ln();
    term(centre) * step + outwards(centre, -step, &term) + outwards(centre, step, &term)
}

/// The part of the sum on one side of `centre`.
fn outwards(centre: f64, step: f64, term: &dyn Fn(f64) -> f64) -> f64 {
    let (mut sum, mut before) = (0.0, 0.0);
    for index in 1..1_000_000 {
        let now = term(centre + f64::from(index) * step);
        sum += now;
        if now <= before && now <= 1e-18 * sum.max(1e-290) {
            break;
        }
        before = now;
    }
    sum * step.abs()
}

fn softplus(x: f64) -> f64 {
    if x > 0.0 { x + (-x).exp().ln_1p() } else { x.exp().ln_1p() }
}
