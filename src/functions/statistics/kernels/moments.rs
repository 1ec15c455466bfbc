//! Means, standard deviations and correlations of the columns of a table.

use super::failure::Failure;

/// Means, standard deviations and correlations of columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Mean of each column.
    pub means: Vec<f64>,
    /// Standard deviation of each column, with n - 1.
    pub deviations: Vec<f64>,
    /// Correlations, row by row.
    pub correlations: Vec<f64>,
}

impl Moments {
    /// Of `rows` of `width` numbers each. `counts` says how often each row counts, as in a bootstrap sample; without it, once.
    ///
    /// Columns are scaled by a power of two first, so that squares of very large and very small numbers keep their digits.
    ///
    /// # Errors
    /// There are fewer than two rows, a column is constant, or a number is not finite.
    pub fn of(rows: &[f64], width: usize, counts: Option<&[u32]>) -> Result<Self, Failure> {
        if width == 0 || rows.is_empty() {
            return Err(Failure::NoRows);
        }
        let scales = scales(rows, width)?;
        let count_of = |row: usize| counts.map_or(1.0, |counts| f64::from(counts[row]));
        let scaled = || rows.chunks_exact(width).enumerate().map(|(row, values)| (count_of(row), values));
        let n: f64 = scaled().map(|(count, _)| count).sum();
        if n < 2.0 {
            return Err(if n < 1.0 { Failure::NoRows } else { Failure::TooFewRows });
        }
        let mut means = vec![0.0; width];
        for (count, values) in scaled() {
            for column in 0..width {
                means[column] += count * (values[column] * scales[column]);
            }
        }
        means.iter_mut().for_each(|mean| *mean /= n);
        let mut products = vec![0.0; width * width];
        let mut centred = vec![0.0; width];
        for (count, values) in scaled().filter(|(count, _)| *count > 0.0) {
            for column in 0..width {
                centred[column] = values[column] * scales[column] - means[column];
            }
            for row in 0..width {
                let factor = count * centred[row];
                let end = row * width + row + 1;
                for (product, value) in products[row * width..end].iter_mut().zip(&centred) {
                    *product += factor * value;
                }
            }
        }
        Self::from_products(&products, &means, &scales, n)
    }

    fn from_products(products: &[f64], means: &[f64], scales: &[f64], n: f64) -> Result<Self, Failure> {
        let width = means.len();
        let squares: Vec<f64> = (0..width).map(|column| products[column * width + column]).collect();
        // What rounding leaves of equal values.
        let floor = |column: usize| n * (means[column] * f64::EPSILON * 4.0).powi(2);
        if (0..width).any(|column| squares[column] <= floor(column)) {
            return Err(Failure::Constant);
        }
        let mut correlations = vec![1.0; width * width];
        for row in 0..width {
            for column in 0..row {
                let value = products[row * width + column] / (squares[row].sqrt() * squares[column].sqrt());
                let value = value.clamp(-1.0, 1.0);
                correlations[row * width + column] = value;
                correlations[column * width + row] = value;
            }
        }
        let deviations =
            squares.iter().zip(scales).map(|(square, scale)| (square / (n - 1.0)).sqrt() / scale).collect();
        Ok(Self {
            means: means.iter().zip(scales).map(|(mean, scale)| mean / scale).collect(),
            deviations,
            correlations,
        })
    }
}

/// The power of two that brings the largest number of each column near 1.
fn scales(rows: &[f64], width: usize) -> Result<Vec<f64>, Failure> {
    let mut largest = vec![0.0_f64; width];
    for values in rows.chunks_exact(width) {
        for (largest, value) in largest.iter_mut().zip(values) {
            if !value.is_finite() {
                return Err(Failure::NotFinite);
            }
            *largest = largest.max(value.abs());
        }
    }
    let scale =
        |largest: &f64| if *largest > 0.0 { (-largest.log2().round()).clamp(-1000.0, 1000.0).exp2() } else { 1.0 };
    Ok(largest.iter().map(scale).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlations_do_not_depend_on_the_unit() {
        let rows = [1.0, 2.0, 2.0, 1.0, 3.0, 5.0, 7.0, 6.0];
        let plain = Moments::of(&rows, 2, None).unwrap();
        // numpy.corrcoef([1, 2, 3, 7], [2, 1, 5, 6])[0, 1].
        assert!((plain.correlations[1] - 0.8252740455007532).abs() < 1e-14, "{}", plain.correlations[1]);
        for factor in [1e300, 1e-300] {
            let scaled: Vec<f64> = rows.iter().map(|value| value * factor / 8.0).collect();
            let scaled = Moments::of(&scaled, 2, None).unwrap();
            assert!((scaled.correlations[1] - plain.correlations[1]).abs() < 1e-14);
            assert!((scaled.deviations[0] / (plain.deviations[0] * factor / 8.0) - 1.0).abs() < 1e-14);
        }
    }

    #[test]
    fn counts_repeat_rows() {
        let twice = Moments::of(&[1.0, 2.0, 1.0, 2.0, 3.0, 1.0, 4.0, 4.0], 2, None).unwrap();
        let counted = Moments::of(&[1.0, 2.0, 3.0, 1.0, 4.0, 4.0, 9.0, 9.0], 2, Some(&[2, 1, 1, 0])).unwrap();
        assert_eq!(twice, counted);
    }

    #[test]
    fn what_has_no_correlation_says_why() {
        assert_eq!(Moments::of(&[], 2, None), Err(Failure::NoRows));
        assert_eq!(Moments::of(&[1.0, 2.0], 2, None), Err(Failure::TooFewRows));
        assert_eq!(Moments::of(&[0.1, 2.0, 0.1, 3.0, 0.1, 4.0], 2, None), Err(Failure::Constant));
        assert_eq!(Moments::of(&[1.0, f64::NAN, 1.0, 2.0], 2, None), Err(Failure::NotFinite));
    }
}
