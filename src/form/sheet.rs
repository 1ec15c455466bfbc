//! What the form shows, in the order of the page.

use serde::Serialize;

use super::wording::{FormWords, words};
use crate::config::definition_file::DefinitionFile;
use crate::config::language::Language;
use crate::config::questionnaire::{AskedFor, Item, Questionnaire, Wording};
use crate::error::{Error, Problem, Result, did_you_mean};

/// Most boxes for one answer. A longer scale gets a line to write the number on.
const MOST_BOXES: usize = 11;
/// Most boxes for one answer where a question is asked for each company.
const MOST_BOXES_OF_A_BRAND: usize = 7;
/// Lines for other companies where a question is asked for each company.
const OTHER_BRANDS: usize = 3;

/// What to print of the questionnaire.
#[derive(Clone, Debug)]
pub struct Choices {
    /// Languages, the first one largest.
    pub languages: Vec<Language>,
    /// Sections of the questionnaire to print; all when empty.
    pub sections: Vec<String>,
}

/// A text in the languages of the form; those that the questionnaire does not give are left out.
type Texts = Vec<String>;

/// The form.
#[derive(Clone, Debug, Serialize)]
pub struct Sheet {
    /// Codes of the languages.
    pub languages: Vec<&'static str>,
    title: Texts,
    introduction: Texts,
    parts: Vec<Part>,
    words: FixedWords,
}

#[derive(Clone, Debug, Serialize)]
struct FixedWords {
    sheet: String,
    date: String,
    cannot_say: String,
    thanks: String,
    office: String,
    office_note: Texts,
    columns: [String; 4],
}

#[derive(Clone, Debug, Serialize)]
struct Part {
    title: Texts,
    instruction: Texts,
    questions: Vec<Question>,
}

#[derive(Clone, Debug, Serialize)]
struct Question {
    number: usize,
    item_id: String,
    texts: Texts,
    answers: Answers,
    /// One line of answers for each brand, empty when only the own one is asked for.
    brands: Vec<String>,
    scale: String,
    missing_code: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Answers {
    /// What stands with each box; empty where a number is to be written.
    boxes: Vec<String>,
    /// Whether the boxes are choices in words.
    are_choices: bool,
    /// What the ends of the scale mean.
    min_label: Texts,
    max_label: Texts,
    /// How to fill in the line, where there are no boxes.
    number: String,
}

/// Lays out the questions of a questionnaire.
///
/// # Errors
/// A section is not there, an item lacks its wording in a language asked for, or nothing is left to ask.
pub fn sheet(file: &DefinitionFile<Questionnaire>, choices: &Choices) -> Result<Sheet> {
    let questionnaire = &file.content;
    let problems = problems(file, choices);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let fixed: Vec<FormWords> = choices.languages.iter().map(|language| words(*language)).collect::<Result<_>>()?;
    let layout = Layout { languages: &choices.languages, fixed: &fixed };
    let mut number = 0;
    let mut parts = Vec::new();
    let sections = std::iter::once(None).chain(questionnaire.sections.iter().map(Some));
    for section in sections {
        let name = section.map(|(name, _)| name.value.as_str());
        if !is_wanted(name, &choices.sections) {
            continue;
        }
        let items = questionnaire.items.iter().filter(|item| section_of(item) == name);
        let questions: Vec<Question> = items
            .map(|item| {
                number += 1;
                layout.question(number, item)
            })
            .collect();
        if !questions.is_empty() {
            let text = |part: fn(&crate::config::questionnaire::Section) -> &Wording| {
                section.map(|(_, section)| layout.texts(part(section))).unwrap_or_default()
            };
            parts.push(Part {
                title: text(|part| &part.title),
                instruction: text(|part| &part.instruction),
                questions,
            });
        }
    }
    Ok(layout.sheet(questionnaire, parts))
}

fn section_of(item: &Item) -> Option<&str> {
    item.section.as_ref().map(|section| section.value.as_str())
}

/// With sections asked for, items without one are left out.
fn is_wanted(section: Option<&str>, wanted: &[String]) -> bool {
    wanted.is_empty() || section.is_some_and(|section| wanted.iter().any(|name| name == section))
}

fn problems(file: &DefinitionFile<Questionnaire>, choices: &Choices) -> Vec<Problem> {
    let questionnaire = &file.content;
    let mut problems = Vec::new();
    for name in choices.sections.iter().filter(|name| !questionnaire.sections.contains_key(name.as_str())) {
        let known = || questionnaire.sections.keys().map(|section| section.value.as_str());
        let mut problem = Problem::new(format!("`{}` has no section `{name}`", file.written));
        problem.hint = did_you_mean(name, known()).or_else(|| {
            let listed: Vec<&str> = known().collect();
            Some(match listed.as_slice() {
                [] => "the questionnaire has no sections; leave `--section` out".to_owned(),
                listed => format!("known sections: {}", listed.join(", ")),
            })
        });
        problems.push(problem);
    }
    let asked: Vec<&Item> =
        questionnaire.items.iter().filter(|item| is_wanted(section_of(item), &choices.sections)).collect();
    for item in &asked {
        let wordings = || std::iter::once(&item.wording).chain(item.choices.iter().map(|choice| &choice.wording));
        for language in &choices.languages {
            if wordings().any(|wording| text(wording, *language).is_empty()) {
                problems.push(
                    Problem::new(format!("item `{}` is not worded in {}", item.id.value, language.name()))
                        .at(file.file.place_of(&item.id))
                        .hint(format!("give its `wording` and that of its choices a text under `{}`", language.code())),
                );
            }
        }
    }
    if asked.is_empty() && problems.is_empty() {
        problems.push(Problem::new(format!("`{}` asks nothing", file.written)).hint("give it an item under `items`"));
    }
    problems
}

fn text(wording: &Wording, language: Language) -> &str {
    match language {
        Language::English => wording.en.trim(),
        Language::Chinese => wording.zh.trim(),
    }
}

struct Layout<'a> {
    languages: &'a [Language],
    fixed: &'a [FormWords],
}

