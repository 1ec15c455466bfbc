//! Exact sums of products of doubles of any size.

use super::super::double_total::DoubleTotal;
use super::super::expansion::{Expansion, power_of_two};

/// Products from here on are summed scaled down.
const LARGE: f64 = power_of_two(900);
/// Products below this are summed scaled up, so that the rounding errors of products are doubles, too.
const SMALL: f64 = power_of_two(-800);
/// Half of the exponent that large and small products are scaled by: each factor by this.
const HALF_SCALE: i64 = 600;

/// The exact sum of products, in three parts by the size of the products.
#[derive(Debug, Default)]
pub struct ProductTotal {
    /// Scaled by 2^1200, unscaled, and scaled by 2^-1200.
    parts: [Option<Box<DoubleTotal>>; 3],
}

/// The exponents of the scale of each part.
const SCALES: [i64; 3] = [2 * HALF_SCALE, 0, -2 * HALF_SCALE];

impl ProductTotal {
    /// Adds `left * right`, both finite.
    pub fn add(&mut self, left: f64, right: f64) {
        if left == 0.0 || right == 0.0 {
            return;
        }
        let size = (left * right).abs();
        let (part, scale) = if size < SMALL {
            (0, power_of_two(HALF_SCALE))
        } else if size < LARGE {
            (1, 1.0)
        } else {
            (2, power_of_two(-HALF_SCALE))
        };
        let (left, right) = (left * scale, right * scale);
        let product = left * right;
        let total = self.parts[part].get_or_insert_default();
        total.add(product);
        total.add(left.mul_add(right, -product));
    }

    /// The exact sum times 2^`exponent`. What lies far below its last digit may be lost.
    pub fn scaled(&self, exponent: i64) -> Expansion {
        let mut sum = Expansion::default();
        for (part, scale) in self.parts.iter().zip(SCALES) {
            let Some(total) = part else { continue };
            // Beyond the range of doubles nothing is left anyway.
            let exponent = (exponent - scale).clamp(-2044, 2046);
            for partial in total.partials() {
                let halved = partial * power_of_two(exponent / 2);
                sum.add(halved * power_of_two(exponent - exponent / 2));
            }
        }
        sum
    }

    /// Appends the number of partials of each part, and the partials.
    pub fn write(&self, state: &mut Vec<f64>) {
        for part in &self.parts {
            let partials = part.as_ref().map_or_else(Vec::new, |total| total.partials());
            state.push(partials.len() as f64);
            state.extend(partials);
        }
    }

    /// Adds what `write` wrote; returns the rest of the state.
    pub fn merge<'a>(&mut self, mut state: &'a [f64]) -> &'a [f64] {
        for part in &mut self.parts {
            let Some((count, rest)) = state.split_first() else { return state };
            let (partials, rest) = rest.split_at((*count as usize).min(rest.len()));
            if !partials.is_empty() {
                let total = part.get_or_insert_default();
                partials.iter().for_each(|partial| {
                    total.add(*partial);
                });
            }
            state = rest;
        }
        state
    }

    /// Bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.parts.iter().flatten().map(|total| size_of::<DoubleTotal>() + total.heap_bytes()).sum()
    }
}
