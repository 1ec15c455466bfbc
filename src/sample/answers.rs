//! What one customer answered, wave by wave.

use std::cmp::Ordering;

use super::calendar::{WAVES, day_of};
use super::dice::Dice;
use super::ids::{Cents, CustomerId, ResponseId};
use super::items::{
    COMPETITOR, ITEMS, Item, Mood, RECOMMEND, Side, TOLERANCE, Tone, demanded, draw_score, needs_long_form,
};
use super::plan::{Course, Plan};
use super::profile::Attitude;
use super::rows::{SurveyAnswer, Transaction};
use super::service_rows::Contact;
use super::sheet::{Sheet, Subject};

/// Percent of the customers who like the brand in their latest response that did so in the wave before.
const LIKED_BEFORE_PERCENT: u32 = 72;
/// The same for those who do not like it: more were won than lost, so that the waves differ.
const DISLIKED_BEFORE_PERCENT: u32 = 92;
/// Percent of the responses that are on the long form.
const LONG_FORM_PERCENT: u32 = 22;

/// A response in all its answers.
pub(super) struct Response {
    pub(super) wave: usize,
    pub(super) answers: Vec<SurveyAnswer>,
    /// Whether a weighted item has no score.
    pub(super) is_incomplete: bool,
}

/// What became of one item.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Score(u32),
    DoNotKnow,
    LeftOut,
}

/// Answers in the order of [`ITEMS`].
pub(super) type Answers = [Answer; ITEMS.len()];

/// The day before which nobody answered.
pub(super) fn first_answer_day() -> u32 {
    WAVES[0].first_day
}

/// The responses of a customer, the earlier wave first. The latest one shows the planted attitude.
pub(super) fn of_customer(
    plan: &Plan,
    lines: &[Transaction],
    contacts: &[Contact],
    weight: Cents,
    dice: &mut Dice,
) -> Vec<Response> {
    let (_, attitude) = plan.profile.intention();
    if attitude == Attitude::NeverAnswered {
        return Vec::new();
    }
    let answered = waves(&plan.course, dice);
    let latest = answered.len() - 1;
    let intended = if attitude == Attitude::High { Side::High } else { Side::Low };
    let mut responses = Vec::new();
    for (index, wave) in answered.iter().enumerate() {
        let counts = index == latest;
        let steady_percent = if intended == Side::High { LIKED_BEFORE_PERCENT } else { DISLIKED_BEFORE_PERCENT };
        let opposite = if intended == Side::High { Side::Low } else { Side::High };
        let side = if counts || dice.chance(steady_percent) { intended } else { opposite };
        let is_broken_off = counts && attitude == Attitude::HalfAnswered;
        let is_long = !is_broken_off && ((counts && needs_long_form(plan)) || dice.chance(LONG_FORM_PERCENT));
        let answered_day = WAVES[*wave].first_day + dice.between(0, 20);
        let subject = Subject::before(answered_day, lines, contacts);
        let is_let_down = subject.is_let_down || plan.course.gone_day().is_some();
        let mood = Mood { side, is_let_down, had_effort: subject.had_effort };
        let answers = if is_broken_off { broken_off(dice) } else { complete_enough(mood, plan, counts, is_long, dice) };
        let sheet = Sheet {
            response_id: ResponseId::Named { customer: plan.number, wave: wave + 1 },
            customer_id: Some(CustomerId(plan.number)),
            wave: *wave,
            day: answered_day,
            weight,
            subject,
            // Who hardly buys is not asked where else.
            compares: (is_long && lines.iter().any(|line| day_of(line.ordered_at) + 30 < answered_day))
                .then_some((plan.profile.intention().0, side)),
        };
        responses.push(sheet.fill(&answers, dice));
    }
    responses
}

/// A response without a customer.
pub(super) fn anonymous(plan: &Plan, dice: &mut Dice) -> Response {
    let side = dice.pick(&[(45, Side::High), (55, Side::Low)]);
    let answers = complete_enough(Mood::plain(side), plan, false, false, dice);
    let wave = dice.pick(&[(1, 0_usize), (1, 1)]);
    let sheet = Sheet {
        response_id: ResponseId::Anonymous { number: plan.number },
        customer_id: None,
        wave,
        day: WAVES[wave].first_day + dice.between(0, 20),
        weight: Cents(100),
        subject: Subject::default(),
        compares: None,
    };
    sheet.fill(&answers, dice)
}

/// Places in [`WAVES`]; who has left does not answer any more.
fn waves(course: &Course, dice: &mut Dice) -> &'static [usize] {
    let is_gone = course.gone_day().is_some_and(|day| day <= WAVES[1].first_day + 20);
    if is_gone { &[0] } else { dice.pick(&[(45, &[0, 1][..]), (20, &[0][..]), (35, &[1][..])]) }
}

