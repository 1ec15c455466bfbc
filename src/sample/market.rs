//! What concerns everybody: situations in the market, and the mappings of reasons.

use super::calendar::{WINDOW_START, date_of};
use super::service_rows::{CloseReason, ComplaintTopic, Situation};

/// First and last day of something in one category.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spell {
    pub(super) category: &'static str,
    pub(super) from: u32,
    pub(super) to: u32,
}

impl Spell {
    /// Whether it was on.
    pub(super) fn holds(self, category: &str, day: u32) -> bool {
        self.category == category && (self.from..=self.to).contains(&day)
    }
}

/// The own brand could not be had, June 2026.
pub(super) const STOCK_OUT: Spell = Spell { category: "chocolate", from: WINDOW_START + 195, to: WINDOW_START + 212 };
/// The own brand moved its warehouse, January and February 2026. Who left at that time did so because of it, unless
/// something else is on file, so whoever leaves for another reason that hits everybody leaves months later.
pub(super) const TURBULENCE: Spell = Spell { category: "tea", from: WINDOW_START + 55, to: WINDOW_START + 65 };
/// Rivals sold below their usual prices.
const RIVAL_PROMOTIONS: [Spell; 2] = [
    Spell { category: "coffee", from: WINDOW_START + 85, to: WINDOW_START + 105 },
    Spell { category: "tea", from: WINDOW_START + 275, to: WINDOW_START + 295 },
];

/// The category in which rivals sold below their usual prices on a day.
pub(super) fn promoted_category(day: u32) -> Option<&'static str> {
    RIVAL_PROMOTIONS.iter().find(|spell| spell.holds(spell.category, day)).map(|spell| spell.category)
}

/// All situations in the order of the file.
pub(super) fn situations() -> impl Iterator<Item = Situation> {
    let kinds = [("vendor_turbulence", TURBULENCE), ("stock_out", STOCK_OUT)];
    let promotions = RIVAL_PROMOTIONS.map(|spell| ("rival_promotion", spell));
    kinds.into_iter().chain(promotions).map(|(kind, spell)| Situation {
        category: spell.category,
        from_at: date_of(spell.from),
        to_at: date_of(spell.to),
        kind,
    })
}

/// How the service desk files complaints, with the cause behind each topic.
pub(super) const COMPLAINT_TOPICS: [ComplaintTopic; 8] = [
    ComplaintTopic { topic: "call back never came", cause: "broken_promise" },
    ComplaintTopic { topic: "unfriendly staff", cause: "arrogance" },
    ComplaintTopic { topic: "long wait", cause: "waiting" },
    ComplaintTopic { topic: "sent from desk to desk", cause: "passing_the_buck" },
    ComplaintTopic { topic: "price on the shelf was lower", cause: "price" },
    ComplaintTopic { topic: "not as described", cause: "standard" },
    ComplaintTopic { topic: "voucher refused", cause: "campaign" },
    ComplaintTopic { topic: "order took too long", cause: "efficiency" },
];

/// What customers say when they close their account, with the cause behind it.
pub(super) const CLOSE_REASONS: [CloseReason; 9] = [
    CloseReason { close_reason: "my adviser is gone", cause: "staff_turnover" },
    CloseReason { close_reason: "found something better", cause: "competitor" },
    CloseReason { close_reason: "too much changes with you", cause: "vendor_turbulence" },
    CloseReason { close_reason: "nobody took care of it", cause: "neglected_details" },
    CloseReason { close_reason: "you do not keep your word", cause: "broken_promises" },
    CloseReason { close_reason: "treated from above", cause: "overbearing_vendor" },
    CloseReason { close_reason: "others are served first", cause: "unequal_treatment" },
    CloseReason { close_reason: "gave up coffee", cause: "natural" },
    CloseReason { close_reason: "too expensive for me", cause: "price" },
];

/// The topic under which the service desk files complaints of a cause.
pub(super) fn topic_of(cause: &str) -> &'static str {
    COMPLAINT_TOPICS.iter().find(|topic| topic.cause == cause).map_or("other", |topic| topic.topic)
}

/// What customers say whose account was closed for a cause.
pub(super) fn reason_of(cause: &str) -> &'static str {
    CLOSE_REASONS.iter().find(|reason| reason.cause == cause).map_or("closed", |reason| reason.close_reason)
}
