//! The questionnaire file: items, scales, weights. Queries read it as the table `questionnaire_items`.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::located::Located;
use super::path_model::PathModel;

/// Items that customers answer, and how they enter the attitude composite.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Questionnaire {
    /// Name of the questionnaire.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Heading of the printed form.
    #[serde(default)]
    pub title: Wording,
    /// Introduction of the printed form, before the first question; replaces the default text.
    #[serde(default)]
    pub introduction: Wording,
    /// Parts of the printed form by name, in order.
    #[serde(default)]
    pub sections: IndexMap<Located<String>, Section>,
    /// Dimensions by name, each with its weight.
    #[serde(default)]
    pub dimensions: IndexMap<Located<String>, Dimension>,
    /// Items in the order of the form.
    pub items: Vec<Item>,
    /// Latent variables behind the items, and how they explain each other.
    #[serde(default)]
    pub path_model: Option<PathModel>,
}

/// A group of items.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dimension {
    /// Weight of the dimension in the composite, positive.
    pub weight: Located<f64>,
}

/// A part of the printed form; a shorter form has only some of them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Heading.
    #[serde(default)]
    pub title: Wording,
    /// Instruction before its first question.
    #[serde(default)]
    pub instruction: Wording,
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
    /// Section of the form it belongs to; items without one come first.
    #[serde(default)]
    pub section: Option<Located<String>>,
    /// What the item measures.
    pub construct: Located<Construct>,
    /// Dimension it belongs to, when it is weighted.
    #[serde(default)]
    pub dimension: Option<Located<String>>,
    /// Smallest and largest answer.
    pub scale: Scale,
    /// What the ends of the scale mean.
    #[serde(default)]
    pub labels: Labels,
    /// Answers in words, if each has its own; otherwise, all whole numbers of the scale.
    #[serde(default)]
    pub choices: Vec<Choice>,
    /// Which brands it is asked for.
    #[serde(default)]
    pub asked_for: AskedFor,
    /// Whether a high answer means low loyalty.
    #[serde(default)]
    pub reverse: bool,
    /// Scores that mean no answer.
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

/// What the ends of a scale mean.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Labels {
    /// The smallest answer.
    #[serde(default)]
    pub min: Wording,
    /// The largest answer.
    #[serde(default)]
    pub max: Wording,
}

/// An answer in words.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Its score, on the scale.
    pub score: Located<f64>,
    /// The answer in words.
    pub wording: Wording,
}

/// Which brands a question is asked for.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum AskedFor {
    /// The own brand.
    #[default]
    Own,
    /// The own brand and every other brand that the customer uses; answers name the brand.
    EachBrand,
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
            /// Every construct.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

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
    Competitor "competitor" "Attitude to competitors; reversed, so that a high index speaks for the own brand.",
    PriceTolerance "price_tolerance" "Would accept a higher price.",
    PromotionImmunity "promotion_immunity" "Is not moved by rivals' promotions.",
    Complaint "complaint" "Would complain or go elsewhere; reversed, so that a high index means neither.",
    Satisfaction "satisfaction" "Overall satisfaction.",
    Expectation "expectation" "What was expected.",
    PromiseSet "promise_set" "What the business promised.",
    Demand "demand" "What was demanded.",
    Disconfirmation "disconfirmation" "Better or worse than expected.",
    Ideal "ideal" "Closeness to the ideal.",
    Quality "quality" "Perceived quality.",
    ValueProduct "value_product" "Value of the product.",
    ValueService "value_service" "Value of the service.",
    ValuePersonnel "value_personnel" "Value of the personnel.",
    ValueImage "value_image" "Value of the image.",
    CostMoney "cost_money" "Cost in money, more is worse.",
    CostTime "cost_time" "Cost in time, more is worse.",
    CostEnergy "cost_energy" "Cost in energy, more is worse.",
    SwitchingMoney "switching_money" "Cost in money of leaving the own brand.",
    SwitchingMind "switching_mind" "Cost in mind of leaving the own brand.",
    SwitchingTime "switching_time" "Cost in time of leaving the own brand.",
    RivalSwitchingMoney "rival_switching_money" "Cost in money of leaving the usual company for the own brand.",
    RivalSwitchingMind "rival_switching_mind" "Cost in mind of leaving the usual company for the own brand.",
    RivalSwitchingTime "rival_switching_time" "Cost in time of leaving the usual company for the own brand.",
    TrustReliability "trust_reliability" "Reliability.",
    TrustCompetence "trust_competence" "Competence.",
    TrustCloseness "trust_closeness" "Closeness.",
    Goodwill "goodwill" "Benevolence: the company has the customer's good in mind.",
    Reputation "reputation" "Reputation of the brand.",
    Relationship "relationship" "Relationship.",
    Transparency "transparency" "Transparency: the customer sees what is done and what it costs.",
    Anticipation "anticipation" "Anticipation: the company sees needs and problems coming.",
    Consent "consent" "Mutual consent: nothing happens unasked, and the customer is not disturbed.",
    Image "image" "Image.",
    SocialNorm "social_norm" "Social norm.",
    Effort "effort" "Effort, more is worse.",
    Ease "ease" "Ease, more is better.",
    NeedMet "need_met" "The need was met.",
    Feeling "feeling" "How it felt.",
    NeedFirst "need_first" "Which need comes first: 1 quality, 2 price, 3 speed.",
    PersonalValues "personal_values" "Which value comes first: 1 thrift, 2 enjoyment, 3 standing, 4 responsibility.",
    ConsumptionSetting "consumption_setting" "Where it is mostly used: 1 at home, 2 at work, 3 with guests, 4 as a gift.",
    WalletDeclared "wallet_declared" "Declared spend or purchases, of each brand; the own part of all is the share.",
    BrandRank "brand_rank" "Rank among the brands used, 1 for the one bought most.",
}

impl Scale {
    /// Every answer of a scale of whole numbers, in order; `None` for other scales and for more than `most` answers.
    pub fn steps(self, most: usize) -> Option<Vec<f64>> {
        let is_whole = self.min.fract() == 0.0 && self.max.fract() == 0.0;
        let steps = std::iter::successors(Some(self.min), |step| Some(step + 1.0)).take_while(|step| *step <= self.max);
        let steps: Vec<f64> = steps.take(most.saturating_add(1)).collect();
        (is_whole && steps.len() <= most).then_some(steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_yaml_and_the_standard_questionnaire_asks_for_every_construct() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/queries/questionnaires/standard.yml");
        let standard: Questionnaire = serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        for construct in Construct::ALL {
            assert_eq!(serde_yaml::from_str::<Construct>(construct.name()).unwrap(), *construct);
            assert!(standard.items.iter().any(|item| item.construct.value == *construct), "{}", construct.name());
        }
        assert_eq!(Construct::ALL.len(), 49);
    }

    #[test]
    fn steps_are_the_whole_numbers_of_a_short_scale() {
        let steps = |min, max, most| Scale { min, max }.steps(most);
        assert_eq!(steps(0.0, 2.0, 3), Some(vec![0.0, 1.0, 2.0]));
        assert_eq!(steps(0.0, 3.0, 3), None);
        assert_eq!(steps(0.5, 2.5, 9), None);
        assert_eq!(steps(0.0, 1e300, 9), None);
    }
}
