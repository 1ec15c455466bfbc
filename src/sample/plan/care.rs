//! Which form of care is due.

use super::Plan;
use super::barriers::Barrier;
use super::course::{Course, Exit};
use super::loyalty::LoyaltyType;
use super::person::{Person, Volume};
use crate::sample::dice::Dice;
use crate::sample::profile::{Attitude, Behaviour, Profile};

/// How often a customer heard from us lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attention {
    /// Not in the last weeks, and no care in the last seven months.
    Usual,
    /// Twice in the last three weeks: to be left in peace.
    Enough,
    /// Got care in the last weeks.
    JustCaredFor,
}

/// One of the nine forms of care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CareForm {
    /// Greetings and small attentions.
    Family,
    /// Something that suits the customer.
    Recommendation,
    /// Membership.
    Club,
    /// An offer.
    Offer,
    /// Meeting others who use the brand.
    Group,
    /// One person who takes care.
    Personal,
    /// Selling together.
    Joint,
    /// A good name.
    PublicRelations,
    /// The first to see what is new.
    Event,
}

impl CareForm {
    /// Name in the column `care_form`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Family => "family_service",
            Self::Recommendation => "product_recommendation",
            Self::Club => "customer_club",
            Self::Offer => "offer",
            Self::Group => "group_event",
            Self::Personal => "personal_service",
            Self::Joint => "joint_promotion",
            Self::PublicRelations => "public_relations",
            Self::Event => "event",
        }
    }
}

pub(super) fn draw_attention(profile: Profile, person: Person, course: &Course, dice: &mut Dice) -> Attention {
    let attention = dice.pick(&[(90, Attention::Usual), (4, Attention::Enough), (6, Attention::JustCaredFor)]);
    // Whether a small trader is a key customer hangs on the mean of all, and with it how often care is due.
    let is_clear = matches!(course, Course::Stays | Course::Overdue)
        && person.may_contact
        && profile != Profile::Newcomer
        && person.volume == Volume::Household;
    if is_clear { attention } else { Attention::Usual }
}

/// What is due to a customer in whom this is planted. It says for whom each form is, not in which order rules are tried.
pub(super) fn form(plan: &Plan) -> Option<CareForm> {
    if !plan.person.may_contact || plan.attention == Attention::Enough {
        return None;
    }
    let wanted = wanted(plan)?;
    // Only an open complaint cannot wait until the next care is due.
    let is_urgent = has_open_complaint(plan);
    (plan.attention == Attention::Usual || is_urgent).then_some(wanted)
}

fn has_open_complaint(plan: &Plan) -> bool {
    let is_reached = plan.profile.intention() != (Behaviour::Low, Attitude::Low) && !plan.is_former();
    is_reached && plan.complaint.is_some_and(|complaint| complaint.is_open())
}

fn wanted(plan: &Plan) -> Option<CareForm> {
    let segment = plan.profile.intention();
    let is_worth_it = plan.person.volume == Volume::Bulk;
    match segment {
        // Whether it pays to ask somebody back is up to the money they spent: not planted.
        _ if plan.is_former() => None,
        // Without loyalty: only where it pays.
        (Behaviour::Low, Attitude::Low) => is_worth_it.then(|| worth_asking(plan)),
        _ if has_open_complaint(plan) => Some(CareForm::Personal),
        (Behaviour::High, Attitude::High) => Some(convinced(plan)),
        (Behaviour::Low, Attitude::High) => Some(hindered(plan)),
        (Behaviour::High, Attitude::Low) => Some(unconvinced(plan)),
        _ => (plan.course == Course::Overdue).then_some(CareForm::Recommendation),
    }
}

/// Who left is asked back by why they did, and who is still there gets an offer.
fn worth_asking(plan: &Plan) -> CareForm {
    match plan.course.departure().map(|departure| departure.exit) {
        None | Some(Exit::Price) => CareForm::Offer,
        Some(Exit::Natural) => CareForm::Family,
        Some(Exit::Turbulence) => CareForm::PublicRelations,
        Some(_) => CareForm::Personal,
    }
}

fn convinced(plan: &Plan) -> CareForm {
    match plan.course {
        Course::Overdue => CareForm::Personal,
        _ if plan.person.is_intermediary => CareForm::Joint,
        _ if plan.person.is_large => CareForm::Personal,
        _ if plan.loyalty == Some(LoyaltyType::Committed) => CareForm::Club,
        _ if plan.tries_new => CareForm::Event,
        _ => CareForm::Family,
    }
}

fn hindered(plan: &Plan) -> CareForm {
    match plan.barriers.first() {
        Some(Barrier::NoAvailability) => CareForm::Joint,
        Some(Barrier::SwitchingCost) => CareForm::Personal,
        Some(Barrier::Money) => CareForm::Offer,
        Some(Barrier::PromotionsSaid | Barrier::PromotionsTaken) => CareForm::Club,
        Some(Barrier::Habit) | None => CareForm::Recommendation,
    }
}

fn unconvinced(plan: &Plan) -> CareForm {
    match plan.loyalty {
        Some(LoyaltyType::Monopoly) => CareForm::PublicRelations,
        Some(LoyaltyType::CostOfChange(_)) => CareForm::Personal,
        Some(LoyaltyType::Incentivised(_)) => CareForm::Club,
        Some(LoyaltyType::Habitual) => CareForm::Group,
        Some(LoyaltyType::Committed) | None => match plan.course {
            Course::Overdue => CareForm::Offer,
            _ => CareForm::Group,
        },
    }
}
