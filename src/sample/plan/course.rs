//! Whether customers stay, and when and why they leave.

use super::loyalty::{Bond, LoyaltyType};
use super::person::Person;
use crate::sample::calendar::WINDOW_START;
use crate::sample::dice::Dice;
use crate::sample::profile::{Behaviour, Profile};

/// Days of silence after which a customer without a contract counts as gone (`inactivity_days`, and one more).
const SILENCE_DAYS: u32 = 91;
/// Fewest and most orders of rivals that follow where a rival is the cause.
pub(crate) const RIVAL_ORDERS_AFTER: (u32, u32) = (3, 4);

/// The course of a relationship.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Course {
    /// Bought the own brand within the last weeks.
    Stays,
    /// Bought every two or three weeks and has been silent for two months: overdue, but not gone.
    Overdue,
    /// Left within the window.
    Leaves {
        /// Day of the last own order.
        stop: u32,
        /// How it came.
        departure: Departure,
    },
    /// Left before the window; the last own order was on this day.
    LeftEarlier {
        /// Day of the last own order.
        stop: u32,
    },
    /// Never bought the own brand.
    Never,
}

/// How a customer left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Departure {
    /// What happened.
    pub(crate) exit: Exit,
    /// Day on which the account was closed with a reason that names the cause; nothing where only what happened tells.
    pub(crate) closed: Option<u32>,
}

/// What happened before a customer left. Without a stated reason this is on file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Somebody else took over the account.
    StaffTurnover,
    /// Bought mostly here, and from rivals afterwards.
    Competitor,
    /// The own brand was in turmoil.
    Turbulence,
    /// A complaint stayed open.
    Neglect,
    /// Complained of a broken promise.
    PromiseComplaint,
    /// A promise of a contact was not kept.
    PromiseBroken,
    /// A delivery came too late.
    LateDelivery,
    /// Complained of arrogance or of being passed around.
    Overbearing,
    /// A small customer who waited much longer than large ones.
    Unequal,
    /// Nobody got in touch any more.
    Natural,
    /// Found it too dear. Only those who close their account say so: nothing on file shows it.
    Price,
    /// Nothing on file explains it.
    Unknown,
}

impl Exit {
    /// Name in the column `churn_cause`.
    pub(crate) fn cause(self) -> &'static str {
        match self {
            Self::StaffTurnover => "staff_turnover",
            Self::Competitor => "competitor",
            Self::Turbulence => "vendor_turbulence",
            Self::Neglect => "neglected_details",
            Self::PromiseComplaint | Self::PromiseBroken | Self::LateDelivery => "broken_promises",
            Self::Overbearing => "overbearing_vendor",
            Self::Unequal => "unequal_treatment",
            Self::Natural => "natural",
            Self::Price => "price",
            Self::Unknown => "unknown",
        }
    }
}

impl Course {
    /// The day from which the customer counts as gone, for those who left within the window.
    pub(crate) fn gone_day(&self) -> Option<u32> {
        match self {
            Self::Leaves { stop, departure } => Some(departure.closed.unwrap_or(stop + SILENCE_DAYS)),
            _ => None,
        }
    }

    /// How the customer left within the window.
    pub(crate) fn departure(&self) -> Option<Departure> {
        match self {
            Self::Leaves { departure, .. } => Some(*departure),
            _ => None,
        }
    }

    /// What happened, where only that tells why the customer left.
    pub(crate) fn unsaid(&self) -> Option<Exit> {
        self.departure().filter(|departure| departure.closed.is_none()).map(|departure| departure.exit)
    }

    /// Day on which the account was closed.
    pub(crate) fn closed_day(&self) -> Option<u32> {
        self.departure().and_then(|departure| departure.closed)
    }
}

/// Weights of staying, being overdue, leaving, having left earlier, and never having bought.
type Odds = [u32; 5];

