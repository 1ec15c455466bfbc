//! Brings `latest/` and `history/` into line with the log, and restores damaged files from intact copies.

use std::collections::BTreeSet;
use std::future::Future;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Actor, Nights};
use crate::error::{Error, Problem, Result};
use crate::progress::Progress;
use crate::publish::{Copies, FileCopy, Lock, LogEntry, VerifiedFile, refresh};

/// What was repaired, or would be.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Repaired {
    /// Nights that were verified.
    pub nights: u64,
    /// Files that were written again.
    pub restored: Vec<RestoredFile>,
    /// Files of withdrawn days that were removed.
    pub removed: Vec<String>,
    /// Files that no intact copy exists of, and how each differs.
    pub lost: Vec<LostFile>,
    /// Whether it was done.
    pub is_done: bool,
}

/// A file that was written again.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct RestoredFile {
    /// Its path.
    pub path: String,
    /// How it differed.
    pub problem: String,
    /// The intact copy.
    pub from: String,
}

/// A file that no intact copy exists of.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct LostFile {
    /// The day of its run.
    #[schemars(with = "String", extend("format" = "date"))]
    pub as_of_date: chrono::NaiveDate,
    /// Its path.
    pub path: String,
    /// How it differs.
    pub problem: String,
}

/// Says what would be repaired.
///
/// # Errors
/// The log cannot be read, or the store fails.
pub async fn preview(nights: &Nights, progress: &Progress) -> Result<Repaired> {
    repaired(nights, None, progress).await
}

/// Repairs what can be.
///
/// # Errors
/// As [`preview`]; or a run holds the lock, or the interruption. What was restored until then stays restored.
pub async fn repair(
    nights: &Nights,
    actor: &Actor,
    progress: &Progress,
    interruption: impl Future<Output = Error>,
) -> Result<Repaired> {
    let repair = async |lock: &Lock| repaired(nights, Some(lock), progress).await;
    let done = nights.change(actor, interruption, repair).await;
    done.map(|done| Repaired { is_done: true, ..done })
}

async fn repaired(nights: &Nights, lock: Option<&Lock>, progress: &Progress) -> Result<Repaired> {
    let log = nights.location.log().await?;
    let shown = log.shown().await?;
    let standing = log.nights().await?;
    let mut done = Repaired::default();
    let stage = progress.stage("verified", standing.len());
    for night in &standing {
        let started = std::time::Instant::now();
        let is_shown = shown.as_ref().is_some_and(|shown| shown.version == night.version);
        repair_night(nights, night, is_shown, lock, &mut done).await?;
        stage.done(&night.as_of_date.to_string(), None, started.elapsed());
    }
    drop(stage);
    done.nights = standing.len() as u64;
    let listed = log.newest(usize::MAX).await?;
    let entries: Vec<LogEntry> = listed.into_iter().filter_map(|listed| listed.entry.ok()).collect();
    let days: BTreeSet<_> = standing.iter().map(|night| night.as_of_date).collect();
    for path in nights.location.withdrawn_files(&entries, &days).await? {
        if let Some(lock) = lock {
            nights.location.remove_withdrawn_file(&path, lock).await?;
        }
        done.removed.push(path);
    }
    Ok(done)
}

async fn repair_night(
    nights: &Nights,
    night: &LogEntry,
    is_shown: bool,
    lock: Option<&Lock>,
    done: &mut Repaired,
) -> Result<()> {
    let location = &nights.location;
    let run_folder = !location.is_cleaned(night.run_id.as_str()).await?;
    let copies = Copies { run_folder, history: true, latest: is_shown };
    let files = location.verify(night, None, copies).await?;
    let mut must_refresh = false;
    for damaged in files.iter().filter(|file| file.problem.is_some()) {
        let problem = damaged.problem.clone().unwrap_or_default();
        let Some(intact) = intact_copy(&files, damaged) else {
            done.lost.push(LostFile { as_of_date: night.as_of_date, path: damaged.path.clone(), problem });
            continue;
        };
        // Files of latest/ are written together, so that the status is the last of them.
        match lock {
            Some(_) if damaged.copy == FileCopy::Latest && run_folder => must_refresh = true,
            Some(lock) => location.mend(damaged, intact, lock).await?,
            None => {}
        }
        done.restored.push(RestoredFile { path: damaged.path.clone(), problem, from: intact.path.clone() });
    }
    if must_refresh {
        refresh(location, night).await?;
    }
    Ok(())
}

fn intact_copy<'a>(files: &'a [VerifiedFile], damaged: &VerifiedFile) -> Option<&'a VerifiedFile> {
    files.iter().find(|file| file.name == damaged.name && file.problem.is_none())
}

/// The result in words.
pub fn text(done: &Repaired) -> String {
    let (restored, removed) = if done.is_done { ("restored", "removed") } else { ("would restore", "would remove") };
    let mut text = String::new();
    for RestoredFile { path, problem, from } in &done.restored {
        text.push_str(&format!("{restored} `{path}`, which {problem}, from `{from}`\n"));
    }
    for path in &done.removed {
        text.push_str(&format!("{removed} `{path}`, whose day a rollback withdrew\n"));
    }
    for LostFile { path, problem, .. } in &done.lost {
        text.push_str(&format!("LOST: `{path}` {problem}, and there is no intact copy\n"));
    }
    if text.is_empty() {
        text.push_str(&format!("nothing to repair; {} nights are intact\n", done.nights));
    }
    text
}

/// The error of files that could not be restored.
///
/// # Errors
/// `Error::Data` when a file is lost.
pub fn verdict(done: &Repaired) -> Result<()> {
    let days: BTreeSet<String> = done.lost.iter().map(|file| file.as_of_date.to_string()).collect();
    if days.is_empty() {
        return Ok(());
    }
    let days: Vec<String> = days.into_iter().collect();
    Err(Error::data(
        Problem::new(format!("files of {} are lost", days.join(", ")))
            .hint("restore them from a backup, or publish these days again: `staunch backfill --again`"),
    ))
}
