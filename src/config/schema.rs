//! The pipeline file as it is written: one struct per map, one field per key. Nothing here is resolved or checked
//! beyond its structure; [`super::load`] does that.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::language::{Language, Words};
use super::located::Located;
use super::report_format::{Headline, ReportFormat};
use super::scalar::Scalar;
use super::sidecar::Label;
use super::sources::SourceDefinition;

/// One nightly pipeline: what to read, which queries to run, what to publish where.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PipelineFile {
    /// Name of the pipeline: lower-case letters, digits and underscores.
    pub name: Located<String>,
    /// What the pipeline is for, shown in the report.
    #[serde(default)]
    pub description: String,
    /// IANA time zone in which days begin and end.
    #[serde(default = "utc")]
    pub time_zone: Located<String>,
    /// ISO 4217 code of the one currency of all amounts.
    #[serde(default)]
    pub currency: Option<Located<String>>,
    /// Parameters that this pipeline's own queries need in addition to the shared ones of `parameters.yml`.
    #[serde(default)]
    pub parameters: IndexMap<Located<String>, ParameterDefinition>,
    /// Values for shared or own parameters, in place of their defaults.
    #[serde(default)]
    pub set: IndexMap<Located<String>, Located<Scalar>>,
    /// Named object stores; a source or the publish location may start with a store's name.
    #[serde(default)]
    pub stores: IndexMap<Located<String>, StoreDefinition>,
    /// Inputs, each a table under its name.
    #[serde(default)]
    pub sources: IndexMap<Located<String>, SourceDefinition>,
    /// Folders of `.sql` files, relative to this file; subfolders are read too.
    pub queries: Vec<Located<String>>,
    /// Queries to replace: the name of a table, and the `.sql` file that defines it instead, relative to this file. The
    /// file may be in any folder. A `.yml` file next to it is its sidecar; without one, the sidecar of the replaced
    /// query still applies.
    #[serde(default)]
    pub overrides: IndexMap<Located<String>, Located<String>>,
    /// The questionnaire's YAML file, relative to this file.
    #[serde(default)]
    pub questionnaire: Option<Located<String>>,
    /// The YAML file that says what makes a customer loyal, relative to this file.
    #[serde(default)]
    pub loyalty_definition: Option<Located<String>>,
    /// Tables to publish.
    pub outputs: IndexMap<Located<String>, OutputDefinition>,
    /// What happens to the checks of queries that no output and no report needs.
    #[serde(default)]
    pub unneeded_checks: UnneededChecks,
    /// Reports to render and publish.
    #[serde(default)]
    pub reports: IndexMap<Located<String>, ReportDefinition>,
    /// Where to publish.
    pub publish: PublishDefinition,
    /// Limits of the machine's resources.
    #[serde(default)]
    pub runtime: RuntimeDefinition,
}

/// What happens to the checks of queries that no output and no report needs.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum UnneededChecks {
    /// `plan`, `validate` and `run` name the queries; their checks do not run.
    #[default]
    Name,
    /// The queries are computed and checked every night.
    Run,
    /// The pipeline is refused with exit code 2.
    Refuse,
}

/// A file of shared parameters, `parameters.yml` in a `queries` folder or above it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParametersFile {
    /// Parameters by name.
    pub parameters: IndexMap<Located<String>, ParameterDefinition>,
    /// Rules that the values of every run must satisfy.
    #[serde(default)]
    pub rules: Vec<ParameterRule>,
}

/// A condition on the values of parameters, checked by `validate` and before every run.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParameterRule {
    /// What must hold, in words.
    pub name: Located<String>,
    /// The condition in SQL over `$parameters`; it must be true.
    pub sql: Located<String>,
    /// What to do when it is not.
    #[serde(default)]
    pub hint: Option<String>,
}

/// A typed parameter, written `$name` in SQL.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParameterDefinition {
    /// Type of the value.
    #[serde(rename = "type")]
    pub parameter_type: ParameterType,
    /// Default value; without one, the pipeline or the command line must give a value.
    #[serde(default)]
    pub default: Option<Located<Scalar>>,
    /// Smallest allowed value.
    #[serde(default)]
    pub min: Option<Scalar>,
    /// Largest allowed value.
    #[serde(default)]
    pub max: Option<Scalar>,
    /// The only allowed values.
    #[serde(default)]
    pub values: Vec<Scalar>,
    /// What it decides, with its unit.
    #[serde(default)]
    pub description: String,
}

/// Type of a parameter.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum ParameterType {
    /// A calendar date, `2026-11-30`, or `yesterday` in the pipeline's time zone.
    Date,
    /// A 64-bit integer.
    Integer,
    /// An exact decimal with up to six digits after the point.
    Decimal,
    /// Text.
    String,
    /// True or false.
    Boolean,
    /// A list of texts.
    Strings,
}

