//! Distribution functions, and the interval of a proportion.

use statrs::distribution::{ChiSquared, ContinuousCDF, Normal, StudentsT};
use statrs::function::gamma::checked_gamma_ur;

/// The probability that a standard normal variable is at most `x`.
///
/// By the incomplete gamma function, which keeps 14 digits in the tails; the error function of `statrs` keeps 11.
pub fn normal_cdf(x: f64) -> f64 {
    if x.is_nan() {
        return f64::NAN;
    }
    // Beyond 38 standard deviations the tail is no normal double.
    let tail = if x.abs() > 38.0 { 0.0 } else { 0.5 * checked_gamma_ur(0.5, x * x / 2.0).unwrap_or(1.0) };
    if x < 0.0 { tail } else { 1.0 - tail }
}

/// The `x` that a standard normal variable does not exceed with the given probability; NaN outside 0 to 1, both excluded.
pub fn normal_quantile(probability: f64) -> f64 {
    if !(probability > 0.0 && probability < 1.0) {
        return f64::NAN;
    }
    let standard = Normal::standard();
    let start = standard.inverse_cdf(probability);
    // One Newton step on the side with the smaller tail.
    let density = (-0.5 * start * start).exp() / (2.0 * std::f64::consts::PI).sqrt();
    if density == 0.0 {
        return start;
    }
    let miss = if start < 0.0 { normal_cdf(start) - probability } else { (1.0 - probability) - normal_cdf(-start) };
    start - miss / density
}

/// The probability that a variable of Student's t distribution with `degrees` degrees of freedom is at most `x`; NaN unless
/// `degrees` is positive.
pub fn t_cdf(x: f64, degrees: f64) -> f64 {
    if degrees == f64::INFINITY {
        return normal_cdf(x);
    }
    StudentsT::new(0.0, 1.0, degrees).map_or(f64::NAN, |t| if x.is_nan() { f64::NAN } else { t.cdf(x) })
}

/// The probability of a value at least as far from 0 as `t`; NaN unless `degrees` is positive.
pub fn t_two_sided(t: f64, degrees: f64) -> f64 {
    2.0 * t_cdf(-t.abs(), degrees)
}

/// The probability that a chi-squared variable with `degrees` degrees of freedom is at most `x`; NaN unless `degrees` is
/// positive.
pub fn chi_square_cdf(x: f64, degrees: f64) -> f64 {
    if x.is_nan() || !degrees.is_finite() {
        return f64::NAN;
    }
    ChiSquared::new(degrees).map_or(f64::NAN, |distribution| if x <= 0.0 { 0.0 } else { distribution.cdf(x) })
}

/// The ends of Wilson's interval for a proportion of `successes` in `n`, without continuity correction: E. B. Wilson, "Probable
/// Inference, the Law of Succession, and Statistical Inference", JASA 22 (1927) 209-212. NaN unless 0 <= successes <= n, n > 0
/// and z >= 0.
pub fn wilson(successes: f64, n: f64, z: f64) -> (f64, f64) {
    // A share times n may miss 0 or n by rounding.
    let slack = n * 1e-9;
    let is_within = (-slack..=n + slack).contains(&successes);
    if !(n > 0.0 && n.is_finite() && is_within && z >= 0.0 && z.is_finite()) {
        return (f64::NAN, f64::NAN);
    }
    let share = (successes / n).clamp(0.0, 1.0);
    let squared = z * z;
    let center = share + squared / (2.0 * n);
    let half = z * (share * (1.0 - share) / n + squared / (4.0 * n * n)).sqrt();
    let scale = 1.0 + squared / n;
    let low = if successes <= slack { 0.0 } else { ((center - half) / scale).max(0.0) };
    let high = if successes >= n - slack { 1.0 } else { ((center + half) / scale).min(1.0) };
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-12 * expected.abs(), "{found} instead of {expected}");
    }

    #[test]
    fn distribution_functions_are_those_of_scipy() {
        // scipy.stats 1.16: norm.cdf, norm.ppf, t.cdf, chi2.cdf.
        close(normal_cdf(1.96), 0.9750021048517795);
        close(normal_cdf(-10.0), 7.61985302416047e-24);
        close(normal_quantile(0.975), 1.959963984540054);
        close(normal_quantile(1e-20), -9.262340089798408);
        close(t_cdf(2.0, 5.0), 0.9490302605850709);
        close(t_cdf(-40.0, 3.0), 1.7190340394579253e-05);
        close(chi_square_cdf(3.84, 1.0), 0.9499564787512949);
        close(chi_square_cdf(10.0, 20.0), 0.03182805730620481);
    }

    #[test]
    fn what_is_no_probability_has_no_quantile() {
        for probability in [0.0, 1.0, -0.5, f64::NAN, f64::INFINITY] {
            assert!(normal_quantile(probability).is_nan());
        }
        assert!(t_cdf(1.0, 0.0).is_nan() && chi_square_cdf(1.0, -1.0).is_nan());
        assert_eq!((normal_cdf(f64::NEG_INFINITY), normal_cdf(f64::INFINITY)), (0.0, 1.0));
    }

    #[test]
    fn the_wilson_interval_is_that_of_statsmodels() {
        // statsmodels.stats.proportion.proportion_confint(8, 10, method="wilson"), with the same z.
        let (low, high) = wilson(8.0, 10.0, 1.959963984540054);
        close(low, 0.49016247153664183);
        close(high, 0.9433178485456247);
        assert_eq!(wilson(0.0, 10.0, 1.96).0, 0.0);
        assert_eq!(wilson(10.0, 10.0, 1.96).1, 1.0);
        assert!(wilson(11.0, 10.0, 1.96).0.is_nan() && wilson(0.0, 0.0, 1.96).0.is_nan());
    }
}
