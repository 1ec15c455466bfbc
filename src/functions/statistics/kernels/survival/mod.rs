//! How long customers stay: survival curves and the test whether groups differ.

pub mod kaplan_meier;
pub mod log_rank;

/// A time under observation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spell {
    /// When observation began, since the start of the relation: 0 for those who are observed from the start. Those who left
    /// before nobody looked are not on file (left truncation).
    pub entry: f64,
    /// When observation ended, since the start of the relation.
    pub exit: f64,
    /// Whether the customer left then. Otherwise the time until leaving is not known (right censoring).
    pub is_event: bool,
}

impl Spell {
    /// Whether the numbers can be a spell: finite, not negative, and of some length or from the start.
    pub fn is_possible(&self) -> bool {
        let is_ordered = self.entry < self.exit || (self.entry == 0.0 && self.exit == 0.0);
        self.entry >= 0.0 && self.exit.is_finite() && is_ordered
    }
}

#[cfg(test)]
mod tests;
