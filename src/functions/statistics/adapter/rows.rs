//! The rows that a fit has collected.

use std::cmp::Ordering;

use datafusion::common::{Result, exec_err};

/// Bits of the quiet NaN that stands for NULL among collected numbers; every other NaN has the standard bits.
const MISSING_BITS: u64 = 0x7ff8_0000_004e_554c;

/// The double that stands for NULL.
pub(super) const MISSING: f64 = f64::from_bits(MISSING_BITS);

/// Whether a collected number is NULL, as opposed to not a number.
pub fn is_missing(number: f64) -> bool {
    number.to_bits() == MISSING_BITS
}

/// A collected number: NaN in its standard form, zero positive.
pub(super) fn canonical(number: f64) -> f64 {
    if number.is_nan() { f64::NAN } else { number + 0.0 }
}

/// One argument in all rows.
#[derive(Clone, Debug)]
pub(super) enum Column {
    /// A number, or a list of them, in each row, row by row; `width` is not known before the first row.
    Numbers {
        width: Option<usize>,
        values: Vec<f64>,
    },
    /// A text in each row.
    Texts(Vec<String>),
    NumberSetting(Option<f64>),
    TextSetting(Option<String>),
    TextsSetting(Option<Vec<String>>),
}

/// The rows of a group, sorted by all their values, so that they do not depend on the order in which they came.
#[derive(Clone, Debug)]
pub struct Rows {
    pub(super) columns: Vec<Column>,
    pub(super) len: usize,
}

impl Rows {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// The numbers of an argument, one for each row; for lists, one row after the other.
    pub fn numbers(&self, argument: usize) -> &[f64] {
        match self.columns.get(argument) {
            Some(Column::Numbers { values, .. }) => values,
            _ => &[],
        }
    }

    /// How many numbers the lists of an argument have; 0 without rows.
    pub fn width(&self, argument: usize) -> usize {
        match self.columns.get(argument) {
            Some(Column::Numbers { width, .. }) => width.unwrap_or(0),
            _ => 0,
        }
    }

    /// The texts of an argument, one for each row.
    pub fn texts(&self, argument: usize) -> &[String] {
        match self.columns.get(argument) {
            Some(Column::Texts(texts)) => texts,
            _ => &[],
        }
    }

    /// A number that is the same in all rows; `None` where it is not given.
    pub fn number_setting(&self, argument: usize) -> Option<f64> {
        match self.columns.get(argument) {
            Some(Column::NumberSetting(number)) => *number,
            _ => None,
        }
    }

    /// A text that is the same in all rows; `None` where it is not given.
    pub fn text_setting(&self, argument: usize) -> Option<&str> {
        match self.columns.get(argument) {
            Some(Column::TextSetting(text)) => text.as_deref(),
            _ => None,
        }
    }

    /// Texts that are the same in all rows; empty where they are not given.
    pub fn texts_setting(&self, argument: usize) -> &[String] {
        match self.columns.get(argument) {
            Some(Column::TextsSetting(Some(texts))) => texts,
            _ => &[],
        }
    }

    /// Whether an infinity or a NaN is among the numbers; NULL is neither.
    pub fn has_not_finite(&self) -> bool {
        self.columns.iter().any(|column| match column {
            Column::Numbers { values, .. } => values.iter().any(|value| !value.is_finite() && !is_missing(*value)),
            Column::NumberSetting(number) => number.is_some_and(|number| !number.is_finite()),
            _ => false,
        })
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        let of_texts = |texts: &Vec<String>| {
            texts.capacity() * size_of::<String>() + texts.iter().map(String::capacity).sum::<usize>()
        };
        let of_column = |column: &Column| match column {
            Column::Numbers { values, .. } => values.capacity() * size_of::<f64>(),
            Column::Texts(texts) | Column::TextsSetting(Some(texts)) => of_texts(texts),
            Column::TextSetting(Some(text)) => text.capacity(),
            _ => 0,
        };
        self.columns.capacity() * size_of::<Column>() + self.columns.iter().map(of_column).sum::<usize>()
    }

    /// Sorts the rows by all their values, the first argument first.
    pub(super) fn sort(&mut self) {
        let mut order: Vec<usize> = (0..self.len).collect();
        order.sort_unstable_by(|left, right| self.compare(*left, *right));
        for column in &mut self.columns {
            match column {
                Column::Numbers { width, values } => {
                    let width = width.unwrap_or(0);
                    let sorted = order.iter().flat_map(|row| values[row * width..(row + 1) * width].iter().copied());
                    *values = sorted.collect();
                }
                Column::Texts(texts) => {
                    *texts = order.iter().map(|row| std::mem::take(&mut texts[*row])).collect();
                }
                _ => {}
            }
        }
    }

    fn compare(&self, left: usize, right: usize) -> Ordering {
        let of_column = |column: &Column| match column {
            Column::Numbers { width, values } => {
                let width = width.unwrap_or(0);
                let row = |row: usize| &values[row * width..(row + 1) * width];
                let pairs = row(left).iter().zip(row(right));
                pairs.map(|(left, right)| left.total_cmp(right)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
            }
            Column::Texts(texts) => texts[left].cmp(&texts[right]),
            _ => Ordering::Equal,
        };
        self.columns.iter().map(of_column).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }
}

/// Keeps a setting, which must be the same in all rows; NULL says nothing.
///
/// # Errors
/// It is another one than before.
pub(super) fn keep<T: PartialEq + std::fmt::Debug>(kept: &mut Option<T>, found: T, what: &str) -> Result<()> {
    match kept {
        Some(before) if *before != found => {
            exec_err!("`{what}` must be the same in all rows of a group: it is {before:?} and {found:?}")
        }
        Some(_) => Ok(()),
        None => {
            *kept = Some(found);
            Ok(())
        }
    }
}
