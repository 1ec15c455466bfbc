//! The items of `queries/questionnaires/standard.yml` as the sample answers them.

use super::dice::Dice;
use super::plan::{Barrier, Bond, LoyaltyType, Plan};
use super::profile::Profile;

/// Which side of the attitude cut a response falls on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    High,
    Low,
}

/// In which mood a response is given.
#[derive(Clone, Copy)]
pub(super) struct Mood {
    pub(super) side: Side,
    /// Is about to leave, or was let down of late: less satisfied than others of this side.
    pub(super) is_let_down: bool,
    /// Was passed on or had to repeat at the last contact: finds it less easy.
    pub(super) had_effort: bool,
}

impl Mood {
    /// Of a side, and nothing special.
    pub(super) fn plain(side: Side) -> Self {
        Self { side, is_let_down: false, had_effort: false }
    }
}

/// What an answer has to do with the side.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// A high score is favourable.
    Good,
    /// A high score is unfavourable.
    Bad,
    /// One of these, whatever the side, each with its weight.
    Any(&'static [(u32, u32)]),
}

/// One item.
pub(super) struct Item {
    pub(super) id: &'static str,
    /// Tenths of the composite; 0 for an item outside it.
    pub(super) weight: u32,
    pub(super) scale_min: u32,
    pub(super) scale_max: u32,
    pub(super) tone: Tone,
    /// What stands for "do not know".
    pub(super) missing_code: u32,
    /// Whether only the long form asks for it.
    pub(super) is_long: bool,
}

impl Item {
    /// An item on a scale of 1 to 5 that everybody is asked.
    const fn short(id: &'static str, weight: u32) -> Self {
        Self { id, weight, scale_min: 1, scale_max: 5, tone: Tone::Good, missing_code: 9, is_long: false }
    }

    /// An item on a scale of 1 to 5 of the long form.
    const fn long(id: &'static str, tone: Tone) -> Self {
        Self { tone, is_long: true, ..Self::short(id, 0) }
    }

    /// An item on a scale of 1 to 10 of the long form.
    const fn ten_steps(id: &'static str) -> Self {
        Self { scale_max: 10, missing_code: 99, ..Self::long(id, Tone::Good) }
    }
}

const EXPECTED: Tone = Tone::Any(&[(22, 5), (46, 4), (27, 3), (5, 2)]);
const DEMANDED: Tone = Tone::Any(&[(10, 5), (34, 4), (40, 3), (16, 2)]);
const PROMISED: Tone = Tone::Any(&[(34, 5), (42, 4), (20, 3), (4, 2)]);
/// At most 50 of 100, well below `switching_cost_cut`, 60.
const EASY_TO_LEAVE: Tone = Tone::Any(&[(30, 1), (40, 2), (30, 3)]);
/// What it costs to leave a rival says nothing of those who are not latent.
const COST_OF_LEAVING_RIVALS: Tone = Tone::Any(&[(15, 1), (25, 2), (30, 3), (20, 4), (10, 5)]);
const NEEDS: Tone = Tone::Any(&[(40, 1), (36, 2), (24, 3)]);
const VALUES: Tone = Tone::Any(&[(32, 1), (34, 2), (12, 3), (22, 4)]);
const SETTINGS: Tone = Tone::Any(&[(46, 1), (30, 2), (16, 3), (8, 4)]);

pub(super) const ITEMS: [Item; 48] = [
    Item { scale_min: 0, scale_max: 10, missing_code: 99, ..Item::short("recommend", 3) },
    Item::short("repurchase", 4),
    Item::short("tolerance", 2),
    Item { tone: Tone::Bad, ..Item::short("competitor", 1) },
    Item::short("satisfaction", 0),
    Item::short("trust", 0),
    Item::short("price_tolerance", 0),
    Item::short("promotion_immunity", 0),
    Item { scale_max: 7, ..Item::short("ease", 0) },
    Item { tone: EXPECTED, ..Item::short("expectation", 0) },
    Item::short("quality", 0),
    Item::long("encourage", Tone::Good),
    Item::long("cross_buy", Tone::Good),
    Item::long("complaint", Tone::Bad),
    Item::ten_steps("disconfirmation"),
    Item::ten_steps("ideal"),
    Item::long("demand", DEMANDED),
    Item::long("value_product", Tone::Good),
    Item::long("value_service", Tone::Good),
    Item::long("value_personnel", Tone::Good),
    Item::long("value_image", Tone::Good),
    Item::long("cost_money", Tone::Bad),
    Item::long("cost_time", Tone::Bad),
    Item::long("cost_energy", Tone::Bad),
    Item::long("trust_competence", Tone::Good),
    Item::long("trust_closeness", Tone::Good),
    Item::long("goodwill", Tone::Good),
    Item::long("relationship", Tone::Good),
    Item::long("image", Tone::Good),
    Item::long("social_norm", Tone::Good),
    Item::long("switching_money", EASY_TO_LEAVE),
    Item::long("switching_mind", EASY_TO_LEAVE),
    Item::long("switching_time", EASY_TO_LEAVE),
    Item::long("need_met", Tone::Good),
    Item::long("effort", Tone::Bad),
    Item::long("feeling", Tone::Good),
    Item { scale_max: 3, tone: NEEDS, ..Item::short("need_first", 0) },
    Item { scale_max: 4, tone: VALUES, ..Item::short("personal_values", 0) },
    Item { scale_max: 4, tone: SETTINGS, ..Item::short("consumption_setting", 0) },
    Item::long("promise_set", PROMISED),
    Item::long("reputation", Tone::Good),
    Item::long("transparency", Tone::Good),
    Item::long("anticipation", Tone::Good),
    Item::long("consent", Tone::Good),
    Item::long("undisturbed", Tone::Good),
    Item::long("rival_switching_money", COST_OF_LEAVING_RIVALS),
    Item::long("rival_switching_mind", COST_OF_LEAVING_RIVALS),
    Item::long("rival_switching_time", COST_OF_LEAVING_RIVALS),
];
/// Places of items in [`ITEMS`].
pub(super) const RECOMMEND: usize = 0;
pub(super) const TOLERANCE: usize = 2;
pub(super) const COMPETITOR: usize = 3;

