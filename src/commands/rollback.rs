//! `staunch rollback`: brings an earlier run back.

use std::future::Future;
use std::io::Write;

use super::Invocation;
use super::identity::actor;
use super::nights::{open, write_result};
use crate::cli::RollbackArguments;
use crate::error::{Error, Result};
use crate::nights::rollback;

/// Brings a run back, or says what that would change.
pub async fn execute(
    arguments: &RollbackArguments,
    invocation: &Invocation,
    output: &mut (dyn Write + Send),
    interruption: impl Future<Output = Error>,
) -> Result<()> {
    let nights = open(&arguments.pipeline, invocation)?;
    let done = match arguments.dry_run {
        true => rollback::preview(&nights, &arguments.run).await?,
        false => rollback::roll_back(&nights, &arguments.run, &actor(invocation), interruption).await?,
    };
    if let Some(warning) = &done.warning {
        tracing::error!(
            "the rollback is in the log, but latest/ or history/ do not show it yet: {warning}; run `staunch repair`"
        );
    }
    write_result(output, arguments.format, &done, |done| Ok(rollback::text(done)))
}
