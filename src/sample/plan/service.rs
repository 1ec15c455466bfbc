//! Complaints.

use super::course::{Course, Exit};
use crate::sample::calendar::{LAST_DAY, WINDOW_START};
use crate::sample::dice::Dice;
use crate::sample::profile::Profile;

/// Causes of complaints, as `complaint_causes` names them.
const CAUSES: [(u32, &str); 8] = [
    (14, "broken_promise"),
    (10, "arrogance"),
    (20, "waiting"),
    (10, "passing_the_buck"),
    (12, "price"),
    (14, "standard"),
    (8, "campaign"),
    (12, "efficiency"),
];

/// One complaint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// Its cause.
    pub(crate) cause: &'static str,
    /// Day on which it was made.
    pub(crate) day: u32,
    /// When it was put right.
    pub(crate) settled: Settled,
}

/// When a complaint was put right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    /// On this day.
    On(u32),
    /// Not yet.
    Never,
}

impl Complaint {
    /// Whether the complaint was made within the window.
    pub(crate) fn is_in_window(self) -> bool {
        self.day >= WINDOW_START
    }

    /// Whether it was made within the window and is still open.
    pub(crate) fn is_open(self) -> bool {
        self.is_in_window() && self.settled == Settled::Never
    }
}

/// Who left complained shortly before only where this is the cause; of the others a few did at some time.
pub(super) fn draw(profile: Profile, course: &Course, dice: &mut Dice) -> Option<Complaint> {
    match *course {
        Course::Leaves { stop, .. } => before_leaving(course, stop, dice),
        Course::Stays | Course::Overdue if profile != Profile::Newcomer && dice.chance(11) => {
            let day = dice.between(WINDOW_START + 10, LAST_DAY - 12);
            let settled = if dice.chance(25) { Settled::Never } else { Settled::On(day + dice.between(0, 10)) };
            Some(Complaint { cause: dice.pick(&CAUSES), day, settled })
        }
        _ => None,
    }
}

fn before_leaving(course: &Course, stop: u32, dice: &mut Dice) -> Option<Complaint> {
    let day = stop - dice.between(12, 50);
    let soon = Settled::On(day + dice.between(0, 6));
    let gone = course.gone_day().unwrap_or(stop);
    match course.unsaid()? {
        Exit::Overbearing => {
            let cause = dice.pick(&[(1, "arrogance"), (1, "passing_the_buck")]);
            Some(Complaint { cause, day, settled: soon })
        }
        Exit::PromiseComplaint => Some(Complaint { cause: "broken_promise", day, settled: soon }),
        Exit::Neglect => {
            let cause = dice.pick(&[(3, "waiting"), (2, "price"), (3, "standard"), (2, "campaign"), (3, "efficiency")]);
            let is_late = gone + 5 < LAST_DAY && dice.chance(30);
            let settled = if is_late { Settled::On(dice.between(gone + 1, LAST_DAY - 1)) } else { Settled::Never };
            Some(Complaint { cause, day, settled })
        }
        _ => None,
    }
}
