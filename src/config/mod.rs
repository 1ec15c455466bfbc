//! YAML -> [`Pipeline`]: read the files, fill in variables, resolve parameters, and report either the first structural
//! problem or every other problem at once. Knows no session and no network.

mod as_of_date;
pub mod catalogue;
pub mod chart;
pub mod column_role;
pub mod data_type;
pub mod definition_file;
mod filling;
pub mod first_screen;
pub mod high_answers;
pub mod language;
pub mod located;
pub mod location;
pub mod loyalty_definition;
pub mod one_or_many;
pub mod overrides;
mod parameter_values;
pub mod parameters;
pub mod path_model;
pub mod query_files;
pub mod questionnaire;
pub mod questionnaire_rules;
pub mod referenced_files;
pub mod report_format;
pub mod scalar;
pub mod schema;
pub mod sidecar;
pub mod sources;
pub mod table_report;
pub mod tested;
mod text;
pub mod variables;
pub mod working_list;
pub mod yaml;

use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::error::{Error, Problem, Result};
use catalogue::Catalogue;
use definition_file::DefinitionFile;
use location::Location;
use loyalty_definition::LoyaltyDefinition;
use overrides::Override;
use parameters::{Parameter, ParameterValue};
use query_files::QueryFile;
use questionnaire::Questionnaire;
use questionnaire_rules::break_point_problems;
use referenced_files::ReferencedFiles;
use schema::{ParameterRule, PipelineFile};
pub use text::PipelineText;
use variables::Variables;

/// The name of the date parameter that every query can rely on.
pub const AS_OF_DATE: &str = "as_of_date";

/// Variable of the environment whose text is mixed into the hashes of sensitive values.
pub const SALT: &str = "STAUNCH_SALT";

/// The name of the date parameter that chooses the earlier run to compare with.
pub const COMPARE_TO: &str = "compare_to";

/// The parameter that holds the pipeline's `currency`, for checks of what the sources say.
pub const CURRENCY: &str = "currency";

/// A lock is renewed several times before it expires, over a network that may be slow.
const SHORTEST_LOCK_SECONDS: u64 = 10;

/// What the command line and the environment say about a pipeline.
pub struct Settings<'a> {
    /// Values given as `--var name=value`.
    pub variables: Vec<(String, String)>,
    /// The date given as `--as-of-date`.
    pub as_of_date: Option<String>,
    /// Whether that date may be in the future.
    pub allow_future: bool,
    /// The environment's variables.
    pub environment: variables::Environment<'a>,
    /// When the program started; the clock is not read again.
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
    /// What is mixed into the hashes of sensitive values, from the environment.
    pub salt: Option<String>,
    /// Every parameter, shared ones first.
    pub parameters: Vec<Parameter>,
    /// Rules on their values, each with the file that defines it.
    pub rules: Vec<(PipelineText, ParameterRule)>,
    /// Indicators that definitions may name, sections and figures of the report.
    pub catalogue: Catalogue,
    /// Every query file, by name.
    pub queries: Vec<QueryFile>,
    /// Queries that a file of the pipeline replaces.
    pub overrides: Vec<Override>,
    /// The questionnaire, when there is one.
    pub questionnaire: Option<DefinitionFile<Questionnaire>>,
    /// The definition of a loyal customer, when there is one.
    pub loyalty_definition: Option<DefinitionFile<LoyaltyDefinition>>,
    /// Problems found so far. Planning adds those of the queries, so that all problems are reported at once. A pipeline
    /// with problems is never run.
    pub problems: Vec<Problem>,
}

impl Pipeline {
    /// Where it publishes.
    pub fn publish_location(&self) -> Location {
        let definition = &self.definition;
        Location::resolve(&definition.publish.location, &definition.stores, Path::new(""))
    }

    /// Names of its sources.
    pub fn source_names(&self) -> impl Iterator<Item = &str> {
        self.definition.sources.keys().map(|name| name.value.as_str())
    }

