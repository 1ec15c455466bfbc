//! Measures of surveys: Net Promoter Score and Cronbach's alpha.

/// Net Promoter Score of answers with weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nps {
    /// Answers with a positive weight.
    pub n: usize,
    /// (sum of weights)^2 / sum of squared weights: L. Kish, "Survey Sampling" (1965), section 11.7.
    pub n_eff: f64,
    /// Share of promoters, by weight.
    pub promoters_share: f64,
    /// Share of detractors, by weight.
    pub detractors_share: f64,
    /// Promoters minus detractors, -1 to 1.
    pub nps: f64,
    /// Half the width of the interval: z sqrt((P + D - (P - D)^2) / n_eff).
    pub margin: f64,
    /// Adjusted Wald: 0.75, 1.5 and 0.75 more of each group.
    pub adjusted_low: f64,
    /// The upper end of the same.
    pub adjusted_high: f64,
}

/// The score of answers, those from `promoter_from` being promoters and those below `passive_from` detractors. `None` without a
/// positive weight. Weights of zero and below are left out.
///
/// Adjusted Wald: A. Agresti and B. Caffo (2000) in the form of B. Rocks, "Interval Estimation for the Net Promoter Score",
/// The American Statistician 70 (2016) 365-372. Weighted answers count as n_eff answers of the same shares.
pub fn nps(scores: &[f64], weights: Option<&[f64]>, passive_from: f64, promoter_from: f64, z: f64) -> Option<Nps> {
    let (mut n, mut total, mut squares, mut promoters, mut detractors) = (0, 0.0, 0.0, 0.0, 0.0);
    for (row, score) in scores.iter().enumerate() {
        let weight = weights.map_or(1.0, |weights| weights[row]);
        if weight > 0.0 {
            n += 1;
            total += weight;
            squares += weight * weight;
            promoters += if *score >= promoter_from { weight } else { 0.0 };
            detractors += if *score < passive_from { weight } else { 0.0 };
        }
    }
    if n == 0 {
        return None;
    }
    let n_eff = if weights.is_some() { total * total / squares } else { n as f64 };
    let (promoters_share, detractors_share) = (promoters / total, detractors / total);
    let margin_of = |p: f64, d: f64, n: f64| z * ((p + d - (p - d) * (p - d)).max(0.0) / n).sqrt();
    let adjusted = |share: f64| (share * n_eff + 0.75) / (n_eff + 3.0);
    let (p, d) = (adjusted(promoters_share), adjusted(detractors_share));
    let adjusted_margin = margin_of(p, d, n_eff + 3.0);
    Some(Nps {
        n,
        n_eff,
        promoters_share,
        detractors_share,
        nps: promoters_share - detractors_share,
        margin: margin_of(promoters_share, detractors_share, n_eff),
        adjusted_low: (p - d - adjusted_margin).max(-1.0),
        adjusted_high: (p - d + adjusted_margin).min(1.0),
    })
}

/// A weighted mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightedMean {
    /// Rows with a positive weight.
    pub n: usize,
    /// (sum of weights)^2 / sum of squared weights.
    pub n_eff: f64,
    /// The mean.
    pub mean: f64,
    /// Half the width of its interval; NaN unless n_eff > 1.
    pub margin: f64,
}

/// The mean of values with weights; those of zero and below are left out. `None` without a positive weight.
pub fn weighted_mean(values: &[f64], weights: &[f64], z: f64) -> Option<WeightedMean> {
    let largest = weights.iter().copied().fold(0.0, f64::max);
    let weighted = || values.iter().zip(weights).filter(|(_, weight)| **weight > 0.0).map(|(x, w)| (*x, w / largest));
    let n = weighted().count();
    if n == 0 {
        return None;
    }
    let total: f64 = weighted().map(|(_, weight)| weight).sum();
    let squares: f64 = weighted().map(|(_, weight)| weight * weight).sum();
    let n_eff = total * total / squares;
    let mean = weighted().map(|(value, weight)| value * (weight / total)).sum::<f64>();
    let variance = weighted().map(|(value, weight)| weight / total * (value - mean) * (value - mean)).sum::<f64>();
    let margin = if n_eff > 1.0 { z * (variance / (n_eff - 1.0)).sqrt() } else { f64::NAN };
    Some(WeightedMean { n, n_eff, mean, margin })
}

