//! Runs a range of days, oldest first.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use super::Nights;
use crate::error::{Error, Problem, Result};
use crate::progress::Progress;
use crate::run::RunSummary;
use crate::run::later_nights::{OutdatedNight, outdated_after};

/// Longest range, more than ten years of nights: a longer one is a typing mistake.
const MOST_DAYS: i64 = 4_000;

/// Which days to run.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// Whether to run days that are published already, too.
    pub again: bool,
    /// Whether to run the later days again whose comparison changed.
    pub with_later: bool,
}

/// What a backfill did.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Backfilled {
    /// Days that were run.
    #[schemars(with = "Vec<String>")]
    pub published: Vec<NaiveDate>,
    /// Days of the range that were published already.
    #[schemars(with = "Vec<String>")]
    pub skipped: Vec<NaiveDate>,
    /// Later nights that compared themselves with a run that is no longer the one they would be compared with.
    pub outdated: Vec<OutdatedNight>,
}

/// The days of a range that are to run, and those that are published already.
///
/// # Errors
/// The range is empty or too long, or the log cannot be read.
pub async fn planned(nights: &Nights, range: Range) -> Result<(Vec<NaiveDate>, Vec<NaiveDate>)> {
    let Range { from, to, again, .. } = range;
    if to < from {
        return Err(Error::invalid(
            Problem::new(format!("`--from {from}` is after `--to {to}`")).hint("give the earlier day first"),
        ));
    }
    let days = (to - from).num_days() + 1;
    if days > MOST_DAYS {
        return Err(Error::invalid(
            Problem::new(format!("from {from} to {to} are {days} days")).hint("check the years of the days"),
        ));
    }
    let published: BTreeSet<NaiveDate> =
        nights.location.log().await?.nights().await?.into_iter().map(|night| night.as_of_date).collect();
    Ok(from.iter_days().take_while(|day| *day <= to).partition(|day| again || !published.contains(day)))
}

/// Runs the days, oldest first, by `run_day`. Ends at the first that fails; the days before it stay published, so that
/// the same command goes on where it ended.
///
/// # Errors
/// As [`planned`]; or the error of a day.
pub async fn backfill(
    nights: &Nights,
    range: Range,
    progress: &Progress,
    mut run_day: impl AsyncFnMut(NaiveDate) -> Result<RunSummary>,
) -> Result<Backfilled> {
    let (days, skipped) = planned(nights, range).await?;
    let mut done = Backfilled { skipped, ..Backfilled::default() };
    for (position, day) in days.iter().enumerate() {
        progress.say(&format!("backfill: {day}, {} of {} days", position + 1, days.len()));
        run_day(*day).await.inspect_err(|_| tell_progress(&done, days.len(), *day, progress))?;
        done.published.push(*day);
    }
    let Some(first) = done.published.first().copied() else { return Ok(done) };
    done.outdated = outdated_after(&nights.location, first).await?;
    // Each run can only change the comparisons of later days, so this ends.
    while let Some(next) = done.outdated.first().map(|night| night.as_of_date).filter(|_| range.with_later) {
        progress.say(&format!("backfill: {next} again, because what it was compared with changed"));
        run_day(next).await.inspect_err(|_| tell_progress(&done, days.len(), next, progress))?;
        done.published.push(next);
        done.outdated = outdated_after(&nights.location, next).await?;
    }
    Ok(done)
}

fn tell_progress(done: &Backfilled, days: usize, failed: NaiveDate, progress: &Progress) {
    progress.say(&format!(
        "backfill: {failed} failed after {} of {days} days; the same command goes on from there",
        done.published.len()
    ));
}

/// The result in words.
pub fn text(done: &Backfilled) -> String {
    let mut text = format!(
        "published {} days, skipped {} that were published already\n",
        done.published.len(),
        done.skipped.len()
    );
    if !done.outdated.is_empty() {
        text.push_str(&outdated_text(&done.outdated));
    }
    text
}

/// Which later nights are out of date, and how to run them again.
pub fn outdated_text(outdated: &[OutdatedNight]) -> String {
    let days: Vec<String> = outdated.iter().map(|night| night.as_of_date.to_string()).collect();
    let range = match (days.first(), days.last()) {
        (Some(first), Some(last)) => format!("--from {first} --to {last}"),
        _ => String::new(),
    };
    format!(
        "compared with a run that is no longer the one before: {}; run them again with `staunch backfill {range} --again`\n",
        days.join(", ")
    )
}
