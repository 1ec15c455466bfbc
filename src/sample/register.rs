//! What is on file about a customer.

use chrono::{Days, NaiveDate};

use super::answers::first_answer_day;
use super::calendar::{AS_OF_DATE, FIRST_DATE, date_of};
use super::dice::Dice;
use super::ids::{Cents, CustomerId};
use super::market::reason_of;
use super::plan::{Bond, Course, Departure, Exit, Incentive, LoyaltyType, Plan};
use super::profile::{Attitude, Behaviour, Profile};
use super::rows::{Customer, Transaction};

/// Earlier customers among whom somebody is looked for who may have referred this one.
const REFERRERS_WITHIN: u64 = 40;

/// The entry in the register, and the response weight of the age group: the young answer less often than they buy.
pub(super) fn entry(seed: u64, plan: &Plan, lines: &[Transaction], dice: &mut Dice) -> (Customer, Cents) {
    let (age_group, response_weight) =
        dice.pick(&[(22, ("18-29", 140)), (30, ("30-44", 110)), (28, ("45-59", 90)), (20, ("60+", 75))]);
    let is_person = !plan.person.is_intermediary;
    let referred_by_customer_id = if dice.chance(14) { referrer(seed, plan.number) } else { None };
    let heard_from = dice.pick(&[
        (22, Some("friend")),
        (8, Some("colleague")),
        (24, Some("advertising")),
        (20, Some("web search")),
        (16, Some("shop window")),
        (10, None),
    ]);
    let background = if is_person {
        dice.pick(&[(45, "household"), (25, "connoisseur"), (30, "office")])
    } else {
        dice.pick(&[(60, "café"), (40, "shop")])
    };
    let customer = Customer {
        customer_id: CustomerId(plan.number),
        customer_type: if is_person { "end" } else { "intermediary" },
        size: if plan.person.is_large { "large" } else { "small" },
        region: dice.pick(&[(30, "north"), (25, "south"), (25, "east"), (20, "west")]),
        age_group: is_person.then_some(age_group),
        background,
        heard_from: if referred_by_customer_id.is_some() { Some("friend") } else { heard_from },
        joined_at: joined_at(plan, lines, dice),
        referred_by_customer_id,
        contract_ends_at: contract_ends_at(plan, dice),
        competitors_available_count: competitors(plan, dice),
        paid_by: if is_paid_by_other(plan, dice) { "other" } else { "self" },
        may_contact: plan.person.may_contact,
        closed_at: plan.course.closed_day().map(date_of),
        close_reason: close_reason(&plan.course, dice),
    };
    (customer, Cents(if is_person { response_weight } else { 100 }))
}

/// An earlier customer to whom a referral makes no difference in what is planted.
fn referrer(seed: u64, number: u64) -> Option<CustomerId> {
    let earliest = number.saturating_sub(REFERRERS_WITHIN).max(1);
    (earliest..number).rev().find(|earlier| may_refer(&Plan::draw(seed, *earlier))).map(CustomerId)
}

/// Of the truly loyal those who recommend anyway; of others more, the better they think of the brand.
fn may_refer(plan: &Plan) -> bool {
    match plan.profile {
        Profile::Devoted => plan.loyalty == Some(LoyaltyType::Committed) && plan.number.is_multiple_of(2),
        Profile::Admirer => plan.number.is_multiple_of(2),
        Profile::SilentBuyer | Profile::RareAdmirer => plan.number.is_multiple_of(4),
        Profile::Captive => plan.number.is_multiple_of(6),
        Profile::Drifter => plan.number.is_multiple_of(12),
        _ => false,
    }
}

/// Only who is bound by a contract, and some who are content and stay, have one that is still running.
fn contract_ends_at(plan: &Plan, dice: &mut Dice) -> Option<NaiveDate> {
    let ends = AS_OF_DATE + Days::new(u64::from(dice.between(30, 700)));
    let is_content = plan.profile == Profile::Devoted && plan.person.is_large && plan.course == Course::Stays;
    let is_bound = plan.loyalty == Some(LoyaltyType::CostOfChange(Bond::Contract));
    (is_bound || (is_content && dice.chance(40))).then_some(ends)
}

/// Nobody but those whom that binds has no other to buy from, or is convinced anyway.
fn competitors(plan: &Plan, dice: &mut Dice) -> u32 {
    let some = dice.between(1, 3);
    let is_convinced = plan.profile.intention().1 == Attitude::High;
    match plan.loyalty {
        Some(LoyaltyType::Monopoly) => 0,
        _ if is_convinced && dice.chance(3) => 0,
        _ => some,
    }
}

fn is_paid_by_other(plan: &Plan, dice: &mut Dice) -> bool {
    let (behaviour, attitude) = plan.profile.intention();
    let is_harmless = behaviour != Behaviour::High || attitude != Attitude::Low;
    plan.loyalty == Some(LoyaltyType::Incentivised(Incentive::PaidByOther)) || (is_harmless && dice.chance(3))
}

/// What was said on closing: in the shop's words, or as the name of the cause.
fn close_reason(course: &Course, dice: &mut Dice) -> Option<&'static str> {
    let Course::Leaves { departure: Departure { exit, closed: Some(_) }, .. } = course else { return None };
    let is_in_words = dice.chance(75);
    Some(match exit {
        Exit::Natural if !is_in_words => "moved",
        _ if is_in_words => reason_of(exit.cause()),
        _ => exit.cause(),
    })
}

/// Long ago for those who bought before the data begin to tell, else shortly before the first order; before the first
/// answer in any case.
fn joined_at(plan: &Plan, lines: &[Transaction], dice: &mut Dice) -> NaiveDate {
    let first_order = lines.iter().map(|line| line.ordered_at.date()).min();
    let early = FIRST_DATE + Days::new(120);
    let (day, back) = match first_order {
        Some(date) if date >= early => (date, dice.between(0, 12)),
        Some(_) => (FIRST_DATE, dice.between(10, 2500)),
        None => (AS_OF_DATE, dice.between(10, 700)),
    };
    let joined = day - Days::new(u64::from(back));
    if plan.profile.intention().1 == Attitude::NeverAnswered {
        joined
    } else {
        joined.min(date_of(first_answer_day() - 10))
    }
}
