//! Whether groups stay equally long: the log-rank test.
//!
//! Mantel 1966, "Evaluation of Survival Data and Two New Rank Order Statistics", Cancer Chemotherapy Reports 50; for more than
//! two groups Klein and Moeschberger 2003, "Survival Analysis", section 7.3.

use std::collections::BTreeMap;

use faer::Mat;
use statrs::function::gamma::checked_gamma_ur;

use super::super::positive_definite::solve;
use super::Spell;

/// The result of a test.
#[derive(Clone, Debug, PartialEq)]
pub struct LogRank {
    /// The groups, sorted by name.
    pub groups: Vec<Group>,
    /// The statistic, its degrees of freedom, and the probability of one at least as large where all groups are equal.
    /// `None` where there is nothing to compare: fewer than two groups are at risk when somebody leaves.
    pub test: Option<(f64, usize, f64)>,
}

/// What a group had and what it would have had if all groups were equal.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Name.
    pub name: String,
    /// Spells.
    pub spells: usize,
    /// Those who left.
    pub observed: usize,
    /// Those expected to leave.
    pub expected: f64,
}

/// Compares the groups of `spells`.
pub fn log_rank(spells: &[(String, Spell)]) -> LogRank {
    let names: Vec<&str> =
        spells.iter().map(|(name, _)| (name.as_str(), ())).collect::<BTreeMap<_, _>>().into_keys().collect();
    let group_of: BTreeMap<&str, usize> = names.iter().enumerate().map(|(group, name)| (*name, group)).collect();
    let spells: Vec<(usize, Spell)> = spells.iter().map(|(name, spell)| (group_of[name.as_str()], *spell)).collect();
    let sums = Sums::of(names.len(), &spells);
    let group = |(index, name): (usize, &&str)| Group {
        name: (*name).to_owned(),
        spells: spells.iter().filter(|spell| spell.0 == index).count(),
        observed: sums.observed[index] as usize,
        expected: sums.expected[index],
    };
    LogRank { groups: names.iter().enumerate().map(group).collect(), test: sums.test() }
}

/// Sums over the moments at which somebody leaves.
struct Sums {
    observed: Vec<f64>,
    expected: Vec<f64>,
    /// Covariance of observed minus expected, by rows.
    covariance: Vec<f64>,
}

impl Sums {
    fn of(groups: usize, spells: &[(usize, Spell)]) -> Self {
        let mut sums =
            Sums { observed: vec![0.0; groups], expected: vec![0.0; groups], covariance: vec![0.0; groups * groups] };
        let mut entries: Vec<(f64, usize)> = spells.iter().map(|(group, spell)| (spell.entry, *group)).collect();
        let mut exits: Vec<(f64, usize, bool)> =
            spells.iter().map(|(group, spell)| (spell.exit, *group, spell.is_event)).collect();
        entries.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
        exits.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
        let mut entries = entries.into_iter().peekable();
        let mut at_risk = vec![0.0; groups];
        for moment in exits.chunk_by(|one, other| one.0 == other.0) {
            let time = moment[0].0;
            while let Some((_, group)) = entries.next_if(|entry| entry.0 < time || entry.0 == 0.0) {
                at_risk[group] += 1.0;
            }
            let mut events = vec![0.0; groups];
            moment.iter().filter(|exit| exit.2).for_each(|exit| events[exit.1] += 1.0);
            sums.add(&at_risk, &events);
            moment.iter().for_each(|exit| at_risk[exit.1] -= 1.0);
        }
        sums
    }

    fn add(&mut self, at_risk: &[f64], events: &[f64]) {
        let (n, d): (f64, f64) = (at_risk.iter().sum(), events.iter().sum());
        if d == 0.0 {
            return;
        }
        let groups = at_risk.len();
        let spread = if n > 1.0 { d * (n - d) / (n - 1.0) } else { 0.0 };
        for row in 0..groups {
            self.observed[row] += events[row];
            self.expected[row] += d * at_risk[row] / n;
            let share = at_risk[row] / n;
            for (column, other) in at_risk.iter().enumerate() {
                let same = if row == column { share } else { 0.0 };
                self.covariance[row * groups + column] += spread * (same - share * other / n);
            }
        }
    }

    fn test(&self) -> Option<(f64, usize, f64)> {
        let groups = self.observed.len();
        // Differences add up to 0: one group is left out, and those of which nobody was ever at risk beside others.
        let mut compared: Vec<usize> =
            (0..groups).filter(|group| self.covariance[group * groups + group] > 0.0).collect();
        compared.pop()?;
        let degrees = compared.len();
        if degrees == 0 {
            return None;
        }
        let difference = |group: &usize| self.observed[*group] - self.expected[*group];
        let differences: Vec<f64> = compared.iter().map(difference).collect();
        let covariance =
            Mat::from_fn(degrees, degrees, |row, column| self.covariance[compared[row] * groups + compared[column]]);
        let solved = solve(&covariance, &differences)?;
        let statistic = differences.iter().zip(&solved).map(|(one, other)| one * other).sum::<f64>().max(0.0);
        let probability =
            if statistic == 0.0 { 1.0 } else { checked_gamma_ur(degrees as f64 / 2.0, statistic / 2.0).ok()? };
        Some((statistic, degrees, probability))
    }
}
