//! The command line: commands, arguments and their help. No logic.

mod nights;
mod schema;

use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::publish::RunName;
use nights::RUN_HELP;

pub use nights::{
    BackfillArguments, CleanArguments, DiffArguments, HistoryArguments, RepairArguments, ReportArguments, ResultFormat,
    RetryArguments, RollbackArguments, UnlockArguments, VerifyArguments,
};
pub use schema::{SchemaArguments, SchemaKind};

const EXAMPLES: &str = "\
Examples:
  staunch run pipelines/sample.yml                        run the sample pipeline
  staunch validate pipelines/*.yml                        find mistakes without data or credentials
  staunch run nightly.yml --as-of-date 2026-11-30         run for a given day
  staunch show customer_loyalty --pipeline nightly.yml    print the first rows of one query

Exit codes:
  0  success                             4         an input is not there yet; retry later
  1  execution failed; retry             5         another run holds the lock; retry later
  2  wrong usage, configuration or SQL   6         published, but not shown everywhere
  3  bad data; nothing was published     130, 143  interrupted

Most options can also be set by the environment variable shown in brackets.";

/// Nightly customer-loyalty indicators, segments and reports: plain SQL on Apache DataFusion, published as Parquet.
#[derive(Debug, Parser)]
#[command(name = "staunch", version, about, after_help = EXAMPLES, max_term_width = 110, arg_required_else_help = true)]
pub struct Cli {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
    /// Options of every command.
    #[command(flatten)]
    pub global: GlobalArguments,
}

/// Options of every command.
#[derive(Args, Debug)]
pub struct GlobalArguments {
    /// Print only errors and requested data
    #[arg(long, short, global = true, env = "STAUNCH_QUIET", value_parser = BoolishValueParser::new())]
    pub quiet: bool,
    /// Format of progress and errors on stderr
    #[arg(long, global = true, value_enum, default_value_t, env = "STAUNCH_LOG_FORMAT")]
    pub log_format: LogFormat,
}

/// Format of progress and errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Progress bars on a terminal, plain lines otherwise
    #[default]
    Text,
    /// One JSON object per line
    Json,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a pipeline and publish its tables and reports
    #[command(visible_alias = "build")]
    Run(RunArguments),
    /// Check pipelines, SQL, types and parameters without data or credentials
    #[command(visible_alias = "check")]
    Validate(ValidateArguments),
    /// Show what a run would read, compute and publish
    Plan(PlanArguments),
    /// Run unit tests of queries
    Test(TestArguments),
    /// Compute one query on the real inputs and print its rows
    Show(ShowArguments),
    /// Show the rows that a run rejected
    Rejects(RejectsArguments),
    /// Check how old the data of the sources is
    Freshness(FreshnessArguments),
    /// List the published runs, newest first
    #[command(visible_alias = "log")]
    History(HistoryArguments),
    /// Compare two published runs
    Diff(DiffArguments),
    /// Bring an earlier run back, and withdraw all later days
    Rollback(RollbackArguments),
    /// Run the day of a published run again, with its parameters
    Retry(RetryArguments),
    /// Run a range of days, oldest first, and skip those already published
    Backfill(BackfillArguments),
    /// Render the reports of a published run again
    Report(ReportArguments),
    /// Compare published files with their checksums, rows and columns
    Verify(VerifyArguments),
    /// Restore damaged and missing copies from those that are intact
    Repair(RepairArguments),
    /// Remove the files of old runs; without --yes, only show which
    Clean(CleanArguments),
    /// Remove the lock of a run that died
    Unlock(UnlockArguments),
    /// Check that every location of a pipeline can be used
    Doctor(DoctorArguments),
    /// Print a questionnaire as a form to fill in
    Questionnaire(QuestionnaireArguments),
    /// List the SQL functions of staunch, or explain one
    Functions(FunctionsArguments),
    /// Print the JSON Schema of a kind of file
    Schema(SchemaArguments),
    /// Generate the data of a synthetic shop
    Sample(SampleArguments),
    /// Print a completion script for a shell
    Completions(CompletionsArguments),
}

/// Values of parameters.
#[derive(Args, Debug, Default)]
pub struct ParameterArguments {
    /// Day the run is for, such as 2026-11-30 [default: the pipeline's, or yesterday]
    #[arg(long, value_name = "DATE", env = "STAUNCH_AS_OF_DATE")]
    pub as_of_date: Option<String>,
    /// Allow a day that is more than one day in the future
    #[arg(long, env = "STAUNCH_ALLOW_FUTURE", value_parser = BoolishValueParser::new())]
    pub allow_future: bool,
    /// Set a parameter; repeat for several
    #[arg(long = "var", value_name = "NAME=VALUE", value_delimiter = ';', value_parser = name_and_value, env = "STAUNCH_VAR")]
    pub variables: Vec<(String, String)>,
}

/// Limits of resources.
#[derive(Args, Debug, Default)]
pub struct ResourceArguments {
    /// Number of threads [default: the pipeline's, or two per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), env = "STAUNCH_THREADS")]
    pub threads: Option<u16>,
    /// Memory for queries, such as 8GiB [default: the pipeline's, or half of the machine's]
    #[arg(long, value_name = "SIZE", env = "STAUNCH_MEMORY")]
    pub memory: Option<String>,
}

/// Arguments of `run`.
#[derive(Args, Debug)]
pub struct RunArguments {
    /// Pipeline file
    #[arg(value_name = "PIPELINE", env = "STAUNCH_PIPELINE")]
    pub pipeline: PathBuf,
    /// Publish only these outputs, to a location where nothing is published yet; repeat for several
    #[arg(long, short, value_name = "OUTPUT", value_delimiter = ',', env = "STAUNCH_SELECT")]
    pub select: Vec<String>,
    /// Show the plan and stop, like `staunch plan`
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
    /// Pipeline file
    #[arg(value_name = "PIPELINE", env = "STAUNCH_PIPELINE")]
    pub pipeline: PathBuf,
    /// Plan only these outputs; repeat for several
    #[arg(long, short, value_name = "OUTPUT", value_delimiter = ',', env = "STAUNCH_SELECT")]
    pub select: Vec<String>,
    /// Values of parameters.
    #[command(flatten)]
    pub parameters: ParameterArguments,
}

/// Arguments of `test`.
#[derive(Args, Debug)]
pub struct TestArguments {
    /// Test files, or folders of them
    #[arg(value_name = "PATH", default_value = "tests/queries")]
    pub paths: Vec<PathBuf>,
}

/// Arguments of `show`.
#[derive(Args, Debug)]
pub struct ShowArguments {
    /// Table to print: a query, a source or a canonical table
    #[arg(value_name = "TABLE", required_unless_present = "sql", conflicts_with = "sql")]
    pub table: Option<String>,
    /// Run this SELECT on the pipeline's tables instead
    #[arg(long, value_name = "SELECT")]
    pub sql: Option<String>,
    /// Pipeline file
    #[arg(long, short, value_name = "FILE", env = "STAUNCH_PIPELINE")]
    pub pipeline: PathBuf,
    /// Maximum number of rows to print; 0 prints all
    #[arg(long, short = 'n', value_name = "ROWS", default_value_t = 20, env = "STAUNCH_LIMIT")]
    pub limit: usize,
    /// Format of the rows
    #[arg(long, short, value_enum, default_value_t, env = "STAUNCH_FORMAT")]
    pub format: RowFormat,
    /// Values of parameters.
    #[command(flatten)]
    pub parameters: ParameterArguments,
    /// Limits.
    #[command(flatten)]
    pub resources: ResourceArguments,
}

/// Arguments of `rejects`.
#[derive(Args, Debug)]
pub struct RejectsArguments {
    #[arg(value_name = "RUN", default_value = "latest", help = RUN_HELP)]
    /// The run.
    pub run: RunName,
    /// Pipeline file
    #[arg(long, short, value_name = "FILE", env = "STAUNCH_PIPELINE")]
    pub pipeline: PathBuf,
    /// Show only the rows of this source
    #[arg(long, short, value_name = "SOURCE")]
    pub source: Option<String>,
    /// Maximum number of rows to print; 0 prints all
    #[arg(long, short = 'n', value_name = "ROWS", default_value_t = 20, env = "STAUNCH_LIMIT")]
    pub limit: usize,
    /// Format of the rows
    #[arg(long, short, value_enum, default_value_t, env = "STAUNCH_FORMAT")]
    pub format: RowFormat,
    /// Values of parameters.
    #[command(flatten)]
    pub parameters: ParameterArguments,
}

/// Arguments of `freshness`.
#[derive(Args, Debug)]
pub struct FreshnessArguments {
    /// Pipeline file
    #[arg(value_name = "PIPELINE", env = "STAUNCH_PIPELINE")]
    pub pipeline: PathBuf,
    /// Values of parameters.
    #[command(flatten)]
    pub parameters: ParameterArguments,
    /// Limits.
    #[command(flatten)]
    pub resources: ResourceArguments,
}

/// Arguments of `doctor`.
#[derive(Args, Debug)]
pub struct DoctorArguments {
    /// Pipeline file
    #[arg(value_name = "PIPELINE", env = "STAUNCH_PIPELINE")]
    pub pipeline: PathBuf,
    /// Values of parameters.
    #[command(flatten)]
    pub parameters: ParameterArguments,
}

/// Format of printed rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum RowFormat {
    /// A table for people to read
    #[default]
    Table,
    /// Comma-separated values with a header line
    Csv,
    /// One JSON object per line
    Json,
}

/// Arguments of `questionnaire`.
#[derive(Args, Debug)]
pub struct QuestionnaireArguments {
    /// Questionnaire file
    #[arg(value_name = "FILE")]
    pub questionnaire: PathBuf,
    /// Format of the form
    #[arg(long, short, value_enum, default_value_t)]
    pub format: FormFormatArgument,
    /// Language of the form
    #[arg(long, value_enum, default_value_t)]
    pub lang: FormLanguages,
    /// Print only these sections; repeat for several
    #[arg(long = "section", value_name = "NAME", value_delimiter = ',')]
    pub sections: Vec<String>,
}

/// Format of the form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FormFormatArgument {
    /// Markdown, for further editing
    #[default]
    #[value(alias = "markdown")]
    Md,
    /// A self-contained HTML page, for printing
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

/// Arguments of `functions`.
#[derive(Args, Debug)]
pub struct FunctionsArguments {
    /// Explain this function: signature, meaning, arguments, example, source
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
}

/// Arguments of `sample`.
#[derive(Args, Debug)]
pub struct SampleArguments {
    /// Folder to write to; created if missing
    #[arg(value_name = "FOLDER", default_value = "sample")]
    pub folder: PathBuf,
    /// Number of customers
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u64).range(1..=100_000_000), env = "STAUNCH_CUSTOMERS")]
    pub customers: u64,
    /// Seed of the random numbers; the same seed gives the same files
    #[arg(long, default_value_t = 1, env = "STAUNCH_SEED")]
    pub seed: u64,
}

/// Arguments of `completions`.
#[derive(Args, Debug)]
pub struct CompletionsArguments {
    /// Shell
    #[arg(value_enum)]
    pub shell: Shell,
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .filter(|(name, _)| !name.trim().is_empty())
        .map(|(name, value)| (name.trim().trim_start_matches('$').to_owned(), value.to_owned()))
        .ok_or_else(|| format!("`{text}` is not of the form NAME=VALUE"))
}
