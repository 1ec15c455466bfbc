//! Why customers whose behaviour is high stay (the five loyalty types).

use crate::sample::dice::Dice;
use crate::sample::profile::Profile;

/// Why a customer stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoyaltyType {
    /// Nobody else to buy from, and no conviction.
    Monopoly,
    /// Not convinced, yet bound.
    CostOfChange(Bond),
    /// Buys for an advantage, without conviction.
    Incentivised(Incentive),
    /// Convinced, recommends, does not need deals.
    Committed,
    /// Buys like clockwork through one channel.
    Habitual,
}

/// What binds a customer who is not convinced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bond {
    /// A contract that is still running.
    Contract,
    /// Clearly dissatisfied, but change costs money, nerves and time.
    Switching,
}

/// What brings a customer who is not convinced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Incentive {
    /// Most is bought on deal.
    Deals,
    /// Somebody else pays.
    PaidByOther,
}

impl LoyaltyType {
    /// Name in the column `loyalty_type`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Monopoly => "monopoly",
            Self::CostOfChange(_) => "cost_of_change",
            Self::Incentivised(_) => "incentivised",
            Self::Committed => "committed",
            Self::Habitual => "habitual",
        }
    }
}

/// The type of the next customer of this kind. Where attitude is unknown only a habit can be told.
pub(super) fn draw(profile: Profile, dice: &mut Dice) -> Option<LoyaltyType> {
    use LoyaltyType::{Committed, CostOfChange, Habitual, Incentivised, Monopoly};
    match profile {
        Profile::Devoted => dice.pick(&[(62, Some(Committed)), (16, Some(Habitual)), (22, None)]),
        Profile::Captive => dice.pick(&[
            (16, Some(Monopoly)),
            (8, Some(CostOfChange(Bond::Contract))),
            (10, Some(CostOfChange(Bond::Switching))),
            (22, Some(Incentivised(Incentive::Deals))),
            (8, Some(Incentivised(Incentive::PaidByOther))),
            (15, Some(Habitual)),
            (21, None),
        ]),
        Profile::SilentBuyer | Profile::HalfAnswered => dice.pick(&[(25, Some(Habitual)), (75, None)]),
        _ => None,
    }
}
