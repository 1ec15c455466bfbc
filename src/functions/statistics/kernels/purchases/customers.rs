//! What purchase models know about customers: equal histories once, with how often they occur.

use std::cmp::Ordering;

/// A customer's purchases after the first one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct History {
    /// Repeat purchases, x: times with a purchase after the first.
    pub repeats: f64,
    /// From the first purchase to the last, t_x: 0 without a repeat.
    pub last: f64,
    /// From the first purchase to the end of observation, T, in the same unit.
    pub observed: f64,
}

impl History {
    /// Whether the numbers can be a history: finite, none negative, a whole number of repeats, the last purchase within the
    /// time observed, and at the first purchase exactly where there is no repeat.
    pub fn is_possible(&self) -> bool {
        let History { repeats, last, observed } = *self;
        let is_ordered = 0.0 <= last && last <= observed && observed.is_finite();
        repeats >= 0.0 && repeats.fract() == 0.0 && is_ordered && (repeats > 0.0 || last == 0.0)
    }

    /// By repeats, then by the last purchase, then by the time observed.
    pub fn order(&self, other: &History) -> Ordering {
        let by_last = self.last.total_cmp(&other.last).then(self.observed.total_cmp(&other.observed));
        self.repeats.total_cmp(&other.repeats).then(by_last)
    }
}

/// Customers with one history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counted {
    /// Their history.
    pub history: History,
    /// How many they are.
    pub customers: f64,
}

/// Histories sorted, equal ones once.
pub fn counted(mut histories: Vec<History>) -> Vec<Counted> {
    histories.sort_unstable_by(History::order);
    let mut counted: Vec<Counted> = Vec::new();
    for history in histories {
        match counted.last_mut() {
            Some(last) if last.history == history => last.customers += 1.0,
            _ => counted.push(Counted { history, customers: 1.0 }),
        }
    }
    counted
}

/// The histories of one number of repeats.
#[derive(Clone, Debug)]
pub struct SameRepeats {
    /// The number of repeats.
    pub repeats: f64,
    /// Customers of all `histories`.
    pub customers: f64,
    /// Sorted, each once.
    pub histories: Vec<Counted>,
}

/// `counted` by number of repeats, with times divided by `unit`.
pub fn by_repeats(counted: &[Counted], unit: f64) -> Vec<SameRepeats> {
    let mut groups: Vec<SameRepeats> = Vec::new();
    for Counted { history, customers } in counted {
        let repeats = history.repeats;
        let scaled = History { repeats, last: history.last / unit, observed: history.observed / unit };
        let scaled = Counted { history: scaled, customers: *customers };
        match groups.last_mut() {
            Some(group) if group.repeats == repeats => {
                group.customers += customers;
                group.histories.push(scaled);
            }
            _ => groups.push(SameRepeats { repeats, customers: *customers, histories: vec![scaled] }),
        }
    }
    groups
}

/// The mean time observed: the unit in which fits are made, so that their parameters are near 1. `None` where nobody was
/// observed for any time.
pub fn mean_observed(counted: &[Counted]) -> Option<f64> {
    let customers: f64 = counted.iter().map(|counted| counted.customers).sum();
    let mean = counted.iter().map(|counted| counted.customers / customers * counted.history.observed).sum::<f64>();
    (mean.is_normal() && (1.0 / mean).is_normal()).then_some(mean)
}
