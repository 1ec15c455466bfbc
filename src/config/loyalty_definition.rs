//! The definition of a loyal customer and of the loyalty index. Queries read it as the tables `loyalty_conditions` and
//! `loyalty_index_items`.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::PipelineText;
use super::definition_file::{Definition, not_positive};
use super::located::Located;
use super::questionnaire::{Construct, Questionnaire};
use crate::error::Problem;

/// Who is a loyal customer, and which weighted indicators make up the loyalty index.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoyaltyDefinition {
    /// Name of the definition.
    pub name: String,
    /// What it is for, and where it comes from.
    #[serde(default)]
    pub description: String,
    /// What a loyal customer fulfils, all of it, beside high states of the measured axes.
    #[serde(default)]
    pub loyal_customer: Vec<Condition>,
    /// The indicators of the loyalty index, each with its weight.
    pub loyalty_index: Vec<IndexItem>,
}

/// A bound that a loyal customer keeps: either `at_least` or `at_most`, inclusive.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Indicator that is looked at.
    pub indicator: Located<Indicator>,
    /// Smallest value that fulfils the condition, in the unit of the indicator.
    #[serde(default)]
    pub at_least: Option<Located<f64>>,
    /// Largest value that fulfils the condition, in the unit of the indicator.
    #[serde(default)]
    pub at_most: Option<Located<f64>>,
    /// The condition in words.
    #[serde(default)]
    pub description: String,
}

/// A weighted indicator of the loyalty index.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndexItem {
    /// What the indicator stands for, in words.
    pub dimension: String,
    /// Indicator that is looked at.
    pub indicator: Located<Indicator>,
    /// Weight, positive; weights need not sum to 1.
    pub weight: Located<f64>,
    /// How the indicator becomes a number from 0 to 1.
    pub mapping: Located<Mapping>,
    /// Whether a large value means little loyalty: 1 minus the mapped value counts.
    #[serde(default)]
    pub reverse: bool,
    /// The mapping in words.
    #[serde(default)]
    pub formula: String,
    /// Where the indicator comes from (author, year).
    #[serde(default)]
    pub source: String,
}

/// How an indicator becomes a number from 0 to 1.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Mapping {
    /// The indicator is a share from 0 to 1 and stays as it is.
    Share,
    /// Mean rank among the customers whose value is known, divided by their number.
    Percentile,
    /// 0 at `from` and below, 1 at `to` and above, a straight line between.
    Range(Range),
}

/// Bounds of a mapping, in the unit of the indicator.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// Value that becomes 0.
    pub from: f64,
    /// Value that becomes 1, above `from`.
    pub to: f64,
}

/// The side of loyalty that an indicator measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// What customers do.
    Behaviour,
    /// What customers think.
    Attitude,
}

/// What the values of an indicator are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// From 0 to 1.
    Share,
    /// From 0 to 100.
    Index,
    /// Days, seconds or how often, 0 or more.
    Quantity,
    /// From -1 to 1.
    Difference,
}