    /// Whether it publishes a report.
    pub fn has_reports(&self) -> bool {
        !self.definition.reports.is_empty()
    }
}

/// Reads a pipeline file and everything it refers to, except data. Problems after which the pipeline can still be
/// checked are collected in it.
///
/// # Errors
/// [`Error::Invalid`] with the first structural problem.
pub fn load(path: &Path, settings: &Settings<'_>) -> Result<Pipeline> {
    let file = PipelineText::read(path, "pipeline file").map_err(Error::invalid)?;
    let variables = Variables::Environment(settings.environment);
    let definition = yaml::parse_filled(&file.path.display().to_string(), &file.text, &variables);
    let definition = definition.map_err(Error::Invalid)?;
    let files = ReferencedFiles::read(&file, &definition);
    resolve(file, definition, files, settings)
}

/// Resolves the variables and parameters of a parsed pipeline file whose other files are read. Problems after which the
/// pipeline can still be checked are collected in it.
///
/// # Errors
/// [`Error::Invalid`] when a file that it refers to cannot be read or has the wrong structure: further problems would
/// only be consequences of that.
pub fn resolve(
    file: PipelineText,
    definition: PipelineFile,
    files: ReferencedFiles,
    settings: &Settings<'_>,
) -> Result<Pipeline> {
    let mut problems = Vec::new();
    let lock = &definition.publish.lock_seconds;
    if lock.value < SHORTEST_LOCK_SECONDS {
        problems.push(
            Problem::new(format!("`lock_seconds: {}` is too short for the lock to be renewed in time", lock.value))
                .at(file.place(lock.line, lock.column))
                .hint(format!("use {SHORTEST_LOCK_SECONDS} or more; 300 is usual")),
        );
    }
    let name = &definition.name;
    if !is_name(name) {
        problems.push(
            Problem::new(format!("`{}` is not a name", name.value))
                .at(file.place_of(name))
                .hint("use lower-case letters, digits and underscores, starting with a letter"),
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

    let today = settings.now.with_timezone(&time_zone).date_naive();
    let parameters =
        parameter_values::resolve_parameters(&file, &definition, &files.parameters, settings, today, &mut problems);
    let date = |name: &str| {
        parameters.iter().find_map(|parameter| match &parameter.value {
            Some(ParameterValue::Date(date)) if parameter.name == name => Some(*date),
            _ => None,
        })
    };
    let as_of_date = date(AS_OF_DATE).unwrap_or(today);
    if let Some(parameter) = parameters.iter().find(|parameter| parameter.name == AS_OF_DATE && !parameter.is_wrong) {
        problems.extend(as_of_date::problem(as_of_date, today, parameter, settings.allow_future));
    }
    let compare_to = date(COMPARE_TO);
    if let Some(later) = compare_to.filter(|date| *date >= as_of_date) {
        problems.push(
            Problem::new(format!("`compare_to` {later} is not before as_of_date {as_of_date}"))
                .hint("compare with the run of an earlier day"),
        );
    }
    problems.extend(files.problems);
    if let Some(questionnaire) = &files.questionnaire {
        problems.extend(break_point_problems(questionnaire, &parameters));
    }
    if !files.unreadable.is_empty() {
        problems.extend(files.unreadable);
        return Err(Error::Invalid(problems));
    }
    Ok(Pipeline {
        file,
        definition,
        time_zone,
        as_of_date,
        compare_to,
        salt: (settings.environment)(SALT),
        parameters,
        rules: files.rules,
        catalogue: files.catalogue,
        queries: files.queries,
        overrides: files.overrides,
        questionnaire: files.questionnaire,
        loyalty_definition: files.loyalty_definition,
        problems,
    })
}

/// Whether `name` can serve as a table, pipeline or parameter name without quotes.
pub fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The file called `name` in `folder` or the nearest folder above it.
fn nearest_file(folder: &Path, name: &str) -> Option<PathBuf> {
    let absolute = folder.canonicalize().ok()?;
    absolute.ancestors().map(|ancestor| ancestor.join(name)).find(|path| path.is_file())
}
