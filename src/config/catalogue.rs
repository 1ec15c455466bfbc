//! The catalogue: which indicators a loyalty definition may name, and which sections and figures the report has, in
//! which order. Read from the `catalogue.yml` nearest to every folder of queries.

use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::first_screen::{Better, FirstScreen};
use super::language::Words;
use super::located::Located;
use super::questionnaire::Construct;
use super::{PipelineText, is_name, nearest_file, yaml};
use crate::error::{Place, Problem, did_you_mean};

/// Name of the file.
pub const FILE_NAME: &str = "catalogue.yml";

/// The catalogue of the shipped queries, used by a pipeline that finds no such file.
const SHIPPED: &str = include_str!("../../queries/catalogue.yml");

/// Indicators of customers, sections of the report and names of figures: `catalogue.yml` in a folder of queries or
/// above it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CatalogueFile {
    /// Indicators of a customer, which a loyalty definition may name; values of `indicator` in `customer_measures`.
    #[serde(default)]
    pub indicators: IndexMap<Located<String>, Indicator>,
    /// Sections of the report, in the order people read them.
    #[serde(default)]
    pub sections: IndexMap<Located<String>, Section>,
    /// Names of the figures in the table `indicators`, in the order of the report; those that are not listed come last.
    #[serde(default)]
    pub figures: IndexMap<Located<String>, Words>,
    /// Words for the codes that columns of tables hold, such as `segment`.
    #[serde(default)]
    pub codes: IndexMap<Located<String>, CodeList>,
    /// What the report shows first. A pipeline's own catalogue replaces that of the shipped queries.
    #[serde(default)]
    pub first_screen: Option<FirstScreen>,
    /// For which figures more is better, and for which less.
    #[serde(default)]
    pub better: Better,
}

/// Codes and what they are called.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeList {
    /// The columns, and dimensions, that hold these codes; the list's own name when left out.
    #[serde(default)]
    pub columns: Vec<Located<String>>,
    /// What each code is called.
    pub labels: IndexMap<Located<String>, Words>,
}

/// An indicator of a customer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// The side of loyalty it measures.
    pub axis: Axis,
    /// What its values are.
    pub unit: Unit,
    /// What it means.
    pub description: String,
    /// Constructs of the questionnaire: the indicator is known only when an item of one of them was answered.
    #[serde(default)]
    pub constructs: Vec<Construct>,
    /// Whether the indicator is known only when an item with a weight was answered.
    #[serde(default)]
    pub weighted: bool,
}

/// The side of loyalty that an indicator measures.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// What customers do.
    Behaviour,
    /// What customers think.
    Attitude,
}

/// What the values of an indicator are.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "snake_case")]
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

/// A section of the report.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Heading; may be left out where `shows` gives one.
    #[serde(default)]
    pub heading: Option<Words>,
    /// One-word heading, for the list of contents; the heading when left out.
    #[serde(default)]
    pub short: Option<Words>,
    /// What the program shows at the beginning of the section. Everything that no section shows comes at the end of the
    /// report, or of the document about its quality.
    #[serde(default)]
    pub shows: Option<BuiltInPart>,
    /// The document that shows the section; the report itself when left out.
    #[serde(default)]
    pub document: Document,
    /// The section that this one comes after; the one written before it when left out.
    #[serde(default)]
    pub after: Option<Located<String>>,
}

/// A document of the report.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Document {
    /// The report itself.
    #[default]
    Report,
    /// What the numbers rest on: inputs, checks, coverage. The report links to it.
    Quality,
}

/// A part of the report that the program makes from the tables it knows.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BuiltInPart {
    /// The four segments and the unmeasured.
    Segments,
    /// The Net Promoter Score.
    Nps,
    /// The figures of the table `indicators`.
    Indicators,
    /// For how many customers each measure is known.
    Coverage,
    /// Missing inputs, tables and columns.
    Missing,
    /// The checks of the run.
    Checks,
    /// Input rows with an issue.
    InputQuality,
    /// The sources that were read.
    Inputs,
}