/// Scores that the plan asks of the response that counts, each with its weight; nothing where any will do.
///
/// Every choice stays at least ten points of a hundred away from the cut of its rule.
pub(super) fn demanded(plan: &Plan, item_id: &str) -> Option<&'static [(u32, u32)]> {
    let is_committed = plan.loyalty == Some(LoyaltyType::Committed);
    let is_latent = plan.profile == Profile::Admirer;
    let is_bound = plan.loyalty == Some(LoyaltyType::CostOfChange(Bond::Switching));
    let agrees: &[(u32, u32)] = &[(60, 4), (40, 5)];
    let disagrees: &[(u32, u32)] = &[(50, 1), (50, 2)];
    let at_least_neutral: &[(u32, u32)] = &[(25, 3), (45, 4), (30, 5)];
    let at_most_neutral: &[(u32, u32)] = &[(30, 1), (40, 2), (30, 3)];
    let whatever: &[(u32, u32)] = &[(10, 1), (15, 2), (20, 3), (30, 4), (25, 5)];
    match item_id {
        "satisfaction" => match plan.loyalty {
            Some(LoyaltyType::CostOfChange(Bond::Switching)) => Some(&[(1, 1)]),
            _ => None,
        },
        "recommend" if is_committed => Some(&[(50, 9), (50, 10)]),
        "recommend" if plan.profile == Profile::Devoted => Some(&[(40, 7), (60, 8)]),
        "price_tolerance" if is_latent && plan.has_barrier(Barrier::Money) => Some(disagrees),
        "price_tolerance" if is_latent => Some(at_least_neutral),
        "cost_money" if is_latent && plan.has_barrier(Barrier::Money) => Some(agrees),
        "cost_money" if is_latent => Some(at_most_neutral),
        "promotion_immunity" if is_latent && plan.has_barrier(Barrier::PromotionsSaid) => Some(disagrees),
        "promotion_immunity" if is_latent => Some(at_least_neutral),
        "switching_money" | "switching_mind" | "switching_time" if is_bound => Some(agrees),
        // What it would cost to leave us keeps nobody from coming.
        "switching_money" | "switching_mind" | "switching_time" if is_latent => Some(whatever),
        "rival_switching_money" | "rival_switching_mind" | "rival_switching_time" if is_latent => {
            Some(if plan.has_barrier(Barrier::SwitchingCost) { agrees } else { at_most_neutral })
        }
        _ => None,
    }
}

/// Whether the plan shows only in the long form.
pub(super) fn needs_long_form(plan: &Plan) -> bool {
    plan.loyalty == Some(LoyaltyType::CostOfChange(Bond::Switching)) || plan.has_barrier(Barrier::SwitchingCost)
}

/// A score for an item.
pub(super) fn draw_score(item: &Item, mood: Mood, dice: &mut Dice) -> u32 {
    if let Tone::Any(scores) = item.tone {
        return dice.pick(scores);
    }
    let is_let_down = mood.is_let_down && ["satisfaction", "quality", "trust"].contains(&item.id);
    let favourable = match (item.scale_max, mood.side) {
        (10, Side::High) => dice.pick(&[(34, 10), (32, 9), (22, 8), (10, 7), (2, 6)]),
        (10, Side::Low) => {
            dice.pick(&[(4, 9), (20, 8), (28, 7), (16, 6), (14, 5), (7, 4), (5, 3), (3, 2), (1, 1), (2, 0)])
        }
        (7, Side::High) if mood.had_effort => dice.pick(&[(8, 7), (22, 6), (34, 5), (24, 4), (12, 3)]),
        (7, Side::Low) if mood.had_effort => dice.pick(&[(8, 5), (18, 4), (30, 3), (26, 2), (18, 1)]),
        (7, Side::High) => dice.pick(&[(40, 7), (38, 6), (16, 5), (6, 4)]),
        (7, Side::Low) => dice.pick(&[(12, 6), (18, 5), (26, 4), (22, 3), (14, 2), (8, 1)]),
        (_, Side::High) if is_let_down => dice.pick(&[(20, 5), (45, 4), (35, 3)]),
        (_, Side::Low) if is_let_down => dice.pick(&[(4, 4), (20, 3), (40, 2), (36, 1)]),
        (_, Side::High) => dice.pick(&[(48, 5), (42, 4), (10, 3)]),
        (_, Side::Low) => dice.pick(&[(14, 4), (38, 3), (30, 2), (18, 1)]),
    };
    let favourable = favourable.max(item.scale_min);
    if item.tone == Tone::Bad { item.scale_max + item.scale_min - favourable } else { favourable }
}
