//! Conditional logit: what makes customers choose one of several alternatives.
//!
//! McFadden 1974, "Conditional Logit Analysis of Qualitative Choice Behavior"; for brands Guadagni and Little 1983, "A Logit
//! Model of Brand Choice Calibrated on Scanner Data", Marketing Science 2(3). The utility of an alternative is an intercept of
//! its own plus covariates times coefficients; the probability of choosing it is the share of its exponential in its choice set.

use std::collections::BTreeMap;

use faer::Mat;

use super::failure::Failure;
use super::positive_definite::{inverse, solve};

/// An alternative of a choice set.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    /// The choice set.
    pub set: String,
    /// What can be chosen.
    pub name: String,
    /// How often it was chosen from the set.
    pub chosen: f64,
    /// Its covariates, as many for each.
    pub covariates: Vec<f64>,
}

/// A fitted model.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The alternative whose intercept is 0.
    pub base: String,
    /// Intercepts of all alternatives, sorted by name, the base's 0 without standard error.
    pub intercepts: Vec<(String, Estimate)>,
    /// Coefficients, in the order of the covariates.
    pub coefficients: Vec<Estimate>,
    /// The log-likelihood.
    pub log_likelihood: f64,
    /// That of choosing at random.
    pub log_likelihood_at_random: f64,
    /// Choices.
    pub choices: f64,
    /// Choice sets.
    pub sets: usize,
}

/// A coefficient with its standard error; the base has none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The coefficient.
    pub value: f64,
    /// Its standard error, from the inverse of the information.
    pub standard_error: Option<f64>,
}

/// Steps of Newton's method, which needs fewer than ten where there is a maximum.
const MOST_STEPS: usize = 100;
/// The largest utility difference, in standardised covariates: probabilities of 1e-13 say that choices are separated.
const LARGEST_COEFFICIENT: f64 = 30.0;
/// The largest standard error, in standardised covariates: a likelihood that grows for ever comes to rest in doubles where the
/// curvature is all but 0.
const LARGEST_ERROR: f64 = 1e3;

/// Fits the model. `base` is the alternative whose intercept is 0; without one it is the one chosen most often, of equals the
/// first by name.
///
/// # Errors
/// [`Failure::NoChoices`]; [`Failure::OutOfRange`] where a count is negative, a number not finite, an alternative twice in a
/// set, or the base in none; [`Failure::Collinear`] where a covariate is constant within all sets, or a combination of others
/// and the intercepts; [`Failure::Separated`] where some combination of covariates tells each choice.
pub fn fit(mut alternatives: Vec<Alternative>, base: Option<&str>) -> Result<Fit, Failure> {
    alternatives.sort_by(|one, other| one.set.cmp(&other.set).then_with(|| one.name.cmp(&other.name)));
    let covariates = alternatives.first().map_or(0, |first| first.covariates.len());
    let is_possible = |alternative: &Alternative| {
        let numbers = alternative.covariates.iter().chain([&alternative.chosen]);
        alternative.covariates.len() == covariates
            && alternative.chosen >= 0.0
            && numbers.into_iter().all(|number| number.is_finite())
    };
    let is_repeated = |pair: &[Alternative]| pair[0].set == pair[1].set && pair[0].name == pair[1].name;
    if !alternatives.iter().all(is_possible) || alternatives.windows(2).any(is_repeated) {
        return Err(Failure::OutOfRange);
    }
    let problem = Problem::new(&alternatives, covariates, base)?;
    let (theta, value, curvature) = problem.maximise()?;
    problem.finished(&theta, value, &curvature)
}

/// A choice set with a choice: numbers of alternatives, how often each was chosen, their standardised covariates.
type Set = Vec<(usize, f64, Vec<f64>)>;

struct Problem {
    /// Sorted.
    names: Vec<String>,
    base: usize,
    /// Standard deviation of each covariate within sets.
    scales: Vec<f64>,
    sets: Vec<Set>,
    choices: f64,
}

