//! The rows of the files about service and about the market; the field names are the column names.

use chrono::{NaiveDate, NaiveDateTime};
use serde::Serialize;

use super::ids::{CaseId, Cents, ContactId, CustomerId, ProductId};

/// One contact with a customer.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Contact {
    pub(super) contact_id: ContactId,
    pub(super) case_id: CaseId,
    pub(super) customer_id: CustomerId,
    pub(super) at: NaiveDateTime,
    pub(super) kind: &'static str,
    pub(super) topic: &'static str,
    pub(super) phase: &'static str,
    pub(super) channel: &'static str,
    pub(super) transfers_count: u32,
    pub(super) repeats_count: u32,
    pub(super) waited_seconds: Option<u32>,
    pub(super) handled_seconds: Option<u32>,
    pub(super) is_first_contact_resolved: Option<bool>,
    pub(super) resolved_at: Option<NaiveDateTime>,
    pub(super) promised_at: Option<NaiveDate>,
    pub(super) fulfilled_at: Option<NaiveDateTime>,
    pub(super) handled_by: &'static str,
    pub(super) severity: Option<&'static str>,
}

/// Who looked after a customer from when to when.
#[derive(Clone, Debug, Serialize)]
pub(super) struct AccountOwner {
    pub(super) customer_id: CustomerId,
    pub(super) account_owner: &'static str,
    pub(super) from_at: NaiveDate,
    pub(super) to_at: Option<NaiveDate>,
}

/// One campaign sent to a customer, or opened or clicked by the customer.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Campaign {
    pub(super) customer_id: CustomerId,
    pub(super) at: NaiveDateTime,
    pub(super) channel: &'static str,
    pub(super) topic: &'static str,
    pub(super) kind: &'static str,
}

/// One customer asked to take part in a wave of the survey.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Invitation {
    pub(super) customer_id: CustomerId,
    pub(super) wave: &'static str,
    pub(super) invited_at: NaiveDateTime,
    pub(super) delivered_at: Option<NaiveDateTime>,
}

/// One change of a list price.
#[derive(Clone, Debug, Serialize)]
pub(super) struct PriceChange {
    pub(super) product_id: ProductId,
    pub(super) changed_at: NaiveDate,
    pub(super) old_price: Cents,
    pub(super) new_price: Cents,
}

/// What was the matter in a category from when to when.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Situation {
    pub(super) category: &'static str,
    pub(super) from_at: NaiveDate,
    pub(super) to_at: NaiveDate,
    pub(super) kind: &'static str,
}

/// What a topic of complaints stands for.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct ComplaintTopic {
    pub(super) topic: &'static str,
    pub(super) cause: &'static str,
}

/// What a reason of leaving stands for.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct CloseReason {
    pub(super) close_reason: &'static str,
    pub(super) cause: &'static str,
}
