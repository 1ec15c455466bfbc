//! YAML -> [`Pipeline`]: read the files, fill in variables, resolve parameters, and report either the first structural
//! problem or every other problem at once. Knows no session and no network.

pub mod catalogue;
pub mod column_role;
pub mod data_type;
pub mod definition_file;
pub mod high_answers;
pub mod located;
pub mod location;
pub mod loyalty_definition;
pub mod parameters;
pub mod query_files;
pub mod questionnaire;
pub mod questionnaire_rules;
pub mod scalar;
pub mod schema;
pub mod sidecar;
pub mod table_report;
pub mod variables;
pub mod yaml;

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use indexmap::IndexMap;
use sha2::{Digest, Sha256};

use crate::error::{Error, Place, Problem, Result, did_you_mean};
use catalogue::Catalogue;
use definition_file::DefinitionFile;
use located::Located;
use loyalty_definition::LoyaltyDefinition;
use parameters::{Origin, Parameter, ParameterValue};
use query_files::QueryFile;
use questionnaire::Questionnaire;
use questionnaire_rules::break_point_problems;
use schema::{ParameterDefinition, ParameterRule, ParametersFile, PipelineFile};

/// The name of the date parameter that every query can rely on.
pub const AS_OF_DATE: &str = "as_of_date";

/// The name of the date parameter that chooses the earlier run to compare with.
pub const COMPARE_TO: &str = "compare_to";

/// A lock is renewed several times within its life, over a network that may be slow.
const SHORTEST_LOCK_SECONDS: u64 = 10;

/// What the command line and the surroundings say about a pipeline.
pub struct Settings<'a> {
    /// Values given as `--var name=value`.
    pub variables: Vec<(String, String)>,
    /// The date given as `--as-of-date`.
    pub as_of_date: Option<String>,
    /// The environment's variables.
    pub environment: variables::Environment<'a>,
    /// The moment the program started, the only clock there is.
    pub now: DateTime<Utc>,
}

/// A pipeline whose variables and parameters are resolved and whose files are read.
#[derive(Debug)]
pub struct Pipeline {
    /// The pipeline file, to resolve relative paths and to point at.
    pub file: PipelineText,
    /// The pipeline as written, variables filled in.
    pub definition: PipelineFile,
    /// Time zone in which days begin and end.
    pub time_zone: Tz,
    /// The date the run is for.
    pub as_of_date: NaiveDate,
    /// The date of the earlier run to compare with; the latest one before `as_of_date` when not given.
    pub compare_to: Option<NaiveDate>,
    /// Every parameter, shared ones first.
    pub parameters: Vec<Parameter>,
    /// What must hold between their values, each with the file that says so.
    pub rules: Vec<(PipelineText, ParameterRule)>,
    /// Indicators that definitions may name, sections and figures of the report.
    pub catalogue: Catalogue,
    /// Every query file, by path.
    pub queries: Vec<QueryFile>,
    /// The questionnaire, when there is one.
    pub questionnaire: Option<DefinitionFile<Questionnaire>>,
    /// What makes a customer loyal, when it is defined.
    pub loyalty_definition: Option<DefinitionFile<LoyaltyDefinition>>,
    /// What is wrong so far. Planning adds what is wrong with the queries, so that everything is reported at once; a
    /// pipeline with problems is never run.
    pub problems: Vec<Problem>,
}

impl Pipeline {
    /// The definitions there are: the key that names each, the path as written, and the file.
    pub fn definitions(&self) -> impl Iterator<Item = (&'static str, &str, &PipelineText)> {
        let questionnaire = self.questionnaire.as_ref();
        let loyalty = self.loyalty_definition.as_ref();
        let questionnaire = questionnaire.map(|found| ("questionnaire", found.written.as_str(), &found.file));
        questionnaire
            .into_iter()
            .chain(loyalty.map(|found| ("loyalty_definition", found.written.as_str(), &found.file)))
    }
}

/// A file that was read, to point at places in it.
#[derive(Clone, Debug)]
pub struct PipelineText {
    /// Path as given.
    pub path: PathBuf,
    /// Contents.
    pub text: Arc<str>,
}

