//! One customer with everything that belongs to them, and the dirty lines planted beside them.

use super::answers::{self, Response};
use super::calendar::LAST_DAY;
use super::contacts;
use super::dice::{Dice, Matter};
use super::plan::Plan;
use super::purchases;
use super::register;
use super::rows::{Customer, Transaction};
use super::service_rows::{AccountOwner, Campaign, Contact, Invitation};
use super::touches;

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
    pub(super) plan: Plan,
    pub(super) customer: Customer,
    pub(super) lines: Vec<Transaction>,
    pub(super) responses: Vec<Response>,
    pub(super) contacts: Vec<Contact>,
    pub(super) account_owners: Vec<AccountOwner>,
    pub(super) campaigns: Vec<Campaign>,
    pub(super) invitations: Vec<Invitation>,
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
        let plan = Plan::draw(seed, number);
        let dice = |matter| Dice::new(seed, number, matter);
        let mut purchase_dice = dice(Matter::Purchases);
        let mut lines = purchases::lines(&plan, &mut purchase_dice);
        let (customer, response_weight) = register::entry(seed, &plan, &lines, &mut dice(Matter::Register));
        let mut answer_dice = dice(Matter::Answers);
        let contacts = contacts::of_customer(&plan, customer.joined_at, &mut dice(Matter::Contacts));
        let mut responses = answers::of_customer(&plan, &lines, &contacts, response_weight, &mut answer_dice);
        let mut touch_dice = dice(Matter::Touches);
        let account_owners = touches::account_owners(&plan, customer.joined_at, &mut touch_dice);
        let sent = touches::campaigns(&plan, customer.joined_at, &mut touch_dice);
        let campaigns = touches::with_openings(&plan, sent, &mut dice(Matter::Openings));
        let invitations = touches::invitations(&plan, customer.joined_at, &responses, &mut touch_dice);
        if number % EVERY_ANONYMOUS == 5 {
            responses.push(answers::anonymous(&plan, &mut answer_dice));
        }
        let dirt = soil(&plan, &mut lines, &mut purchase_dice);
        Self { plan, customer, lines, responses, contacts, account_owners, campaigns, invitations, dirt }
    }
}

/// Adds the lines that a pipeline must leave out.
fn soil(plan: &Plan, lines: &mut Vec<Transaction>, dice: &mut Dice) -> Dirt {
    let mut dirt = Dirt::default();
    if plan.number % EVERY_DUPLICATE == 1
        && let Some(last) = lines.last().cloned()
    {
        lines.push(last);
        dirt.duplicates += 1;
    }
    if plan.number % EVERY_GUEST == 2 {
        let day = dice.between(0, LAST_DAY);
        lines.push(purchases::stray_order(plan, GUEST_ORDER, day, dice).without_card());
        dirt.without_customer += 1;
    }
    if plan.number % EVERY_FUTURE == 3 {
        let day = LAST_DAY + dice.between(1, 5);
        lines.push(purchases::stray_order(plan, FUTURE_ORDER, day, dice));
        dirt.after_as_of_date += 1;
    }
    dirt
}
