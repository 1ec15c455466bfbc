//! What the report shows of the run that is not in its tables.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::catalogue::{BuiltInPart, Catalogue, Document};
use crate::config::first_screen::Direction;
use crate::config::language::{Language, Words};
use crate::config::report_format::Headline;
use crate::config::sidecar::Severity;

/// Everything a report shows that is not in a table, in the language of its labels.
#[derive(Clone, Debug, JsonSchema, Deserialize, Serialize)]
pub struct ReportContext {
    /// Name of the pipeline.
    pub pipeline: String,
    /// What the pipeline is for; empty when not given.
    pub description: String,
    /// What readers must know about the data before they trust the numbers.
    pub caveats: Vec<String>,
    /// What the report begins with.
    #[serde(default)]
    pub headline: Headline,
    /// When behaviour and attitude count as high.
    pub rules: LoyaltyRules,
    /// The date the numbers are about.
    #[schemars(with = "String", extend("format" = "date"))]
    pub as_of_date: NaiveDate,
    /// Whole days that end with `as_of_date` in which purchases count, when the pipeline has such a window.
    pub window_days: Option<i64>,
    /// ISO 4217 code of all amounts.
    pub currency: Option<String>,
    /// The run that computed the tables.
    pub run_id: String,
    /// Version of the program.
    pub staunch_version: String,
    /// as_of_date of the earlier run that changes are measured against.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub compared_to: Option<NaiveDate>,
    /// Optional inputs that the pipeline does not give: the canonical table, and in words what it would give.
    pub absent_inputs: Vec<(String, String)>,
    /// Every check that ran.
    pub checks: Vec<CheckLine>,
    /// Every source that was read.
    pub inputs: Vec<InputLine>,
    /// Sections of the report in order.
    pub sections: Vec<ReportSection>,
    /// Keys and names of figures in order.
    pub figures: Vec<(String, String)>,
    /// What a change of a figure means, where it is good or bad.
    pub directions: BTreeMap<String, Direction>,
    /// Figures of the first screen, in order of importance.
    pub key_figures: Vec<WantedFigure>,
    /// What the first screen shows of tables.
    pub blocks: Vec<ReportBlock>,
    /// Tables whose findings say what the numbers rest on.
    pub basis: Vec<String>,
    /// Figures that say much the same, so that the changes name one of them.
    #[serde(default)]
    pub families: Vec<Vec<String>>,
    /// What codes are called.
    pub labels: CodeLabels,
    /// Smallest group of customers whose numbers may be shown; 1 shows all.
    pub min_cell: u64,
}

/// When behaviour and attitude count as high: the values of the parameters that the pipeline has.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
pub struct LoyaltyRules {
    /// `behaviour_rule`: share, count, declared, retained or index.
    pub behaviour: Option<String>,
    /// `behaviour_cut`, 0 to 1.
    pub share_cut: Option<f64>,
    /// `behaviour_index_cut`, 0 to 100.
    pub index_cut: Option<f64>,
    /// `own_occasions_cut`.
    pub occasions_cut: Option<i64>,
    /// `attitude_axis`: absolute or relative.
    pub attitude_axis: Option<String>,
    /// `attitude_cut`, 0 to 100.
    pub attitude_cut: Option<f64>,
    /// The question whether customers would recommend the brand, where there is one.
    #[serde(default)]
    pub recommend: Option<RecommendScale>,
}

/// The scale of the question whether customers would recommend the brand, and who counts as what on it.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
pub struct RecommendScale {
    /// Lowest answer.
    pub lowest: f64,
    /// Highest answer.
    pub highest: f64,
    /// `promoter_from`: the lowest answer of a promoter.
    pub promoter_from: f64,
    /// `passive_from`: the lowest answer of who is no detractor.
    pub passive_from: f64,
}

impl Default for RecommendScale {
    /// That of Reichheld (2003), which makes scores comparable.
    fn default() -> Self {
        Self { lowest: 0.0, highest: 10.0, promoter_from: 9.0, passive_from: 7.0 }
    }
}

/// A figure that the first screen shows where it is known.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
pub struct WantedFigure {
    /// Its key.
    pub figure: String,
    /// The part that it is of.
    pub part: String,
    /// Its name on the first screen.
    pub name: Option<String>,
    /// The smallest share of all customers that it must be about, 0 to 1.
    #[serde(default)]
    pub least_share: Option<f64>,
}

/// What the first screen shows of tables.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
pub struct ReportBlock {
    /// Heading.
    pub heading: String,
    /// Tables whose findings it says.
    pub findings: Vec<String>,
    /// Table that it shows.
    pub table: Option<String>,
}

impl ReportContext {
    /// What a figure is called.
    pub fn figure_name(&self, figure: &str) -> String {
        let known = self.figures.iter().find(|(key, _)| key == figure).map(|(_, name)| name.clone());
        known.unwrap_or_else(|| figure.replace('_', " "))
    }