macro_rules! indicators {
    ($($variant:ident $name:literal $axis:ident $unit:ident $meaning:literal,)*) => {
        /// An indicator of a customer that a definition may name; the columns of `customer_behaviour` and
        /// `customer_attitude` of the same name.
        #[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq, PartialOrd, Ord)]
        #[serde(rename_all = "snake_case")]
        pub enum Indicator {
            $(#[doc = $meaning] $variant,)*
        }

        impl Indicator {
            /// Every indicator.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name used in YAML and in tables.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The side of loyalty it measures.
            pub fn axis(self) -> Axis {
                match self { $(Self::$variant => Axis::$axis,)* }
            }

            /// What its values are.
            pub fn unit(self) -> Unit {
                match self { $(Self::$variant => Unit::$unit,)* }
            }
        }
    };
}

indicators! {
    OwnOrdersCount "own_orders_count" Behaviour Quantity "Own orders in the window.",
    RepeatPurchasesCount "repeat_purchases_count" Behaviour Quantity "Own orders in the window after the first ever.",
    OwnProductsCount "own_products_count" Behaviour Quantity "Different own products bought.",
    OwnCategoriesCount "own_categories_count" Behaviour Quantity "Categories in which the own brand was bought.",
    OwnOccasionsCount "own_occasions_count" Behaviour Quantity "Own occasions in the window.",
    RepeatPurchaseRate "repeat_purchase_rate" Behaviour Share "Own occasions of all occasions, 0-1.",
    ShareOfWallet "share_of_wallet" Behaviour Share "Own amount of the amount of all brands, 0-1.",
    ShareOfRequirements "share_of_requirements" Behaviour Share "Own quantity of the quantity of all brands, 0-1.",
    DealShare "deal_share" Behaviour Share "Own units bought on a deal, 0-1.",
    SwitchingRate "switching_rate" Behaviour Share "Consecutive orders whose brand differs, 0-1.",
    ChoiceSecondsMedian "choice_seconds_median" Behaviour Quantity "Median seconds from the first look to the order.",
    RecencyDays "recency_days" Behaviour Quantity "Days since the last own occasion.",
    LoyalBehavioursCount "loyal_behaviours_count" Behaviour Quantity "How many of the five loyal behaviours are shown.",
    IsRecommending "is_recommending" Behaviour Share "Has referred others, or is a promoter: 0 or 1.",
    TouchesCount "touches_count" Behaviour Quantity "Contacts with the brand.",
    AttitudeIndex "attitude_index" Attitude Index "Attitude composite, 0-100.",
    RecommendIndex "recommend_index" Attitude Index "Would recommend, 0-100.",
    RepurchaseIndex "repurchase_index" Attitude Index "Would buy again, 0-100.",
    ToleranceIndex "tolerance_index" Attitude Index "Would forgive an incident, 0-100.",
    PriceToleranceIndex "price_tolerance_index" Attitude Index "Would accept a higher price, 0-100.",
    PromotionImmunityIndex "promotion_immunity_index" Attitude Index "Is not moved by rivals' promotions, 0-100.",
    RelativeAttitude "relative_attitude" Attitude Difference "Own score minus the best competitor's, -1 to 1.",
    CrossBuyIndex "cross_buy_index" Attitude Index "Would buy other products of the brand, 0-100.",
    EncourageIndex "encourage_index" Attitude Index "Encourages others to buy, 0-100.",
    SatisfactionIndex "satisfaction_index" Attitude Index "Satisfaction, 0-100.",
    BatteryIndex "battery_index" Attitude Index "Battery of behavioural intentions, 0-100.",
}

impl Axis {
    /// The name used in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Behaviour => "behaviour",
            Self::Attitude => "attitude",
        }
    }
}

impl Mapping {
    /// The name used in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Share => "share",
            Self::Percentile => "percentile",
            Self::Range(_) => "range",
        }
    }

    /// Its bounds, when it has some.
    pub fn range(self) -> Option<Range> {
        match self {
            Self::Range(range) => Some(range),
            Self::Share | Self::Percentile => None,
        }
    }
}

impl Unit {
    /// Smallest and largest value there can be.
    fn bounds(self) -> (f64, f64) {
        match self {
            Self::Share => (0.0, 1.0),
            Self::Index => (0.0, 100.0),
            Self::Quantity => (0.0, f64::INFINITY),
            Self::Difference => (-1.0, 1.0),
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::Share => "a share from 0 to 1",
            Self::Index => "an index from 0 to 100",
            Self::Quantity => "0 or more",
            Self::Difference => "a difference from -1 to 1",
        }
    }
}

impl Definition for LoyaltyDefinition {
    const WHAT: &'static str = "loyalty definition";

    fn problems(&self, file: &PipelineText) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut bounded = BTreeSet::new();
        for condition in &self.loyal_customer {
            problems.extend(condition.problems(file));
            if !bounded.insert((condition.indicator.value, condition.at_least.is_some())) {
                let name = condition.indicator.name();
                problems.push(
                    Problem::new(format!("two conditions bound `{name}` on the same side"))
                        .at(condition.indicator.place(file)),
                );
            }
        }
        let mut weighted = BTreeSet::new();
        for item in &self.loyalty_index {
            let name = item.indicator.name();
            problems.extend(not_positive(&item.weight, &format!("the weight of `{name}`"), file));
            problems.extend(item.mapping_problem(file));
            if !weighted.insert(item.indicator.value) {
                problems.push(
                    Problem::new(format!("`{name}` is part of the loyalty index twice"))
                        .at(item.indicator.place(file))
                        .hint("give it once, with the weight of both"),
                );
            }
        }
        if self.loyalty_index.is_empty() {
            problems.push(
                Problem::new("the loyalty index has no indicators")
                    .at(crate::error::Place::file(file.path.display().to_string()))
                    .hint("list at least one under `loyalty_index`"),
            );
        }
        problems
    }
}