impl Problem {
    fn new(alternatives: &[Alternative], covariates: usize, base: Option<&str>) -> Result<Self, Failure> {
        let by_set = alternatives.chunk_by(|one, other| one.set == other.set);
        let offers_a_choice =
            |set: &&[Alternative]| set.len() > 1 && set.iter().any(|alternative| alternative.chosen > 0.0);
        let chosen: Vec<&[Alternative]> = by_set.filter(offers_a_choice).collect();
        let mut totals: BTreeMap<&str, f64> = BTreeMap::new();
        for alternative in chosen.iter().copied().flatten() {
            *totals.entry(&alternative.name).or_default() += alternative.chosen;
        }
        let most = totals.values().copied().fold(0.0, f64::max);
        let most_chosen = totals.iter().find(|(_, total)| **total == most).map(|(name, _)| *name);
        let Some(base) = base.or(most_chosen).filter(|_| !chosen.is_empty()) else { return Err(Failure::NoChoices) };
        let names: Vec<String> = totals.keys().map(|name| (*name).to_owned()).collect();
        let number = |name: &str| names.binary_search_by(|other| other.as_str().cmp(name)).ok();
        let base = number(base).ok_or(Failure::OutOfRange)?;
        if totals.values().any(|total| *total == 0.0) {
            return Err(Failure::Separated);
        }
        let scales = scales(&chosen, covariates);
        if scales.contains(&0.0) {
            return Err(Failure::Collinear);
        }
        let standardised = |alternative: &Alternative| {
            let covariates = alternative.covariates.iter().zip(&scales).map(|(value, scale)| value / scale).collect();
            (number(&alternative.name).unwrap_or(base), alternative.chosen, covariates)
        };
        let sets = chosen.iter().map(|set| centred(set.iter().map(standardised).collect())).collect();
        Ok(Problem { base, scales, sets, choices: totals.values().sum(), names })
    }

    fn size(&self) -> usize {
        self.names.len() - 1 + self.scales.len()
    }

    /// The column of the intercept of an alternative; the base has none.
    fn column(&self, alternative: usize) -> Option<usize> {
        (alternative != self.base).then(|| alternative - usize::from(alternative > self.base))
    }

    /// Where the columns of covariates start.
    fn first_covariate(&self) -> usize {
        self.names.len() - 1
    }

    fn utilities(&self, set: &Set, theta: &[f64]) -> Vec<f64> {
        let slopes = &theta[self.first_covariate()..];
        set.iter()
            .map(|(alternative, _, covariates)| {
                let intercept = self.column(*alternative).map_or(0.0, |column| theta[column]);
                intercept + covariates.iter().zip(slopes).map(|(value, slope)| value * slope).sum::<f64>()
            })
            .collect()
    }

    fn value(&self, theta: &[f64]) -> f64 {
        let of_set = |set: &Set| {
            let utilities = self.utilities(set, theta);
            let total = log_sum(&utilities);
            set.iter().zip(&utilities).map(|((_, chosen, _), utility)| chosen * (utility - total)).sum::<f64>()
        };
        self.sets.iter().map(of_set).sum()
    }

    /// The gradient and the negative second derivatives.
    fn derivatives(&self, theta: &[f64]) -> (Vec<f64>, Mat<f64>) {
        let size = self.size();
        let (mut gradient, mut curvature) = (vec![0.0; size], Mat::<f64>::zeros(size, size));
        for set in &self.sets {
            let utilities = self.utilities(set, theta);
            let total = log_sum(&utilities);
            let choices: f64 = set.iter().map(|(_, chosen, _)| chosen).sum();
            let mut mean = vec![0.0; size];
            for ((alternative, chosen, covariates), utility) in set.iter().zip(&utilities) {
                let probability = (utility - total).exp();
                let cells = self.cells(*alternative, covariates);
                for (column, value) in &cells {
                    mean[*column] += probability * value;
                    gradient[*column] += (chosen - choices * probability) * value;
                    cells.iter().for_each(|(row, other)| {
                        curvature[(*row, *column)] += choices * probability * value * other;
                    });
                }
            }
            let used: Vec<usize> = (0..size).filter(|column| mean[*column] != 0.0).collect();
            for column in &used {
                used.iter().for_each(|row| curvature[(*row, *column)] -= choices * mean[*column] * mean[*row]);
            }
        }
        (gradient, curvature)
    }

    /// The columns of an alternative that are not 0.
    fn cells(&self, alternative: usize, covariates: &[f64]) -> Vec<(usize, f64)> {
        let first = self.first_covariate();
        let slopes = covariates.iter().enumerate().map(|(index, value)| (first + index, *value));
        self.column(alternative).map(|column| (column, 1.0)).into_iter().chain(slopes).collect()
    }

    /// Newton's method with halved steps. The likelihood has one maximum, since it is concave.
    fn maximise(&self) -> Result<(Vec<f64>, f64, Mat<f64>), Failure> {
        let mut theta = vec![0.0; self.size()];
        let mut value = self.value(&theta);
        for step_number in 0..MOST_STEPS {
            let (gradient, curvature) = self.derivatives(&theta);
            let step = solve(&curvature, &gradient);
            let step = step.ok_or(if step_number == 0 { Failure::Collinear } else { Failure::Separated })?;
            let promise: f64 = step.iter().zip(&gradient).map(|(step, slope)| step * slope).sum();
            let mut length = 1.0;
            let next = loop {
                let next: Vec<f64> = theta.iter().zip(&step).map(|(old, step)| old + length * step).collect();
                let next_value = self.value(&next);
                if next_value >= value || length < 1e-6 {
                    break (next, next_value);
                }
                length /= 2.0;
            };
            if promise < 1e-12 * value.abs().max(1.0) {
                let (theta, value) = if next.1 >= value { next } else { (theta, value) };
                let (_, curvature) = self.derivatives(&theta);
                return Ok((theta, value, curvature));
            }
            (theta, value) = next;
            if theta.iter().any(|coefficient| coefficient.abs() > LARGEST_COEFFICIENT) {
                return Err(Failure::Separated);
            }
        }
        Err(Failure::Separated)
    }