/// Answers that are clearly on one side of the cut; now and then one of the lighter items has none. The response that
/// counts also says what the plan asks for.
fn complete_enough(mood: Mood, plan: &Plan, counts: bool, is_long: bool, dice: &mut Dice) -> Answers {
    let unscored = dice.pick(&[(92, None), (4, Some(TOLERANCE)), (4, Some(COMPETITOR))]);
    loop {
        let mut answers = [Answer::LeftOut; ITEMS.len()];
        for (index, (answer, item)) in answers.iter_mut().zip(&ITEMS).enumerate() {
            if item.is_long && !is_long {
                continue;
            }
            let wanted = demanded(plan, item.id).filter(|_| counts);
            let is_unscored = wanted.is_none() && (unscored == Some(index) || (item.weight == 0 && dice.chance(4)));
            *answer = match (wanted, is_unscored) {
                (Some(scores), _) => Answer::Score(dice.pick(scores)),
                (None, false) => Answer::Score(draw_score(item, mood, dice)),
                (None, true) if dice.chance(50) => Answer::DoNotKnow,
                (None, true) => Answer::LeftOut,
            };
        }
        if side_of(&answers) == Some(mood.side) {
            return answers;
        }
    }
}

/// Answers that hold less than half of all weight, so that the attitude stays unknown.
fn broken_off(dice: &mut Dice) -> Answers {
    let side = dice.pick(&[(1, Side::High), (1, Side::Low)]);
    let answered: &[usize] =
        dice.pick(&[(3, &[RECOMMEND][..]), (1, &[RECOMMEND, COMPETITOR][..]), (1, &[TOLERANCE, COMPETITOR][..])]);
    let mut answers = [Answer::LeftOut; ITEMS.len()];
    for index in answered {
        answers[*index] = Answer::Score(draw_score(&ITEMS[*index], Mood::plain(side), dice));
    }
    answers
}

/// The side of the cut of 70 on the attitude index (A6); nothing for a response exactly on it, whose side would hang on
/// the last digit of a sum.
fn side_of(answers: &Answers) -> Option<Side> {
    let (mut points, mut most) = (0, 0);
    for (item, answer) in ITEMS.iter().zip(answers) {
        let (Answer::Score(score), true) = (*answer, item.weight > 0) else { continue };
        points += item.weight * steps_up(item, score) * (20 / (item.scale_max - item.scale_min));
        most += item.weight * 20;
    }
    match (10 * points).cmp(&(7 * most)) {
        Ordering::Greater => Some(Side::High),
        Ordering::Less => Some(Side::Low),
        Ordering::Equal => None,
    }
}

/// Steps above the least favourable score. Weighted scales span 10 or 4 steps; 20 is divisible by both.
fn steps_up(item: &Item, score: u32) -> u32 {
    if item.tone == Tone::Bad { item.scale_max - score } else { score - item.scale_min }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::dice::Matter;

    fn scores<const N: usize>(scores: [u32; N]) -> Answers {
        let mut answers = [Answer::LeftOut; ITEMS.len()];
        for (answer, score) in answers.iter_mut().zip(scores) {
            *answer = Answer::Score(score);
        }
        answers
    }

    #[test]
    fn the_side_follows_the_attitude_index_of_the_answered_items() {
        // 100 x (0.3 x 7/10 + 0.4 x 3/4 + 0.2 x 3/4 + 0.1 x 3/4) = 73.5
        assert!(side_of(&scores([7, 4, 4, 2])) == Some(Side::High));
        // 100 x (0.3 x 10/10 + 0.4 x 2/4 + 0.2 x 2/4 + 0.1 x 2/4) = 65
        assert!(side_of(&scores([10, 3, 3, 3])) == Some(Side::Low));
        // 100 x (0.3 x 7/10) / 0.3 is the cut itself.
        assert!(side_of(&scores([7])).is_none());
    }

    #[test]
    fn items_without_weight_do_not_move_the_side() {
        assert!(side_of(&scores([7, 4, 4, 2, 1, 1, 1, 1])) == Some(Side::High));
    }

    #[test]
    fn a_broken_off_response_holds_less_than_half_of_the_weight() {
        let mut dice = Dice::new(1, 1, Matter::Answers);
        for _ in 0..200 {
            let answers = broken_off(&mut dice);
            let scored = ITEMS.iter().zip(&answers).filter(|(_, answer)| matches!(answer, Answer::Score(_)));
            assert!(scored.map(|(item, _)| item.weight).sum::<u32>() < 5);
        }
    }
}
