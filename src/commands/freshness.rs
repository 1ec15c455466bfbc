//! `staunch freshness`: checks how old the data of the sources is.

use std::fmt::Write as _;
use std::io::Write;

use super::{Invocation, load, resources, write};
use crate::cli::FreshnessArguments;
use crate::error::{Error, Problem, Result};
use crate::plan::{self, Wanted};
use crate::run::freshness::{Freshness, State};
use crate::run::inputs;
use crate::run::session::Session;

/// Prints a line for each source that declares `freshness`; reads those whose age a column tells.
///
/// # Errors
/// `Error::Data` when a source is older than its `stop_after`.
pub async fn execute(
    arguments: &FreshnessArguments,
    invocation: &Invocation,
    output: &mut (dyn Write + Send),
) -> Result<()> {
    let pipeline = load(&arguments.pipeline, &arguments.parameters, invocation)?;
    let plan = plan::make(pipeline, &Wanted::Everything)?;
    let session = Session::open(&resources::resources(&plan.limits, &arguments.resources)?)?;
    let mut text = String::new();
    let mut stale = Vec::new();
    for source in plan.sources.iter().filter(|source| source.freshness.is_some()) {
        let Some(found) = inputs::freshness_of(source, &session, invocation.started_at).await? else { continue };
        let _ = writeln!(text, "{}: {}", word(found.state), found.described());
        if found.state == State::Stale {
            stale.push(found);
        }
    }
    if text.is_empty() {
        text.push_str("no source declares `freshness`\n");
    }
    write(output, text.as_bytes())?;
    if stale.is_empty() { Ok(()) } else { Err(too_old(&stale)) }
}

fn word(state: State) -> &'static str {
    match state {
        State::Fresh => "fresh",
        State::Late => "late",
        State::Stale => "stale",
    }
}

fn too_old(stale: &[Freshness]) -> Error {
    let names: Vec<String> = stale.iter().map(|found| format!("`{}`", found.source)).collect();
    Error::data(
        Problem::new(format!("the data of {} is too old", names.join(", ")))
            .hint("check whether the export ran, or raise `stop_after`"),
    )
}
