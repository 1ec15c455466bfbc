//! The words of the form beside those of the questionnaire.

use serde::Deserialize;

use crate::config::language::Language;
use crate::error::Result;
use crate::render::templates::broken;

const FILE: (&str, &str) = ("wording.yml", include_str!("templates/wording.yml"));

/// The words of both languages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    en: FormWords,
    zh: FormWords,
}

/// The words of one language.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FormWords {
    pub(super) title: String,
    pub(super) introduction: String,
    pub(super) sheet: String,
    pub(super) date: String,
    pub(super) cannot_say: String,
    pub(super) own: String,
    pub(super) other: String,
    pub(super) number: String,
    pub(super) thanks: String,
    pub(super) office: String,
    pub(super) office_note: String,
    pub(super) columns: Columns,
}

/// Headings of the table for whoever enters the answers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Columns {
    pub(super) question: String,
    pub(super) item: String,
    pub(super) scale: String,
    pub(super) cannot_say: String,
}

/// The words of a language.
pub(super) fn words(language: Language) -> Result<FormWords> {
    let (file, text) = FILE;
    let words: Words = serde_yaml::from_str(text).map_err(|cause| broken(file, &cause))?;
    Ok(match language {
        Language::English => words.en,
        Language::Chinese => words.zh,
    })
}