impl PipelineText {
    /// Reads the file at `path`, called `what` in the message.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(path: &Path, what: &str) -> Result<Self, Problem> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let problem = match error.kind() {
                std::io::ErrorKind::NotFound => {
                    Problem::new(format!("there is no {what} `{}`", path.display())).hint("check the path")
                }
                kind => Problem::new(format!("cannot read {what} `{}`: {kind}", path.display()))
                    .hint("check the permissions, and that it is a text file in UTF-8"),
            };
            problem.caused_by(error)
        })?;
        Ok(Self { path: path.to_owned(), text: Arc::from(text) })
    }

    /// SHA-256 of the text, in lower-case hexadecimal digits.
    pub fn sha256(&self) -> String {
        format!("{:x}", Sha256::digest(self.text.as_bytes()))
    }

    /// A place in this file.
    pub fn place(&self, line: usize, column: usize) -> Place {
        Place::new(self.path.display().to_string(), Arc::clone(&self.text), line, column)
    }

    /// The place of a located text, underlined.
    pub fn place_of(&self, located: &Located<String>) -> Place {
        self.place(located.line, located.column).length(located.value.chars().count())
    }

    /// `relative` as seen from this file's folder.
    pub fn resolve(&self, relative: &str) -> PathBuf {
        without_dots(&self.path.parent().unwrap_or(Path::new("")).join(relative))
    }
}

/// Reads a pipeline file and everything it refers to, except data. Problems that leave a pipeline to look at are collected
/// in it.
///
/// # Errors
/// [`Error::Invalid`] with the first structural problem.
pub fn load(path: &Path, settings: &Settings<'_>) -> Result<Pipeline> {
    let file = PipelineText::read(path, "pipeline file").map_err(Error::invalid)?;
    let definition = yaml::parse(&file.path.display().to_string(), &file.text).map_err(Error::invalid)?;
    resolve(file, definition, settings)
}

/// Resolves a parsed pipeline file and reads everything it refers to, except data. Problems that leave a pipeline to look
/// at are collected in it.
///
/// # Errors
/// [`Error::Invalid`] when a file that it refers to cannot be read or is not of its shape: whatever else would be said of
/// its tables would only follow from that.
pub fn resolve(file: PipelineText, mut definition: PipelineFile, settings: &Settings<'_>) -> Result<Pipeline> {
    let mut problems: Vec<Problem> = variables::fill_in_pipeline(&mut definition, settings.environment)
        .into_iter()
        .map(|(message, line, column)| {
            let has_own_message = message.contains(" is not set: ");
            let problem = Problem::new(message).at(file.place(line, column));
            if has_own_message { problem } else { problem.hint("set the variable, or write `${NAME:-default}`") }
        })
        .collect();

    let lock = &definition.publish.lock_seconds;
    if lock.value < SHORTEST_LOCK_SECONDS {
        problems.push(
            Problem::new(format!("`lock_seconds: {}` would give the lock away before it can be renewed", lock.value))
                .at(file.place(lock.line, lock.column))
                .hint(format!("use {SHORTEST_LOCK_SECONDS} or more; 300 is usual")),
        );
    }
    let name = &definition.name;
    if !is_name(name) {
        problems.push(
            Problem::new(format!("`{}` is not a name", name.value))
                .at(file.place_of(name))
                .hint("use lower-case letters, digits and underscores, a letter first"),
        );
    }
    let time_zone = definition.time_zone.parse::<Tz>().unwrap_or_else(|_| {
        problems.push(
            Problem::new(format!("unknown time zone `{}`", definition.time_zone.value))
                .at(file.place_of(&definition.time_zone))
                .hint("use an IANA name such as `Europe/Berlin`"),
        );
        Tz::UTC
    });
    if let Some(currency) = &definition.currency
        && !(currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase()))
    {
        problems.push(
            Problem::new(format!("`{}` is not a currency code", currency.value))
                .at(file.place_of(currency))
                .hint("use the three capital letters of ISO 4217, such as `EUR`"),
        );
    }

    let mut unreadable = Vec::new();
    let queries = query_files::read(&file, &definition.queries, &mut unreadable);
    let today = settings.now.with_timezone(&time_zone).date_naive();
    let (definitions, rules) = parameter_definitions(&file, &definition, &mut unreadable);
    let parameters = resolve_parameters(&file, &definition, &definitions, settings, today, &mut problems);
    let date = |name: &str| {
        parameters.iter().find_map(|parameter| match &parameter.value {
            Some(ParameterValue::Date(date)) if parameter.name == name => Some(*date),
            _ => None,
        })
    };
    let as_of_date = date(AS_OF_DATE).unwrap_or(today);
    let compare_to = date(COMPARE_TO);
    if let Some(later) = compare_to.filter(|date| *date >= as_of_date) {
        problems.push(
            Problem::new(format!("`compare_to` {later} is not before as_of_date {as_of_date}"))
                .hint("compare with the run of an earlier day"),
        );
    }
    let questionnaire: Option<DefinitionFile<Questionnaire>> =
        definition_file::read(&file, definition.questionnaire.as_ref(), &mut problems);
    if let Some(questionnaire) = &questionnaire {
        problems.extend(break_point_problems(questionnaire, &parameters));
    }
    let folders: Vec<PathBuf> = definition.queries.iter().map(|folder| file.resolve(folder)).collect();
    let mut wrong = Vec::new();
    let catalogue = catalogue::read(&folders, &mut wrong);
    // What is missing from a broken catalogue only follows from that.
    let is_whole = wrong.is_empty();
    unreadable.extend(wrong);
    let loyalty_definition: Option<DefinitionFile<LoyaltyDefinition>> =
        definition_file::read(&file, definition.loyalty_definition.as_ref(), &mut problems);
    if let Some(loyalty) = loyalty_definition.as_ref().filter(|_| is_whole) {
        problems.extend(loyalty.content.indicator_problems(&catalogue, &loyalty.file));
    }
    problems.extend(queries.iter().filter(|_| is_whole).filter_map(|query| {
        let (text, sidecar) = query.sidecar.as_ref()?;
        let section = &sidecar.report.as_ref()?.section;
        catalogue.section(section, text.place_of(section)).err()
    }));

    if !unreadable.is_empty() {
        problems.extend(unreadable);
        return Err(Error::Invalid(problems));
    }
    Ok(Pipeline {
        file,
        definition,
        time_zone,
        as_of_date,
        compare_to,
        parameters,
        rules,
        catalogue,
        queries,
        questionnaire,
        loyalty_definition,
        problems,
    })
}

