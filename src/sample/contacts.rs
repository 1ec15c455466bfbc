//! Contacts of one customer: what the plan asks for, and everyday ones that change nothing in it.

use chrono::NaiveDate;

use super::calendar::{FIRST_DATE, LAST_DAY, WINDOW_START};
use super::desk::{Case, Desk};
use super::dice::Dice;
use super::market::topic_of;
use super::plan::{Attention, Course, Exit, Plan, Settled};
use super::profile::{Attitude, Profile};
use super::service_rows::Contact;

/// Days that end with the last one in which only the plan decides who is got in touch with.
const QUIET_DAYS: u32 = 40;
/// Days before a customer is gone in which a departure that nobody took care of has no outreach, care or visit.
const UNCARED_DAYS: u32 = 195;
/// Days before which older care no longer keeps the next from being due.
const CARE_LONG_AGO_DAYS: u32 = 210;

/// The contacts of a customer, by time.
pub(super) fn of_customer(plan: &Plan, joined: NaiveDate, dice: &mut Dice) -> Vec<Contact> {
    let mut desk = Desk::open(plan);
    complaint(&mut desk, dice);
    reason_to_leave(&mut desk, dice);
    if !matches!(plan.course, Course::Leaves { .. }) {
        attention(&mut desk, dice);
    }
    incident(&mut desk, dice);
    everyday(&mut desk, joined, dice);
    desk.close()
}

fn complaint(desk: &mut Desk<'_>, dice: &mut Dice) {
    let Some(complaint) = desk.plan.complaint else { return };
    let case = Case {
        transfers: (complaint.cause == "passing_the_buck").then(|| dice.between(2, 4)),
        waited: (complaint.cause == "waiting").then(|| desk.long_wait(dice)),
        settled: Some(complaint.settled),
        severity: Some(dice.pick(&[(40, "low"), (40, "medium"), (20, "high")])),
        ..Case::new("complaint", topic_of(complaint.cause))
    };
    desk.file(case, complaint.day, dice);
}

/// What is on file where only that tells why a customer left.
fn reason_to_leave(desk: &mut Desk<'_>, dice: &mut Dice) {
    let Course::Leaves { stop, .. } = desk.plan.course else { return };
    match desk.plan.course.unsaid() {
        Some(Exit::PromiseBroken) => {
            let day = stop - dice.between(20, 45);
            let promised = day + 3;
            let fulfilled = dice.chance(40).then(|| promised + dice.between(3, 12));
            let case = Case { promise: Some((promised, fulfilled)), ..Case::new("extra_request", "gift wrapping") };
            desk.file(case, day, dice);
        }
        Some(Exit::Unequal) => {
            for _ in 0..2 {
                desk.file(Case::new("enquiry", "invoice"), stop - dice.between(5, 60), dice);
            }
        }
        // Was not forgotten.
        Some(Exit::Unknown) => desk.file(Case::new("visit", "shop"), stop + dice.between(10, 60), dice),
        _ => {}
    }
}

/// Care and outreach of late.
fn attention(desk: &mut Desk<'_>, dice: &mut Dice) {
    match desk.plan.attention {
        Attention::Enough => {
            for _ in 0..dice.between(2, 3) {
                desk.file(Case::new("outreach", "season greetings"), LAST_DAY - dice.between(1, 20), dice);
            }
        }
        Attention::JustCaredFor => {
            let settled = dice.pick(&[(60, Settled::On(LAST_DAY)), (40, Settled::Never)]);
            let form = care_topic(dice);
            desk.file(Case { settled: Some(settled), ..Case::new("care", form) }, LAST_DAY - dice.between(3, 24), dice);
        }
        Attention::Usual => {}
    }
    let is_old_hand = desk.plan.profile != Profile::Newcomer && desk.plan.profile != Profile::OnFile;
    if is_old_hand && desk.plan.person.may_contact && dice.chance(12) {
        let day = LAST_DAY - CARE_LONG_AGO_DAYS - dice.between(0, 150);
        desk.file(Case::new("care", care_topic(dice)), day, dice);
    }
}

