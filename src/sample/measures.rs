//! What the purchases of one customer show, for drawing them until they clearly show what is planted.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use super::calendar::{LAST_DAY, WINDOW_START, date_of, day_of};
use super::catalogue::{OWN_BRAND, launch_day};
use super::ids::{Cents, OrderId};
use super::market::STOCK_OUT;
use super::plan::{Barrier, Course, Exit, Incentive, LoyaltyType, Plan, RIVAL_ORDERS_AFTER, Volume};
use super::profile::{Attitude, Behaviour, Profile};
use super::rows::Transaction;

/// Fewest occasions of all brands that say anything about behaviour (`min_category_occasions`).
const FEWEST_OCCASIONS: usize = 3;
/// Most that a household spends on the own brand in the window: well below three times the mean of all buyers, from
/// which a customer is a key customer.
const HOUSEHOLD_CENTS: i64 = 33_000;
/// Attainable amount below which no margin makes winning a customer pay, and from which every margin does.
const NOT_WORTH_CENTS: i64 = 17_000;
const WORTH_CENTS: i64 = 90_000;

/// An occasion: order, brand and category with a positive net amount.
type Occasion = (OrderId, &'static str, &'static str);

/// Sums over the lines of one customer.
pub(super) struct Measures<'a> {
    lines: &'a [Transaction],
    /// Net amount and last day of every occasion of the window.
    occasions: BTreeMap<Occasion, (i64, u32)>,
}

impl<'a> Measures<'a> {
    pub(super) fn of(lines: &'a [Transaction]) -> Self {
        let occasions = occasions(lines.iter().filter(|line| day_of(line.ordered_at) >= WINDOW_START));
        Self { lines, occasions }
    }

    /// Behaviour by the rule `share` with its default cut and minimum.
    pub(super) fn behaviour(&self) -> Behaviour {
        let own_count = self.own_occasions().count();
        if self.occasions.len() < FEWEST_OCCASIONS {
            Behaviour::Insufficient
        } else if 2 * own_count >= self.occasions.len() || 2 * self.own_amount() >= self.all_amount() {
            Behaviour::High
        } else {
            Behaviour::Low
        }
    }

    /// Whether everything planted is clearly there and nothing else is.
    pub(super) fn show(&self, plan: &Plan) -> bool {
        self.behaviour() == plan.profile.intention().0
            && self.show_course(plan)
            && self.show_loyalty(plan)
            && (plan.profile != Profile::Admirer || self.show_barriers(plan))
            && self.show_volume(plan)
            && (plan.profile != Profile::Devoted || self.has_tried_new() == plan.tries_new)
    }

    fn show_course(&self, plan: &Plan) -> bool {
        let last = self.last_own_day();
        // What was given back in full counts for some rules and not for others: both must fit.
        let kept = self.own_occasions().map(|(_, (_, day))| *day).max();
        let silence = last.min(kept).map_or(LAST_DAY, |day| LAST_DAY - day);
        let gap = self.gaps().and_then(|gaps| twice_median(&gaps));
        match plan.course {
            // Silent for 1.6 or 2.4 gaps: well on either side of `gap_factor`, 2.
            Course::Stays => silence <= 82 && gap.is_none_or(|gap| 10 * silence <= 8 * gap),
            Course::Overdue => silence <= 82 && gap.is_some_and(|gap| 10 * silence >= 12 * gap),
            Course::Leaves { stop, .. } => {
                last == Some(stop) && gap.is_none_or(|gap| gap <= 80) && self.show_exit(plan, stop)
            }
            Course::LeftEarlier { stop } => last == Some(stop),
            Course::Never => last.is_none(),
        }
    }

    fn show_exit(&self, plan: &Plan, stop: u32) -> bool {
        let Some(exit) = plan.course.unsaid() else { return true };
        let since = date_of(stop.saturating_sub(95));
        let late = self.own_lines().filter(|line| line.ordered_at.date() >= since && line.is_late()).count();
        let rivals = self.rival_orders_after(stop);
        let is_late_as_planted = (exit == Exit::LateDelivery) == (late > 0);
        is_late_as_planted
            && match exit {
                Exit::Competitor => rivals >= RIVAL_ORDERS_AFTER.0 as usize && self.has_turned_to_rivals(stop),
                Exit::Natural | Exit::Unknown => rivals == 0,
                Exit::Turbulence => self.own_categories().contains("tea"),
                _ => true,
            }
    }

