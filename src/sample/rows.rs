//! The rows of the four files; the field names are the column names.

use std::fmt;

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Serialize, Serializer};

/// One purchase line.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Transaction {
    pub(super) customer_id: Option<CustomerId>,
    pub(super) order_id: OrderId,
    pub(super) line_number: u32,
    pub(super) ordered_at: NaiveDateTime,
    pub(super) brand: &'static str,
    pub(super) category: &'static str,
    pub(super) product_id: ProductId,
    pub(super) quantity: i64,
    pub(super) amount: Cents,
    pub(super) list_amount: Cents,
    pub(super) is_deal: bool,
    pub(super) is_return: bool,
    pub(super) channel: &'static str,
    pub(super) choice_seconds: Option<u32>,
    pub(super) promised_at: Option<NaiveDate>,
    pub(super) delivered_at: Option<NaiveDate>,
}

/// One answered item of one response.
#[derive(Clone, Debug, Serialize)]
pub(super) struct SurveyAnswer {
    pub(super) response_id: ResponseId,
    pub(super) customer_id: Option<CustomerId>,
    pub(super) answered_at: NaiveDateTime,
    pub(super) wave: &'static str,
    pub(super) channel: &'static str,
    pub(super) response_weight: Cents,
    pub(super) item_id: &'static str,
    pub(super) score: u32,
}

/// One customer on file.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Customer {
    pub(super) customer_id: CustomerId,
    pub(super) customer_type: &'static str,
    pub(super) size: &'static str,
    pub(super) region: &'static str,
    pub(super) age_group: Option<&'static str>,
    pub(super) joined_at: NaiveDate,
    pub(super) competitors_available_count: u32,
    pub(super) paid_by: &'static str,
    pub(super) may_contact: bool,
}

/// One product of any brand.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Product {
    pub(super) product_id: ProductId,
    pub(super) brand: &'static str,
    pub(super) category: &'static str,
    pub(super) launched_at: NaiveDate,
    pub(super) unit_cost: Cents,
    pub(super) is_necessity: bool,
    pub(super) rival_products_count: u32,
}

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

written_as_text!(Cents, CustomerId, OrderId, ResponseId, ProductId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_keep_two_digits_and_their_sign() {
        let written: Vec<String> = [0, 5, 450, -5, -1234].map(|cents| Cents(cents).to_string()).to_vec();
        assert_eq!(written, ["0.00", "0.05", "4.50", "-0.05", "-12.34"]);
    }
}
