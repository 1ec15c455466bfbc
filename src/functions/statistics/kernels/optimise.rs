//! The maximum of a likelihood of a few positive parameters.
//!
//! Newton's method on the logarithms of the parameters, damped as Levenberg and Marquardt do (Nocedal and Wright 2006,
//! "Numerical Optimization", chapters 3 and 10), from several start values. The second derivatives are central differences
//! of the exact first ones. A thinned likelihood brings large data near the maximum at a fraction of the cost.

use faer::Mat;

use super::failure::Failure;
use super::positive_definite::{inverse, solve};

/// A log-likelihood as a function of the logarithms of its parameters.
pub trait Likelihood {
    /// The value and its derivatives by each logarithm.
    fn value_and_gradient(&self, logs: &[f64]) -> (f64, Vec<f64>);
}

/// Where a likelihood is largest.
#[derive(Clone, Debug, PartialEq)]
pub struct Maximum {
    /// Logarithms of the parameters.
    pub logs: Vec<f64>,
    /// The log-likelihood.
    pub value: f64,
    /// The covariance of the logarithms, by rows: the inverse of the negative second derivatives.
    pub covariance: Vec<f64>,
}

/// Steps of one search.
const MOST_STEPS: usize = 200;
/// The largest magnitude of a logarithm: parameters between 1.1e-7 and 8.9e6, in units near 1.
const LARGEST_LOG: f64 = 16.0;
/// The largest change of a logarithm in one step.
const LONGEST_STEP: f64 = 2.0;
/// Where differences are taken for the second derivatives. Their error is about the square of it.
const DIFFERENCE: f64 = 1e-4;
/// The search ends when a Newton step promises less than this in log-likelihood.
const LEAST_PROMISE: f64 = 1e-12;

/// The best maximum that is reached from `starts` (logarithms).
///
/// # Errors
/// [`Failure::NotIdentified`] where the likelihood grows towards the edge of the parameters or stays flat, so that the data do
/// not determine them; [`Failure::NotConverged`] where no search has come to rest after `MOST_STEPS` steps.
pub fn maximise(likelihood: &dyn Likelihood, starts: &[Vec<f64>]) -> Result<Maximum, Failure> {
    let mut best: Option<Maximum> = None;
    let mut failure = Failure::NotIdentified;
    for start in starts {
        match search(likelihood, start) {
            Ok(maximum) => {
                if best.as_ref().is_none_or(|best| maximum.value > best.value) {
                    best = Some(maximum);
                }
            }
            Err(reason) => failure = reason,
        }
    }
    best.ok_or(failure)
}

fn search(likelihood: &dyn Likelihood, start: &[f64]) -> Result<Maximum, Failure> {
    let mut logs = start.to_vec();
    let (mut value, mut gradient) = likelihood.value_and_gradient(&logs);
    let mut damping = 1e-3;
    for _ in 0..MOST_STEPS {
        if !value.is_finite() || gradient.iter().any(|slope| !slope.is_finite()) {
            return Err(Failure::NotConverged);
        }
        let curvature = negative_curvature(likelihood, &logs);
        if let Some(promise) = promise(&curvature, &gradient)
            && promise < LEAST_PROMISE * value.abs().max(1.0)
        {
            return rest(likelihood, &logs, &curvature, &gradient);
        }
        let mut has_moved = false;
        for _ in 0..40 {
            if let Some(step) = damped_step(&curvature, &gradient, damping) {
                let next: Vec<f64> = logs.iter().zip(&step).map(|(log, step)| log + step).collect();
                let (next_value, next_gradient) = likelihood.value_and_gradient(&next);
                if next_value > value {
                    (logs, value, gradient) = (next, next_value, next_gradient);
                    damping = (damping / 10.0).max(1e-12);
                    has_moved = true;
                    break;
                }
            }
            damping = (damping * 4.0).max(1e-9);
        }
        if logs.iter().any(|log| log.abs() > LARGEST_LOG) {
            return Err(Failure::NotIdentified);
        }
        if !has_moved {
            // The value cannot grow any more in doubles. That is a maximum where a step would promise next to nothing.
            return match promise(&curvature, &gradient) {
                Some(promise) if promise < 1e-9 * value.abs().max(1.0) => {
                    rest(likelihood, &logs, &curvature, &gradient)
                }
                Some(_) => Err(Failure::NotConverged),
                None => Err(Failure::NotIdentified),
            };
        }
    }
    Err(Failure::NotConverged)
}

/// The maximum after a last whole step from `logs`, where it is no worse.
fn rest(likelihood: &dyn Likelihood, logs: &[f64], curvature: &Mat<f64>, gradient: &[f64]) -> Result<Maximum, Failure> {
    let step = damped_step(curvature, gradient, 0.0).ok_or(Failure::NotIdentified)?;
    let logs: Vec<f64> = logs.iter().zip(&step).map(|(log, step)| log + step).collect();
    let (value, _) = likelihood.value_and_gradient(&logs);
    let covariance = inverse(curvature).ok_or(Failure::NotIdentified)?;
    Ok(Maximum { logs, value, covariance })
}

/// The negative second derivatives at `logs`, made symmetric.
fn negative_curvature(likelihood: &dyn Likelihood, logs: &[f64]) -> Mat<f64> {
    let size = logs.len();
    let differences: Vec<Vec<f64>> = (0..size)
        .map(|index| {
            let at = |difference: f64| {
                let mut moved = logs.to_vec();
                moved[index] += difference;
                likelihood.value_and_gradient(&moved).1
            };
            let (above, below) = (at(DIFFERENCE), at(-DIFFERENCE));
            above.iter().zip(&below).map(|(above, below)| (above - below) / (2.0 * DIFFERENCE)).collect()
        })
        .collect();
    Mat::from_fn(size, size, |row, column| -0.5 * (differences[row][column] + differences[column][row]))
}

/// Half the square of the gradient in the metric of the curvature: what a Newton step adds to the log-likelihood. `None`
/// where the curvature is no maximum's.
fn promise(curvature: &Mat<f64>, gradient: &[f64]) -> Option<f64> {
    let step = solve(curvature, gradient)?;
    Some(0.5 * step.iter().zip(gradient).map(|(step, slope)| step * slope).sum::<f64>())
}

/// The Newton step with `damping` times the size of each curvature added to it, at most [`LONGEST_STEP`] long.
fn damped_step(curvature: &Mat<f64>, gradient: &[f64], damping: f64) -> Option<Vec<f64>> {
    let size = gradient.len();
    let scale = (0..size).map(|index| curvature[(index, index)].abs()).fold(1e-300, f64::max);
    let damped = Mat::from_fn(size, size, |row, column| {
        let added = if row == column { damping * curvature[(row, row)].abs().max(1e-6 * scale) } else { 0.0 };
        curvature[(row, column)] + added
    });
    let mut step = solve(&damped, gradient)?;
    let longest = step.iter().fold(0.0, |longest: f64, step| longest.max(step.abs()));
    if longest > LONGEST_STEP {
        step.iter_mut().for_each(|step| *step *= LONGEST_STEP / longest);
    }
    Some(step)
}
