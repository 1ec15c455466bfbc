//! Systems with a symmetric positive definite matrix.

use faer::linalg::solvers::{Llt, Solve};
use faer::{Mat, Side};

/// `matrix` scaled to ones on its diagonal, and the scales. `None` where a diagonal element is not positive.
fn scaled(matrix: &Mat<f64>) -> Option<(Mat<f64>, Vec<f64>)> {
    let size = matrix.nrows();
    let scales: Vec<f64> = (0..size).map(|index| matrix[(index, index)].sqrt().recip()).collect();
    if scales.iter().any(|scale| !scale.is_finite()) {
        return None;
    }
    Some((Mat::from_fn(size, size, |row, column| matrix[(row, column)] * scales[row] * scales[column]), scales))
}

/// The solution of a symmetric positive definite system; `None` where it is not one, or close to singular.
pub fn solve(matrix: &Mat<f64>, right_side: &[f64]) -> Option<Vec<f64>> {
    let (correlations, scales) = scaled(matrix)?;
    let factor = regular_factor(&correlations)?;
    let column = Mat::from_fn(right_side.len(), 1, |row, _| right_side[row] * scales[row]);
    let solution = factor.solve(&column);
    let solution: Vec<f64> = (0..right_side.len()).map(|row| solution[(row, 0)] * scales[row]).collect();
    solution.iter().all(|value| value.is_finite()).then_some(solution)
}

/// The inverse by rows, under the same conditions.
pub fn inverse(matrix: &Mat<f64>) -> Option<Vec<f64>> {
    let (correlations, scales) = scaled(matrix)?;
    let size = matrix.nrows();
    let inverse = regular_factor(&correlations)?.solve(Mat::<f64>::identity(size, size));
    let cells = (0..size).flat_map(|row| (0..size).map(move |column| (row, column)));
    let symmetric =
        |(row, column)| 0.5 * (inverse[(row, column)] + inverse[(column, row)]) * scales[row] * scales[column];
    Some(cells.map(symmetric).collect())
}

/// The Cholesky factor of a matrix with ones on its diagonal. `None` where a diagonal element of the factor falls below
/// 1e-6: one row is then a combination of the others but for a part of 1e-12.
fn regular_factor(correlations: &Mat<f64>) -> Option<Llt<f64>> {
    let factor = correlations.llt(Side::Lower).ok()?;
    let lower = factor.L();
    (0..correlations.nrows()).all(|index| lower[(index, index)] > 1e-6).then_some(factor)
}
