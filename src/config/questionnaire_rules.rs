//! Rules of a questionnaire beyond its shape, alone and together with the pipeline's parameters.

use std::collections::BTreeSet;

use super::PipelineText;
use super::definition_file::{Definition, DefinitionFile, not_positive};
use super::located::Located;
use super::parameters::{Parameter, number};
use super::questionnaire::{Construct, Item, Questionnaire, Wording};
use crate::error::{Problem, did_you_mean};

/// Parameter with the lowest recommendation score of a promoter.
const PROMOTER_FROM: &str = "promoter_from";
/// Parameter with the lowest recommendation score of a passive.
const PASSIVE_FROM: &str = "passive_from";

/// Words that ask for loyalty directly. Such questions invite socially desirable answers; loyalty is inferred from
/// answers about concrete behaviour instead.
const FORBIDDEN_WORDS: [&str; 2] = ["loyal", "忠诚"];

impl Definition for Questionnaire {
    const KEY: &'static str = "questionnaire";
    const WHAT: &'static str = "questionnaire";

    fn problems(&self, file: &PipelineText) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (name, dimension) in &self.dimensions {
            problems.extend(not_positive(&dimension.weight, &format!("weight of dimension `{}`", name.value), file));
        }
        let mut seen = BTreeSet::new();
        for item in &self.items {
            if !seen.insert(item.id.value.as_str()) {
                problems.push(about(item, format!("item `{}` is defined twice", item.id.value), file));
            }
            problems.extend(item_problems(self, item, file));
        }
        if let Some(model) = &self.path_model {
            problems.extend(model.problems(self.items.iter().map(|item| item.id.value.as_str()), file));
        }
        problems
    }
}

fn item_problems(questionnaire: &Questionnaire, item: &Item, file: &PipelineText) -> Vec<Problem> {
    let id = &item.id.value;
    let mut problems = Vec::new();
    let has_range = item.scale.min.is_finite() && item.scale.max.is_finite() && item.scale.min < item.scale.max;
    if !has_range {
        problems.push(about(item, format!("the scale of item `{id}` must have its min below its max"), file));
    }
    let dimensions = questionnaire.dimensions.keys();
    problems.extend(undefined(
        item.dimension.as_ref(),
        dimensions,
        &format!("item `{id}` belongs to the dimension"),
        file,
    ));
    let sections = questionnaire.sections.keys();
    problems.extend(undefined(item.section.as_ref(), sections, &format!("item `{id}` belongs to the section"), file));
    if item.weight.is_some() && item.dimension.is_none() {
        problems.push(about(item, format!("item `{id}` has a weight but no dimension"), file));
    }
    if let Some(weight) = &item.weight {
        problems.extend(not_positive(weight, &format!("weight of item `{id}`"), file));
    }
    if let Some(word) = texts(item).find_map(|text| forbidden_word(text)) {
        problems.push(about(item, format!("item `{id}` asks for loyalty directly: `{word}`"), file).hint(
            "ask about what shows loyalty: buying again, recommending, forgiving a mistake, paying a little more",
        ));
    }
    let mut scores: Vec<f64> = Vec::new();
    for choice in &item.choices {
        let score = choice.score.value;
        let what = if scores.contains(&score) {
            format!("item `{id}` has two choices with the score {score}")
        } else if has_range && !(item.scale.min..=item.scale.max).contains(&score) {
            format!("item `{id}` has a choice with the score {score}, which is not on its scale")
        } else {
            scores.push(score);
            continue;
        };
        problems.push(Problem::new(what).at(file.place(choice.score.line, choice.score.column)));
    }
    problems
}

fn about(item: &Item, message: String, file: &PipelineText) -> Problem {
    Problem::new(message).at(file.place_of(&item.id))
}

fn undefined<'a>(
    name: Option<&Located<String>>,
    mut known: impl Iterator<Item = &'a Located<String>> + Clone,
    what: &str,
    file: &PipelineText,
) -> Option<Problem> {
    let name = name?;
    let names = known.clone();
    if known.any(|known| known == name) {
        return None;
    }
    let mut problem = Problem::new(format!("{what} `{}`, which is not defined", name.value)).at(file.place_of(name));
    problem.hint = did_you_mean(name, names.map(|name| name.value.as_str()));
    Some(problem)
}

/// Every text of the item that respondents read.
fn texts(item: &Item) -> impl Iterator<Item = &str> {
    let wordings = [&item.wording, &item.labels.min, &item.labels.max];
    let choices = item.choices.iter().map(|choice| &choice.wording);
    wordings.into_iter().chain(choices).flat_map(|Wording { en, zh }| [en.as_str(), zh.as_str()])
}

/// The word of a text that asks for loyalty, as it is written there.
fn forbidden_word(text: &str) -> Option<&str> {
    let words = text.split(|character: char| character.is_ascii() && !character.is_ascii_alphabetic());
    let is_forbidden = |word: &&str| FORBIDDEN_WORDS.iter().any(|forbidden| word.to_lowercase().contains(forbidden));
    words.filter(|word| !word.is_empty()).find(is_forbidden)
}

/// Whether the break points of the Net Promoter Score fit the items that ask for a recommendation. Promoters 9-10 and
/// detractors 0-6 are defined on a scale from 0 to 10 (Reichheld 2003); any other scale needs break points of its own.
pub fn break_point_problems(questionnaire: &DefinitionFile<Questionnaire>, parameters: &[Parameter]) -> Vec<Problem> {
    let file = &questionnaire.file;
    let parameter = |name: &str| parameters.iter().find(|parameter| parameter.name == name);
    let (promoter, passive) = (parameter(PROMOTER_FROM), parameter(PASSIVE_FROM));
    let are_given = [promoter, passive].iter().all(|found| found.is_some_and(|parameter| parameter.is_given()));
    let value = |parameter: Option<&Parameter>| parameter.and_then(number);
    let asks = |item: &&Item| item.construct.value == Construct::Recommend;
    let mut problems = Vec::new();
    for item in questionnaire.content.items.iter().filter(asks) {
        let (id, min, max) = (&item.id.value, item.scale.min, item.scale.max);
        let is_usual = min == 0.0 && max == 10.0;
        if !is_usual && !are_given {
            problems.push(
                about(item, format!("item `{id}` asks for a recommendation on a scale from {min} to {max}, not 0 to 10"), file)
                    .hint(format!(
                        "use the scale of the Net Promoter Score, or set `{PROMOTER_FROM}` and `{PASSIVE_FROM}` in the pipeline"
                    )),
            );
        } else if let (Some(promoter), Some(passive)) = (value(promoter), value(passive))
            && !(min < passive && passive <= promoter && promoter <= max)
        {
            problems.push(
                about(
                    item,
                    format!(
                        "the break points {PASSIVE_FROM} {passive} and {PROMOTER_FROM} {promoter} do not divide the scale from \
                         {min} to {max} of item `{id}`"
                    ),
                    file,
                )
                .hint(format!("use {min} < {PASSIVE_FROM} <= {PROMOTER_FROM} <= {max}")),
            );
        }
    }
    problems
}
