//! What keeps latent customers from buying.

use super::course::{Course, Exit};
use crate::sample::dice::Dice;
use crate::sample::profile::Profile;

/// A barrier, in the order in which care looks at them; rivals' promotions are told by words or by deeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Barrier {
    /// Bought a rival's product while the own one was out of stock.
    NoAvailability,
    /// Says that leaving the usual rival costs a lot.
    SwitchingCost,
    /// Says that it costs too much, and would not bear a higher price.
    Money,
    /// Says that rivals' promotions attract.
    PromotionsSaid,
    /// Buys rivals mostly on deal.
    PromotionsTaken,
    /// Buys one rival most often.
    Habit,
}

impl Barrier {
    /// Name in the column `barrier`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NoAvailability => "no_availability",
            Self::SwitchingCost => "switching_cost",
            Self::Money => "money",
            Self::PromotionsSaid | Self::PromotionsTaken => "rival_promotions",
            Self::Habit => "habit",
        }
    }
}

pub(super) fn draw(profile: Profile, course: &Course, dice: &mut Dice) -> Vec<Barrier> {
    if profile != Profile::Admirer {
        return Vec::new();
    }
    // Who buys from two rivals only buys at least half from one of them.
    let only_rivals = matches!(course, Course::LeftEarlier { .. } | Course::Never);
    // Who left without turning to a rival bought nothing during the stock-out.
    let may_miss_stock = !matches!(course.unsaid(), Some(Exit::Natural | Exit::Unknown));
    let mut barriers = Vec::new();
    for (percent, barrier) in [
        (if may_miss_stock { 16 } else { 0 }, Barrier::NoAvailability),
        (16, Barrier::SwitchingCost),
        (20, Barrier::Money),
        (10, Barrier::PromotionsSaid),
        (12, Barrier::PromotionsTaken),
        (if only_rivals { 100 } else { 26 }, Barrier::Habit),
    ] {
        if dice.chance(percent) {
            barriers.push(barrier);
        }
    }
    barriers
}