fn care_topic(dice: &mut Dice) -> &'static str {
    dice.pick(&[
        (20, "family_service"),
        (15, "product_recommendation"),
        (20, "customer_club"),
        (10, "offer"),
        (10, "group_event"),
        (15, "personal_service"),
        (4, "joint_promotion"),
        (6, "public_relations"),
    ])
}

/// A quality incident, more often remembered by those who think little of the brand; now and then the customer had to
/// call about it twice. Twice as many of those who left had one with their last order.
fn incident(desk: &mut Desk<'_>, dice: &mut Dice) {
    let (first, last, factor) = match desk.plan.course {
        Course::Stays | Course::Overdue if desk.plan.profile != Profile::Newcomer => (LAST_DAY - 170, LAST_DAY - 8, 1),
        Course::Leaves { stop, .. } => (stop + 1, stop + 4, 2),
        _ => return,
    };
    let percent = if desk.plan.profile.intention().1 == Attitude::Low { 17 } else { 6 };
    if !dice.chance(factor * percent) {
        return;
    }
    let topic = dice.pick(&[(50, "broken pack"), (30, "stale"), (20, "wrong product")]);
    let severity = Some(dice.pick(&[(50, "low"), (35, "medium"), (15, "high")]));
    let day = dice.between(first, last);
    desk.file(Case { severity, may_return: true, ..Case::new("incident", topic) }, day, dice);
}

/// Visits, questions, suggestions, requests and outreach.
fn everyday(desk: &mut Desk<'_>, joined: NaiveDate, dice: &mut Dice) {
    let plan = desk.plan;
    let first = u32::try_from((joined - FIRST_DATE).num_days()).unwrap_or(0).max(WINDOW_START - 120);
    let gone = plan.course.gone_day();
    let last = match plan.course {
        Course::LeftEarlier { .. } | Course::Never => return,
        // Who grew silent did so here, too.
        Course::Leaves { stop, .. } => stop.saturating_sub(3),
        _ => LAST_DAY - QUIET_DAYS,
    };
    let is_uncared = plan.course.unsaid() == Some(Exit::Natural);
    let buyer = matches!(plan.profile, Profile::Devoted | Profile::Captive | Profile::SilentBuyer);
    for _ in 0..dice.between(0, if buyer { 4 } else { 2 }) {
        let kind =
            dice.pick(&[(26, "visit"), (34, "enquiry"), (9, "suggestion"), (13, "extra_request"), (18, "outreach")]);
        let topic = topic(kind, dice);
        if last <= first {
            continue;
        }
        let day = dice.between(first, last);
        let is_forbidden =
            is_uncared && ["visit", "outreach"].contains(&kind) && gone.is_some_and(|gone| day + UNCARED_DAYS >= gone);
        // Who may not be contacted is not.
        if is_forbidden || (kind == "outreach" && !plan.person.may_contact) {
            continue;
        }
        let promise = (kind == "extra_request" || (kind == "enquiry" && dice.chance(25))).then(|| {
            let promised = day + dice.between(1, 4);
            let is_kept = gone.is_some() || dice.chance(84);
            let late = dice.chance(70).then(|| promised + dice.between(1, 6));
            (promised, if is_kept { Some(promised) } else { late })
        });
        let may_return = kind == "enquiry" && gone.is_none();
        desk.file(Case { promise, may_return, ..Case::new(kind, topic) }, day, dice);
    }
}

fn topic(kind: &str, dice: &mut Dice) -> &'static str {
    match kind {
        "visit" => dice.pick(&[(60, "tasting"), (40, "shop")]),
        "enquiry" => dice.pick(&[(35, "delivery"), (30, "product"), (20, "invoice"), (15, "opening hours")]),
        "suggestion" => dice.pick(&[(50, "range"), (50, "packaging")]),
        "extra_request" => dice.pick(&[(50, "gift wrapping"), (50, "special roast")]),
        _ => dice.pick(&[(60, "season greetings"), (40, "how was it")]),
    }
}
