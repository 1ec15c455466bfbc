//! The service desk: writes cases down as contacts.

use super::calendar::{LAST_DAY, WINDOW_START, date_of, time_of};
use super::dice::Dice;
use super::ids::{CaseId, ContactId, CustomerId};
use super::plan::{Course, Exit, Plan, Settled};
use super::profile::Attitude;
use super::service_rows::Contact;

/// Those who answer at the desk.
const STAFF: [&str; 6] = ["Dupont", "Eriksson", "Farkas", "Garcia", "Hansen", "Ito"];
/// Last day of the busiest month, December 2025.
const BUSY_UNTIL: u32 = WINDOW_START + 30;

/// What is to be written down.
#[derive(Clone, Copy)]
pub(super) struct Case {
    pub(super) kind: &'static str,
    pub(super) topic: &'static str,
    /// Times passed on, where the plan says so.
    pub(super) transfers: Option<u32>,
    /// Seconds waited, where the plan says so.
    pub(super) waited: Option<u32>,
    /// When it was put right, where the plan says so.
    pub(super) settled: Option<Settled>,
    /// Day promised and day fulfilled.
    pub(super) promise: Option<(u32, Option<u32>)>,
    pub(super) severity: Option<&'static str>,
    /// Whether the customer may have to come back with the same matter.
    pub(super) may_return: bool,
}

impl Case {
    pub(super) fn new(kind: &'static str, topic: &'static str) -> Self {
        Self {
            kind,
            topic,
            transfers: None,
            waited: None,
            settled: None,
            promise: None,
            severity: None,
            may_return: false,
        }
    }

    /// Whether the customer came to us and waited for an answer.
    fn is_served(&self) -> bool {
        ["enquiry", "complaint", "incident", "extra_request"].contains(&self.kind)
    }
}

/// The desk with what it wrote down about one customer.
pub(super) struct Desk<'a> {
    pub(super) plan: &'a Plan,
    contacts: Vec<Contact>,
    cases_count: u32,
}

impl<'a> Desk<'a> {
    pub(super) fn open(plan: &'a Plan) -> Self {
        Self { plan, contacts: Vec::new(), cases_count: 0 }
    }

    /// All contacts by time, numbered.
    pub(super) fn close(self) -> Vec<Contact> {
        let mut contacts = self.contacts;
        contacts.sort_by_key(|contact| contact.at);
        for (number, contact) in (1..).zip(&mut contacts) {
            contact.contact_id.number = number;
        }
        contacts
    }

    /// Writes a case down: one contact, or two where the customer had to come back.
    pub(super) fn file(&mut self, case: Case, day: u32, dice: &mut Dice) {
        self.cases_count += 1;
        let channel = channel(&case, dice);
        let transfers = case.transfers.unwrap_or_else(|| self.transfers(dice));
        let comes_back = case.may_return && dice.chance(if transfers > 0 { 55 } else { 12 });
        let resolved = match case.settled {
            Some(Settled::On(settled)) => Some(settled),
            Some(Settled::Never) => None,
            None => Some(day + if comes_back { 3 } else { dice.pick(&[(80, 0), (15, 1), (5, 4)]) }),
        };
        let is_served = case.is_served();
        let minute = dice.between(9 * 60, 18 * 60);
        let waited = case.waited.unwrap_or_else(|| self.wait(channel, day, dice));
        let repeats = if is_served { transfers.min(2).min(dice.between(0, 2)) } else { 0 };
        let first = Contact {
            contact_id: ContactId { customer: self.plan.number, number: 0 },
            case_id: CaseId { customer: self.plan.number, number: self.cases_count },
            customer_id: CustomerId(self.plan.number),
            at: time_of(day, minute),
            kind: case.kind,
            topic: case.topic,
            phase: phase(&case, dice),
            channel,
            transfers_count: if is_served { transfers } else { 0 },
            repeats_count: repeats,
            waited_seconds: is_served.then_some(waited),
            handled_seconds: is_served.then(|| dice.between(60, 900)),
            is_first_contact_resolved: is_served.then_some(resolved == Some(day) && !comes_back),
            resolved_at: resolved.filter(|day| *day <= LAST_DAY).map(|day| time_of(day, 19 * 60)),
            promised_at: case.promise.map(|(promised, _)| date_of(promised)),
            fulfilled_at: case
                .promise
                .and_then(|(_, fulfilled)| fulfilled)
                .filter(|day| *day <= LAST_DAY)
                .map(|day| time_of(day, 10 * 60)),
            handled_by: STAFF[dice.between(0, 5) as usize],
            severity: case.severity,
        };
        if comes_back {
            let again = Contact {
                at: time_of(day + 2, minute),
                repeats_count: dice.between(1, 2),
                waited_seconds: Some(self.wait(channel, day + 2, dice)),
                is_first_contact_resolved: Some(false),
                promised_at: None,
                fulfilled_at: None,
                handled_by: STAFF[dice.between(0, 5) as usize],
                ..first.clone()
            };
            self.contacts.push(again);
        }
        self.contacts.push(first);
    }

    /// A wait to complain about.
    pub(super) fn long_wait(&self, dice: &mut Dice) -> u32 {
        if self.is_leaving() { dice.between(70, 110) } else { dice.between(600, 1800) }
    }

    /// Large customers wait two minutes, give or take; small ones the same at quiet times and sometimes much longer. Of
    /// somebody who leaves, only what the plan says may look like unequal treatment.
    fn wait(&self, channel: &str, day: u32, dice: &mut Dice) -> u32 {
        if self.plan.course.unsaid() == Some(Exit::Unequal) {
            return dice.between(500, 1200);
        }
        if self.is_leaving() {
            return dice.between(40, 110);
        }
        let usual = if self.plan.person.is_large {
            dice.between(90, 200)
        } else {
            dice.pick(&[(80, 120), (14, 320), (6, 700)]) + dice.between(0, 90)
        };
        let percent = match (channel, day <= BUSY_UNTIL) {
            ("message", _) => 150,
            (_, true) => 190,
            _ => 100,
        };
        if self.plan.person.is_large { usual } else { usual * percent / 100 }
    }

    /// Who is passed on thinks less of the brand.
    fn transfers(&self, dice: &mut Dice) -> u32 {
        if self.plan.profile.intention().1 == Attitude::Low {
            dice.pick(&[(56, 0), (24, 1), (13, 2), (7, 3)])
        } else {
            dice.pick(&[(80, 0), (14, 1), (4, 2), (2, 3)])
        }
    }

    fn is_leaving(&self) -> bool {
        matches!(self.plan.course, Course::Leaves { .. })
    }
}

fn channel(case: &Case, dice: &mut Dice) -> &'static str {
    match case.kind {
        "visit" => "store",
        "outreach" | "care" => dice.pick(&[(32, "phone"), (8, "visit"), (48, "message"), (12, "website")]),
        _ => dice.pick(&[(38, "call_centre"), (12, "website"), (30, "message"), (20, "store")]),
    }
}

fn phase(case: &Case, dice: &mut Dice) -> &'static str {
    match case.kind {
        "visit" | "outreach" => "before",
        "incident" => "after",
        "complaint" => dice.pick(&[(30, "during"), (70, "after")]),
        _ => dice.pick(&[(40, "before"), (30, "during"), (30, "after")]),
    }
}
