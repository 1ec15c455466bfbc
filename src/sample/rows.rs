//! The rows of the files about customers, products, purchases and answers; the field names are the column names.

use chrono::{NaiveDate, NaiveDateTime};
use serde::Serialize;

use super::ids::{Cents, ContactId, CustomerId, OrderId, ProductId, ResponseId};

/// Why a line costs less than the list says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DealKind {
    /// Everybody with a card pays less, so that it is no deal.
    ShelfCard,
    Promotion,
    Coupon,
}

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
    /// Below the list, as the till marks it: also at the price of the card.
    pub(super) is_deal: bool,
    pub(super) deal_kind: Option<DealKind>,
    pub(super) is_return: bool,
    pub(super) channel: &'static str,
    pub(super) choice_seconds: Option<u32>,
    pub(super) promised_at: Option<NaiveDate>,
    pub(super) delivered_at: Option<NaiveDate>,
}

impl Transaction {
    /// Whether it was a deal: the price of the card is none.
    pub(super) fn is_real_deal(&self) -> bool {
        matches!(self.deal_kind, Some(DealKind::Promotion | DealKind::Coupon))
    }

    /// The line as bought by somebody who showed no card.
    pub(super) fn without_card(self) -> Self {
        let line = Self { customer_id: None, ..self };
        if line.is_real_deal() {
            return line;
        }
        Self { amount: line.list_amount, is_deal: false, deal_kind: None, ..line }
    }

    /// Whether it was delivered after the promised day.
    pub(super) fn is_late(&self) -> bool {
        self.delivered_at > self.promised_at && self.promised_at.is_some()
    }
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
    /// The brand rated; nothing for the own one.
    pub(super) brand: Option<&'static str>,
    /// The delivered order that the answer is about.
    pub(super) order_id: Option<OrderId>,
    /// The contact that the answer is about.
    pub(super) contact_id: Option<ContactId>,
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
    pub(super) background: &'static str,
    pub(super) heard_from: Option<&'static str>,
    pub(super) joined_at: NaiveDate,
    pub(super) referred_by_customer_id: Option<CustomerId>,
    pub(super) contract_ends_at: Option<NaiveDate>,
    pub(super) competitors_available_count: u32,
    pub(super) paid_by: &'static str,
    pub(super) may_contact: bool,
    pub(super) closed_at: Option<NaiveDate>,
    pub(super) close_reason: Option<&'static str>,
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
