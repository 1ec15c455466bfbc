//! The pipeline file as it is written, one struct a map, one field a key. Nothing here is resolved or checked beyond its
//! shape; [`super::load`] does that.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::data_type::DataType;
use super::located::Located;
use super::report_format::ReportFormat;
use super::scalar::Scalar;

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
    /// Parameters that this pipeline's own queries need beside the shared ones of `parameters.yml`.
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
    /// Queries to replace: the name of a table, and the `.sql` file that defines it instead, relative to this file. The file
    /// may lie anywhere. With a `.yml` beside it that is its sidecar; without one the replaced query's stays in force.
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
    /// Reports to render and publish.
    #[serde(default)]
    pub reports: IndexMap<Located<String>, ReportDefinition>,
    /// Where to publish.
    pub publish: PublishDefinition,
    /// Limits of the machine's resources.
    #[serde(default)]
    pub runtime: RuntimeDefinition,
}

/// A file of shared parameters, `parameters.yml` in a `queries` folder or above it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParametersFile {
    /// Parameters by name.
    pub parameters: IndexMap<Located<String>, ParameterDefinition>,
    /// What must hold between the values of a run, whoever gives them.
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
    /// Value when nothing else is given; without one, the pipeline or the command line must give it.
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
    /// Region; empty means as the environment says.
    #[serde(default)]
    pub region: Option<String>,
    /// Allow plain `http://` endpoints.
    #[serde(default)]
    pub allow_http: bool,
}

/// One input.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceDefinition {
    /// File, folder ending in `/`, or glob; a path relative to the pipeline file, a URL, or `store/path`.
    pub location: Located<String>,
    /// How the objects are written.
    pub format: Located<Format>,
    /// Hive-style partition columns in folder order, `name=value` each.
    #[serde(default)]
    pub partitions: IndexMap<Located<String>, DataType>,
    /// The declared columns. With them only these are read, their types are checked, and queries are checked without data.
    #[serde(default)]
    pub columns: IndexMap<Located<String>, ColumnDefinition>,
    /// A location without objects gives an empty table instead of an error; needs `columns`.
    #[serde(default)]
    pub optional: bool,
}

/// File format of a source. Compression goes by the extension `.gz`, `.zst` or `.bz2`.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Apache Parquet.
    Parquet(ParquetFormat),
    /// Delimited text, read strictly: no type guessing, ragged lines and unclosed quotes are errors.
    Csv(CsvFormat),
    /// One JSON object a line.
    JsonLines(JsonLinesFormat),
    /// Arrow IPC file or stream.
    Arrow(ArrowFormat),
}

/// Parquet has no settings.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct ParquetFormat {}

/// Settings of delimited text.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct CsvFormat {
    /// One ASCII character between fields.
    pub delimiter: String,
    /// Whether the first line names the columns.
    pub header: bool,
    /// Column names in file order, for files without a header.
    pub column_names: Vec<String>,
    /// One ASCII character around fields; empty for none.
    pub quote: String,
    /// Character encoding by its WHATWG label, such as `utf-8` or `windows-1252`.
    pub encoding: String,
    /// Texts that stand for no value.
    pub null_values: Vec<String>,
}

impl Default for CsvFormat {
    fn default() -> Self {
        Self {
            delimiter: ",".into(),
            header: true,
            column_names: Vec::new(),
            quote: "\"".into(),
            encoding: "utf-8".into(),
            null_values: vec![String::new()],
        }
    }
}

/// JSON lines have no settings.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct JsonLinesFormat {}

/// Arrow IPC has no settings.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct ArrowFormat {}

/// A declared column of a source.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnDefinition {
    /// Type of the column.
    #[serde(rename = "type")]
    pub data_type: DataType,
    /// A missing value is an error.
    #[serde(default)]
    pub required: bool,
    /// Name in the file, when it differs.
    #[serde(default)]
    pub from: Option<String>,
    /// How dates and timestamps are written in text, in `strftime` terms, such as `%d.%m.%Y`.
    #[serde(default)]
    pub format: Option<String>,
    /// Unit of the values.
    #[serde(default)]
    pub unit: Option<String>,
    /// What the column means.
    #[serde(default)]
    pub description: String,
}

/// A published table.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutputDefinition {
    /// Columns to sort by; the grain of the query's sidecar when left out.
    #[serde(default)]
    pub sort_by: Vec<Located<String>>,
    /// Write the table as a spreadsheet too, `latest/<table>.xlsx`, for people who work through its rows.
    #[serde(default)]
    pub spreadsheet: bool,
}

/// A published report.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportDefinition {
    /// Formats to write.
    #[serde(default = "all_report_formats")]
    pub formats: Vec<ReportFormat>,
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
}

impl PublishDefinition {
    /// Publishing to `location`, with everything else as usual.
    pub fn to(location: &str) -> Self {
        Self { location: Located::unwritten(location.to_owned()), lock_seconds: lock_seconds() }
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
    /// Folder for what does not fit into memory; the system's temporary folder when left out.
    #[serde(default)]
    pub spill: Option<Located<String>>,
}

fn utc() -> Located<String> {
    Located::unwritten("UTC".into())
}

fn all_report_formats() -> Vec<ReportFormat> {
    vec![ReportFormat::Html, ReportFormat::Markdown]
}

fn lock_seconds() -> Located<u64> {
    Located::unwritten(300)
}