/// All files of a pipeline together.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// Indicators of a customer by name.
    pub indicators: IndexMap<String, Indicator>,
    /// Sections of the report in order.
    pub sections: IndexMap<String, Section>,
    /// Names of figures in order.
    pub figures: IndexMap<String, Words>,
    /// What the codes of a column are called, by column and code.
    pub codes: IndexMap<String, IndexMap<String, Words>>,
    /// What the report shows first.
    pub first_screen: FirstScreen,
    /// For which figures more is better, and for which less.
    pub better: Better,
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

impl Unit {
    /// Smallest and largest possible value.
    pub fn bounds(self) -> (f64, f64) {
        match self {
            Self::Share => (0.0, 1.0),
            Self::Index => (0.0, 100.0),
            Self::Quantity => (0.0, f64::INFINITY),
            Self::Difference => (-1.0, 1.0),
        }
    }

    /// The range in words, for messages.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Share => "a share from 0 to 1",
            Self::Index => "an index from 0 to 100",
            Self::Quantity => "0 or more",
            Self::Difference => "a difference from -1 to 1",
        }
    }
}

impl BuiltInPart {
    /// All parts, in the order that applies if no section shows any.
    pub const ALL: [Self; 8] = [
        Self::Segments,
        Self::Nps,
        Self::Indicators,
        Self::Coverage,
        Self::Missing,
        Self::Checks,
        Self::InputQuality,
        Self::Inputs,
    ];

    /// The document that shows it where no section does.
    pub fn document(self) -> Document {
        match self {
            Self::Segments | Self::Nps | Self::Indicators => Document::Report,
            Self::Coverage | Self::Missing | Self::Checks | Self::InputQuality | Self::Inputs => Document::Quality,
        }
    }

    /// Its name in YAML.
    pub fn name(self) -> &'static str {
        match self {
            Self::Segments => "segments",
            Self::Nps => "nps",
            Self::Indicators => "indicators",
            Self::Coverage => "coverage",
            Self::Missing => "missing",
            Self::Checks => "checks",
            Self::InputQuality => "input_quality",
            Self::Inputs => "inputs",
        }
    }
}

