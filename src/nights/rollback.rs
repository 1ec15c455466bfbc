//! Brings an earlier run back, and withdraws the later days.

use std::future::Future;
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Actor, Nights, RunReference};
use crate::error::{Error, Problem, Result};
use crate::publish::{Copies, Lock, LogEntry, RunName, WithdrawnNight, refresh};

/// What a rollback does, or did.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct RolledBack {
    /// The run that is brought back.
    pub restored: RunReference,
    /// The run that `latest/` showed before.
    pub shown_before: RunReference,
    /// The later days that are withdrawn.
    pub withdrawn: Vec<WithdrawnDay>,
    /// Number of the new log entry; missing when it was only asked what would happen.
    pub number: Option<u64>,
    /// Why `latest/` or `history/` could not be refreshed after the new entry.
    pub warning: Option<String>,
}

/// A day that a rollback withdraws.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct WithdrawnDay {
    /// The day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub as_of_date: chrono::NaiveDate,
    /// Number of its newest run.
    pub number: u64,
}

/// Says what bringing a run back would change.
///
/// # Errors
/// There is no such run, it is shown already, or its files are not as they were published.
pub async fn preview(nights: &Nights, name: &RunName) -> Result<RolledBack> {
    let (restored, planned) = prepared(nights, name).await?;
    refuse_damaged(nights, &restored).await?;
    Ok(planned)
}

/// Brings a run back: adds a log entry, then refreshes `latest/` and `history/`.
///
/// # Errors
/// As [`preview`]; or a run holds the lock, the store fails, or the interruption. Nothing was changed then.
pub async fn roll_back(
    nights: &Nights,
    name: &RunName,
    actor: &Actor,
    interruption: impl Future<Output = Error>,
) -> Result<RolledBack> {
    let in_log = OnceLock::new();
    let bring_back = async |lock: &Lock| {
        let (restored, mut planned) = prepared(nights, name).await?;
        refuse_damaged(nights, &restored).await?;
        let entry = nights.location.roll_back(&restored, &actor.person, lock).await?;
        planned.number = Some(entry.version);
        let _ = in_log.set(planned.clone());
        planned.warning = refresh(&nights.location, &entry).await.err().map(|error| error.to_string());
        Ok(planned)
    };
    match (nights.change(actor, interruption, bring_back).await, in_log.into_inner()) {
        (Err(error @ Error::Interrupted(_)), Some(planned)) => {
            Ok(RolledBack { warning: Some(error.to_string()), ..planned })
        }
        (done, _) => done,
    }
}

async fn prepared(nights: &Nights, name: &RunName) -> Result<(LogEntry, RolledBack)> {
    let log = nights.location.log().await?;
    let restored = log.named(name).await?;
    let shown = log.shown().await?.unwrap_or_else(|| restored.clone());
    let withdrawn = nights.location.withdrawn_by(&restored).await?;
    if shown.run_id == restored.run_id && withdrawn.is_empty() {
        return Err(Error::invalid(
            Problem::new(format!("`latest/` already shows run {} of {}", restored.version, restored.as_of_date))
                .hint("`staunch history` lists the runs; `latest~1` is the day before"),
        ));
    }
    let planned = RolledBack {
        restored: RunReference::from(&restored),
        shown_before: RunReference::from(&shown),
        withdrawn: withdrawn.iter().map(WithdrawnDay::from).collect(),
        number: None,
        warning: None,
    };
    Ok((restored, planned))
}

impl From<&WithdrawnNight> for WithdrawnDay {
    fn from(night: &WithdrawnNight) -> Self {
        Self { as_of_date: night.as_of_date, number: night.version }
    }
}

/// A run whose files are lost must not become what readers see.
async fn refuse_damaged(nights: &Nights, restored: &LogEntry) -> Result<()> {
    if nights.location.is_cleaned(restored.run_id.as_str()).await? {
        return Err(Error::invalid(
            Problem::new(format!("the files of run {} were removed by `staunch clean`", restored.version))
                .hint(format!("choose a newer run, or publish {} again with `staunch run`", restored.as_of_date)),
        ));
    }
    let copies = Copies { run_folder: true, ..Copies::default() };
    let files = nights.location.verify(restored, None, copies).await?;
    let damaged: Vec<String> =
        files.iter().filter_map(|file| Some(format!("`{}` {}", file.path, file.problem.as_ref()?))).collect();
    if damaged.is_empty() {
        return Ok(());
    }
    Err(Error::data(
        Problem::new(format!(
            "run {} of {} cannot be brought back: {}",
            restored.version,
            restored.as_of_date,
            damaged.join("; ")
        ))
        .hint(format!(
            "restore the files, try `staunch repair`, or publish {} again with `staunch run`",
            restored.as_of_date
        )),
    ))
}

/// The commands that undo a rollback: withdrawn days come back one by one, oldest first.
fn undo(done: &RolledBack) -> String {
    let withdrawn: Vec<u64> = done.withdrawn.iter().map(|night| night.number).collect();
    let numbers = if withdrawn.is_empty() { vec![done.shown_before.number] } else { withdrawn };
    let commands: Vec<String> = numbers.iter().map(|number| format!("`staunch rollback {number}`")).collect();
    commands.join(", then ")
}

/// What a rollback does in words, for people.
pub fn text(done: &RolledBack) -> String {
    let mut text = match done.number {
        Some(number) => format!("brought back {}: run {number} shows it again\n", done.restored),
        None => format!("would bring back {}\n", done.restored),
    };
    text.push_str(&format!("  latest/ showed {}\n", done.shown_before));
    for night in &done.withdrawn {
        text.push_str(&format!("  withdrawn: {} (run {})\n", night.as_of_date, night.number));
    }
    text.push_str(&format!("  to undo it: {}\n", undo(done)));
    text
}
