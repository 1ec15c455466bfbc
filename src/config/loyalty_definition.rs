//! The definition of a loyal customer and of the loyalty index. Queries read it as the tables `loyalty_conditions` and
//! `loyalty_index_items`.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::PipelineText;
use super::catalogue::{Axis, Catalogue, Indicator, Unit};
use super::definition_file::{Definition, not_positive};
use super::located::Located;
use super::questionnaire::Questionnaire;
use super::sidecar::Label;
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
    /// Conditions that a loyal customer must all meet, in addition to high states of the measured axes.
    #[serde(default)]
    pub loyal_customer: Vec<Condition>,
    /// The indicators of the loyalty index, each with its weight.
    pub loyalty_index: Vec<IndexItem>,
}

/// A condition that a loyal customer meets: either `at_least` or `at_most`, inclusive.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Name of the indicator in `catalogue.yml`.
    pub indicator: Located<String>,
    /// Smallest value that fulfils the condition, in the unit of the indicator.
    #[serde(default)]
    pub at_least: Option<Located<f64>>,
    /// Largest value that fulfils the condition, in the unit of the indicator.
    #[serde(default)]
    pub at_most: Option<Located<f64>>,
    /// The condition in words.
    #[serde(default)]
    pub description: String,
    /// The condition in the languages of the reports; `description` where it is not given.
    #[serde(default)]
    pub label: Label,
}

/// A weighted indicator of the loyalty index.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndexItem {
    /// What the indicator represents, in words.
    pub dimension: String,
    /// The dimension in the languages of the reports; `dimension` where it is not given.
    #[serde(default)]
    pub label: Label,
    /// Name of the indicator in `catalogue.yml`.
    pub indicator: Located<String>,
    /// Weight, positive; weights need not sum to 1.
    pub weight: Located<f64>,
    /// How the indicator becomes a number from 0 to 1.
    pub mapping: Located<Mapping>,
    /// Whether a large value means little loyalty; then 1 minus the mapped value is used.
    #[serde(default)]
    pub reverse: bool,
    /// The mapping in words.
    #[serde(default)]
    pub formula: String,
    /// The mapping in the languages of the reports; `formula` where it is not given.
    #[serde(default)]
    pub formula_label: Label,
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

impl Definition for LoyaltyDefinition {
    const KEY: &'static str = "loyalty_definition";
    const WHAT: &'static str = "loyalty definition";

