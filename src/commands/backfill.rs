//! `staunch backfill`: runs a range of days.

use std::future::Future;
use std::io::Write;
use std::pin::pin;

use super::run::{Day, publish_day};
use super::{Invocation, load, plan_of_a_run, write};
use crate::cli::{BackfillArguments, ParameterArguments};
use crate::error::{Error, Result};
use crate::nights::Nights;
use crate::nights::backfill::{self, Range};
use crate::publish::{Clock, SystemClock};

/// Runs the days, and says which later days should be run again.
pub async fn execute(
    arguments: &BackfillArguments,
    invocation: &Invocation,
    output: &mut (dyn Write + Send),
    interruption: impl Future<Output = Error>,
) -> Result<()> {
    let of_day = |day: chrono::NaiveDate| {
        let variables = arguments.variables.clone();
        let parameters = ParameterArguments { as_of_date: Some(day.to_string()), variables, ..Default::default() };
        load(&arguments.pipeline, &parameters, invocation)
    };
    let nights = Nights::open(&of_day(arguments.from)?)?;
    let &BackfillArguments { from, to, again, with_later, .. } = arguments;
    let range = Range { from, to, again, with_later };
    if arguments.dry_run {
        let (days, skipped) = backfill::planned(&nights, range).await?;
        let mut text: String = days.iter().map(|day| format!("would run {day}\n")).collect();
        text.push_str(&format!("{} of the days are published already\n", skipped.len()));
        return write(output, text.as_bytes());
    }
    let mut interruption = pin!(interruption);
    let done = backfill::backfill(&nights, range, &invocation.progress, async |day| {
        let plan = plan_of_a_run(of_day(day)?, &[])?;
        let day = Day { plan: &plan, resources: &arguments.resources, started_at: SystemClock.now() };
        publish_day(day, invocation, interruption.as_mut()).await
    })
    .await?;
    write(output, backfill::text(&done).as_bytes())
}
