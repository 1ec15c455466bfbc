//! What one customer bought, of every brand.

use super::basket::Basket;
use super::calendar::{LAST_DAY, WINDOW_START};
use super::catalogue::{OWN_BRAND, RIVAL_BRANDS};
use super::dice::Dice;
use super::market::{STOCK_OUT, promoted_category};
use super::measures::Measures;
use super::plan::{Barrier, Course, Exit, LoyaltyType, Plan};
use super::profile::Profile;
use super::rows::Transaction;
use super::schedule::{Visit, visits};

/// All lines of a customer, which show what is planted: purchases are drawn until they clearly do.
pub(super) fn lines(plan: &Plan, dice: &mut Dice) -> Vec<Transaction> {
    loop {
        let lines = draw(plan, dice);
        if Measures::of(&lines).show(plan) {
            return lines;
        }
    }
}

/// One order of a single line on a given day, for the planted dirty lines.
pub(super) fn stray_order(plan: &Plan, order: u32, day: u32, dice: &mut Dice) -> Transaction {
    let channel = any_channel(dice);
    let mut basket = Basket::open(plan, order, day, channel, dice);
    let brand = if dice.chance(50) { OWN_BRAND } else { RIVAL_BRANDS[0] };
    basket.line(brand, any_category(dice), dice)
}

fn draw(plan: &Plan, dice: &mut Dice) -> Vec<Transaction> {
    let visits = visits(plan, dice);
    let tastes = Tastes::draw(plan, dice);
    let most_lines = plan.profile.habits().most_lines;
    let last = visits.last().map_or(0, |visit| visit.day);
    let mut lines = Vec::new();
    let mut rivals = 0;
    for (order, visit) in (1..).zip(visits) {
        let channel = tastes.channel.filter(|_| visit.is_own).unwrap_or_else(|| any_channel(dice));
        let mut basket = Basket::open(plan, order, visit.day, channel, dice);
        rivals += u32::from(!visit.is_own);
        for position in 0..dice.between(1, most_lines) {
            // Most orders are of one brand.
            let is_own = visit.is_own && (position == 0 || tastes.is_exclusive || !dice.chance(8));
            let brand = if is_own { OWN_BRAND } else { tastes.rival(rivals, dice) };
            let category = category(plan, visit, is_own, position, dice);
            let line = basket.line(brand, category, dice);
            let return_day = visit.day + dice.between(1, 6);
            let is_returned = dice.chance(2)
                && plan.course == Course::Stays
                && visit.day != last
                && (return_day < WINDOW_START) == (visit.day < WINDOW_START)
                && return_day <= LAST_DAY;
            lines.push(line.clone());
            if is_returned {
                lines.push(basket.take_back(line, return_day, dice));
            }
        }
    }
    lines
}

/// What a customer keeps to.
struct Tastes {
    /// The only channel of own orders.
    channel: Option<&'static str>,
    /// The only rival; both in turn where there is none and the profile asks for it.
    rival: Option<&'static str>,
    takes_turns: bool,
    /// Nothing of rivals in own orders.
    is_exclusive: bool,
}

impl Tastes {
    fn draw(plan: &Plan, dice: &mut Dice) -> Self {
        let is_latent = plan.profile == Profile::Admirer;
        // The last order of a habit that ends with a late delivery was sent, as all of it.
        let is_sent = plan.course.unsaid() == Some(Exit::LateDelivery);
        let channel = if is_sent { "web" } else { any_channel(dice) };
        let rival = any_rival(dice);
        Self {
            channel: (plan.loyalty == Some(LoyaltyType::Habitual)).then_some(channel),
            rival: plan.has_barrier(Barrier::Habit).then_some(rival),
            takes_turns: is_latent,
            is_exclusive: plan.loyalty == Some(LoyaltyType::Monopoly),
        }
    }

    fn rival(&self, count: u32, dice: &mut Dice) -> &'static str {
        match (self.rival, self.takes_turns) {
            (Some(rival), _) => rival,
            (None, true) => RIVAL_BRANDS[usize::from(!count.is_multiple_of(2))],
            (None, false) => any_rival(dice),
        }
    }
}

