//! The declarations of the functions, one file per family.

mod choice;
mod distributions;
mod drivers;
mod path_model;
mod purchases;
mod raking;
mod survey;
mod survival;

use datafusion::common::{Result, exec_err};

use super::adapter::{Fit, RowFunction, Rows};

/// The normal quantile of 95 % intervals.
const Z_95: f64 = 1.959_963_984_540_054;

/// Every aggregate function. A new family adds its list here.
pub fn fits() -> impl Iterator<Item = &'static Fit> {
    [survey::FITS, drivers::FITS, path_model::FITS, purchases::FITS, survival::FITS, choice::FITS, raking::FITS]
        .into_iter()
        .flatten()
}

/// Every scalar function. A new family adds its list here.
pub fn row_functions() -> impl Iterator<Item = &'static RowFunction> {
    [distributions::ROW_FUNCTIONS, path_model::ROW_FUNCTIONS, purchases::ROW_FUNCTIONS].into_iter().flatten()
}

/// The most bootstrap samples.
const MOST_SAMPLES: f64 = 100_000.0;

/// A whole number that is the same in all rows, from 0 to 100,000.
fn natural(rows: &Rows, argument: usize, name: &str, default: usize) -> Result<usize> {
    match rows.number_setting(argument) {
        None => Ok(default),
        Some(number) if number.fract() == 0.0 && (0.0..=MOST_SAMPLES).contains(&number) => Ok(number as usize),
        Some(number) => exec_err!("`{name}` must be a whole number from 0 to {MOST_SAMPLES}, not {number}"),
    }
}

/// The seed of random numbers, 1 by default.
fn seed(rows: &Rows, argument: usize) -> Result<u64> {
    match rows.number_setting(argument) {
        None => Ok(1),
        Some(number) if number.fract() == 0.0 && (0.0..1e15).contains(&number) => Ok(number as u64),
        Some(number) => exec_err!("`seed` must be a whole number from 0 to 1e15, not {number}"),
    }
}
