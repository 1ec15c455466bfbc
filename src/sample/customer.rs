//! One customer with everything that belongs to them, and the dirty lines planted beside them.

use chrono::{Days, NaiveDate};

use super::answers::{self, Response};
use super::calendar::{AS_OF_DATE, FIRST_DATE, LAST_DAY};
use super::dice::Dice;
use super::profile::Profile;
use super::purchases::{self, Buyer};
use super::rows::{Cents, Customer, CustomerId, Transaction};

/// One customer in so many repeats their last line.
const EVERY_DUPLICATE: u64 = 167;
/// After one customer in so many comes an order without a customer.
const EVERY_GUEST: u64 = 211;
/// One customer in so many has an order after the as_of_date.
const EVERY_FUTURE: u64 = 251;
/// Beside one customer in so many stands an anonymous response.
const EVERY_ANONYMOUS: u64 = 12;
/// Order numbers of planted lines, above those of any customer.
const GUEST_ORDER: u32 = 900;
const FUTURE_ORDER: u32 = 901;

/// All rows of one customer.
pub(super) struct Generated {
    pub(super) profile: Profile,
    pub(super) customer: Customer,
    pub(super) lines: Vec<Transaction>,
    pub(super) responses: Vec<Response>,
    pub(super) dirt: Dirt,
}

/// Lines among those of a customer that a pipeline must leave out.
#[derive(Clone, Copy, Default)]
pub(super) struct Dirt {
    pub(super) without_customer: u64,
    pub(super) duplicates: u64,
    pub(super) after_as_of_date: u64,
}

impl Generated {
    /// Customer `number`, counted from 1, of the sample of `seed`.
    pub(super) fn new(seed: u64, number: u64) -> Self {
        let mut dice = Dice::new(seed, number);
        let profile = Profile::draw(&mut dice);
        let is_intermediary = dice.chance(4);
        let buyer = Buyer { number, profile, is_intermediary };
        let mut lines = purchases::lines(buyer, &mut dice);
        let (customer, response_weight) = describe(buyer, &lines, &mut dice);
        let (_, attitude) = profile.intention();
        let mut responses = answers::of_customer(number, attitude, response_weight, &mut dice);
        if number % EVERY_ANONYMOUS == 5 {
            responses.push(answers::anonymous(number, &mut dice));
        }
        let dirt = soil(buyer, &mut lines, &mut dice);
        Self { profile, customer, lines, responses, dirt }
    }
}

/// What is on file, and the response weight of the age group: the young answer less often than they buy.
fn describe(buyer: Buyer, lines: &[Transaction], dice: &mut Dice) -> (Customer, Cents) {
    let (age_group, response_weight) =
        dice.pick(&[(22, ("18-29", 140)), (30, ("30-44", 110)), (28, ("45-59", 90)), (20, ("60+", 75))]);
    let is_person = !buyer.is_intermediary;
    let is_captive = buyer.profile == Profile::Captive;
    let customer = Customer {
        customer_id: CustomerId(buyer.number),
        customer_type: if is_person { "end" } else { "intermediary" },
        size: if dice.chance(if is_person { 15 } else { 45 }) { "large" } else { "small" },
        region: dice.pick(&[(30, "north"), (25, "south"), (25, "east"), (20, "west")]),
        age_group: is_person.then_some(age_group),
        joined_at: joined_at(lines, dice),
        competitors_available_count: if dice.chance(if is_captive { 40 } else { 4 }) { 0 } else { dice.between(1, 3) },
        paid_by: if dice.chance(if is_captive { 12 } else { 3 }) { "other" } else { "self" },
        may_contact: dice.chance(85),
    };
    (customer, Cents(if is_person { response_weight } else { 100 }))
}

/// Long ago for those who bought before the data begin to tell, else shortly before the first order.
fn joined_at(lines: &[Transaction], dice: &mut Dice) -> NaiveDate {
    let first_order = lines.iter().map(|line| line.ordered_at.date()).min();
    let early = FIRST_DATE + Days::new(120);
    let (day, back) = match first_order {
        Some(date) if date >= early => (date, dice.between(0, 12)),
        Some(_) => (FIRST_DATE, dice.between(10, 2500)),
        None => (AS_OF_DATE, dice.between(10, 700)),
    };
    day - Days::new(u64::from(back))
}

/// Adds the lines that a pipeline must leave out.
fn soil(buyer: Buyer, lines: &mut Vec<Transaction>, dice: &mut Dice) -> Dirt {
    let mut dirt = Dirt::default();
    if buyer.number % EVERY_DUPLICATE == 1
        && let Some(last) = lines.last().cloned()
    {
        lines.push(last);
        dirt.duplicates += 1;
    }
    if buyer.number % EVERY_GUEST == 2 {
        let day = dice.between(0, LAST_DAY);
        lines.push(Transaction { customer_id: None, ..purchases::stray_order(buyer, GUEST_ORDER, day, dice) });
        dirt.without_customer += 1;
    }
    if buyer.number % EVERY_FUTURE == 3 {
        let day = LAST_DAY + dice.between(1, 5);
        lines.push(purchases::stray_order(buyer, FUTURE_ORDER, day, dice));
        dirt.after_as_of_date += 1;
    }
    dirt
}