/// The path without `.`, and without `..` where a folder stands before it.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        let can_go_up = matches!(plain.components().next_back(), Some(Component::Normal(_)));
        match component {
            Component::CurDir => {}
            Component::ParentDir if can_go_up => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

/// Whether `name` can serve as a table, pipeline or parameter name without quotes.
pub fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Parameter -> its definition, and the file it is in.
type Definitions = IndexMap<String, (ParameterDefinition, PipelineText)>;

type Rules = Vec<(PipelineText, ParameterRule)>;

/// Shared definitions from the nearest `parameters.yml` above each query folder, with the rules there, then the pipeline's
/// own.
fn parameter_definitions(
    file: &PipelineText,
    definition: &PipelineFile,
    problems: &mut Vec<Problem>,
) -> (Definitions, Rules) {
    let mut definitions = Definitions::new();
    let mut rules = Rules::new();
    let mut files: Vec<PathBuf> =
        definition.queries.iter().filter_map(|folder| nearest_parameters_file(&file.resolve(folder))).collect();
    files.dedup();
    files.sort();
    files.dedup();
    for path in files {
        let parsed = PipelineText::read(&path, "file of shared parameters").and_then(|text| {
            let shared: ParametersFile = yaml::parse(&text.path.display().to_string(), &text.text)?;
            Ok((text, shared))
        });
        match parsed {
            Ok((text, shared)) => {
                rules.extend(shared.rules.into_iter().map(|rule| (text.clone(), rule)));
                let parameters = shared.parameters.into_iter();
                definitions.extend(parameters.map(|(name, value)| (name.value, (value, text.clone()))));
            }
            Err(problem) => problems.push(problem),
        }
    }
    for (name, value) in &definition.parameters {
        if definitions.contains_key(name.value.as_str()) {
            problems.push(
                Problem::new(format!("parameter `{}` is already shared", name.value))
                    .at(file.place_of(name))
                    .hint(format!("give it another value with `set: {{{}: ...}}`", name.value)),
            );
        } else if !is_name(name) {
            problems.push(Problem::new(format!("`{}` is not a name", name.value)).at(file.place_of(name)));
        }
        definitions.insert(name.value.clone(), (value.clone(), file.clone()));
    }
    let mut date = |name: &str, default: Option<&str>, description: &str| {
        let definition = ParameterDefinition {
            parameter_type: schema::ParameterType::Date,
            default: default.map(|text| Located::unwritten(scalar::Scalar::Text(text.into()))),
            min: None,
            max: None,
            values: Vec::new(),
            description: description.into(),
        };
        definitions.entry(name.to_owned()).or_insert((definition, file.clone()));
    };
    date(AS_OF_DATE, Some("yesterday"), "the day the run is for, the only clock a query can see");
    date(
        COMPARE_TO,
        None,
        "the day of the earlier run to compare with; the latest one published before as_of_date if open",
    );
    (definitions, rules)
}

/// `parameters.yml` in `folder` or the nearest folder above it.
pub fn nearest_parameters_file(folder: &Path) -> Option<PathBuf> {
    nearest_file(folder, "parameters.yml")
}

/// The file called `name` in `folder` or the nearest folder above it.
fn nearest_file(folder: &Path, name: &str) -> Option<PathBuf> {
    let absolute = folder.canonicalize().ok()?;
    absolute.ancestors().map(|ancestor| ancestor.join(name)).find(|path| path.is_file())
}

fn resolve_parameters(
    file: &PipelineText,
    definition: &PipelineFile,
    definitions: &Definitions,
    settings: &Settings<'_>,
    today: NaiveDate,
    problems: &mut Vec<Problem>,
) -> Vec<Parameter> {
    let known = || definitions.keys().map(String::as_str);
    for name in definition.set.keys().filter(|name| !definitions.contains_key(name.value.as_str())) {
        let mut problem =
            Problem::new(format!("there is no parameter `{}` to set", name.value)).at(file.place_of(name));
        problem.hint = did_you_mean(name, known())
            .or_else(|| Some("define it under `parameters`, or in a parameters.yml beside the queries".into()));
        problems.push(problem);
    }
    let mut given: IndexMap<&str, &str> =
        settings.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    if let Some(date) = &settings.as_of_date {
        given.insert(AS_OF_DATE, date);
    }
    for name in given.keys().filter(|name| !definitions.contains_key(**name)) {
        let mut problem = Problem::new(format!("there is no parameter `{name}` for `--var {name}=...`"));
        let listed = || format!("parameters there are: {}", known().collect::<Vec<_>>().join(", "));
        problem.hint = did_you_mean(name, known()).or_else(|| Some(listed()));
        problems.push(problem);
    }
    definitions
        .iter()
        .map(|(name, (parameter, defined_in))| {
            let mut is_wrong = false;
            let value = value_of(name, parameter, definition, &given, today).unwrap_or_else(|misfit| {
                is_wrong = true;
                let (message, place) = match misfit {
                    Misfit::Given(message) => (message, None),
                    Misfit::Set(message, line, column) => (message, Some(file.place(line, column))),
                    Misfit::Default(message, line, column) => {
                        (format!("its default is wrong: {message}"), Some(defined_in.place(line, column)))
                    }
                };
                let problem = Problem::new(format!("parameter `{name}`: {message}"));
                problems.push(match place {
                    Some(place) => problem.at(place),
                    None => problem,
                });
                None
            });
            let origin = match definition.set.get(name.as_str()) {
                _ if given.contains_key(name.as_str()) => Origin::CommandLine,
                Some(set) => Origin::Set { line: set.line },
                None if definition.parameters.contains_key(name.as_str()) => Origin::OwnDefault,
                None => Origin::SharedDefault,
            };
            Parameter { name: name.clone(), description: parameter.description.clone(), value, is_wrong, origin }
        })
        .collect()
}

/// A value that the parameter cannot have, and the line and column where it is written.
enum Misfit {
    Given(String),
    Set(String, usize, usize),
    Default(String, usize, usize),
}

/// The command line wins over `set`, `set` over the default.
fn value_of(
    name: &str,
    parameter: &ParameterDefinition,
    definition: &PipelineFile,
    given: &IndexMap<&str, &str>,
    today: NaiveDate,
) -> Result<Option<ParameterValue>, Misfit> {
    if let Some(text) = given.get(name) {
        let written = parameters::scalar_from_text(parameter.parameter_type, text);
        let typed = parameters::typed(parameter, &written, today);
        return typed.map(Some).map_err(Misfit::Given);
    }
    if let Some(set) = definition.set.get(name) {
        let typed = parameters::typed(parameter, &set.value, today);
        return typed.map(Some).map_err(|message| Misfit::Set(message, set.line, set.column));
    }
    match &parameter.default {
        Some(default) => parameters::typed(parameter, &default.value, today)
            .map(Some)
            .map_err(|message| Misfit::Default(message, default.line, default.column)),
        None => Ok(None),
    }
}
