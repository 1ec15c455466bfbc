//! How well the items of a block measure their latent variable.

use super::super::linear::submatrix;
use super::super::survey::alpha;
use super::structure::{Mode, Model};

/// Measures of a block. By convention, as in the R packages seminr and cSEM, a single item has 1 in all of them, and a block of
/// mode B has 1 as rho_A; they say nothing of those blocks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reliability {
    /// Cronbach's alpha from correlations.
    pub alpha_standardised: f64,
    /// Cronbach's alpha from covariances.
    pub alpha_covariance: f64,
    /// T. K. Dijkstra and J. Henseler, "Consistent Partial Least Squares Path Modeling", MIS Quarterly 39 (2015) 297-316, eq. 3.
    pub rho_a: f64,
    /// (sum of loadings)^2 / ((sum of loadings)^2 + sum of (1 - loading^2)), from standardised loadings: K. G. Joereskog (1971),
    /// also called Dillon-Goldstein's rho.
    pub rho_c: f64,
}

/// Of a latent variable.
pub fn reliability(
    model: &Model,
    latent: usize,
    correlations: &[f64],
    deviations: &[f64],
    outer: &[f64],
    loadings: &[f64],
) -> Reliability {
    let latent = &model.latents[latent];
    let count = latent.items.len();
    if count < 2 {
        return Reliability { alpha_standardised: 1.0, alpha_covariance: 1.0, rho_a: 1.0, rho_c: 1.0 };
    }
    let block = submatrix(correlations, model.items_count, &latent.items, &latent.items);
    let largest = latent.items.iter().map(|item| deviations[*item]).fold(0.0, f64::max);
    let relative: Vec<f64> = latent.items.iter().map(|item| deviations[*item] / largest).collect();
    let covariances: Vec<f64> = block
        .iter()
        .enumerate()
        .map(|(cell, correlation)| correlation * relative[cell / count] * relative[cell % count])
        .collect();
    let sum: f64 = loadings.iter().sum();
    let errors: f64 = loadings.iter().map(|loading| 1.0 - loading * loading).sum();
    let weights: Vec<f64> = latent.items.iter().map(|item| outer[*item]).collect();
    Reliability {
        alpha_standardised: alpha(&block, count).unwrap_or(f64::NAN),
        alpha_covariance: alpha(&covariances, count).unwrap_or(f64::NAN),
        rho_a: if latent.mode == Mode::A { rho_a(&block, &weights) } else { 1.0 },
        rho_c: sum * sum / (sum * sum + errors),
    }
}

/// (w'w)^2 w'(S - diag S)w / w'(ww' - diag ww')w.
fn rho_a(block: &[f64], weights: &[f64]) -> f64 {
    let count = weights.len();
    let squares: f64 = weights.iter().map(|weight| weight * weight).sum();
    let (mut among, mut squared) = (0.0, 0.0);
    for row in 0..count {
        for column in (0..count).filter(|column| *column != row) {
            let product = weights[row] * weights[column];
            among += product * block[row * count + column];
            squared += product * product;
        }
    }
    squares * squares * among / squared
}

/// The heterotrait-monotrait ratio of two latent variables, from absolute correlations: the mean between their items, over the
/// geometric mean of the means within each. A single item has the mean 1 within.
///
/// J. Henseler, C. M. Ringle and M. Sarstedt, "A New Criterion for Assessing Discriminant Validity", Journal of the Academy of
/// Marketing Science 43 (2015) 115-135.
pub fn htmt(model: &Model, left: usize, right: usize, correlations: &[f64]) -> f64 {
    let (left, right) = (&model.latents[left].items, &model.latents[right].items);
    let mean = |rows: &[usize], columns: &[usize]| {
        let pairs = rows.iter().flat_map(|row| columns.iter().map(move |column| (*row, *column)));
        let pairs = pairs.filter(|(row, column)| row != column);
        let (sum, count) = pairs.fold((0.0, 0.0), |(sum, count), (row, column)| {
            (sum + correlations[row * model.items_count + column].abs(), count + 1.0)
        });
        if count == 0.0 { 1.0 } else { sum / count }
    };
    mean(left, right) / (mean(left, left) * mean(right, right)).sqrt()
}
