//! How much each driver contributes to the explained variance of an outcome, from correlations.

use super::distributions::t_two_sided;
use super::failure::Failure;
use super::linear::{dot, eigen, inverse, product};

/// The most drivers whose Shapley shares are computed: there are 2^15 models to compare.
pub const MOST_SHAPLEY_DRIVERS: usize = 15;

/// What is left of a driver's variance, below which it counts as a linear combination of those before it.
const SMALLEST_REST: f64 = 1e-10;

/// Correlations of drivers with each other and with the outcome.
#[derive(Clone, Debug)]
pub struct Correlations {
    /// Of the drivers, row by row.
    pub drivers: Vec<f64>,
    /// Of each driver with the outcome.
    pub outcome: Vec<f64>,
}

impl Correlations {
    /// From a matrix of all columns, row by row: the outcome, and the drivers in order.
    pub fn of(matrix: &[f64], width: usize, outcome: usize, drivers: &[usize]) -> Self {
        Self {
            drivers: super::linear::submatrix(matrix, width, drivers, drivers),
            outcome: drivers.iter().map(|driver| matrix[driver * width + outcome]).collect(),
        }
    }

    fn count(&self) -> usize {
        self.outcome.len()
    }
}

/// Johnson's relative weights; they add up to R squared.
///
/// With R = V D V' and L = V D^(1/2) V', b = L^-1 r: weight j = sum over k of L_jk^2 b_k^2. J. W. Johnson, "A Heuristic Method
/// for Estimating the Relative Weight of Predictor Variables in Multiple Regression", Multivariate Behavioral Research 35 (2000)
/// 1-19.
///
/// # Errors
/// The drivers are collinear.
pub fn relative_weights(correlations: &Correlations) -> Result<Vec<f64>, Failure> {
    let count = correlations.count();
    let (values, vectors) = eigen(&correlations.drivers, count)?;
    let combined = |power: fn(f64) -> f64| -> Vec<f64> {
        let cell = |row: usize, column: usize| {
            (0..count).map(|k| vectors[row * count + k] * power(values[k]) * vectors[column * count + k]).sum()
        };
        (0..count * count).map(|index| cell(index / count, index % count)).collect()
    };
    let root = combined(f64::sqrt);
    let betas = product(&combined(|value| 1.0 / value.sqrt()), &correlations.outcome);
    let weight = |row: &[f64]| row.iter().zip(&betas).map(|(cell, beta)| cell * cell * beta * beta).sum();
    Ok(root.chunks_exact(count.max(1)).map(weight).collect())
}

/// Shapley values of R squared: the mean gain of a driver over all orders of entry, also called LMG; they add up to R squared.
/// Collinear drivers share what they explain together.
///
/// R. H. Lindeman, P. F. Merenda and R. Z. Gold, "Introduction to Bivariate and Multivariate Analysis" (1980), p. 119 ff.;
/// U. Groemping, "Relative Importance for Linear Regression in R", Journal of Statistical Software 17 (2006).
///
/// # Errors
/// There are more than [`MOST_SHAPLEY_DRIVERS`] drivers.
pub fn shapley(correlations: &Correlations) -> Result<Vec<f64>, Failure> {
    let count = correlations.count();
    if count > MOST_SHAPLEY_DRIVERS {
        return Err(Failure::TooManyColumns);
    }
    let explained = Subsets::explained(correlations);
    // (|S|! (k - |S| - 1)!) / k! for each size of S.
    let mut weights = vec![1.0 / count as f64; count];
    for size in 1..count {
        weights[size] = weights[size - 1] * size as f64 / (count - size) as f64;
    }
    let share = |driver: usize| {
        let bit = 1_usize << driver;
        let without = (0..explained.len()).filter(|subset| subset & bit == 0);
        without
            .map(|subset| weights[subset.count_ones() as usize] * (explained[subset | bit] - explained[subset]))
            .sum()
    };
    Ok((0..count).map(share).collect())
}

/// R squared of every subset of drivers, by a Cholesky factor that grows and shrinks driver by driver.
struct Subsets<'a> {
    correlations: &'a Correlations,
    /// The drivers in the factor, its rows, and L^-1 r.
    drivers: Vec<usize>,
    rows: Vec<Vec<f64>>,
    solved: Vec<f64>,
    explained: Vec<f64>,
}

impl<'a> Subsets<'a> {
    /// At the index whose bits are the subset.
    fn explained(correlations: &'a Correlations) -> Vec<f64> {
        let explained = vec![0.0; 1 << correlations.count()];
        let mut subsets = Self { correlations, drivers: Vec::new(), rows: Vec::new(), solved: Vec::new(), explained };
        subsets.visit(0, 0, 0.0);
        subsets.explained
    }

