//! `staunch diff`: compares two published runs.

use std::io::Write;

use super::nights::write_result;
use super::{Invocation, load, resources};
use crate::cli::{DiffArguments, ParameterArguments};
use crate::error::Result;
use crate::nights::{Nights, diff};
use crate::plan::limits::Limits;
use crate::run::session::Session;

/// Prints what differs between two runs.
pub async fn execute(
    arguments: &DiffArguments,
    invocation: &Invocation,
    output: &mut (dyn Write + Send),
) -> Result<()> {
    let pipeline = load(&arguments.pipeline, &ParameterArguments::default(), invocation)?;
    let nights = Nights::open(&pipeline)?;
    let limits = Limits::resolve(&pipeline.definition.runtime, &pipeline.file, &mut Vec::new());
    let session = Session::open(&resources::resources(&limits, &arguments.resources)?)?;
    let wanted = diff::Wanted { tables: &arguments.tables, examples: arguments.examples };
    let found =
        diff::diff(&nights, [&arguments.before, &arguments.after], &wanted, &session.engine, &invocation.progress)
            .await?;
    write_result(output, arguments.format, &found, |found| Ok(diff::text(found)))
}
