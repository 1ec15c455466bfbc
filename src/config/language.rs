//! The languages that documents are written in.
//!
//! A further language is a variant of [`Language`] with its arms below, a field in [`Words`] and
//! [`Label`](super::sidecar::Label), its way to write numbers (`crate::render::numbers`) and a file with the texts of
//! the report. The compiler and the tests name whatever is missing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::located::Located;

/// A language of a document.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Chinese.
    #[serde(rename = "zh")]
    Chinese,
}

/// Words for people in the languages of the reports.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// English.
    pub en: Located<String>,
    /// Chinese.
    #[serde(default)]
    pub zh: Option<Located<String>>,
}

impl Language {
    /// All languages.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// ISO 639-1 code.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// Its name in English.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Chinese => "Chinese",
        }
    }

    /// What stands between the parts of a list.
    pub fn list_separator(self) -> &'static str {
        match self {
            Self::English => ", ",
            Self::Chinese => "、",
        }
    }

    /// What stands between two sentences.
    pub fn sentence_separator(self) -> &'static str {
        match self {
            Self::English => " ",
            Self::Chinese => "",
        }
    }
}

impl Words {
    /// The words in a language, where they are given.
    pub fn given(&self, language: Language) -> Option<&Located<String>> {
        match language {
            Language::English => Some(&self.en),
            Language::Chinese => self.zh.as_ref(),
        }
    }

    /// The words in a language; the English ones where they are not given.
    pub fn text(&self, language: Language) -> &str {
        &self.given(language).unwrap_or(&self.en).value
    }

    /// The words in every language that is given.
    pub fn all(&self) -> impl Iterator<Item = &Located<String>> {
        Language::ALL.into_iter().filter_map(|language| self.given(language))
    }
}