/// Reads the files nearest to these folders; what is wrong with their shape or contents is added to `problems`.
pub fn read(folders: &[PathBuf], problems: &mut Vec<Problem>) -> Catalogue {
    let mut paths: Vec<PathBuf> = Vec::new();
    for path in folders.iter().filter_map(|folder| nearest_file(folder, FILE_NAME)) {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    let mut texts = Vec::new();
    for path in paths {
        match PipelineText::read(&path, "catalogue") {
            Ok(text) => texts.push(text),
            Err(problem) => problems.push(problem),
        }
    }
    if texts.is_empty() {
        texts.push(PipelineText { path: FILE_NAME.into(), text: Arc::from(SHIPPED) });
    }
    let mut files = Vec::new();
    for text in texts {
        match yaml::parse::<CatalogueFile>(&text.path.display().to_string(), &text.text) {
            Ok(file) => files.push((file, text)),
            Err(problem) => problems.push(problem),
        }
    }
    Catalogue::of(files, problems)
}

impl Catalogue {
    /// The section called `name`, or the problem that there is none.
    ///
    /// # Errors
    /// The problem, at `place`.
    pub fn section(&self, name: &str, place: Place) -> Result<&Section, Problem> {
        self.sections.get(name).ok_or_else(|| {
            let known = || self.sections.keys().map(String::as_str);
            let listed = || format!("known sections: {}; add others to {FILE_NAME}", listed(known()));
            let problem = Problem::new(format!("the report has no section `{name}`")).at(place);
            problem.hint(did_you_mean(name, known()).unwrap_or_else(listed))
        })
    }

    /// The indicator called `name`, or the problem that there is none.
    ///
    /// # Errors
    /// The problem, at `place`.
    pub fn indicator(&self, name: &str, place: Place) -> Result<&Indicator, Problem> {
        self.indicators.get(name).ok_or_else(|| {
            let known = || self.indicators.keys().map(String::as_str);
            let listed = || format!("known indicators: {}; add others to {FILE_NAME}", listed(known()));
            let problem = Problem::new(format!("there is no indicator `{name}`")).at(place);
            problem.hint(did_you_mean(name, known()).unwrap_or_else(listed))
        })
    }

    fn of(files: Vec<(CatalogueFile, PipelineText)>, problems: &mut Vec<Problem>) -> Self {
        let mut all = Self::default();
        let mut later = Vec::new();
        for (file, text) in files {
            for (name, indicator) in file.indicators {
                problems.extend(name_problem("indicator", &name, all.indicators.contains_key(&name.value), &text));
                all.indicators.insert(name.value, indicator);
            }
            for (name, figure) in file.figures {
                problems.extend(name_problem("figure", &name, all.figures.contains_key(&name.value), &text));
                all.figures.insert(name.value, figure);
            }
            if let Some(first_screen) = file.first_screen {
                all.first_screen = first_screen;
            }
            all.better.up.extend(file.better.up);
            all.better.down.extend(file.better.down);
            for (name, list) in file.codes {
                all.add_codes(name, list, &text, problems);
            }
            for (name, section) in file.sections {
                if section.after.is_some() {
                    later.push((name, section, text.clone()));
                } else {
                    all.add_section(name, section, &text, problems);
                }
            }
        }
        // The section named by `after` may be in a file that was read later.
        for (name, section, text) in later {
            all.add_section(name, section, &text, problems);
        }
        all
    }

    fn add_codes(&mut self, name: Located<String>, list: CodeList, text: &PipelineText, problems: &mut Vec<Problem>) {
        let columns = if list.columns.is_empty() { vec![name] } else { list.columns };
        for column in columns {
            problems.extend(name_problem("list of codes for", &column, false, text));
            let known = self.codes.entry(column.value.clone()).or_default();
            for (code, words) in &list.labels {
                if known.insert(code.value.clone(), words.clone()).is_some() {
                    let message = format!("the code `{}` of `{}` has words already", code.value, column.value);
                    problems.push(Problem::new(message).at(text.place_of(code)).hint("leave one of them out"));
                }
            }
        }
    }

    fn add_section(
        &mut self,
        name: Located<String>,
        section: Section,
        text: &PipelineText,
        problems: &mut Vec<Problem>,
    ) {
        let is_taken = self.sections.contains_key(&name.value);
        problems.extend(name_problem("section", &name, is_taken, text));
        if is_taken {
            return;
        }
        problems.extend(self.section_problem(&name, &section, text));
        let after = section.after.as_ref().and_then(|after| self.sections.get_index_of(after.value.as_str()));
        let place = after.map_or(self.sections.len(), |index| index + 1);
        self.sections.shift_insert(place, name.value, section);
    }

    fn section_problem(&self, name: &Located<String>, section: &Section, text: &PipelineText) -> Option<Problem> {
        if section.heading.is_none() && section.shows.is_none() {
            let problem = Problem::new(format!("the section `{}` has no heading", name.value)).at(text.place_of(name));
            return Some(problem.hint("add one, such as `heading: {en: What customers do}`"));
        }
        let shown = |part| self.sections.iter().find(|(_, earlier)| earlier.shows == Some(part));
        if let Some((part, (earlier, _))) = section.shows.and_then(|part| Some((part, shown(part)?))) {
            let message = format!("the section `{}` shows `{}`, and so does `{earlier}`", name.value, part.name());
            return Some(Problem::new(message).at(text.place_of(name)).hint("show it in one section only"));
        }
        let after = section.after.as_ref()?;
        self.section(after, text.place_of(after)).err()
    }
}

fn name_problem(what: &str, name: &Located<String>, is_taken: bool, text: &PipelineText) -> Option<Problem> {
    if is_taken {
        let problem = Problem::new(format!("the {what} `{}` is already in another {FILE_NAME}", name.value));
        return Some(problem.at(text.place_of(name)).hint("leave it out of one of the two files"));
    }
    (!is_name(name)).then(|| {
        Problem::new(format!("`{}` is not a name", name.value))
            .at(text.place_of(name))
            .hint("use lower-case letters, digits and underscores, starting with a letter")
    })
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(files: &[&str]) -> (Catalogue, Vec<String>) {
        let parsed = files.iter().enumerate().map(|(index, text)| {
            let text = PipelineText { path: format!("{index}.yml").into(), text: Arc::from(*text) };
            (yaml::parse::<CatalogueFile>(&text.path.display().to_string(), &text.text).unwrap(), text)
        });
        let mut problems = Vec::new();
        let catalogue = Catalogue::of(parsed.collect(), &mut problems);
        (catalogue, problems.iter().map(ToString::to_string).collect())
    }

    const BASE: &str =
        "sections:\n  a: {heading: {en: A}}\n  b: {heading: {en: B}, shows: nps}\n  c: {shows: checks}\n";

    #[test]
    fn a_section_comes_where_it_says_or_in_the_order_of_the_files() {
        let (catalogue, problems) =
            added(&["sections:\n  d: {heading: {en: D}, after: a}\n  e: {heading: {en: E}}\n", BASE]);
        assert_eq!(problems, [""; 0]);
        assert_eq!(catalogue.sections.keys().collect::<Vec<_>>(), ["e", "a", "d", "b", "c"]);
    }

    #[test]
    fn what_is_wrong_with_a_section_is_said_with_its_place() {
        let more = "sections:\n  a: {heading: {en: A}}\n  f: {short: {en: F}}\n  g: {shows: nps}\n  \
                    h: {heading: {en: H}, after: bb}\n";
        let (_, problems) = added(&[BASE, more]);
        assert_eq!(
            problems,
            [
                "1.yml:2:3: the section `a` is already in another catalogue.yml (hint: leave it out of one of the two files)",
                "1.yml:3:3: the section `f` has no heading (hint: add one, such as `heading: {en: What customers do}`)",
                "1.yml:4:3: the section `g` shows `nps`, and so does `b` (hint: show it in one section only)",
                "1.yml:5:32: the report has no section `bb` (hint: did you mean `b`?)",
            ]
        );
    }

    #[test]
    fn codes_have_words_by_column_and_only_once() {
        let one = "codes:\n  segment:\n    columns: [segment, to_segment]\n    labels:\n      \
                   former: {en: Former, zh: 流失}\n  phase:\n    labels: {after: {en: Afterwards}}\n";
        let (catalogue, problems) = added(&[one]);
        assert_eq!(problems, [""; 0]);
        let english = |column: &str, code: &str| Some(catalogue.codes.get(column)?.get(code)?.en.value.as_str());
        assert_eq!(english("to_segment", "former"), Some("Former"));
        assert_eq!(english("phase", "after"), Some("Afterwards"));
        assert_eq!((english("phase", "before"), english("former", "former")), (None, None));
        let again = "codes:\n  to_segment:\n    labels: {former: {en: Gone}}\n";
        let (_, problems) = added(&[one, again]);
        let expected = "1.yml:3:14: the code `former` of `to_segment` has words already (hint: leave one of them out)";
        assert_eq!(problems, [expected]);
    }

    #[test]
    fn the_shipped_catalogue_has_every_part_and_an_index_is_an_attitude() {
        let mut problems = Vec::new();
        let catalogue = read(&[], &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        for part in BuiltInPart::ALL {
            assert!(catalogue.sections.values().any(|section| section.shows == Some(part)), "{part:?}");
        }
        assert_eq!(catalogue.indicators.len(), 26);
        for (name, indicator) in &catalogue.indicators {
            let is_index = name.ends_with("_index");
            assert_eq!(is_index, indicator.unit == Unit::Index, "{name}");
            assert!(!is_index || indicator.axis == Axis::Attitude, "{name}");
        }
    }
}
