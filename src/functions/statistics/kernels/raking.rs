//! Raking: weights that bring answers to several known margins at once.
//!
//! Deming and Stephan 1940, "On a Least Squares Adjustment of a Sampled Frequency Table", Annals of Mathematical Statistics
//! 11(4); trimming as in Battaglia, Hoaglin and Frankel 2009, "Practical Considerations in Raking Survey Data", Survey
//! Practice 2(5); design effect by Kish 1992, "Weighting for Unequal Pi", Journal of Official Statistics 8(2).

use std::collections::BTreeMap;

use super::failure::Failure;

/// Answers of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Answers {
    /// Group in each margin; `None` where it is not known.
    pub groups: Vec<Option<i64>>,
    /// Population share of that group in each margin.
    pub shares: Vec<Option<f64>>,
    /// Weight of each before raking.
    pub weight: f64,
    /// How many they are.
    pub count: f64,
}

/// Raked answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Raked {
    /// Weight of each answer after raking, in the order of the answers.
    pub weights: Vec<f64>,
    /// How often all margins were adjusted.
    pub rounds: u32,
    /// Answers times the sum of squared weights over the squared sum: how many times larger the variance of a mean is than
    /// without weights.
    pub design_effect: f64,
    /// Squared sum of weights over the sum of squared weights: the answers that would say as much without weights.
    pub effective_count: f64,
}

/// The largest difference between a share and its target at the end.
const TOLERANCE: f64 = 1e-10;
const MOST_ROUNDS: u32 = 2_000;

/// Rakes `answers` to the shares they name. Groups without answers cannot be represented: the others share what is theirs. An
/// answer whose group is not known in a margin keeps its weight in that margin. With `largest`, no weight exceeds that many
/// times the mean. The sum of weights stays as it is.
///
/// # Errors
/// [`Failure::NoRows`] without a positive weight; [`Failure::OutOfRange`] where a weight or share is negative or not finite, a
/// group has two shares, or all groups of a margin have share 0; [`Failure::NotConverged`] where the margins contradict each
/// other for these answers; [`Failure::TrimTooTight`] where no weights within the bound meet them.
pub fn rake(answers: &[Answers], largest: Option<f64>) -> Result<Raked, Failure> {
    if answers.iter().any(|answer| !(answer.weight >= 0.0 && answer.weight.is_finite())) {
        return Err(Failure::OutOfRange);
    }
    if largest.is_some_and(|largest| !(largest >= 1.0 && largest.is_finite())) {
        return Err(Failure::OutOfRange);
    }
    let mut weights: Vec<f64> = answers.iter().map(|answer| answer.weight).collect();
    let total = sum(answers, &weights);
    if !(total > 0.0 && total.is_finite()) {
        return Err(Failure::NoRows);
    }
    let margins = margins(answers)?;
    let mut rounds = adjust(answers, &margins, &mut weights, &vec![false; answers.len()])?;
    if let Some(largest) = largest {
        rounds += trim(answers, &margins, &mut weights, largest)?;
    }
    let squares: f64 =
        answers.iter().zip(&weights).map(|(answer, weight)| answer.count * weight / total * (weight / total)).sum();
    let count: f64 = answers.iter().filter(|answer| answer.weight > 0.0).map(|answer| answer.count).sum();
    Ok(Raked { weights, rounds, design_effect: count * squares, effective_count: 1.0 / squares })
}

fn sum(answers: &[Answers], weights: &[f64]) -> f64 {
    answers.iter().zip(weights).map(|(answer, weight)| answer.count * weight).sum()
}

/// A margin: the group of each answer, and the weight that each group with answers shall have.
struct Margin {
    groups: Vec<Option<usize>>,
    targets: Vec<f64>,
    total: f64,
}

fn margins(answers: &[Answers]) -> Result<Vec<Margin>, Failure> {
    let number = answers.first().map_or(0, |first| first.groups.len());
    if answers.iter().any(|answer| answer.groups.len() != number || answer.shares.len() != number) {
        return Err(Failure::OutOfRange);
    }
    (0..number).map(|index| margin(answers, index)).collect()
}

