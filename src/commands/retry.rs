//! `staunch retry`: runs the day of a published run again, with its parameters.

use std::future::Future;
use std::pin::pin;

use super::run::{Day, publish_day, tell_outdated};
use super::{Invocation, load, plan_of_a_run};
use crate::cli::{ParameterArguments, RetryArguments};
use crate::error::{Error, Result};
use crate::nights::{Nights, retry};

/// Repeats a run.
pub async fn execute(
    arguments: &RetryArguments,
    invocation: &Invocation,
    interruption: impl Future<Output = Error>,
) -> Result<()> {
    let pipeline = load(&arguments.pipeline, &ParameterArguments::default(), invocation)?;
    let repeated = retry::find(&Nights::open(&pipeline)?, &arguments.run).await?;
    let known: Vec<&str> = pipeline.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    let (variables, gone) = repeated.parameters(&known);
    if !gone.is_empty() {
        tracing::warn!("the pipeline no longer has the parameters {}, which the run had", gone.join(", "));
    }
    let parameters =
        ParameterArguments { as_of_date: Some(repeated.entry.as_of_date.to_string()), variables, allow_future: true };
    let plan = plan_of_a_run(load(&arguments.pipeline, &parameters, invocation)?, &[])?;
    let changed = repeated.changed_inputs(&plan).await?;
    if let Some(told) = repeated.judge(&changed, arguments.same_inputs)? {
        tracing::warn!("{told}");
    }
    let (number, day) = (repeated.entry.version, repeated.entry.as_of_date);
    invocation.progress.say(&format!("repeating run {number} of {day}"));
    let day = Day { plan: &plan, resources: &arguments.resources, started_at: invocation.started_at };
    publish_day(day, invocation, pin!(interruption)).await?;
    tell_outdated(&plan).await;
    Ok(())
}
