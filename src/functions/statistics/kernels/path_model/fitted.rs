//! A fitted model: estimates with bootstrap intervals, and scores.

use super::super::bootstrap::{Samples, Spread};
use super::super::failure::Failure;
use super::super::moments::Moments;
use super::estimates::{Estimate, estimates};
use super::structure::{Model, Scheme};
use super::weights::weights;

/// A model fitted to answers.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// Iterations until convergence.
    pub iterations: usize,
    /// All estimates.
    pub estimates: Vec<Estimate>,
    /// Their spread over bootstrap samples, in the same order.
    pub spreads: Vec<Spread>,
    /// Mean of each item.
    pub means: Vec<f64>,
    /// Standard deviation of each item, with n - 1.
    pub deviations: Vec<f64>,
    /// Weight of each item.
    pub weights: Vec<f64>,
}

/// Fits a model to `rows` of complete answers, with this many bootstrap samples; 0 for none.
///
/// A sample in which the iteration does not converge is left out. The sign of a latent variable follows the same rule in every
/// sample.
///
/// # Errors
/// Why there is no fit.
pub fn fit(model: &Model, rows: &[f64], scheme: Scheme, samples: usize, seed: u64) -> Result<Fitted, Failure> {
    let items = model.items_count;
    let n = rows.len() / items.max(1);
    let moments = Moments::of(rows, items, None)?;
    let found = weights(model, &moments.correlations, scheme)?;
    let list = estimates(model, &moments, &found.outer, n as f64)?;
    let mut random = Samples::new(seed);
    let draws: Vec<Option<Vec<Estimate>>> = (0..samples)
        .map(|_| {
            let moments = Moments::of(rows, items, Some(&random.counts(n))).ok()?;
            let found = weights(model, &moments.correlations, scheme).ok()?;
            estimates(model, &moments, &found.outer, n as f64).ok()
        })
        .collect();
    let of_draw = |draw: &Option<Vec<Estimate>>, position: usize| {
        draw.as_ref().and_then(|draw| draw.get(position)).map_or(f64::NAN, |estimate| estimate.value)
    };
    let spread = |position| Spread::of(draws.iter().map(|draw| of_draw(draw, position)));
    Ok(Fitted {
        iterations: found.iterations,
        spreads: (0..list.len()).map(spread).collect(),
        estimates: list,
        means: moments.means,
        deviations: moments.deviations,
        weights: found.outer,
    })
}

/// The scores of one respondent, latent variable by latent variable: mean 0 and variance 1 over the answers of the fit. The mean
/// of an item stands for a missing answer (NaN).
///
/// With the ends of the items' scales also the index, 0-100: 100 times the weighted distance from the lower ends over the
/// weighted length of the scales, weights per unit of the answers; NaN where a weight is negative. C. Fornell et al., "The American
/// Customer Satisfaction Index", Journal of Marketing 60 (1996) 7-18, appendix.
pub fn scores(
    latents: &[Vec<usize>],
    answers: &[f64],
    (means, deviations, weights): (&[f64], &[f64], &[f64]),
    scales: Option<(&[f64], &[f64])>,
) -> Vec<(f64, f64)> {
    let filled = |item: usize| if answers[item].is_nan() { means[item] } else { answers[item] };
    let of_latent = |items: &Vec<usize>| {
        let score = items.iter().map(|item| weights[*item] * (filled(*item) - means[*item]) / deviations[*item]).sum();
        let index = scales.map_or(f64::NAN, |(minimums, maximums)| {
            let unit = |item: usize| weights[item] / deviations[item];
            let reached: f64 = items.iter().map(|item| unit(*item) * (filled(*item) - minimums[*item])).sum();
            let whole: f64 = items.iter().map(|item| unit(*item) * (maximums[*item] - minimums[*item])).sum();
            if items.iter().any(|item| weights[*item] < 0.0) { f64::NAN } else { 100.0 * reached / whole }
        });
        (score, index)
    };
    latents.iter().map(of_latent).collect()
}

/// Puts the mean of an item in the place of its missing answers (NaN), and drops the rows without any answer.
pub fn replaced_by_means(rows: &[f64], items: usize) -> Vec<f64> {
    let answered = || rows.chunks_exact(items.max(1)).filter(|row| row.iter().any(|answer| !answer.is_nan()));
    let means: Vec<f64> = (0..items)
        .map(|item| {
            let given = answered().map(|row| row[item]).filter(|answer| !answer.is_nan());
            let (sum, count) = given.fold((0.0, 0.0), |(sum, count), answer| (sum + answer, count + 1.0));
            // An item that nobody answered is constant.
            if count > 0.0 { sum / count } else { 0.0 }
        })
        .collect();
    answered()
        .flat_map(|row| row.iter().zip(&means).map(|(answer, mean)| if answer.is_nan() { *mean } else { *answer }))
        .collect()
}
