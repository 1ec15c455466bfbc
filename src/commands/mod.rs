//! The commands of the program, one file each.

mod backfill;
mod clean;
mod completions;
mod diff;
mod doctor;
mod freshness;
mod functions;
mod history;
mod identity;
mod nights;
mod plan;
mod printed_rows;
mod questionnaire;
mod rejects;
mod repair;
mod report;
mod resources;
mod retry;
mod rollback;
mod run;
mod sample;
mod schema;
mod show;
mod test;
mod unlock;
mod validate;
mod verify;

use std::future::Future;
use std::io::Write;
use std::path::Path;

use chrono::{DateTime, Utc};

use crate::cli::{Command, ParameterArguments};
use crate::config::{self, Pipeline, Settings};
use crate::error::{Error, Problem, Result};
use crate::plan::{Plan, Wanted};
use crate::progress::Progress;

pub use schema::json_schema;

/// One invocation of the program: what every command is given by `main`.
pub struct Invocation {
    /// The moment it started, the only reading of the clock that results depend on.
    pub started_at: DateTime<Utc>,
    /// Reports progress to people.
    pub progress: Progress,
}

/// Executes a command. Data goes to `output`, everything for people to `invocation.progress`.
///
/// # Errors
/// The error of the command, which determines the exit code.
pub async fn execute(
    command: Command,
    invocation: &Invocation,
    output: &mut (dyn Write + Send),
    interruption: impl Future<Output = Error>,
) -> Result<()> {
    match command {
        Command::Run(arguments) => run::execute(arguments, invocation, output, interruption).await,
        Command::Validate(arguments) => validate::execute(&arguments, invocation).await,
        Command::Plan(arguments) => plan::execute(&arguments, invocation, output).await,
        Command::Test(arguments) => test::execute(&arguments, invocation).await,
        Command::Show(arguments) => show::execute(&arguments, invocation, output).await,
        Command::Rejects(arguments) => rejects::execute(&arguments, invocation, output).await,
        Command::Freshness(arguments) => freshness::execute(&arguments, invocation, output).await,
        Command::History(arguments) => history::execute(&arguments, invocation, output).await,
        Command::Diff(arguments) => diff::execute(&arguments, invocation, output).await,
        Command::Rollback(arguments) => rollback::execute(&arguments, invocation, output, interruption).await,
        Command::Retry(arguments) => retry::execute(&arguments, invocation, interruption).await,
        Command::Backfill(arguments) => backfill::execute(&arguments, invocation, output, interruption).await,
        Command::Report(arguments) => report::execute(&arguments, invocation, output).await,
        Command::Verify(arguments) => verify::execute(&arguments, invocation, output).await,
        Command::Repair(arguments) => repair::execute(&arguments, invocation, output, interruption).await,
        Command::Clean(arguments) => clean::execute(&arguments, invocation, output, interruption).await,
        Command::Unlock(arguments) => unlock::execute(&arguments, invocation, output).await,
        Command::Doctor(arguments) => doctor::execute(&arguments, invocation, output).await,
        Command::Questionnaire(arguments) => questionnaire::execute(&arguments, output),
        Command::Functions(arguments) => functions::execute(&arguments, output),
        Command::Schema(arguments) => schema::execute(&arguments, output),
        Command::Sample(arguments) => sample::execute(&arguments, invocation),
        Command::Completions(arguments) => completions::execute(&arguments, output),
    }
}

fn load(path: &Path, parameters: &ParameterArguments, invocation: &Invocation) -> Result<Pipeline> {
    let environment = |name: &str| std::env::var(name).ok();
    let settings = Settings {
        variables: parameters.variables.clone(),
        as_of_date: parameters.as_of_date.clone(),
        allow_future: parameters.allow_future,
        environment: &environment,
        now: invocation.started_at,
    };
    config::load(path, &settings)
}

/// The plan of a run: the selected outputs, or all of them when none is selected, and the tables that reports read.
fn plan_of_a_run(pipeline: Pipeline, selection: &[String]) -> Result<Plan> {
    let reported = if pipeline.has_reports() { crate::report::TABLES } else { &[] };
    crate::plan::make(pipeline, &Wanted::Outputs { selection, reported })
}

/// Writes data to stdout. A reader that closed the pipe early, as `head` does, is not an error.
fn write(output: &mut (dyn Write + Send), bytes: &[u8]) -> Result<()> {
    match output.write_all(bytes).and_then(|()| output.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::execution(Problem::new(format!("cannot write the result: {error}")).caused_by(error)))
        }
        _ => Ok(()),
    }
}