impl Layout<'_> {
    fn texts(&self, wording: &Wording) -> Texts {
        let texts = self.languages.iter().map(|language| text(wording, *language));
        texts.filter(|text| !text.is_empty()).map(str::to_owned).collect()
    }

    /// Short texts stand side by side.
    fn line(&self, wording: &Wording) -> String {
        self.texts(wording).join(" / ")
    }

    fn word(&self, word: fn(&FormWords) -> &str) -> String {
        self.fixed.iter().map(word).collect::<Vec<_>>().join(" / ")
    }

    fn or_usual(&self, own: &Wording, usual: fn(&FormWords) -> &str) -> Texts {
        let own = self.texts(own);
        if own.is_empty() { self.fixed.iter().map(usual).map(str::to_owned).collect() } else { own }
    }

    fn question(&self, number: usize, item: &Item) -> Question {
        let scale = item.scale;
        let most = if item.asked_for == AskedFor::Own { MOST_BOXES } else { MOST_BOXES_OF_A_BRAND };
        let boxes: Vec<String> = if item.choices.is_empty() {
            scale.steps(most).unwrap_or_default().iter().map(ToString::to_string).collect()
        } else {
            item.choices.iter().map(|choice| self.line(&choice.wording)).collect()
        };
        let fill_in = |words: &FormWords| {
            words.number.replace("{min}", &scale.min.to_string()).replace("{max}", &scale.max.to_string())
        };
        let brands = match item.asked_for {
            AskedFor::Own => Vec::new(),
            AskedFor::EachBrand => {
                let own = self.word(|words| &words.own);
                std::iter::once(own).chain(std::iter::repeat_n(self.word(|words| &words.other), OTHER_BRANDS)).collect()
            }
        };
        Question {
            number,
            item_id: item.id.value.clone(),
            texts: self.texts(&item.wording),
            answers: Answers {
                number: if boxes.is_empty() {
                    self.fixed.iter().map(fill_in).collect::<Vec<_>>().join(" / ")
                } else {
                    String::new()
                },
                boxes,
                are_choices: !item.choices.is_empty(),
                min_label: self.texts(&item.labels.min),
                max_label: self.texts(&item.labels.max),
            },
            brands,
            scale: self.scale(item),
            missing_code: item.missing_codes.first().map(ToString::to_string),
        }
    }

    /// The scores as they are entered.
    fn scale(&self, item: &Item) -> String {
        if item.choices.is_empty() {
            return format!("{} – {}", item.scale.min, item.scale.max);
        }
        let choices = item.choices.iter();
        choices
            .map(|choice| format!("{} = {}", choice.score.value, self.line(&choice.wording)))
            .collect::<Vec<_>>()
            .join("; ")
    }

    fn sheet(&self, questionnaire: &Questionnaire, parts: Vec<Part>) -> Sheet {
        Sheet {
            languages: self.languages.iter().map(|language| language.code()).collect(),
            title: self.or_usual(&questionnaire.title, |words| &words.title),
            introduction: self.or_usual(&questionnaire.introduction, |words| &words.introduction),
            parts,
            words: FixedWords {
                sheet: self.word(|words| &words.sheet),
                date: self.word(|words| &words.date),
                cannot_say: self.word(|words| &words.cannot_say),
                thanks: self.word(|words| &words.thanks),
                office: self.word(|words| &words.office),
                office_note: self.fixed.iter().map(|words| words.office_note.clone()).collect(),
                columns: [
                    self.word(|words| &words.columns.question),
                    self.word(|words| &words.columns.item),
                    self.word(|words| &words.columns.scale),
                    self.word(|words| &words.columns.cannot_say),
                ],
            },
        }
    }
}
