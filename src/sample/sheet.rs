//! A questionnaire that is being filled in.

use chrono::NaiveDate;

use super::answers::{Answer, Answers, Response};
use super::calendar::{WAVES, date_of, time_of};
use super::catalogue::RIVAL_BRANDS;
use super::dice::Dice;
use super::ids::{Cents, ContactId, CustomerId, OrderId, ResponseId};
use super::items::{ITEMS, Side};
use super::profile::Behaviour;
use super::rows::{SurveyAnswer, Transaction};
use super::service_rows::Contact;

/// Days before the answer within which an order or a contact is still what the answer is about.
const RECENT_DAYS: u64 = 90;

/// One sheet, before its scores.
pub(super) struct Sheet {
    pub(super) response_id: ResponseId,
    pub(super) customer_id: Option<CustomerId>,
    /// Place in [`WAVES`].
    pub(super) wave: usize,
    pub(super) day: u32,
    pub(super) weight: Cents,
    pub(super) subject: Subject,
    /// What the customer does and thinks, where rivals are asked about, too.
    pub(super) compares: Option<(Behaviour, Side)>,
}

/// What a response is about.
#[derive(Clone, Copy, Default)]
pub(super) struct Subject {
    order_id: Option<OrderId>,
    contact_id: Option<ContactId>,
    /// The order came late, or the contact was a complaint or an incident.
    pub(super) is_let_down: bool,
    /// The customer was passed on or had to repeat, twice or more.
    pub(super) had_effort: bool,
}

impl Subject {
    /// The latest delivered own order and the latest contact shortly before a day.
    pub(super) fn before(day: u32, lines: &[Transaction], contacts: &[Contact]) -> Self {
        let end = date_of(day);
        let is_recent = |date: NaiveDate| date < end && date + chrono::Days::new(RECENT_DAYS) >= end;
        let order = lines
            .iter()
            .filter_map(|line| Some((line.delivered_at?, line)))
            .filter(|(delivered, _)| is_recent(*delivered))
            .max_by_key(|(delivered, line)| (*delivered, line.order_id));
        let contact = contacts
            .iter()
            .filter(|contact| ["enquiry", "complaint", "extra_request", "incident"].contains(&contact.kind))
            .filter(|contact| is_recent(contact.at.date()))
            .max_by_key(|contact| contact.at);
        let is_trouble = contact.is_some_and(|contact| ["complaint", "incident"].contains(&contact.kind));
        Self {
            order_id: order.map(|(_, line)| line.order_id),
            contact_id: contact.map(|contact| contact.contact_id),
            had_effort: contact.is_some_and(|contact| contact.transfers_count + contact.repeats_count >= 2),
            is_let_down: is_trouble || order.is_some_and(|(_, line)| line.is_late()),
        }
    }
}

impl Sheet {
    pub(super) fn fill(&self, answers: &Answers, dice: &mut Dice) -> Response {
        let blank = SurveyAnswer {
            response_id: self.response_id,
            customer_id: self.customer_id,
            answered_at: time_of(self.day, dice.between(8 * 60, 21 * 60)),
            wave: WAVES[self.wave].name,
            channel: dice.pick(&[(50, "web"), (35, "app"), (15, "store")]),
            response_weight: self.weight,
            brand: None,
            order_id: None,
            contact_id: None,
            item_id: "",
            score: 0,
        };
        let scored = ITEMS.iter().zip(answers).filter_map(|(item, answer)| {
            let score = match answer {
                Answer::Score(score) => *score,
                Answer::DoNotKnow => item.missing_code,
                Answer::LeftOut => return None,
            };
            Some(SurveyAnswer {
                item_id: item.id,
                score,
                // Said once; it holds for the whole sheet.
                order_id: self.subject.order_id.filter(|_| item.id == "satisfaction"),
                contact_id: self.subject.contact_id.filter(|_| item.id == "ease"),
                ..blank.clone()
            })
        });
        let mut written: Vec<SurveyAnswer> = scored.collect();
        if let Some((behaviour, side)) = self.compares {
            written.extend(comparison(behaviour, side, &blank, dice));
        }
        let is_incomplete =
            ITEMS.iter().zip(answers).any(|(item, answer)| item.weight > 0 && !matches!(answer, Answer::Score(_)));
        Response { wave: self.wave, answers: written, is_incomplete }
    }
}

/// What is asked of each brand: the last ten purchases, the order of the brands in use, and satisfaction with rivals. The
/// own brand goes without a name.
fn comparison(behaviour: Behaviour, side: Side, blank: &SurveyAnswer, dice: &mut Dice) -> Vec<SurveyAnswer> {
    let is_own_first = behaviour == Behaviour::High;
    let own = if is_own_first { dice.between(5, 10) } else { dice.between(1, 4) };
    let first = dice.between((10 - own).div_ceil(2), 10 - own);
    let (main, other) = dice.pick(&[(3, (0, 1)), (2, (1, 0))]);
    let (main, other) = (Some(RIVAL_BRANDS[main]), Some(RIVAL_BRANDS[other]));
    let mut bought = [(None, own), (main, first), (other, 10 - own - first)];
    // The most bought comes first; of equals the own brand.
    bought.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut rows = Vec::new();
    for (rank, (brand, count)) in (1..).zip(bought).filter(|(_, (_, count))| *count > 0) {
        rows.push((brand, "wallet_declared", count));
        rows.push((brand, "brand_rank", rank));
    }
    for rival in [main, other] {
        let satisfaction = match side {
            Side::High => dice.pick(&[(20, 2), (45, 3), (35, 4)]),
            Side::Low => dice.pick(&[(20, 3), (50, 4), (30, 5)]),
        };
        rows.push((rival, "satisfaction", satisfaction));
    }
    rows.into_iter().map(|(brand, item_id, score)| SurveyAnswer { brand, item_id, score, ..blank.clone() }).collect()
}
