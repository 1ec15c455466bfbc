//! The iteration that finds the weights of the items.

use super::super::failure::Failure;
use super::super::linear::{dot, inverse, product, submatrix};
use super::structure::{Mode, Model, Scheme};

/// The iteration ends when no weight changes by more than this.
const TOLERANCE: f64 = 1e-10;
/// The iteration fails beyond this.
const MOST_ITERATIONS: usize = 1000;

/// Weights of the items, which give each latent variable the variance 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// One for each item.
    pub outer: Vec<f64>,
    /// Iterations until convergence.
    pub iterations: usize,
}

/// The part of the correlations that a model needs, block by block.
struct Blocks<'a> {
    model: &'a Model,
    /// Correlations of the items, row by row.
    items: &'a [f64],
    /// For mode B: the inverse of the correlations within the block.
    inverses: Vec<Option<Vec<f64>>>,
}

/// The weights of a model, from the correlations of its items.
///
/// Starts from equal weights. The sign of a latent variable is that of most of its items' correlations with it.
///
/// # Errors
/// A latent variable has no path, a block of mode B or the predecessors of a latent variable are collinear, or the iteration
/// does not converge.
pub fn weights(model: &Model, correlations: &[f64], scheme: Scheme) -> Result<Weights, Failure> {
    let blocks = Blocks::new(model, correlations)?;
    let mut outer = vec![1.0; model.items_count];
    blocks.normalise(&mut outer)?;
    for iteration in 1..=MOST_ITERATIONS {
        let mut next = blocks.step(&outer, scheme)?;
        blocks.normalise(&mut next)?;
        let change = next.iter().zip(&outer).map(|(new, old)| (new - old).abs()).fold(0.0, f64::max);
        outer = next;
        if change <= TOLERANCE {
            blocks.orient(&mut outer);
            return Ok(Weights { outer, iterations: iteration });
        }
    }
    Err(Failure::NotConverged)
}

/// Correlations of the latent variables, row by row.
pub fn latent_correlations(model: &Model, correlations: &[f64], outer: &[f64]) -> Vec<f64> {
    let crossed = crossed(model, correlations, outer);
    let count = model.latents.len();
    let mut latents = vec![1.0; count * count];
    for (row, latent) in model.latents.iter().enumerate() {
        for column in (0..count).filter(|column| *column != row) {
            let products = latent.items.iter().map(|item| outer[*item] * crossed[item * count + column]);
            latents[row * count + column] = products.sum::<f64>().clamp(-1.0, 1.0);
        }
    }
    latents
}

/// Correlations of each item with each latent variable, item by item.
pub fn crossed(model: &Model, correlations: &[f64], outer: &[f64]) -> Vec<f64> {
    let cell = |item: usize, latent: usize| {
        let items = &model.latents[latent].items;
        items.iter().map(|other| correlations[item * model.items_count + other] * outer[*other]).sum::<f64>()
    };
    let count = model.latents.len();
    (0..model.items_count * count).map(|index| cell(index / count, index % count)).collect()
}

impl<'a> Blocks<'a> {
    fn new(model: &'a Model, items: &'a [f64]) -> Result<Self, Failure> {
        let mut inverses = Vec::with_capacity(model.latents.len());
        for (position, latent) in model.latents.iter().enumerate() {
            if latent.predecessors.is_empty() && model.successors(position).next().is_none() {
                return Err(Failure::Disconnected);
            }
            let block = submatrix(items, model.items_count, &latent.items, &latent.items);
            inverses.push(match latent.mode {
                Mode::A => None,
                Mode::B => Some(inverse(&block, latent.items.len())?),
            });
        }
        Ok(Self { model, items, inverses })
    }

    /// The weights that follow from the inner estimates.
    fn step(&self, outer: &[f64], scheme: Scheme) -> Result<Vec<f64>, Failure> {
        let count = self.model.latents.len();
        let latents = latent_correlations(self.model, self.items, outer);
        let inner = self.inner(&latents, scheme)?;
        let crossed = crossed(self.model, self.items, outer);
        let mut next = vec![0.0; outer.len()];
        for (position, latent) in self.model.latents.iter().enumerate() {
            let inner = &inner[position * count..(position + 1) * count];
            let covariances: Vec<f64> =
                latent.items.iter().map(|item| dot(inner, &crossed[item * count..(item + 1) * count])).collect();
            let found = match &self.inverses[position] {
                None => covariances,
                Some(inverse) => product(inverse, &covariances),
            };
            latent.items.iter().zip(found).for_each(|(item, weight)| next[*item] = weight);
        }
        Ok(next)
    }

    /// The inner weights: row by row, those of the neighbours of a latent variable.
    fn inner(&self, latents: &[f64], scheme: Scheme) -> Result<Vec<f64>, Failure> {
        let count = self.model.latents.len();
        let mut inner = vec![0.0; count * count];
        for (position, latent) in self.model.latents.iter().enumerate() {
            let neighbour = |other: usize| {
                let correlation = latents[position * count + other];
                if scheme == Scheme::Centroid { sign(correlation) } else { correlation }
            };
            for other in latent.predecessors.iter().copied().chain(self.model.successors(position)) {
                inner[position * count + other] = neighbour(other);
            }
            if scheme == Scheme::Path && !latent.predecessors.is_empty() {
                let betas = self.coefficients(latents, position)?;
                for (other, beta) in latent.predecessors.iter().zip(betas) {
                    inner[position * count + other] = beta;
                }
            }
        }
        Ok(inner)
    }

    /// The regression of a latent variable on its predecessors.
    fn coefficients(&self, latents: &[f64], latent: usize) -> Result<Vec<f64>, Failure> {
        let count = self.model.latents.len();
        let predecessors = &self.model.latents[latent].predecessors;
        let among = inverse(&submatrix(latents, count, predecessors, predecessors), predecessors.len())?;
        Ok(product(&among, &submatrix(latents, count, predecessors, &[latent])))
    }

    /// Gives each latent variable the variance 1.
    fn normalise(&self, outer: &mut [f64]) -> Result<(), Failure> {
        for latent in &self.model.latents {
            let variance: f64 = latent
                .items
                .iter()
                .flat_map(|row| latent.items.iter().map(move |column| (row, column)))
                .map(|(row, column)| outer[*row] * outer[*column] * self.items[row * self.model.items_count + column])
                .sum();
            if !(variance.is_finite() && variance > 1e-20) {
                return Err(Failure::NotConverged);
            }
            latent.items.iter().for_each(|item| outer[*item] /= variance.sqrt());
        }
        Ok(())
    }

    /// Turns latent variables round whose items mostly correlate negatively with them; with as many of each sign, whose
    /// correlations add up to less than zero.
    fn orient(&self, outer: &mut [f64]) {
        let count = self.model.latents.len();
        let crossed = crossed(self.model, self.items, outer);
        for (position, latent) in self.model.latents.iter().enumerate() {
            let loadings = latent.items.iter().map(|item| crossed[item * count + position]);
            let (signs, sum) =
                loadings.fold((0.0, 0.0), |(signs, sum), loading| (signs + sign(loading), sum + loading));
            if signs < 0.0 || (signs == 0.0 && sum < 0.0) {
                latent.items.iter().for_each(|item| outer[*item] = -outer[*item]);
            }
        }
    }
}

fn sign(number: f64) -> f64 {
    if number > 0.0 {
        1.0
    } else if number < 0.0 {
        -1.0
    } else {
        0.0
    }
}
