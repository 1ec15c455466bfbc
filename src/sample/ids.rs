//! Amounts and identifiers, written as text.

use std::fmt;

use serde::{Serialize, Serializer};

/// Hundredths, of money or of a weight; written with two digits after the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cents(pub(super) i64);

/// A customer, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CustomerId(pub(super) u64);

/// An order of a customer, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct OrderId {
    pub(super) customer: u64,
    pub(super) number: u32,
}

/// A response of a customer, or an anonymous one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResponseId {
    /// Response of a known customer in a wave, counted from 1.
    Named { customer: u64, wave: usize },
    /// A response without a customer.
    Anonymous { number: u64 },
}

/// A contact of a customer, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ContactId {
    pub(super) customer: u64,
    pub(super) number: u32,
}

/// A case of a customer: everything about one matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CaseId {
    pub(super) customer: u64,
    pub(super) number: u32,
}

/// A product: initial of its brand, first two letters of its category, number from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ProductId {
    pub(super) brand: &'static str,
    pub(super) category: &'static str,
    pub(super) number: u32,
}

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{:02}", self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100)
    }
}

impl fmt::Display for CustomerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{}", self.0)
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "o{}-{}", self.customer, self.number)
    }
}

impl fmt::Display for ResponseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named { customer, wave } => write!(f, "r{customer}-{wave}"),
            Self::Anonymous { number } => write!(f, "a{number}"),
        }
    }
}

impl fmt::Display for ContactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "k{}-{}", self.customer, self.number)
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s{}-{}", self.customer, self.number)
    }
}

impl fmt::Display for ProductId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Two letters of the category: coffee and chocolate share the first.
        write!(f, "{}{}{}", self.brand[..1].to_uppercase(), self.category[..2].to_uppercase(), self.number)
    }
}

macro_rules! written_as_text {
    ($($name:ty),+) => {
        $(impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        })+
    };
}

written_as_text!(Cents, CustomerId, OrderId, ResponseId, ContactId, CaseId, ProductId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_keep_two_digits_and_their_sign() {
        let written: Vec<String> = [0, 5, 450, -5, -1234].map(|cents| Cents(cents).to_string()).to_vec();
        assert_eq!(written, ["0.00", "0.05", "4.50", "-0.05", "-12.34"]);
    }
}
