//! `staunch sample`: generates the data of a synthetic shop.

use super::Invocation;
use crate::cli::SampleArguments;
use crate::error::Result;
use crate::progress::row_count;
use crate::sample::{SampleSettings, generate};

/// Writes the files and reports how many rows each has.
pub fn execute(arguments: &SampleArguments, invocation: &Invocation) -> Result<()> {
    let customers = usize::try_from(arguments.customers).unwrap_or(usize::MAX);
    let summary = generate(&arguments.folder, &SampleSettings { customers, seed: arguments.seed })?;
    for file in &summary.files {
        invocation.progress.say(&format!("wrote {}: {}", file.path.display(), row_count(file.rows)));
    }
    Ok(())
}
