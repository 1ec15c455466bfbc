//! Arguments of the commands about published nights.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::builder::BoolishValueParser;
use clap::{Args, ValueEnum};

use super::{ResourceArguments, name_and_value};
use crate::config::report_format::ReportFormat;
use crate::publish::RunName;

/// Help of a run by its name.
pub(super) const RUN_HELP: &str = "Run: a day, a number, an identifier, `latest` or `latest~1`";

/// Format of a result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ResultFormat {
    /// Text for people to read
    #[default]
    Text,
    /// One JSON document
    Json,
}

/// Arguments of `history`.
#[derive(Args, Debug)]
pub struct HistoryArguments {
    /// Pipeline file
    #[arg(value_name = "PIPELINE", env = "STAUNCH_PIPELINE")]
    pub pipeline: PathBuf,
    /// Maximum number of runs to list; 0 lists all
    #[arg(long, short = 'n', value_name = "RUNS", default_value_t = 20, env = "STAUNCH_LIMIT")]
    pub limit: usize,
    /// Show this indicator of all customers as a column; repeat for several
    #[arg(long, short, value_name = "KEY", value_delimiter = ',')]
    pub indicator: Vec<String>,
    /// Format of the list
    #[arg(long, short, value_enum, default_value_t)]
    pub format: ResultFormat,
}

/// Arguments of `diff`.
#[derive(Args, Debug)]
pub struct DiffArguments {
    #[arg(value_name = "BEFORE", default_value = "latest~1", help = RUN_HELP)]
    /// The earlier run.
    pub before: RunName,
    #[arg(value_name = "AFTER", default_value = "latest", help = RUN_HELP)]
    /// The later run.
    pub after: RunName,
    /// Pipeline file
    #[arg(long, short, value_name = "FILE", env = "STAUNCH_PIPELINE")]
    pub pipeline: PathBuf,
    /// Compare only the rows of these tables; repeat for several
    #[arg(long = "table", short, value_name = "TABLE", value_delimiter = ',')]
    pub tables: Vec<String>,
    /// Rows to show of each kind of change in a table
    #[arg(long, value_name = "ROWS", default_value_t = 3)]
    pub examples: usize,
    /// Format of the result
    #[arg(long, short, value_enum, default_value_t)]
    pub format: ResultFormat,
    /// Limits.
    #[command(flatten)]
    pub resources: ResourceArguments,
}

/// Arguments of `rollback`.
#[derive(Args, Debug)]
pub struct RollbackArguments {
    #[arg(value_name = "RUN", help = RUN_HELP)]
    /// The run to bring back.
    pub run: RunName,
    /// Pipeline file
    #[arg(long, short, value_name = "FILE", env = "STAUNCH_PIPELINE")]
    pub pipeline: PathBuf,
    /// Show what would change, and change nothing
    #[arg(long, env = "STAUNCH_DRY_RUN", value_parser = BoolishValueParser::new())]
    pub dry_run: bool,
    /// Format of the result
    #[arg(long, short, value_enum, default_value_t)]
    pub format: ResultFormat,
}

/// Arguments of `retry`.
#[derive(Args, Debug)]
pub struct RetryArguments {
    #[arg(value_name = "RUN", default_value = "latest", help = RUN_HELP)]
    /// The run to repeat.
    pub run: RunName,
    /// Pipeline file
    #[arg(long, short, value_name = "FILE", env = "STAUNCH_PIPELINE")]
    pub pipeline: PathBuf,
    /// Refuse to run if an input changed since; without it, changes are only told
    #[arg(long, env = "STAUNCH_SAME_INPUTS", value_parser = BoolishValueParser::new())]
    pub same_inputs: bool,
    /// Limits.
    #[command(flatten)]
    pub resources: ResourceArguments,
}

