//! What follows from the weights: loadings, path coefficients, effects, and how well the model fits.

use super::super::drivers::{Correlations, regression};
use super::super::failure::Failure;
use super::super::moments::Moments;
use super::reliability::{htmt, reliability};
use super::structure::Model;
use super::weights::{crossed, latent_correlations};

/// What an estimate measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Weight of an item, for standardised items.
    Weight,
    /// Correlation of an item with its latent variable.
    Loading,
    /// Correlation of an item with another latent variable.
    CrossLoading,
    /// Standardised path coefficient.
    Path,
    /// Sum over all ways from one latent variable to another of the products of the coefficients.
    TotalEffect,
    /// The total effect without the direct path.
    IndirectEffect,
    /// Share of a latent variable's variance that its predecessors explain.
    R2,
    /// The same, adjusted for the number of predecessors.
    AdjustedR2,
    /// Correlation of two latent variables.
    LatentCorrelation,
    /// Mean squared loading: average variance extracted, or communality.
    Ave,
    /// R squared times the mean squared loading.
    Redundancy,
    /// Cronbach's alpha from correlations.
    AlphaStandardised,
    /// Cronbach's alpha from covariances.
    AlphaCovariance,
    /// Reliability of Dijkstra and Henseler.
    RhoA,
    /// Composite reliability.
    RhoC,
    /// Heterotrait-monotrait ratio.
    Htmt,
    /// Goodness of fit.
    Gof,
}

impl Measure {
    /// The code in tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::Weight => "weight",
            Self::Loading => "loading",
            Self::CrossLoading => "cross_loading",
            Self::Path => "path",
            Self::TotalEffect => "total_effect",
            Self::IndirectEffect => "indirect_effect",
            Self::R2 => "r2",
            Self::AdjustedR2 => "adjusted_r2",
            Self::LatentCorrelation => "latent_correlation",
            Self::Ave => "ave",
            Self::Redundancy => "redundancy",
            Self::AlphaStandardised => "alpha_standardised",
            Self::AlphaCovariance => "alpha_covariance",
            Self::RhoA => "rho_a",
            Self::RhoC => "rho_c",
            Self::Htmt => "htmt",
            Self::Gof => "gof",
        }
    }
}

/// One estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// What it measures.
    pub measure: Measure,
    /// The latent variable, or the one that explains, by position; none for the whole model.
    pub latent: Option<usize>,
    /// The other latent variable.
    pub other: Option<usize>,
    /// The item.
    pub item: Option<usize>,
    /// The estimate.
    pub value: f64,
    /// Standard error by least squares, t and two-sided p, of path coefficients.
    pub least_squares: Option<[f64; 3]>,
}

/// All estimates of a model from the moments of its items over `n` rows; the same in number and order for every sample.
///
/// # Errors
/// The predecessors of a latent variable are collinear, or there are too few rows.
pub fn estimates(model: &Model, moments: &Moments, outer: &[f64], n: f64) -> Result<Vec<Estimate>, Failure> {
    let mut found = Found { list: Vec::new(), model };
    let loadings = crossed(model, &moments.correlations, outer);
    found.outer(outer, &loadings);
    let latents = latent_correlations(model, &moments.correlations, outer);
    found.inner(&latents, n)?;
    found.quality(moments, outer, &loadings);
    for left in 0..model.latents.len() {
        for right in 0..left {
            found.pair(Measure::LatentCorrelation, right, left, latents[left * model.latents.len() + right]);
            found.pair(Measure::Htmt, right, left, htmt(model, left, right, &moments.correlations));
        }
    }
    Ok(found.list)
}

struct Found<'a> {
    list: Vec<Estimate>,
    model: &'a Model,
}

