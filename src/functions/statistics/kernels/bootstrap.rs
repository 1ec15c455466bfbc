//! Bootstrap samples, and the intervals that they give.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::ranks::quantile7;

/// Draws samples with replacement; the same seed gives the same samples.
#[derive(Debug)]
pub struct Samples {
    random: ChaCha8Rng,
}

impl Samples {
    /// With the given seed.
    pub fn new(seed: u64) -> Self {
        Self { random: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// How often each of `rows` rows is in the next sample.
    pub fn counts(&mut self, rows: usize) -> Vec<u32> {
        let mut counts = vec![0; rows];
        for _ in 0..rows {
            counts[self.random.random_range(0..rows)] += 1;
        }
        counts
    }

    /// The next `count` draws from a standard normal distribution, by the method of G. E. P. Box and M. E. Muller (1958).
    pub fn normals(&mut self, count: usize) -> Vec<f64> {
        let mut draws = Vec::with_capacity(count + 1);
        while draws.len() < count {
            let radius = (-2.0 * self.unit().ln()).sqrt();
            let angle = std::f64::consts::TAU * self.unit();
            draws.extend([radius * angle.cos(), radius * angle.sin()]);
        }
        draws.truncate(count);
        draws
    }

    /// In (0, 1].
    fn unit(&mut self) -> f64 {
        ((self.random.next_u64() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }
}

/// Standard deviation and 95 % percentile interval of the estimates from samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Standard deviation with n - 1.
    pub standard_error: f64,
    /// Quantile 0.025, type 7.
    pub low: f64,
    /// Quantile 0.975, type 7.
    pub high: f64,
}

impl Spread {
    /// What is not known.
    pub const UNKNOWN: Self = Self { standard_error: f64::NAN, low: f64::NAN, high: f64::NAN };

    /// Of estimates; those that are not finite are left out. Unknown where fewer than half are left, or fewer than ten.
    ///
    /// B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap" (1993), chapters 6 and 13.
    pub fn of(estimates: impl ExactSizeIterator<Item = f64>) -> Self {
        let samples = estimates.len();
        let mut finite: Vec<f64> = estimates.filter(|estimate| estimate.is_finite()).collect();
        if finite.len() < 10 || 2 * finite.len() < samples {
            return Self::UNKNOWN;
        }
        finite.sort_unstable_by(f64::total_cmp);
        let n = finite.len() as f64;
        let mean = finite.iter().sum::<f64>() / n;
        let variance = finite.iter().map(|estimate| (estimate - mean) * (estimate - mean)).sum::<f64>() / (n - 1.0);
        Self { standard_error: variance.sqrt(), low: quantile7(&finite, 0.025), high: quantile7(&finite, 0.975) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_have_as_many_rows_and_repeat_with_the_seed() {
        let counts = Samples::new(7).counts(50);
        assert_eq!(counts.iter().sum::<u32>(), 50);
        assert_eq!(counts, Samples::new(7).counts(50));
        assert_ne!(counts, Samples::new(8).counts(50));
        let normals = Samples::new(1).normals(10_001);
        let mean = normals.iter().sum::<f64>() / 10_001.0;
        let variance = normals.iter().map(|draw| draw * draw).sum::<f64>() / 10_001.0;
        assert!(mean.abs() < 0.05 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
    }

    #[test]
    fn a_spread_is_that_of_numpy() {
        // numpy.arange(101): std(ddof=1), quantile 0.025 and 0.975.
        let spread = Spread::of((0..101).map(f64::from));
        assert!((spread.standard_error - 29.300170647967224).abs() < 1e-12);
        assert_eq!((spread.low, spread.high), (2.5, 97.5));
        assert!(Spread::of((0..40).map(|value| if value < 15 { 1.0 } else { f64::NAN })).low.is_nan());
    }
}
