//! `staunch verify`: compares published files with their checksums, rows and columns.

use std::io::Write;

use super::Invocation;
use super::nights::{open, write_result};
use crate::cli::VerifyArguments;
use crate::error::Result;
use crate::nights::verify;

/// Verifies one run or all nights.
///
/// # Errors
/// `Error::Data` when a file is not as it was published.
pub async fn execute(
    arguments: &VerifyArguments,
    invocation: &Invocation,
    output: &mut (dyn Write + Send),
) -> Result<()> {
    let nights = open(&arguments.pipeline, invocation)?;
    let name = (!arguments.all).then_some(&arguments.run);
    let runs = verify::verify(&nights, name, &invocation.progress).await?;
    write_result(output, arguments.format, runs.as_slice(), |runs| Ok(verify::text(runs)))?;
    verify::verdict(&runs)
}
