//! On which days a customer orders, and whether from the own brand.

use super::answers::first_answer_day;
use super::calendar::{LAST_DAY, WINDOW_START};
use super::dice::Dice;
use super::market::{STOCK_OUT, promoted_category};
use super::plan::{Barrier, Course, Exit, LoyaltyType, Plan, RIVAL_ORDERS_AFTER};
use super::profile::{Attitude, Behaviour, Habits, Profile};

/// Days before the end within which newcomers joined.
const NEWCOMER_DAYS: u32 = 60;
/// Percent of the others that bought nothing before the window.
const NEW_IN_WINDOW_PERCENT: u32 = 16;
/// Days within which somebody who stays has bought the own brand: well below `inactivity_days`, 90.
const RECENT_DAYS: u32 = 80;

/// A day with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Visit {
    /// Day of the order.
    pub(super) day: u32,
    /// Whether it is an order of the own brand.
    pub(super) is_own: bool,
}

/// The visits of a customer by day.
pub(super) fn visits(plan: &Plan, dice: &mut Dice) -> Vec<Visit> {
    let habits = plan.profile.habits();
    let mut visits = match plan.course {
        Course::Stays if plan.loyalty == Some(LoyaltyType::Habitual) => regular(&habits, dice),
        Course::Stays => staying(plan, &habits, dice),
        Course::Overdue => overdue(plan, &habits, dice),
        Course::Leaves { stop, .. } => leaving(plan, &habits, stop, dice),
        Course::LeftEarlier { stop } => gone_before(&habits, stop, dice),
        Course::Never => never(&habits, dice),
    };
    if plan.has_barrier(Barrier::NoAvailability) {
        visits.push(rival(dice.between(STOCK_OUT.from, STOCK_OUT.to)));
    }
    visits.sort_unstable();
    visits
}

fn own(day: u32) -> Visit {
    Visit { day, is_own: true }
}

fn rival(day: u32) -> Visit {
    Visit { day, is_own: false }
}

/// Visits of the year before the window.
fn year_before(habits: &Habits, dice: &mut Dice) -> Vec<Visit> {
    let days = spread(draw(habits.orders_before, dice), 0, WINDOW_START, dice);
    days.into_iter().map(|day| Visit { day, is_own: dice.chance(habits.own_percent.0) }).collect()
}

fn staying(plan: &Plan, habits: &Habits, dice: &mut Dice) -> Vec<Visit> {
    let may_be_new = plan.profile != Profile::Newcomer && plan.complaint.is_none();
    let is_new = may_be_new && dice.chance(NEW_IN_WINDOW_PERCENT);
    let start = match plan.profile.intention() {
        _ if plan.profile == Profile::Newcomer => LAST_DAY + 1 - NEWCOMER_DAYS,
        _ if !is_new => WINDOW_START,
        // Who answered was there in time for the first wave.
        (_, Attitude::NeverAnswered) => dice.between(WINDOW_START, LAST_DAY - 150),
        _ => dice.between(WINDOW_START, first_answer_day() - 10),
    };
    let mut visits = if is_new { Vec::new() } else { year_before(habits, dice) };
    let count = draw(habits.orders_within, dice).max(1);
    // Who has no other to buy from does not.
    let own_percent = if plan.loyalty == Some(LoyaltyType::Monopoly) { 100 } else { habits.own_percent.1 };
    let mut within: Vec<Visit> = spread(count, start, LAST_DAY + 1, dice)
        .into_iter()
        .map(|day| Visit { day, is_own: dice.chance(own_percent) && !is_tempted(plan, day, dice) })
        .collect();
    if !within.iter().any(|visit| visit.is_own && visit.day + RECENT_DAYS >= LAST_DAY) {
        // Who buys rarely has no order more.
        if count <= 2 {
            within.pop();
        }
        within.push(own(LAST_DAY - dice.between(2, RECENT_DAYS.min(LAST_DAY - start))));
    }
    visits.append(&mut within);
    visits
}

/// Whether a rival's promotion wins an order; not of the truly loyal, nor of those who have no rival.
fn is_tempted(plan: &Plan, day: u32, dice: &mut Dice) -> bool {
    let is_immune = plan.profile == Profile::Devoted || plan.loyalty == Some(LoyaltyType::Monopoly);
    promoted_category(day).is_some() && !is_immune && dice.chance(55)
}

/// Own orders at even distances; now and then a rival's.
fn regular(habits: &Habits, dice: &mut Dice) -> Vec<Visit> {
    let mut visits = year_before(habits, dice);
    let count = draw(habits.orders_within, dice).max(6);
    let step = (LAST_DAY - WINDOW_START) / count;
    let last = LAST_DAY - dice.between(4, step * 2 / 3);
    visits.extend(backwards(last, step, count, dice).map(own));
    visits.extend((0..dice.between(0, 2)).map(|_| rival(dice.between(WINDOW_START, LAST_DAY - 1))));
    visits
}

fn overdue(plan: &Plan, habits: &Habits, dice: &mut Dice) -> Vec<Visit> {
    let mut visits = year_before(habits, dice);
    let last = LAST_DAY - dice.between(62, 80);
    let step = dice.between(14, 20);
    let count = draw(habits.orders_within, dice).clamp(5, 10);
    let days: Vec<u32> = backwards(last, step, count, dice).collect();
    visits.extend(once_in_a_while(plan, &days, dice));
    visits.extend(days.into_iter().map(own));
    visits.extend((0..dice.between(0, 2)).map(|_| rival(dice.between(WINDOW_START, LAST_DAY - 1))));
    visits
}

