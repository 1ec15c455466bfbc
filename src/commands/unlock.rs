//! `staunch unlock`: removes the lock of a run that died.

use std::io::Write;

use super::Invocation;
use super::identity::host;
use super::nights::{open, write_result};
use crate::cli::UnlockArguments;
use crate::error::Result;
use crate::nights::unlock;

/// Removes the lock, and says who held it.
pub async fn execute(
    arguments: &UnlockArguments,
    invocation: &Invocation,
    output: &mut (dyn Write + Send),
) -> Result<()> {
    let nights = open(&arguments.pipeline, invocation)?;
    let done = unlock::unlock(&nights, &host(), arguments.force).await?;
    write_result(output, arguments.format, &done, |done| Ok(unlock::text(done)))
}
