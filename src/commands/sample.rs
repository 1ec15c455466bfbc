//! `staunch sample`: a synthetic shop.

use indicatif::HumanCount;

use super::Surroundings;
use crate::cli::SampleArguments;
use crate::error::Result;
use crate::sample::{SampleSettings, generate};

/// Writes the files and says how many rows each has.
pub fn execute(arguments: &SampleArguments, surroundings: &Surroundings) -> Result<()> {
    let customers = usize::try_from(arguments.customers).unwrap_or(usize::MAX);
    let summary = generate(&arguments.folder, &SampleSettings { customers, seed: arguments.seed })?;
    for file in &summary.files {
        surroundings.progress.say(&format!("wrote {}: {} rows", file.path.display(), HumanCount(file.rows)));
    }
    Ok(())
}