/// Cronbach's alpha from a matrix of covariances, row by row: k / (k - 1) (1 - trace / sum). From a matrix of correlations it is
/// the standardised alpha. `None` with fewer than two items, or unless the sum is positive.
///
/// L. J. Cronbach, "Coefficient Alpha and the Internal Structure of Tests", Psychometrika 16 (1951) 297-334.
pub fn alpha(covariances: &[f64], items: usize) -> Option<f64> {
    let sum: f64 = covariances.iter().sum();
    let trace: f64 = (0..items).map(|item| covariances[item * items + item]).sum();
    let k = items as f64;
    (items >= 2 && sum > 0.0).then(|| k / (k - 1.0) * (1.0 - trace / sum))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nps_is_that_worked_by_hand() {
        // 10 answers: 5 promoters, 3 passives, 2 detractors.
        let scores = [10.0, 9.0, 9.0, 10.0, 9.0, 8.0, 7.0, 7.0, 3.0, 6.0];
        let found = nps(&scores, None, 7.0, 9.0, 1.96).unwrap();
        assert!((found.nps - 0.3).abs() < 1e-15);
        assert!((found.margin - 1.96 * (0.61_f64 / 10.0).sqrt()).abs() < 1e-15);
        let (p, d) = (5.75 / 13.0, 2.75 / 13.0);
        let margin = 1.96 * ((p + d - (p - d) * (p - d)) / 13.0_f64).sqrt();
        assert!((found.adjusted_low - (p - d - margin)).abs() < 1e-15);
        // The same weight for all changes nothing; n_eff of weights 1 and 3 is 16 / 10.
        let weighted = nps(&scores, Some(&[0.5; 10]), 7.0, 9.0, 1.96).unwrap();
        assert!((weighted.margin - found.margin).abs() < 1e-15);
        let uneven = nps(&[10.0, 0.0, 5.0], Some(&[1.0, 3.0, -1.0]), 7.0, 9.0, 1.96).unwrap();
        assert_eq!((uneven.n, uneven.n_eff, uneven.nps), (2, 1.6, -0.5));
        assert_eq!(nps(&[], None, 7.0, 9.0, 1.96), None);
        assert_eq!(nps(&[9.0], Some(&[0.0]), 7.0, 9.0, 1.96), None);
    }

    #[test]
    fn a_weighted_mean_is_that_worked_by_hand() {
        // (1 * 2 + 4 * 1) / 3 = 2; n_eff 9/5; variance (2 * 1 + 1 * 4) / 3 = 2; sqrt(2 / 0.8).
        let found = weighted_mean(&[1.0, 4.0, 9.0], &[2.0, 1.0, 0.0], 1.0).unwrap();
        assert_eq!((found.n, found.mean), (2, 2.0));
        assert!((found.n_eff - 1.8).abs() < 1e-15 && (found.margin - 2.5_f64.sqrt()).abs() < 1e-15);
        assert_eq!(weighted_mean(&[1.0], &[-1.0], 1.0), None);
    }

    #[test]
    fn alpha_of_equal_items_is_one_and_of_unrelated_ones_zero() {
        assert_eq!(alpha(&[1.0, 1.0, 1.0, 1.0], 2), Some(1.0));
        assert_eq!(alpha(&[1.0, 0.0, 0.0, 1.0], 2), Some(0.0));
        assert_eq!(alpha(&[1.0], 1), None);
        assert_eq!(alpha(&[0.0; 4], 2), None);
    }
}
