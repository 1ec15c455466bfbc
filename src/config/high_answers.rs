//! Which answers to the weighted items count as a high attitude, and which of them should not.

use super::parameters::{Parameter, number};
use super::questionnaire::{Construct, Item, Questionnaire};

/// Parameter with the attitude index from which attitude is high.
const ATTITUDE_CUT: &str = "attitude_cut";
/// Parameter with the lowest recommendation score that is not a detractor's.
const PASSIVE_FROM: &str = "passive_from";
/// As in the queries: an index that equals the cut in decimal may differ from it in binary.
const TOLERANCE: f64 = 1e-7;
/// Scales with more answers are described by their bound.
const MOST_STEPS: usize = 1000;

/// What the cut means for the answers to a questionnaire.
#[derive(Debug, PartialEq)]
pub struct HighAnswers {
    /// The cut.
    pub cut: f64,
    /// For each weighted item the answers that are high, in words.
    pub answers: Vec<String>,
    /// Answers that are high and should not be, in words.
    pub warnings: Vec<String>,
}

/// The answers that count as high; `None` without a cut or without weighted items.
pub fn high_answers(questionnaire: &Questionnaire, parameters: &[Parameter]) -> Option<HighAnswers> {
    let value = |name: &str| parameters.iter().find(|parameter| parameter.name == name).and_then(number);
    let cut = value(ATTITUDE_CUT)?;
    let mut found = HighAnswers { cut, answers: Vec::new(), warnings: Vec::new() };
    for item in questionnaire.items.iter().filter(|item| item.weight.is_some()) {
        let (id, min, max) = (&item.id.value, item.scale.min, item.scale.max);
        let is_high = |answer: f64| index(item, answer) >= cut - TOLERANCE;
        found.answers.push(format!("{id} {} of {min}-{max}", high_range(item, cut)));
        let middle = f64::midpoint(min, max);
        let steps = item.scale.steps(MOST_STEPS);
        if is_high(middle) && steps.as_ref().is_none_or(|steps| steps.contains(&middle)) {
            found.warnings.push(format!("the answer {middle} to `{id}`, the middle of {min}-{max}, counts as high"));
        }
        if item.construct.value == Construct::Recommend
            && let Some(passive_from) = value(PASSIVE_FROM)
            && let Some(most) = steps.and_then(|steps| steps.into_iter().rfind(|step| *step < passive_from))
            && is_high(most)
        {
            found.warnings.push(format!("the answer {most} to `{id}`, that of a detractor, counts as high"));
        }
    }
    (!found.answers.is_empty()).then_some(found)
}

/// Place of an answer on its scale, 0-100, turned where the item is reversed.
fn index(item: &Item, answer: f64) -> f64 {
    let share = (answer - item.scale.min) / (item.scale.max - item.scale.min);
    100.0 * if item.reverse { 1.0 - share } else { share }
}

/// The answers that reach the cut by themselves.
fn high_range(item: &Item, cut: f64) -> String {
    let (min, max) = (item.scale.min, item.scale.max);
    let high: Option<Vec<f64>> = item
        .scale
        .steps(MOST_STEPS)
        .map(|steps| steps.into_iter().filter(|step| index(item, *step) >= cut - TOLERANCE).collect());
    match high.as_deref() {
        Some([]) => "none".to_owned(),
        Some([only]) => only.to_string(),
        Some([first, .., last]) => format!("{first}-{last}"),
        None if item.reverse => format!("up to {}", max - cut / 100.0 * (max - min)),
        None => format!("from {}", min + cut / 100.0 * (max - min)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parameters::{Origin, ParameterValue};

    fn found(items: &str, cut: &str, passive_from: &str) -> HighAnswers {
        let text = format!("name: test\ndimensions: {{attitude: {{weight: 1}}}}\nitems:\n{items}");
        let parameter = |name: &str, value: &str| Parameter {
            name: name.into(),
            description: String::new(),
            value: Some(ParameterValue::Decimal(value.into())),
            is_wrong: false,
            origin: Origin::SharedDefault,
        };
        let parameters = [parameter(ATTITUDE_CUT, cut), parameter(PASSIVE_FROM, passive_from)];
        high_answers(&serde_yaml::from_str(&text).unwrap(), &parameters).unwrap()
    }

    const ITEMS: &str = "
  - {id: advise, construct: recommend, dimension: attitude, weight: 1, scale: {min: 0, max: 10}}
  - {id: again, construct: repurchase, dimension: attitude, weight: 1, scale: {min: 1, max: 5}}
  - {id: rivals, construct: competitor, dimension: attitude, weight: 1, scale: {min: 1, max: 5}, reverse: true}
  - {id: slider, construct: satisfaction, dimension: attitude, weight: 1, scale: {min: 0, max: 2.5}}
  - {id: beside, construct: ease, scale: {min: 1, max: 7}}
";

    #[test]
    fn at_seventy_four_of_five_and_seven_of_ten_pass() {
        let found = found(ITEMS, "70", "7");
        assert_eq!(
            found.answers,
            ["advise 7-10 of 0-10", "again 4-5 of 1-5", "rivals 1-2 of 1-5", "slider from 1.75 of 0-2.5"]
        );
        assert_eq!(found.warnings, Vec::<String>::new());
    }

    #[test]
    fn the_cut_itself_is_high() {
        assert_eq!(found(ITEMS, "75", "7").answers[1], "again 4-5 of 1-5");
        assert_eq!(found(ITEMS, "75.000001", "7").answers[1], "again 5 of 1-5");
        assert_eq!(found(ITEMS, "100", "7").answers[0], "advise 10 of 0-10");
    }

    #[test]
    fn a_middle_and_a_detractor_that_pass_are_warned_of() {
        let neutral = found(ITEMS, "50", "7");
        assert_eq!(
            neutral.warnings,
            [
                "the answer 5 to `advise`, the middle of 0-10, counts as high",
                "the answer 6 to `advise`, that of a detractor, counts as high",
                "the answer 3 to `again`, the middle of 1-5, counts as high",
                "the answer 3 to `rivals`, the middle of 1-5, counts as high",
                "the answer 1.25 to `slider`, the middle of 0-2.5, counts as high",
            ]
        );
        assert_eq!(found(ITEMS, "60", "7").warnings, ["the answer 6 to `advise`, that of a detractor, counts as high"]);
        assert_eq!(found(ITEMS, "60", "6").warnings, Vec::<String>::new());
    }

    #[test]
    fn a_scale_without_a_middle_answer_has_no_neutral_one() {
        let even = "  - {id: even, construct: repurchase, dimension: attitude, weight: 1, scale: {min: 1, max: 4}}";
        assert_eq!(found(even, "50", "7").warnings, Vec::<String>::new());
        assert_eq!(found(even, "50", "7").answers, ["even 3-4 of 1-4"]);
    }
}
