//! The parameters of a pipeline: definitions from shared files and its own, and the value that each has in this run.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use indexmap::IndexMap;

use super::located::Located;
use super::parameters::{self, Origin, Parameter, ParameterValue};
use super::schema::{ParameterDefinition, ParameterRule, ParameterType, ParametersFile, PipelineFile};
use super::{AS_OF_DATE, COMPARE_TO, CURRENCY, PipelineText, Settings, is_name, nearest_file, scalar, yaml};
use crate::error::{Problem, did_you_mean};

/// Parameter -> its definition, and the file it is in.
pub(super) type Definitions = IndexMap<String, (ParameterDefinition, PipelineText)>;

/// A rule, and the file it is in.
pub(super) type Rules = Vec<(PipelineText, ParameterRule)>;

/// Shared definitions from the nearest `parameters.yml` above each query folder, with the rules there, then the
/// pipeline's own.
pub(super) fn parameter_definitions(
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
                Problem::new(format!("parameter `{}` is already defined in a shared parameters.yml", name.value))
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
            parameter_type: ParameterType::Date,
            default: default.map(|text| Located::unwritten(scalar::Scalar::Text(text.into()))),
            min: None,
            max: None,
            values: Vec::new(),
            description: description.into(),
        };
        definitions.entry(name.to_owned()).or_insert((definition, file.clone()));
    };
    date(AS_OF_DATE, Some("yesterday"), "the day the run is for, the only clock that queries can read");
    date(
        COMPARE_TO,
        None,
        "the day of the earlier run to compare with; the latest one published before as_of_date if not set",
    );
    let currency = definition.currency.as_ref().map_or("", |currency| currency.value.as_str());
    let currency = ParameterDefinition {
        parameter_type: ParameterType::String,
        default: Some(Located::unwritten(scalar::Scalar::Text(currency.into()))),
        min: None,
        max: None,
        values: Vec::new(),
        description: "the one currency of all amounts, the pipeline's `currency`; empty if it has none".into(),
    };
    definitions.entry(CURRENCY.to_owned()).or_insert((currency, file.clone()));
    (definitions, rules)
}

/// `parameters.yml` in `folder` or the nearest folder above it.
fn nearest_parameters_file(folder: &Path) -> Option<PathBuf> {
    nearest_file(folder, "parameters.yml")
}

pub(super) fn resolve_parameters(
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
        problem.hint = did_you_mean(name, known()).or_else(|| {
            Some("define it under `parameters`, or in a parameters.yml in or above the query folders".into())
        });
        problems.push(problem);
    }
    let mut given: IndexMap<&str, &str> =
        settings.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    if let Some(date) = &settings.as_of_date {
        given.insert(AS_OF_DATE, date);
    }
    for name in given.keys().filter(|name| !definitions.contains_key(**name)) {
        let mut problem = Problem::new(format!("there is no parameter `{name}` for `--var {name}=...`"));
        let listed = || format!("known parameters: {}", known().collect::<Vec<_>>().join(", "));
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

/// The command line overrides `set`, which overrides the default.
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