/// Own orders of the window before those on `days`, latest first, that come often: too few to move the median gap, and
/// none where all must be alike.
fn once_in_a_while(plan: &Plan, days: &[u32], dice: &mut Dice) -> Vec<Visit> {
    let mut day = days.last().copied().unwrap_or(0);
    let mut visits = Vec::new();
    if plan.loyalty == Some(LoyaltyType::Habitual) {
        return visits;
    }
    for _ in 0..days.len() / 3 {
        let gap = dice.between(30, 60);
        if day < WINDOW_START + gap {
            break;
        }
        day -= gap;
        visits.push(own(day));
    }
    visits
}

fn leaving(plan: &Plan, habits: &Habits, stop: u32, dice: &mut Dice) -> Vec<Visit> {
    let (behaviour, _) = plan.profile.intention();
    let mut visits = Vec::new();
    let first_own = match behaviour {
        Behaviour::High => {
            let step = dice.between(15, 28);
            let room = (stop - WINDOW_START) / step;
            let count = draw(habits.orders_within, dice).min(room.max(3)).max(5.min(room));
            let days: Vec<u32> = backwards(stop, step, count, dice).collect();
            let first = days.last().copied().unwrap_or(stop);
            visits.extend(once_in_a_while(plan, &days, dice));
            visits.extend(days.into_iter().map(own));
            first
        }
        Behaviour::Insufficient if stop < WINDOW_START => {
            let days: Vec<u32> = backwards(stop, dice.between(20, 40), dice.between(3, 6), dice).collect();
            visits.extend(days.iter().copied().map(own));
            days.last().copied().unwrap_or(stop)
        }
        _ => {
            visits.push(own(stop));
            let earlier = stop - dice.between(15, 38);
            if behaviour == Behaviour::Low && dice.chance(60) {
                visits.push(own(earlier));
            }
            earlier
        }
    };
    if stop >= WINDOW_START {
        let before = spread(draw(habits.orders_before, dice), 0, WINDOW_START.min(first_own), dice);
        visits.extend(before.into_iter().map(|day| Visit { day, is_own: dice.chance(habits.own_percent.0) }));
    }
    visits.extend(elsewhere(plan, habits, stop, dice));
    visits
}

/// Orders of rivals by somebody who leaves, within the window.
fn elsewhere(plan: &Plan, habits: &Habits, stop: u32, dice: &mut Dice) -> Vec<Visit> {
    let (behaviour, _) = plan.profile.intention();
    let count = match behaviour {
        Behaviour::High => dice.between(0, 2),
        Behaviour::Low => draw(habits.orders_within, dice),
        Behaviour::Insufficient if plan.profile == Profile::Lapsed => 0,
        Behaviour::Insufficient => dice.between(0, 1),
    };
    let end = match plan.course.unsaid() {
        Some(Exit::Natural | Exit::Unknown | Exit::Competitor) => stop,
        _ => LAST_DAY,
    };
    let mut visits: Vec<Visit> = if end > WINDOW_START + count {
        spread(count, WINDOW_START, end, dice).into_iter().map(rival).collect()
    } else {
        Vec::new()
    };
    if plan.course.unsaid() == Some(Exit::Competitor) {
        let count = draw(RIVAL_ORDERS_AFTER, dice);
        visits.extend(spread(count, stop + 5, (stop + 85).min(LAST_DAY), dice).into_iter().map(rival));
    }
    visits
}

/// Own orders up to a day before the window, then rivals only.
fn gone_before(habits: &Habits, stop: u32, dice: &mut Dice) -> Vec<Visit> {
    let mut visits: Vec<Visit> = backwards(stop, 35, dice.between(1, 4), dice).map(own).collect();
    let count = draw(habits.orders_within, dice);
    visits.extend(spread(count, WINDOW_START, LAST_DAY + 1, dice).into_iter().map(rival));
    visits
}

fn never(habits: &Habits, dice: &mut Dice) -> Vec<Visit> {
    let before = spread(draw(habits.orders_before, dice), 0, WINDOW_START, dice);
    let within = spread(draw(habits.orders_within, dice), WINDOW_START, LAST_DAY + 1, dice);
    before.into_iter().chain(within).map(rival).collect()
}

fn draw((fewest, most): (u32, u32), dice: &mut Dice) -> u32 {
    dice.between(fewest, most)
}

/// `count` days from `last` backwards, `step` days apart but for a day or two.
fn backwards(last: u32, step: u32, count: u32, dice: &mut Dice) -> impl Iterator<Item = u32> {
    let days: Vec<u32> =
        (0..count).map(|index| if index == 0 { last } else { last - index * step + dice.between(0, 2) }).collect();
    days.into_iter()
}

/// `count` days from `first` up to but not `end`, at roughly even distances.
fn spread(count: u32, first: u32, end: u32, dice: &mut Dice) -> Vec<u32> {
    let span = end - first;
    (0..count).map(|index| first + index * span / count + dice.between(0, span / count - 1)).collect()
}
