//! What one customer answered, wave by wave.

use std::cmp::Ordering;

use super::calendar::{WAVES, time_of};
use super::dice::Dice;
use super::profile::Attitude;
use super::rows::{Cents, CustomerId, ResponseId, SurveyAnswer};

/// An item of `queries/questionnaires/standard.yml` as the sample answers it.
struct Item {
    id: &'static str,
    /// Tenths of the composite; 0 for an item outside it.
    weight: u32,
    scale_min: u32,
    scale_max: u32,
    is_reversed: bool,
    /// What stands for "do not know".
    missing_code: u32,
}

impl Item {
    /// An item on a scale of 1 to 5.
    const fn five_steps(id: &'static str, weight: u32) -> Self {
        Self { id, weight, scale_min: 1, scale_max: 5, is_reversed: false, missing_code: 9 }
    }
}

const ITEMS: [Item; 8] = [
    Item { id: "recommend", weight: 3, scale_min: 0, scale_max: 10, is_reversed: false, missing_code: 99 },
    Item::five_steps("repurchase", 4),
    Item::five_steps("tolerance", 2),
    Item { is_reversed: true, ..Item::five_steps("competitor", 1) },
    Item::five_steps("satisfaction", 0),
    Item::five_steps("trust", 0),
    Item::five_steps("price_tolerance", 0),
    Item { scale_max: 7, ..Item::five_steps("ease", 0) },
];
/// Places of weighted items in [`ITEMS`].
const RECOMMEND: usize = 0;
const TOLERANCE: usize = 2;
const COMPETITOR: usize = 3;

/// Percent of the customers who like the brand in their latest response that did so in the wave before.
const LIKED_BEFORE_PERCENT: u32 = 72;
/// The same for those who do not like it: more were won than lost, so that the waves differ.
const DISLIKED_BEFORE_PERCENT: u32 = 92;

/// Which side of the attitude cut a response falls on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    High,
    Low,
}

/// A response in all its answers.
pub(super) struct Response {
    pub(super) answers: Vec<SurveyAnswer>,
    /// Whether a weighted item has no score.
    pub(super) is_incomplete: bool,
}

/// What became of one item.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Score(u32),
    DoNotKnow,
    LeftOut,
}

/// Answers in the order of [`ITEMS`].
type Answers = [Answer; ITEMS.len()];

/// The responses of a customer, the earlier wave first. The latest one shows the planted attitude.
pub(super) fn of_customer(number: u64, attitude: Attitude, weight: Cents, dice: &mut Dice) -> Vec<Response> {
    if attitude == Attitude::NeverAnswered {
        return Vec::new();
    }
    let answered: &[usize] = dice.pick(&[(45, &[0, 1][..]), (20, &[0][..]), (35, &[1][..])]);
    let latest = answered.len() - 1;
    let mut responses = Vec::new();
    for (index, wave) in answered.iter().enumerate() {
        let intended = if attitude == Attitude::High { Side::High } else { Side::Low };
        let steady_percent = if intended == Side::High { LIKED_BEFORE_PERCENT } else { DISLIKED_BEFORE_PERCENT };
        let opposite = if intended == Side::High { Side::Low } else { Side::High };
        let side = if index == latest || dice.chance(steady_percent) { intended } else { opposite };
        let answers = if index == latest && attitude == Attitude::HalfAnswered {
            broken_off(dice)
        } else {
            complete_enough(side, dice)
        };
        let sheet = Sheet {
            response_id: ResponseId::Named { customer: number, wave: wave + 1 },
            customer_id: Some(CustomerId(number)),
            wave: *wave,
            weight,
        };
        responses.push(sheet.fill(&answers, dice));
    }
    responses
}

/// A response without a customer.
pub(super) fn anonymous(number: u64, dice: &mut Dice) -> Response {
    let side = dice.pick(&[(45, Side::High), (55, Side::Low)]);
    let answers = complete_enough(side, dice);
    let wave = dice.pick(&[(1, 0_usize), (1, 1)]);
    let sheet = Sheet { response_id: ResponseId::Anonymous { number }, customer_id: None, wave, weight: Cents(100) };
    sheet.fill(&answers, dice)
}