/// The category of a line: any, but for what the plan needs and what could not be had.
fn category(plan: &Plan, visit: Visit, is_own: bool, position: u32, dice: &mut Dice) -> &'static str {
    let drawn = any_category(dice);
    let needed = match (plan.course, plan.course.unsaid()) {
        // What the turmoil was about, and what is bought from rivals since, was bought here before.
        (Course::Leaves { stop, .. }, Some(Exit::Turbulence)) if visit.day == stop && is_own => Some("tea"),
        (Course::Leaves { stop, .. }, Some(Exit::Competitor)) if visit.day >= stop => Some("coffee"),
        _ => None,
    };
    let promoted = promoted_category(visit.day).filter(|_| !visit.is_own && position == 0 && dice.chance(60));
    let is_short = STOCK_OUT.holds(STOCK_OUT.category, visit.day);
    let is_missed = plan.has_barrier(Barrier::NoAvailability) && !visit.is_own && is_short;
    let is_avoided = is_own || plan.profile == Profile::Admirer;
    match needed {
        Some(category) if position == 0 => category,
        _ if is_missed && position == 0 => STOCK_OUT.category,
        _ if is_short && drawn == STOCK_OUT.category && is_avoided && !is_missed => "tea",
        _ => promoted.unwrap_or(drawn),
    }
}

fn any_category(dice: &mut Dice) -> &'static str {
    dice.pick(&[(5, "coffee"), (3, "tea"), (4, "chocolate")])
}

fn any_channel(dice: &mut Dice) -> &'static str {
    dice.pick(&[(25, "web"), (20, "app"), (55, "store")])
}

fn any_rival(dice: &mut Dice) -> &'static str {
    dice.pick(&[(3, RIVAL_BRANDS[0]), (2, RIVAL_BRANDS[1])])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::dice::Matter;

    #[test]
    fn amounts_never_exceed_the_list_and_returns_are_negative_in_both() {
        let mut dice = Dice::new(3, 1, Matter::Purchases);
        let plans = (1..).map(|number| Plan::draw(3, number)).filter(|plan| plan.course == Course::Stays);
        let all: Vec<Transaction> = plans.take(200).flat_map(|plan| lines(&plan, &mut dice)).collect();
        assert!(
            all.iter().filter(|line| !line.is_return).all(|line| line.amount <= line.list_amount && line.quantity > 0)
        );
        let returns: Vec<&Transaction> = all.iter().filter(|line| line.is_return).collect();
        assert!(!returns.is_empty());
        assert!(returns.iter().all(|line| line.quantity < 0 && line.amount.0 < 0));
    }

    #[test]
    fn with_a_card_some_products_always_cost_less_and_that_is_no_deal() {
        use crate::sample::rows::DealKind;
        let mut dice = Dice::new(3, 1, Matter::Purchases);
        let all: Vec<Transaction> = (1..100).flat_map(|number| lines(&Plan::draw(3, number), &mut dice)).collect();
        let kinds = [DealKind::ShelfCard, DealKind::Promotion, DealKind::Coupon];
        assert!(kinds.iter().all(|kind| all.iter().any(|line| line.deal_kind == Some(*kind))), "every kind occurs");
        for line in all.iter().filter(|line| !line.is_real_deal()) {
            let is_cheaper = line.product_id.number == 2;
            assert_eq!(line.deal_kind, is_cheaper.then_some(DealKind::ShelfCard));
            assert_eq!(line.is_deal, is_cheaper);
            assert_eq!(line.amount == line.list_amount, !is_cheaper);
            assert_eq!(line.clone().without_card().amount, line.list_amount);
        }
    }

    /// A plan that purchases can hardly show would keep the generator busy for ever.
    #[test]
    fn every_plan_is_soon_shown() {
        for plan in (1..4000).map(|number| Plan::draw(11, number)) {
            let mut dice = Dice::new(11, plan.number, Matter::Purchases);
            let is_shown = (0..2000).any(|_| Measures::of(&draw(&plan, &mut dice)).show(&plan));
            assert!(is_shown, "{plan:?}");
        }
    }

    #[test]
    fn the_new_products_are_bought_only_after_their_launch() {
        let mut dice = Dice::new(3, 1, Matter::Purchases);
        let all: Vec<Transaction> = (1..100).flat_map(|number| lines(&Plan::draw(3, number), &mut dice)).collect();
        let launched = |line: &Transaction| crate::sample::catalogue::launch_day(line.product_id);
        assert!(all.iter().any(|line| launched(line).is_some()));
        assert!(all.iter().all(|line| {
            launched(line).is_none_or(|day| line.ordered_at.date() >= crate::sample::calendar::date_of(day))
        }));
    }
}
