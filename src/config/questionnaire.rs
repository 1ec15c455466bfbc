//! The questionnaire file: items, scales, weights. Queries read it as the table `questionnaire_items`.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::PipelineText;
use super::definition_file::{Definition, not_positive};
use super::located::Located;
use crate::error::Problem;

/// Items that customers answer, and how they enter the attitude composite.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Questionnaire {
    /// Name of the questionnaire.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Dimensions by name, each with its weight.
    #[serde(default)]
    pub dimensions: IndexMap<Located<String>, Dimension>,
    /// Items in the order of the form.
    pub items: Vec<Item>,
}

/// A group of items.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dimension {
    /// Weight of the dimension in the composite, positive.
    pub weight: Located<f64>,
}

/// One question.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Identifier that answers refer to.
    pub id: Located<String>,
    /// The question in words.
    #[serde(default)]
    pub wording: Wording,
    /// What the item measures.
    pub construct: Located<Construct>,
    /// Dimension it belongs to, when it is weighted.
    #[serde(default)]
    pub dimension: Option<Located<String>>,
    /// Smallest and largest answer.
    pub scale: Scale,
    /// Whether a high answer means low loyalty.
    #[serde(default)]
    pub reverse: bool,
    /// Scores that stand for no answer.
    #[serde(default)]
    pub missing_codes: Vec<f64>,
    /// Weight within the composite, positive; an item without one is measured but outside the composite.
    #[serde(default)]
    pub weight: Option<Located<f64>>,
}

/// A question in the languages of the form.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    /// English.
    #[serde(default)]
    pub en: String,
    /// Chinese.
    #[serde(default)]
    pub zh: String,
}

/// Range of answers.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// Smallest answer.
    pub min: f64,
    /// Largest answer.
    pub max: f64,
}

macro_rules! constructs {
    ($($variant:ident $name:literal $meaning:literal,)*) => {
        /// What an item measures.
        #[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
        #[serde(rename_all = "snake_case")]
        pub enum Construct {
            $(#[doc = $meaning] $variant,)*
        }

        impl Construct {
            /// The name used in YAML and in the table `questionnaire_items`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

constructs! {
    Recommend "recommend" "Would recommend to others.",
    Encourage "encourage" "Encourages others to buy.",
    Repurchase "repurchase" "Would buy again.",
    CrossBuy "cross_buy" "Would buy other products of the brand.",
    Tolerance "tolerance" "Tolerates an incident.",
    Competitor "competitor" "Attitude to competitors.",
    PriceTolerance "price_tolerance" "Would accept a higher price.",
    PromotionImmunity "promotion_immunity" "Is not moved by rivals' promotions.",
    Complaint "complaint" "Would complain or switch.",
    Satisfaction "satisfaction" "Overall satisfaction.",
    Expectation "expectation" "What was expected.",
    Demand "demand" "What was demanded.",
    Disconfirmation "disconfirmation" "Better or worse than expected.",
    Ideal "ideal" "Closeness to the ideal.",
    Quality "quality" "Perceived quality.",
    ValueProduct "value_product" "Value of the product.",
    ValueService "value_service" "Value of the service.",
    ValuePersonnel "value_personnel" "Value of the personnel.",
    ValueImage "value_image" "Value of the image.",
    CostMoney "cost_money" "Cost in money.",
    CostTime "cost_time" "Cost in time.",
    CostEnergy "cost_energy" "Cost in energy.",
    SwitchingMoney "switching_money" "Cost of switching in money.",
    SwitchingMind "switching_mind" "Cost of switching in mind.",
    SwitchingTime "switching_time" "Cost of switching in time.",
    TrustReliability "trust_reliability" "Reliability.",
    TrustCompetence "trust_competence" "Competence.",
    TrustCloseness "trust_closeness" "Closeness.",
    Goodwill "goodwill" "Goodwill.",
    Relationship "relationship" "Relationship.",
    Image "image" "Image.",
    SocialNorm "social_norm" "Social norm.",
    Effort "effort" "Effort, more is worse.",
    Ease "ease" "Ease, more is better.",
    NeedMet "need_met" "The need was met.",
    Feeling "feeling" "How it felt.",
    NeedFirst "need_first" "Which need comes first.",
    WalletDeclared "wallet_declared" "Declared share of spend.",
    BrandRank "brand_rank" "Rank among the brands used.",
}

impl Definition for Questionnaire {
    const WHAT: &'static str = "questionnaire";

    fn problems(&self, file: &PipelineText) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (name, dimension) in &self.dimensions {
            problems.extend(not_positive(&dimension.weight, &format!("weight of dimension `{}`", name.value), file));
        }
        let mut seen = BTreeSet::new();
        for item in &self.items {
            let id = &item.id.value;
            let mut complain = |message: String| problems.push(Problem::new(message).at(file.place_of(&item.id)));
            if !seen.insert(id.as_str()) {
                complain(format!("item `{id}` is defined twice"));
            }
            if item.scale.min.is_nan() || item.scale.max.is_nan() || item.scale.min >= item.scale.max {
                complain(format!("the scale of item `{id}` must have its min below its max"));
            }
            let unknown = item.dimension.as_ref().filter(|name| !self.dimensions.contains_key(name.value.as_str()));
            if let Some(name) = unknown {
                complain(format!("item `{id}` belongs to dimension `{}`, which is not defined", name.value));
            }
            if item.weight.is_some() && item.dimension.is_none() {
                complain(format!("item `{id}` has a weight but no dimension"));
            }
            if let Some(weight) = &item.weight {
                problems.extend(not_positive(weight, &format!("weight of item `{id}`"), file));
            }
        }
        problems
    }
}
