//! Exact sums of doubles as short lists of doubles.

/// A number held as the exact sum of doubles that do not overlap, smallest first; empty is zero.
///
/// The method is that of J. R. Shewchuk, "Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric
/// Predicates", Discrete & Computational Geometry 18 (1997) 305-363, `GROW-EXPANSION` with zero elimination. Values
/// must stay finite: the caller keeps sums below 2^1023.
///
/// Crates were considered: `xsum` keeps 536 bytes and more for each sum, `accurate` keeps only a fixed number of
/// terms or the same large registers, and neither lets a partial sum travel as a list of doubles.
#[derive(Clone, Debug, Default)]
pub struct Expansion {
    partials: Vec<f64>,
}

/// `left + right` and what rounding lost, so that the two results add up exactly to the two arguments.
///
/// D. E. Knuth, "The Art of Computer Programming" 2, 3rd edition (1997), section 4.2.2, theorem B.
#[inline]
pub fn two_sum(left: f64, right: f64) -> (f64, f64) {
    let sum = left + right;
    let right_part = sum - left;
    let left_part = sum - right_part;
    (sum, (left - left_part) + (right - right_part))
}

/// 2 to the power of `exponent`, from -1022 to 1023.
pub const fn power_of_two(exponent: i64) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

impl Expansion {
    /// The exact value of an integer of fewer than 127 bits.
    pub fn from_integer(value: i128) -> Self {
        const CHUNK_BITS: u32 = 48;
        let mask = (1_i128 << CHUNK_BITS) - 1;
        let unit = (1_i64 << CHUNK_BITS) as f64;
        let mut expansion = Self::default();
        expansion.add((value & mask) as f64);
        expansion.add(((value >> CHUNK_BITS) & mask) as f64 * unit);
        expansion.add((value >> (2 * CHUNK_BITS)) as f64 * unit * unit);
        expansion
    }

    /// The exact value of a double.
    pub fn of(value: f64) -> Self {
        let mut expansion = Self::default();
        expansion.add(value);
        expansion
    }

    /// The exact product of two expansions, while neither overflow nor underflow occurs.
    pub fn times(&self, other: &Self) -> Self {
        let mut result = Self::default();
        for left in &self.partials {
            for right in &other.partials {
                let product = left * right;
                result.add(product);
                result.add(left.mul_add(*right, -product));
            }
        }
        result
    }

    /// Takes `other` off, exactly.
    pub fn subtract(&mut self, other: &Self) {
        other.partials.iter().for_each(|partial| self.add(-partial));
    }

    /// Adds `value` exactly.
    pub fn add(&mut self, value: f64) {
        let mut carried = value;
        let mut kept = 0;
        for index in 0..self.partials.len() {
            let (sum, error) = two_sum(carried, self.partials[index]);
            if error != 0.0 {
                self.partials[kept] = error;
                kept += 1;
            }
            carried = sum;
        }
        self.partials.truncate(kept);
        if carried != 0.0 {
            self.partials.push(carried);
        }
    }

    /// The partials, smallest first.
    pub fn partials(&self) -> &[f64] {
        &self.partials
    }

    /// Bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.partials.capacity() * size_of::<f64>()
    }

    /// The largest partial, which has the sign of the whole; zero when the value is zero.
    pub fn leading(&self) -> f64 {
        self.partials.last().copied().unwrap_or(0.0)
    }

    /// The double nearest to the exact value, ties to even.
    ///
    /// Summing from the largest partial down is right except where what is left lies on one side of an exact tie;
    /// that correction is the one of Python's `math.fsum` (R. Hettinger, 2005).
    pub fn rounded(&self) -> f64 {
        let mut smaller = self.partials.iter().rev().copied();
        let mut high = smaller.next().unwrap_or(0.0);
        let mut low = 0.0;
        for partial in smaller.by_ref() {
            let sum = high + partial;
            low = partial - (sum - high);
            high = sum;
            if low != 0.0 {
                break;
            }
        }
        let beyond = smaller.next().unwrap_or(0.0);
        if low * beyond.signum() > 0.0 && beyond != 0.0 {
            let doubled = low * 2.0;
            let next = high + doubled;
            if next - high == doubled {
                high = next;
            }
        }
        high
    }

    /// The double nearest to the exact value divided by `count`, ties to even. `count` is from 1 to 2^53.
    ///
    /// Starts from the rounded quotient and steps to a neighbour while the exact remainder lies beyond the midpoint.
    pub fn divided_by(&self, count: u64) -> f64 {
        let count = count as f64;
        let mut quotient = self.rounded() / count;
        loop {
            let mut remainder = self.clone();
            // quotient * count is a multiple of the smallest double, so its rounding error is a double too.
            let product = quotient * count;
            remainder.add(-product);
            remainder.add(-quotient.mul_add(count, -product));
            let side = remainder.leading();
            if side == 0.0 {
                return quotient;
            }
            let neighbour = if side > 0.0 { quotient.next_up() } else { quotient.next_down() };
            // Twice the remainder against the whole gap: half of the smallest gap is no double.
            remainder.partials.iter_mut().for_each(|partial| *partial *= 2.0);
            remainder.add((quotient - neighbour) * count);
            let beyond_midpoint = remainder.leading() * side.signum();
            let quotient_is_even = quotient.to_bits() & 1 == 0;
            if beyond_midpoint < 0.0 || (beyond_midpoint == 0.0 && quotient_is_even) {
                return quotient;
            }
            quotient = neighbour;
            if beyond_midpoint == 0.0 {
                return quotient;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exactly(values: &[f64]) -> Expansion {
        let mut expansion = Expansion::default();
        values.iter().for_each(|value| expansion.add(*value));
        expansion
    }

    #[test]
    fn a_tie_is_broken_by_what_lies_far_below() {
        // math.fsum([1e16, 1.0, 1e-16]) == 1.0000000000000002e16; without the last value the tie goes to even.
        assert_eq!(exactly(&[1e16, 1.0, 1e-16]).rounded(), 10_000_000_000_000_002.0);
        assert_eq!(exactly(&[1e16, 1.0, -1e-16]).rounded(), 1e16);
        assert_eq!(exactly(&[1e16, 1.0]).rounded(), 1e16);
    }

    #[test]
    fn a_quotient_is_rounded_once() {
        assert_eq!(exactly(&[1.0]).divided_by(3), 1.0 / 3.0);
        // Rounding the sum 2^53 + 1 first would give 2^53 / 3 = 3002399751580330.67 and another last digit.
        assert_eq!(exactly(&[9_007_199_254_740_992.0, 1.0]).divided_by(3), 3_002_399_751_580_331.0);
        // A tie between two doubles goes to the even one: (2^53 + 1) / 1 and (2^53 + 3) / 1.
        assert_eq!(exactly(&[9_007_199_254_740_992.0, 1.0]).divided_by(1), 9_007_199_254_740_992.0);
        assert_eq!(exactly(&[9_007_199_254_740_992.0, 3.0]).divided_by(1), 9_007_199_254_740_996.0);
        assert_eq!(exactly(&[f64::from_bits(1)]).divided_by(2), 0.0);
        assert_eq!(exactly(&[f64::from_bits(3)]).divided_by(2), f64::from_bits(2));
    }

    #[test]
    fn integers_of_126_bits_are_exact() {
        for value in [0, -1, i128::from(i64::MIN), (1 << 125) + 1, -(1 << 125) - 12_345] {
            let sum: i128 = Expansion::from_integer(value).partials().iter().map(|partial| *partial as i128).sum();
            assert_eq!(sum, value);
        }
    }
}