impl Found<'_> {
    fn push(&mut self, measure: Measure, latent: Option<usize>, other: Option<usize>, item: Option<usize>, value: f64) {
        self.list.push(Estimate { measure, latent, other, item, value, least_squares: None });
    }

    fn one(&mut self, measure: Measure, latent: usize, value: f64) {
        self.push(measure, Some(latent), None, None, value);
    }

    fn pair(&mut self, measure: Measure, latent: usize, other: usize, value: f64) {
        self.push(measure, Some(latent), Some(other), None, value);
    }

    fn outer(&mut self, outer: &[f64], loadings: &[f64]) {
        let count = self.model.latents.len();
        for (position, latent) in self.model.latents.iter().enumerate() {
            for item in &latent.items {
                self.push(Measure::Weight, Some(position), None, Some(*item), outer[*item]);
                for other in 0..count {
                    let measure = if other == position { Measure::Loading } else { Measure::CrossLoading };
                    self.push(measure, Some(other), None, Some(*item), loadings[item * count + other]);
                }
            }
        }
    }

    /// Coefficients, R squared and effects.
    fn inner(&mut self, latents: &[f64], n: f64) -> Result<(), Failure> {
        let count = self.model.latents.len();
        // Row by row, the direct and the total effects on a latent variable.
        let (mut direct, mut total) = (vec![0.0; count * count], vec![0.0; count * count]);
        for target in self.model.order.clone() {
            let predecessors = &self.model.latents[target].predecessors.clone();
            if predecessors.is_empty() {
                continue;
            }
            let regression = regression(&Correlations::of(latents, count, target, predecessors), n)?;
            for (source, coefficient) in predecessors.iter().zip(&regression.coefficients) {
                let least_squares = Some([coefficient.standard_error, coefficient.t, coefficient.p]);
                self.pair(Measure::Path, *source, target, coefficient.beta);
                if let Some(path) = self.list.last_mut() {
                    path.least_squares = least_squares;
                }
                direct[target * count + source] = coefficient.beta;
                total[target * count + source] += coefficient.beta;
                for earlier in 0..count {
                    total[target * count + earlier] += coefficient.beta * total[source * count + earlier];
                }
            }
            self.one(Measure::R2, target, regression.r2);
            self.one(Measure::AdjustedR2, target, regression.adjusted_r2);
        }
        let ways = self.model.ways();
        for target in 0..count {
            for source in (0..count).filter(|source| ways[target * count + source]) {
                let cell = target * count + source;
                self.pair(Measure::TotalEffect, source, target, total[cell]);
                self.pair(Measure::IndirectEffect, source, target, total[cell] - direct[cell]);
            }
        }
        Ok(())
    }

    /// Reliability of the blocks and goodness of fit.
    ///
    /// GoF = sqrt(mean communality x mean R squared), the mean communality over all items of blocks with at least two items
    /// (Tenenhaus et al. 2005, eq. 16: blocks weighted by their number of items).
    fn quality(&mut self, moments: &Moments, outer: &[f64], loadings: &[f64]) {
        let count = self.model.latents.len();
        let (mut communalities, mut items) = (0.0, 0.0);
        for (position, latent) in self.model.latents.iter().enumerate() {
            let own: Vec<f64> = latent.items.iter().map(|item| loadings[item * count + position]).collect();
            let squares: f64 = own.iter().map(|loading| loading * loading).sum();
            let communality = squares / own.len() as f64;
            self.one(Measure::Ave, position, communality);
            let explained = self.list.iter().find(|one| one.measure == Measure::R2 && one.latent == Some(position));
            if let Some(r2) = explained.map(|one| one.value) {
                self.one(Measure::Redundancy, position, r2 * communality);
            }
            if own.len() > 1 {
                communalities += squares;
                items += own.len() as f64;
            }
            let (model, deviations) = (self.model, &moments.deviations);
            let found = reliability(model, position, &moments.correlations, deviations, outer, &own);
            self.one(Measure::AlphaStandardised, position, found.alpha_standardised);
            self.one(Measure::AlphaCovariance, position, found.alpha_covariance);
            self.one(Measure::RhoA, position, found.rho_a);
            self.one(Measure::RhoC, position, found.rho_c);
        }
        let r2: Vec<f64> = self.list.iter().filter(|one| one.measure == Measure::R2).map(|one| one.value).collect();
        let mean_r2 = r2.iter().sum::<f64>() / r2.len() as f64;
        self.push(Measure::Gof, None, None, None, (communalities / items * mean_r2).sqrt());
    }
}