fn margin(answers: &[Answers], index: usize) -> Result<Margin, Failure> {
    let mut targets: BTreeMap<i64, f64> = BTreeMap::new();
    let known =
        |answer: &Answers| answer.weight > 0.0 && answer.groups[index].is_some() && answer.shares[index].is_some();
    for answer in answers.iter().filter(|answer| known(answer)) {
        if let (Some(group), Some(share)) = (answer.groups[index], answer.shares[index]) {
            let target = *targets.entry(group).or_insert(share);
            if target != share || !(share >= 0.0 && share.is_finite()) {
                return Err(Failure::OutOfRange);
            }
        }
    }
    let total: f64 = targets.values().sum();
    if !targets.is_empty() && total <= 0.0 {
        return Err(Failure::OutOfRange);
    }
    let numbers: BTreeMap<i64, usize> = targets.keys().enumerate().map(|(number, name)| (*name, number)).collect();
    let group = |answer: &Answers| answer.groups[index].filter(|_| known(answer)).map(|name| numbers[&name]);
    let weight = |answer: &Answers| if group(answer).is_some() { answer.count * answer.weight } else { 0.0 };
    let known: f64 = answers.iter().map(weight).sum();
    let targets = targets.values().map(|share| share / total * known).collect();
    Ok(Margin { groups: answers.iter().map(group).collect(), targets, total: known })
}

/// Adjusts the margins in turn until all are met. Answers that are fixed keep their weight.
fn adjust(answers: &[Answers], margins: &[Margin], weights: &mut [f64], fixed: &[bool]) -> Result<u32, Failure> {
    for round in 1..=MOST_ROUNDS {
        for margin in margins {
            let held = group_sums(answers, margin, weights, |answer| fixed[answer]);
            let free = group_sums(answers, margin, weights, |answer| !fixed[answer]);
            for (answer, weight) in weights.iter_mut().enumerate().filter(|(answer, _)| !fixed[*answer]) {
                if let Some(group) = margin.groups[answer] {
                    let left = (margin.targets[group] - held[group]).max(0.0);
                    *weight *= if left == 0.0 { 0.0 } else { left / free[group] };
                }
            }
        }
        if weights.iter().any(|weight| !weight.is_finite()) {
            return Err(Failure::NotConverged);
        }
        if margins.iter().all(|margin| distance(answers, margin, weights) <= TOLERANCE) {
            return Ok(round);
        }
    }
    Err(Failure::NotConverged)
}

/// Weight of each group of a margin, of the answers that `counts` says.
fn group_sums(answers: &[Answers], margin: &Margin, weights: &[f64], counts: impl Fn(usize) -> bool) -> Vec<f64> {
    let mut sums = vec![0.0; margin.targets.len()];
    for (index, (answer, weight)) in answers.iter().zip(weights).enumerate().filter(|(index, _)| counts(*index)) {
        if let Some(group) = margin.groups[index] {
            sums[group] += answer.count * weight;
        }
    }
    sums
}

/// The largest difference of a group's share from its target.
fn distance(answers: &[Answers], margin: &Margin, weights: &[f64]) -> f64 {
    let sums = group_sums(answers, margin, weights, |_| true);
    let difference = |(sum, target): (&f64, &f64)| ((sum - target) / margin.total).abs();
    sums.iter().zip(&margin.targets).map(difference).fold(0.0, f64::max)
}

