//! `staunch doctor`: checks that every location of a pipeline can be used, and says what to fix.

use std::fmt::Write as _;
use std::io::Write;

use indicatif::{HumanBytes, HumanCount};

use super::{Invocation, load, write};
use crate::cli::DoctorArguments;
use crate::error::{Error, Problem, Result};
use crate::plan::source::SourcePlan;
use crate::plan::{self, Wanted};
use crate::publish::PublishLocation;
use crate::sources;

/// A larger difference between clocks lets locks expire at the wrong time and signed requests fail.
const LARGEST_CLOCK_DIFFERENCE_SECONDS: i64 = 60;

/// Lists every source, reads the start of one of its files, and writes and deletes small objects where outputs are
/// published. Prints a line for each check.
///
/// # Errors
/// The worst of the errors that were found, once all checks are done.
pub async fn execute(
    arguments: &DoctorArguments,
    invocation: &Invocation,
    output: &mut (dyn Write + Send),
) -> Result<()> {
    let plan = plan::make(load(&arguments.pipeline, &arguments.parameters, invocation)?, &Wanted::Everything)?;
    let mut report = Report::default();
    for source in &plan.sources {
        report.add(&format!("source {}", source.name), check_source(source).await);
    }
    let location = PublishLocation::open(&plan.publish)?;
    let at = format!("publish {}", plan.publish.written);
    let is_writable = location.check_writable().await;
    let can_be_written = is_writable.is_ok();
    report.add(&at, is_writable.map(|()| "can be written, and supports conditional writes".to_owned()));
    if can_be_written {
        report.add(&at, check_clock(&location).await);
    }
    write(output, report.text.as_bytes())?;
    report.verdict()
}

async fn check_source(source: &SourcePlan) -> Result<String> {
    let inputs = sources::probe(source).await?;
    let bytes = inputs.iter().map(|input| input.size_bytes).sum();
    let listed = format!("{} files, {}", HumanCount(inputs.len() as u64), HumanBytes(bytes));
    Ok(match inputs.first() {
        Some(first) => format!("{listed}; `{}` can be read", first.location),
        None => listed,
    })
}

async fn check_clock(location: &PublishLocation) -> Result<String> {
    let seconds = location.clock_difference_seconds().await?;
    if seconds.abs() > LARGEST_CLOCK_DIFFERENCE_SECONDS {
        let direction = if seconds > 0 { "ahead of" } else { "behind" };
        return Err(Error::execution(
            Problem::new(format!("the clock of the store is {} seconds {direction} this machine's", seconds.abs()))
                .hint("synchronise this machine's clock: locks and signed requests depend on it"),
        ));
    }
    Ok(format!("its clock agrees within {} s", seconds.abs().max(1)))
}

/// The lines of the checks, and the errors that they found.
#[derive(Default)]
struct Report {
    text: String,
    errors: Vec<Error>,
}

impl Report {
    fn add(&mut self, what: &str, result: Result<String>) {
        match result {
            Ok(found) => {
                let _ = writeln!(self.text, "ok    {what}: {found}");
            }
            Err(error) => {
                let message = error.to_string();
                let _ = writeln!(self.text, "FAIL  {what}: {}", message.replace('\n', "\n      "));
                self.errors.push(error);
            }
        }
    }

    /// The first error of those that cannot be retried, or else the first.
    fn verdict(mut self) -> Result<()> {
        let count = self.errors.len();
        let worst = self.errors.iter().position(|error| error.exit_code() != 1).unwrap_or(0);
        match count {
            0 => Ok(()),
            _ => Err(self.errors.swap_remove(worst)),
        }
    }
}