    fn problems(&self, file: &PipelineText) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut bounded = BTreeSet::new();
        for condition in &self.loyal_customer {
            let name = &condition.indicator;
            if condition.bound().is_none() {
                problems.push(
                    Problem::new(format!("the condition on `{}` needs either `at_least` or `at_most`", name.value))
                        .at(file.place_of(name))
                        .hint("for both, write two conditions"),
                );
            }
            if !bounded.insert((name.value.as_str(), condition.at_least.is_some())) {
                problems.push(
                    Problem::new(format!("`{}` has two conditions of the same kind", name.value))
                        .at(file.place_of(name)),
                );
            }
        }
        let mut weighted = BTreeSet::new();
        for item in &self.loyalty_index {
            let name = &item.indicator;
            problems.extend(not_positive(&item.weight, &format!("the weight of `{}`", name.value), file));
            if !weighted.insert(name.value.as_str()) {
                problems.push(
                    Problem::new(format!("`{}` appears twice in the loyalty index", name.value))
                        .at(file.place_of(name))
                        .hint("list it once, with the sum of both weights"),
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
    /// What is wrong with the indicators it names: there is no such indicator, or a bound or mapping does not fit its
    /// unit.
    pub fn indicator_problems(&self, catalogue: &Catalogue, file: &PipelineText) -> Vec<Problem> {
        let mut problems = Vec::new();
        for condition in &self.loyal_customer {
            match catalogue.indicator(&condition.indicator, file.place_of(&condition.indicator)) {
                Ok(indicator) => problems.extend(condition.bound_problems(indicator.unit, file)),
                Err(problem) => problems.push(problem),
            }
        }
        for item in &self.loyalty_index {
            match catalogue.indicator(&item.indicator, file.place_of(&item.indicator)) {
                Ok(indicator) => problems.extend(item.mapping_problem(indicator.unit, file)),
                Err(problem) => problems.push(problem),
            }
        }
        problems
    }

    /// Indicators it names that no item of the questionnaire measures. They are unknown for every customer.
    pub fn unmeasured<'a>(&self, catalogue: &'a Catalogue, questionnaire: Option<&Questionnaire>) -> Vec<&'a str> {
        let items = || questionnaire.into_iter().flat_map(|questionnaire| &questionnaire.items);
        let is_measured = |indicator: &Indicator| {
            let has_construct = || items().any(|item| indicator.constructs.contains(&item.construct.value));
            let has_weight = || items().any(|item| item.weight.is_some());
            (indicator.constructs.is_empty() || has_construct()) && (!indicator.weighted || has_weight())
        };
        let named: BTreeSet<&str> = self.indicators().collect();
        let names = catalogue.indicators.iter().filter(|(name, _)| named.contains(name.as_str()));
        names.filter(|(_, indicator)| !is_measured(indicator)).map(|(name, _)| name.as_str()).collect()
    }

    /// Whether an indicator of the loyalty index measures this side of loyalty.
    pub fn has_axis(&self, axis: Axis, catalogue: &Catalogue) -> bool {
        let axis_of = |item: &IndexItem| Some(catalogue.indicators.get(item.indicator.as_str())?.axis);
        self.loyalty_index.iter().any(|item| axis_of(item) == Some(axis))
    }

    fn indicators(&self) -> impl Iterator<Item = &str> {
        let conditions = self.loyal_customer.iter().map(|condition| condition.indicator.value.as_str());
        conditions.chain(self.loyalty_index.iter().map(|item| item.indicator.value.as_str()))
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

    fn bound_problems(&self, unit: Unit, file: &PipelineText) -> Vec<Problem> {
        let name = &self.indicator.value;
        let (least, most) = unit.bounds();
        let values = [&self.at_least, &self.at_most].into_iter().flatten();
        let beyond = values.filter(|value| !(value.is_finite() && (least..=most).contains(&value.value)));
        let problem = |value: &Located<f64>| {
            let unit = unit.in_words();
            Problem::new(format!("`{name}` is {unit} and cannot be compared with {}", value.value))
                .at(file.place(value.line, value.column))
        };
        beyond.map(problem).collect()
    }
}

impl IndexItem {
    fn mapping_problem(&self, unit: Unit, file: &PipelineText) -> Option<Problem> {
        let name = &self.indicator.value;
        let problem = match self.mapping.value {
            Mapping::Share if unit == Unit::Share => return None,
            Mapping::Share => {
                let example =
                    if unit == Unit::Index { "{range: {from: 0, to: 100}}" } else { "{range: {from: 0, to: 12}}" };
                Problem::new(format!("`{name}` is not a share from 0 to 1, so the mapping `share` does not fit"))
                    .hint(format!("use `percentile`, or a range such as `{example}`"))
            }
            Mapping::Percentile => return None,
            Mapping::Range(Range { from, to }) => {
                let (least, most) = unit.bounds();
                if !(from.is_finite() && to.is_finite() && from < to) {
                    Problem::new(format!("the range of `{name}` must have its `from` below its `to`"))
                        .hint("if less is better, keep the order and add `reverse: true`")
                } else if from < least || to > most {
                    Problem::new(format!("`{name}` is {}, so its range cannot be {from} to {to}", unit.in_words()))
                } else {
                    return None;
                }
            }
        };
        Some(problem.at(file.place(self.mapping.line, self.mapping.column)))
    }
}
