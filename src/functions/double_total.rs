//! A running sum of doubles that is exact, small and quick in the common case.

use super::expansion::{Expansion, power_of_two, two_sum};

/// Values of this size or more are added separately, scaled down, so that no partial sum of fewer than 2^63 rows overflows.
const HUGE: f64 = power_of_two(960);
/// The factor by which huge values are scaled down, exactly.
const SCALE_DOWN: f64 = power_of_two(-64);
const SCALE_UP: f64 = power_of_two(64);
/// Below this, scaling down may lose bits.
const SCALES_EXACTLY_FROM: f64 = power_of_two(-900);
/// Less than the last digit of any number of 2^950 or more: only its sign matters, and only at a tie.
const TRIFLE: f64 = power_of_two(-1000);

/// The exact sum of the doubles added so far, in 24 bytes.
///
/// `high + low` holds 106 bits, enough for nearly all data; what does not fit goes, exactly, into `rest`. Invariants:
/// `high` is `high + low` rounded to nearest; `high` and `low` are finite.
#[derive(Debug, Default)]
pub struct DoubleTotal {
    high: f64,
    low: f64,
    rest: Option<Box<Rest>>,
}

#[derive(Debug, Default)]
struct Rest {
    /// Bits below those of `low`.
    fine: Expansion,
    /// The sum of the huge values, times [`SCALE_DOWN`].
    huge: Expansion,
    nan_rows: i64,
    positive_infinity_rows: i64,
    negative_infinity_rows: i64,
}

impl DoubleTotal {
    /// Adds `value`; returns by how many bytes the heap grew.
    #[inline]
    pub fn add(&mut self, value: f64) -> usize {
        // False for NaN.
        if value.abs() < HUGE {
            let (sum, error) = two_sum(self.high, value);
            let (low, residue) = two_sum(self.low, error);
            (self.high, self.low) = two_sum(sum, low);
            if residue == 0.0 { 0 } else { self.change_rest(|rest| rest.fine.add(residue)) }
        } else {
            self.change_rest(|rest| rest.add(value, 1))
        }
    }

    /// Takes out `value`, which was added before.
    pub fn retract(&mut self, value: f64) {
        if value.is_finite() {
            self.add(-value);
        } else {
            self.change_rest(|rest| rest.add(value, -1));
        }
    }

    /// Bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.rest.as_ref().map_or(0, |rest| size_of::<Rest>() + rest.fine.heap_bytes() + rest.huge.heap_bytes())
    }

    /// The sum, rounded once to the nearest double, ties to even; infinite or NaN where IEEE 754 addition is in any
    /// order. Zero is positive and NaN has one bit pattern.
    pub fn rounded(&self) -> f64 {
        match &self.rest {
            None => self.high + 0.0,
            Some(rest) => rest.special().unwrap_or_else(|| {
                let (sum, scale) = self.expansion(rest);
                sum.rounded() * scale + 0.0
            }),
        }
    }

    /// The exact sum divided by `count`, rounded once; the rest as [`Self::rounded`].
    pub fn divided_by(&self, count: u64) -> f64 {
        let empty = Rest::default();
        let rest = self.rest.as_deref().unwrap_or(&empty);
        rest.special().unwrap_or_else(|| {
            let (sum, scale) = self.expansion(rest);
            sum.divided_by(count) * scale + 0.0
        })
    }

    /// Doubles whose exact sum is this one, at least one.
    pub fn partials(&self) -> Vec<f64> {
        let mut partials = Vec::new();
        self.append_partials(&mut partials);
        partials
    }

    /// Appends doubles whose exact sum is this one, at least one; infinities and NaN stand for themselves.
    pub fn append_partials(&self, partials: &mut Vec<f64>) {
        partials.push(self.high);
        if self.low != 0.0 {
            partials.push(self.low);
        }
        let Some(rest) = &self.rest else { return };
        partials.extend_from_slice(rest.fine.partials());
        for scaled in rest.huge.partials() {
            let largest = SCALE_DOWN * power_of_two(1023);
            let mut left = *scaled;
            while left.abs() > largest {
                partials.push(power_of_two(1023).copysign(left));
                left -= largest.copysign(left);
            }
            partials.push(left * SCALE_UP);
        }
        let special = [
            (rest.nan_rows, f64::NAN),
            (rest.positive_infinity_rows, f64::INFINITY),
            (rest.negative_infinity_rows, f64::NEG_INFINITY),
        ];
        partials.extend(special.iter().filter(|(rows, _)| *rows > 0).map(|(_, value)| *value));
    }

    /// The whole finite sum as one expansion, and the factor to multiply it with after rounding.
    fn expansion(&self, rest: &Rest) -> (Expansion, f64) {
        let mut ordinary = rest.fine.clone();
        ordinary.add(self.low);
        ordinary.add(self.high);
        if rest.huge.leading().abs() < SCALE_DOWN * power_of_two(1020) {
            rest.huge.partials().iter().for_each(|scaled| ordinary.add(scaled * SCALE_UP));
            return (ordinary, 1.0);
        }
        let mut scaled = rest.huge.clone();
        for partial in ordinary.partials().iter().rev() {
            if partial.abs() < SCALES_EXACTLY_FROM {
                // Far below the last digit of the result: only its sign can matter, at a tie.
                scaled.add(TRIFLE.copysign(*partial));
                break;
            }
            scaled.add(partial * SCALE_DOWN);
        }
        (scaled, SCALE_UP)
    }

    #[cold]
    fn change_rest(&mut self, change: impl FnOnce(&mut Rest)) -> usize {
        let before = self.heap_bytes();
        change(self.rest.get_or_insert_default());
        self.heap_bytes().saturating_sub(before)
    }
}

impl Rest {
    /// Adds (`rows` 1) or takes out (-1) a value that is huge or not finite.
    fn add(&mut self, value: f64, rows: i64) {
        if value.is_nan() {
            self.nan_rows += rows;
        } else if value == f64::INFINITY {
            self.positive_infinity_rows += rows;
        } else if value == f64::NEG_INFINITY {
            self.negative_infinity_rows += rows;
        } else {
            self.huge.add(value * SCALE_DOWN);
        }
    }

    /// The sum when it is not finite because a value was not.
    fn special(&self) -> Option<f64> {
        match (self.nan_rows > 0, self.positive_infinity_rows > 0, self.negative_infinity_rows > 0) {
            (false, false, false) => None,
            (false, true, false) => Some(f64::INFINITY),
            (false, false, true) => Some(f64::NEG_INFINITY),
            _ => Some(f64::NAN),
        }
    }
}
