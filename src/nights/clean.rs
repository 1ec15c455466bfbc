//! Which run folders may go, and removing them.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use chrono::{Days, NaiveDate};
use indicatif::{HumanBytes, HumanCount};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Actor, Nights, RunReference};
use crate::error::{Error, Problem, Result};
use crate::progress::Progress;
use crate::publish::{ListedEntry, Lock, LogEntry, RunFiles};

/// How long the files of runs are kept. A run is kept if either rule keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// The newest so many runs of the log.
    pub runs: Option<u64>,
    /// The runs for the last so many days, counted back from the day that `latest/` shows.
    pub days: Option<u64>,
}

/// What `clean` removes, or would remove.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Cleaning {
    /// Published runs whose tables and reports go; their manifests and `history/` stay.
    pub runs: Vec<CleanedRun>,
    /// Folders of runs that were never published.
    pub dead: Vec<DeadRun>,
    /// Published runs whose files stay.
    pub kept: u64,
    /// All bytes together.
    pub bytes: u64,
    /// Whether it was done.
    pub is_done: bool,
}

/// A published run whose files go.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct CleanedRun {
    /// The run.
    #[serde(flatten)]
    pub run: RunReference,
    /// Number of files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// The folder of a run that was never published.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct DeadRun {
    /// Identifier of the run.
    pub run_id: String,
    /// Number of files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Says what would go.
///
/// # Errors
/// No rule says how long runs are kept, an entry of the log cannot be read, or the store fails.
pub async fn preview(nights: &Nights, retention: Retention) -> Result<Cleaning> {
    planned(nights, retention, None).await
}

/// Removes what may go.
///
/// # Errors
/// As [`preview`]; or a run holds the lock, or the interruption. What was removed until then stays removed.
pub async fn clean(
    nights: &Nights,
    retention: Retention,
    actor: &Actor,
    progress: &Progress,
    interruption: impl Future<Output = Error>,
) -> Result<Cleaning> {
    let remove = async |lock: &Lock| {
        let own = actor_run(nights).await?;
        let mut cleaning = planned(nights, retention, own.as_deref()).await?;
        let stage = progress.stage("removed", cleaning.runs.len() + cleaning.dead.len());
        for run in &cleaning.runs {
            let started = std::time::Instant::now();
            nights.location.clean_run(&run.run.run_id, &actor.person, lock).await?;
            stage.done(&run.run.as_of_date.to_string(), None, started.elapsed());
        }
        for run in &cleaning.dead {
            let started = std::time::Instant::now();
            nights.location.remove_dead_run(&run.run_id, lock).await?;
            stage.done(&run.run_id, None, started.elapsed());
        }
        cleaning.is_done = true;
        Ok(cleaning)
    };
    nights.change(actor, interruption, remove).await
}

/// The run that holds the lock; its folder is not dead.
async fn actor_run(nights: &Nights) -> Result<Option<String>> {
    Ok(nights.location.lock_holder(nights.lease).await?.and_then(|found| found.run_id))
}

async fn planned(nights: &Nights, retention: Retention, own: Option<&str>) -> Result<Cleaning> {
    if retention == Retention::default() {
        return Err(Error::invalid(
            Problem::new("nothing says how long runs are kept")
                .hint("set `keep_runs` or `keep_days` under `publish`, or give `--keep-runs` or `--keep-days`"),
        ));
    }
    let log = nights.location.log().await?;
    let holder = match own {
        Some(own) => Some(own.to_owned()),
        None => actor_run(nights).await?,
    };
    let mut entries = Vec::new();
    let mut withdrawn = BTreeSet::new();
    for ListedEntry { entry, is_withdrawn, .. } in log.newest(usize::MAX).await? {
        // What a damaged entry names is unknown, so nothing may go.
        let entry = entry?;
        if is_withdrawn {
            withdrawn.insert(entry.version);
        }
        entries.push(entry);
    }
    let folders = nights.location.run_folders().await?;
    let kept = kept_runs(&entries, &withdrawn, retention, nights.compare_to);
    let mut cleaning = removable(&entries, &kept, &folders);
    cleaning.dead.retain(|run| Some(&run.run_id) != holder.as_ref());
    cleaning.bytes = cleaning.runs.iter().map(|run| run.bytes).chain(cleaning.dead.iter().map(|run| run.bytes)).sum();
    Ok(cleaning)
}

/// Identifiers of the runs whose files stay; `entries` is the whole log, newest first.
fn kept_runs<'a>(
    entries: &'a [LogEntry],
    withdrawn: &BTreeSet<u64>,
    retention: Retention,
    compare_to: Option<NaiveDate>,
) -> BTreeSet<&'a str> {
    let Some(highest) = entries.first() else { return BTreeSet::new() };
    let newest_kept = usize::try_from(retention.runs.unwrap_or(0)).unwrap_or(usize::MAX);
    let first_day = retention.days.map(|days| {
        let back = Days::new(days.saturating_sub(1));
        highest.latest.as_of_date.checked_sub_days(back).unwrap_or(NaiveDate::MIN)
    });
    let mut nights: BTreeMap<NaiveDate, &LogEntry> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| !withdrawn.contains(&entry.version)) {
        nights.entry(entry.as_of_date).or_insert(entry);
    }
    let is_kept = |(position, entry): &(usize, &LogEntry)| {
        let is_recent =
            retention.days.is_some_and(|days| days > 0) && first_day.is_some_and(|day| entry.as_of_date >= day);
        *position < newest_kept
            || is_recent
            || entry.version == highest.version
            || entry.version == highest.latest.version
    };
    let mut kept: BTreeSet<&str> = BTreeSet::new();
    for (_, entry) in entries.iter().enumerate().filter(is_kept) {
        kept.insert(entry.run_id.as_str());
        // What a rerun of this day would be compared with, and what it was compared with.
        kept.extend(nights.range(..entry.as_of_date).next_back().map(|(_, night)| night.run_id.as_str()));
        kept.extend(entry.compared_to.iter().map(|compared| compared.run_id.as_str()));
    }
    kept.extend(compare_to.and_then(|day| nights.get(&day)).map(|night| night.run_id.as_str()));
    kept
}