    fn finished(self, theta: &[f64], value: f64, curvature: &Mat<f64>) -> Result<Fit, Failure> {
        let size = self.size();
        let covariance = if size == 0 { Vec::new() } else { inverse(curvature).ok_or(Failure::Separated)? };
        if (0..size).any(|column| covariance[column * size + column].sqrt() > LARGEST_ERROR) {
            return Err(Failure::Separated);
        }
        let estimate = |column: usize, scale: f64| Estimate {
            value: theta[column] / scale,
            standard_error: Some(covariance[column * size + column].sqrt() / scale),
        };
        let intercept = |alternative: usize| {
            let none = Estimate { value: 0.0, standard_error: None };
            self.column(alternative).map_or(none, |column| estimate(column, 1.0))
        };
        let first = self.first_covariate();
        let at_random = |set: &Set| set.iter().map(|(_, chosen, _)| chosen).sum::<f64>() * -(set.len() as f64).ln();
        Ok(Fit {
            base: self.names[self.base].clone(),
            intercepts: self.names.iter().enumerate().map(|(index, name)| (name.clone(), intercept(index))).collect(),
            coefficients: self
                .scales
                .iter()
                .enumerate()
                .map(|(index, scale)| estimate(first + index, *scale))
                .collect(),
            log_likelihood: value,
            log_likelihood_at_random: self.sets.iter().map(at_random).sum(),
            choices: self.choices,
            sets: self.sets.len(),
        })
    }
}

/// Takes the mean of the set off each covariate: a constant of a set changes no choice.
fn centred(mut set: Set) -> Set {
    let size = set.len() as f64;
    let covariates = set.first().map_or(0, |first| first.2.len());
    for index in 0..covariates {
        let mean = set.iter().map(|alternative| alternative.2[index] / size).sum::<f64>();
        set.iter_mut().for_each(|alternative| alternative.2[index] -= mean);
    }
    set
}

/// Standard deviations of covariates around the means of their sets; 0 where the covariate is as good as constant in each.
fn scales(sets: &[&[Alternative]], covariates: usize) -> Vec<f64> {
    let rows: usize = sets.iter().map(|set| set.len()).sum();
    let scale = |index: usize| {
        // Scaled by the largest magnitude, so that squares neither overflow nor vanish.
        let values = sets.iter().copied().flatten().map(|alternative| alternative.covariates[index].abs());
        let largest = values.fold(0.0, f64::max);
        if largest == 0.0 {
            return 0.0;
        }
        let mut squares = 0.0;
        for set in sets {
            let mean = set.iter().map(|one| one.covariates[index] / largest).sum::<f64>() / set.len() as f64;
            squares += set.iter().map(|one| (one.covariates[index] / largest - mean).powi(2)).sum::<f64>();
        }
        let deviation = (squares / rows as f64).sqrt();
        if deviation < 1e-12 { 0.0 } else { deviation * largest }
    };
    (0..covariates).map(scale).collect()
}

