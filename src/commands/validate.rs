//! `staunch validate`: everything that can be wrong before data is read.

use super::{Surroundings, load};
use crate::cli::{ParameterArguments, ValidateArguments};
use crate::error::{Error, Problem, Result};
use crate::plan::{self, Wanted};
use crate::run::inputs::check_declared;

/// Validates every pipeline and reports all problems of all of them.
pub async fn execute(arguments: &ValidateArguments, surroundings: &Surroundings) -> Result<()> {
    let mut problems = Vec::new();
    for path in &arguments.pipelines {
        match validate(path, &arguments.parameters, surroundings).await {
            Ok(summary) => surroundings.progress.say(&format!("{}: {summary}", path.display())),
            // Pipelines share queries: what is wrong with one of them is said once.
            Err(Error::Invalid(found)) => found.into_iter().for_each(|problem| {
                if problems.iter().all(|known: &Problem| known.to_string() != problem.to_string()) {
                    problems.push(problem);
                }
            }),
            Err(other) => return Err(other),
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

async fn validate(
    path: &std::path::Path,
    parameters: &ParameterArguments,
    surroundings: &Surroundings,
) -> Result<String> {
    let pipeline = load(path, parameters, surroundings)?;
    let plan = plan::make(pipeline, &Wanted::Everything)?;
    let checked = check_declared(&plan).await?;
    let mut summary = format!(
        "valid ({}, {}, {})",
        counted(plan.pipeline.definition.sources.len(), "source", "sources"),
        counted(plan.queries.len(), "query", "queries"),
        counted(plan.outputs.len(), "output", "outputs")
    );
    if !checked.unchecked.is_empty() {
        let names: Vec<&str> = checked.unchecked.iter().map(String::as_str).collect();
        summary.push_str(&format!(
            "; columns and types not checked, because a source declares no columns: {}",
            names.join(", ")
        ));
    }
    Ok(summary)
}

fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
