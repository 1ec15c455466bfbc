//! One order while it is being filled.

use super::calendar::{LAST_DAY, date_of, time_of};
use super::catalogue::{OWN_BRAND, card_percent, draw_product, launch_day, list_price};
use super::dice::Dice;
use super::ids::{Cents, CustomerId, OrderId, ProductId};
use super::market::promoted_category;
use super::plan::{Barrier, Course, Exit, Incentive, LoyaltyType, Plan, Volume};
use super::profile::{Attitude, Profile};
use super::rows::{DealKind, Transaction};

/// Days before the last own order of somebody who leaves from which deliveries are as the plan wants them.
const WATCHED_DAYS: u32 = 100;

/// An order that is being filled.
pub(super) struct Basket<'a> {
    plan: &'a Plan,
    order_id: OrderId,
    day: u32,
    minute: u32,
    channel: &'static str,
    lines_count: u32,
    promised: u32,
    delivered: u32,
}

impl<'a> Basket<'a> {
    pub(super) fn open(plan: &'a Plan, order: u32, day: u32, channel: &'static str, dice: &mut Dice) -> Self {
        let minute = dice.between(7 * 60, 22 * 60 - 1);
        let promised = day + dice.between(2, 4);
        let (channel, delay) = delivery(plan, day, channel, dice);
        let order_id = OrderId { customer: plan.number, number: order };
        Self { plan, order_id, day, minute, channel, lines_count: 0, promised, delivered: promised + delay }
    }

    pub(super) fn line(&mut self, brand: &'static str, category: &'static str, dice: &mut Dice) -> Transaction {
        self.lines_count += 1;
        let is_own = brand == OWN_BRAND;
        let product_id = self.product(brand, category, dice);
        let is_promoted = !is_own && promoted_category(self.day) == Some(category);
        let is_deal =
            dice.chance(if is_own { own_deal_percent(self.plan) } else { rival_deal_percent(self.plan, is_promoted) });
        let quantity = i64::from(quantity(self.plan.person.volume, is_deal, dice));
        let card_percent = card_percent(product_id);
        let discount_percent = if is_deal { 5 * i64::from(dice.between(2, 6)) } else { card_percent };
        let deal_kind = match (is_deal, card_percent) {
            (true, _) if is_promoted || self.channel == "store" => Some(DealKind::Promotion),
            (true, _) => Some(DealKind::Coupon),
            (false, 0) => None,
            (false, _) => Some(DealKind::ShelfCard),
        };
        let list_amount = Cents(list_price(product_id, self.day).0 * quantity);
        let (fast, slow) = self.plan.profile.habits().choice_seconds;
        let choice_seconds = dice.between(fast, slow);
        let is_sent = is_own && self.channel == "web";
        Transaction {
            customer_id: Some(CustomerId(self.plan.number)),
            order_id: self.order_id,
            line_number: self.lines_count,
            ordered_at: time_of(self.day, self.minute),
            brand,
            category,
            product_id,
            quantity,
            amount: Cents(list_amount.0 * (100 - discount_percent) / 100),
            list_amount,
            is_deal: deal_kind.is_some(),
            deal_kind,
            is_return: false,
            channel: self.channel,
            choice_seconds: (is_own && self.channel != "store").then_some(choice_seconds),
            promised_at: is_sent.then(|| date_of(self.promised)),
            delivered_at: (is_sent && self.delivered <= LAST_DAY).then(|| date_of(self.delivered)),
        }
    }

    /// The line that gives `line` back in full, some days later, in the same order.
    pub(super) fn take_back(&mut self, line: Transaction, day: u32, dice: &mut Dice) -> Transaction {
        self.lines_count += 1;
        Transaction {
            line_number: self.lines_count,
            ordered_at: time_of(day, dice.between(9 * 60, 18 * 60)),
            quantity: -line.quantity,
            amount: Cents(-line.amount.0),
            list_amount: Cents(-line.list_amount.0),
            is_return: true,
            choice_seconds: None,
            promised_at: None,
            delivered_at: None,
            ..line
        }
    }

    /// Any product; of the new own ones only where the customer tries what is new.
    fn product(&self, brand: &'static str, category: &'static str, dice: &mut Dice) -> ProductId {
        let product = draw_product(brand, category, self.day, dice);
        let is_refused = self.plan.profile == Profile::Devoted && !self.plan.tries_new;
        if is_refused && launch_day(product).is_some() { ProductId { number: 1, ..product } } else { product }
    }
}

/// Channel and days of delay of an order. Of somebody who leaves, the last own orders are late only where that is why.
fn delivery(plan: &Plan, day: u32, channel: &'static str, dice: &mut Dice) -> (&'static str, u32) {
    let delay = dice.pick(&[(74, 0), (16, 1), (7, 2), (3, 4)]);
    let Course::Leaves { stop, .. } = plan.course else { return (channel, delay) };
    match plan.course.unsaid() {
        // What was late must have been sent.
        Some(Exit::LateDelivery) if day == stop => ("web", dice.between(2, 6)),
        _ if day + WATCHED_DAYS >= stop => (channel, 0),
        _ => (channel, delay),
    }
}

fn own_deal_percent(plan: &Plan) -> u32 {
    match (plan.loyalty, plan.profile) {
        (Some(LoyaltyType::Incentivised(Incentive::Deals)), _) => 86,
        (_, Profile::Devoted) => 10,
        _ if plan.profile.intention().1 == Attitude::Low => 18,
        _ => 22,
    }
}

fn rival_deal_percent(plan: &Plan, is_promoted: bool) -> u32 {
    match plan.profile {
        Profile::Admirer if plan.has_barrier(Barrier::PromotionsTaken) => 85,
        Profile::Admirer => 14,
        _ if is_promoted => 75,
        _ => 25,
    }
}

/// Units of a line; a good offer is stocked up on.
fn quantity(volume: Volume, is_deal: bool, dice: &mut Dice) -> u32 {
    match volume {
        Volume::Household if is_deal => dice.pick(&[(50, 1), (34, 2), (16, 3)]),
        Volume::Household => dice.pick(&[(74, 1), (20, 2), (6, 3)]),
        Volume::Office => dice.between(3, 6),
        Volume::Trade => dice.between(6, 18),
        Volume::Bulk => dice.between(30, 60),
    }
}