/// The logarithm of the sum of exponentials.
fn log_sum(utilities: &[f64]) -> f64 {
    let largest = utilities.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + utilities.iter().map(|utility| (utility - largest).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alternative(set: &str, name: &str, chosen: f64, covariates: &[f64]) -> Alternative {
        Alternative { set: set.to_owned(), name: name.to_owned(), chosen, covariates: covariates.to_vec() }
    }

    fn weeks() -> Vec<Alternative> {
        let rows = [
            ("w1", "a", 5.0, 2.0, 0.0),
            ("w1", "b", 3.0, 1.5, 1.0),
            ("w1", "c", 2.0, 1.0, 0.0),
            ("w2", "a", 8.0, 1.6, 1.0),
            ("w2", "b", 2.0, 1.5, 0.0),
            ("w2", "c", 3.0, 1.1, 0.0),
            ("w3", "a", 4.0, 2.0, 0.0),
            ("w3", "b", 6.0, 1.2, 1.0),
            ("w3", "c", 1.0, 1.2, 0.0),
            ("w4", "a", 6.0, 2.1, 0.0),
            ("w4", "c", 5.0, 0.9, 1.0),
            ("w5", "a", 5.0, 1.9, 0.0),
            ("w5", "b", 4.0, 1.4, 0.0),
            ("w5", "c", 1.0, 1.3, 0.0),
        ];
        rows.map(|(set, name, chosen, price, deal)| alternative(set, name, chosen, &[price, deal])).to_vec()
    }

    #[test]
    fn the_fit_is_that_of_scipy() {
        // scipy.optimize.minimize of the same likelihood, standard errors from numdifftools; statsmodels 0.15
        // ConditionalLogit agrees as far as it converges.
        let fit = fit(weeks(), Some("a")).unwrap();
        let found = fit.intercepts[1..].iter().map(|(_, estimate)| *estimate).chain(fit.coefficients.iter().copied());
        let expected = [
            (-1.436_056_38, 0.816_029_58),
            (-2.819_781_23, 1.545_787_89),
            (-2.278_179_61, 1.742_916_29),
            (-0.086_773_29, 0.602_240_83),
        ];
        for (estimate, (value, error)) in found.zip(expected) {
            assert!((estimate.value - value).abs() < 1e-5, "{estimate:?}");
            assert!((estimate.standard_error.unwrap() - error).abs() < 1e-4, "{estimate:?}");
        }
        assert!((fit.log_likelihood + 50.180_868_974_731_27).abs() < 1e-8);
        assert_eq!(fit.intercepts[0], ("a".to_owned(), Estimate { value: 0.0, standard_error: None }));
        assert_eq!((fit.sets, fit.choices), (5, 55.0));
        // Four sets of three alternatives with 44 choices, one of two with 11.
        assert!((fit.log_likelihood_at_random + 44.0 * 3.0_f64.ln() + 11.0 * 2.0_f64.ln()).abs() < 1e-9);
    }

    #[test]
    fn shares_alone_give_logarithms_of_ratios() {
        let alternatives = vec![alternative("s", "x", 30.0, &[]), alternative("s", "y", 10.0, &[])];
        let fit = fit(alternatives, None).unwrap();
        assert_eq!(fit.base, "x");
        let estimate = fit.intercepts[1].1;
        assert!((estimate.value - (1.0_f64 / 3.0).ln()).abs() < 1e-9);
        assert!((estimate.standard_error.unwrap() - (1.0_f64 / 30.0 + 0.1).sqrt()).abs() < 1e-9);
    }

    #[test]
    fn the_scale_of_a_covariate_changes_only_its_coefficient() {
        let plain = fit(weeks(), None).unwrap();
        let scaled: Vec<Alternative> = weeks()
            .into_iter()
            .map(|mut alternative| {
                alternative.covariates[0] *= 1e250;
                alternative
            })
            .collect();
        let scaled = fit(scaled, None).unwrap();
        assert!((scaled.coefficients[0].value * 1e250 / plain.coefficients[0].value - 1.0).abs() < 1e-6);
        assert!((scaled.intercepts[1].1.value - plain.intercepts[1].1.value).abs() < 1e-6);
    }

    #[test]
    fn data_without_a_maximum_say_why() {
        assert_eq!(fit(vec![], None).unwrap_err(), Failure::NoChoices);
        assert_eq!(fit(vec![alternative("s", "x", 1.0, &[1.0])], None).unwrap_err(), Failure::NoChoices);
        let constant = vec![alternative("s", "x", 1.0, &[1.0]), alternative("s", "y", 1.0, &[1.0])];
        assert_eq!(fit(constant, None).unwrap_err(), Failure::Collinear);
        // The price of x is always 1 and that of y 2: the intercept says the same.
        let twice = |set| [alternative(set, "x", 1.0, &[1.0]), alternative(set, "y", 2.0, &[2.0])];
        assert_eq!(fit([twice("s"), twice("t")].concat(), None).unwrap_err(), Failure::Collinear);
        // The cheaper one is always chosen.
        let cheaper = |set, x: f64, y: f64| {
            [alternative(set, "x", f64::from(x < y), &[x]), alternative(set, "y", f64::from(y < x), &[y])]
        };
        let separated = [cheaper("s", 1.0, 2.0), cheaper("t", 2.0, 1.0), cheaper("u", 3.0, 1.0)].concat();
        assert_eq!(fit(separated, None).unwrap_err(), Failure::Separated);
        let never = vec![alternative("s", "x", 1.0, &[]), alternative("s", "y", 0.0, &[])];
        assert_eq!(fit(never, None).unwrap_err(), Failure::Separated);
        for bad in [f64::NAN, f64::INFINITY, -1.0] {
            let rows = vec![alternative("s", "x", bad, &[]), alternative("s", "y", 1.0, &[])];
            assert_eq!(fit(rows, None).unwrap_err(), Failure::OutOfRange);
        }
        let repeated = vec![alternative("s", "x", 1.0, &[]), alternative("s", "x", 1.0, &[])];
        assert_eq!(fit(repeated, None).unwrap_err(), Failure::OutOfRange);
    }
}
