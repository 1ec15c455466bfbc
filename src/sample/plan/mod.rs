//! What is planted in one customer, drawn before any purchase, answer or contact is. The indicators must find exactly
//! this; everything else about the customer is drawn so that it stays away from the cuts of the shared parameters.

mod barriers;
mod care;
mod course;
mod loyalty;
mod person;
mod service;

pub(super) use barriers::Barrier;
pub(super) use care::{Attention, CareForm};
pub(super) use course::{Course, Departure, Exit, RIVAL_ORDERS_AFTER};
pub(super) use loyalty::{Bond, Incentive, LoyaltyType};
pub(super) use person::{Person, Volume};
pub(super) use service::{Complaint, Settled};

use super::catalogue::LAUNCH_DAY;
use super::dice::{Dice, Matter};
use super::profile::{Behaviour, Profile};

/// Everything planted in a customer.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// Number of the customer, from 1.
    pub(super) number: u64,
    /// Kind of customer; decides the segment of those who still are one.
    pub(super) profile: Profile,
    /// Who it is.
    pub(super) person: Person,
    /// Why the customer stays, where behaviour is high and there is one reason.
    pub(super) loyalty: Option<LoyaltyType>,
    /// Whether and when the customer left.
    pub(super) course: Course,
    /// What keeps a latent customer from buying; empty for all others.
    pub(super) barriers: Vec<Barrier>,
    /// The complaint of the customer, at most one.
    pub(super) complaint: Option<Complaint>,
    /// How often the customer heard from us lately.
    pub(super) attention: Attention,
    /// Buys own products that are new.
    pub(super) tries_new: bool,
}

impl Plan {
    /// What is planted in customer `number` of the sample of `seed`.
    pub(super) fn draw(seed: u64, number: u64) -> Self {
        let profile = Profile::draw(&mut Dice::new(seed, number, Matter::Purchases));
        let mut dice = Dice::new(seed, number, Matter::Plan);
        let mut person = Person::draw(profile, &mut dice);
        let loyalty = loyalty::draw(profile, &mut dice);
        let course = course::draw(profile, person, loyalty, &mut dice);
        person.suit(&course);
        let barriers = barriers::draw(profile, &course, &mut dice);
        let complaint = service::draw(profile, &course, &mut dice);
        let attention = care::draw_attention(profile, person, &course, &mut dice);
        // Who left before or soon after the launch had no time to.
        let has_time = course.departure().is_none() || course.gone_day() >= Some(LAUNCH_DAY + 150);
        let tries_new = dice.chance(50) && has_time;
        Self { number, profile, person, loyalty, course, barriers, complaint, attention, tries_new }
    }

    /// Whether a barrier is among those planted.
    pub(super) fn has_barrier(&self, barrier: Barrier) -> bool {
        self.barriers.contains(&barrier)
    }

    /// Whether the customer no longer is one: the account is closed, or somebody who bought mostly here is gone. Who
    /// bought little here only went on buying little.
    pub(super) fn is_former(&self) -> bool {
        let buys = self.profile.intention().0 == Behaviour::High;
        self.course.departure().is_some_and(|departure| departure.closed.is_some() || buys)
    }

    /// The form of care that is due, if any.
    pub(super) fn care_form(&self) -> Option<CareForm> {
        care::form(self)
    }
}
