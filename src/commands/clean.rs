//! `staunch clean`: removes the files of old runs.

use std::future::Future;
use std::io::Write;

use super::Invocation;
use super::identity::actor;
use super::nights::{open, write_result};
use crate::cli::CleanArguments;
use crate::error::{Error, Result};
use crate::nights::clean::{self, Retention};

/// Says which files would go, and with `--yes` removes them.
pub async fn execute(
    arguments: &CleanArguments,
    invocation: &Invocation,
    output: &mut (dyn Write + Send),
    interruption: impl Future<Output = Error>,
) -> Result<()> {
    let nights = open(&arguments.pipeline, invocation)?;
    let given = Retention { runs: arguments.keep_runs, days: arguments.keep_days };
    // A rule on the command line replaces those of the pipeline; together they could keep more than asked for.
    let retention = if given == Retention::default() { nights.retention } else { given };
    let cleaning = match arguments.yes {
        true => clean::clean(&nights, retention, &actor(invocation), &invocation.progress, interruption).await?,
        false => clean::preview(&nights, retention).await?,
    };
    write_result(output, arguments.format, &cleaning, |cleaning| Ok(clean::text(cleaning)))?;
    if !cleaning.is_done && cleaning.bytes > 0 {
        invocation.progress.say("nothing was removed; `--yes` removes it");
    }
    Ok(())
}
