//! `staunch repair`: restores damaged and missing copies.

use std::future::Future;
use std::io::Write;

use super::Invocation;
use super::identity::actor;
use super::nights::{open, write_result};
use crate::cli::RepairArguments;
use crate::error::{Error, Result};
use crate::nights::repair;

/// Repairs what can be, or says what would be.
///
/// # Errors
/// `Error::Data` when a file is lost.
pub async fn execute(
    arguments: &RepairArguments,
    invocation: &Invocation,
    output: &mut (dyn Write + Send),
    interruption: impl Future<Output = Error>,
) -> Result<()> {
    let nights = open(&arguments.pipeline, invocation)?;
    let done = match arguments.dry_run {
        true => repair::preview(&nights, &invocation.progress).await?,
        false => repair::repair(&nights, &actor(invocation), &invocation.progress, interruption).await?,
    };
    write_result(output, arguments.format, &done, |done| Ok(repair::text(done)))?;
    repair::verdict(&done)
}