fn odds(profile: Profile, loyalty: Option<LoyaltyType>) -> Odds {
    match (profile, loyalty) {
        // No other to go to, or no way out.
        (_, Some(LoyaltyType::Monopoly | LoyaltyType::CostOfChange(Bond::Contract))) => [100, 0, 0, 0, 0],
        (Profile::Devoted, _) => [86, 8, 6, 0, 0],
        (Profile::Admirer, _) => [76, 0, 18, 4, 2],
        (Profile::Captive, _) => [58, 12, 30, 0, 0],
        (Profile::Drifter, _) => [42, 0, 38, 14, 6],
        (Profile::SilentBuyer | Profile::HalfAnswered, _) => [76, 10, 14, 0, 0],
        (Profile::SilentDrifter, _) => [45, 0, 25, 20, 10],
        (Profile::RareAdmirer | Profile::RareCritic, _) => [60, 0, 18, 12, 10],
        (Profile::Newcomer, _) => [100, 0, 0, 0, 0],
        (Profile::Lapsed, _) => [0, 0, 60, 40, 0],
        (Profile::OnFile, _) => [0, 0, 0, 0, 100],
    }
}

pub(super) fn draw(profile: Profile, person: Person, loyalty: Option<LoyaltyType>, dice: &mut Dice) -> Course {
    let [stays, overdue, leaves, earlier, never] = odds(profile, loyalty);
    let choice = dice.pick(&[(stays, 0), (overdue, 1), (leaves, 2), (earlier, 3), (never, 4)]);
    match choice {
        0 => Course::Stays,
        1 => Course::Overdue,
        2 => leave(profile, person, dice),
        3 => Course::LeftEarlier { stop: dice.between(150, 250) },
        _ => Course::Never,
    }
}

fn leave(profile: Profile, person: Person, dice: &mut Dice) -> Course {
    let is_lapsed = profile == Profile::Lapsed;
    if dice.chance(25) {
        let closed = if is_lapsed {
            dice.between(WINDOW_START + 5, WINDOW_START + 30)
        } else {
            dice.between(WINDOW_START + 165, WINDOW_START + 360)
        };
        let stop = closed - dice.between(if is_lapsed { 35 } else { 5 }, 45);
        return Course::Leaves { stop, departure: Departure { exit: stated_exit(dice), closed: Some(closed) } };
    }
    let exit = loop {
        let exit = observed_exit(dice);
        if is_possible(exit, profile, person) {
            break exit;
        }
    };
    let (first, last) = match exit {
        Exit::Turbulence if is_lapsed => (WINDOW_START - 30, WINDOW_START - 5),
        Exit::Turbulence => (WINDOW_START + 60, WINDOW_START + 115),
        // What hit everybody must be over (see TURBULENCE).
        Exit::Competitor | Exit::Natural | Exit::Unknown => (WINDOW_START + 165, WINDOW_START + 265),
        _ if is_lapsed => (WINDOW_START - 85, WINDOW_START - 5),
        _ => (WINDOW_START + 60, WINDOW_START + 265),
    };
    Course::Leaves { stop: dice.between(first, last), departure: Departure { exit, closed: None } }
}

fn observed_exit(dice: &mut Dice) -> Exit {
    dice.pick(&[
        (22, Exit::Competitor),
        (13, Exit::Natural),
        (10, Exit::Neglect),
        (5, Exit::PromiseComplaint),
        (5, Exit::PromiseBroken),
        (6, Exit::LateDelivery),
        (9, Exit::Overbearing),
        (9, Exit::StaffTurnover),
        (9, Exit::Unequal),
        (8, Exit::Turbulence),
        (6, Exit::Unknown),
    ])
}

fn stated_exit(dice: &mut Dice) -> Exit {
    dice.pick(&[
        (22, Exit::Competitor),
        (18, Exit::Natural),
        (12, Exit::Neglect),
        (12, Exit::PromiseBroken),
        (10, Exit::Overbearing),
        (10, Exit::StaffTurnover),
        (8, Exit::Unequal),
        (8, Exit::Turbulence),
        (12, Exit::Price),
    ])
}

fn is_possible(exit: Exit, profile: Profile, person: Person) -> bool {
    match exit {
        Exit::Unequal => !person.is_large,
        // Who always bought mostly from rivals, or hardly at all, does not turn to one.
        Exit::Competitor => profile.intention().0 == Behaviour::High,
        Exit::Natural | Exit::Unknown => profile != Profile::Lapsed,
        _ => true,
    }
}
