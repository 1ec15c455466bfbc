//! What one customer bought, of every brand.

use std::collections::BTreeMap;

use super::calendar::{LAST_DAY, WINDOW_START, date_of, time_of};
use super::catalogue::{CATEGORIES, OWN_BRAND, PRODUCTS_PER_CATEGORY, RIVAL_BRANDS, launch_day, list_price};
use super::dice::Dice;
use super::profile::{Behaviour, Habits, Profile};
use super::rows::{Cents, CustomerId, OrderId, ProductId, Transaction};

/// Days before the end within which newcomers joined.
const NEWCOMER_DAYS: u32 = 60;
/// Percent of the others that bought nothing before the window.
const NEW_IN_WINDOW_PERCENT: u32 = 12;
/// Fewest occasions of all brands that say anything about behaviour (`min_category_occasions`).
const FEWEST_OCCASIONS: usize = 3;

/// Who buys.
#[derive(Clone, Copy)]
pub(super) struct Buyer {
    /// Number of the customer, from 1.
    pub(super) number: u64,
    /// Kind of customer.
    pub(super) profile: Profile,
    /// Buys for others, in larger quantities.
    pub(super) is_intermediary: bool,
}

/// All lines of a buyer, whose behaviour in the window is as planted: purchases are drawn until they show it, which the
/// habits make likely at once.
pub(super) fn lines(buyer: Buyer, dice: &mut Dice) -> Vec<Transaction> {
    let (intended, _) = buyer.profile.intention();
    loop {
        let lines = draw(buyer, dice);
        if behaviour_of(&lines) == intended {
            return lines;
        }
    }
}

/// One order of a single line on a given day, for the planted dirty lines.
pub(super) fn stray_order(buyer: Buyer, order: u32, day: u32, dice: &mut Dice) -> Transaction {
    let mut basket = Basket::open(buyer, order, day, dice);
    let brand = if dice.chance(50) { OWN_BRAND } else { RIVAL_BRANDS[0] };
    basket.line(brand, &buyer.profile.habits(), dice)
}

/// What the lines of one customer within the window say, by the rule `share` with its default cut and minimum.
pub(super) fn behaviour_of(lines: &[Transaction]) -> Behaviour {
    let mut occasions: BTreeMap<(OrderId, &str, &str), i64> = BTreeMap::new();
    let window_start = date_of(WINDOW_START);
    for line in lines.iter().filter(|line| line.ordered_at.date() >= window_start) {
        *occasions.entry((line.order_id, line.brand, line.category)).or_default() += line.amount.0;
    }
    occasions.retain(|_, amount| *amount > 0);
    let own = || occasions.iter().filter(|((_, brand, _), _)| *brand == OWN_BRAND);
    let all_amount: i64 = occasions.values().sum();
    let own_amount: i64 = own().map(|(_, amount)| amount).sum();
    if occasions.len() < FEWEST_OCCASIONS {
        Behaviour::Insufficient
    } else if 2 * own().count() >= occasions.len() || 2 * own_amount >= all_amount {
        Behaviour::High
    } else {
        Behaviour::Low
    }
}

fn draw(buyer: Buyer, dice: &mut Dice) -> Vec<Transaction> {
    let habits = buyer.profile.habits();
    let is_new = dice.chance(NEW_IN_WINDOW_PERCENT) && buyer.profile != Profile::Lapsed;
    let before = if is_new { 0 } else { dice.between(habits.orders_before.0, habits.orders_before.1) };
    let within = dice.between(habits.orders_within.0, habits.orders_within.1);
    let start = if buyer.profile == Profile::Newcomer { LAST_DAY + 1 - NEWCOMER_DAYS } else { WINDOW_START };
    let days = spread(before, 0, WINDOW_START, dice).into_iter().chain(spread(within, start, LAST_DAY + 1, dice));

    let mut lines = Vec::new();
    for (order, day) in (1..).zip(days) {
        let own_percent = if day < WINDOW_START { habits.own_percent.0 } else { habits.own_percent.1 };
        let mut basket = Basket::open(buyer, order, day, dice);
        let mut brand = draw_brand(own_percent, dice);
        for _ in 0..dice.between(1, habits.most_lines) {
            // Most orders are of one brand.
            if dice.chance(10) {
                brand = draw_brand(own_percent, dice);
            }
            let line = basket.line(brand, &habits, dice);
            let return_day = day + dice.between(1, 6);
            let is_returned =
                dice.chance(2) && return_day <= LAST_DAY && (return_day < WINDOW_START) == (day < WINDOW_START);
            lines.push(line.clone());
            if is_returned {
                lines.push(basket.take_back(line, return_day, dice));
            }
        }
    }
    lines
}

/// `count` days from `first` up to but not `end`, at roughly even distances.
fn spread(count: u32, first: u32, end: u32, dice: &mut Dice) -> Vec<u32> {
    let span = end - first;
    (0..count).map(|index| first + index * span / count + dice.between(0, span / count - 1)).collect()
}