/// Arguments of `backfill`.
#[derive(Args, Debug)]
pub struct BackfillArguments {
    /// Pipeline file
    #[arg(value_name = "PIPELINE", env = "STAUNCH_PIPELINE")]
    pub pipeline: PathBuf,
    /// First day
    #[arg(long, value_name = "DATE")]
    pub from: NaiveDate,
    /// Last day
    #[arg(long, value_name = "DATE")]
    pub to: NaiveDate,
    /// Run days that are published already, too
    #[arg(long)]
    pub again: bool,
    /// Then run the later days again whose comparison changed
    #[arg(long)]
    pub with_later: bool,
    /// Show which days would run, and run none
    #[arg(long, env = "STAUNCH_DRY_RUN", value_parser = BoolishValueParser::new())]
    pub dry_run: bool,
    /// Set a parameter; repeat for several
    #[arg(long = "var", value_name = "NAME=VALUE", value_delimiter = ';', value_parser = name_and_value, env = "STAUNCH_VAR")]
    pub variables: Vec<(String, String)>,
    /// Limits.
    #[command(flatten)]
    pub resources: ResourceArguments,
}

/// Arguments of `report`.
#[derive(Args, Debug)]
pub struct ReportArguments {
    #[arg(value_name = "RUN", default_value = "latest", help = RUN_HELP)]
    /// The run whose reports are rendered.
    pub run: RunName,
    /// Pipeline file
    #[arg(long, short, value_name = "FILE", env = "STAUNCH_PIPELINE")]
    pub pipeline: PathBuf,
    /// Show changes against this earlier run: a day, a number, an identifier or `latest~1`
    #[arg(long, value_name = "RUN")]
    pub compare: Option<RunName>,
    /// Name of the report; all reports of the run when left out
    #[arg(long, value_name = "REPORT")]
    pub name: Option<String>,
    /// Language, such as `zh`; all languages that the run wrote when left out
    #[arg(long, value_name = "LANGUAGE")]
    pub lang: Option<String>,
    /// Formats to write
    #[arg(long, short, value_enum, value_delimiter = ',', default_value = "html")]
    pub format: Vec<ReportFormat>,
    /// Folder to write to; created if missing
    #[arg(long, short, value_name = "FOLDER", default_value = ".")]
    pub output: PathBuf,
    /// Open the first file that was written
    #[arg(long)]
    pub open: bool,
}

/// Arguments of `verify`.
#[derive(Args, Debug)]
pub struct VerifyArguments {
    #[arg(value_name = "RUN", default_value = "latest", help = RUN_HELP)]
    /// The run to verify.
    pub run: RunName,
    /// Verify the newest run of every day
    #[arg(long, conflicts_with = "run")]
    pub all: bool,
    /// Pipeline file
    #[arg(long, short, value_name = "FILE", env = "STAUNCH_PIPELINE")]
    pub pipeline: PathBuf,
    /// Format of the result
    #[arg(long, short, value_enum, default_value_t)]
    pub format: ResultFormat,
}

/// Arguments of `repair`.
#[derive(Args, Debug)]
pub struct RepairArguments {
    /// Pipeline file
    #[arg(value_name = "PIPELINE", env = "STAUNCH_PIPELINE")]
    pub pipeline: PathBuf,
    /// Show what would be repaired, and change nothing
    #[arg(long, env = "STAUNCH_DRY_RUN", value_parser = BoolishValueParser::new())]
    pub dry_run: bool,
    /// Format of the result
    #[arg(long, short, value_enum, default_value_t)]
    pub format: ResultFormat,
}

/// Arguments of `clean`.
#[derive(Args, Debug)]
pub struct CleanArguments {
    /// Pipeline file
    #[arg(value_name = "PIPELINE", env = "STAUNCH_PIPELINE")]
    pub pipeline: PathBuf,
    /// Keep the newest so many runs [default: the pipeline's `keep_runs`]
    #[arg(long, value_name = "N")]
    pub keep_runs: Option<u64>,
    /// Keep the runs for the last so many days [default: the pipeline's `keep_days`]
    #[arg(long, value_name = "DAYS")]
    pub keep_days: Option<u64>,
    /// Remove the files
    #[arg(long, short)]
    pub yes: bool,
    /// Format of the result
    #[arg(long, short, value_enum, default_value_t)]
    pub format: ResultFormat,
}

/// Arguments of `unlock`.
#[derive(Args, Debug)]
pub struct UnlockArguments {
    /// Pipeline file
    #[arg(value_name = "PIPELINE", env = "STAUNCH_PIPELINE")]
    pub pipeline: PathBuf,
    /// Remove the lock even if its run may be alive
    #[arg(long)]
    pub force: bool,
    /// Format of the result
    #[arg(long, short, value_enum, default_value_t)]
    pub format: ResultFormat,
}