impl LoyaltyDefinition {
    /// Indicators it names that no item of the questionnaire measures: they stay unknown for every customer.
    pub fn unmeasured(&self, questionnaire: Option<&Questionnaire>) -> Vec<Indicator> {
        let items = || questionnaire.into_iter().flat_map(|questionnaire| &questionnaire.items);
        let is_measured = |indicator: &Indicator| match indicator.constructs() {
            Some(constructs) => items().any(|item| constructs.contains(&item.construct.value)),
            None => *indicator != Indicator::AttitudeIndex || items().any(|item| item.weight.is_some()),
        };
        let conditions = self.loyal_customer.iter().map(|condition| condition.indicator.value);
        let named: BTreeSet<Indicator> =
            conditions.chain(self.loyalty_index.iter().map(|item| item.indicator.value)).collect();
        named.into_iter().filter(|indicator| !is_measured(indicator)).collect()
    }
}

impl Indicator {
    /// The constructs of which an item must be answered for it to be known, one of them at least; `None` when it does not
    /// hang on a construct.
    pub fn constructs(self) -> Option<&'static [Construct]> {
        Some(match self {
            Self::RecommendIndex => &[Construct::Recommend],
            Self::RepurchaseIndex => &[Construct::Repurchase],
            Self::ToleranceIndex => &[Construct::Tolerance],
            Self::PriceToleranceIndex => &[Construct::PriceTolerance],
            Self::PromotionImmunityIndex => &[Construct::PromotionImmunity],
            Self::CrossBuyIndex => &[Construct::CrossBuy],
            Self::EncourageIndex => &[Construct::Encourage],
            Self::SatisfactionIndex => &[Construct::Satisfaction],
            Self::BatteryIndex => &[
                Construct::Recommend,
                Construct::Encourage,
                Construct::PriceTolerance,
                Construct::Complaint,
                Construct::Competitor,
                Construct::Repurchase,
            ],
            _ => return None,
        })
    }
}

impl Located<Indicator> {
    fn place(&self, file: &PipelineText) -> crate::error::Place {
        file.place(self.line, self.column).length(self.name().len())
    }
}

impl Condition {
    /// `at_least` or `at_most`, and its value; `None` when neither or both are given.
    pub fn bound(&self) -> Option<(&'static str, f64)> {
        match (&self.at_least, &self.at_most) {
            (Some(value), None) => Some(("at_least", value.value)),
            (None, Some(value)) => Some(("at_most", value.value)),
            _ => None,
        }
    }

    fn problems(&self, file: &PipelineText) -> Vec<Problem> {
        let name = self.indicator.name();
        let mut problems = Vec::new();
        if self.bound().is_none() {
            problems.push(
                Problem::new(format!("the condition on `{name}` needs either `at_least` or `at_most`"))
                    .at(self.indicator.place(file))
                    .hint("for both, write two conditions"),
            );
        }
        let unit = self.indicator.unit();
        let (least, most) = unit.bounds();
        for value in [&self.at_least, &self.at_most].into_iter().flatten() {
            if !(value.is_finite() && (least..=most).contains(&value.value)) {
                problems.push(
                    Problem::new(format!(
                        "`{name}` is {}, it cannot be compared with {}",
                        unit.in_words(),
                        value.value
                    ))
                    .at(file.place(value.line, value.column)),
                );
            }
        }
        problems
    }
}

impl IndexItem {
    fn mapping_problem(&self, file: &PipelineText) -> Option<Problem> {
        let name = self.indicator.name();
        let unit = self.indicator.unit();
        let problem = match self.mapping.value {
            Mapping::Share if unit == Unit::Share => return None,
            Mapping::Share => {
                let example =
                    if unit == Unit::Index { "{range: {from: 0, to: 100}}" } else { "{range: {from: 0, to: 12}}" };
                Problem::new(format!("`{name}` is no share from 0 to 1, so it cannot count as it is"))
                    .hint(format!("use `percentile`, or a range such as `{example}`"))
            }
            Mapping::Percentile => return None,
            Mapping::Range(Range { from, to }) => {
                let (least, most) = unit.bounds();
                if !(from.is_finite() && to.is_finite() && from < to) {
                    Problem::new(format!("the range of `{name}` must have its `from` below its `to`"))
                        .hint("for an indicator of which less is better, keep the order and add `reverse: true`")
                } else if from < least || to > most {
                    Problem::new(format!("`{name}` is {}, its range cannot be {from} to {to}", unit.in_words()))
                } else {
                    return None;
                }
            }
        };
        Some(problem.at(file.place(self.mapping.line, self.mapping.column)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_yaml_and_the_axis_follows_from_the_unit_of_indices() {
        for indicator in Indicator::ALL {
            let read: Indicator = serde_yaml::from_str(indicator.name()).unwrap();
            assert_eq!(read, *indicator);
            if indicator.name().ends_with("_index") {
                assert_eq!((indicator.axis(), indicator.unit()), (Axis::Attitude, Unit::Index));
            }
        }
        assert_eq!(Indicator::ALL.len(), 26);
    }
}