/// An object store that locations may refer to by name. Credentials come from the environment or the platform only.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoreDefinition {
    /// Root of the store, such as `s3://bucket/prefix`, `gs://…`, `az://…` or a folder.
    pub url: Located<String>,
    /// Endpoint of an S3-compatible server; empty means the platform's own.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// Region; empty means the one set in the environment.
    #[serde(default)]
    pub region: Option<String>,
    /// Allow plain `http://` endpoints.
    #[serde(default)]
    pub allow_http: bool,
}

/// A published table.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutputDefinition {
    /// Columns to sort by; the grain of the query's sidecar when left out.
    #[serde(default)]
    pub sort_by: Vec<Located<String>>,
    /// Also write the table as a spreadsheet, `latest/<table>.<language>.xlsx`, for people who work through its rows.
    #[serde(default)]
    pub spreadsheet: bool,
    /// What may change in the columns, their types, the key and the order of the table from one night to the next; that of
    /// `publish` when left out.
    #[serde(default)]
    pub compatibility: Option<Compatibility>,
    /// What happens when the table has no rows, and had some in the run compared with.
    #[serde(default)]
    pub on_empty: OnEmptyOutput,
}

/// What may change in an output from one night to the next.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Compatibility {
    /// Columns may be added. Any other change stops the run with exit code 3.
    #[default]
    Additive,
    /// Anything may change.
    None,
}

/// What happens when an output that had rows has none.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum OnEmptyOutput {
    /// Nothing.
    Allow,
    /// The run is published with a warning.
    #[default]
    Warn,
    /// The run ends with exit code 3 and nothing is published.
    Stop,
}

/// A published report.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportDefinition {
    /// Formats to write.
    #[serde(default = "pages")]
    pub formats: Vec<Located<ReportFormat>>,
    /// What the report says it is about, by language; the pipeline's `description` where it is not given.
    #[serde(default)]
    pub description: Label,
    /// What readers must know about the data before they trust the numbers, by language: how customers or answers were
    /// chosen, what the data do not hold. One sentence or two each. The report says them at its top.
    #[serde(default)]
    pub caveats: Vec<Words>,
    /// What the report begins with.
    #[serde(default)]
    pub headline: Headline,
    /// Languages to write every format in: `<report>.<language>.<ending>`.
    #[serde(default = "english")]
    pub languages: Vec<Located<Language>>,
}

/// Where results go.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishDefinition {
    /// Folder or URL; a path is relative to the current directory.
    pub location: Located<String>,
    /// Seconds after which the lock of a run that no longer renews it may be taken over; at least 10.
    #[serde(default = "lock_seconds")]
    pub lock_seconds: Located<u64>,
    /// What may change in the columns, their types, the key and the order of outputs from one night to the next.
    #[serde(default)]
    pub compatibility: Compatibility,
    /// `staunch clean` keeps the files of the newest so many runs. A run is kept if `keep_runs` or `keep_days` keeps it.
    #[serde(default)]
    pub keep_runs: Option<u64>,
    /// `staunch clean` keeps the files of the runs for the last so many days, counted back from the day that `latest/`
    /// shows.
    #[serde(default)]
    pub keep_days: Option<u64>,
}

impl PublishDefinition {
    /// Publishing to `location`, with everything else as usual.
    pub fn to(location: &str) -> Self {
        let location = Located::unwritten(location.to_owned());
        Self {
            location,
            lock_seconds: lock_seconds(),
            compatibility: Compatibility::default(),
            keep_runs: None,
            keep_days: None,
        }
    }
}

/// Limits of the machine's resources.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuntimeDefinition {
    /// Memory for queries, such as `8GiB`; `auto` is half of the machine's.
    #[serde(default)]
    pub memory: Option<Located<String>>,
    /// Threads and partitions; `auto` is two per core.
    #[serde(default)]
    pub threads: Option<Located<String>>,
    /// Folder for data that does not fit into memory; the system's temporary folder when left out.
    #[serde(default)]
    pub spill: Option<Located<String>>,
}

fn utc() -> Located<String> {
    Located::unwritten("UTC".into())
}

fn pages() -> Vec<Located<ReportFormat>> {
    vec![Located::unwritten(ReportFormat::Html), Located::unwritten(ReportFormat::Markdown)]
}

fn english() -> Vec<Located<Language>> {
    vec![Located::unwritten(Language::English)]
}

fn lock_seconds() -> Located<u64> {
    Located::unwritten(300)
}