fn removable(entries: &[LogEntry], kept: &BTreeSet<&str>, folders: &BTreeMap<String, RunFiles>) -> Cleaning {
    let mut published: BTreeMap<&str, &LogEntry> = BTreeMap::new();
    for entry in entries.iter().rev() {
        // The first entry of a run, not that of a rollback to it.
        published.entry(entry.run_id.as_str()).or_insert(entry);
    }
    let mut cleaning = Cleaning { kept: kept.len() as u64, ..Cleaning::default() };
    for (run_id, found) in folders {
        match published.get(run_id.as_str()) {
            None => cleaning.dead.push(DeadRun { run_id: run_id.clone(), files: found.files, bytes: found.bytes }),
            Some(_) if kept.contains(run_id.as_str()) || found.files == 0 => {}
            Some(entry) => cleaning.runs.push(CleanedRun {
                run: RunReference::from(*entry),
                files: found.files,
                bytes: found.bytes,
            }),
        }
    }
    cleaning.runs.sort_by_key(|run| run.run.number);
    cleaning
}

/// What goes, in words.
pub fn text(cleaning: &Cleaning) -> String {
    let verb = if cleaning.is_done { "removed" } else { "would remove" };
    let mut text = String::new();
    for CleanedRun { run, files, bytes } in &cleaning.runs {
        text.push_str(&format!("{verb} {run}: {} files, {}\n", HumanCount(*files), HumanBytes(*bytes)));
    }
    for DeadRun { run_id, files, bytes } in &cleaning.dead {
        let files = HumanCount(*files);
        text.push_str(&format!(
            "{verb} run {run_id}, which was never published: {files} files, {}\n",
            HumanBytes(*bytes)
        ));
    }
    text.push_str(&format!(
        "{verb} {} of {} runs; the files of {} runs are kept\n",
        HumanBytes(cleaning.bytes),
        cleaning.runs.len() + cleaning.dead.len(),
        cleaning.kept
    ));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::{ComparedRun, LatestPointer, RunId};

    fn entry(version: u64, day: &str, run: &str, compared: Option<(&str, &str)>) -> LogEntry {
        let id = |name: &str| serde_json::from_str::<RunId>(&format!("\"{name}\"")).unwrap();
        LogEntry {
            version,
            run_id: id(run),
            pipeline: "shop".into(),
            as_of_date: day.parse().unwrap(),
            committed_at: "2026-12-01T02:00:00Z".parse().unwrap(),
            manifest: String::new(),
            tables: Vec::new(),
            reports: Vec::new(),
            latest: LatestPointer { version, as_of_date: day.parse().unwrap() },
            retired: Vec::new(),
            compared_to: compared.map(|(run, day)| ComparedRun { run_id: id(run), as_of_date: day.parse().unwrap() }),
            rollback: None,
            by_date: None,
        }
    }

    /// Four nights, newest first; the third was run twice.
    fn log() -> Vec<LogEntry> {
        vec![
            entry(5, "2026-11-30", "e", Some(("d", "2026-11-29"))),
            entry(4, "2026-11-29", "d", Some(("b", "2026-11-28"))),
            entry(3, "2026-11-28", "c", Some(("a", "2026-11-27"))),
            entry(2, "2026-11-28", "b", Some(("a", "2026-11-27"))),
            entry(1, "2026-11-27", "a", None),
        ]
    }

    fn kept(retention: Retention, compare_to: Option<&str>) -> Vec<String> {
        let log = log();
        let kept = kept_runs(&log, &BTreeSet::new(), retention, compare_to.map(|day| day.parse().unwrap()));
        kept.into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn what_kept_runs_were_or_would_be_compared_with_is_kept() {
        let runs = |runs| Retention { runs: Some(runs), days: None };
        assert_eq!(kept(runs(1), None), ["d", "e"]);
        // d was compared with b, and would be compared with c now.
        assert_eq!(kept(runs(2), None), ["b", "c", "d", "e"]);
        // What latest/ shows stays, even when nothing is to be kept.
        assert_eq!(kept(runs(0), None), ["d", "e"]);
        assert_eq!(kept(runs(1), Some("2026-11-27")), ["a", "d", "e"]);
        let days = |days| Retention { runs: None, days: Some(days) };
        assert_eq!(kept(days(1), None), ["d", "e"]);
        assert_eq!(kept(days(3), None), ["a", "b", "c", "d", "e"]);
    }

    #[test]
    fn folders_without_an_entry_are_dead_and_cleaned_ones_are_left_alone() {
        let log = log();
        let files = |files| RunFiles { files, bytes: 10 * files, is_cleaned: files == 0 };
        let folders = BTreeMap::from([("a", 0), ("b", 2), ("c", 3), ("e", 4), ("x", 1)]);
        let folders = folders.into_iter().map(|(run, count)| (run.to_owned(), files(count))).collect();
        let cleaning = removable(&log, &BTreeSet::from(["d", "e"]), &folders);
        let runs: Vec<(u64, u64)> = cleaning.runs.iter().map(|run| (run.run.number, run.bytes)).collect();
        assert_eq!(runs, [(2, 20), (3, 30)]);
        let dead: Vec<&str> = cleaning.dead.iter().map(|run| run.run_id.as_str()).collect();
        assert_eq!(dead, ["x"]);
    }
}