/// Answers that are clearly on one side of the cut; now and then one of the lighter items has none.
fn complete_enough(side: Side, dice: &mut Dice) -> Answers {
    let unscored = dice.pick(&[(92, None), (4, Some(TOLERANCE)), (4, Some(COMPETITOR))]);
    loop {
        let mut answers = [Answer::LeftOut; ITEMS.len()];
        for (index, (answer, item)) in answers.iter_mut().zip(&ITEMS).enumerate() {
            let is_unscored = unscored == Some(index) || (item.weight == 0 && dice.chance(4));
            *answer = match (is_unscored, is_unscored && dice.chance(50)) {
                (false, _) => Answer::Score(draw_score(item, side, dice)),
                (true, true) => Answer::DoNotKnow,
                (true, false) => Answer::LeftOut,
            };
        }
        if side_of(&answers) == Some(side) {
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
        answers[*index] = Answer::Score(draw_score(&ITEMS[*index], side, dice));
    }
    answers
}

fn draw_score(item: &Item, side: Side, dice: &mut Dice) -> u32 {
    let favourable = match (item.scale_max, side) {
        (10, Side::High) => dice.pick(&[(34, 10), (32, 9), (22, 8), (10, 7), (2, 6)]),
        (10, Side::Low) => {
            dice.pick(&[(4, 9), (20, 8), (28, 7), (16, 6), (14, 5), (7, 4), (5, 3), (3, 2), (1, 1), (2, 0)])
        }
        (7, Side::High) => dice.pick(&[(40, 7), (38, 6), (16, 5), (6, 4)]),
        (7, Side::Low) => dice.pick(&[(12, 6), (18, 5), (26, 4), (22, 3), (14, 2), (8, 1)]),
        (_, Side::High) => dice.pick(&[(48, 5), (42, 4), (10, 3)]),
        (_, Side::Low) => dice.pick(&[(14, 4), (38, 3), (30, 2), (18, 1)]),
    };
    if item.is_reversed { item.scale_max + item.scale_min - favourable } else { favourable }
}

/// The side of the cut of 70 on the attitude index (A6); nothing for a response exactly on it, whose side would hang on
/// the last digit of a sum.
fn side_of(answers: &Answers) -> Option<Side> {
    let (mut points, mut most) = (0, 0);
    for (item, answer) in ITEMS.iter().zip(answers) {
        let (Answer::Score(score), true) = (*answer, item.weight > 0) else { continue };
        let above = if item.is_reversed { item.scale_max - score } else { score - item.scale_min };
        // Weighted scales span 10 or 4 steps; 20 is divisible by both.
        points += item.weight * above * (20 / (item.scale_max - item.scale_min));
        most += item.weight * 20;
    }
    match (10 * points).cmp(&(7 * most)) {
        Ordering::Greater => Some(Side::High),
        Ordering::Less => Some(Side::Low),
        Ordering::Equal => None,
    }
}

/// A questionnaire that is being filled in.
struct Sheet {
    response_id: ResponseId,
    customer_id: Option<CustomerId>,
    wave: usize,
    weight: Cents,
}

impl Sheet {
    fn fill(&self, answers: &Answers, dice: &mut Dice) -> Response {
        let wave = &WAVES[self.wave];
        let answered_at = time_of(wave.first_day + dice.between(0, 20), dice.between(8 * 60, 21 * 60));
        let channel = dice.pick(&[(50, "web"), (35, "app"), (15, "store")]);
        let written = ITEMS.iter().zip(answers).filter_map(|(item, answer)| {
            let score = match answer {
                Answer::Score(score) => *score,
                Answer::DoNotKnow => item.missing_code,
                Answer::LeftOut => return None,
            };
            Some(SurveyAnswer {
                response_id: self.response_id,
                customer_id: self.customer_id,
                answered_at,
                wave: wave.name,
                channel,
                response_weight: self.weight,
                item_id: item.id,
                score,
            })
        });
        let is_incomplete =
            ITEMS.iter().zip(answers).any(|(item, answer)| item.weight > 0 && !matches!(answer, Answer::Score(_)));
        Response { answers: written.collect(), is_incomplete }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let mut dice = Dice::new(1, 1);
        for _ in 0..200 {
            let answers = broken_off(&mut dice);
            let scored = ITEMS.iter().zip(&answers).filter(|(_, answer)| matches!(answer, Answer::Score(_)));
            assert!(scored.map(|(item, _)| item.weight).sum::<u32>() < 5);
        }
    }
}
