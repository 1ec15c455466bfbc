//! Quantiles, and correlations of ranks.

/// The quantile of sorted values by linear interpolation between the two nearest, type 7 of R. J. Hyndman and Y. Fan, "Sample
/// Quantiles in Statistical Packages", The American Statistician 50 (1996) 361-365: position (n - 1) p. NaN without values, or
/// unless 0 <= p <= 1.
pub fn quantile7(sorted: &[f64], p: f64) -> f64 {
    if sorted.is_empty() || !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    let position = (sorted.len() - 1) as f64 * p;
    let below = position.floor();
    let low = sorted[below as usize];
    let high = sorted[(below as usize + 1).min(sorted.len() - 1)];
    let part = position - below;
    if part == 0.0 || low == high { low } else { low * (1.0 - part) + high * part }
}

/// The ranks of values, from 1; equal values take the mean of their ranks.
pub fn mean_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|left, right| values[*left].total_cmp(&values[*right]));
    let mut ranks = vec![0.0; values.len()];
    for tied in order.chunk_by(|left, right| values[*left] == values[*right]).scan(0, |before, tied| {
        *before += tied.len();
        Some((*before - tied.len(), tied))
    }) {
        let (before, tied) = tied;
        let rank = before as f64 + (tied.len() as f64 + 1.0) / 2.0;
        tied.iter().for_each(|row| ranks[*row] = rank);
    }
    ranks
}

/// Spearman's rank correlation with mean ranks for ties; `None` with fewer than 2 rows or where all values of a side are equal.
///
/// Twice the ranks are whole numbers, so the sums are exact.
pub fn spearman(left: &[f64], right: &[f64]) -> Option<f64> {
    let doubled = |values: &[f64]| -> Vec<i128> {
        let middle = values.len() as i128 + 1;
        mean_ranks(values).into_iter().map(|rank| (2.0 * rank) as i128 - middle).collect()
    };
    let (left, right) = (doubled(left), doubled(right));
    let product = |one: &[i128], other: &[i128]| one.iter().zip(other).map(|(one, other)| one * other).sum::<i128>();
    let (squares_left, squares_right) = (product(&left, &left), product(&right, &right));
    (squares_left > 0 && squares_right > 0)
        .then(|| product(&left, &right) as f64 / ((squares_left as f64).sqrt() * (squares_right as f64).sqrt()))
}

/// Kendall's tau-b: (concordant - discordant) / sqrt((pairs not tied on the left) (pairs not tied on the right)); `None` where
/// all values of a side are equal. The rows must be sorted by left, then right.
///
/// W. R. Knight, "A Computer Method for Calculating Kendall's Tau with Ungrouped Data", JASA 61 (1966) 436-439.
pub fn kendall(left: &[f64], right: &[f64]) -> Option<f64> {
    let pairs = |count: usize| count as i128 * (count as i128 - 1) / 2;
    let tied =
        |values: &[f64]| -> i128 { values.chunk_by(|one, other| one == other).map(|run| pairs(run.len())).sum() };
    let tied_left = tied(left);
    let both: Vec<(f64, f64)> = left.iter().copied().zip(right.iter().copied()).collect();
    let tied_both: i128 = both.chunk_by(|one, other| one == other).map(|run| pairs(run.len())).sum();
    let mut sorted = right.to_vec();
    let swaps = sort_and_count(&mut sorted);
    let tied_right = tied(&sorted);
    let all = pairs(left.len());
    let difference = all - tied_left - tied_right + tied_both - 2 * swaps;
    let (untied_left, untied_right) = (all - tied_left, all - tied_right);
    (untied_left > 0 && untied_right > 0)
        .then(|| difference as f64 / ((untied_left as f64).sqrt() * (untied_right as f64).sqrt()))
}

/// Sorts by merging, and counts the pairs that were in the wrong order.
fn sort_and_count(values: &mut Vec<f64>) -> i128 {
    let mut merged = values.clone();
    let (mut width, mut swaps) = (1, 0);
    while width < values.len() {
        for start in (0..values.len()).step_by(2 * width) {
            let (middle, end) = ((start + width).min(values.len()), (start + 2 * width).min(values.len()));
            let (mut one, mut other) = (start, middle);
            for slot in &mut merged[start..end] {
                if one < middle && (other >= end || values[one] <= values[other]) {
                    *slot = values[one];
                    one += 1;
                } else {
                    *slot = values[other];
                    other += 1;
                    swaps += (middle - one) as i128;
                }
            }
        }
        std::mem::swap(values, &mut merged);
        width *= 2;
    }
    swaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_numpy() {
        // numpy.quantile([1, 2, 4, 8], [0, 0.25, 0.5, 0.9, 1]).
        let values = [1.0, 2.0, 4.0, 8.0];
        let found: Vec<f64> = [0.0, 0.25, 0.5, 0.9, 1.0].iter().map(|p| quantile7(&values, *p)).collect();
        for (found, expected) in found.iter().zip([1.0, 1.75, 3.0, 6.8, 8.0]) {
            assert!((found - expected).abs() < 1e-12, "{found}");
        }
        assert!(quantile7(&[], 0.5).is_nan() && quantile7(&values, 1.1).is_nan());
        assert_eq!(quantile7(&[-1e308, 1e308], 0.5), 0.0);
    }

    #[test]
    fn rank_correlations_are_those_of_scipy() {
        // scipy.stats.spearmanr and kendalltau of these, sorted by left, then right.
        let left = [1.0, 2.0, 2.0, 3.0, 4.0, 5.0];
        let right = [2.0, 1.0, 3.0, 3.0, 6.0, 5.0];
        assert!((spearman(&left, &right).unwrap() - 0.8088235294117647).abs() < 1e-12);
        assert!((kendall(&left, &right).unwrap() - 0.6428571428571429).abs() < 1e-12);
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!(kendall(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!(kendall(&[], &[]), None);
    }
}