    /// What a change of a figure means.
    pub fn direction(&self, figure: &str) -> Direction {
        self.directions.get(figure).copied().unwrap_or_default()
    }
}

/// What the codes of columns are called in a language.
#[derive(Clone, Debug, Default, JsonSchema, Deserialize, Serialize)]
pub struct CodeLabels {
    /// The language.
    pub language: Language,
    /// Words by column and code.
    labels: BTreeMap<String, BTreeMap<String, String>>,
}

impl CodeLabels {
    /// Those of the catalogue.
    pub fn of(catalogue: &Catalogue, language: Language) -> Self {
        let words = |codes: &IndexMap<String, Words>| {
            codes.iter().map(|(code, words)| (code.clone(), words.text(language).to_owned())).collect()
        };
        let labels = catalogue.codes.iter().map(|(column, codes)| (column.clone(), words(codes))).collect();
        Self { language, labels }
    }

    /// Whether the values of a column are codes.
    pub fn has_codes_of(&self, column: &str) -> bool {
        self.labels.contains_key(column)
    }

    /// What a code of a column, or of a dimension, is called; a list of codes, joined by `,`, is a list of their words.
    pub fn get(&self, column: &str, code: &str) -> Option<String> {
        let codes = self.labels.get(column)?;
        let words = codes.get(code).cloned();
        words.or_else(|| {
            let listed: Option<Vec<&str>> = code.split(',').map(|code| Some(codes.get(code)?.as_str())).collect();
            Some(listed?.join(self.language.list_separator()))
        })
    }

    /// The sentence of a value in words: those of its codes. The tables hold the English sentences, sometimes with a value in
    /// them, so English keeps `text`, and so does a code without words.
    pub fn sentence(&self, text: Option<String>, list: &str, codes: Option<&str>) -> Option<String> {
        let in_words = codes.filter(|_| self.language != Language::English).and_then(|codes| self.get(list, codes));
        in_words.or(text)
    }
}

/// A section of the report.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
pub struct ReportSection {
    /// Its key, which sidecars name.
    pub name: String,
    /// Its heading; that of what it shows when absent.
    pub heading: Option<String>,
    /// Its heading in a word.
    pub short: Option<String>,
    /// What the program shows at its beginning.
    pub shows: Option<BuiltInPart>,
    /// The document that shows it.
    pub document: Document,
}

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
pub struct CheckLine {
    /// The table it looked at.
    pub table: String,
    /// The rule in words.
    pub rule: String,
    /// What is so where the rule is broken, in words.
    #[serde(default)]
    pub found: Option<String>,
    /// What happens when rows break it.
    pub severity: Severity,
    /// Rows that break the rule.
    pub offending_rows: u64,
    /// Whether the rule holds.
    pub passed: bool,
}

/// A source that was read.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
pub struct InputLine {
    /// Name of the source.
    pub source: String,
    /// Objects or files.
    pub objects: u64,
    /// Rows in all of them.
    pub rows: u64,
    /// Bytes in all of them, as stored.
    pub bytes: u64,
    /// Time of its latest row, where it has a column of times.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub latest_event: Option<NaiveDateTime>,
}

impl ReportContext {
    /// The language that its words are in.
    pub fn language(&self) -> Language {
        self.labels.language
    }
}

impl ReportSection {
    /// The sections of a catalogue in order, and then, one by one, what none of them shows.
    pub fn all_of(catalogue: &Catalogue, language: Language) -> Vec<Self> {
        let text = |words: &Words| words.text(language).to_owned();
        let sections = catalogue.sections.iter().map(|(name, section)| Self {
            name: name.clone(),
            heading: section.heading.as_ref().map(text),
            short: section.short.as_ref().map(text),
            shows: section.shows,
            document: section.document,
        });
        let is_shown = |part: &BuiltInPart| catalogue.sections.values().any(|section| section.shows == Some(*part));
        let others = BuiltInPart::ALL.into_iter().filter(|part| !is_shown(part));
        sections
            .chain(others.map(|part| Self { shows: Some(part), document: part.document(), ..Self::default() }))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_codes_is_a_list_of_their_words_and_one_unknown_code_leaves_it_as_it_is() {
        let codes = [("a", "First"), ("b", "second"), ("a,c", "Both at once")];
        let codes = codes.map(|(code, words)| (code.to_owned(), words.to_owned()));
        let labels = CodeLabels {
            labels: BTreeMap::from([("reason_code".to_owned(), BTreeMap::from(codes))]),
            ..CodeLabels::default()
        };
        let words = |code: &str| labels.get("reason_code", code);
        assert_eq!(words("a,b").as_deref(), Some("First, second"));
        assert_eq!(words("a,c").as_deref(), Some("Both at once"));
        assert_eq!(words("b").as_deref(), Some("second"));
        assert_eq!(words("a,d"), None);
        assert_eq!(words("a, b"), None);
        assert_eq!(words(""), None);
        assert_eq!(labels.get("segment", "a,b"), None);
    }
}
