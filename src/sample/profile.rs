//! What is planted: kinds of customers, and what the indicators must find out about them.

use super::dice::Dice;

/// What the behaviour of a customer must be found to be, under the shared default parameters and the sample's
/// as_of_date: an own share of occasions or money of at least half, over at least three occasions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behaviour {
    /// At least half of the occasions or of the money is the own brand's.
    High,
    /// Less than half of both.
    Low,
    /// Fewer than three occasions in the window.
    Insufficient,
}

/// What the attitude of a customer must be found to be, under the shared default parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attitude {
    /// Attitude index of the latest response above 70.
    High,
    /// Attitude index of the latest response below 70.
    Low,
    /// The latest response holds less than half of all item weight.
    HalfAnswered,
    /// No response.
    NeverAnswered,
}

/// A kind of customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Profile {
    /// Buys the brand and likes it: segment true.
    Devoted,
    /// Likes the brand and buys others: segment latent.
    Admirer,
    /// Buys the brand for its deals or for want of others: segment spurious.
    Captive,
    /// Neither buys nor likes it: segment none.
    Drifter,
    /// Buys the brand, never answered.
    SilentBuyer,
    /// Buys others, never answered.
    SilentDrifter,
    /// Buys the brand, broke the last questionnaire off.
    HalfAnswered,
    /// Likes the brand, hardly buys the category.
    RareAdmirer,
    /// Dislikes the brand, hardly buys the category.
    RareCritic,
    /// Joined in the last two months.
    Newcomer,
    /// Bought in the first year only.
    Lapsed,
    /// On file, nothing else.
    OnFile,
}

/// How a kind of customer buys. Orders are counted per year of the sample.
#[derive(Clone, Copy, Debug)]
pub(super) struct Habits {
    /// Fewest and most orders in the year before the window.
    pub(super) orders_before: (u32, u32),
    /// Fewest and most orders in the window.
    pub(super) orders_within: (u32, u32),
    /// Percent of orders that are the own brand's, before and in the window.
    pub(super) own_percent: (u32, u32),
    /// Most lines of an order.
    pub(super) most_lines: u32,
    /// Fewest and most seconds to choose an own product online.
    pub(super) choice_seconds: (u32, u32),
}

impl Profile {
    /// Kinds with their share in a thousand customers.
    const SHARES: [(u32, Self); 12] = [
        (230, Self::Devoted),
        (130, Self::Admirer),
        (170, Self::Captive),
        (140, Self::Drifter),
        (90, Self::SilentBuyer),
        (60, Self::SilentDrifter),
        (40, Self::HalfAnswered),
        (30, Self::RareAdmirer),
        (20, Self::RareCritic),
        (50, Self::Newcomer),
        (30, Self::Lapsed),
        (10, Self::OnFile),
    ];

    /// The kind of the next customer.
    pub(super) fn draw(dice: &mut Dice) -> Self {
        dice.pick(&Self::SHARES)
    }

    /// What must be found about a customer of this kind.
    pub(super) fn intention(self) -> (Behaviour, Attitude) {
        match self {
            Self::Devoted => (Behaviour::High, Attitude::High),
            Self::Admirer => (Behaviour::Low, Attitude::High),
            Self::Captive => (Behaviour::High, Attitude::Low),
            Self::Drifter => (Behaviour::Low, Attitude::Low),
            Self::SilentBuyer => (Behaviour::High, Attitude::NeverAnswered),
            Self::SilentDrifter => (Behaviour::Low, Attitude::NeverAnswered),
            Self::HalfAnswered => (Behaviour::High, Attitude::HalfAnswered),
            Self::RareAdmirer => (Behaviour::Insufficient, Attitude::High),
            Self::RareCritic => (Behaviour::Insufficient, Attitude::Low),
            Self::Newcomer | Self::Lapsed | Self::OnFile => (Behaviour::Insufficient, Attitude::NeverAnswered),
        }
    }

    /// How a customer of this kind buys.
    pub(super) fn habits(self) -> Habits {
        let usual = Habits {
            orders_before: (3, 7),
            orders_within: (4, 8),
            own_percent: (50, 50),
            most_lines: 3,
            choice_seconds: (60, 240),
        };
        match self {
            Self::Devoted => Habits {
                orders_before: (5, 9),
                orders_within: (6, 12),
                own_percent: (80, 85),
                choice_seconds: (15, 70),
                ..usual
            },
            Self::Admirer => Habits { orders_within: (5, 10), own_percent: (28, 25), ..usual },
            Self::Captive => Habits { orders_within: (6, 11), own_percent: (75, 76), most_lines: 2, ..usual },
            Self::Drifter => Habits { own_percent: (26, 18), most_lines: 2, ..usual },
            Self::SilentBuyer | Self::HalfAnswered => Habits { orders_within: (6, 10), own_percent: (70, 78), ..usual },
            Self::SilentDrifter => Habits { own_percent: (30, 25), ..usual },
            Self::RareAdmirer | Self::RareCritic => {
                Habits { orders_before: (0, 3), orders_within: (0, 2), own_percent: (50, 60), most_lines: 1, ..usual }
            }
            Self::Newcomer => {
                Habits { orders_before: (0, 0), orders_within: (1, 2), own_percent: (0, 80), most_lines: 1, ..usual }
            }
            Self::Lapsed => Habits { orders_before: (3, 6), orders_within: (0, 0), own_percent: (75, 0), ..usual },
            Self::OnFile => Habits { orders_before: (0, 0), orders_within: (0, 0), ..usual },
        }
    }
}
