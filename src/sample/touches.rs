//! Who looks after a customer, which campaigns reached them, what they did with these, and when they were asked for
//! their opinion.

use chrono::{Days, NaiveDate, TimeDelta};

use super::answers::Response;
use super::calendar::{LAST_DAY, WAVES, WINDOW_START, date_of, time_of};
use super::dice::Dice;
use super::ids::CustomerId;
use super::plan::{Course, Exit, Plan};
use super::profile::Attitude;
use super::service_rows::{AccountOwner, Campaign, Invitation};

/// Those who look after accounts.
const OWNERS: [&str; 8] = ["Keller", "Moreau", "Novak", "Okafor", "Rossi", "Silva", "Tanaka", "Weber"];

/// A campaign, and the percent of customers that it reached.
struct Mailing {
    day: u32,
    channel: &'static str,
    topic: &'static str,
    percent: u32,
}

const MAILINGS: [Mailing; 6] = [
    Mailing { day: 120, channel: "mail", topic: "spring roast", percent: 30 },
    Mailing { day: 345, channel: "mail", topic: "winter tea", percent: 30 },
    Mailing { day: 436, channel: "app", topic: "new products", percent: 40 },
    Mailing { day: 520, channel: "mail", topic: "spring roast", percent: 25 },
    Mailing { day: 615, channel: "social", topic: "summer", percent: 20 },
    Mailing { day: 700, channel: "mail", topic: "winter tea", percent: 30 },
];

/// The owners of an account, one after another. An owner who changed shortly before somebody left is why they left, so
/// whoever leaves for another reason keeps theirs.
pub(super) fn account_owners(plan: &Plan, joined: NaiveDate, dice: &mut Dice) -> Vec<AccountOwner> {
    if !plan.person.has_owner {
        return Vec::new();
    }
    let first = dice.between(0, 7) as usize;
    let next = (first + dice.between(1, 7) as usize) % OWNERS.len();
    let change = match (plan.course, plan.course.unsaid()) {
        (Course::Leaves { stop, .. }, Some(Exit::StaffTurnover)) => Some(stop - dice.between(5, 60)),
        (Course::Stays, _) if dice.chance(20) => Some(dice.between(380, LAST_DAY - 60)),
        _ => None,
    };
    let customer_id = CustomerId(plan.number);
    let change = change.map(date_of);
    // The first one was there before the customer was one.
    let from_at = change.map_or(joined, |date| joined.min(date - Days::new(100)));
    let mut owners = vec![AccountOwner { customer_id, account_owner: OWNERS[first], from_at, to_at: change }];
    owners.extend(change.map(|from_at| AccountOwner {
        customer_id,
        account_owner: OWNERS[next],
        from_at,
        to_at: None,
    }));
    owners
}

/// The campaigns that reached a customer, and what was sent to win a new one.
pub(super) fn campaigns(plan: &Plan, joined: NaiveDate, dice: &mut Dice) -> Vec<Campaign> {
    let gone = plan.course.gone_day().map(date_of);
    let reached = MAILINGS.iter().filter_map(|mailing| {
        let is_reached = dice.chance(mailing.percent) && plan.person.may_contact;
        let at = time_of(mailing.day + dice.between(0, 3), dice.between(7 * 60, 20 * 60));
        let is_there = joined <= at.date() && gone.is_none_or(|gone| at.date() < gone);
        (is_reached && is_there).then_some(Campaign {
            customer_id: CustomerId(plan.number),
            at,
            channel: mailing.channel,
            topic: mailing.topic,
            kind: "sent",
        })
    });
    let mut campaigns: Vec<Campaign> = reached.collect();
    if joined >= date_of(WINDOW_START) {
        campaigns.extend(prospecting(plan, joined, dice));
    }
    campaigns
}

/// Advertisements and coupons in the weeks before somebody became a customer, on different days.
fn prospecting(plan: &Plan, joined: NaiveDate, dice: &mut Dice) -> Vec<Campaign> {
    let count = dice.between(3, 9);
    let touch = |index: u32| {
        let day = joined - Days::new(u64::from(7 * index + dice.between(1, 6)));
        let channel = dice.pick(&[(60, "social"), (40, "mail")]);
        let at = day.and_hms_opt(dice.between(7, 20), dice.between(0, 59), 0).unwrap_or_default();
        Campaign { customer_id: CustomerId(plan.number), at, channel, topic: "first order", kind: "sent" }
    };
    (0..count).map(touch).collect()
}

/// The campaigns sent, each followed by what the customer did with it on the same day: mail and app messages are opened
/// and then perhaps clicked, what stands on social media can only be clicked. Who thinks well of the brand opens more.
pub(super) fn with_openings(plan: &Plan, sent: Vec<Campaign>, dice: &mut Dice) -> Vec<Campaign> {
    let (opens, clicks) = match plan.profile.intention().1 {
        Attitude::High => (50, 35),
        Attitude::Low => (18, 10),
        _ => (30, 20),
    };
    let mut campaigns = Vec::with_capacity(sent.len());
    for mailing in sent {
        let opened_at = mailing.at + TimeDelta::minutes(i64::from(dice.between(5, 120)));
        let clicked_at = opened_at + TimeDelta::minutes(i64::from(dice.between(1, 20)));
        let is_seen_only = mailing.channel == "social";
        let is_opened = !is_seen_only && dice.chance(opens);
        let is_clicked = if is_seen_only { dice.chance(clicks / 5) } else { is_opened && dice.chance(clicks) };
        let opened = is_opened.then(|| Campaign { at: opened_at, kind: "opened", ..mailing.clone() });
        let clicked = is_clicked.then(|| Campaign { at: clicked_at, kind: "clicked", ..mailing.clone() });
        campaigns.push(mailing);
        campaigns.extend(opened);
        campaigns.extend(clicked);
    }
    campaigns
}

/// Whom a wave asked: most customers of the time, and all who answered.
pub(super) fn invitations(plan: &Plan, joined: NaiveDate, responses: &[Response], dice: &mut Dice) -> Vec<Invitation> {
    let gone = plan.course.gone_day();
    let asked = WAVES.iter().enumerate().filter_map(|(index, wave)| {
        let has_answered = responses.iter().any(|response| response.wave == index);
        let is_customer = joined < date_of(wave.first_day) && gone.is_none_or(|gone| gone > wave.first_day);
        let is_drawn = dice.chance(85);
        let is_delivered = dice.chance(95);
        let minute = dice.between(8 * 60, 17 * 60);
        (has_answered || (is_customer && is_drawn)).then(|| Invitation {
            customer_id: CustomerId(plan.number),
            wave: wave.name,
            invited_at: time_of(wave.first_day - 3, minute),
            delivered_at: (has_answered || is_delivered).then(|| time_of(wave.first_day - 3, minute + 5)),
        })
    });
    asked.collect()
}