fn draw_brand(own_percent: u32, dice: &mut Dice) -> &'static str {
    if dice.chance(own_percent) { OWN_BRAND } else { dice.pick(&[(3, RIVAL_BRANDS[0]), (2, RIVAL_BRANDS[1])]) }
}

/// An order that is being filled.
struct Basket {
    buyer: Buyer,
    order_id: OrderId,
    day: u32,
    minute: u32,
    channel: &'static str,
    lines_count: u32,
}

impl Basket {
    fn open(buyer: Buyer, order: u32, day: u32, dice: &mut Dice) -> Self {
        Self {
            buyer,
            order_id: OrderId { customer: buyer.number, number: order },
            day,
            minute: dice.between(7 * 60, 22 * 60 - 1),
            channel: dice.pick(&[(25, "web"), (20, "app"), (55, "store")]),
            lines_count: 0,
        }
    }

    fn line(&mut self, brand: &'static str, habits: &Habits, dice: &mut Dice) -> Transaction {
        self.lines_count += 1;
        let is_own = brand == OWN_BRAND;
        let category = CATEGORIES[dice.pick(&[(5, 0_usize), (3, 1), (4, 2)])];
        let product_id = draw_product(brand, category, self.day, dice);
        let quantity = i64::from(if self.buyer.is_intermediary {
            dice.between(6, 18)
        } else {
            dice.pick(&[(70, 1_u32), (22, 2), (8, 3)])
        });
        let is_deal = dice.chance(if is_own { habits.deal_percent } else { 25 });
        let discount_percent = if is_deal { 5 * i64::from(dice.between(2, 6)) } else { 0 };
        let list_amount = Cents(list_price(product_id).0 * quantity);
        let is_online = self.channel != "store";
        let choice_seconds = dice.between(habits.choice_seconds.0, habits.choice_seconds.1);
        let promised = self.day + dice.between(2, 4);
        let delivered = promised + dice.pick(&[(70, 0), (18, 1), (8, 2), (4, 4)]);
        let is_sent = is_own && self.channel == "web";
        Transaction {
            customer_id: Some(CustomerId(self.buyer.number)),
            order_id: self.order_id,
            line_number: self.lines_count,
            ordered_at: time_of(self.day, self.minute),
            brand,
            category,
            product_id,
            quantity,
            amount: Cents(list_amount.0 * (100 - discount_percent) / 100),
            list_amount,
            is_deal,
            is_return: false,
            channel: self.channel,
            choice_seconds: (is_own && is_online).then_some(choice_seconds),
            promised_at: is_sent.then(|| date_of(promised)),
            delivered_at: (is_sent && delivered <= LAST_DAY).then(|| date_of(delivered)),
        }
    }

    /// The line that gives `line` back in full, some days later, in the same order.
    fn take_back(&mut self, line: Transaction, day: u32, dice: &mut Dice) -> Transaction {
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
}

fn draw_product(brand: &'static str, category: &'static str, day: u32, dice: &mut Dice) -> ProductId {
    let number = dice.between(1, PRODUCTS_PER_CATEGORY);
    let product = ProductId { brand, category, number };
    if launch_day(product).is_some_and(|launched| day < launched) {
        ProductId { number: 1, ..product }
    } else {
        product
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buyer(profile: Profile) -> Buyer {
        Buyer { number: 1, profile, is_intermediary: false }
    }

    #[test]
    fn half_of_the_occasions_is_high_and_two_occasions_are_too_few() {
        let mut dice = Dice::new(1, 1);
        let mut order = |brand: &'static str, number: u32| {
            Basket::open(buyer(Profile::Devoted), number, 500, &mut dice).line(
                brand,
                &Profile::Devoted.habits(),
                &mut Dice::new(2, u64::from(number)),
            )
        };
        let lines = [order("contoso", 1), order(OWN_BRAND, 2), order("contoso", 3), order(OWN_BRAND, 4)];
        assert_eq!(behaviour_of(&lines), Behaviour::High);
        assert_eq!(behaviour_of(&lines[..2]), Behaviour::Insufficient);
    }

    #[test]
    fn amounts_never_exceed_the_list_and_returns_are_negative_in_both() {
        let mut dice = Dice::new(3, 1);
        let all: Vec<Transaction> = (0..200).flat_map(|_| lines(buyer(Profile::Captive), &mut dice)).collect();
        assert!(
            all.iter().filter(|line| !line.is_return).all(|line| line.amount <= line.list_amount && line.quantity > 0)
        );
        let returns: Vec<&Transaction> = all.iter().filter(|line| line.is_return).collect();
        assert!(!returns.is_empty());
        assert!(returns.iter().all(|line| line.quantity < 0 && line.amount.0 < 0));
    }
}