/// Holds weights above `largest` times the mean there and adjusts the others again, until none is above it.
fn trim(answers: &[Answers], margins: &[Margin], weights: &mut [f64], largest: f64) -> Result<u32, Failure> {
    let total = sum(answers, weights);
    let count: f64 = answers.iter().filter(|answer| answer.weight > 0.0).map(|answer| answer.count).sum();
    let bound = largest * total / count;
    let mut fixed = vec![false; answers.len()];
    let mut rounds = 0;
    loop {
        let above = |index: &usize| !fixed[*index] && weights[*index] > bound * (1.0 + 1e-9);
        let trimmed: Vec<usize> = (0..weights.len()).filter(above).collect();
        if trimmed.is_empty() {
            return Ok(rounds);
        }
        for index in trimmed {
            (weights[index], fixed[index]) = (bound, true);
        }
        rounds += adjust(answers, margins, weights, &fixed).map_err(|_| Failure::TrimTooTight)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(rows: &[(i64, i64, f64)], first: &[f64], second: &[f64]) -> Vec<Answers> {
        let row = |(one, other, weight): &(i64, i64, f64)| Answers {
            groups: vec![Some(*one), Some(*other)],
            shares: vec![Some(first[*one as usize]), Some(second[*other as usize])],
            weight: *weight,
            count: 1.0,
        };
        rows.iter().map(row).collect()
    }

    const ROWS: [(i64, i64, f64); 7] =
        [(0, 0, 1.0), (0, 1, 1.0), (1, 0, 1.0), (1, 1, 1.0), (1, 1, 2.0), (0, 0, 1.0), (1, 2, 0.5)];

    #[test]
    fn two_margins_are_met_at_once() {
        // Iterative proportional fitting in NumPy, 500 rounds.
        let raked = rake(&answers(&ROWS, &[0.6, 0.4], &[0.3, 0.5, 0.2]), None).unwrap();
        let expected = [1.032_169_56, 2.435_660_88, 0.185_660_88, 0.438_113_04, 0.876_226_08, 1.032_169_56, 1.5];
        for (found, expected) in raked.weights.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-7, "{:?}", raked.weights);
        }
        assert!((raked.design_effect - 1.407_140_257).abs() < 1e-7);
        assert!((raked.effective_count - 4.974_628_481).abs() < 1e-7);
    }

    #[test]
    fn one_margin_is_post_stratification_and_an_unknown_group_keeps_its_weight() {
        let one = |group: Option<i64>, share, weight| Answers {
            groups: vec![group],
            shares: vec![share],
            weight,
            count: 1.0,
        };
        let rows = [
            one(Some(1), Some(0.5), 1.0),
            one(Some(1), Some(0.5), 1.0),
            one(Some(2), Some(0.3), 2.0),
            one(None, None, 5.0),
        ];
        let raked = rake(&rows, None).unwrap();
        for (found, expected) in raked.weights.iter().zip([1.25, 1.25, 1.5, 5.0]) {
            assert!((found - expected).abs() < 1e-9);
        }
    }

    #[test]
    fn trimmed_weights_stay_below_the_bound_and_meet_the_margins() {
        let rows = answers(&ROWS, &[0.6, 0.4], &[0.3, 0.5, 0.2]);
        let raked = rake(&rows, Some(2.2)).unwrap();
        let total: f64 = raked.weights.iter().sum();
        assert!((total - 7.5).abs() < 1e-9);
        assert!(raked.weights.iter().all(|weight| *weight <= 2.2 * 7.5 / 7.0 * (1.0 + 1e-8)));
        let of = |keep: fn(&(i64, i64, f64)) -> bool| {
            ROWS.iter().zip(&raked.weights).filter(|(row, _)| keep(row)).map(|(_, weight)| weight / total).sum::<f64>()
        };
        assert!((of(|row| row.0 == 0) - 0.6).abs() < 1e-8 && (of(|row| row.1 == 2) - 0.2).abs() < 1e-8);
        assert_eq!(rake(&rows, Some(1.0)).unwrap_err(), Failure::TrimTooTight);
    }

    #[test]
    fn what_cannot_be_raked_says_why() {
        assert_eq!(rake(&[], None).unwrap_err(), Failure::NoRows);
        let rows = answers(&ROWS, &[0.6, 0.4], &[0.3, 0.5, 0.2]);
        let with = |weight: f64| {
            let mut rows = rows.clone();
            rows[0].weight = weight;
            rake(&rows, None)
        };
        for weight in [-1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(with(weight).unwrap_err(), Failure::OutOfRange);
        }
        assert_eq!(with(0.0).unwrap().weights[0], 0.0);
        assert_eq!(rake(&rows, Some(0.5)).unwrap_err(), Failure::OutOfRange);
        assert_eq!(rake(&answers(&ROWS, &[0.0, 0.0], &[0.3, 0.5, 0.2]), None).unwrap_err(), Failure::OutOfRange);
        // Group 0 of one margin is group 0 of the other, with another share.
        let contradiction = answers(&[(0, 0, 1.0), (1, 1, 1.0)], &[0.6, 0.4], &[0.3, 0.7]);
        assert_eq!(rake(&contradiction, None).unwrap_err(), Failure::NotConverged);
        let all_zero = answers(&[(0, 0, 0.0), (1, 1, 0.0)], &[0.6, 0.4], &[0.3, 0.7]);
        assert_eq!(rake(&all_zero, None).unwrap_err(), Failure::NoRows);
    }
}
