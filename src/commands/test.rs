//! `staunch test`: runs unit tests of queries.

use super::Invocation;
use crate::cli::TestArguments;
use crate::error::{Error, Problem, Result};
use crate::query_tests;

/// Runs the tests and reports which cases failed, and how.
pub async fn execute(arguments: &TestArguments, invocation: &Invocation) -> Result<()> {
    let outcomes = query_tests::run(&arguments.paths, invocation.started_at).await?;
    let mut failures = Vec::new();
    for outcome in &outcomes {
        let name = format!("{}: {}", outcome.file.display(), outcome.case);
        if outcome.differences.is_empty() {
            invocation.progress.say(&format!("ok      {name}"));
        } else {
            invocation.progress.say(&format!("FAILED  {name}"));
            failures.push(format!("{name}\n    {}", outcome.differences.join("\n    ")));
        }
    }
    if failures.is_empty() {
        invocation.progress.say(&format!("{} passed, 0 failed", outcomes.len()));
        return Ok(());
    }
    Err(Error::data(
        Problem::new(format!("{} of {} cases failed\n{}", failures.len(), outcomes.len(), failures.join("\n")))
            .hint("correct the query or the expected rows"),
    ))
}
