//! Importance of drivers with bootstrap intervals, beside a random driver.

use super::bootstrap::{Samples, Spread};
use super::drivers::{Correlations, Regression, regression, relative_weights, shapley};
use super::failure::Failure;
use super::moments::Moments;

/// Importance of all drivers of an outcome.
#[derive(Clone, Debug)]
pub struct Importance {
    /// The regression on all drivers.
    pub regression: Regression,
    /// One for each driver.
    pub drivers: Vec<Driver>,
    /// Relative weight of a driver of random numbers beside the others.
    pub random_weight: f64,
    /// The upper end of its interval: what noise reaches.
    pub random_high: f64,
}

/// Importance of one driver.
#[derive(Clone, Copy, Debug)]
pub struct Driver {
    /// Correlation with the outcome.
    pub correlation: f64,
    /// Johnson's relative weight.
    pub weight: f64,
    /// Its spread over samples.
    pub weight_spread: Spread,
    /// Shapley value of R squared; NaN with too many drivers.
    pub shapley: f64,
    /// Its spread over samples.
    pub shapley_spread: Spread,
    /// Whether the weight exceeds that of the random driver in 97.5 % of the samples; `None` without samples.
    pub is_above_random: Option<bool>,
}

/// Of an outcome and `width` drivers, row by row, with this many bootstrap samples; 0 for none.
///
/// The random driver and its comparison are those of S. Tonidandel, J. M. LeBreton and J. W. Johnson, "Determining the
/// Statistical Significance of Relative Weights", Psychological Methods 14 (2009) 387-399.
///
/// # Errors
/// Too few rows, a constant or collinear column, or a value that is not finite.
pub fn importance(
    outcome: &[f64],
    drivers: &[f64],
    width: usize,
    samples: usize,
    seed: u64,
) -> Result<Importance, Failure> {
    let n = outcome.len();
    if n == 0 || width == 0 {
        return Err(Failure::NoRows);
    }
    if n < width + 2 {
        return Err(Failure::TooFewRows);
    }
    let mut random = Samples::new(seed);
    let noise = random.normals(n);
    let columns = width + 2;
    let mut rows = Vec::with_capacity(n * columns);
    for (row, values) in drivers.chunks_exact(width).enumerate() {
        rows.extend_from_slice(values);
        rows.extend([noise[row], outcome[row]]);
    }
    let whole = Sample::of(&rows, width, None)?;
    let regression = regression(&whole.correlations, n as f64)?;
    let draws: Vec<Option<Sample>> =
        (0..samples).map(|_| Sample::of(&rows, width, Some(&random.counts(n))).ok()).collect();
    let spread =
        |value: &dyn Fn(&Sample) -> f64| Spread::of(draws.iter().map(|draw| draw.as_ref().map_or(f64::NAN, value)));
    let driver = |position: usize| {
        let above = spread(&|draw| draw.beside_random[position] - draw.beside_random[width]);
        Driver {
            correlation: whole.correlations.outcome[position],
            weight: whole.weights[position],
            weight_spread: spread(&|draw| draw.weights[position]),
            shapley: whole.shapley[position],
            shapley_spread: spread(&|draw| draw.shapley[position]),
            is_above_random: (!above.low.is_nan()).then_some(above.low > 0.0),
        }
    };
    Ok(Importance {
        regression,
        drivers: (0..width).map(driver).collect(),
        random_weight: whole.beside_random[width],
        random_high: spread(&|draw| draw.beside_random[width]).high,
    })
}

/// The estimates of one sample.
struct Sample {
    correlations: Correlations,
    weights: Vec<f64>,
    /// Relative weights where the random driver is one more; it is the last.
    beside_random: Vec<f64>,
    shapley: Vec<f64>,
}

impl Sample {
    fn of(rows: &[f64], width: usize, counts: Option<&[u32]>) -> Result<Self, Failure> {
        let columns = width + 2;
        let moments = Moments::of(rows, columns, counts)?;
        let drivers: Vec<usize> = (0..=width).collect();
        let correlations = Correlations::of(&moments.correlations, columns, width + 1, &drivers[..width]);
        let beside = Correlations::of(&moments.correlations, columns, width + 1, &drivers);
        Ok(Self {
            weights: relative_weights(&correlations)?,
            beside_random: relative_weights(&beside)?,
            shapley: match shapley(&correlations) {
                Ok(shares) => shares,
                Err(Failure::TooManyColumns) => vec![f64::NAN; width],
                Err(failure) => return Err(failure),
            },
            correlations,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_is_above_noise_and_what_does_not_is_not() {
        let mut random = Samples::new(3);
        let draws: Vec<Vec<f64>> = (0..3).map(|_| random.normals(400)).collect();
        let rows: Vec<f64> = (0..400).flat_map(|row| [draws[0][row], draws[1][row]]).collect();
        let outcome: Vec<f64> = (0..400).map(|row| draws[0][row] + draws[2][row]).collect();
        let found = importance(&outcome, &rows, 2, 200, 1).unwrap();
        assert_eq!(found.drivers[0].is_above_random, Some(true));
        assert_eq!(found.drivers[1].is_above_random, Some(false));
        let first = found.drivers[0];
        assert!(first.weight_spread.low < first.weight && first.weight < first.weight_spread.high);
        assert!((found.drivers.iter().map(|driver| driver.weight).sum::<f64>() - found.regression.r2).abs() < 1e-12);
        let without = importance(&outcome, &rows, 2, 0, 1).unwrap();
        assert_eq!(without.drivers[0].is_above_random, None);
        assert!(without.random_high.is_nan() && without.random_weight < 0.02);
    }

    #[test]
    fn what_cannot_be_computed_says_why() {
        assert_eq!(importance(&[], &[], 0, 10, 1).err(), Some(Failure::NoRows));
        assert_eq!(importance(&[1.0, 1.0, 1.0], &[1.0, 2.0, 4.0], 1, 10, 1).err(), Some(Failure::Constant));
        assert_eq!(importance(&[1.0, 2.0], &[1.0, 2.0], 1, 0, 1).err(), Some(Failure::TooFewRows));
    }
}
