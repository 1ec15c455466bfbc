//! Linear algebra of small symmetric matrices, row by row.

use faer::linalg::solvers::DenseSolveCore;
use faer::{Mat, Side};

use super::failure::Failure;

/// Eigenvalues below this, of a matrix of correlations, count as zero: a column is a linear combination of others.
const SMALLEST_EIGENVALUE: f64 = 1e-10;

/// The rows and columns `picked` of a square matrix of the given width.
pub fn submatrix(matrix: &[f64], width: usize, rows: &[usize], columns: &[usize]) -> Vec<f64> {
    rows.iter().flat_map(|row| columns.iter().map(move |column| matrix[row * width + column])).collect()
}

/// The inverse of a positive definite matrix.
///
/// # Errors
/// The matrix is singular, or close to it.
pub fn inverse(matrix: &[f64], width: usize) -> Result<Vec<f64>, Failure> {
    let matrix = Mat::from_fn(width, width, |row, column| matrix[row * width + column]);
    let factor = matrix.llt(Side::Lower).map_err(|_| Failure::Collinear)?;
    let inverse = factor.inverse();
    let values: Vec<f64> = (0..width * width).map(|cell| inverse[(cell / width, cell % width)]).collect();
    let is_sound = (0..width).all(|column| {
        let value = values[column * width + column];
        value.is_finite() && value < 1.0 / SMALLEST_EIGENVALUE
    });
    if is_sound { Ok(values) } else { Err(Failure::Collinear) }
}

/// Eigenvalues and eigenvectors of a positive definite matrix; column `c` of the vectors belongs to value `c`.
///
/// # Errors
/// The matrix is singular, or close to it.
pub fn eigen(matrix: &[f64], width: usize) -> Result<(Vec<f64>, Vec<f64>), Failure> {
    let matrix = Mat::from_fn(width, width, |row, column| matrix[row * width + column]);
    let parts = matrix.self_adjoint_eigen(Side::Lower).map_err(|_| Failure::NotConverged)?;
    let values: Vec<f64> = (0..width).map(|column| parts.S()[column]).collect();
    if values.iter().any(|value| *value < SMALLEST_EIGENVALUE) {
        return Err(Failure::Collinear);
    }
    let vectors = (0..width * width).map(|cell| parts.U()[(cell / width, cell % width)]).collect();
    Ok((values, vectors))
}

/// The product of a square matrix and a vector.
pub fn product(matrix: &[f64], vector: &[f64]) -> Vec<f64> {
    matrix.chunks_exact(vector.len().max(1)).map(|row| dot(row, vector)).collect()
}

/// The sum of products.
pub fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}