    fn show_loyalty(&self, plan: &Plan) -> bool {
        let (behaviour, attitude) = plan.profile.intention();
        if behaviour != Behaviour::High {
            return true;
        }
        let deal = self.own_deal_percent();
        let is_dealer = plan.loyalty == Some(LoyaltyType::Incentivised(Incentive::Deals));
        let deals_fit = if is_dealer { deal >= 65 } else { deal <= 35 || attitude != Attitude::Low };
        let deals_fit = deals_fit && (plan.loyalty != Some(LoyaltyType::Committed) || deal <= 35);
        let (orders, main_channel_percent) = self.main_channel();
        deals_fit
            && match plan.loyalty {
                Some(LoyaltyType::Habitual) => {
                    self.own_occasions().count() >= 5 && main_channel_percent >= 90 && self.is_regular()
                }
                // Without three orders there is no rhythm.
                None => orders <= 2 || main_channel_percent <= 70,
                _ => true,
            }
    }

    fn show_barriers(&self, plan: &Plan) -> bool {
        let mut rivals: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, brand, _) in self.occasions.keys().filter(|(_, brand, _)| *brand != OWN_BRAND) {
            *rivals.entry(brand).or_default() += 1;
        }
        let main = 100 * rivals.values().max().copied().unwrap_or(0) / self.occasions.len().max(1);
        let habit_fits = if plan.has_barrier(Barrier::Habit) { main >= 58 } else { main <= 43 };
        let bought = || self.lines.iter().filter(|line| line.brand != OWN_BRAND && line.amount > Cents(0));
        let within: Vec<&Transaction> = bought().filter(|line| day_of(line.ordered_at) >= WINDOW_START).collect();
        let on_deal = within.iter().filter(|line| line.is_real_deal()).count();
        let deals_fit = if plan.has_barrier(Barrier::PromotionsTaken) {
            within.len() >= 4 && 10 * on_deal >= 6 * within.len()
        } else {
            10 * on_deal <= 4 * within.len()
        };
        let missed = bought().any(|line| STOCK_OUT.holds(line.category, day_of(line.ordered_at)));
        habit_fits && deals_fit && missed == plan.has_barrier(Barrier::NoAvailability)
    }

    fn show_volume(&self, plan: &Plan) -> bool {
        let is_modest = plan.person.volume != Volume::Household || self.own_amount() <= HOUSEHOLD_CENTS;
        let attainable = self.own_amount().max(self.all_amount() / 2);
        let pays_as_planted = match (plan.profile, plan.person.volume) {
            (Profile::Drifter, Volume::Bulk) => attainable >= WORTH_CENTS,
            (Profile::Drifter, _) => attainable <= NOT_WORTH_CENTS,
            _ => true,
        };
        is_modest && pays_as_planted
    }

    fn own_occasions(&self) -> impl Iterator<Item = (&Occasion, &(i64, u32))> {
        self.occasions.iter().filter(|((_, brand, _), _)| *brand == OWN_BRAND)
    }

    fn own_amount(&self) -> i64 {
        self.own_occasions().map(|(_, (amount, _))| amount).sum()
    }

    fn all_amount(&self) -> i64 {
        self.occasions.values().map(|(amount, _)| amount).sum()
    }

    fn own_lines(&self) -> impl Iterator<Item = &Transaction> {
        self.lines.iter().filter(|line| line.brand == OWN_BRAND)
    }

    fn last_own_day(&self) -> Option<u32> {
        self.own_lines().filter(|line| line.amount > Cents(0)).map(|line| day_of(line.ordered_at)).max()
    }

    /// Days between consecutive own orders of the window; nothing without two.
    fn gaps(&self) -> Option<Vec<u32>> {
        let mut days: BTreeMap<OrderId, u32> = BTreeMap::new();
        for ((order, ..), (_, day)) in self.own_occasions() {
            let last = days.entry(*order).or_default();
            *last = (*last).max(*day);
        }
        let mut days: Vec<u32> = days.into_values().collect();
        days.sort_unstable();
        (days.len() > 1).then(|| days.windows(2).map(|pair| pair[1] - pair[0]).collect())
    }

    /// Whether gaps vary by less than two fifths of their mean.
    fn is_regular(&self) -> bool {
        let Some(gaps) = self.gaps().filter(|gaps| gaps.len() > 1) else { return false };
        let (n, sum) = (gaps.len() as u32, gaps.iter().sum::<u32>());
        let squares: u32 = gaps.iter().map(|gap| gap * gap).sum();
        // variance / mean^2 = (n x squares - sum^2) / (n x (n - 1)) x n^2 / sum^2 <= 0.16
        let spread = n * squares - sum * sum;
        100 * u64::from(spread) * u64::from(n) <= 16 * u64::from(n - 1) * u64::from(sum * sum)
    }

    /// Own orders of the window, and the percent of them that came through the channel used most.
    fn main_channel(&self) -> (usize, usize) {
        let orders: BTreeSet<OrderId> = self.own_occasions().map(|((order, ..), _)| *order).collect();
        let of_orders: BTreeMap<OrderId, &str> = self
            .own_lines()
            .filter(|line| orders.contains(&line.order_id))
            .map(|line| (line.order_id, line.channel))
            .collect();
        let mut channels: BTreeMap<&str, usize> = BTreeMap::new();
        for channel in of_orders.values() {
            *channels.entry(channel).or_default() += 1;
        }
        let most = channels.values().max().copied().unwrap_or(0);
        (orders.len(), 100 * most / orders.len().max(1))
    }

    /// Percent of the own units of the window that were bought on deal.
    fn own_deal_percent(&self) -> i64 {
        let bought = || self.own_lines().filter(|line| !line.is_return && day_of(line.ordered_at) >= WINDOW_START);
        let all: i64 = bought().map(|line| line.quantity).sum();
        100 * bought().filter(|line| line.is_real_deal()).map(|line| line.quantity).sum::<i64>() / all.max(1)
    }

    fn own_categories(&self) -> BTreeSet<&str> {
        self.own_lines().filter(|line| line.amount > Cents(0)).map(|line| line.category).collect()
    }

    /// Orders of rivals after a day, in the categories bought from the own brand.
    fn rival_orders_after(&self, stop: u32) -> usize {
        let categories = self.own_categories();
        let orders: BTreeSet<OrderId> = self
            .occasions
            .iter()
            .filter(|((_, brand, category), (_, day))| {
                *brand != OWN_BRAND && categories.contains(category) && *day > stop
            })
            .map(|((order, ..), _)| *order)
            .collect();
        orders.len()
    }

    /// Whether orders of rivals rose after a day against as many days before, and so many without an own one are no
    /// chance: three in a hundred at most, well below `rivals_only_chance_cut`, with the own share of orders of before.
    fn has_turned_to_rivals(&self, stop: u32) -> bool {
        let categories = self.own_categories();
        let occasions = occasions(self.lines.iter().filter(|line| categories.contains(line.category)));
        let first = occasions.values().map(|(_, day)| *day).min().unwrap_or(stop);
        let days = (LAST_DAY - stop).min(stop + 1 - first);
        let orders = |is_own: bool, span: RangeInclusive<u32>| {
            let within: BTreeSet<OrderId> = occasions
                .iter()
                .filter(|((_, brand, _), (_, day))| (*brand == OWN_BRAND) == is_own && span.contains(day))
                .map(|((order, ..), _)| *order)
                .collect();
            within.len() as u64
        };
        let before = stop + 1 - days..=stop;
        let (own, rivals) = (orders(true, before.clone()), orders(false, before));
        let since = orders(false, stop + 1..=stop + days);
        let is_no_chance = 100 * (rivals + 1).pow(since as u32) <= 3 * (own + rivals + 2).pow(since as u32);
        since > rivals && is_no_chance
    }

    fn has_tried_new(&self) -> bool {
        self.own_lines().any(|line| line.amount > Cents(0) && launch_day(line.product_id).is_some())
    }
}

/// Net amount and last day of every occasion among lines.
fn occasions<'a>(lines: impl Iterator<Item = &'a Transaction>) -> BTreeMap<Occasion, (i64, u32)> {
    let mut occasions: BTreeMap<Occasion, (i64, u32)> = BTreeMap::new();
    for line in lines {
        let occasion = occasions.entry((line.order_id, line.brand, line.category)).or_default();
        occasion.0 += line.amount.0;
        occasion.1 = occasion.1.max(day_of(line.ordered_at));
    }
    occasions.retain(|_, (amount, _)| *amount > 0);
    occasions
}

/// Twice the median: a whole number for whole values.
fn twice_median(values: &[u32]) -> Option<u32> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let upper = sorted.get(sorted.len() / 2)?;
    let lower = sorted.get((sorted.len() - 1) / 2)?;
    Some(lower + upper)
}
