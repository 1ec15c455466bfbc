//! Who a customer is, as far as rules look at it.

use super::course::{Course, Departure, Exit};
use crate::sample::dice::Dice;
use crate::sample::profile::Profile;

/// Attributes that decide about care and causes of leaving.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    /// Buys for others.
    pub(crate) is_intermediary: bool,
    /// A large customer, else a small one.
    pub(crate) is_large: bool,
    /// May be contacted.
    pub(crate) may_contact: bool,
    /// Somebody looks after the account.
    pub(crate) has_owner: bool,
    /// How much is bought at once.
    pub(crate) volume: Volume,
}

/// How much is bought at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Volume {
    /// A pack or two.
    Household,
    /// A few packs.
    Office,
    /// A shop's or café's usual order.
    Trade,
    /// So much, mostly from rivals, that winning the customer would pay.
    Bulk,
}

impl Person {
    pub(super) fn draw(profile: Profile, dice: &mut Dice) -> Self {
        let is_intermediary = dice.chance(4);
        let is_large = dice.chance(if is_intermediary { 45 } else { 15 });
        let may_contact = dice.chance(85);
        let has_owner = is_large || is_intermediary || dice.chance(8);
        let is_worth_winning = is_intermediary || (is_large && dice.chance(70));
        let volume = match (profile, is_intermediary, is_large) {
            (Profile::Drifter, ..) if is_worth_winning => Volume::Bulk,
            (_, true, _) => Volume::Trade,
            (_, _, true) => Volume::Office,
            _ => Volume::Household,
        };
        Self { is_intermediary, is_large, may_contact, has_owner, volume }
    }

    /// What the cause of leaving asks for: an owner to lose.
    pub(super) fn suit(&mut self, course: &Course) {
        if let Course::Leaves { departure: Departure { exit: Exit::StaffTurnover, .. }, .. } = course {
            self.has_owner = true;
        }
    }
}
