//! All that the statistics of two columns need of a group.

use super::super::expansion::{Expansion, power_of_two};
use super::product_total::ProductTotal;

/// Values from here on are scaled down before their squares are compared, those below [`SMALL`] up.
const LARGE: f64 = power_of_two(400);
const SMALL: f64 = power_of_two(-400);
const SCALE: i64 = 600;

/// Number of rows and exact sums of x, y and their products.
#[derive(Debug, Default)]
pub struct Pair {
    /// Rows without a NULL.
    pub count: u64,
    /// Rows with an infinity or a NaN; they are not in the sums.
    pub not_finite: u64,
    largest: [f64; 2],
    /// x, y, xx, xy, yy.
    sums: [ProductTotal; 5],
}

/// What follows from the sums, for x times 2^`exponents[0]` and y times 2^`exponents[1]`.
#[derive(Debug)]
pub struct Spread {
    /// How x and y are scaled.
    pub exponents: [i64; 2],
    /// Rows.
    pub n: f64,
    /// Sums of x and y.
    pub sums: [f64; 2],
    /// n Σx² - (Σx)², n times the sum of squared deviations.
    pub xx: f64,
    /// n Σxy - Σx Σy.
    pub xy: f64,
    /// n Σy² - (Σy)².
    pub yy: f64,
    /// Where the line of x on y meets y = 0.
    pub intercept: f64,
}

impl Pair {
    /// Adds a row; `y` is `None` where the statistic has one column.
    pub fn add(&mut self, x: f64, y: Option<f64>) {
        self.count += 1;
        if !x.is_finite() || y.is_some_and(|y| !y.is_finite()) {
            self.not_finite += 1;
            return;
        }
        self.largest[0] = self.largest[0].max(x.abs());
        self.sums[0].add(x, 1.0);
        self.sums[2].add(x, x);
        if let Some(y) = y {
            self.largest[1] = self.largest[1].max(y.abs());
            self.sums[1].add(y, 1.0);
            self.sums[3].add(x, y);
            self.sums[4].add(y, y);
        }
    }

    /// What follows from the sums.
    pub fn spread(&self) -> Spread {
        let exponents = self.largest.map(|largest| match largest {
            large if large >= LARGE => -SCALE,
            small if small < SMALL && small > 0.0 => SCALE,
            _ => 0,
        });
        let [of_x, of_y] = exponents;
        let n = self.count as f64;
        let (x, y) = (self.sums[0].scaled(of_x), self.sums[1].scaled(of_y));
        let beyond = |sum: &ProductTotal, exponent: i64, left: &Expansion, right: &Expansion| {
            let mut difference = sum.scaled(exponent).times(&Expansion::of(n));
            difference.subtract(&left.times(right));
            difference
        };
        let xx = beyond(&self.sums[2], 2 * of_x, &x, &x).rounded();
        let xy = beyond(&self.sums[3], of_x + of_y, &x, &y);
        let yy = beyond(&self.sums[4], 2 * of_y, &y, &y);
        Spread {
            exponents,
            n,
            sums: [x.rounded(), y.rounded()],
            xx,
            xy: xy.rounded(),
            yy: yy.rounded(),
            intercept: intercept(&x, &y, &xy, &yy, n),
        }
    }

    /// The sums as doubles.
    pub fn write(&self) -> Vec<f64> {
        let mut state = self.largest.to_vec();
        self.sums.iter().for_each(|sum| sum.write(&mut state));
        state
    }

    /// Adds the sums of other rows, as `write` wrote them.
    pub fn merge(&mut self, count: u64, not_finite: u64, state: &[f64]) {
        self.count += count;
        self.not_finite += not_finite;
        let Some((largest, mut rest)) = state.split_at_checked(2) else { return };
        for (known, other) in self.largest.iter_mut().zip(largest) {
            *known = known.max(*other);
        }
        for sum in &mut self.sums {
            rest = sum.merge(rest);
        }
    }

    /// Bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.sums.iter().map(ProductTotal::heap_bytes).sum()
    }
}

/// (Σx yy - Σy xy) / (n yy), its numerator exact and rounded once; NaN where y does not vary.
fn intercept(x: &Expansion, y: &Expansion, xy: &Expansion, yy: &Expansion, n: f64) -> f64 {
    let whole = yy.rounded();
    if whole <= 0.0 {
        return f64::NAN;
    }
    // Near 1, so that the products stay finite.
    let scale = Expansion::of((-whole.log2().round()).exp2());
    let mut numerator = x.times(&yy.times(&scale));
    numerator.subtract(&y.times(&xy.times(&scale)));
    numerator.rounded() / (n * (whole * scale.rounded()))
}
