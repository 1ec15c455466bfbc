//! What each verb of the command line does, one file each.

mod completions;
mod plan_command;
mod questionnaire;
mod resources;
mod run;
mod sample;
mod schema;
mod show;
mod test;
mod validate;

use std::future::Future;
use std::io::Write;
use std::path::Path;

use chrono::{DateTime, Utc};

use crate::cli::{Command, ParameterArguments};
use crate::config::{self, Pipeline, Settings};
use crate::error::{Error, Problem, Result};
use crate::plan::{self, Plan, Wanted};
use crate::progress::Progress;

pub use schema::json_schema;

/// What a command is given by `main`.
pub struct Surroundings {
    /// The moment the program started, the only reading of the clock that results depend on.
    pub now: DateTime<Utc>,
    /// Where people see what happens.
    pub progress: Progress,
}

/// Executes a command; data goes to `output`, everything for people to the progress.
///
/// # Errors
/// Whatever the command ends with; the error knows its exit code.
pub async fn execute(
    command: Command,
    surroundings: &Surroundings,
    output: &mut (dyn Write + Send),
    interruption: impl Future<Output = Error>,
) -> Result<()> {
    match command {
        Command::Run(arguments) => run::execute(arguments, surroundings, output, interruption).await,
        Command::Validate(arguments) => validate::execute(&arguments, surroundings).await,
        Command::Plan(arguments) => plan_command::execute(&arguments, surroundings, output).await,
        Command::Test(arguments) => test::execute(&arguments, surroundings).await,
        Command::Show(arguments) => show::execute(&arguments, surroundings, output).await,
        Command::Questionnaire(arguments) => questionnaire::execute(&arguments, output),
        Command::Schema(arguments) => schema::execute(&arguments, output),
        Command::Sample(arguments) => sample::execute(&arguments, surroundings),
        Command::Completions(arguments) => completions::execute(&arguments, output),
    }
}

fn load(path: &Path, parameters: &ParameterArguments, surroundings: &Surroundings) -> Result<Pipeline> {
    let environment = |name: &str| std::env::var(name).ok();
    let settings = Settings {
        variables: parameters.variables.clone(),
        as_of_date: parameters.as_of_date.clone(),
        environment: &environment,
        now: surroundings.now,
    };
    config::load(path, &settings)
}

/// The plan of a run: the outputs selected, all when none is, and what its reports read.
fn plan_of_a_run(pipeline: Pipeline, selection: &[String]) -> Result<Plan> {
    let reported = if pipeline.definition.reports.is_empty() { &[] } else { crate::report::TABLES };
    plan::make(pipeline, &Wanted::Outputs { selection, reported })
}

/// Writes data to stdout; a reader that has gone away, as `head` does, is no error.
fn write(output: &mut (dyn Write + Send), bytes: &[u8]) -> Result<()> {
    match output.write_all(bytes).and_then(|()| output.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::execution(Problem::new(format!("cannot write the result: {error}")).caused_by(error)))
        }
        _ => Ok(()),
    }
}
