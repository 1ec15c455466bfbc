//! Partial least squares path models (PLS-PM).
//!
//! H. Wold (1982); J.-B. Lohmoeller (1989); M. Tenenhaus, V. Esposito Vinzi, Y.-M. Chatelin and C. Lauro, "PLS path modeling",
//! Computational Statistics and Data Analysis 48 (2005) 159-205. Everything is computed from the correlations of the items, so
//! that it does not matter whether items are standardised with n or n - 1.
//!
//! Reading order: `structure` is the model, `weights` the iteration, `estimates` what follows from it, `reliability` how well the
//! items measure.

mod estimates;
mod fitted;
mod reliability;
mod structure;
#[cfg(test)]
mod tests;
mod weights;

pub use estimates::{Estimate, Measure, estimates};
pub use fitted::{Fitted, fit, replaced_by_means, scores};
pub use structure::{Mode, Model, Scheme};
pub use weights::{Weights, weights};
