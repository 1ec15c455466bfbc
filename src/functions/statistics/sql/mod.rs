//! The declarations of the functions, one file per family.

mod distributions;
mod survey;

use super::adapter::{Fit, RowFunction};

/// The normal quantile of 95 % intervals.
const Z_95: f64 = 1.959_963_984_540_054;

/// Every aggregate function. A new family adds its list here.
pub fn fits() -> impl Iterator<Item = &'static Fit> {
    [survey::FITS].into_iter().flatten()
}

/// Every scalar function. A new family adds its list here.
pub fn row_functions() -> impl Iterator<Item = &'static RowFunction> {
    [distributions::ROW_FUNCTIONS].into_iter().flatten()
}
