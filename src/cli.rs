//! The command line: what can be typed, and its help. No logic.

use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

const EXAMPLES: &str = "\
Examples:
  staunch run pipelines/sample.yml                        the whole night on the sample that ships
  staunch validate pipelines/*.yml                        what is wrong, without data or credentials
  staunch run nightly.yml --as-of-date 2026-11-30         a given date
  staunch show customer_loyalty --pipeline nightly.yml    look at the first rows of one query

Exit codes:
  0  done                          3    the data is bad; nothing was published
  1  execution failed, try again   5    another run holds the lock, try later
  2  usage, configuration or SQL   130, 143  interrupted; nothing was published

Most flags can also be set by an environment variable, shown in brackets.";

/// Nightly customer-loyalty indicators, segments and reports: plain SQL on Apache DataFusion, published as Parquet.
#[derive(Debug, Parser)]
#[command(name = "staunch", version, about, after_help = EXAMPLES, max_term_width = 110, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Settings of every command.
    #[command(flatten)]
    pub global: GlobalArguments,
}

/// Settings of every command.
#[derive(Args, Debug)]
pub struct GlobalArguments {
    /// Print nothing but errors and what was asked for
    #[arg(long, short, global = true, env = "STAUNCH_QUIET", value_parser = BoolishValueParser::new())]
    pub quiet: bool,
    /// How progress and errors are written to stderr
    #[arg(long, global = true, value_enum, default_value_t, env = "STAUNCH_LOG_FORMAT")]
    pub log_format: LogFormat,
}

/// How progress and errors are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people: progress bars on a terminal, plain lines otherwise
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a pipeline: read, compute, check, report, publish
    #[command(visible_alias = "build")]
    Run(RunArguments),
    /// Check pipelines, SQL, types, parameters and questionnaire, without data or credentials
    #[command(visible_alias = "check")]
    Validate(ValidateArguments),
    /// Say what a run would read, compute and publish, and do nothing
    Plan(PlanArguments),
    /// Run unit tests of queries: given rows, expected rows
    Test(TestArguments),
    /// Run up to one query on the real inputs and print its rows to stdout
    Show(ShowArguments),
    /// Print a questionnaire as a form that people fill in, to stdout
    Questionnaire(QuestionnaireArguments),
    /// Print the JSON Schema of a YAML file to stdout
    Schema(SchemaArguments),
    /// Generate a synthetic shop: transactions, survey answers, customers, products
    Sample(SampleArguments),
    /// Print the completion script of a shell to stdout
    Completions(CompletionsArguments),
}

/// Which values the parameters have.
#[derive(Args, Debug, Default)]
pub struct ParameterArguments {
    /// The day the run is for, such as 2026-11-30 [default: as the pipeline says, else yesterday]
    #[arg(long, value_name = "DATE", env = "STAUNCH_AS_OF_DATE")]
    pub as_of_date: Option<String>,
    /// Value of a parameter; may be repeated
    #[arg(long = "var", value_name = "NAME=VALUE", value_delimiter = ';', value_parser = name_and_value, env = "STAUNCH_VAR")]
    pub variables: Vec<(String, String)>,
}

/// What queries may use.
#[derive(Args, Debug, Default)]
pub struct ResourceArguments {
    /// Threads, and the most partitions of a table [default: two per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), env = "STAUNCH_THREADS")]
    pub threads: Option<u16>,
    /// Memory for queries, such as 8GiB [default: half of the machine's]
    #[arg(long, value_name = "SIZE", env = "STAUNCH_MEMORY")]
    pub memory: Option<String>,
}

/// Arguments of `run`.
#[derive(Args, Debug)]
pub struct RunArguments {
    /// The pipeline file
    #[arg(value_name = "PIPELINE", env = "STAUNCH_PIPELINE")]
    pub pipeline: PathBuf,
    /// Only these outputs, and what they need, at a location where no run is published yet; may be repeated
    #[arg(long, short, value_name = "OUTPUT", value_delimiter = ',', env = "STAUNCH_SELECT")]
    pub select: Vec<String>,
    /// Stop before anything is read, as `plan` does
    #[arg(long, env = "STAUNCH_DRY_RUN", value_parser = BoolishValueParser::new())]
    pub dry_run: bool,
    /// Values of parameters.
    #[command(flatten)]
    pub parameters: ParameterArguments,
    /// Limits.
    #[command(flatten)]
    pub resources: ResourceArguments,
}

/// Arguments of `validate`.
#[derive(Args, Debug)]
pub struct ValidateArguments {
    /// Pipeline files
    #[arg(value_name = "PIPELINE", required = true)]
    pub pipelines: Vec<PathBuf>,
    /// Values of parameters.
    #[command(flatten)]
    pub parameters: ParameterArguments,
}

/// Arguments of `plan`.
#[derive(Args, Debug)]
pub struct PlanArguments {
    /// The pipeline file
    #[arg(value_name = "PIPELINE", env = "STAUNCH_PIPELINE")]
    pub pipeline: PathBuf,
    /// Only these outputs, and what they need; may be repeated
    #[arg(long, short, value_name = "OUTPUT", value_delimiter = ',', env = "STAUNCH_SELECT")]
    pub select: Vec<String>,
    /// Values of parameters.
    #[command(flatten)]
    pub parameters: ParameterArguments,
}

/// Arguments of `test`.
#[derive(Args, Debug)]
pub struct TestArguments {
    /// Files or folders of tests
    #[arg(value_name = "PATH", default_value = "tests/queries")]
    pub paths: Vec<PathBuf>,
}

/// Arguments of `show`.
#[derive(Args, Debug)]
pub struct ShowArguments {
    /// Table to show: a query, a source or a canonical table
    #[arg(value_name = "TABLE", required_unless_present = "sql", conflicts_with = "sql")]
    pub table: Option<String>,
    /// SELECT to run on the pipeline's tables instead
    #[arg(long, value_name = "SELECT")]
    pub sql: Option<String>,
    /// The pipeline file
    #[arg(long, short, value_name = "FILE", env = "STAUNCH_PIPELINE")]
    pub pipeline: PathBuf,
    /// Most rows to print; 0 for all
    #[arg(long, short = 'n', value_name = "ROWS", default_value_t = 20, env = "STAUNCH_LIMIT")]
    pub limit: usize,
    /// How rows are printed
    #[arg(long, short, value_enum, default_value_t, env = "STAUNCH_FORMAT")]
    pub format: RowFormat,
    /// Values of parameters.
    #[command(flatten)]
    pub parameters: ParameterArguments,
    /// Limits.
    #[command(flatten)]
    pub resources: ResourceArguments,
}

/// How rows are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum RowFormat {
    /// A table drawn with lines
    #[default]
    Table,
    /// Comma-separated values with a header
    Csv,
    /// One JSON object a line
    Json,
}

/// Arguments of `questionnaire`.
#[derive(Args, Debug)]
pub struct QuestionnaireArguments {
    /// The questionnaire's YAML file
    #[arg(value_name = "FILE")]
    pub questionnaire: PathBuf,
    /// How the form is written
    #[arg(long, short, value_enum, default_value_t)]
    pub format: FormFormatArgument,
    /// Languages of the form
    #[arg(long, value_enum, default_value_t)]
    pub lang: FormLanguages,
    /// Only these sections of the questionnaire, for a shorter form; may be repeated
    #[arg(long = "section", value_name = "NAME", value_delimiter = ',')]
    pub sections: Vec<String>,
}

/// How the form is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FormFormatArgument {
    /// Markdown, to go on working with
    #[default]
    #[value(alias = "markdown")]
    Md,
    /// One HTML page that needs nothing else, to print
    Html,
}

/// Languages of the form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FormLanguages {
    /// English
    #[default]
    En,
    /// Chinese
    Zh,
    /// Both, side by side
    Both,
}

/// Arguments of `schema`.
#[derive(Args, Debug)]
pub struct SchemaArguments {
    /// The kind of file
    #[arg(value_enum, default_value_t)]
    pub kind: SchemaKind,
}

/// A kind of YAML file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SchemaKind {
    /// A pipeline
    #[default]
    Pipeline,
    /// The `.yml` beside a query
    Sidecar,
    /// A questionnaire
    Questionnaire,
    /// A definition of loyal customers and the loyalty index
    LoyaltyDefinition,
    /// catalogue.yml
    Catalogue,
    /// parameters.yml
    Parameters,
    /// A unit test of a query
    Test,
}

/// Arguments of `sample`.
#[derive(Args, Debug)]
pub struct SampleArguments {
    /// Folder to write to; made when it does not exist
    #[arg(value_name = "FOLDER", default_value = "sample")]
    pub folder: PathBuf,
    /// Customers to invent
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u64).range(1..=100_000_000), env = "STAUNCH_CUSTOMERS")]
    pub customers: u64,
    /// The same seed gives the same files
    #[arg(long, default_value_t = 1, env = "STAUNCH_SEED")]
    pub seed: u64,
}

/// Arguments of `completions`.
#[derive(Args, Debug)]
pub struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .filter(|(name, _)| !name.trim().is_empty())
        .map(|(name, value)| (name.trim().trim_start_matches('$').to_owned(), value.to_owned()))
        .ok_or_else(|| format!("`{text}` is not of the form NAME=VALUE"))
}