    fn visit(&mut self, driver: usize, subset: usize, r2: f64) {
        let count = self.correlations.count();
        if driver == count {
            self.explained[subset] = r2;
            return;
        }
        self.visit(driver + 1, subset, r2);
        let with_driver = subset | 1 << driver;
        let mut row: Vec<f64> = Vec::with_capacity(self.drivers.len() + 1);
        for (position, other) in self.drivers.iter().enumerate() {
            let known = &self.rows[position];
            let rest = self.correlations.drivers[driver * count + other] - dot(&known[..position], &row);
            row.push(rest / known[position]);
        }
        let rest = 1.0 - dot(&row, &row);
        if rest < SMALLEST_REST {
            self.visit(driver + 1, with_driver, r2);
            return;
        }
        let solved = (self.correlations.outcome[driver] - dot(&row, &self.solved)) / rest.sqrt();
        row.push(rest.sqrt());
        self.drivers.push(driver);
        self.rows.push(row);
        self.solved.push(solved);
        self.visit(driver + 1, with_driver, r2 + solved * solved);
        self.drivers.pop();
        self.rows.pop();
        self.solved.pop();
    }
}

/// A regression of standardised columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Regression {
    /// Share of variance explained.
    pub r2: f64,
    /// The same, adjusted for the number of columns.
    pub adjusted_r2: f64,
    /// One for each driver.
    pub coefficients: Vec<Coefficient>,
}

/// A standardised coefficient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coefficient {
    /// The estimate.
    pub beta: f64,
    /// Its standard error by least squares.
    pub standard_error: f64,
    /// beta / standard error.
    pub t: f64,
    /// Two-sided, with n - k - 1 degrees of freedom.
    pub p: f64,
    /// Variance inflation factor 1 / (1 - R squared on the other drivers).
    pub vif: f64,
}

/// Least squares with an intercept, of `n` rows.
///
/// # Errors
/// There are no more rows than parameters, or the drivers are collinear.
pub fn regression(correlations: &Correlations, n: f64) -> Result<Regression, Failure> {
    let count = correlations.count();
    let degrees = n - count as f64 - 1.0;
    if degrees < 1.0 {
        return Err(Failure::TooFewRows);
    }
    let inverse = inverse(&correlations.drivers, count)?;
    let betas = product(&inverse, &correlations.outcome);
    let r2 = dot(&betas, &correlations.outcome).clamp(0.0, 1.0);
    let coefficient = |(driver, beta): (usize, &f64)| {
        let vif = inverse[driver * count + driver];
        let standard_error = ((1.0 - r2) / degrees * vif).sqrt();
        let t = beta / standard_error;
        Coefficient { beta: *beta, standard_error, t, p: t_two_sided(t, degrees), vif }
    };
    Ok(Regression {
        r2,
        adjusted_r2: 1.0 - (1.0 - r2) * (n - 1.0) / degrees,
        coefficients: betas.iter().enumerate().map(coefficient).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Correlations of the R package iopsych, example of `relWt`; the outcome is the last column.
    const IOPSYCH: [f64; 25] = [
        1.0, 0.2, 0.3, 0.4, -0.4, 0.2, 1.0, 0.5, 0.1, 0.1, 0.3, 0.5, 1.0, 0.2, -0.3, 0.4, 0.1, 0.2, 1.0, 0.4, -0.4,
        0.1, -0.3, 0.4, 1.0,
    ];

    fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() <= tolerance, "{found} instead of {expected}");
        }
    }

    #[test]
    fn weights_and_shares_are_those_of_iopsych() {
        let correlations = Correlations::of(&IOPSYCH, 5, 4, &[0, 1, 2, 3]);
        let weights = relative_weights(&correlations).unwrap();
        assert_close(&weights, &[0.24066119, 0.05492664, 0.12143476, 0.28158189], 5e-9);
        let shares = shapley(&correlations).unwrap();
        assert_close(&shares, &[0.23807039, 0.05610320, 0.11800387, 0.28642702], 5e-9);
        let regression = regression(&correlations, 100.0).unwrap();
        assert_close(&[regression.r2, weights.iter().sum(), shares.iter().sum()], &[0.69860449; 3], 5e-9);
    }

    #[test]
    fn a_copy_of_a_driver_shares_with_it() {
        let matrix = [1.0, 1.0, 0.6, 1.0, 1.0, 0.6, 0.6, 0.6, 1.0];
        let correlations = Correlations::of(&matrix, 3, 2, &[0, 1]);
        assert_close(&shapley(&correlations).unwrap(), &[0.18, 0.18], 1e-15);
        assert_eq!(relative_weights(&correlations), Err(Failure::Collinear));
        assert_eq!(regression(&correlations, 100.0), Err(Failure::Collinear));
    }

    #[test]
    fn more_drivers_than_fit_are_refused() {
        let correlations = Correlations { drivers: vec![0.0; 16 * 16], outcome: vec![0.0; 16] };
        assert_eq!(shapley(&correlations), Err(Failure::TooManyColumns));
        assert_eq!(regression(&correlations, 17.0), Err(Failure::TooFewRows));
    }
}
