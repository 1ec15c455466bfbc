//! The survival curve of Kaplan and Meier with Greenwood's standard error.
//!
//! Kaplan and Meier 1958, "Nonparametric Estimation from Incomplete Observations", Journal of the American Statistical
//! Association 53; Greenwood 1926. With late entries as in Klein and Moeschberger 2003, "Survival Analysis", section 4.6.

use super::Spell;

/// One time of a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The time.
    pub time: f64,
    /// Customers under observation just before it.
    pub at_risk: usize,
    /// Customers who left at it.
    pub events: usize,
    /// Customers whose observation ended at it without their leaving.
    pub censored: usize,
    /// The share who stay beyond it. 1 as long as nobody left.
    pub survival: f64,
    /// Greenwood's standard error of `survival`: S sqrt(sum d / (n (n - d))). `None` where everybody at risk has left.
    pub standard_error: Option<f64>,
}

impl Point {
    /// The interval of `z` standard errors of ln(-ln S), which stays within 0 and 1 (Kalbfleisch and Prentice 1980, "The
    /// Statistical Analysis of Failure Time Data", section 1.4). `None` where there is no standard error; (1, 1) as long as
    /// nobody has left.
    pub fn interval(&self, z: f64) -> Option<(f64, f64)> {
        let error = self.standard_error?;
        if self.survival >= 1.0 {
            return Some((1.0, 1.0));
        }
        let log = self.survival.ln();
        let factor = (z * error / (self.survival * log.abs())).exp();
        Some(((log * factor).exp(), (log / factor).exp()))
    }
}

/// The curve at each time at which a spell ends, in their order.
pub fn curve(spells: &[Spell]) -> Vec<Point> {
    let mut entries: Vec<f64> = spells.iter().map(|spell| spell.entry).collect();
    let mut exits: Vec<(f64, bool)> = spells.iter().map(|spell| (spell.exit, spell.is_event)).collect();
    entries.sort_unstable_by(f64::total_cmp);
    exits.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    let (mut entered, mut left) = (0, 0);
    let (mut survival, mut greenwood) = (1.0, Some(0.0));
    let mut points = Vec::new();
    while let Some((time, _)) = exits.get(left).copied() {
        // Who starts at the very moment is at risk from the next one on, unless it is the start of all.
        while entries.get(entered).is_some_and(|entry| *entry < time || *entry == 0.0) {
            entered += 1;
        }
        let ending = exits[left..].iter().take_while(|exit| exit.0 == time).count();
        let events = exits[left..left + ending].iter().filter(|exit| exit.1).count();
        let at_risk = entered - left;
        if events > 0 {
            let (n, d) = (at_risk as f64, events as f64);
            survival *= (n - d) / n;
            greenwood = greenwood.filter(|_| events < at_risk).map(|sum| sum + d / (n * (n - d)));
        }
        let standard_error = greenwood.map(|sum| survival * f64::sqrt(sum));
        let censored = ending - events;
        points.push(Point { time, at_risk, events, censored, survival, standard_error });
        left += ending;
    }
    points
}

/// The first time at which half or fewer stay; `None` where more than half do at the end. A survival that is one half but for
/// rounding counts as one half.
pub fn median(points: &[Point]) -> Option<f64> {
    points.iter().find(|point| point.survival <= 0.5 + 1e-12).map(|point| point.time)
}
